"""Lines in the terminal's own colours, for terminals only: a pipe or a file gets the plain text."""

import os
from collections.abc import Callable, Mapping
from typing import Final, TextIO

from tui.content.console_links import console_page, linked, wants_links
from tui.content.layout.lines import Line
from tui.content.layout.tones import Tone

Render = Callable[[Line], str]
"""Returns a line as text for a stream."""
_SGR: Final = {
    Tone.STRONG: "1",
    Tone.ACCENT: "36",
    Tone.GOOD: "32",
    Tone.WARNING: "33",
    Tone.ERROR: "31",
}
"""Other tones are printed as plain text; faint text is hard to read on many terminals."""


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether output to this stream is coloured: on a terminal that can show colour.

    NO_COLOR forbids it, and FORCE_COLOR asks for it also in a pipe, such as one to `less -R` (no-color.org,
    force-color.org); an empty value has no effect. CLICOLOR_FORCE also asks for it, and CLICOLOR=0 forbids it on a
    terminal (bixense.com/clicolors).
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb" and environment.get("CLICOLOR") != "0"


def coloured(line: Line) -> str:
    """Return the line with escape sequences for its tones; its text must be harmless already."""
    return "".join(
        f"\x1b[{_SGR[span.tone]}m{span.text}\x1b[0m" if span.tone in _SGR else span.text for span in line.spans
    ).rstrip()


def plain(line: Line) -> str:
    """Return the text without any sequences."""
    return line.text.rstrip()


def renderer(stream: TextIO) -> Callable[[Line], str]:
    """Return the function that turns lines into text for this stream."""
    return coloured if wants_colour(stream) else plain


def with_links(render: Render, stream: TextIO, regions: Mapping[str, str]) -> Render:
    """Return a `render` that also makes links of these connections' ids, if `stream` can show links.

    `regions` has the region of each connection, by its id.
    """
    if not wants_links(stream):
        return render
    return lambda line: linked(render(line), lambda known: console_page(known, regions.get(known, "")))
