"""A tunnel's messages as values: events, changes of state and of options, and folded runs of chatter."""

from bisect import insort_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from typing import Final

from tui.content.messages.attempts import Attempts, repeated_attempts
from tui.content.past.option_changes import change_text
from tui.content.wording import ANYWHERE
from tui.domain.calls import Change, changes_of
from tui.domain.events import Phase, RouteEvent
from tui.domain.knowledge.rule import Severity
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.outages import Outage
from tui.domain.state.history import Entry
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import UNHEARD, State
from tui.domain.times import length

MOST: Final = 2_000
"""Maximum number of events looked at, the newest; a history holds about as many."""


class Kind(Enum):
    """The kind of a message."""

    EVENT = "event"
    CHANGE = "change"
    FOLD = "fold"
    OPTION = "option"
    MARK = "mark"
    """A note of the user."""
    COMMON = "common"
    """Connections that fell together."""


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the message list. For a fold, `entry` is the first of the run and `at` the time of its last.

    A change with a `brief` also stands for its event, which says nothing more. A change at AWS has a `change` instead
    of an `entry`, and a note of the user a `mark`.
    """

    kind: Kind
    entry: Entry | None
    at: int
    text: str
    brief: str = ""
    severity: Severity | None = None
    is_better: bool | None = None
    folded: tuple[Entry, ...] = ()
    tunnel: Tunnel | None = None
    place: str = ""
    """The tunnel's connection and address, if messages of several tunnels are listed together."""
    times: int = 1
    last_at: int | None = None
    """The number of occurrences of the message and the time of the last (ms), if one line represents all of them."""
    change: Change | None = None
    mark: Mark | None = None
    telling: Entry | None = None
    """The most telling line of folded attempts."""
    outage: Outage | None = None
    """The outage that a line of the news represents."""
    common: CommonFall | None = None
    """The common fall that the line reports, and the names of its connections."""
    fallen: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[int, Kind]:
        """The identity of the message while lines come and go. An entry is kept as one object, a change is not."""
        if self.common is not None:  # more connections may join it
            return self.common.start, self.kind
        return hash(self.change) if self.change is not None else id(self.entry or self.mark), self.kind

    @property
    def newest(self) -> Entry | None:
        """The event that the line ends with; None for a change of options and for a note, which have no event."""
        return self.folded[-1] if self.folded else self.entry

    def holds(self, needle: str) -> bool:
        """Whether `needle` (lower case) occurs in the text of the line."""
        if any(needle in text.lower() for text in (self.text, self.brief, self.place)):
            return True
        stands_for = self.folded or ((self.entry,) if self.brief and self.entry else ())
        return any(needle in entry.event.message.lower() for entry in stands_for)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages to show: those of at least this severity, or those that contain a text."""

    text: str = ""
    least: Severity | None = None

    @classmethod
    def read(cls, written: str) -> "Filter":
        """Return the filter for what the user typed: `warning` and `error` are severities, anything else is text."""
        words = written.strip().lower()
        return cls(least=_SEVERITIES[words]) if words in _SEVERITIES else cls(text=words)

    def __bool__(self) -> bool:
        return bool(self.text or self.least)

    def __str__(self) -> str:
        return _LEAST[self.least] if self.least else self.text

    def takes(self, message: Message) -> bool:
        """Whether the message passes. A change for better or worse passes every severity."""
        if self.text:
            return message.holds(self.text)
        if self.least is None:
            return True
        if message.kind is Kind.CHANGE:
            return message.is_better is not None
        return message.severity is None or message.severity.rank >= self.least.rank


_LEAST: Final = {Severity.INFO: "info", Severity.WARNING: "warnings", Severity.ERROR: "errors"}
_SEVERITIES: Final = {
    "info": Severity.INFO,
    "warning": Severity.WARNING,
    "warnings": Severity.WARNING,
    "error": Severity.ERROR,
    "errors": Severity.ERROR,
}


def messages(
    tunnel: Tunnel,
    *,
    unfolded: bool = False,
    wanted: Filter = Filter(),
    upto: int | None = None,
    marks: Sequence[Mark] = (),
) -> tuple[Message, ...]:
    """Return the tunnel's newest messages, oldest first; chatter in runs, unless `unfolded` or searched for.

    The user's `marks` are among them, from the first message on. With `upto` (ms) only what was known then counts, so
    that runs and counts read as they did at that time.
    """
    known = (entry for entry in tunnel.history.newest_first() if upto is None or entry.at <= upto)
    entries = list(islice(known, MOST))
    entries.reverse()
    shown = messages_of(entries, folding=not unfolded and not wanted.text)
    first = min((message.at for message in shown), default=0)
    noted = (message for message in mark_messages(marks, upto=upto) if message.at >= first)
    for message in (*option_messages(tunnel, upto=upto), *noted):
        insort_right(shown, message, key=_time)
    return tuple(filter(wanted.takes, shown)) if wanted else tuple(shown)


def option_messages(tunnel: Tunnel, *, upto: int | None = None) -> list[Message]:
    """Return the changes at AWS that concern the tunnel, oldest first; with `upto`, ms, until then."""
    return [
        Message(
            Kind.OPTION,
            None,
            change.at,
            change_text(change, tunnel.facts, ANYWHERE),
            severity=Severity.WARNING,
            change=change,
        )
        for change in changes_of(tunnel.facts)
        if upto is None or change.at <= upto
    ]


def mark_messages(marks: Iterable[Mark], *, upto: int | None = None) -> list[Message]:
    """Return the user's notes, oldest first; with `upto`, ms, until then."""
    return [
        Message(Kind.MARK, None, mark.at, mark.text, mark=mark) for mark in marks if upto is None or mark.at <= upto
    ]


def _time(message: Message) -> int:
    return message.at


def messages_of(entries: Iterable[Entry], *, folding: bool = True, folds_attempts: bool = True) -> list[Message]:
    """Return the messages of these entries in order: the events, and the changes that they made."""
    shown: list[Message] = []
    run: list[Entry] = []
    before = UNHEARD
    entries = list(entries)
    attempts = {attempt.start: attempt for attempt in repeated_attempts(entries)} if folding and folds_attempts else {}
    folded_until = 0
    for index, entry in enumerate(entries):
        if index in attempts:
            _close(run, shown)
            shown.append(_attempts(attempts[index], entries))
            folded_until = attempts[index].stop
        if index < folded_until:
            before = entry.state
            continue
        changes = _changes(before, entry) if before is not UNHEARD else ()
        before = entry.state
        if entry.is_chatter and folding:
            run.append(entry)
        else:
            _close(run, shown)
            event = _event(entry)
            if changes and _says_only_the_change(entry):
                changes = [replace(change, brief=event.brief, severity=event.severity) for change in changes]
            else:
                shown.append(event)
        if changes:
            _close(run, shown)
            shown.extend(changes)
    _close(run, shown)
    return shown


def _attempts(attempts: Attempts, entries: Sequence[Entry]) -> Message:
    """Return one line for repeated attempts; its time is that of the newest line."""
    folded = tuple(entries[attempts.start : attempts.stop])
    explanation = attempts.telling.explanation
    reason = explanation.brief if explanation else attempts.telling.event.message
    return Message(
        Kind.FOLD,
        folded[0],
        folded[-1].at,
        f"attempt ×{attempts.times}, every {length(attempts.every)}: {reason}",
        severity=explanation.severity if explanation else None,
        folded=folded,
        telling=attempts.telling,
    )


def _says_only_the_change(entry: Entry) -> bool:
    return entry.rule is not None and entry.rule.id.startswith("bgp_state_")


def _event(entry: Entry) -> Message:
    explanation = entry.explanation
    return Message(
        Kind.EVENT,
        entry,
        entry.raw.at,
        entry.event.message,
        event_brief(entry),
        explanation.severity if explanation else None,
    )


def event_brief(entry: Entry) -> str:
    """Return the meaning of an event in a few words, empty if no rule knows it."""
    event = entry.event
    if isinstance(event, RouteEvent) and event.action == "withdrawn" and entry.state.bgp.is_up is False:
        return "route lost with the session"
    return entry.explanation.brief if entry.explanation else ""


def _close(run: list[Entry], shown: list[Message]) -> None:
    """Fold a run of chatter, even of length one, so that its appearance does not change when the next line arrives."""
    if run:
        counts = Counter(entry.rule.fold or "" for entry in run if entry.rule)
        text = " · ".join(f"{label} ×{number}" for label, number in sorted(counts.items(), key=_packets_last))
        shown.append(Message(Kind.FOLD, run[0], run[-1].raw.at, text, severity=Severity.OK, folded=tuple(run)))
    run.clear()


def _packets_last(item: tuple[str, int]) -> tuple[bool, str]:
    """Sort key: packets come last, because they say least."""
    return "packet" in item[0].lower(), item[0]


def _changes(before: State, entry: Entry) -> Sequence[Message]:
    after = entry.state
    if after is before:
        return ()
    parts = [
        (f"phase {number}", old.value.value, new.value.value, new.value.is_up)
        for number, old, new in ((1, before.phase1, after.phase1), (2, before.phase2, after.phase2))
        if new.value is not old.value and old.value is not Phase.UNKNOWN
    ]
    old_session, new_session = before.bgp.session, after.bgp.session
    if old_session and new_session and old_session != new_session:
        parts.append(("BGP", old_session, new_session, new_session == "established"))
    if not parts:
        return ()
    return (Message(Kind.CHANGE, entry, entry.raw.at, _change_text(parts), is_better=_is_better(parts)),)


def _change_text(parts: Iterable[tuple[str, str, str, bool]]) -> str:
    return " · ".join(f"{subject}  {old} → {new}" for subject, old, new, _ in parts)


def _is_better(parts: Sequence[tuple[str, str, str, bool]]) -> bool | None:
    """Whether the change is for the better; None for an intermediate step (a rekey, an attempt)."""
    fell = any(not is_up and (old in _UP or new == "down") for _, old, new, is_up in parts)
    if fell:
        return False
    rose = any(is_up and old not in _UP for _, old, _, is_up in parts)
    return True if rose else None


_UP: Final = frozenset({"established", "rekeying"})
