"""The pictures of the README: made by the program, the same each time, without external resources."""

import re
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style

from tests.pictures import FOLDER, PICTURES, made
from tests.png import source_of
from tests.report_picture import digest, page
from tests.svg import svg


def test_every_picture_of_the_readme_can_be_made() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"screenshots/(\w+)\.svg", readme)) == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
async def test_a_picture_shows_the_program_as_it_is(name: str) -> None:
    shown = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert await made(PICTURES[name]) == shown, f"make it anew: python -m tests.pictures {name}"


async def test_the_pictures_of_the_report_show_the_report_as_it_is() -> None:
    shown = {source_of((FOLDER / f"report-{scheme}.png").read_bytes()) for scheme in ("light", "dark")}
    assert shown == {digest(await page())}, "make them anew: python -m tests.report_picture"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fetches_nothing(name: str) -> None:
    text = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert re.findall(r"""=["'](\w+:[^"']+)""", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<(image|use|script|style|a|foreignObject)\b", text)
    assert "url(" not in text


def test_a_text_stands_at_its_cell_whatever_is_before_it() -> None:
    row = [Segment("日本 "), Segment("up", Style.parse("bold #74b887"))]
    assert '<text x="54" y="27" textLength="16" fill="#74b887" font-weight="bold">up</text>' in svg(
        [row], columns=10, title="t"
    )


def test_text_is_never_markup() -> None:
    assert "&lt;b&gt;" in svg([[Segment("<b>")]], columns=10, title="t")
