"""Reads the lines of a file, plain or gzip by its content, as far as they exist, and again from any position."""

import errno
import os
import re
import stat
import zlib
from itertools import pairwise
from typing import Final, NamedTuple

_BLOCK: Final = 1 << 16
"""The number of bytes read at once."""
_MOST_INFLATED: Final = 1 << 23
"""The most bytes to which a block may inflate. A recording's inflate about twentyfold; zeros, a thousandfold."""
_LONGEST_LINE: Final = 1 << 24
"""The most bytes of a line. A batch of a look-back is 1 to 2 MB."""
_MEMBER: Final = re.compile(rb"\x1f\x8b\x08\x00{5}..", re.DOTALL)
"""The beginning of a gzip member written by zlib, without a name or a time (RFC 1952, section 2.3)."""
_HEADER: Final = 10
"""Its length in bytes."""
_GZIP: Final = 31
"""zlib's name for the gzip format with the largest window."""


class OpenFile:
    """A file open for reading until nobody uses it any more. It has no position, so it can have many readers."""

    def __init__(self, path: str) -> None:
        """Open it; raises OSError if that fails or if it is not a regular file."""
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a file")

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes; none at its end."""
        return os.pread(self._descriptor, size, offset)


class _BlockStart(NamedTuple):
    """The start of a block: its offset in the file, the line begun before it, and how to inflate it."""

    offset: int = 0
    begun: bytes = b""
    inflate: "zlib._Decompress | None" = None
    """None between two members."""
    is_lost: bool = False
    """Whether nothing can be inflated before the next member begins."""

    def copy(self) -> "_BlockStart":
        """Return a copy with its own inflater, since an inflater changes while it is used."""
        return self if self.inflate is None else self._replace(inflate=self.inflate.copy())


class FileLines:
    """Reads a file line by line, skipping damaged parts. `fork` returns an independent reader.

    A gzip file may consist of several members, each of which may be truncated: a killed program leaves such a member,
    and the next one appends to it. `lost` counts the positions at which something could not be read.
    """

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._is_gzip = file.read(0, 3) == b"\x1f\x8b\x08"
        self._block = self._next = _BlockStart()
        self._lines: list[bytes] = []
        self._read = 0
        """The number of lines of the block that have been read."""
        self._is_at_end = False
        self.lost = 0

    @property
    def offset(self) -> int:
        """The position up to which the file has been read, in bytes."""
        return self._next.offset

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self._file.size

    @property
    def unfinished(self) -> int:
        """The bytes after the last complete line once the file has been read to its end; inflated if it is gzip."""
        return len(self._next.begun) if self._is_at_end else 0

    def fork(self) -> "FileLines":
        """Return a reader that continues from here. It holds 50 KB, and rereads one block when it continues."""
        other = FileLines(self._file)
        other.lost = self.lost
        other._block = other._next = self._block.copy()
        other._read = self._read
        return other

    def next(self) -> bytes | None:
        """Return the next line without its end, or None if there is none at present: the file may grow."""
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
        self._read -= len(self._lines)  # lines read before a fork have to be skipped
        self._block = self._next.copy()
        following = self._next._replace(offset=self._next.offset + len(data))
        self._next, text = self._inflated(following, data) if self._is_gzip else (following, data)
        *self._lines, begun = (self._next.begun + text).split(b"\n")
        if len(begun) > _LONGEST_LINE:
            begun = b""
            self.lost += 1
        self._next = self._next._replace(begun=begun)
        return True

    def _inflated(self, following: _BlockStart, data: bytes) -> tuple[_BlockStart, bytes]:
        """Return the content of a block and the start of the next one.

        Where a member begins, the previous one has ended even if truncated: its inflater would treat the new header as
        data, and not notice for long.
        """
        begun, inflate, is_lost = following.begun, following.inflate, following.is_lost
        text = bytearray()
        starts = [start for match in _MEMBER.finditer(data) if (start := match.start())]
        for start, end in pairwise((0, *starts, len(data))):
            piece = data[start:end]
            if _MEMBER.match(piece):
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
        return following._replace(inflate=inflate, is_lost=is_lost), bytes(text)

    def _end_of_line(self, begun: bytes, text: bytearray) -> None:
        """End the line whose rest is lost."""
        if not (text or begun).endswith(b"\n") and (text or begun):
            text += b"\n"
            self.lost += 1


def _without_a_begun_member(data: bytes) -> bytes:
    """Return a block without its last bytes if they may begin a member, which is only recognised as a whole."""
    start = data.rfind(b"\x1f", len(data) - _HEADER + 1)
    return data if start < 0 else data[:start]


def _until_damage(inflate: "zlib._Decompress", data: bytes) -> bytes:
    """Return what can be inflated before the damage; zlib returns nothing from a failing call."""
    parts: list[bytes] = []
    for index in range(len(data)):
        try:
            parts.append(inflate.decompress(data[index : index + 1]))
        except zlib.error:
            break
    return b"".join(parts)
