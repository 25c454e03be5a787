"""What `wait` says: its aim, why it cannot begin, where each connection stands, and how it ended."""

from dataclasses import replace

import pytest

from tui.content.acceptance.gate import (
    aim_sentence,
    obstacle_sentence,
    reached_text,
    shortfall,
    standing_key,
    standing_text,
)
from tui.content.wording import ANYWHERE
from tui.domain.acceptance.aim import Aim, Until
from tui.domain.acceptance.gate import Look, Obstacle, Standing
from tui.domain.acceptance.sighting import ConnectionSighting, TunnelSighting, Uncertainty
from tui.domain.diagnosis.unrouted import Unrouted
from tui.domain.judgement.doubt import Doubt, DoubtKind
from tui.domain.judgement.judgement import Judgement
from tui.domain.state.tunnel_state import Health
from tui.domain.times import iso

UP = Aim(until=Until.UP)
REDUNDANT = Aim(until=Until.REDUNDANT, stable=60_000)
AT = 1_763_900_000_000
CARRYING = TunnelSighting("203.0.113.17", Judgement(Health.UP, carries=True, since=AT))
DOWN = TunnelSighting("203.0.113.42", Judgement(Health.DOWN, carries=False, since=AT))


def standing(
    *tunnels: TunnelSighting, name: str = "hq", holds: bool | None = None, since: int | None = None
) -> Standing:
    return Standing(ConnectionSighting("vpn-1", name, tunnels=tunnels), holds, since)


def look(*standings: Standing, is_fresh: bool = True) -> Look:
    return Look(standings, known_until=AT, is_fresh=is_fresh)


@pytest.mark.parametrize(
    ("aim", "sentence"),
    [
        (UP, "waiting until every connection has a tunnel that carries traffic; at most 15m"),
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


@pytest.mark.parametrize(
    ("tunnel", "aim", "text"),
    [
        (CARRYING, UP, "hq: 1/1 carry"),
        (DOWN, UP, f"hq: 0/1 carry; 203.0.113.42 down since {iso(AT)}"),
        (
            replace(DOWN, judgement=Judgement(Health.UP, carries=False, since=AT)),
            UP,
            f"hq: 0/1 carry; 203.0.113.42 no BGP since {iso(AT)}",
        ),
        (
            replace(CARRYING, unrouted=Unrouted.NO_STATIC_ROUTE),
            UP,
            "hq: 1/1 carry; nothing is routed into 203.0.113.17: no static route",
        ),
        (CARRYING, Aim(until=Until.UP, bgp=True), "hq: 1/1 carry; 203.0.113.17 BGP not known"),
        (replace(CARRYING, has_bgp=True), Aim(until=Until.UP, bgp=True), "hq: 1/1 carry"),
        (
            replace(CARRYING, uncertainty=Uncertainty.UNREAD),
            UP,
            "hq: 0/1 carry; 203.0.113.17 its log cannot be read",
        ),
    ],
)
def test_a_standing_names_each_tunnel_that_does_not_simply_carry(tunnel: TunnelSighting, aim: Aim, text: str) -> None:
    assert standing_text(standing(tunnel), aim, ANYWHERE) == text


def test_a_standing_that_holds_says_since_when() -> None:
    held = standing(CARRYING, CARRYING, holds=True, since=AT)
    assert standing_text(held, REDUNDANT, ANYWHERE) == f"hq: 2/2 carry; redundant since {iso(AT)}"
    assert standing_text(replace(held, holds=False), REDUNDANT, ANYWHERE) == "hq: 2/2 carry"


def test_an_attempt_of_the_peer_is_no_change_of_a_standing_but_a_rise_a_fall_and_a_doubt_are() -> None:
    before = standing(DOWN, holds=False, since=AT)
    retrying = replace(DOWN, judgement=Judgement(Health.NEGOTIATING, carries=False, since=AT))
    assert standing_key(standing(retrying, holds=False, since=AT + 5_000)) == standing_key(before)
    assert standing_key(standing(CARRYING, holds=False)) != standing_key(before)
    without_bgp = replace(DOWN, judgement=Judgement(Health.UP, carries=False, since=AT))
    assert standing_key(standing(without_bgp, holds=False)) != standing_key(before)
    assert standing_key(replace(before, holds=True)) != standing_key(before)
    assert standing_key(standing(CARRYING, holds=True, since=AT)) != standing_key(
        standing(CARRYING, holds=True, since=1)
    )
    kinds = [DoubtKind.LOG_QUIET, DoubtKind.LOG_OLD]
    doubted = [
        TunnelSighting("203.0.113.17", Judgement(doubt=Doubt(kind)), uncertainty=Uncertainty.DOUBTED) for kind in kinds
    ]
    assert standing_key(standing(doubted[0])) != standing_key(standing(doubted[1]))
    sure = [replace(tunnel, uncertainty=None) for tunnel in doubted]
    assert standing_key(standing(sure[0])) == standing_key(standing(sure[1]))


def test_before_anything_was_read_that_is_what_is_missing() -> None:
    assert shortfall(None, UP, ANYWHERE) == "nothing has been read yet"


def test_old_knowledge_is_what_is_missing_whatever_it_says() -> None:
    held = standing(CARRYING, holds=True, since=AT)
    assert shortfall(look(held, is_fresh=False), UP, ANYWHERE) == f"nothing is known since {iso(AT)}"


def test_only_connections_that_miss_the_aim_are_named_as_missing() -> None:
    missed = shortfall(look(standing(CARRYING, name="osaka", holds=True), standing(DOWN, holds=False)), UP, ANYWHERE)
    assert missed == f"hq: 0/1 carry; 203.0.113.42 down since {iso(AT)}"


def test_of_many_connections_that_miss_the_aim_the_rest_is_counted() -> None:
    many = [standing(CARRYING, name=f"site-{number}", holds=False) for number in range(10)]
    assert shortfall(look(*many[:8]), UP, ANYWHERE).endswith("site-7: 1/1 carry")
    assert shortfall(look(*many[:9]), UP, ANYWHERE).endswith("site-7: 1/1 carry. And 1 connection more")
    assert shortfall(look(*many), UP, ANYWHERE).endswith(". And 2 connections more")


def test_what_holds_but_not_for_long_enough_says_when_it_last_broke() -> None:
    held = standing(CARRYING, CARRYING, holds=True, since=AT)
    assert shortfall(look(held), REDUNDANT, ANYWHERE) == "all is as wanted, but not for 1m yet"
    broken = replace(held, broken_at=AT - 1_000)
    assert shortfall(look(broken), REDUNDANT, ANYWHERE).endswith(f"yet: hq broke at {iso(AT - 1_000)}")


def test_the_verdict_names_the_time_waited_and_every_standing() -> None:
    standings = (standing(CARRYING, holds=True, since=AT), standing(CARRYING, name="osaka", holds=True, since=AT))
    text = reached_text(look(*standings), UP, waited=65_000, moment=ANYWHERE)
    assert text == f"reached after 1m5s: hq: 1/1 carry; up since {iso(AT)}. osaka: 1/1 carry; up since {iso(AT)}"
