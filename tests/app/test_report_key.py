"""A key writes the report of what was seen so far into new files that only their owner can read."""

import stat
from pathlib import Path

import pytest

from tests.app.conftest import Show

NAME = "tunnelwatch-report-2026-11-23-120431Z"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, a folder of the test."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def remove(folder: Path) -> None:
    folder.rmdir()


def names(folder: Path, pattern: str) -> list[str]:
    return sorted(file.name for file in folder.glob(pattern))


def linked(here: Path) -> Path:
    """The target of a link that has the report's name."""
    victim = here / "victim"
    victim.write_text("kept")
    (here / f"{NAME}.html").symlink_to(victim)
    return victim


async def test_w_writes_a_page_and_markdown_and_says_where(show: Show, here: Path) -> None:
    async with show(size=(80, 24)) as screen:
        await screen.press("w")
        await screen.settle()
        assert f"report in ./{NAME}.html, and as .md beside it" in screen.drawn
    assert_whole(here)


def assert_whole(here: Path) -> None:
    page, text = here / f"{NAME}.html", here / f"{NAME}.md"
    assert "203.0.113.42" in page.read_text()
    assert page.read_text().endswith("</html>\n")
    assert "No phase 2 proposal in common" in text.read_text()
    assert {stat.S_IMODE(file.stat().st_mode) for file in (page, text)} == {0o600}


async def test_a_report_overwrites_nothing_and_follows_no_link(show: Show, here: Path) -> None:
    victim = linked(here)
    async with show() as screen:
        await screen.press("w")
        await screen.press("w")
        await screen.settle()
    assert victim.read_text() == "kept"
    assert names(here, "*.html") == [f"{NAME}-2.html", f"{NAME}-3.html", f"{NAME}.html"]


async def test_where_the_folder_is_gone_it_goes_where_copies_go_and_else_that_is_said(
    show: Show, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(here)
    async with show(size=(160, 40)) as screen:
        await screen.press("w")
        await screen.settle()
        assert f"{NAME}.html" in names(tmp_path / "tunnelwatch", "*")
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "tunnelwatch" / f"{NAME}.html"))
        await screen.press("w")
        await screen.settle()
        assert "the report could not be written: Not a directory" in screen.drawn


async def test_before_there_is_a_feed_there_is_no_report(show: Show, here: Path) -> None:
    async with show(empty=True) as screen:
        await screen.press("w")
        await screen.settle()
    assert names(here, "*") == []
