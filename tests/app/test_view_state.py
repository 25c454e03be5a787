"""The user's choices, and the snapshot that follows from them."""

from tests.scenes import HQ, NOW, OSAKA, cutover, facts, ike, pump
from tui.app.view.view import ViewState
from tui.content.board.filter import BoardFilter
from tui.content.messages.messages import Filter
from tui.domain.clock import ManualClock
from tui.feed.source import Batch


class RestlessClock(ManualClock):
    """A clock that advances by a second with each reading."""

    def now(self) -> int:
        self.advance(1)
        return super().now()


def test_a_snapshot_is_of_one_instant() -> None:
    snapshot = ViewState(cutover(), clock=RestlessClock(NOW)).look()
    assert snapshot.subject is not None
    assert snapshot.status.now == snapshot.at == snapshot.subject.at


def test_a_pause_holds_the_instant_of_which_the_board_says_that_it_is() -> None:
    view_state = ViewState(cutover(), clock=RestlessClock(NOW))
    view_state.toggle_pause()
    snapshot = view_state.look()
    assert snapshot.board.as_of == snapshot.at < snapshot.status.now


def test_the_messages_are_made_once_while_nothing_changes() -> None:
    view_state = ViewState(cutover(), clock=ManualClock(NOW))
    first, second = view_state.look().messages, view_state.look().messages
    assert first is second
    view_state.log.wanted = Filter.read("error")
    assert view_state.look().messages is not first


def test_a_screen_that_stands_before_its_feed_points_at_the_first_line_of_trouble() -> None:
    connections = [facts(HQ, "hq", "198.51.100.7"), facts(OSAKA, "osaka", "203.0.113.42")]
    view_state = ViewState(None, clock=ManualClock(NOW))
    view_state.look()
    held = pump([ike("gone", states="DD", vpn=OSAKA, ip="203.0.113.42")], connections=connections, caught_up=False)
    view_state.attach(held)
    view_state.look()
    held.take(Batch((ike("gone", states="DD", ip="198.51.100.7"),), caught_up=True))
    view_state.look()
    assert view_state.selected == (HQ, "198.51.100.7")


def test_clearing_the_filters_shows_everything_again() -> None:
    view_state = ViewState(cutover(), clock=ManualClock(NOW))
    whole = view_state.look()
    view_state.log.wanted, view_state.board.wanted = Filter.read("error"), BoardFilter("osaka", problems_only=True)
    assert view_state.is_filtered
    view_state.clear_filters()
    assert not view_state.is_filtered
    assert view_state.look().board.keys == whole.board.keys
