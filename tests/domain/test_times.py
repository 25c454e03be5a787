"""Instants and spans, as text for a reader and as a user types them."""

from zoneinfo import ZoneInfo

import pytest

from tests.factories import NOON
from tui.domain.times import age, clock_elsewhere, parse_since, parse_span, when

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (-5, "0s"),
        (59_999, "59s"),
        (MINUTE, "1m"),
        (HOUR - 1, "59m"),
        (HOUR, "1h"),
        (2 * DAY - 1, "47h"),
        (2 * DAY, "2d"),
        (400 * DAY, "400d"),
    ],
)
def test_an_age_is_one_coarse_unit_and_hours_go_on_to_two_days(span: int, told: str) -> None:
    assert age(span) == told


@pytest.mark.parametrize(
    ("at", "place", "shown"),
    [
        (NOON, "Asia/Tokyo", "21:00 Tokyo"),
        (NOON + 4 * HOUR, "Asia/Tokyo", "01:00 Tue Tokyo"),
        (NOON, "America/Argentina/Buenos_Aires", "09:00 Buenos Aires"),
        (10**15 * 9, "Asia/Tokyo", "09:00 Tokyo"),  # as far off as a hostile log can say
    ],
)
def test_a_clock_elsewhere_names_its_place_and_another_day(at: int, place: str, shown: str) -> None:
    assert clock_elsewhere(at, ZoneInfo(place)) == shown


@pytest.mark.parametrize(
    ("ago", "told"),
    [(0, "12:00:00"), (DAY, "yesterday 12:00:00"), (2 * DAY, "21 Nov 12:00"), (400 * DAY, "19 Oct 2025")],
)
def test_an_instant_is_told_by_what_is_not_plain_from_now(ago: int, told: str) -> None:
    assert when(NOON - ago, now=NOON) == told


@pytest.mark.parametrize(
    ("text", "span"), [("90s", 90_000), ("30m", 30 * MINUTE), ("1h30m", HOUR + 30 * MINUTE), (" 2 H ", 2 * HOUR)]
)
def test_a_span_is_a_number_and_a_unit_or_several(text: str, span: int) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "yesterday", "10", "h", "1h and a bit", "-2h"])
def test_a_span_that_cannot_be_read_is_told_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 30m, 2h or 1d"):
        parse_span(text)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("2h", 2 * HOUR),
        ("2026-11-23T10:00:00Z", 2 * HOUR),
        ("2026-11-23T10:00:00", 2 * HOUR),
        ("2026-11-23T11:00:00+01:00", 2 * HOUR),
        ("2026-11-23T12:00:00Z", 0),
    ],
)
def test_a_look_back_is_a_span_or_an_instant_in_utc_unless_it_names_a_zone(text: str, ago: int) -> None:
    assert parse_since(text, now=NOON) == NOON - ago


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-23T12:00:01Z", "lies in the future"),
        ("noon", "write 30m, 2h, 00:30, yesterday or 2026-11-23T10:00:00Z"),
    ],
)
def test_a_look_back_that_cannot_be_is_told(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_since(text, now=NOON)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("00:30", 11 * HOUR + 30 * MINUTE),
        ("11:59:30", 30_000),
        ("22:26", 13 * HOUR + 34 * MINUTE),
        ("yesterday", 36 * HOUR),
        ("Yesterday 22:26", 13 * HOUR + 34 * MINUTE),
        ("today", 12 * HOUR),
    ],
)
def test_a_look_back_can_begin_at_a_time_of_day(text: str, ago: int) -> None:
    assert parse_since(text, now=NOON) == NOON - ago


@pytest.mark.parametrize("text", ["", "24:00", "today 13:00", "yesterday night", "12:60"])
def test_what_is_no_time_of_day_that_was_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"look-back|future"):
        parse_since(text, now=NOON)
