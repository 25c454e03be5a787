"""What `wait` says before it begins, and why it cannot."""

import pytest

from tui.content.acceptance.gate import aim_sentence, obstacle_sentence, shortfall
from tui.content.wording import ANYWHERE
from tui.domain.acceptance.aim import Aim, Until
from tui.domain.acceptance.gate import Obstacle


@pytest.mark.parametrize(
    ("aim", "sentence"),
    [
        (Aim(until=Until.UP), "waiting until every connection has a tunnel that carries traffic; at most 15m"),
        (
            Aim(until=Until.REDUNDANT, bgp=True, stable=60_000),
            "waiting until every tunnel carries traffic, with BGP established, for 1m without a break; at most 15m",
        ),
        (Aim(until=Until.DOWN), "waiting until no tunnel carries traffic; at most 15m"),
    ],
)
def test_the_aim_is_said_in_one_sentence(aim: Aim, sentence: str) -> None:
    assert aim_sentence(aim, timeout="15m") == sentence


def test_where_nothing_was_chosen_the_feed_tells_why_if_it_can() -> None:
    assert obstacle_sentence(Obstacle.NOTHING_CHOSEN, None) == "No tunnel was chosen: there is none."
    assert obstacle_sentence(Obstacle.NOTHING_CHOSEN, None, why="access denied").endswith("chosen: access denied")


def test_before_anything_was_read_that_is_what_is_missing() -> None:
    assert shortfall(None, Aim(until=Until.UP), ANYWHERE) == "nothing has been read yet"
