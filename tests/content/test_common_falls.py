"""A cause shared by many is stated once: above the board, in the news, in `status` and in reports."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from tests.scenes import ESTABLISHED, NOW, fleet, ike
from tui.app.widgets.message_log import message_line
from tui.app.widgets.status_bar import banner_lines
from tui.content.board.common_falls import falls_on
from tui.content.board.fleet_board import board
from tui.content.messages.news import News
from tui.content.report.html import html
from tui.content.report.markdown import markdown
from tui.content.report.report import report_of
from tui.content.snapshot import Status
from tui.content.tunnel.page import message_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.domain.inventory import ConnectionFacts, CustomerGateway, Inventory, TunnelFacts
from tui.domain.past.outages import Outages
from tui.domain.times import HOUR
from tui.feed.pump import Pump
from tui.feed.source import Batch
from tui.headless.history import Cost
from tui.headless.history import render_table as render_history
from tui.headless.report import render_csv, report_document
from tui.headless.status import render_json, render_table


def provider(connections: int, down: Iterable[int], *, on_hub: Iterable[int] = ()) -> Pump:
    """Return a fleet in which the tunnels of `down` fell together, and some share one device."""
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
    shown = banner(provider(20, range(4), on_hub=range(4)))
    assert "4 connections fell at " in shown
    assert "all of them share the customer gateway cgw-hub, none of the 16 others does" in shown
    assert "Look at that device and its line first." in shown


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


def test_a_connection_of_which_nothing_is_known_is_no_survivor() -> None:
    held = provider(20, range(4), on_hub=range(4))
    unheard = ConnectionFacts("vpn-unheard", tunnels=(TunnelFacts("198.51.100.1"),))
    held.fleet.learn(
        Inventory((*(connection.facts for connection in held.fleet.connections if connection.facts), unheard))
    )
    assert "none of the 16 others does" in banner(held)
    assert json.loads(render_json(held.fleet, held.state, now=NOW))["common_falls"][0]["others"] == 16


def test_the_news_say_it_after_the_falls_themselves_and_name_the_fallen() -> None:
    held = provider(20, range(4), on_hub=range(4))
    outages = Outages(held.fleet)
    news = News().of(held.fleet, outages=lambda tunnel: outages.of(tunnel, now=NOW))
    *falls, common = news
    assert "4 connections fell together: all of them share the customer gateway cgw-hub" in common.text
    assert common.fallen == ("site-0000", "site-0001", "site-0002", "site-0003")
    assert sum(message.outage is not None for message in falls) == 4
    page = message_blocks(common, TunnelSnapshot.of(held.fleet.tunnels[0], held.fleet, diagnoses=(), now=NOW), utc=True)
    assert "site-0003" in [block.text for block in page]
    assert "4 connections fell together" in message_line(common, 120, now=NOW, utc=True).text


def test_every_format_of_a_report_says_it_of_what_is_over_too() -> None:
    held = provider(20, range(4), on_hub=range(4))
    held.take(
        Batch(
            events=tuple(
                replace(
                    ike(ESTABLISHED, ago=50, vpn=connection.id, ip=connection.tunnels[1].outside_ip), serial=9_000 + n
                )
                for n, connection in enumerate(held.fleet.connections[:4])
            )
        )
    )
    made = report_of(held, since=NOW - HOUR, now=NOW)
    sentence = "all of them share the customer gateway cgw-hub, none of the 16 others does"
    assert f"**4 connections fell at 12:02:51: {sentence}" in markdown(made)
    assert f"<strong>4 connections fell at 12:02:51: {sentence}" in html(made)
    (event,) = cast("list[dict[str, Any]]", report_document(made)["common_falls"])
    assert event["value"] == "cgw-hub"
    history = render_history(made, Cost(1, 10, 1, 1, 0.0))
    assert f"4 connections fell at 12:02:51: {sentence}" in " ".join(history.split())
    rows = list(csv.DictReader(io.StringIO(render_csv(made))))
    assert [row["common_fall"] for row in rows] == [f"4 connections fell together: {sentence}"] * 4


def test_status_says_it_too() -> None:
    held = provider(20, range(4), on_hub=range(4))
    (event,) = json.loads(render_json(held.fleet, held.state, now=NOW))["common_falls"]
    assert (event["shared"], event["value"], event["sharing"]) == ("customer_gateway", "cgw-hub", 4)
    assert (event["others_sharing"], event["others"], len(event["connections"])) == (0, 16, 4)
    assert "4 connections fell at" in render_table(held.fleet, held.state, now=NOW)
