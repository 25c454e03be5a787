"""A copied page says of when and where it is."""

from tests.scenes import NOW
from tui.content.layout.blocks import Block
from tui.content.share import page_text


def test_a_copied_page_ends_with_when_and_where_it_is_and_in_which_zone_its_times_are() -> None:
    text = page_text([Block("read up to 13:04:31")], at=NOW, place="eu-west-1", zone="CET")
    assert text.splitlines()[-1] == "as of 2026-11-23T12:04:31Z; times of day are CET; eu-west-1"
