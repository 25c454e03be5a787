"""The last negotiation of a tunnel, message by message, as far as AWS's log proves it: what came, what went, what is
missing.

AWS logs what it processed and what it sends, and not always all of it. A response proves the request before it (RFC
7296, section 2.1), so that one is in the result too, as not logged; nothing else is added.
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
"""The newest lines; a negotiation has some twenty."""
_PAUSE: Final = 3 * SECOND
"""Messages of one negotiation follow each other within milliseconds; IKE retransmits after four seconds."""
_HALF_OPEN: Final = 30 * SECOND
"""AWS drops a negotiation that does not go on after this time."""
_GIVEN_UP: Final = 180 * SECOND
"""AWS repeats a request for 165 seconds."""
_REPEATS: Final = {"retransmit", "retransmit_received", "peer_not_responding"}
_GAVE_UP: Final = {"half_open_timeout", "retransmits_exhausted", "phase1_unable"}
_FINAL_REQUESTS: Final = {"Quick Mode", "Aggressive Mode"}
"""IKEv1 exchanges of three messages: the last one comes from whoever began, and gets no answer (RFC 2409)."""
_NEXT: Final = {"IKE_SA_INIT": "IKE_AUTH", "Main Mode": "Main Mode"}
"""What whoever began sends after an answer, until phase 1 stands."""


class End(StrEnum):
    """One end of a tunnel."""

    AWS = "aws"
    CUSTOMER_GATEWAY = "customer_gateway"

    @property
    def other(self) -> "End":
        """The end that is spoken to."""
        return End.CUSTOMER_GATEWAY if self is End.AWS else End.AWS


class Step(NamedTuple):
    """One message: when, ms, of which exchange, from which end, over which UDP port where a packet line tells."""

    at: int
    exchange: str
    is_request: bool
    sender: End
    port: int | None = None
    is_logged: bool = True
    """False for a request that only its response proves."""


class Note(NamedTuple):
    """What AWS logged between the messages: a refusal, an SA that stands, a repetition.

    `times`: how often in a row; `last_at`: when last, where that is seconds later.
    """

    at: int
    entry: Entry
    times: int = 1
    last_at: int | None = None


class Missing(NamedTuple):
    """The message that should have followed: of which exchange, from which end.

    `is_certain` where AWS would have logged it, had it come; else it may only not have been logged.
    """

    exchange: str
    is_request: bool
    sender: End
    is_certain: bool


@dataclass(slots=True)
class Negotiation:
    """The messages of one negotiation and what was logged between them, oldest first."""

    rows: list[Step | Note] = field(default_factory=list)
    missing: Missing | None = None

    @property
    def steps(self) -> list[Step]:
        """The messages alone."""
        return [row for row in self.rows if isinstance(row, Step)]

    @property
    def begun_by(self) -> End:
        """The end that sent the first request."""
        return self.steps[0].sender

    @property
    def is_under_phase1(self) -> bool:
        """Whether it goes on under an IKE_SA that stands: a further phase 2 SA, or a rekey."""
        return self.steps[0].exchange in ("CREATE_CHILD_SA", "Quick Mode")

    @property
    def version(self) -> str:
        """The IKE version."""
        return "IKEv1" if self.steps[0].exchange.endswith("Mode") else "IKEv2"

    @property
    def has_ended(self) -> bool:
        """Whether an SA was set up, or the negotiation was refused or given up."""
        return any(isinstance(row, Note) and _ends(row.entry) for row in self.rows)

    @property
    def last_at(self) -> int:
        """When the last line of it was logged, ms."""
        last = self.rows[-1]
        return (isinstance(last, Note) and last.last_at) or last.at


def last_negotiation(history: History, *, now: int) -> Negotiation | None:
    """Return the newest negotiation of an IKE_SA or of a phase 2 SA in a tunnel's history, None where there is none.

    `now` is how far the feed has read, ms: what has had the time to come, and did not, is missing.
    """
    entries = list(islice(history.newest_first(), _LOOKED_AT))
    entries.reverse()
    found: Negotiation | None = None
    before: Entry | None = None
    for index, entry in enumerate(entries):
        step = _step(entry, entries, index)
        if step is not None:
            if found is None or _begins(step, found, before):
                found = Negotiation()
            _add_step(found, step)
        elif found is not None and _is_note(entry) and _belongs(entry, found):
            _add_note(found, entry)
        before = entry
    if found is not None:
        found.missing = _missing(found, now)
    return found


def _step(entry: Entry, entries: Sequence[Entry], index: int) -> Step | None:
    """Return the message that a line tells of. Keepalives and DELETEs (INFORMATIONAL) are no part of a negotiation."""
    rule = entry.rule
    if rule is None or not entry.is_step or rule_of(entry).startswith("exchange_informational"):
        return None
    fields = rule.fields(entry.event.message)
    is_sent, is_request = fields["verb"].lower() == "is sending", fields["kind"].lower() == "request"
    around = islice(entries, index + 1, None) if is_sent else reversed(entries[:index])
    port = _port(around, "packet_sent" if is_sent else "packet_received", entry.at)
    return Step(entry.at, fields["exchange"], is_request, End.AWS if is_sent else End.CUSTOMER_GATEWAY, port)


def _port(around: Iterable[Entry], packet: str, at: int) -> int | None:
    """Return AWS's UDP port in the line of the packet that held the message: beside it, before any other message."""
    for entry in around:
        if entry.is_step or abs(entry.at - at) > SECOND:
            return None
        if rule_of(entry) == packet and entry.rule is not None:
            return int(entry.rule.fields(entry.event.message)["aws_port"])
    return None


def _begins(step: Step, found: Negotiation, before: Entry | None) -> bool:
    """Return whether a message is the first of another negotiation."""
    last = found.steps[-1]
    pause = step.at - found.last_at
    if not step.is_request:
        asked = next((each for each in reversed(found.steps) if each.is_request), None)
        is_answer = asked is not None and asked.exchange == step.exchange and asked.sender is not step.sender
        return pause > (_GIVEN_UP if is_answer else _PAUSE)
    if step.exchange not in (*_NEXT, "Aggressive Mode"):
        return pause > _PAUSE
    if step.exchange != "Main Mode":
        return last.exchange != step.exchange or pause > _PAUSE
    # IKEv1 repeats, and goes on, under the same name: while phase 1 is being negotiated it is the same attempt.
    is_under_way = before is not None and before.state.phase1.value is Phase.NEGOTIATING
    return last.exchange != step.exchange or pause > _HALF_OPEN or not (is_under_way or pause <= _PAUSE)


def _add_step(found: Negotiation, step: Step) -> None:
    steps = found.steps
    asked = any(each.is_request and each.exchange == step.exchange for each in steps)
    if not step.is_request and not asked:
        found.rows.append(Step(step.at, step.exchange, True, step.sender.other, None, is_logged=False))
    found.rows.append(step)


def _is_note(entry: Entry) -> bool:
    rule = entry.rule
    return rule is not None and (rule.id in ESTABLISHED or rule.severity.rank >= Severity.WARNING.rank)


def _belongs(entry: Entry, found: Negotiation) -> bool:
    return entry.at - found.last_at <= (_PAUSE if found.has_ended else _GIVEN_UP)


def _add_note(found: Negotiation, entry: Entry) -> None:
    last = found.rows[-1]
    if isinstance(last, Note) and _meaning(last.entry) == _meaning(entry):
        is_later = entry.at - last.at >= SECOND
        found.rows[-1] = Note(last.at, entry, last.times + is_later, entry.at if is_later else last.last_at)
    else:
        found.rows.append(Note(entry.at, entry))


def _meaning(entry: Entry) -> str:
    return entry.explanation.brief if entry.explanation else ""


def _ends(entry: Entry) -> bool:
    rule = entry.rule
    if rule is None or rule.id in _REPEATS:
        return False
    return rule.id == "phase2_established" or rule.severity is Severity.ERROR


def _missing(found: Negotiation, now: int) -> Missing | None:
    """Return what did not come, where it has had the time to; after a refusal or a success nothing more is due."""
    last = found.steps[-1]
    notes = [row.entry for row in found.rows if isinstance(row, Note)]
    gave_up = any(rule_of(entry) in _GAVE_UP for entry in notes)
    refused = [entry for entry in notes if _ends(entry) and rule_of(entry) not in _GAVE_UP]
    if refused or (not gave_up and now - last.at <= _PAUSE):
        return None
    if last.is_request:
        asked_before = any(step.is_request and step.exchange == last.exchange for step in found.steps[:-1])
        if last.exchange in _FINAL_REQUESTS and asked_before:
            return None
        return Missing(last.exchange, False, last.sender.other, is_certain=last.sender is End.AWS)
    stands = any(rule_of(entry) in ESTABLISHED for entry in notes)
    following = _NEXT.get(last.exchange)
    if following is None or stands:
        return None
    return Missing(following, True, found.begun_by, is_certain=found.begun_by is End.CUSTOMER_GATEWAY)
