"""The last negotiation of a tunnel, message by message, as far as AWS's log proves it, and the message that is missing.

AWS logs what it processed and what it sends, but not always all of it. A response proves its request (RFC 7296, section
2.1), which is then added as not logged; nothing else is added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from tui.domain.events import Phase
from tui.domain.knowledge.line_kinds import ESTABLISHED
from tui.domain.knowledge.rule import Severity
from tui.domain.state.history import Entry, History
from tui.domain.state.indicators import rule_of
from tui.domain.times import SECOND

_LOOKED_AT: Final = 400
"""The number of newest lines examined; a negotiation has about twenty."""
_PAUSE: Final = 3 * SECOND
"""The longest pause within a negotiation: messages follow within milliseconds, and IKE retransmits after 4 s."""
_HALF_OPEN: Final = 30 * SECOND
"""AWS drops a negotiation that makes no progress for this long."""
_GIVEN_UP: Final = 180 * SECOND
"""AWS repeats a request for 165 seconds."""
_REPEATS: Final = {"retransmit", "retransmit_received", "peer_not_responding"}
_GAVE_UP: Final = {"half_open_timeout", "retransmits_exhausted", "phase1_unable"}
_FINAL_REQUESTS: Final = {"Quick Mode", "Aggressive Mode"}
"""IKEv1 exchanges of three messages: the last comes from the initiator and is not answered (RFC 2409)."""
_NEXT: Final = {"IKE_SA_INIT": "IKE_AUTH", "Main Mode": "Main Mode"}
"""The initiator's next exchange after an answer, until phase 1 is established."""


class End(StrEnum):
    """One end of a tunnel."""

    AWS = "aws"
    CUSTOMER_GATEWAY = "customer_gateway"

    @property
    def other(self) -> "End":
        """The opposite end."""
        return End.CUSTOMER_GATEWAY if self is End.AWS else End.AWS


class Step(NamedTuple):
    """One message: its time (ms), exchange and sender, and the UDP port if a packet line shows it."""

    at: int
    exchange: str
    is_request: bool
    sender: End
    port: int | None = None
    is_logged: bool = True
    """False for a request known only from its response."""


class Note(NamedTuple):
    """What AWS logged between the messages: a refusal, an established SA, a repetition.

    `times` is how often it occurred in a row; `last_at` is the last time, if seconds later.
    """

    at: int
    entry: Entry
    times: int = 1
    last_at: int | None = None


class Missing(NamedTuple):
    """The message that should have followed: its exchange and sender.

    `is_certain` if AWS would have logged its arrival; otherwise it may have come without being logged.
    """

    exchange: str
    is_request: bool
    sender: End
    is_certain: bool


@dataclass(slots=True)
class Negotiation:
    """The messages of one negotiation and the notes between them, oldest first."""

    rows: list[Step | Note] = field(default_factory=list)
    missing: Missing | None = None

    @property
    def steps(self) -> list[Step]:
        """The messages without the notes."""
        return [row for row in self.rows if isinstance(row, Step)]

    @property
    def begun_by(self) -> End:
        """The end that sent the first request."""
        return self.steps[0].sender

    @property
    def is_under_phase1(self) -> bool:
        """Whether it uses an existing IKE_SA: another phase 2 SA, or a rekey."""
        return self.steps[0].exchange in ("CREATE_CHILD_SA", "Quick Mode")

    @property
    def version(self) -> str:
        """The IKE version."""
        return "IKEv1" if self.steps[0].exchange.endswith("Mode") else "IKEv2"

    @property
    def has_ended(self) -> bool:
        """Whether an SA was established, or the negotiation was refused or abandoned."""
        return any(isinstance(row, Note) and _ends(row.entry) for row in self.rows)

    @property
    def last_at(self) -> int:
        """The time of its last line, ms."""
        last = self.rows[-1]
        return (isinstance(last, Note) and last.last_at) or last.at


def last_negotiation(history: History, *, now: int) -> Negotiation | None:
    """Return the newest negotiation of an IKE_SA or a phase 2 SA in a tunnel's history, None if there is none.

    `now` is the time up to which the feed has read, ms: a message that should have arrived by then is missing.
    """
    entries = list(islice(history.newest_first(), _LOOKED_AT))
    entries.reverse()
    negotiation: Negotiation | None = None
    previous: Entry | None = None
    for index, entry in enumerate(entries):
        step = _step(entry, entries, index)
        if step is not None:
            if negotiation is None or _begins(step, negotiation, previous):
                negotiation = Negotiation()
            _add_step(negotiation, step)
        elif negotiation is not None and _is_note(entry) and _belongs(entry, negotiation):
            _add_note(negotiation, entry)
        previous = entry
    if negotiation is not None:
        negotiation.missing = _missing(negotiation, now)
    return negotiation


def _step(entry: Entry, entries: Sequence[Entry], index: int) -> Step | None:
    """Return the message reported by a line, else None. Keepalives and DELETEs (INFORMATIONAL) are not negotiation."""
    rule = entry.rule
    if rule is None or not entry.is_step or rule_of(entry).startswith("exchange_informational"):
        return None
    fields = rule.fields(entry.event.message)
    is_sent, is_request = fields["verb"].lower() == "is sending", fields["kind"].lower() == "request"
    around = islice(entries, index + 1, None) if is_sent else reversed(entries[:index])
    port = _port(around, "packet_sent" if is_sent else "packet_received", entry.at)
    return Step(entry.at, fields["exchange"], is_request, End.AWS if is_sent else End.CUSTOMER_GATEWAY, port)


def _port(around: Iterable[Entry], packet: str, at: int) -> int | None:
    """Return AWS's UDP port from the packet line next to the message, with no other message in between."""
    for entry in around:
        if entry.is_step or abs(entry.at - at) > SECOND:
            return None
        if rule_of(entry) == packet and entry.rule is not None:
            return int(entry.rule.fields(entry.event.message)["aws_port"])
    return None


def _begins(step: Step, negotiation: Negotiation, previous: Entry | None) -> bool:
    """Return whether a message is the first of a new negotiation."""
    last = negotiation.steps[-1]
    pause = step.at - negotiation.last_at
    if not step.is_request:
        asked = next((earlier for earlier in reversed(negotiation.steps) if earlier.is_request), None)
        is_answer = asked is not None and asked.exchange == step.exchange and asked.sender is not step.sender
        return pause > (_GIVEN_UP if is_answer else _PAUSE)
    if step.exchange not in (*_NEXT, "Aggressive Mode"):
        return pause > _PAUSE
    if step.exchange != "Main Mode":
        return last.exchange != step.exchange or pause > _PAUSE
    # IKEv1 repeats and continues under the same name: while phase 1 is being negotiated it is the same attempt.
    is_under_way = previous is not None and previous.state.phase1.value is Phase.NEGOTIATING
    return last.exchange != step.exchange or pause > _HALF_OPEN or not (is_under_way or pause <= _PAUSE)


def _add_step(negotiation: Negotiation, step: Step) -> None:
    steps = negotiation.steps
    asked = any(earlier.is_request and earlier.exchange == step.exchange for earlier in steps)
    if not step.is_request and not asked:
        negotiation.rows.append(Step(step.at, step.exchange, True, step.sender.other, None, is_logged=False))
    negotiation.rows.append(step)


def _is_note(entry: Entry) -> bool:
    rule = entry.rule
    return rule is not None and (rule.id in ESTABLISHED or rule.severity.rank >= Severity.WARNING.rank)


def _belongs(entry: Entry, negotiation: Negotiation) -> bool:
    return entry.at - negotiation.last_at <= (_PAUSE if negotiation.has_ended else _GIVEN_UP)


def _add_note(negotiation: Negotiation, entry: Entry) -> None:
    last = negotiation.rows[-1]
    if isinstance(last, Note) and _meaning(last.entry) == _meaning(entry):
        is_later = entry.at - last.at >= SECOND
        negotiation.rows[-1] = Note(last.at, entry, last.times + is_later, entry.at if is_later else last.last_at)
    else:
        negotiation.rows.append(Note(entry.at, entry))


def _meaning(entry: Entry) -> str:
    return entry.explanation.brief if entry.explanation else ""


def _ends(entry: Entry) -> bool:
    rule = entry.rule
    if rule is None or rule.id in _REPEATS:
        return False
    return rule.id == "phase2_established" or rule.severity is Severity.ERROR


def _missing(negotiation: Negotiation, now: int) -> Missing | None:
    """Return the message that is overdue; after a refusal or a success none is."""
    last = negotiation.steps[-1]
    notes = [row.entry for row in negotiation.rows if isinstance(row, Note)]
    gave_up = any(rule_of(entry) in _GAVE_UP for entry in notes)
    refused = [entry for entry in notes if _ends(entry) and rule_of(entry) not in _GAVE_UP]
    if refused or (not gave_up and now - last.at <= _PAUSE):
        return None
    if last.is_request:
        asked_before = any(step.is_request and step.exchange == last.exchange for step in negotiation.steps[:-1])
        if last.exchange in _FINAL_REQUESTS and asked_before:
            return None
        return Missing(last.exchange, False, last.sender.other, is_certain=last.sender is End.AWS)
    stands = any(rule_of(entry) in ESTABLISHED for entry in notes)
    following = _NEXT.get(last.exchange)
    if following is None or stands:
        return None
    return Missing(following, True, negotiation.begun_by, is_certain=negotiation.begun_by is End.CUSTOMER_GATEWAY)
