"""The sentences about connections that went down together: how many, what they share, where to look first."""

from collections.abc import Collection
from typing import Final

from tui.content.assessment import Judge, standing
from tui.content.board.board import Board
from tui.content.layout.cells import count
from tui.content.wording import Moment
from tui.domain.past.common_falls import LEAST, CommonFall, Fall, Trait, common_falls
from tui.domain.state.connection import Connection
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Key

_SHARED: Final = {
    Trait.CUSTOMER_GATEWAY: ("the customer gateway {}", "Look at that device and its line first."),
    Trait.CUSTOMER_ADDRESS: ("the customer gateway's address {}", "Look at that device and its line first."),
    Trait.CUSTOMER_BLOCK: (
        "a customer gateway in {}",
        "Look at what these addresses share first: a provider, a line, a firewall.",
    ),
    Trait.GATEWAY: ("the gateway {} at AWS", "Look at changes of it and at the AWS Health Dashboard first."),
    Trait.ENDPOINT_BLOCK: (
        "AWS endpoints in {}",
        "Look at the AWS Health Dashboard and at the path to these addresses first.",
    ),
    Trait.SITE: ("the site {}", "Look at what that account and region share first, and at the AWS Health Dashboard."),
}
_ALL: Final = "Look at what all of them share first: the path to AWS, and the AWS Health Dashboard."


def falls_on(board: Board, connections: Collection[Connection]) -> tuple[CommonFall, ...]:
    """Return the common falls whose tunnels still carry nothing, the newest first."""
    falls = [fall for row in board.troubled if (fall := _fall(row.key, row.carries, row.since)) is not None]
    if len(falls) < LEAST:
        return ()
    return _common_falls(falls, {row.id for row in board.connections if row.stands}, connections)


def falls_at_present(connections: Collection[Connection], judge: Judge) -> tuple[CommonFall, ...]:
    """Return the same for a fleet without a board."""
    falls, standing_ids = list[Fall](), set[str]()
    for connection in connections:
        carries = set[bool | None]()
        for tunnel in connection.tunnels:
            judgement = judge(tunnel)
            carries.add(judgement.carries)
            key = tunnel.connection, tunnel.outside_ip
            if (fall := _fall(key, judgement.carries, standing(tunnel.state, judgement))) is not None:
                falls.append(fall)
        if True in carries and False not in carries:
            standing_ids.add(connection.id)
    return _common_falls(falls, standing_ids, connections)


def _fall(key: Key, carries: bool | None, since: Since[bool | None]) -> Fall | None:
    """Return the fall of a tunnel that carries nothing; None if its time is not known."""
    return Fall(*key, since.at) if carries is False and since.at is not None and since.seen else None


def _common_falls(
    falls: Collection[Fall], standing_ids: Collection[str], connections: Collection[Connection]
) -> tuple[CommonFall, ...]:
    """Return the common falls; `standing_ids` are the connections that carry traffic and lost no tunnel."""
    stand = [connection for connection in connections if connection.id in standing_ids]
    return common_falls(falls, connections, lambda start, end: stand)


def common_fall_text(fall: CommonFall, moment: Moment) -> str:
    """Return two sentences with both numbers: of those that fell, and of those that did not."""
    number = count(len(fall.connections), "connection")
    if fall.trait is None:
        return f"All {number} fell {_within(fall)}at {moment(fall.start)}. {_ALL}"
    _, remedy = _SHARED[fall.trait]
    return f"{number} fell {_within(fall)}at {moment(fall.start)}: {shared_text(fall)}. {remedy}"


def common_fall_brief(fall: CommonFall) -> str:
    """Return the end of a sentence that begins with what fell, for a line that already has its time."""
    number = count(len(fall.connections), "connection")
    return f"{number} fell together" + (f": {shared_text(fall)}" if fall.trait else ": all there are")


def shared_text(fall: CommonFall) -> str:
    """Return what the fallen connections share and how many others share it; empty if nothing sets them apart."""
    if fall.trait is None:
        return ""
    shared, _ = _SHARED[fall.trait]
    having = "all of them" if fall.sharing == len(fall.connections) else f"{fall.sharing} of them"
    beside = "none" if not fall.others_sharing else str(fall.others_sharing)
    does = "does" if fall.others_sharing < 2 else "do"
    return f"{having} share {shared.format(fall.value)}, {beside} of the {fall.others} others {does}"


def _within(fall: CommonFall) -> str:
    seconds = -(-(fall.end - fall.start) // 1000)
    return f"within {seconds} s " if seconds else ""
