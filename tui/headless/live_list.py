"""A list that is redrawn in place, on a terminal that scrolls."""

import shutil
from collections.abc import Callable, Sequence

from tui.content.layout.lines import Line, Span, fitted

_UP: str = "\x1b[{}A\r"
_TO_END_OF_LINE, _TO_END_OF_SCREEN = "\x1b[K", "\x1b[J"


class LiveList:
    """Draws lines over the ones drawn before. If the terminal is too short, lines at the end are left out."""

    def __init__(
        self,
        write: Callable[[str], object],
        render: Callable[[Line], str],
        *,
        size: Callable[[], tuple[int, int]] = lambda: shutil.get_terminal_size(),
    ) -> None:
        """`write` receives escape sequences and text without a trailing newline; `size` returns columns and rows."""
        self._write = write
        self._render = render
        self._size = size
        self._drawn: tuple[str, ...] = ()
        self._height = 0

    @property
    def rows(self) -> int:
        """The number of lines with room: one row is kept for the cursor below, one for the text above."""
        return max(1, self._size()[1] - 2)

    def draw(self, lines: Sequence[Line]) -> None:
        """Draw the lines, unless they are on the terminal already."""
        columns, most = self._size()[0], self.rows
        shown = [*lines[:most]]
        if len(lines) > most:
            shown[-1] = Line((Span(f"… {len(lines) - most + 1} more"),))
        drawn = tuple(self._render(Line(tuple(fitted(line.spans, columns - 1)))) for line in shown)
        if drawn == self._drawn:
            return
        up = _UP.format(self._height) if self._height else ""
        self._write(up + "".join(f"{text}{_TO_END_OF_LINE}\n" for text in drawn) + _TO_END_OF_SCREEN)
        self._drawn, self._height = drawn, len(drawn)
