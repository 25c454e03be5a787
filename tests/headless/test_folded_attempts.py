"""Repeated attempts on a terminal share one line each, and no other line is lost."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.factories import ike
from tests.headless.test_tail import lines_of
from tui.domain.events import RawEvent
from tui.feed.source import Batch

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
STEPS = ("AWS tunnel processed request (id=0) for IKE_SA_INIT", "AWS tunnel processed request (id=1) for IKE_AUTH", KEY)
EVERY = 11


def attempts(number: int, *, start: float = 0, steps: Sequence[str] = STEPS, states: str = "DD") -> list[RawEvent]:
    """Return so many attempts alike, eleven seconds apart."""
    return [ike(text, states, at=start + EVERY * count) for count in range(number) for text in steps]


def shown(*batches: list[RawEvent]) -> list[str]:
    """Return what a terminal gets of these batches, without dates and feed."""
    lines = lines_of(*(Batch(tuple(events), caught_up=True) for events in batches), folds=True)
    return [line for line in lines if not line.startswith("--") and "unknown →" not in line]


def test_of_attempts_alike_in_the_look_back_two_are_whole_and_one_line_stands_for_all() -> None:
    lines = shown(attempts(32))
    assert len(lines) == 2 * len(STEPS) + 1
    assert lines[-1].startswith("12:05:41 ")
    assert lines[-1].endswith("✖ attempt ×32, every 11s: wrong pre-shared key")


def test_each_further_attempt_is_one_line_as_it_comes() -> None:
    begun = attempts(3)
    lines = shown(begun, *(attempts(1, start=EVERY * count) for count in (3, 4)))
    assert [line.partition("✖ ")[2] for line in lines[-3:]] == [
        f"attempt ×{times}, every 11s: wrong pre-shared key" for times in (3, 4, 5)
    ]


def test_an_attempt_that_goes_another_way_is_written_whole() -> None:
    other = [*STEPS[:2], "AWS tunnel received AUTHENTICATION_FAILED from CGW"]
    lines = shown(attempts(4), attempts(1, start=44, steps=other))
    assert [any(text in line for line in lines[-3:]) for text in other] == [True] * 3


def test_what_comes_up_ends_the_attempts_and_the_next_ones_are_counted_anew() -> None:
    up = ike("AWS tunnel Phase 2 SA is established", "EE", at=44)
    lines = shown([*attempts(4), up, *attempts(2, start=60)])
    assert sum("attempt ×" in line for line in lines) == 1
    assert sum(KEY in line for line in lines) == 4


def test_an_attempt_that_is_cut_short_is_not_kept_back() -> None:
    lines = shown([*attempts(4), *attempts(1, start=44, steps=STEPS[:1])], attempts(1, start=60, steps=["else"]))
    assert sum(STEPS[0] in line for line in lines) == 3
    assert "else" in lines[-1]


@given(st.lists(st.tuples(st.sampled_from([*STEPS, "x", "y"]), st.sampled_from([0, 1, 11])), max_size=60))
def test_only_lines_of_attempts_that_were_written_twice_are_left_out(made: list[tuple[str, int]]) -> None:
    events, at = [], 0
    for text, pause in made:
        at += pause
        events.append(ike(text, "DD", at=at))
    lines = shown(events)
    for text in {text for text, _ in made}:
        written = sum(text in line for line in lines)
        assert written >= min(2, sum(text == other for other, _ in made))


def test_in_a_pipe_nothing_is_folded() -> None:
    lines = lines_of(Batch(tuple(attempts(5)), caught_up=True))
    assert sum(KEY in line for line in lines) == 5
