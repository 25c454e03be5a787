"""What keys, mouse and palette do."""

import stat
from pathlib import Path

import pytest
from textual import events
from textual.command import CommandPalette

from tests.app.conftest import Show
from tests.scenes import ESTABLISHED, HQ, LIVE, NOW, OSAKA, ListSource, chatter, facts, ike, pump
from tui.app import keys
from tui.app.page import Page
from tui.app.picker import ChoiceList, Picker
from tui.app.prompt import Prompt
from tui.domain.devices import vendors
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.inventory import Inventory
from tui.feed.pump import Pump
from tui.feed.source import Batch

KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: cgw-0a1b2c3d4e5f60718"
DOWN_KEY = (OSAKA, "203.0.113.42")


async def test_the_screen_points_at_trouble_until_the_reader_chooses(show: Show) -> None:
    async with show() as screen:
        assert screen.app.main.view_state.selected == DOWN_KEY
        await screen.press("up")
        await screen.tick()
        assert screen.app.main.view_state.selected == (OSAKA, "203.0.113.17")


async def test_a_tick_between_a_key_and_its_effect_does_not_take_the_key_back(show: Show) -> None:
    async with show() as screen:
        screen.app.main.board.move(-1)
        screen.app.tick()
        await screen.pilot.pause()
        assert screen.app.main.view_state.selected == (OSAKA, "203.0.113.17")


@pytest.mark.parametrize(
    ("pressed", "selected"),
    [
        (["k"], "203.0.113.17"),
        (["home"], "198.51.100.7"),
        (["home", "j"], "198.51.100.9"),
        (["home", "end"], "203.0.113.42"),
    ],
)
async def test_the_board_is_moved_through_by_keys(show: Show, pressed: list[str], selected: str) -> None:
    async with show() as screen:
        await screen.press(*pressed)
        assert screen.selected[1] == selected
        assert selected in screen.bar("title")


async def test_a_click_selects_a_tunnel(show: Show) -> None:
    async with show() as screen:
        await screen.pilot.click("#board", offset=(30, 1))
        await screen.pilot.pause()
        assert screen.app.main.view_state.selected == (HQ, "198.51.100.7")


async def test_enter_opens_the_tunnel_as_a_page_and_escape_leaves_it(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter")
        assert "SAY TO THE CUSTOMER" in screen.page
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Page)


async def test_enter_on_a_message_explains_it(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("tab", "home", "enter")
        assert "IKE_SA_INIT" in screen.page
        assert "ike_phase1_state" in screen.page


async def test_a_wide_screen_shows_the_details_beside_the_board(show: Show) -> None:
    async with show(size=(130, 40)) as screen:
        assert "SAY TO THE CUSTOMER" in screen.app.main.detail.text
        await screen.press("enter")
        assert screen.app.main.detail.has_focus
        await screen.press("escape")
        assert screen.app.main.board.has_focus


async def test_the_details_follow_the_message_under_the_cursor(show: Show) -> None:
    async with show(size=(130, 40)) as screen:
        await screen.press("tab", "home")
        assert "IKE_SA_INIT" in screen.app.main.detail.text
        await screen.press("shift+tab")
        assert "203.0.113.42" in screen.app.main.detail.text


async def test_pause_holds_the_screen_and_counts_what_comes(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        before = screen.board, screen.log
        screen.pump.take(Batch(tuple(chatter(3, vpn=OSAKA, ip="203.0.113.42"))))
        screen.pump.take(Batch((ike("up again", vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick(5)
        assert (screen.board, screen.log) == before
        assert "paused, 13 new" in screen.bar("status")
        await screen.press("p")
        assert screen.board != before[0]
        assert "live" in screen.bar("status")


async def test_while_paused_the_counts_stay_live_and_the_board_says_of_when_it_is(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        assert "frozen at 12:04:31, not live" in screen.bar("heading")
        screen.pump.take(Batch((ike("gone", states="DD", vpn=OSAKA),)))
        await screen.tick(5)
        assert "✖ 2 down" in screen.bar("status")
        await screen.press("p")
        assert "as of" not in screen.bar("heading")


async def test_the_news_of_all_tunnels_take_the_place_of_one_tunnels_messages_and_open_as_theirs(show: Show) -> None:
    async with show(size=(80, 40)) as screen:
        fell = ike("AWS tunnel DPD timed out after 3 retransmits", vpn=HQ, ip="198.51.100.7", states="DD")
        screen.pump.take(Batch((fell,)))
        await screen.press("a")
        assert "all tunnels" in screen.bar("title")
        assert "198.51.100.7" in screen.log
        assert "request (id=0)" not in screen.log
        await screen.press("tab", "end", "enter")
        assert "198.51.100.7" in screen.page
        await screen.press("escape", "a")
        assert "request (id=0)" in screen.log


async def test_a_filter_in_a_pause_leaves_runs_and_counts_as_they_were(show: Show) -> None:
    held = pump([ike(KEY, ago=ago, states="DD") for ago in (90, 80, 70)] + chatter(5))
    async with show(held) as screen:
        await screen.press("p")
        screen.pump.take(Batch((ike(KEY, now=NOW + 5_000, states="DD"), *chatter(2, until=-60))))
        await screen.press("tab", "f", *"error", "enter", "escape")
        assert "DPD replies ×5" in screen.log
        await screen.press("a")
        assert "down for ≥46s, the pre-shared keys" in screen.log


async def test_the_news_in_a_pause_open_as_their_tunnel_stood(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("a", "p")
        screen.pump.take(Batch((ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick(5)
        (message,) = [each for each in screen.app.main.view_state.look().messages if "203.0.113.42" in each.place][-1:]
        tunnel = screen.app.main.view_state.subject_of(message)
        assert tunnel is not None
        assert tunnel.state.health.value == "down"


async def test_a_connection_that_leaves_in_a_pause_takes_no_counts_along(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        screen.pump.take(Batch(inventory=Inventory((facts(OSAKA, "osaka", "203.0.113.17", "203.0.113.42"),))))
        await screen.tick()
        assert "paused, 0 new" in screen.bar("status")


async def test_a_paused_board_can_be_filtered(show: Show) -> None:
    async with show() as screen:
        await screen.press("p", "exclamation_mark")
        assert "hq" not in screen.board
        await screen.press("exclamation_mark", "f", *"hq", "enter")
        assert "osaka" not in screen.board


async def test_a_pause_holds_the_messages_of_every_tunnel(show: Show) -> None:
    async with show() as screen:
        await screen.press("p")
        await screen.tick(5)
        later = NOW + 3_000
        screen.pump.take(Batch((ike("what came later", vpn=OSAKA, now=later),)))
        await screen.press("up")
        assert screen.app.main.view_state.selected == (OSAKA, "203.0.113.17")
        assert "what came later" not in screen.log
        await screen.press("p")
        assert "what came later" in screen.log


async def test_going_to_the_messages_leaves_the_diagnosis_beside_them_until_one_is_pointed_at(show: Show) -> None:
    async with show(size=(130, 40)) as screen:
        await screen.press("tab")
        assert "SAY TO THE CUSTOMER" in screen.app.main.detail.text
        await screen.press("home")
        assert "IKE_SA_INIT" in screen.app.main.detail.text


@pytest.mark.parametrize("keys", [("tab",), ("tab", "up"), ("enter", "escape"), ("down", "up")])
async def test_whatever_the_reader_does_with_a_tunnel_keeps_it_selected(show: Show, keys: tuple[str, ...]) -> None:
    async with show() as screen:
        await screen.press(*keys)
        selected = screen.app.main.view_state.selected
        mended = ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42")
        screen.pump.take(Batch((mended, ike("gone", states="DD", vpn=OSAKA))))
        await screen.tick(60)
        assert screen.app.main.view_state.selected == selected


async def test_a_tunnel_that_came_up_stays_in_view_for_a_moment_before_the_next_trouble(show: Show) -> None:
    async with show() as screen:
        mended, fell = ((OSAKA, ip) for ip in ("203.0.113.42", "203.0.113.17"))
        assert screen.app.main.view_state.selected == mended
        up = ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42")
        screen.pump.take(Batch((up, ike("gone", states="DD", vpn=OSAKA))))
        await screen.tick(5)
        assert screen.app.main.view_state.selected == mended
        await screen.tick(20)
        assert screen.app.main.view_state.selected == fell


async def test_a_copy_from_a_page_is_confirmed_on_the_page(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter", "y")
        assert "copied" in screen.drawn.splitlines()[-1]
        await screen.tick(10)
        assert "esc q back" in screen.drawn.splitlines()[-1]


async def test_help_copies_nothing(show: Show, tmp_path: Path) -> None:
    async with show() as screen:
        await screen.press("question_mark", "y")
        assert not (tmp_path / "tunnelwatch").exists()


async def test_problems_only_hides_what_is_well_and_shows_it_again(show: Show) -> None:
    async with show() as screen:
        await screen.press("exclamation_mark")
        assert "hq" not in screen.board
        assert "2 tunnels hidden" in screen.board
        assert "osaka" in screen.board
        await screen.press("exclamation_mark")
        assert "hq" in screen.board


async def test_problems_only_with_no_problem_says_so(show: Show) -> None:
    async with show(pump([ike("x", ip=ip) for ip in ("203.0.113.17", "203.0.113.42")])) as screen:
        await screen.press("exclamation_mark")
        assert "None of 2 tunnels is in trouble" in screen.board


async def test_a_filter_on_the_board_works_as_it_is_written_and_escape_drops_it(show: Show) -> None:
    async with show() as screen:
        await screen.press("f", *"hq")
        assert "osaka" not in screen.board
        await screen.press("enter")
        assert "osaka" not in screen.board
        await screen.press("escape")
        assert "osaka" in screen.board


@pytest.mark.parametrize(("typed", "filtered"), [("fhq\r", True), ("fquit", False)])
async def test_keys_that_come_in_a_bunch_are_written_and_do_nothing_else(
    show: Show, typed: str, filtered: bool
) -> None:
    async with show() as screen:
        for key in typed:
            name = "enter" if key == "\r" else key
            screen.app.post_message(events.Key(name, key))
        for _ in range(4):  # to the board, to the app, to the line, and the line's own end
            await screen.pilot.pause()
        assert screen.app.main.view_state.board_text == ("hq" if filtered else "quit")
        assert bool(screen.app.main.query(Prompt)) is not filtered
        assert screen.app.screen is screen.app.main


async def test_escape_in_a_prompt_takes_back_what_was_written(show: Show) -> None:
    async with show() as screen:
        await screen.press("f", *"hq", "escape")
        assert "osaka" in screen.board
        assert screen.app.main.focused is screen.app.main.board


async def test_a_filter_in_the_messages_keeps_severe_ones(show: Show) -> None:
    async with show() as screen:
        await screen.press("tab", "f", *"error", "enter")
        assert "no phase 2 proposal in common" in screen.log
        assert "IKE_SA_INIT" not in screen.log
        assert "filter: errors" in screen.bar("title")


async def test_a_search_goes_to_the_match_and_on_to_the_next(show: Show) -> None:
    async with show(pump([ike(f"line {n % 5}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "slash", *"line 3", "enter")
        chosen = screen.chosen
        assert chosen.text == "line 3"
        await screen.press("N")
        assert screen.chosen.at == chosen.at - 5_000
        await screen.press("n")
        assert screen.chosen.at == chosen.at
        assert "match 12 of 12" in screen.bar("keys")


async def test_a_search_without_a_match_says_so(show: Show) -> None:
    async with show() as screen:
        await screen.press("tab", "slash", *"xyz", "enter")
        assert "nothing contains “xyz”" in screen.bar("keys")


async def test_unfold_shows_chatter_line_by_line_and_folds_it_again(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("u")
        assert screen.log.count("CGW sent DPD ACK") == 3
        await screen.press("u")
        assert "×3" in screen.log


async def test_copy_goes_to_the_clipboard_and_to_a_file_of_the_owner_alone(show: Show, tmp_path: Path) -> None:
    async with show() as screen:
        await screen.press("y")
        file = tmp_path / "tunnelwatch" / "copied.txt"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert screen.app.clipboard == file.read_text()
        assert "203.0.113.42: down" in file.read_text()
        assert str(file)[:40] in screen.bar("keys")


async def test_the_next_copy_stands_below_the_last(show: Show, tmp_path: Path) -> None:
    async with show() as screen:
        await screen.press("y", "up", "y")
        text = (tmp_path / "tunnelwatch" / "copied.txt").read_text()
        assert text.index("203.0.113.42: down") < text.index("203.0.113.17: up")
        assert "no file" not in screen.bar("keys")


async def test_a_copy_that_cannot_be_written_still_goes_to_the_clipboard_and_says_so(
    show: Show, tmp_path: Path
) -> None:
    (tmp_path / "tunnelwatch").write_text("in the way")
    async with show() as screen:
        await screen.press("y")
        assert "203.0.113.42: down" in screen.app.clipboard
        assert "no file" in screen.bar("keys")


async def test_help_lists_every_command(show: Show) -> None:
    async with show(size=(80, 80)) as screen:
        await screen.press("question_mark")
        missing = [each for each in keys.COMMANDS if each.description[:40] not in screen.page]
        assert not missing


async def test_the_palette_opens_and_does_what_the_keys_do(show: Show) -> None:
    async with show() as screen:
        commands = {each.title: each.callback for each in screen.app.get_system_commands(screen.app.screen)}
        assert set(commands) == {each.title for each in keys.COMMANDS}
        commands["Problems   !"]()
        await screen.pilot.pause()
        assert screen.app.main.view_state.problems_only
        await screen.press("ctrl+p")
        assert isinstance(screen.app.screen, CommandPalette)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_footer_fits_and_never_loses_help_and_quit(width: int) -> None:
    text = keys.footer_line(width).text
    assert len(text) <= width
    assert "? help" in text
    assert "q quit" in text


async def test_the_feed_tells_about_itself(show: Show) -> None:
    async with show() as screen:
        await screen.press("i")
        assert "123456789012" in screen.page
        assert "eu-west-1" in screen.page


async def test_g_lets_the_reader_choose_the_device_whose_commands_are_shown(show: Show) -> None:
    async with show(size=(80, 90)) as screen:
        await screen.press("enter", "g")
        assert isinstance(screen.app.screen, Picker)
        await screen.press("down", "enter")
        assert isinstance(screen.app.screen, Page)
        await screen.tick()
        assert "ON CISCO IOS" in screen.page
        assert "peer 203.0.113.42" in screen.page


async def test_leaving_the_choice_of_a_device_changes_nothing(show: Show) -> None:
    async with show(device="fortigate") as screen:
        await screen.press("g", "home", "escape")
        assert screen.app.main.view_state.device == "fortigate"


async def test_the_choice_of_a_device_begins_at_the_one_chosen_and_can_be_undone(show: Show) -> None:
    async with show(device="fortigate") as screen:
        await screen.press("g")
        assert screen.app.screen.query_one(ChoiceList).value == "fortigate"
        await screen.press("home", "enter")
        assert screen.app.main.view_state.device is None


async def test_a_device_can_be_clicked(show: Show) -> None:
    async with show() as screen:
        await screen.press("g")
        await screen.pilot.click("#choices", offset=(10, 2))
        await screen.pilot.pause()
        assert screen.app.main.view_state.device == vendors()[1]


async def test_pause_holds_the_details_too(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("p", "enter")
        before = screen.page
        screen.pump.take(Batch((ike(ESTABLISHED, vpn=OSAKA, ip="203.0.113.42"),)))
        await screen.tick(5)
        assert screen.page == before
        await screen.press("escape", "p", "enter")
        assert "● up" in screen.page


async def test_a_tick_may_come_before_the_page_stands(show: Show) -> None:
    async with show() as screen:
        screen.app.main.open()
        screen.app.tick()
        await screen.pilot.pause()
        assert "203.0.113.42" in screen.page


async def test_q_quits(show: Show) -> None:
    async with show() as screen:
        await screen.press("q")
        assert screen.app.return_value == 0


async def test_a_selected_tunnel_that_is_gone_gives_way_to_another(show: Show) -> None:
    held = pump(
        [ike("x", ip="203.0.113.17")], connections=[facts(HQ, "hq", "203.0.113.17", "203.0.113.42")], state=LIVE
    )
    async with show(held) as screen:
        await screen.press("end")
        from tui.domain.inventory import Inventory

        held.take(Batch(inventory=Inventory((facts(HQ, "hq", "203.0.113.17"),))))
        await screen.tick()
        assert screen.app.main.view_state.selected == (HQ, "203.0.113.17")


@pytest.mark.parametrize(
    "pressed",
    [
        ("g", "enter", "q"),
        ("g", "enter", "enter"),
        ("g", "escape", "escape"),
        ("enter", "escape", "q"),
        ("question_mark", "question_mark", "q", "escape"),
    ],
)
async def test_keys_that_reach_a_screen_that_is_leaving_leave_the_board_alone(
    show: Show, pressed: tuple[str, ...]
) -> None:
    async with show() as screen:
        await screen.press(pressed[0])
        for name in pressed[1:]:
            screen.app.post_message(events.Key(name, None))  # all of them before the first has its effect
        for _ in range(6):
            await screen.pilot.pause()
        assert screen.app.screen is screen.app.main
        await screen.press("exclamation_mark")
        assert "hq" not in screen.board


async def test_the_details_hold_the_message_that_they_are_about(show: Show) -> None:
    """A number in its place would be given to another message, once this one is forgotten."""
    async with show(size=(130, 40)) as screen:
        await screen.press("tab", "home")
        chosen = screen.app.main.chosen
        assert chosen is not None
        _, topic = screen.app.main.details()
        assert isinstance(topic, tuple)
        assert topic[0] is chosen.entry


@pytest.mark.parametrize(
    ("names", "half_pages"), [(("ctrl+d",), 1), (("ctrl+d", "ctrl+d", "ctrl+u"), 1), (("ctrl+u",), 0)]
)
async def test_ctrl_d_and_ctrl_u_move_by_half_a_page(show: Show, names: tuple[str, ...], half_pages: int) -> None:
    async with show(pump([ike(f"line {n}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "home", *names)
        assert screen.chosen.text == f"line {screen.app.main.messages.size.height // 2 * half_pages}"


async def test_capital_g_goes_to_the_end(show: Show) -> None:
    async with show(pump([ike(f"line {n}", ago=100 - n) for n in range(60)])) as screen:
        await screen.press("tab", "home", "G")
        assert screen.chosen.text == "line 59"


async def test_the_counts_at_the_top_are_of_all_tunnels_whatever_a_filter_hides(show: Show) -> None:
    async with show() as screen:
        before = screen.bar("status")
        await screen.press("f", *"nowhere", "enter")
        assert "203.0.113.42" not in screen.board
        assert screen.bar("status") == before
        assert "✖ 1 down  ● 3 up" in before


async def test_a_slash_on_the_board_finds_tunnels_and_escape_shows_all_again(show: Show) -> None:
    async with show() as screen:
        await screen.press("slash", *"osaka", "enter")
        assert "203.0.113.42" in screen.board
        assert "198.51.100.7" not in screen.board
        await screen.press("escape")
        assert "198.51.100.7" in screen.board


async def test_brackets_show_the_next_and_the_previous_tunnel_in_the_details(show: Show) -> None:
    async with show() as screen:
        await screen.press("home", "enter")
        assert screen.page.startswith(" 198.51.100.7")
        await screen.press("right_square_bracket", "right_square_bracket")
        await screen.settle()
        assert "203.0.113.17" in screen.page
        await screen.press("left_square_bracket")
        await screen.settle()
        assert "198.51.100.9" in screen.page
        assert "[ previous  ] next" in screen.drawn


async def test_brackets_go_from_message_to_message_where_the_details_are_about_one(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("tab", "home", "enter")
        assert "IKE_SA_INIT" in screen.page
        await screen.press("right_square_bracket")
        await screen.settle()
        assert "IKE_AUTH" in screen.page


@pytest.mark.parametrize(("size", "panes"), [((100, 40), ["messages", "board"]), ((130, 40), ["messages", "details"])])
async def test_the_footer_says_where_tab_goes(show: Show, size: tuple[int, int], panes: list[str]) -> None:
    async with show(size=size) as screen:
        for pane in panes:
            assert f"tab {pane} " in screen.bar("keys")
            await screen.press("tab")


async def test_the_pane_that_has_the_focus_is_marked(show: Show) -> None:
    async with show(size=(130, 40)) as screen:
        assert screen.bar("title").startswith("───")
        await screen.press("tab")
        assert screen.bar("title").startswith("━━━")
        unmarked = screen.app.main.detail.styles.border_left
        await screen.press("tab")
        assert screen.bar("title").startswith("───")
        assert screen.app.main.detail.styles.border_left[0] == "heavy" != unmarked[0]


async def test_a_remark_is_gone_with_escape_or_once_a_text_is_asked_for(show: Show) -> None:
    async with show() as screen:
        await screen.press("u")
        assert "routine lines" in screen.bar("keys")
        await screen.press("escape")
        assert "quit" in screen.bar("keys")
        await screen.press("u", "f", "escape")
        assert "quit" in screen.bar("keys")
        await screen.press("enter", "y")
        assert "copied" in screen.drawn
        await screen.press("escape")
        assert "quit" in screen.bar("keys")


async def test_the_palette_names_each_command_once_with_its_key(show: Show) -> None:
    async with show() as screen:
        titles = [command.title for command in screen.app.get_system_commands(screen.app.screen)]
        assert len(set(titles)) == len(titles)
        assert [title for title in titles if title.endswith("   [")] == ["Previous   ["]
        await screen.press("ctrl+p")
        await screen.settle()
        assert "Previous   [" in screen.drawn or "Copy   y" in screen.drawn


def source_of(held: Pump) -> ListSource:
    source = held._source
    assert isinstance(source, ListSource)
    return source


async def test_r_tries_again_what_the_feed_waits_for_and_the_banner_counts_down(show: Show) -> None:
    offline = FeedState(mode=FeedMode.OFFLINE, reason="The AWS sign-in has ended.", retry_at=NOW + 12_000)
    held = pump(connections=[facts(HQ, "hq", "203.0.113.17")], state=offline)
    async with show(held) as screen:
        assert "next try in 12 s; r tries now" in screen.bar("banner")
        await screen.tick(5)
        assert "next try in 7 s" in screen.bar("banner")
        await screen.press("r")
        assert source_of(held).retries == 1
        assert "trying again" in screen.bar("keys")
        await screen.tick(10)
        assert "r tries again now" in screen.bar("banner")


async def test_r_leaves_a_feed_without_trouble_alone(show: Show) -> None:
    async with show() as screen:
        await screen.press("r")
        assert "the feed waits for nothing" in screen.bar("keys")
        assert source_of(screen.pump).retries == 0


async def test_a_click_on_a_key_of_the_footer_presses_it(show: Show) -> None:
    async with show() as screen:
        footer = screen.bar("keys")
        await screen.pilot.click("#keys", offset=(footer.index("pause"), 0))
        await screen.settle()
        assert "paused" in screen.bar("status")
        await screen.pilot.click("#keys", offset=(footer.index("? help"), 0))
        await screen.settle()
        assert "Keys" in screen.page
        await screen.pilot.click("#page-keys", offset=(1, 0))
        await screen.settle()
        assert not isinstance(screen.app.screen, Page)


def test_each_key_that_the_footer_shows_can_be_clicked_and_the_gaps_between_cannot() -> None:
    footer = keys.footer_line(200)
    shown = [command for command in keys.COMMANDS if command.label]
    assert {keys.key_at(footer, x) for x in range(200)} == {None, *(command.keys for command in shown)}
    assert keys.key_at(footer, 0) is None
    assert keys.key_at(keys.notice_line("copied"), 3) is None


async def test_a_second_click_on_a_tunnel_opens_it(show: Show) -> None:
    async with show() as screen:
        await screen.pilot.click("#board", offset=(30, 1))
        await screen.settle()
        assert not isinstance(screen.app.screen, Page)
        await screen.pilot.click("#board", offset=(30, 1))
        await screen.settle()
        assert "198.51.100.7" in screen.page


async def test_help_says_how_text_is_selected(show: Show) -> None:
    async with show(size=(80, 90)) as screen:
        await screen.press("question_mark")
        assert "shift held down selects text" in screen.page
