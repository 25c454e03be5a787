"""The lines of the board: columns, widths and tones."""

from collections.abc import Sequence

import pytest

from tests.content.boards import drawn, heading_line, seen
from tests.scenes import (
    CHATTER,
    ESTABLISHED,
    HQ,
    NOW,
    OSAKA,
    cutover,
    facts,
    ike,
    pump,
    raw,
    tunnel_in,
)
from tui.content.board.columns import Shape
from tui.domain.past.conditions import Condition
from tui.domain.past.timeline import Grid, Timelines
from tui.domain.state.tunnel import Key
from tui.domain.times import MINUTE


def test_a_healthy_board_has_no_loud_tone() -> None:
    healthy = pump([ike(ESTABLISHED, ip=ip) for ip in ("203.0.113.17", "203.0.113.42")] + [ike(CHATTER[0])])
    loud = {"warning", "error"}
    assert not {span.tone.value for line in drawn(seen(healthy)) for span in line.spans} & loud


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100, 120, 200])
def test_no_line_of_the_board_is_wider_than_the_screen(width: int) -> None:
    from rich.cells import cell_len

    long = "2001:db8:1234:5678:9abc:def0:1234:5678"
    held = pump(
        [ike(ESTABLISHED, vpn=HQ, ip=long), *(noted for noted in [raw("日本語" * 50, ip=long)])],
        connections=[facts(HQ, "東京 データセンター " * 5, long, "203.0.113.17", state="modifying")],
    )
    assert max(cell_len(line.text) for line in drawn(seen(held), width)) <= width


def test_the_state_of_a_connection_is_whole_where_its_id_has_no_room() -> None:
    events = [ike(ESTABLISHED, ip="203.0.113.17"), ike("gone", states="DD", ip="203.0.113.42")]
    held = pump(events, connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.42", state="modifying")])
    assert any("1/2 carry, not redundant  modifying" in line.text for line in drawn(seen(held)))


def test_columns_stand_under_each_other_whatever_the_names_hold() -> None:
    held = pump(
        connections=[facts(HQ, "\x1b[31m東京\u202e[/x]\u0301", "203.0.113.17"), facts(OSAKA, "o", "203.0.113.42")]
    )
    texts = [line.text for line in drawn(seen(held))]
    assert not any("\x1b" in text or "\u202e" in text for text in texts)
    from rich.cells import cell_len

    places = {cell_len(text.partition("1/1")[0]) for text in texts if "1/1" in text}
    assert len(places) == 1


def test_the_cause_stands_beside_the_tunnel_where_there_is_room_and_under_it_where_not() -> None:
    shown = seen(cutover())
    assert any(line.text.strip() == "phase 2 proposals or PFS differ" for line in drawn(shown, 80))
    assert any("203.0.113.42" in line.text and "phase 2 proposals" in line.text for line in drawn(shown, 160))


def test_the_last_minutes_stand_on_a_wide_board_and_take_the_room_of_no_column_but_dpd_and_nat_t() -> None:
    held = cutover()
    timelines = Timelines(held.fleet)
    grid = Grid.of(until=NOW, span=59 * MINUTE, most=60)
    shown = seen(held)

    def recent(key: Key) -> Sequence[Condition]:
        return timelines.of(tunnel_in(held, *key), grid, now=NOW)

    for width in range(60, 260):
        plain, shape = Shape.of(width, 15), Shape.of(width, 15, has_recent=True)
        titles = [column.heading for column, _ in plain.columns]
        assert [column.heading for column, _ in shape.columns] in (
            titles,
            [title for title in titles if shape.strip and title not in ("DPD", "NAT-T")],
        )
        heading = heading_line(shown, width, has_recent=True).text
        row = next(line.text for line in drawn(shown, width, recent=recent) if "203.0.113.42" in line.text)
        assert (f"LAST {shape.strip} MIN" in heading) is (shape.strip > 0)
        assert shape.strip == 0 or shape.strip >= 15
        assert all(len(line.text) <= width for line in drawn(shown, width, recent=recent))
        if shape.strip:
            index = heading.index("LAST")
            assert set(row[index : index + shape.strip]) <= {"·", "▅", "█", "▂"}
            assert row[index + shape.strip - 1] == "█"
    assert Shape.of(100, 15, has_recent=True).strip == 17
    assert Shape.of(116, 15, has_recent=True).strip == 21
    assert (Shape.of(180, 15, has_recent=True).beside, Shape.of(180, 15, has_recent=True).strip) == (34, 49)


@pytest.mark.parametrize("width", range(20, 140))
def test_the_columns_fit_and_none_comes_back_on_a_narrower_board(width: int) -> None:
    columns, narrower = (
        {column.heading: cells for column, cells in Shape.of(wide, 15).columns} for wide in (width, width - 1)
    )
    assert sum(cells + 2 for cells in columns.values()) + 38 <= max(width, 38)
    assert all(narrower.get(heading, 0) <= cells for heading, cells in columns.items())
    assert narrower.keys() <= columns.keys()
