"""One cause for many is said once, over the board and in `status`."""

import json
from collections.abc import Iterable
from dataclasses import replace

from tests.scenes import NOW, fleet
from tui.app.widgets.status_bar import banner_lines
from tui.content.board.common_falls import falls_on
from tui.content.board.fleet_board import board
from tui.content.snapshot import Status
from tui.domain.inventory import CustomerGateway, Inventory
from tui.feed.pump import Pump
from tui.headless.status import render_json, render_table


def provider(connections: int, down: Iterable[int], *, on_hub: Iterable[int] = ()) -> Pump:
    """Return a fleet of which the tunnels of `down` fell together, and of which some go over one device."""
    held, hub = fleet(connections, down=down), set(on_hub)
    described = [
        replace(facts, customer_gateway=CustomerGateway("cgw-hub" if number in hub else f"cgw-{number}"))
        for number, connection in enumerate(held.fleet.connections)
        if (facts := connection.facts)
    ]
    held.fleet.learn(Inventory(tuple(described)))
    return held


def banner(held: Pump, width: int = 120) -> str:
    shown = board(held.fleet, now=NOW, feed=held.state, diagnose=lambda tunnel: ())
    status = Status(NOW, held.state, shown, utc=True, common_falls=falls_on(shown, held.fleet.connections))
    return " ".join(" ".join(line.text for line in banner_lines(status, width)).split())


def test_what_fell_together_stands_over_the_board_with_both_numbers_and_where_to_look() -> None:
    said = banner(provider(20, range(4), on_hub=range(4)))
    assert "4 connections fell at " in said
    assert "all of them share the customer gateway cgw-hub, none of the 16 others does" in said
    assert "Look at that device and its line first." in said


def test_it_fits_where_there_is_little_room() -> None:
    held = provider(20, range(4), on_hub=range(4))
    shown = board(held.fleet, now=NOW, feed=held.state, diagnose=lambda tunnel: ())
    status = Status(NOW, held.state, shown, utc=True, common_falls=falls_on(shown, held.fleet.connections))
    lines = banner_lines(status, 60)
    assert len(lines) <= 3
    assert all(len(line.text) <= 60 for line in lines)
    assert "cgw-hub" in " ".join(line.text for line in lines)


def test_falls_that_share_nothing_of_their_own_are_told_one_by_one_alone() -> None:
    assert "fell" not in banner(provider(20, range(4)))
    assert "fell" not in banner(provider(20, range(4), on_hub=range(20)))
    assert "fell" not in banner(provider(20, range(4), on_hub=range(5)))  # a fifth of them stands


def test_status_says_it_too() -> None:
    held = provider(20, range(4), on_hub=range(4))
    (event,) = json.loads(render_json(held.fleet, held.state, now=NOW))["common_falls"]
    assert (event["shared"], event["value"], event["sharing"]) == ("customer_gateway", "cgw-hub", 4)
    assert (event["others_sharing"], event["others"], len(event["connections"])) == (0, 16, 4)
    assert "4 connections fell at" in render_table(held.fleet, held.state, now=NOW)
