"""The escape sequences between two styles, which make up two thirds of a frame's bytes."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_EXTENDED: Final = ("38", "48")


class _Style(NamedTuple):
    foreground: str
    background: str
    attributes: tuple[str, ...]
    """Bold, dim, reverse and the like, by their numbers."""


@lru_cache(maxsize=4096)
def style_change(before: str, after: str) -> str:
    """Return the sequence that leads from one style to another, both given as parameters; "" means no style.

    The parameters are those of Select Graphic Rendition (ECMA-48, 8.3.117). Attributes that do not change are not sent.
    """
    if before == after:
        return ""
    if not after:
        return "\x1b[0m"
    old, new = _style(before), _style(after)
    if not set(old.attributes) <= set(new.attributes):  # one ends, and terminals differ in how they reset a single one
        return f"\x1b[0;{after}m"
    changes = [attribute for attribute in new.attributes if attribute not in old.attributes]
    if old.foreground != new.foreground:
        changes.append(new.foreground or "39")
    if old.background != new.background:
        changes.append(new.background or "49")
    return f"\x1b[{';'.join(changes)}m" if changes else ""


def _style(parameters: str) -> _Style:
    foreground = background = ""
    attributes: list[str] = []
    for code in _codes(parameters):
        number = int(code.partition(";")[0] or 0)
        if number == 38 or 30 <= number <= 39 or 90 <= number <= 97:
            foreground = code
        elif number == 48 or 40 <= number <= 49 or 100 <= number <= 107:
            background = code
        else:
            attributes.append(code)
    return _Style(foreground, background, tuple(attributes))


def _codes(parameters: str) -> Iterator[str]:
    """Yield each attribute that the parameters set: `1`, `32`, `38;5;244`, `48;2;14;19;26`."""
    numbers = iter(parameters.split(";") if parameters else ())
    for number in numbers:
        if number not in _EXTENDED:
            yield number
            continue
        kind = next(numbers, "")
        following = [next(numbers, "") for _ in range({"5": 1, "2": 3}.get(kind, 0))]
        yield ";".join((number, kind, *following))
