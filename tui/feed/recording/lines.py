"""The lines of a file, plain or gzip by its content, as far as they are there; and from any place in it once more."""

import errno
import os
import re
import stat
import zlib
from itertools import pairwise
from typing import Final, NamedTuple

_BLOCK: Final = 1 << 16
"""Bytes that are read at once."""
_MOST_INFLATED: Final = 1 << 23
"""Bytes that a block may inflate to. A recording's are some twenty times as many; zeros, a thousand times."""
_LONGEST_LINE: Final = 1 << 24
"""Bytes of a line. A batch of a look-back is a megabyte or two."""
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08\x00{5}..", re.DOTALL)
"""How a gzip member begins that zlib writes, without a name or a time (RFC 1952, section 2.3)."""
_HEADER: Final = 10
"""Bytes of that."""
_GZIP: Final = 31
"""zlib's name for the gzip format with the largest window."""


class OpenFile:
    """A file that is open for reading, until nobody reads it any more. It has no position, so that many can read it."""

    def __init__(self, path: str) -> None:
        """Open it; raises OSError where that cannot be, also for what is no file."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a file")

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    @property
    def size(self) -> int:
        """How large it is, in bytes."""
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Return at most so many bytes; none at its end."""
        return os.pread(self._descriptor, size, offset)


class _Place(NamedTuple):
    """Where a block begins: the offset in the file, the line that began before it, and how it is to be inflated."""

    offset: int = 0
    begun: bytes = b""
    inflate: "zlib._Decompress | None" = None
    """None between two members."""
    is_lost: bool = False
    """Whether nothing can be inflated before another member begins."""

    def copy(self) -> "_Place":
        """Return the place with an inflater of its own: one that goes on changes."""
        return self if self.inflate is None else self._replace(inflate=self.inflate.copy())


class FileLines:
    """Reads a file line by line, and past the places where it is damaged. `fork` reads on from here independently.

    A gzip file may consist of several members, and each of them may be cut: a program that was killed leaves such a
    one, and the next appends to it. `lost` counts the places at which something could not be read.
    """

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._is_gzip = file.read(0, 3) == b"\x1f\x8b\x08"
        self._block = self._next = _Place()
        self._lines: list[bytes] = []
        self._read = 0
        """How many lines from the beginning of the block on have been read."""
        self._is_at_end = False
        self.lost = 0

    @property
    def offset(self) -> int:
        """How far the file has been read, in bytes."""
        return self._next.offset

    @property
    def size(self) -> int:
        """How large the file is, in bytes."""
        return self._file.size

    @property
    def unfinished(self) -> int:
        """The bytes after the last whole line, once the file has been read to its end; of a gzip file, as inflated."""
        return len(self._next.begun) if self._is_at_end else 0

    def fork(self) -> "FileLines":
        """Return a reader that goes on from here. It holds 50 KB, and reads one block again once it goes on."""
        other = FileLines(self._file)
        other.lost = self.lost
        other._block = other._next = self._block.copy()
        other._read = self._read
        return other

    def next(self) -> bytes | None:
        """Return the next line without its end, or None where there is none for now: the file may grow."""
        while self._read >= len(self._lines):
            if not self._fill():
                return None
        self._read += 1
        return self._lines[self._read - 1]

    def _fill(self) -> bool:
        """Read the next block; return whether there was one."""
        data = self._file.read(self._next.offset, _BLOCK)
        self._is_at_end = not data
        if not data:
            return False
        if self._is_gzip and len(data) == _BLOCK:
            data = _without_a_begun_member(data)
        self._read -= len(self._lines)  # what is left has been read by the one that this is a fork of
        self._block = self._next.copy()
        place = self._next._replace(offset=self._next.offset + len(data))
        self._next, text = self._inflated(place, data) if self._is_gzip else (place, data)
        *self._lines, begun = (self._next.begun + text).split(b"\n")
        if len(begun) > _LONGEST_LINE:
            begun = b""
            self.lost += 1
        self._next = self._next._replace(begun=begun)
        return True

    def _inflated(self, place: _Place, data: bytes) -> tuple[_Place, bytes]:
        """Return what a block holds, and how the next one is to be read.

        Where a member begins, the one before it has ended, also if it was cut: its inflater would take the new header
        for more of its data, and not notice for long.
        """
        begun, inflate, is_lost = place.begun, place.inflate, place.is_lost
        text = bytearray()
        starts = [start for match in _MEMBER.finditer(data) if (start := match.start())]
        for start, end in pairwise((0, *starts, len(data))):
            piece = data[start:end]
            if start or _MEMBER.match(piece):
                if inflate is not None and (begun or text):
                    self._end_of_line(begun, text)
                inflate, is_lost = None, False
            while piece and not is_lost:
                inflate = inflate or zlib.decompressobj(_GZIP)
                before = inflate.copy()
                try:
                    text += inflate.decompress(piece, _MOST_INFLATED)
                    is_lost = bool(inflate.unconsumed_tail)
                    self.lost += is_lost and text.endswith(b"\n")
                except zlib.error:
                    text += _until_damage(before, piece)
                    is_lost = True
                if is_lost:
                    self._end_of_line(begun, text)
                    inflate = None
                    break
                piece = inflate.unused_data
                inflate = None if inflate.eof else inflate
        return place._replace(inflate=inflate, is_lost=is_lost), bytes(text)

    def _end_of_line(self, begun: bytes, text: bytearray) -> None:
        """End the line of which the rest is lost."""
        if not (text or begun).endswith(b"\n") and (text or begun):
            text += b"\n"
            self.lost += 1


def _without_a_begun_member(data: bytes) -> bytes:
    """Return a block without its last bytes, if a member may begin with them: it is looked for as a whole."""
    start = data.rfind(b"\x1f", len(data) - _HEADER + 1)
    return data if start < 0 else data[:start]


def _until_damage(inflate: "zlib._Decompress", data: bytes) -> bytes:
    """Return what can be inflated before the damage; zlib gives nothing back of a call that fails."""
    found: list[bytes] = []
    for index in range(len(data)):
        try:
            found.append(inflate.decompress(data[index : index + 1]))
        except zlib.error:
            break
    return b"".join(found)
