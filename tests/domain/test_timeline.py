"""A timeline: the worst of each cell, cells that stand still, and little work."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import IP, NOON, VPN, fleet_of, ike
from tui.domain.past.conditions import Condition, stretches
from tui.domain.past.timeline import Grid, Timelines, cut
from tui.domain.state.fleet import Fleet
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import HOUR, MINUTE, SECOND

UP, DOWN = "AWS tunnel Phase 2 SA is established", "AWS tunnel received DELETE for IKE_SA from CGW"
DPD = "AWS tunnel is sending DPD request"


def the_tunnel(fleet: Fleet) -> Tunnel:
    tunnel = fleet.find(VPN, IP)
    assert tunnel is not None
    return tunnel


@pytest.mark.parametrize(
    ("span", "most", "cell"),
    [(15 * MINUTE, 61, 15 * SECOND), (HOUR, 61, MINUTE), (6 * HOUR, 73, 5 * MINUTE), (HOUR, 30, 5 * MINUTE)],
)
def test_a_cell_is_as_short_as_the_room_allows_and_easy_to_add_up(span: int, most: int, cell: int) -> None:
    grid = Grid.of(until=NOON, span=span, most=most)
    assert grid.cell == cell
    assert grid.count <= most


@given(st.integers(0, 10**13), st.integers(1, 10**11), st.integers(1, 400))
def test_the_cells_hold_the_span_and_the_instant_and_begin_at_multiples_of_their_length(
    until: int, span: int, most: int
) -> None:
    grid = Grid.of(until=until, span=span, most=most)
    assert grid.start % grid.cell == 0
    assert grid.index_of(until) == grid.count - 1
    assert grid.count <= max(2, most)
    if span <= 28 * 86_400_000 * (max(2, most) - 1):
        assert grid.start <= until - span


def test_a_grid_moves_on_once_a_cells_time() -> None:
    grids = [Grid.of(until=NOON + second * SECOND, span=HOUR, most=61) for second in range(180)]
    assert len({grid.start for grid in grids}) == 3
    assert all(after.start - before.start in (0, MINUTE) for before, after in pairwise(grids))


def test_an_outage_of_a_second_shows_in_a_cell_of_a_minute() -> None:
    grid = Grid(0, MINUTE, 4)
    changes = ((30 * SECOND, Condition.CARRYING), (90 * SECOND, Condition.DOWN), (91 * SECOND, Condition.NEGOTIATING))
    course = stretches((*changes, (92 * SECOND, Condition.CARRYING)), since=0, until=200 * SECOND)
    assert cut(course, grid) == (Condition.UNKNOWN, Condition.DOWN, Condition.CARRYING, Condition.CARRYING)
    assert cut((), grid) == (Condition.UNKNOWN,) * 4


def test_the_newest_cell_says_what_the_board_says() -> None:
    fleet = fleet_of([ike(UP), ike(DOWN, "DD", at=600)])
    grid = Grid.of(until=NOON + 660 * SECOND, span=15 * MINUTE, most=61)
    cells = Timelines(fleet).of(the_tunnel(fleet), grid, now=NOON + 660 * SECOND)
    assert cells[-1] is Condition.DOWN
    assert cells[grid.index_of(NOON + 300 * SECOND) or 0] is Condition.CARRYING
    assert cells[0] is Condition.UNKNOWN


def test_keepalives_make_no_work_and_a_fall_shows_at_once() -> None:
    fleet = fleet_of([ike(UP)])
    timelines = Timelines(fleet)
    grid = Grid.of(until=NOON + 70 * SECOND, span=HOUR, most=61)
    kept = []
    for second in range(61, 110):
        fleet.apply([ike(DPD, at=second)])
        kept.append(timelines.of(the_tunnel(fleet), grid, now=NOON + second * SECOND))
    assert all(cells is kept[0] for cells in kept)
    fleet.apply([ike(DOWN, "DD", at=110)])
    assert timelines.of(the_tunnel(fleet), grid, now=NOON + 110 * SECOND)[-1] is Condition.DOWN


def test_the_timelines_of_a_fleet_are_computed_in_as_many_slices_as_it_takes() -> None:
    fleet = fleet_of([ike(UP, ip=f"203.0.113.{number}") for number in range(1, 6)])
    timelines = Timelines(fleet)
    grid = Grid.of(until=NOON + 70 * SECOND, span=HOUR, most=61)

    def prepare() -> tuple[bool, int]:
        is_ready = timelines.prepare(fleet.tunnels, grid, now=NOON + 61 * SECOND, may_go_on=lambda: False)
        return is_ready, timelines.made

    assert [prepare() for _ in range(7)] == [*((False, made) for made in range(1, 6)), (True, 5), (True, 5)]
