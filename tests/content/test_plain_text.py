"""A page as plain text says the same as the page on the screen."""

from rich.cells import cell_len

from tui.content.layout.blocks import Block, block_lines, bullets, heading, item, pairs
from tui.content.layout.plain_text import plain_text

PAGE = (
    Block("東京の接続が切れました。" * 6, lead="✖ "),
    *bullets("Check on AWS", ["the tunnel options of both tunnels", "the logs"]),
    *heading("Evidence"),
    item("No Proposal Match Found", "12:03:50  "),
    *pairs("The log", [("位相 1", "down"), ("phase 2", "down")]),
)


def letters(text: str) -> str:
    return "".join(each for each in text.upper() if each.isalnum())


def test_plain_text_holds_the_words_of_the_screen_in_the_same_order() -> None:
    screen = "\n".join(line.text for line in block_lines(PAGE, 60))
    assert letters(plain_text(PAGE)) == letters(screen)


def test_wide_characters_are_wrapped_by_cells() -> None:
    lines = plain_text(PAGE, width=40).splitlines()
    assert max(map(cell_len, lines)) <= 40
    assert len(lines) > len(plain_text(PAGE).splitlines())


def test_headings_and_lists_read_as_such_without_colours() -> None:
    text = plain_text(PAGE)
    assert "\n\nCheck on AWS:\n- the tunnel options of both tunnels\n- the logs\n" in text
    assert "\nEvidence:\n- 12:03:50  No Proposal Match Found\n" in text


def test_the_values_of_a_table_stand_under_each_other_also_beside_wide_names() -> None:
    lines = plain_text(pairs("The log", [("位相 1", "down"), ("phase 2", "down")])).splitlines()[2:]
    assert len({cell_len(line.partition("down")[0]) for line in lines}) == 1


def test_plain_text_carries_no_escape_sequence() -> None:
    assert plain_text((Block("x\x1b]52;c;eA==\x07", lead="\x1b[31m"), item("\x9b2J"))).replace("\n", "").isprintable()


def test_the_longest_name_of_a_table_is_not_glued_to_its_value() -> None:
    lines = plain_text(
        pairs("Options", [("EnableTunnelLifecycleControl", "False"), ("PreSharedKeyOfAnotherTunnel2", "x")])
    )
    assert "EnableTunnelLifecycleControl  False" in lines
    assert "A name that is longer than all that AWS has  x" in plain_text(
        pairs("Options", [("A name that is longer than all that AWS has", "x")])
    )
