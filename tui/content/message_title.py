"""The title above the messages: whose they are, and remarks on that tunnel."""

from typing import Final

from tui.content.board.board import Board
from tui.content.board.filter import BoardFilter
from tui.content.layout.cells import count
from tui.content.messages.messages import Filter
from tui.content.snapshot import Title
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.tunnel.sources import is_ec2_at_odds
from tui.content.wording import clock_notation, ec2_status_since

_NAT_T: Final = {True: ("NAT-T",), False: ("no NAT",), None: ()}
_DPD: Final = {True: ("DPD on",), False: ("DPD off",), None: ()}


def news_scope(board: Board, wanted: BoardFilter) -> str:
    """Return whose news are shown if the board is filtered: `4 of 200 tunnels, filter 042`; else empty."""
    if not board.hidden:
        return ""
    shown = board.tunnel_count
    return f"{shown} of {count(shown + board.hidden, 'tunnel')}, {wanted}"


def title(subject: TunnelSnapshot | None, *, wanted: Filter, everywhere: bool, utc: bool, only: str = "") -> Title:
    """Return the title of one tunnel's messages or, with `everywhere`, of the news of all or `only` some."""
    if subject is None and not everywhere:
        return Title()
    if subject is None or everywhere:
        return Title(address=only or "all tunnels", facts=("what changed, and what went wrong",), wanted=str(wanted))
    state = subject.state
    facts = [*_NAT_T[state.nat_t_detected], *_DPD[state.dpd_enabled]]
    telemetry = subject.facts.telemetry if subject.facts else None
    if telemetry:
        status = ec2_status_since(telemetry, clock_notation(now=subject.at, utc=utc))
        facts.append(f"{'≠ ' if is_ec2_at_odds(subject) else ''}EC2 {status}")
    name = subject.connection.name if subject.connection else ""
    return Title(name or subject.tunnel.connection, subject.outside_ip, tuple(facts), wanted=str(wanted))
