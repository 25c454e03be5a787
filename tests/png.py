"""PNG files (W3C, "Portable Network Graphics") of few colours, with a note of what they show."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEYWORD: Final = b"Source"
_BITS: Final = 0xF0
"""What is kept of a channel where there are more than 256 colours: sixteen steps, which nobody sees in a text."""


def small(png: bytes, *, source: str) -> bytes:
    """Return a picture of 8-bit RGB with a palette, a third of its size, and the note `source` in it."""
    chunks = dict(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, kind) == (8, 2)
    pixels = _pixels(zlib.decompress(b"".join(data for name, data in _chunks(png) if name == b"IDAT")), width, height)
    if len(set(pixels)) > 256:
        table = bytes(min(255, round((value & _BITS) * 17 / 16)) for value in range(256))
        pixels = [pixel.translate(table) for pixel in pixels]
    palette = [colour for colour, _ in Counter(pixels).most_common()]
    assert len(palette) <= 256
    index = {colour: bytes((number,)) for number, colour in enumerate(palette)}
    rows = (pixels[start : start + width] for start in range(0, width * height, width))
    data = b"".join(b"\0" + b"".join(map(index.__getitem__, row)) for row in rows)
    return _SIGNATURE + b"".join(
        _chunk(name, content)
        for name, content in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"tEXt", _KEYWORD + b"\0" + source.encode("latin-1")),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(data, 9)),
            (b"IEND", b""),
        )
    )


def source_of(png: bytes) -> str:
    """Return the note that `small` stored; empty if there is none."""
    notes = (data.partition(b"\0") for name, data in _chunks(png) if name == b"tEXt")
    return next((text.decode("latin-1") for keyword, _, text in notes if keyword == _KEYWORD), "")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    start = len(_SIGNATURE)
    while start < len(png):
        size, name = struct.unpack(">I4s", png[start : start + 8])
        yield name, png[start + 8 : start + 8 + size]
        start += 12 + size


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _pixels(data: bytes, width: int, height: int) -> list[bytes]:
    """Return the pixels of rows of RGB, whose filters are taken back."""
    size, before, pixels = width * 3, bytes(width * 3), list[bytes]()
    for y in range(height):
        start = y * (size + 1)
        row = bytearray(data[start + 1 : start + 1 + size])
        _unfilter(data[start], row, before)
        before = bytes(row)
        pixels += (before[x : x + 3] for x in range(0, size, 3))
    return pixels


def _unfilter(kind: int, row: bytearray, above: bytes) -> None:
    for x in range(len(row)):
        left, up = row[x - 3] if x >= 3 else 0, above[x]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        elif kind == 4:
            corner = above[x - 3] if x >= 3 else 0
            guess = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
        else:
            return
        row[x] = (row[x] + guess) & 255
