"""The causes named by the lines of a failing tunnel, each with its evidence, and which of them leads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final

from tui.domain.events import IkeEvent
from tui.domain.knowledge.line_kinds import CHILD_EXCHANGES, NEW_EXCHANGES
from tui.domain.state.history import Entry, pause_between
from tui.domain.state.indicators import (
    HANDSHAKE,
    PROPOSALS,
    Indicator,
    are_exchanges_logged,
    burst_up_to,
    is_answered,
    is_dialling,
    refused_silently,
    rule_of,
    sign_of,
)
from tui.domain.state.tunnel_state import BURST, Health
from tui.domain.times import MINUTE

_STALE: Final = 3 * MINUTE
"""A peer with a wrong key or proposal retries within two minutes; after three minutes of other signs, that cause is
past.
"""
_RESUMED: Final = 10 * MINUTE
"""A cause that returns within this time is still the same one."""
_REPEATS: Final = 3
_OF_LATE: Final = 4
"""The number of latest pauses that determine the current pace."""
_SPECIFIC: Final = 2
"""The strength from which a sign names a cause rather than a symptom."""
_EXCHANGES_OF_PHASE2: Final = {*CHILD_EXCHANGES, "exchange_ike_auth"}
_EXCHANGES: Final = _EXCHANGES_OF_PHASE2 | NEW_EXCHANGES
_PACKETS: Final = {"packet_received", "packet_sent"}
CLOSURES: Final = {"closed_by_customer_gateway", "closed_by_aws"}
_POSSIBLE_FROM_STRANGERS: Final = {("phase1_proposal_mismatch", ""), ("peer_unreachable", "half_open")}
"""The causes, with their variants, that a scanner triggers just as the device does."""
_PHASE1_CAUSES: Final = {"psk_mismatch", "authentication_failed", "phase1_proposal_mismatch", "peer_unreachable"}


def suspects_of(entries: Sequence[Entry], now: int) -> list["Suspect"]:
    """Return the causes named by lines, the leading one first; none if phase 1 proves that the last one is over."""
    leader: Suspect | None = None
    past: list[Suspect] = []
    resumable: dict[str, Suspect] = {}
    attempts = _Attempts(logs_exchanges=are_exchanges_logged(entries))
    falls = entries[-1].state.falls if entries else ()
    fell = entries[-1].state.endings[-1].at if entries and entries[-1].state.endings else None
    exchange: Entry | None = None
    was_up = False
    for index, entry in enumerate(entries):
        is_up = entry.state.phase1.value.is_up
        if is_up and not was_up:
            resumable = {}
        if leader is not None:
            leader.note_phase1(entry.at, is_up=is_up, was_up=was_up)
            if leader.is_over(entry.at, is_up=is_up):
                past.append(leader)
                leader = None
        was_up = is_up
        attempts.note(entry)
        exchange = entry if rule_of(entry) in _EXCHANGES else exchange
        sign = sign_of(entry, dialled_at=attempts.dialled_at, answered_at=attempts.answered_at)
        is_phase2 = _is_about_phase2(entries, index, exchange) if sign is not None else False
        code = _code_here(sign, entry, falls, is_phase2=is_phase2) if sign is not None else None
        if code is None and (sign := refused_silently(entries, index)) is not None:
            code = sign.code
        if sign is None or code is None or (is_up and code in _PHASE1_CAUSES):  # refused beside an existing phase 1
            continue
        if leader is not None and leader.code == code:
            leader.add(sign, entry)
        elif leader is None or leader.yields_to(sign, code, entry, dialled_at=attempts.dialled_at):
            if leader is not None:
                past.append(leader)
                resumable[leader.code] = leader
            known = resumable.get(code)
            if known is not None and pause_between(known.entries[-1], entry) <= _RESUMED:
                leader = known
                leader.add(sign, entry)
            else:
                leader = Suspect(sign, code, [entry])
    if leader is None or leader.is_over(now, is_up=was_up):
        return []
    others = [suspect for suspect in reversed(past) if suspect.code != leader.code]
    if not others and leader.may_be_a_stranger(fell) and entries[-1].state.endings:
        return []  # a stray dial says nothing about a tunnel that has worked
    if others and leader.may_be_a_stranger_beside(others[0], now, fell):
        return [others[0], leader, *others[1:]]
    return [leader, *others]


@dataclass(slots=True)
class _Attempts:
    """When the customer gateway last began to set up an IKE_SA, and when it last answered an attempt by AWS, ms."""

    logs_exchanges: bool
    dialled_at: int | None = None
    answered_at: int | None = None
    packet_at: int | None = None

    def note(self, entry: Entry) -> None:
        """Take an entry into account. If the exchanges are not logged, the packets show who began."""
        rule = rule_of(entry)
        if rule in _PACKETS and not self.logs_exchanges:
            is_first = self.packet_at is None or entry.at - self.packet_at > BURST
            self.packet_at = entry.at
            if rule == "packet_sent" or entry.state.phase1.value.is_up:
                return
            if is_first:
                self.dialled_at = entry.at
            else:
                self.answered_at = entry.at
        elif is_dialling(entry):
            self.dialled_at = entry.at
        elif is_answered(entry):
            self.answered_at = entry.at


@dataclass(slots=True)
class Suspect:
    """A possible cause and its evidence."""

    sign: Indicator
    code: str
    entries: list[Entry] = field(default_factory=list)
    pause: int = 0
    """The last pause between two of its bursts, ms."""
    outlived_at: int | None = None
    """When phase 1 came up after it, ms."""

    def add(self, sign: Indicator, entry: Entry) -> None:
        """Add another line. Of equally strong signs, the newest shows who refuses now."""
        gap = pause_between(self.entries[-1], entry)
        self.pause = gap if gap > BURST else self.pause
        self.entries.append(entry)
        self.sign = max(sign, self.sign, key=lambda indicator: (indicator.strength, indicator.certain))

    def yields_to(self, sign: Indicator, code: str, entry: Entry, *, dialled_at: int | None = None) -> bool:
        """Whether a newer sign of another cause supersedes this one.

        `dialled_at` is when the customer gateway last began an attempt, ms.
        """
        if self.sign.opener and code in CLOSURES and entry.at - self.entries[0].at <= BURST:
            # The line answers a closure or cleans up after it: what came first took the tunnel down. That a pair of SAs
            # is closed does not show who closed it.
            closings = {rule_of(closing) for closing in self.entries}
            return closings == {"child_closing"} and code != self.code
        gap = pause_between(self.entries[-1], entry)
        if (self.code, code) == ("psk_mismatch", "authentication_failed") and gap <= _STALE:
            return False  # a wrong key makes the authentication fail, and its own line may be missing
        if not self.sign.opener and gap > max(_STALE, 2 * self.pause):
            return True
        is_explicit = self.sign.certain and not self.sign.opener
        if is_explicit and not sign.certain and not self._is_tried_anew(sign, dialled_at):
            return False  # AWS dials too and is refused without a reason: its own explicit refusal still holds
        # Within one burst, the stronger line is the cause and the other its consequence; later, the newest counts.
        outweighs = sign.strength >= (_SPECIFIC if gap > BURST else self.sign.strength)
        return outweighs and (self.sign.opener or not sign.opener)

    def _is_tried_anew(self, sign: Indicator, dialled_at: int | None) -> bool:
        """Whether a sign shows that a newer attempt by the same side failed without this cause."""
        if sign.variant == "half_open":
            return dialled_at is not None and dialled_at > self.entries[-1].at
        return sign.variant != "by_peer" or self.sign.variant == "by_peer"

    @property
    def _pauses(self) -> list[int]:
        """The pauses between its bursts, ms."""
        return _pauses(self.entries)

    def goes_on(self, now: int) -> bool:
        """Whether it recurs, and is due to recur."""
        return _recurs(self._pauses, self.entries[-1].at, now)

    def may_be_a_stranger_beside(self, other: "Suspect", now: int, fell: int | None) -> bool:
        """Whether anybody can have made these dials, while the device itself shows `other`.

        A device that wants its tunnel up does not dial far apart, stop after a few dials, or dial seldom while `other`
        recurs.
        """
        if self.may_be_a_stranger(fell):
            return True
        could_be = (self.code, self.sign.variant) in _POSSIBLE_FROM_STRANGERS
        return could_be and len(self._pauses) + 1 < _REPEATS and other.goes_on(now)

    def may_be_a_stranger(self, fell: int | None) -> bool:
        """Whether anybody can have made these dials: they are far apart, or few and long after `fell` (ms).

        Whoever dials soon after the tunnel fell wants it back.
        """
        if (self.code, self.sign.variant) not in _POSSIBLE_FROM_STRANGERS:
            return False
        pauses = self._pauses
        if len(pauses) + 1 >= _REPEATS:
            return median(pauses) > _RESUMED
        return fell is None or self.entries[0].at - fell > _STALE

    def note_phase1(self, at: int, *, is_up: bool, was_up: bool) -> None:
        """Note whether phase 1 is up."""
        if not is_up:
            self.outlived_at = None
        elif not was_up:
            self.outlived_at = at

    def is_over(self, at: int, *, is_up: bool) -> bool:
        """Whether phase 1 proves that this cause is gone: the peer is there, and both ends agree."""
        if self.code in _PHASE1_CAUSES:
            return is_up
        return self.sign.opener and self.outlived_at is not None and at - self.outlived_at >= HANDSHAKE


def goes_on(dials: Sequence[Entry], now: int) -> bool:
    """Whether a device that wants its tunnel up made these dials: they are several, close together and continuing."""
    pauses = _pauses(dials)
    return bool(pauses) and median(pauses) <= _RESUMED and _recurs(pauses, dials[-1].at, now)


def _recurs(pauses: Sequence[int], last_at: int, now: int) -> bool:
    # At its recent pace: a device may dial less often the longer it fails.
    return len(pauses) + 1 >= _REPEATS and now - last_at <= max(_STALE, 2 * int(median(pauses[-_OF_LATE:])))


def _pauses(entries: Sequence[Entry]) -> list[int]:
    return [pause for pair in pairwise(entries) if (pause := pause_between(*pair)) > BURST]


def _is_about_phase2(entries: Sequence[Entry], index: int, exchange: Entry | None) -> bool:
    """Whether the line at `index` belongs to the negotiation of phase 2.

    `exchange` is the last line of an exchange: it shows that, whatever the state fields say. Without both, the packets
    do: each end's first packet holds its proposals for phase 1.
    """
    entry = entries[index]
    if exchange is not None and entry.at - exchange.at <= BURST:
        return rule_of(exchange) in _EXCHANGES_OF_PHASE2
    is_up = entry.state.phase1.value.is_up
    if not isinstance(entry.event, IkeEvent) or entry.event.phase1 is not None:
        return is_up
    return is_up or _packets_received(burst_up_to(entries, index)) > 1


def _packets_received(burst: Sequence[str]) -> int:
    """Return how many packets of the last attempt among these rules, newest first, came from the customer gateway.

    The first one does not count twice if AWS asked for another DH group.
    """
    received, is_refused = 0, False
    for rule in reversed(burst):
        if rule in PROPOSALS:
            is_refused = True
        elif rule == "packet_received":
            received = 1 if is_refused else received + 1
            is_refused = False
        elif rule == "invalid_ke":
            received -= 1
    return received


def _code_here(sign: Indicator, entry: Entry, falls: Sequence[int], *, is_phase2: bool) -> str | None:
    """Return the code that a sign stands for in the entry's state; None if it means nothing there.

    `falls` are those known by now: a line may announce one that the fields show only later in the burst. `is_phase2`:
    the line belongs to the negotiation of phase 2.
    """
    state = entry.state
    if sign.code == "proposal":
        return "phase2_proposal_mismatch" if is_phase2 else "phase1_proposal_mismatch"
    if rule_of(entry) in ("invalid_id_received", "invalid_id_sent") and not is_phase2:
        return "authentication_failed"
    if sign.code in CLOSURES:
        # Only the closure that took the tunnel down counts: a DELETE after another cause is its consequence. If the log
        # begins with it, it is all that is known of the fall.
        fell = state.falls[-1] if state.falls else None if state.health.seen else state.health.at
        is_the_fall = fell is not None and abs(entry.at - fell) <= BURST and state.health.value is not Health.UP
        is_the_fall |= state.health.value is Health.UP and any(0 <= at - entry.at <= BURST for at in falls)
        is_all_there_is = state.health.value is Health.UNKNOWN and rule_of(entry).startswith("delete_ike")
        return sign.code if is_the_fall or is_all_there_is else None
    return sign.code
