"""A screen as an SVG file without external resources, with every text at its cell whatever the font."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment

_SIZE: Final = 13
_CELL: Final = 8
"""Pixels: Fira Code's own width at that size; `textLength` makes it so for the other fonts, which differ a little."""
_LINE: Final = 18
_MARGIN: Final = 14
_TEXT: Final = "#c9d3df"
"""What has no colour of its own."""
_BARS: Final = {"▌": (0, 4), "┃": (3, 3)}
"""Characters that must join from line to line, which those of few fonts do: drawn from so many pixels on, so wide."""
# A symbol may come from another font with another width, so each starts at a place of its own.
_CHUNK: Final = re.compile(r"[!-~]+(?: [!-~]+)*|([^\x00-\x7f])\1*")
_FONTS: Final = "'Fira Code', 'JetBrains Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def svg(rows: Sequence[Iterable[Segment]], *, columns: int, title: str, background: str = "#0e131a") -> str:
    """Return the rows of a terminal as an SVG document; `title` is what a screen reader says."""
    width, height = columns * _CELL + 2 * _MARGIN, len(rows) * _LINE + 2 * _MARGIN
    drawn = "\n".join(line for y, row in enumerate(rows) for line in _row(row, y, background))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{width}" height="{height}" rx="9" fill="{background}"/>\n'
        f'<g font-family="{_FONTS}" font-size="{_SIZE}" shape-rendering="crispEdges">\n{drawn}\n</g>\n</svg>\n'
    )


def _row(segments: Iterable[Segment], y: int, background: str) -> Iterable[str]:
    texts: list[str] = []
    cell, top = 0, y * _LINE + _MARGIN
    for text, style, _ in segments:
        size = cell_len(text)
        below = _hex(style.bgcolor if style else None) or background
        above = _hex(style.color if style else None) or _TEXT
        if style and style.reverse:
            below, above = above, below
        if below != background:
            yield _tag("rect", x=_x(cell), y=top, width=size * _CELL, height=_LINE, fill=below)
        look = {"fill": above, **({"fill-opacity": "0.7"} if style and style.dim else {})}
        weight = {"font-weight": "bold"} if style and style.bold else {}
        for chunk in _CHUNK.finditer(text):
            x = _x(cell + cell_len(text[: chunk.start()]))
            if bar := _BARS.get(chunk[0]):
                texts.append(_tag("rect", x=x + bar[0], y=top, width=bar[1], height=_LINE, **look))
                continue
            length = {"textLength": cell_len(chunk[0]) * _CELL}
            texts.append(_tag("text", escape(chunk[0], quote=False), x=x, y=top + _SIZE, **length, **look, **weight))
        cell += size
    yield from texts  # after the backgrounds, which would cover them


def _x(cell: int) -> int:
    return _MARGIN + cell * _CELL


def _hex(color: Color | None) -> str | None:
    return color.triplet.hex if color and color.triplet else None


def _tag(name: str, inside: str = "", **attributes: str | int) -> str:
    markup = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<{name} {markup}>{inside}</{name}>" if inside else f"<{name} {markup}/>"
