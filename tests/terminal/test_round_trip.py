"""A terminal is asked how far it is only if it answers, and not for ever."""

from tui.app.terminal.round_trip import QUESTION, RoundTrip


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def asked() -> tuple[RoundTrip, Clock]:
    """A round trip that was answered once within 0.2 s, and then asked again."""
    clock = Clock()
    trip = RoundTrip(clock)
    trip.answered()
    assert trip.question(2_000) == QUESTION
    clock.now += 0.2
    trip.answered()
    assert trip.question(2_000) == QUESTION
    return trip, clock


def test_a_terminal_that_has_never_answered_is_not_asked() -> None:
    trip = RoundTrip(Clock())
    assert trip.question(100_000) == ""
    assert trip.lag == 0


def test_it_is_asked_once_at_a_time_and_only_behind_much() -> None:
    trip, _ = asked()
    assert trip.question(2_000) == ""
    trip.answered()
    assert trip.question(0) == QUESTION  # for what was sent meanwhile
    trip.answered()
    assert trip.question(100) == ""


def test_the_way_there_and_back_is_no_lag() -> None:
    trip, clock = asked()
    clock.now += 0.2
    assert trip.lag == 0
    clock.now += 1
    assert round(trip.lag, 3) == 1
    trip.answered()
    assert trip.lag == 0


def test_much_behind_an_open_question_is_lag_at_once() -> None:
    trip, _ = asked()
    trip.question(10_000)
    assert trip.lag > 1


def test_who_stops_answering_is_not_waited_for_for_ever() -> None:
    trip, clock = asked()
    clock.now += 60
    assert trip.lag == 0
    assert trip.question(10_000) == ""
