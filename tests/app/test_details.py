"""The details of a tunnel and of a message, as a page and beside the board."""

from dataclasses import replace

from tests.app.conftest import Show
from tests.scenes import cutover
from tui.app.pages.page import Page
from tui.app.pages.timeline import TimelinePage
from tui.content.console_links import console_page
from tui.feed.source import Batch


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


async def test_going_to_the_messages_leaves_the_diagnosis_beside_them_until_one_is_pointed_at(show: Show) -> None:
    async with show(size=(130, 40)) as screen:
        await screen.press("tab")
        assert "SAY TO THE CUSTOMER" in screen.app.main.detail.text
        await screen.press("home")
        assert "IKE_SA_INIT" in screen.app.main.detail.text


async def test_a_tick_may_come_before_the_page_stands(show: Show) -> None:
    async with show() as screen:
        screen.app.main.action_open()
        screen.app.tick()
        await screen.pilot.pause()
        assert "203.0.113.42" in screen.page


async def test_the_details_hold_the_message_that_they_are_about(show: Show) -> None:
    """Its id() would be reused by another message once this one is dropped."""
    async with show(size=(130, 40)) as screen:
        await screen.press("tab", "home")
        chosen = screen.app.main.chosen
        assert chosen is not None
        _, topic = screen.app.main.details()
        assert isinstance(topic, tuple)
        assert topic[0] is chosen.entry


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
        assert "[ prev  ] next" in screen.drawn


async def test_brackets_go_from_message_to_message_where_the_details_are_about_one(show: Show) -> None:
    async with show(size=(80, 60)) as screen:
        await screen.press("tab", "home", "enter")
        assert "IKE_SA_INIT" in screen.page
        await screen.press("right_square_bracket")
        await screen.settle()
        assert "IKE_AUTH" in screen.page


async def test_the_pane_that_has_the_focus_is_marked(show: Show) -> None:
    async with show(size=(130, 40)) as screen:
        assert screen.bar("title").startswith("───")
        await screen.press("tab")
        assert screen.bar("title").startswith("━━━")
        unmarked = screen.app.main.detail.styles.border_left
        await screen.press("tab")
        assert screen.bar("title").startswith("───")
        assert screen.app.main.detail.styles.border_left[0] == "heavy" != unmarked[0]


async def test_the_footer_of_the_details_names_help_at_80_columns(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter")
        assert screen.drawn.splitlines()[-1].rstrip().endswith("? help")


async def test_help_over_the_details_comes_back_to_them(show: Show) -> None:
    for leave in ("escape", "question_mark"):
        async with show() as screen:
            await screen.press("enter", "question_mark")
            await screen.settle()
            assert "Keys" in screen.page.splitlines()[0]
            await screen.press(leave)
            await screen.settle()
            assert "SAY TO THE CUSTOMER" in screen.page
            await screen.press("escape")
            assert not isinstance(screen.app.screen, Page)


async def test_a_note_is_written_in_the_details_which_stay(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter", "m")
        await screen.settle()
        assert "quit" not in screen.drawn.splitlines()[-1]
        await screen.press(*"key", "space", *"q", "enter")
        await screen.settle()
        assert [mark.text for mark in screen.fleet.marks] == ["key q"]
        assert "noted" in screen.drawn.splitlines()[-1]
        assert isinstance(screen.app.screen, Page)
        await screen.press("m", "escape")
        await screen.settle()
        assert isinstance(screen.app.screen, Page)


async def test_timeline_pause_and_news_can_be_had_from_the_details(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter", "t")
        await screen.settle()
        assert isinstance(screen.app.screen, TimelinePage)
        await screen.press("escape")
        await screen.settle()
        assert "SAY TO THE CUSTOMER" in screen.page
        await screen.press("p")
        assert screen.app.main.view_state.is_paused
        await screen.press("p", "a")
        await screen.settle()
        assert screen.app.main.is_active
        assert screen.app.main.view_state.log.everywhere


async def test_the_details_go_back_in_time_and_return_to_live(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter", "less_than_sign")
        await screen.settle()
        assert "◀" in screen.drawn.splitlines()[0]
        assert "SAY TO THE CUSTOMER" in screen.page
        await screen.tick(10)
        footer = screen.drawn.splitlines()[-1]
        assert footer.startswith(" esc q back  L back to live  < earlier  > later")
        assert "quit" not in footer
        await screen.press("L")
        assert "◀" not in screen.drawn.splitlines()[0]
        assert isinstance(screen.app.screen, Page)


async def test_data_source_checkup_report_and_retry_can_be_had_from_the_details(show: Show) -> None:
    async with show() as screen:
        await screen.press("enter")
        for key, shown in (("d", "no account here"), ("w", "report in"), ("r", "not waiting"), ("i", "Data source")):
            await screen.press(key)
            await screen.settle()
            assert shown in screen.drawn
        await screen.press("i")
        await screen.settle()
        assert "SAY TO THE CUSTOMER" in screen.page


async def test_the_id_of_a_connection_that_is_known_leads_to_its_page_in_the_console(show: Show) -> None:
    held = cutover()
    held.take(Batch(state=replace(held.state, region="eu-west-1")))
    async with show(held, size=(130, 60), has_links=True) as screen:
        strips = screen.app.screen._compositor.render_strips()
        links = {(part.text, part.style.link) for strip in strips for part in strip if part.style and part.style.link}
        assert links == {(screen.selected[0], console_page(screen.selected[0], "eu-west-1"))}
