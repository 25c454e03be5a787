"""What is copied, and where to."""

import stat
from pathlib import Path

import pytest

from tests.app.conftest import Show
from tests.scenes import ike, pump


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


@pytest.mark.parametrize(
    ("page", "copied"),
    [
        (["question_mark"], ["Copy the whole page", "Silence is not down"]),
        (["i"], ["Data source", "read up to"]),
        (["enter"], ["203.0.113.42", "SAY TO THE CUSTOMER:"]),
        (["a"], ["all tunnels", "osaka 203.0.113.42  down"]),
        ([], ["osaka 203.0.113.42", "no phase 2 proposal in common"]),
    ],
)
async def test_capital_y_copies_all_that_a_page_or_a_list_shows(
    show: Show, tmp_path: Path, page: list[str], copied: list[str]
) -> None:
    async with show() as screen:
        await screen.press(*page, "Y")
        text = (tmp_path / "tunnelwatch" / "copied.txt").read_text()
        assert all(part.casefold() in text.casefold() for part in copied)
        assert text.endswith("as of 2026-11-23T12:04:31Z; eu-west-1, account 123456789012\n")
        assert "copied" in screen.drawn.splitlines()[-1]


async def test_the_news_are_copied_whole_however_many_are_in_view(show: Show, tmp_path: Path) -> None:
    gone = [ike("gone", ago=60 + number, states="DD", vpn=f"vpn-{number:017x}") for number in range(40)]
    async with show(pump(gone)) as screen:
        await screen.press("a", "Y")
        assert (tmp_path / "tunnelwatch" / "copied.txt").read_text().count("203.0.113.17") == 40


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
