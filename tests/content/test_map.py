"""The map: the position and the symbol of each tunnel, and the line about the cursor."""

from dataclasses import replace

import pytest

from tests.content.test_board_groups import seen, sites
from tests.scenes import ESTABLISHED, HQ, NOW, chatter, facts, fleet, ike, pump
from tui.content.board.board import Board
from tui.content.board.map import MapLayout, cursor_line, legend_line, sign_of
from tui.content.board.rows import ConnectionRow
from tui.content.layout.tones import Tone

SIXTY = seen(fleet(60, down=[7, 30], names=sites))
DOWN = (f"vpn-{8:017x}", "203.0.0.16")


def copied(row: ConnectionRow, copy: int) -> ConnectionRow:
    """Return the same connection under another id."""
    vpn = f"{row.id}{copy}"
    return replace(row, id=vpn, tunnels=tuple(replace(tunnel, key=(vpn, tunnel.key[1])) for tunnel in row.tunnels))


def texts(board: Board, width: int, height: int) -> list[str]:
    layout = MapLayout(board, width, height)
    return [layout.line(y, board, None).text for y in range(len(layout))]


@pytest.mark.parametrize(("width", "height"), [(20, 3), (60, 10), (79, 20), (119, 36), (199, 56)])
def test_each_tunnel_has_one_cell_of_its_own_within_the_width(width: int, height: int) -> None:
    layout = MapLayout(SIXTY, width, height)
    assert sorted(layout.places) == sorted(SIXTY.keys)
    assert len(set(layout.places.values())) == len(SIXTY.keys)
    lines = texts(SIXTY, width, height)
    assert max(map(len, lines)) <= width
    assert {lines[y][x] for x, y in layout.places.values()} == {"●", "▼"}
    assert all(layout.at(x, y) == key for key, (x, y) in layout.places.items())


def test_a_tunnel_keeps_its_place_whatever_happens_to_it() -> None:
    well = seen(fleet(60, names=sites))
    assert MapLayout(well, 79, 20).places == MapLayout(SIXTY, 79, 20).places


def test_five_thousand_tunnels_fit_a_large_screen_and_are_as_dense_as_can_be_on_a_small_one() -> None:
    board = Board(tuple(copied(row, copy) for row in SIXTY.connections for copy in range(42)))
    assert len(board.keys) == 5_040
    assert len(MapLayout(board, 199, 56)) <= 56
    assert len(MapLayout(board, 79, 20)) <= 80


def test_each_site_has_its_name_at_its_first_line_and_at_the_first_in_view() -> None:
    layout = MapLayout(SIXTY, 40, 3)
    first = [layout.line(y, SIXTY, None).text.split("●")[0].strip() for y in range(len(layout))]
    assert [text for text in first if text] == ["lyon", "osaka"]
    assert layout.line(1, SIXTY, None, is_first=True).text.startswith(" lyon ")


def test_the_signs_tell_apart_what_carries_what_is_in_trouble_and_what_is_not_known() -> None:
    held = pump(
        [
            ike(ESTABLISHED, ago=4_000, ip="203.0.113.1"),
            ike(ESTABLISHED, ago=4_000, ip="203.0.113.2"),
            *chatter(40, until=34 * 60, ip="203.0.113.2"),
            ike("gone", states="DD", ip="203.0.113.3"),
        ],
        connections=[facts(HQ, "hq", *(f"203.0.113.{number}" for number in (1, 2, 3)))],
    )
    unheard = pump(connections=[facts(HQ, "hq", "203.0.113.4")])
    unknown = replace(seen(unheard).tunnels[0], carries=None)
    assert [sign_of(row)[0] for row in (*seen(held).tunnels, unknown)] == ["●", "◐", "▼", "?"]
    assert legend_line(seen(held), 80).text == " ▼ 1 not carrying   ◐ 1 up, in trouble   ● 1 up   "
    assert sign_of(seen(held).rows[HQ, "203.0.113.3"])[2] is Tone.ERROR


def test_the_cursor_moves_cell_by_cell_and_line_by_line_and_stays_on_the_map() -> None:
    layout = MapLayout(SIXTY, 40, 3)
    order = list(layout.places)
    assert layout.beside(order[0], -1) == order[0]
    assert layout.beside(order[0], 1) == order[1]
    assert layout.beside(order[-1], 5) == order[-1]
    x, y = layout.places[order[3]]
    assert layout.places[layout.below(order[3], 1)] == (x, y + 1)
    assert layout.below(layout.below(order[3], 1), -1) == order[3]
    assert layout.places[layout.below(order[3], 99)][1] == len(layout) - 1
    assert layout.at(0, 0) is layout.at(5, 99) is None


def test_the_cursor_says_what_it_is_on_and_stands_out_alone() -> None:
    text = cursor_line(SIXTY, DOWN, 120, now=NOW).text
    assert text == " osaka/branch-07 · 203.0.0.16  ✖ down 1m · peer declared dead (DPD)  ▲ 1/2 carry, not redundant"
    assert cursor_line(SIXTY, DOWN, 80, now=NOW).text == text.partition("  ▲")[0]  # no half of a verdict
    assert len(cursor_line(SIXTY, DOWN, 40, now=NOW).text) <= 40
    layout = MapLayout(SIXTY, 79, 20)
    spans = [span for y in range(len(layout)) for span in layout.line(y, SIXTY, DOWN).spans]
    assert [span.text for span in spans if span.tone is Tone.MATCH] == ["▼"]
