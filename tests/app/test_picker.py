"""The choice of the customer's device."""

from tests.app.conftest import Show
from tui.app.pages.page import Page
from tui.app.pages.picker import ChoiceList, Picker
from tui.domain.knowledge.devices import vendors


async def test_g_lets_the_reader_choose_the_device_whose_commands_are_shown(show: Show) -> None:
    async with show(size=(80, 90)) as screen:
        await screen.press("enter", "c")
        assert isinstance(screen.app.screen, Picker)
        await screen.press("down", "enter")
        assert isinstance(screen.app.screen, Page)
        await screen.tick()
        assert "ON CISCO IOS" in screen.page
        assert "peer 203.0.113.42" in screen.page


async def test_leaving_the_choice_of_a_device_changes_nothing(show: Show) -> None:
    async with show(device="fortigate") as screen:
        await screen.press("c", "home", "escape")
        assert screen.app.main.view_state.device == "fortigate"


async def test_the_choice_of_a_device_begins_at_the_one_chosen_and_can_be_undone(show: Show) -> None:
    async with show(device="fortigate") as screen:
        await screen.press("c")
        assert screen.app.screen.query_one(ChoiceList).value == "fortigate"
        await screen.press("home", "enter")
        assert screen.app.main.view_state.device is None


async def test_a_device_can_be_clicked(show: Show) -> None:
    async with show() as screen:
        await screen.press("c")
        await screen.pilot.click("#choices", offset=(10, 2))
        await screen.pilot.pause()
        assert screen.app.main.view_state.device == vendors()[1]
