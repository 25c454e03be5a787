"""A change is reported once, soon and rarely: a flapping tunnel at most once a minute, and nothing is missed."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from tui.domain.acceptance.notices import CALM, SETTLED, SILENCE, Change, Notices, Standing
from tui.domain.judgement.verdict import Verdict
from tui.domain.times import MINUTE, SECOND

VERDICTS = (Verdict.DOWN, Verdict.AT_RISK, Verdict.REDUNDANT)
UNKNOWN = Standing(Verdict.UNKNOWN, (("a", None), ("b", None)))


def standing(first: bool = True, second: bool = True) -> Standing:
    return Standing(VERDICTS[first + second], (("a", first), ("b", second)))


BOTH, ONE, NONE = standing(), standing(second=False), standing(first=False, second=False)


def told(looks: Iterable[tuple[int, Standing]], *, notices: Notices | None = None) -> list[Change]:
    """Return the changes reported of a connection that is looked at each second; `looks` are (ms, what is seen)."""
    notices = notices or Notices()
    changes: list[Change] = []
    for now, seen in looks:
        notices, new = notices.advance({"vpn": seen}, now=now)
        changes += new
    return changes


def seconds(*stretches: tuple[int, Standing]) -> list[tuple[int, Standing]]:
    """Return a look each second; a stretch is for how many seconds something is seen."""
    looks: list[tuple[int, Standing]] = []
    for length, seen in stretches:
        looks += [((len(looks) + number) * SECOND, seen) for number in range(length)]
    return looks


def times(changes: Iterable[Change]) -> list[int]:
    return [change.at // SECOND for change in changes]


def test_a_connection_is_first_seen_without_a_notice() -> None:
    assert told(seconds((600, ONE))) == []
    assert told(seconds((5, UNKNOWN), (600, BOTH))) == []


def test_a_fall_is_told_at_once_and_a_recovery_when_it_has_held() -> None:
    changes = told(seconds((100, BOTH), (300, ONE), (100, BOTH)))
    assert times(changes) == [100, 400 + SETTLED // SECOND]
    assert [(change.before, change.after) for change in changes] == [(BOTH, ONE), (ONE, BOTH)]


def test_the_second_fall_is_told_though_the_first_was_a_moment_ago() -> None:
    assert times(told(seconds((100, BOTH), (20, ONE), (20, NONE)))) == [100, 120]


def test_what_came_back_before_it_was_told_is_not_told() -> None:
    assert times(told(seconds((100, BOTH), (10, ONE), (600, BOTH)))) == [100, 160]
    assert times(told(seconds((100, ONE), (5, BOTH), (300, ONE)))) == []


def test_another_tunnel_that_is_down_instead_is_a_change() -> None:
    assert times(told(seconds((10, ONE), (60, standing(first=False))))) == [20]


def test_nothing_known_for_a_while_is_no_change() -> None:
    assert told(seconds((100, BOTH), (300, UNKNOWN), (300, BOTH))) == []
    assert times(told(seconds((100, BOTH), (300, UNKNOWN), (300, ONE)))) == [400]


def test_what_falls_together_is_told_together_and_one_after_the_other_not_at_each_second() -> None:
    names = [f"vpn-{number}" for number in range(10)]
    notices, rings = Notices(), []
    for second in range(40):
        seen = {name: ONE if second >= 10 + number else BOTH for number, name in enumerate(names)}
        notices, changes = notices.advance(seen, now=second * SECOND)
        rings += [(second, len(changes))] if changes else []
    assert rings == [(10, 1), (15, 5), (20, 4)]


def test_what_lasts_after_many_notices_is_told_within_a_minute() -> None:
    flapping = seconds(*[(15, ONE), (15, BOTH)] * 60)
    changes = told([*flapping, *((now + len(flapping) * SECOND, ONE) for now, _ in seconds((200, ONE)))])
    assert changes[-1].after == ONE
    assert times(changes)[-1] <= len(flapping) + 61


def test_a_series_of_falls_is_told_less_and_less_often() -> None:
    rings = times(told(seconds((10, BOTH), *[(20, ONE), (20, BOTH)] * 90)))
    gaps = [after - before for before, after in pairwise(rings)]
    assert len(rings) <= 12
    assert gaps[0] < gaps[-1]


def test_after_a_calm_a_fall_is_told_at_once_again() -> None:
    rings = times(told(seconds((10, BOTH), *[(20, ONE), (20, BOTH)] * 30, (CALM // SECOND + 5, BOTH), (5, ONE))))
    assert rings[-1] == 10 + 30 * 40 + CALM // SECOND + 5


FLAPS = st.lists(st.tuples(st.integers(1, 90), st.booleans()), min_size=1, max_size=60)


@given(FLAPS)
@example([(1, False), (1, True)] * 30)
@example([(30, False), (31, True)] * 20)
def test_a_flapping_tunnel_never_rings_twice_a_minute(flaps: list[tuple[int, bool]]) -> None:
    rings = times(told(seconds((5, BOTH), *((length, standing(second=up)) for length, up in flaps))))
    assert all(after - before >= SILENCE // SECOND for before, after in pairwise(rings))


@given(st.lists(st.tuples(st.integers(1, 90), st.booleans(), st.booleans()), max_size=60))
def test_only_a_verdict_that_gets_worse_breaks_the_silence(flaps: list[tuple[int, bool, bool]]) -> None:
    changes = told(seconds((5, BOTH), *((length, standing(first, second)) for length, first, second in flaps)))
    for before, after in pairwise(changes):
        if after.at - before.at < SILENCE:
            assert VERDICTS.index(after.after.verdict) < VERDICTS.index(before.after.verdict)


@given(st.lists(st.tuples(st.integers(1, 90), st.booleans(), st.booleans()), max_size=40), st.booleans(), st.booleans())
def test_what_lasts_is_told_whatever_came_before(
    flaps: list[tuple[int, bool, bool]], first: bool, second: bool
) -> None:
    last = standing(first, second)
    stretches = [(length, standing(*each)) for length, *each in flaps]
    changes = told(seconds((5, BOTH), *stretches, (2 * MINUTE // SECOND, last)))
    assert (changes[-1].after if changes else BOTH) == last
    assert all(before.after == after.before for before, after in pairwise(changes))
