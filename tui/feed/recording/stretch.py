"""The lines of a stretch of a watch in memory, compressed, and a cursor that goes through it and those that follow."""

import zlib
from collections.abc import Iterable
from typing import Final

from tui.feed.recording.format import Decoder, Header, Recorded

_BLOCK: Final = 256 << 10
"""Bytes of lines that are compressed together, which takes 3 ms."""
_FASTEST: Final = 1
_GZIP: Final = 31


def member(lines: Iterable[bytes]) -> bytes:
    """Return lines as a member of a gzip file."""
    deflate = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    return deflate.compress(b"".join(lines)) + deflate.flush()


class Stretch:
    """What was recorded from `t` (ms) on, until another stretch follows: lines whose first stands for itself.

    `blocks` are members of a gzip file, `tail` the lines after them. `weight` is what both hold, in bytes.
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
        """The bytes of what is compressed."""
        return self.weight - self._in_tail

    def append(self, line: bytes) -> None:
        """Add a line at the end."""
        self.tail.append(line)
        self.weight += len(line)
        self._in_tail += len(line)
        if self._in_tail >= _BLOCK:
            self.close()

    def close(self) -> None:
        """Compress the lines that are not yet."""
        if self.tail:
            block = member(self.tail)
            self.blocks.append(block)
            self.weight += len(block) - self._in_tail
            # A new list: a cursor in the old one reads that to its end, and goes on with the next block.
            self.tail, self._in_tail = [], 0

    def lines(self, index: int) -> list[bytes]:
        """Return the lines of a block; after the last one the tail, which may grow."""
        if index == len(self.blocks):
            return self.tail
        return zlib.decompress(self.blocks[index], _GZIP).splitlines()


class StretchCursor:
    """Reads a stretch from its beginning, then those that follow."""

    def __init__(self, stretch: Stretch) -> None:
        self.t = stretch.t
        self._stretch = stretch
        self._decoder = Decoder()
        self._block = 0
        self._position = 0
        self._lines: list[bytes] | None = None
        """Those of the block, None until they are wanted: a cursor that waits holds no lines."""

    def fork(self) -> "StretchCursor":
        """Return a cursor that reads on from here by itself."""
        other = StretchCursor(self._stretch)
        other.t, other._decoder = self.t, self._decoder.copy()
        other._block, other._position, other._lines = self._block, self._position, self._lines
        return other

    def next(self) -> Header | Recorded | None:
        """Return what comes next, None where nothing more has come yet."""
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
        """Begin with the next block, or the next stretch; return whether there is one."""
        if self._block < len(self._stretch.blocks):
            self._block += 1
        elif self._stretch.following is not None:
            self._stretch, self._block, self._decoder = self._stretch.following, 0, Decoder()
        else:
            return False
        self._position, self._lines = 0, None
        return True
