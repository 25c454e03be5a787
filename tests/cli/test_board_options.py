"""The board starts sorted and grouped as the options say."""

import click
from click.testing import CliRunner

from tests.scenes import NOW, fleet
from tui.app.app import TunnelwatchApp
from tui.app.terminal.display import GROUPINGS, ORDERS, Display
from tui.cli.displaying import displaying
from tui.content.board.groups import Grouping, Layout
from tui.content.board.order import MAIN, Order
from tui.domain.clock import ManualClock


def test_the_options_offer_what_the_keys_do() -> None:
    assert tuple(order.value for order in MAIN) == ORDERS
    assert tuple(grouping.value for grouping in Grouping) == GROUPINGS


def test_the_options_say_how_the_board_is_sorted_and_grouped() -> None:
    shown: list[Display] = []

    def command(display: Display) -> int:
        shown.append(display)
        return 0

    done = CliRunner().invoke(click.command()(displaying(command)), ["--sort", "name", "--group", "site"])
    assert done.exit_code == 0
    assert [(display.sort, display.group) for display in shown] == [("name", "site")]


async def test_the_screen_begins_sorted_and_grouped_as_it_was_told() -> None:
    app = TunnelwatchApp(fleet(4), clock=ManualClock(NOW), sort="flaps", group="verdict")
    async with app.run_test():
        await app.painted.wait()
        assert app.main.view_state.board.layout == Layout(Grouping.VERDICT, Order.FLAPS)
