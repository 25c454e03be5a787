"""The compressed lines of a stretch of a watch in memory, and a cursor through it and the following ones."""

import zlib
from collections.abc import Iterable
from typing import Final

from tui.feed.recording.format import Decoder, Header, Recorded

_BLOCK: Final = 256 << 10
"""The bytes of lines compressed together, which takes 3 ms."""
_LEVEL: Final = 7
"""zlib's level. It compresses an event of a busy fleet to 14 bytes in 1.3 µs; level 1 to 18 in 0.5, 9 to 13 in 2.5."""
_GZIP: Final = 31


def member(lines: Iterable[bytes]) -> bytes:
    """Return lines as a member of a gzip file."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return deflate.compress(b"".join(lines)) + deflate.flush()


class Stretch:
    """What was recorded from `t` (ms) until the next stretch; its lines can be decoded without earlier ones.

    `blocks` are members of a gzip file, `tail` the lines after them. `weight` is the size of both in bytes.
    """

    def __init__(self, t: int) -> None:
        self.t = t
        self.blocks: list[bytes] = []
        self.tail: list[bytes] = []
        self.following: Stretch | None = None
        self.weight = 0
        self._in_tail = 0

    @property
    def packed(self) -> int:
        """The compressed size in bytes."""
        return self.weight - self._in_tail

    def append(self, line: bytes) -> None:
        """Add a line at the end."""
        self.tail.append(line)
        self.weight += len(line)
        self._in_tail += len(line)
        if self._in_tail >= _BLOCK:
            self.close()

    def close(self) -> None:
        """Compress the remaining lines."""
        if self.tail:
            block = member(self.tail)
            self.blocks.append(block)
            self.weight += len(block) - self._in_tail
            # A new list: a cursor in the old one reads it to its end, and continues with the next block.
            self.tail, self._in_tail = [], 0

    def lines(self, index: int) -> list[bytes]:
        """Return the lines of a block; after the last block, the tail, which may grow."""
        if index == len(self.blocks):
            return self.tail
        return zlib.decompress(self.blocks[index], _GZIP).splitlines()


class StretchCursor:
    """Reads a stretch from its start, then the following ones."""

    def __init__(self, stretch: Stretch) -> None:
        self.t = stretch.t
        self._stretch = stretch
        self._decoder = Decoder()
        self._block = 0
        self._position = 0
        self._lines: list[bytes] | None = None
        """The lines of the block, None until needed: an idle cursor holds no lines."""

    def fork(self) -> "StretchCursor":
        """Return an independent cursor that continues from here."""
        other = StretchCursor(self._stretch)
        other.t, other._decoder = self.t, self._decoder.copy()
        other._block, other._position, other._lines = self._block, self._position, self._lines
        return other

    def next(self) -> Header | Recorded | None:
        """Return the next item, None if nothing more has arrived yet."""
        while True:
            if self._lines is None:
                self._lines = self._stretch.lines(self._block)
            if self._position < len(self._lines):
                self._position += 1
                read = self._decoder.read(self._lines[self._position - 1])
                self.t = read.t
                return read
            if not self._go_on():
                return None

    def _go_on(self) -> bool:
        """Start the next block or the next stretch; return whether there is one."""
        if self._block < len(self._stretch.blocks):
            self._block += 1
        elif self._stretch.following is not None:
            self._stretch, self._block, self._decoder = self._stretch.following, 0, Decoder()
        else:
            return False
        self._position, self._lines = 0, None
        return True
