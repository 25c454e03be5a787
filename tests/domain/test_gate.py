"""A gate opens only on certain knowledge, and only after the requested time, measured in the log's own time."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.acceptance.aim import Aim, Until
from tui.domain.acceptance.gate import Gate, Look, Obstacle, obstacle, standing_of
from tui.domain.acceptance.sighting import ConnectionSighting, Freshness, Roll, TunnelSighting, Uncertainty
from tui.domain.diagnosis.unrouted import Unrouted
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.judgement import Judgement

UP, REDUNDANT, DOWN = (Aim(until=until) for until in Until)


def tunnel(
    carries: bool | None,
    since: int | None = 0,
    *,
    bgp: bool | None = None,
    doubt: Uncertainty | None = None,
    ip: str = "",
) -> TunnelSighting:
    return TunnelSighting(ip, Judgement(carries=carries, since=since), bgp, doubt)


def connection(*tunnels: TunnelSighting, key: str = "vpn-1") -> ConnectionSighting:
    return ConnectionSighting(key, tunnels=tunnels)


def looks(aim: Aim, *seen: tuple[int, ConnectionSighting], fresh: bool = True) -> list[Look]:
    gate = Gate(aim)
    return [gate.look([each], known_until=at, is_fresh=fresh) for at, each in seen]


@pytest.mark.parametrize(
    ("aim", "carries", "holds"),
    [
        (UP, (True, False), True),
        (UP, (True, None), True),
        (UP, (None, False), None),
        (UP, (False, False), False),
        (REDUNDANT, (True, True), True),
        (REDUNDANT, (True, None), None),
        (REDUNDANT, (None, False), False),
        (REDUNDANT, (True,), None),
        (DOWN, (False, False), True),
        (DOWN, (False, None), None),
        (DOWN, (None, True), False),
        (DOWN, (False,), True),
        (UP, (), None),
        (DOWN, (), None),
    ],
)
def test_what_is_not_known_counts_for_nothing(aim: Aim, carries: tuple[bool | None, ...], holds: bool | None) -> None:
    assert standing_of(aim, connection(*map(tunnel, carries)))[0] is holds


def test_a_tunnel_into_which_nothing_is_routed_opens_no_gate_until_something_is() -> None:
    carrying = tunnel(True)
    idle = replace(carrying, unrouted=Unrouted.NO_STATIC_ROUTE)
    assert standing_of(REDUNDANT, connection(carrying, idle))[0] is False
    assert standing_of(UP, connection(idle, idle))[0] is False
    assert standing_of(UP, connection(carrying, idle))[0] is True
    assert standing_of(DOWN, connection(idle, idle))[0] is False
    aim = Aim(until=Until.REDUNDANT, stable=60)
    found = looks(
        aim,
        (100, connection(idle, idle)),
        (110, connection(carrying, carrying)),
        (169, connection(carrying, carrying)),
        (170, connection(carrying, carrying)),
    )
    assert [each.is_reached for each in found] == [False, False, False, True]  # though they have been up since 0


@pytest.mark.parametrize("aim", [UP, REDUNDANT, DOWN])
@pytest.mark.parametrize("why", Uncertainty)
def test_what_is_doubtful_counts_as_not_known(aim: Aim, why: Uncertainty) -> None:
    carries = aim is not DOWN
    sure, doubtful = (connection(*(tunnel(carries, doubt=doubt) for _ in range(2))) for doubt in (None, why))
    assert standing_of(aim, sure)[0] is True
    assert standing_of(aim, doubtful)[0] is None


@pytest.mark.parametrize(("bgp", "holds"), [(True, True), (False, False), (None, None)])
def test_bgp_is_wanted_on_the_tunnels_that_count(bgp: bool | None, holds: bool | None) -> None:
    seen = connection(tunnel(True, bgp=bgp), tunnel(True, bgp=True))
    assert standing_of(Aim(until=Until.REDUNDANT, bgp=True), seen)[0] is holds
    assert standing_of(Aim(until=Until.UP, bgp=True), seen)[0] is True


def test_up_holds_since_the_first_tunnel_and_redundant_since_the_last() -> None:
    seen = connection(tunnel(True, 100), tunnel(True, 300))
    assert standing_of(UP, seen) == (True, 100)
    assert standing_of(REDUNDANT, seen) == (True, 300)


def test_what_has_held_for_long_opens_at_once() -> None:
    (look,) = looks(Aim(until=Until.UP, stable=60), (1000, connection(tunnel(True, 100))))
    assert look.is_reached


def test_a_span_is_counted_by_what_is_known_and_not_by_the_wall() -> None:
    seen = connection(tunnel(True, 100))
    first, again, later = looks(Aim(until=Until.UP, stable=60), (150, seen), (150, seen), (160, seen))
    assert [look.is_reached for look in (first, again, later)] == [False, False, True]
    assert first.due_at == 160


def test_a_fall_between_two_looks_begins_the_span_anew_and_is_kept() -> None:
    before, after = connection(tunnel(True, 100)), connection(tunnel(True, 140))
    _, look, later = looks(Aim(until=Until.UP, stable=60), (130, before), (165, after), (200, after))
    assert not look.is_reached
    assert look.standings[0].broken_at == 140
    assert later.is_reached


def test_a_tunnel_that_stood_beside_the_one_that_fell_broke_nothing() -> None:
    both, second = connection(tunnel(True, 100), tunnel(True, 120)), connection(tunnel(False, 150), tunnel(True, 120))
    _, look = looks(UP, (130, both), (160, second))
    assert look.standings[0].broken_at is None


def test_a_time_in_which_nothing_is_known_breaks_nothing() -> None:
    up, unknown = connection(tunnel(True, 100)), connection(tunnel(None))
    look = looks(UP, (130, up), (140, unknown), (150, up))[-1]
    assert (look.standings[0].broken_at, look.standings[0].since) == (None, 100)


def test_a_beginning_that_nobody_knows_is_that_of_the_first_look() -> None:
    seen = connection(tunnel(True, None))
    assert [
        look.is_reached for look in looks(Aim(until=Until.UP, stable=60), (100, seen), (159, seen), (160, seen))
    ] == [
        False,
        False,
        True,
    ]


def test_no_span_compares_no_clocks() -> None:
    """The log's clock may be ahead of the machine's."""
    (look,) = looks(UP, (100, connection(tunnel(True, 500))))
    assert look.is_reached


@pytest.mark.parametrize("carries", [True, False])
def test_old_knowledge_reaches_nothing_and_is_no_proof_of_the_opposite(carries: bool) -> None:
    (look,) = looks(UP, (100, connection(tunnel(carries))), fresh=False)
    assert not look.is_reached
    assert not look.is_known


def test_nothing_at_all_reaches_nothing() -> None:
    assert not Gate(DOWN).look([], known_until=0, is_fresh=True).is_reached


def test_waiting_in_vain_is_said_before_it_begins() -> None:
    part = ConnectionSighting("vpn-1", left_out=1, tunnels=(tunnel(True),))
    static = ConnectionSighting("vpn-1", is_static=True, tunnels=(tunnel(True),))
    assert obstacle(UP, []) == (Obstacle.NOTHING_CHOSEN, None)
    assert obstacle(REDUNDANT, [part]) == (Obstacle.PART_CHOSEN, part)
    assert obstacle(Aim(until=Until.UP, bgp=True), [static]) == (Obstacle.STATIC, static)
    assert obstacle(UP, [part]) is obstacle(REDUNDANT, [static]) is None


def test_a_connection_that_is_gone_is_still_waited_for() -> None:
    roll = Roll()
    first, second = connection(tunnel(True), key="a"), connection(tunnel(False), key="b")
    roll.complete((first, second))
    seen = roll.complete((first,))
    assert [each.id for each in seen] == ["a", "b"]
    assert (seen[1].tunnels[0].uncertainty, seen[1].name) == (Uncertainty.GONE, second.name)
    assert not Gate(UP).look(seen, known_until=0, is_fresh=True).is_reached


# A tunnel's life is a list of instants at which it comes up or goes down, beginning with down.
LIVES = st.lists(st.lists(st.integers(0, 400), max_size=6, unique=True).map(sorted), min_size=1, max_size=3)


def as_seen(lives: list[list[int]], at: int) -> ConnectionSighting:
    def one(life: list[int]) -> TunnelSighting:
        past = [change for change in life if change <= at]
        return tunnel(len(past) % 2 == 1, past[-1] if past else None)

    return connection(*map(one, lives))


def carried(life: list[int], since: int, until: int) -> bool:
    """Whether the tunnel carried traffic all the time."""
    return any(up <= since and until < down for up, down in pairwise([*life, 1000]) if life.index(up) % 2 == 0)


def was_down(life: list[int], since: int, until: int) -> bool:
    return any(down <= since and until < up for down, up in pairwise([-1, *life, 1000]) if down not in life[::2])


@given(
    LIVES,
    st.lists(st.integers(0, 450), min_size=1, max_size=12).map(sorted),
    st.integers(1, 100),
    st.sampled_from(Until),
)
def test_what_is_reached_was_so_all_the_time_that_was_asked_for(
    lives: list[list[int]], times: list[int], stable: int, until: Until
) -> None:
    gate = Gate(Aim(until=until, stable=stable))
    for at in times:
        look = gate.look([as_seen(lives, at)], known_until=at, is_fresh=True)
        if not look.is_reached:
            continue
        if until is Until.DOWN:
            assert all(was_down(life, max(at - stable, 0), at) for life in lives)
        else:
            carrying = [carried(life, at - stable, at) for life in lives]
            assert any(carrying) if until is Until.UP else all(carrying)
            assert until is Until.UP or len(lives) > 1


@given(LIVES, st.integers(0, 400), st.integers(0, 60), st.sampled_from(Until))
def test_what_has_been_so_for_long_enough_is_reached(
    lives: list[list[int]], at: int, stable: int, until: Until
) -> None:
    (look,) = looks(Aim(until=until, stable=stable), (at, as_seen(lives, at)))
    if until is Until.UP and any(carried(life, at - stable, at) for life in lives):
        assert look.is_reached
    if until is Until.REDUNDANT and len(lives) > 1 and all(carried(life, at - stable, at) for life in lives):
        assert look.is_reached


OFFSETS = st.lists(st.tuples(st.booleans(), st.integers(0, 30_000)), max_size=8)


@given(OFFSETS)
def test_knowledge_from_before_a_time_without_aws_is_never_fresh(steps: list[tuple[bool, int]]) -> None:
    freshness, now, last_away = Freshness(1_000_000), 1_000_000, 1_000_000
    for is_away, pause in steps:
        now += pause
        freshness.note(FeedState(FeedMode.OFFLINE if is_away else FeedMode.LIVE), now=now)
        last_away = now if is_away else last_away
        assert not freshness.is_fresh(last_away - 1, now=now)
        assert freshness.is_fresh(now, now=now)
        assert not freshness.is_fresh(now, now=now + 3_600_000)
        assert not freshness.is_fresh(None, now=now)
