"""The page of a checkup: a key opens it, the screen stays responsive while it waits, and closing it cancels."""

import asyncio
import re
from collections.abc import Sequence

import pytest

from tests.app.conftest import Show
from tests.checkups import WRONG, both, well
from tests.factories import IP
from tests.scenes import pump
from tui.app.examinations import Report
from tui.app.pages.checkup import CheckupPage
from tui.content.doctor.sites import SiteCheckup
from tui.domain.checkup.facts import Examination
from tui.feed.aws.errors import FeedError


class Account:
    """An account that answers on demand; `asked` holds the requests, `ended` counts the cancelled ones."""

    def __init__(self, examined: Examination | FeedError) -> None:
        self.examined = examined
        self.answers = asyncio.Event()
        self.asked: list[tuple[Sequence[str], bool]] = []
        self.ended = 0

    async def __call__(self, selectors: Sequence[str], way_back: bool, site: str, report: Report) -> None:
        self.asked.append((selectors, way_back))
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.ended += 1
            raise
        if isinstance(self.examined, FeedError):
            raise self.examined
        report("", SiteCheckup(self.examined))


async def test_a_key_looks_at_the_account_and_shows_what_it_finds(show: Show) -> None:
    account = Account(WRONG["bgp_logging_off"](well()))
    async with show(examine=account) as screen:
        await screen.press("d")
        assert "Looking" in screen.page
        account.answers.set()
        await screen.settle()
        await screen.tick()
        assert f"hq {IP}: the BGP log is off" in screen.page
        assert "aws ec2 modify-vpn-tunnel-options" in screen.page
        assert account.asked == [((), False)]


async def test_the_way_back_is_asked_for_the_selected_connection_and_shows_nothing_else(show: Show) -> None:
    account = Account(both(WRONG["bgp_logging_off"], WRONG["not_propagated_to_transit"])(well()))
    account.answers.set()
    async with show(examine=account) as screen:
        await screen.press("b")
        await screen.settle()
        await screen.tick()
        assert account.asked == [((screen.selected[0],), True)]
        assert "propagates into no route table" in " ".join(screen.page.split())
        assert "BGP log is off" not in screen.page


async def test_several_sites_stand_on_one_page_each_as_soon_as_it_has_answered(show: Show) -> None:
    osaka, sites = asyncio.Event(), list[str]()

    async def examine(selectors: Sequence[str], way_back: bool, site: str, report: Report) -> None:
        sites.append(site)
        report("osaka", SiteCheckup(role="arn:aws:iam::123456789012:role/watch"))
        report("hub", SiteCheckup(failure="Access denied: logs:DescribeLogGroups."))
        await osaka.wait()
        report("osaka", SiteCheckup(WRONG["bgp_logging_off"](well())))

    async with show(examine=examine) as screen:
        await screen.press("d")
        await screen.settle()
        await screen.tick()
        assert "1 of 2 sites looked at" in screen.page
        assert "Commands for this site need its role: arn:aws:iam::123456789012:role/watch" in screen.page
        assert "Access denied: logs:DescribeLogGroups." in screen.page
        osaka.set()
        await screen.settle()
        await screen.tick()
        assert "2 sites looked at" in screen.page
        assert re.search("hub +could not be asked", screen.page)
        assert f"hq {IP}: the BGP log is off" in screen.page
        await screen.press("d", "b")
        assert sites == ["", screen.app.main.view_state.site_of(screen.selected[0])]


async def test_a_page_that_is_left_ends_what_it_asked_for(show: Show) -> None:
    account = Account(well())
    async with show(examine=account) as screen:
        await screen.press("d")
        await screen.press("escape")
        await screen.settle()
        assert account.ended == 1
        assert not isinstance(screen.app.screen, CheckupPage)


async def test_another_key_for_trying_again_looks_again_too(show: Show) -> None:
    account = Account(well())
    account.answers.set()
    async with show(examine=account) as screen:
        screen.app.set_keymap({"retry": "z"})
        await screen.press("d")
        await screen.settle()
        await screen.tick()
        await screen.press("z")
        assert len(account.asked) == 2


@pytest.mark.parametrize("key", ["d", "b"])
async def test_the_key_that_opened_it_closes_it(show: Show, key: str) -> None:
    async with show(examine=Account(well())) as screen:
        await screen.press(key)
        assert screen.app.screen is not screen.app.main
        await screen.press(key)
        assert screen.app.screen is screen.app.main


async def test_it_looks_again_only_when_the_answers_are_there(show: Show) -> None:
    account = Account(well())
    async with show(examine=account) as screen:
        await screen.press("d", "r")
        assert len(account.asked) == 1
        account.answers.set()
        await screen.settle()
        await screen.tick()
        await screen.press("r")
        await screen.settle()
        assert len(account.asked) == 2


async def test_an_account_that_cannot_be_asked_says_why(show: Show) -> None:
    account = Account(FeedError("The AWS credentials have expired. Renew them."))
    account.answers.set()
    async with show(examine=account) as screen:
        await screen.press("d")
        await screen.settle()
        await screen.tick()
        assert "The AWS credentials have expired." in screen.page


async def test_without_an_account_the_keys_say_so(show: Show) -> None:
    async with show() as screen:
        for key in ("d", "b"):
            await screen.press(key)
            assert "no account here" in screen.bar("keys")
            await screen.press("escape")


async def test_where_nothing_arrives_for_a_while_the_checkup_is_offered_once(show: Show) -> None:
    async with show(pump(()), examine=Account(well())) as screen:
        await screen.tick(40)
        assert "d looks for the reason" not in screen.bar("keys")
        await screen.tick(6)
        assert "d looks for the reason" in screen.bar("keys")
        await screen.tick(10)
        await screen.tick(60)
        assert "d looks for the reason" not in screen.bar("keys")


async def test_where_events_have_come_nothing_is_offered(show: Show) -> None:
    async with show(examine=Account(well())) as screen:
        await screen.tick(50)
        assert "d looks for the reason" not in screen.bar("keys")


async def test_all_that_still_runs_ends_with_the_program(show: Show) -> None:
    account = Account(well())
    async with show(examine=account) as screen:
        await screen.press("d")
        assert screen.app.examinations
        await screen.app.examinations.close()
        assert account.ended == 1
