"""What fell together, in words: how many connections, what they share, and where to look first."""

from collections.abc import Collection
from typing import Final

from tui.content.board.board import Board
from tui.content.layout.cells import count
from tui.content.wording import Moment
from tui.domain.past.common_falls import CommonFall, Fall, Trait, common_falls
from tui.domain.state.fleet import Connection

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
    """Return what fell together of the tunnels that carry nothing at present, the newest first."""
    falls = (
        Fall(*row.key, row.since.at)
        for row in board.rows.values()
        if row.carries is False and row.since.at is not None and row.since.seen
    )
    return common_falls(falls, connections)


def common_fall_text(fall: CommonFall, moment: Moment) -> str:
    """Return it in two sentences, with both numbers: of those that fell, and of those that did not."""
    seconds = -(-(fall.end - fall.start) // 1000)
    within = f"within {seconds} s " if seconds else ""
    number = count(len(fall.connections), "connection")
    if fall.trait is None:
        return f"All {number} fell {within}at {moment(fall.start)}. {_ALL}"
    shared, remedy = _SHARED[fall.trait]
    having = "all of them" if fall.sharing == len(fall.connections) else f"{fall.sharing} of them"
    beside = "none" if not fall.others_sharing else str(fall.others_sharing)
    return (
        f"{number} fell {within}at {moment(fall.start)}: {having} share {shared.format(fall.value)}, "
        f"{beside} of the {fall.others} others {'does' if fall.others_sharing < 2 else 'do'}. {remedy}"
    )
