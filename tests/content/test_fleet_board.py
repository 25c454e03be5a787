"""The cost of a look at a fleet's board, and that saving work misses nothing."""

import pytest

from tests.scenes import ESTABLISHED, LIVE, NOW, chatter, diagnosing, facts, fleet, ike
from tui.content.board.board import Board
from tui.content.board.fleet_board import FEW, PATIENCE, FleetBoard, board
from tui.domain.feed_state import FeedState
from tui.domain.inventory import Inventory
from tui.domain.state.tunnel_state import Health
from tui.feed.pump import Pump
from tui.feed.source import Batch

MANY = 4 * FEW
LAST = (f"vpn-{MANY:017x}", "203.0.1.199")


class Looks:
    """Looks at one fleet repeatedly, and counts the rows that are made for it."""

    def __init__(self, held: Pump) -> None:
        self.held, self.kept = held, FleetBoard(held.fleet)

    def look(self, after: int = 0, *, feed: FeedState = LIVE) -> Board:
        now = NOW + after
        return self.kept.look(now=now, feed=feed, diagnose=diagnosing(self.held, now=now))

    def look_briefly(self) -> Board:
        """Look for only as long as it takes to make a single row."""
        return self.kept.look(now=NOW, feed=LIVE, diagnose=diagnosing(self.held, now=NOW), may_go_on=lambda: False)

    def made(self, after: int = 0) -> int:
        before = self.kept.made
        self.look(after)
        return self.kept.made - before


@pytest.fixture
def looks() -> Looks:
    return Looks(fleet(MANY))


def test_while_nothing_changes_the_board_is_the_same_object_and_few_rows_are_made(looks: Looks) -> None:
    first = looks.look()
    assert looks.look(500) is first
    assert looks.made(1_000) == MANY * 500 // PATIENCE


def test_a_look_at_more_connections_makes_no_more_rows() -> None:
    made = []
    for number in (500, 1_000):
        looks = Looks(fleet(number))
        looks.look()
        made.append(looks.made(500))
    assert made == [20, 20]


def test_keepalives_change_nothing_and_cost_nothing(looks: Looks) -> None:
    looks.held.take(Batch(tuple(chatter(2, until=60, vpn=LAST[0], ip=LAST[1]))))
    first = looks.look()
    looks.held.take(Batch(tuple(chatter(2, vpn=LAST[0], ip=LAST[1]))))
    assert looks.made() == 0
    assert looks.look() is first


def test_a_silence_is_over_at_the_next_look_after_a_line(looks: Looks) -> None:
    looks.held.take(Batch(tuple(chatter(14, until=310, vpn=LAST[0], ip=LAST[1]))))
    assert looks.look().rows[LAST].silent_since is not None
    looks.held.take(Batch(tuple(chatter(1, vpn=LAST[0], ip=LAST[1]))))
    assert looks.look().rows[LAST].silent_since is None


def test_a_silence_that_goes_on_costs_nothing(looks: Looks) -> None:
    looks.held.take(Batch(tuple(chatter(14, until=310, vpn=LAST[0], ip=LAST[1]))))
    assert looks.look().rows[LAST].silent_since is not None
    assert looks.made() == 0


def test_a_fall_is_on_the_board_at_the_next_look(looks: Looks) -> None:
    looks.look()
    looks.held.take(Batch((ike("gone", states="DD", vpn=LAST[0], ip=LAST[1]),)))
    assert looks.look(500).rows[LAST].is_troubled


def test_what_time_alone_brings_is_on_the_board_within_the_patience(looks: Looks) -> None:
    looks.held.take(Batch(tuple(chatter(40, vpn=LAST[0], ip=LAST[1]))))
    for after in range(294_000, 296_000 + PATIENCE, 500):
        looks.held.fleet.watermarks[""] = NOW + after
        row = looks.look(after).rows[LAST]
        assert row.silent_since is None or after > 295_500  # five minutes after the last line
    assert row.silent_since == seen_anew(looks, after).rows[LAST].silent_since is not None


def test_after_its_patience_the_board_is_as_one_that_is_made_anew(looks: Looks) -> None:
    looks.look()
    looks.held.take(Batch((ike("gone", states="DD", vpn=LAST[0], ip=LAST[1]),)))
    for after in range(0, PATIENCE + 1, 500):
        looks.look(after)
    assert looks.look(PATIENCE).connections == seen_anew(looks, PATIENCE).connections


def seen_anew(looks: Looks, after: int) -> Board:
    now = NOW + after
    return board(looks.held.fleet, now=now, feed=LIVE, diagnose=diagnosing(looks.held, now=now))


@pytest.mark.parametrize("back", [-1_000, -3_600_000, PATIENCE, 3_600_000])
def test_a_clock_that_jumps_has_all_rows_made_anew(looks: Looks, back: int) -> None:
    looks.look()
    assert looks.made(back) == MANY


def test_what_the_feed_can_read_now_is_asked_of_all(looks: Looks) -> None:
    looks.look()
    before = looks.kept.made
    looks.look(feed=FeedState(unread=("/vpn",)))
    assert looks.kept.made - before == MANY


def test_a_connection_that_joins_and_one_that_leaves_are_seen_at_once(looks: Looks) -> None:
    looks.look()
    named = [connection.facts for connection in looks.held.fleet.connections if connection.facts]
    looks.held.take(Batch(inventory=Inventory((*named[1:], facts("vpn-0new", "a new one", "192.0.2.1")))))
    shown = looks.look(500)
    assert len(shown.connections) == MANY
    assert shown.connections[0].name == "a new one"
    assert named[0].id not in shown.by_id


def test_more_revisions_than_are_kept_have_all_rows_made_anew(looks: Looks) -> None:
    looks.look()
    for number in range(300):
        looks.held.take(Batch((ike(ESTABLISHED, ago=300 - number, vpn=LAST[0], ip=LAST[1]),)))
    assert looks.made() == MANY


def test_a_few_connections_are_looked_at_anew_each_time() -> None:
    looks = Looks(fleet(FEW))
    looks.look()
    assert looks.made(500) == FEW


def test_a_look_that_has_no_time_names_every_tunnel_and_the_next_ones_go_on_from_there(looks: Looks) -> None:
    looks.held.take(Batch((ike("gone", states="DD", vpn=LAST[0], ip=LAST[1]),)))
    first = looks.look_briefly()
    assert [row.name for row in first.connections] == [row.name for row in seen_anew(looks, 0).connections]
    assert (len(first.rows), first.rows[LAST].health) == (2 * MANY, Health.UNKNOWN)
    assert not looks.kept.is_complete
    for _ in range(MANY - 1):
        last = looks.look_briefly()
    assert (last, looks.kept.made, looks.kept.is_complete) == (seen_anew(looks, 0), MANY, True)


def test_a_connection_that_joins_takes_nothing_from_what_is_known_of_the_others(looks: Looks) -> None:
    looks.held.take(Batch((ike("gone", states="DD", vpn=LAST[0], ip=LAST[1]),)))
    before = looks.look()
    joining = [connection.facts for connection in looks.held.fleet.connections if connection.facts]
    looks.held.take(Batch(inventory=Inventory((*joining, facts("vpn-0new", "a new one", "192.0.2.1")))))
    after = looks.look_briefly()
    assert after.connections[1:] == before.connections
    assert after.connections[0].name == "a new one"
