"""A list is drawn over the previous one, whatever its length, and never exceeds the terminal."""

import pyte

from tui.content.layout.lines import Line, Span, line
from tui.headless.colour import plain
from tui.headless.live_list import LiveList


class Terminal:
    """A terminal of a few rows, as pyte shows it."""

    def __init__(self, columns: int = 30, rows: int = 6) -> None:
        self.columns, self.rows = columns, rows
        self.screen = pyte.Screen(columns, rows)
        self.screen.set_mode(pyte.modes.LNM)
        self.written = 0
        self._stream = pyte.Stream(self.screen)
        self.list = LiveList(self.write, plain, size=lambda: (self.columns, self.rows))

    def write(self, text: str) -> None:
        self.written += 1
        self._stream.feed(text)

    def draw(self, *texts: str) -> list[str]:
        self.list.draw([line(Span(text)) for text in texts])
        return [text.rstrip() for text in self.screen.display if text.strip()]


def test_a_list_is_drawn_in_place() -> None:
    terminal = Terminal()
    terminal.write("before\n")
    assert terminal.draw("one", "two") == ["before", "one", "two"]
    assert terminal.draw("one", "2", "three") == ["before", "one", "2", "three"]
    assert terminal.draw("short") == ["before", "short"]


def test_what_does_not_fit_is_counted() -> None:
    terminal = Terminal(rows=5)
    for _ in range(3):
        assert terminal.draw("1", "2", "3", "4", "5") == ["1", "2", "… 3 more"]
        terminal.draw("1")


def test_a_long_line_is_cut_and_never_wraps() -> None:
    terminal = Terminal(columns=10)
    assert terminal.draw("x" * 50, "end") == ["xxxxxxxx…", "end"]
    assert terminal.draw("x" * 50, "end") == ["xxxxxxxx…", "end"]


def test_what_has_not_changed_is_not_written_again() -> None:
    terminal = Terminal()
    terminal.draw("one")
    terminal.draw("one")
    assert terminal.written == 1


def test_a_list_may_be_empty() -> None:
    terminal = Terminal()
    terminal.list.draw([Line()])
    assert terminal.draw("one") == ["one"]
