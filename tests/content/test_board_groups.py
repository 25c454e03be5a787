"""The order and the groups of the board's connections, and what it folds."""

from dataclasses import replace

import pytest

from tests.scenes import ESTABLISHED, HQ, LIVE, NOW, OSAKA, board_lines, diagnosing, facts, fleet, ike, pump
from tui.content.board.board import Board
from tui.content.board.columns import heading_line, order_at
from tui.content.board.filter import BoardFilter, narrowed
from tui.content.board.fleet_board import board
from tui.content.board.groups import Arrangement, FoldKey, Grouping, Layout, arranged
from tui.content.board.lines import Look
from tui.content.board.order import DOZENS, Order
from tui.content.board.standings import standing_at, summary_line
from tui.domain.judgement.verdict import Verdict
from tui.feed.pump import Pump

CALM = FoldKey("", Verdict.REDUNDANT)


def seen(held: Pump) -> Board:
    return board(held.fleet, now=NOW, feed=LIVE, diagnose=diagnosing(held))


def sites(number: int) -> str:
    return f"{'osaka' if number % 2 else 'lyon'}/branch-{number:02}"


def texts(shown: Arrangement, width: int = 80) -> list[str]:
    return [line.text.rstrip() for line in board_lines(shown, width, Look(NOW))]


def names(shown: Arrangement) -> list[str]:
    return [row.name for group in shown.groups for row in group.connections]


MANY = seen(fleet(DOZENS + 4, down=[7, 30], names=sites))


def test_up_to_some_dozens_of_connections_nothing_folds() -> None:
    shown = arranged(seen(fleet(DOZENS)))
    assert not shown.is_folded
    assert len(shown.stops) == 2 * DOZENS


def test_of_more_connections_what_is_calm_folds_into_one_line_and_trouble_never_does() -> None:
    shown = arranged(MANY)
    assert names(shown) == ["lyon/branch-30", "osaka/branch-07"]
    assert texts(shown)[-1] == f" ▸ {DOZENS + 2} redundant"
    everything = arranged(seen(fleet(DOZENS + 1, down=range(DOZENS + 1))))
    assert not everything.is_folded
    assert len(everything.stops) == 2 * (DOZENS + 1)


@pytest.mark.parametrize("grouping", Grouping)
def test_some_dozens_of_connections_fold_in_groups_where_not_all_have_room(grouping: Grouping) -> None:
    board = seen(fleet(12, down=[7], names=sites))
    assert not arranged(board, Layout(grouping), room=36).is_folded
    assert not arranged(board, Layout(grouping)).is_folded
    assert arranged(board, Layout(grouping), room=35).is_folded is (grouping is not Grouping.CONNECTION)


def test_a_fold_that_is_open_shows_its_connections_below_its_line() -> None:
    shown = arranged(MANY, Layout(opened=frozenset({CALM})))
    assert f" ▾ {DOZENS + 2} redundant" in texts(shown)
    assert len(shown.stops) == 2 * (DOZENS + 4) + 1
    assert set(shown.fold_of.values()) == {CALM}


def test_the_connection_under_the_cursor_does_not_fold() -> None:
    kept = MANY.connections[0]
    shown = arranged(MANY, keep=kept.id)
    assert kept.name in names(shown)
    assert texts(shown)[-1] == f" ▸ {DOZENS + 1} redundant"


def test_what_the_user_filters_for_does_not_hide_in_a_fold() -> None:
    shown = arranged(narrowed(MANY, BoardFilter(standing=Verdict.REDUNDANT)), folds=False)
    assert len(names(shown)) == DOZENS + 2


def test_by_site_each_has_a_heading_with_its_counts_and_the_names_do_not_repeat_it() -> None:
    lines = texts(arranged(MANY, Layout(Grouping.SITE)))
    assert [line.rstrip("─ ") for line in lines if line.startswith("──")] == [
        "── lyon  ● 19 redundant · ▲ 1 at risk",
        "── osaka  ● 19 redundant · ▲ 1 at risk",
    ]
    assert " ▸ 19 redundant in osaka" in lines
    assert any(line.startswith(" branch-07 ") for line in lines)


def test_the_group_with_the_worst_connection_comes_first() -> None:
    both = [ike("gone", states="DD", vpn=f"vpn-{8:017x}", ip=f"203.0.0.{ip}") for ip in (15, 16)]
    held = fleet(DOZENS + 4, down=[30], names=sites)
    held.fleet.apply(both)
    assert [group.title for group in arranged(seen(held), Layout(Grouping.SITE)).groups] == ["osaka", "lyon"]
    assert [group.title for group in arranged(seen(held), Layout(Grouping.VERDICT)).groups] == [
        "down",
        "at_risk",
        "redundant",
    ]


def test_a_fold_that_is_all_of_a_verdict_has_no_heading_that_says_the_same() -> None:
    lines = texts(arranged(MANY, Layout(Grouping.VERDICT)))
    assert [line.rstrip("─ ") for line in lines if line.startswith("──")] == ["── ▲ 2 at risk"]


def test_a_site_in_which_all_is_calm_is_one_line() -> None:
    calm = arranged(seen(fleet(DOZENS + 4, down=[7], names=sites)), Layout(Grouping.SITE))
    assert [line for line in texts(calm) if "lyon" in line] == [" ▸ 20 redundant in lyon"]


def test_without_sites_the_board_is_not_grouped_by_them() -> None:
    shown = arranged(seen(fleet(4)), Layout(Grouping.SITE))
    assert not any(line.startswith("──") for line in texts(shown))


def test_what_is_redundant_and_in_trouble_is_at_risk_and_what_is_watched_in_part_is_unknown() -> None:
    lives = [(ago, "EE") for ago in (400, 364, 328, 292)] + [(ago - 18, "DD") for ago in (400, 364, 328)]
    flapping = [ike("x", ago=ago, states=states) for ago, states in sorted(lives, reverse=True)]
    part = replace(facts(OSAKA, "osaka", "203.0.113.42"), left_out=1)
    held = pump(
        [*flapping, ike(ESTABLISHED, ip="203.0.113.18"), ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42")],
        connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.18"), part],
    )
    assert seen(held).standings == {Verdict.AT_RISK: 1, Verdict.UNKNOWN: 1}


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (Order.WORST, "osaka/branch-07"),
        (Order.NAME, "lyon/branch-00"),
        (Order.CHANGE, "lyon/branch-30"),
        (Order.FLAPS, "lyon/branch-30"),
        (Order.BGP, "lyon/branch-00"),
        (Order.PHASE_2, "lyon/branch-30"),
        (Order.CAUSE, "osaka/branch-07"),
    ],
)
def test_each_order_puts_what_it_is_about_at_the_top(order: Order, first: str) -> None:
    held = fleet(DOZENS + 4, down=[30], names=sites)
    gone = [ike("gone", ago=6_000, states="DD", vpn=f"vpn-{8:017x}", ip=f"203.0.0.{ip}") for ip in (15, 16)]
    held.fleet.apply(gone)
    rows = arranged(seen(held), Layout(order=order), folds=False)
    assert names(rows)[0] == first
    turned = arranged(seen(held), Layout(order=order, is_reversed=True), folds=False)
    assert names(turned) == names(rows)[::-1]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("order", Order)
def test_an_arrow_at_its_heading_shows_the_order_and_moves_no_column(width: int, order: Order) -> None:
    both = (arranged(MANY, layout, folds=False) for layout in (Layout(), Layout(order=order, is_reversed=True)))
    plain, sorted_by = (heading_line(shown, width).text for shown in both)
    arrow = sorted_by.find("▴")
    assert sorted_by.replace("▴", " ") == plain
    if arrow >= 0:
        assert order in {order_at(arranged(MANY), width, x) for x in (arrow - 1, arrow + 1)}


def test_a_click_beside_the_headings_sorts_by_nothing() -> None:
    assert order_at(arranged(MANY), 80, 0) is None
    assert order_at(arranged(MANY), 80, 79) is None


def test_the_summary_counts_every_connection_and_knows_what_stands_where() -> None:
    numbers = {Verdict.DOWN: 1, Verdict.AT_RISK: 3, Verdict.UNKNOWN: 2, Verdict.REDUNDANT: 1_412}
    text = summary_line(numbers, 80).text
    assert text == " ● 1,412 redundant · ▲ 3 at risk · ✖ 1 down · ? 2 unknown"
    for word, standing in {"1,412": Verdict.REDUNDANT, "▲": Verdict.AT_RISK, "down": Verdict.DOWN}.items():
        assert standing_at(numbers, text.index(word)) is standing
    assert standing_at(numbers, 0) is standing_at(numbers, 79) is standing_at(numbers, text.index("·")) is None
    assert len(summary_line(numbers, 30).text) <= 30
    assert summary_line(numbers, 80, hint="o map").text == text + " " * (75 - len(text)) + "o map"
    assert summary_line(numbers, len(text) + 7, hint="o map").text == text
