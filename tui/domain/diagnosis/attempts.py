"""The exchanges of attempts to set up a tunnel: who began, on which ports, and what stayed without an answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.knowledge.line_kinds import ANSWERED, ASKED, NEW_EXCHANGES, step_of
from tui.domain.state.effects import HALF_OPEN
from tui.domain.state.history import Entry
from tui.domain.state.indicators import are_exchanges_logged, is_dialling, rule_of
from tui.domain.state.tunnel_state import BURST

LARGE: Final = 1_400
"""The size in bytes from which a packet is sent in fragments: the path's 1500 minus the headers of IP, UDP and a tunnel
on the way.
"""
_ENDS: Final = {"half_open_timeout", "retransmits_exhausted", "phase1_unable"}
_REFUSES: Final = {
    "no_proposal_by_aws",
    "no_proposal_notified",
    "no_proposal_received",
    "auth_failed_sent",
    "auth_failed_received",
    "psk_mismatch",
    "ts_unacceptable",
    "invalid_id_sent",
    "invalid_id_received",
}
_PACKET: Final = re.compile(
    r"\[(?:UDP\s+)?(\d{1,5})\]\s+to\s+\S+\s+\[(?:UDP\s+)?(\d{1,5})\](?:\s+\((\d{1,9})\s+bytes\))?", re.IGNORECASE
)


@dataclass(slots=True)
class Traffic:
    """Counts of the packets and exchanges of attempts."""

    dials: int = 0
    """How many attempts the customer gateway began."""
    answers: int = 0
    """The exchanges that AWS began and the customer gateway answered."""
    received: int = 0
    on_4500: int = 0
    """The packets that arrived on UDP 4500."""
    sent_to_4500: int = 0
    behind_nat: bool = False
    repeats: int = 0
    """How often the customer gateway repeated a request that AWS had answered."""
    lost: list[int] = field(default_factory=list)
    """The size in bytes of each packet from AWS that got no answer; 0 if the log omits it."""
    after_first: bool = False
    """Whether an unanswered packet followed the first exchange of an attempt."""
    repeated: list[Entry] = field(default_factory=list)
    """The lines that show the repeats."""

    @property
    def largest_lost(self) -> int:
        """The size in bytes of the largest unanswered packet."""
        return max(self.lost, default=0)


def traffic(entries: Sequence[Entry]) -> Traffic:
    """Return the totals of the attempts in these entries, oldest first; refused attempts count no lost packets."""
    by_packets = not are_exchanges_logged(entries)
    counted = Traffic()
    before = Traffic()  # the totals before the current attempt
    pending: list[int] = []  # the sizes of what AWS sent since something last came
    answered_size = 0
    first_at: int | None = None
    packet_at: int | None = None
    is_by_aws = progressed = False
    for entry in entries:
        rule, message = rule_of(entry), entry.event.message
        if entry.state.nat_t_detected or rule == "nat_detected":
            counted.behind_nat = True
        is_first = packet_at is None or entry.at - packet_at > BURST
        if rule in ("packet_received", "packet_sent"):
            packet_at = entry.at
            is_by_aws = rule == "packet_sent" if is_first else is_by_aws
        if rule == "packet_received":
            counted.received += 1
            counted.answers += by_packets and is_by_aws
            _, port, _ = _packet(message)
            counted.on_4500 += port == 4500
            pending = []
        elif rule == "packet_sent":
            port, _, size = _packet(message)
            counted.sent_to_4500 += port == 4500
            pending.append(size)
            answered_size = size
        elif rule == "retransmit_received":
            counted.repeats += 1
            counted.repeated.append(entry)
            counted.lost.append(answered_size)
            counted.after_first |= "id=0" not in message.replace(" ", "")
        elif rule in ("exchange_ike_auth", "exchange_quick_mode") and step_of(message) in (ASKED, ANSWERED):
            progressed = True
        if is_dialling(entry) and rule in NEW_EXCHANGES:
            is_again = first_at is not None and BURST < entry.at - first_at < HALF_OPEN // 2
            if is_again and not progressed:
                counted.repeats += 1
                counted.repeated.append(entry)
            if first_at is None or entry.at - first_at > BURST:
                counted.dials += 1
                first_at = entry.at if not is_again else first_at
                progressed = False
        elif rule in NEW_EXCHANGES and step_of(message) == ANSWERED:
            counted.answers += 1
        if rule in _ENDS:
            counted.lost += pending[:1] or [0]
            counted.after_first |= counted.answers > 0
            pending, first_at = [], None
            before = _copy(counted)
        elif rule in _REFUSES:
            pending, first_at = [], None
            counted = replace(_copy(before), behind_nat=counted.behind_nat, on_4500=counted.on_4500)
    counted.lost += pending[:1]
    return counted


def _copy(counted: Traffic) -> Traffic:
    return replace(counted, lost=[*counted.lost], repeated=[*counted.repeated])


def refused_exchange(entries: Sequence[Entry], refusal: Entry) -> str:
    """Return the rule of the exchange with which the customer gateway began the refused attempt, or an empty string."""
    for entry in reversed(entries):
        if entry.key > refusal.key or refusal.at - entry.at > HALF_OPEN:
            continue
        if is_dialling(entry) and rule_of(entry) in NEW_EXCHANGES:
            return rule_of(entry)
    return ""


def is_over_4500(message: str) -> bool:
    """Whether a packet was sent or received on UDP 4500."""
    return 4500 in _packet(message)[:2]


def _packet(message: str) -> tuple[int, int, int]:
    """Return a packet's source port, destination port and size in bytes; 0 for each that the line omits."""
    match = _PACKET.search(message)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else (0, 0, 0)
