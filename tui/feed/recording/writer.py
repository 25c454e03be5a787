"""Writes a recording to a file: line by line, readable wherever it is truncated, without delaying the watch."""

import fcntl
import os
import stat
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from tui.domain.clock import Clock
from tui.domain.state.fleet import Applied
from tui.feed.recording.format import Encoder, Header, RecordingError
from tui.feed.recording.reader import Reader
from tui.feed.source import Batch, Passing, Source

_GZIP: Final = 31
_LEVEL: Final = 6


class Writer:
    """Appends lines to a recording; each is handed to the system at once, so that it survives the program.

    An existing file must be a recording: a new run is appended in its format. A new file is compressed if its name ends
    in `.gz`, and readable only by its owner, because log lines contain addresses and peers.
    """

    def __init__(self, path: str, header: Header) -> None:
        """Open the file and begin a run; raises RecordingError if that fails."""
        self.path = path
        self._encoder = Encoder()
        self._descriptor = _opened(path)
        try:
            size = os.fstat(self._descriptor).st_size
            begin = os.pread(self._descriptor, 2, 0) if size else b""
            if size:
                _must_be_a_recording(path)
            is_gzip = begin == b"\x1f\x8b" if size else path.endswith(".gz")
            self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP) if is_gzip else None
            # A killed program may have left an incomplete line.
            is_cut = size and not is_gzip and os.pread(self._descriptor, 1, size - 1) != b"\n"
            self._write((b"\n" if is_cut else b"") + self._encoder.header(header))
        except (OSError, RecordingError) as trouble:
            os.close(self._descriptor)
            raise _error(path, trouble) from None

    def __repr__(self) -> str:
        return f"Writer({self.path!r})"

    def batch(self, batch: Batch, *, t: int) -> None:
        """Append a batch that arrived at `t` (ms); raises RecordingError if that fails."""
        self._append(self._encoder.batch(batch, t=t))

    def close(self, *, t: int) -> None:
        """Record that the run ended at `t` (ms), and close the file; raises RecordingError if the write fails."""
        try:
            self._append(self._encoder.batch(None, t=t))
            if self._deflate is not None:
                self._send(self._deflate.flush())
        except OSError as trouble:
            raise _error(self.path, trouble) from None
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as it is."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _append(self, line: bytes) -> None:
        try:
            self._write(line)
            is_gone = os.fstat(self._descriptor).st_nlink == 0
        except OSError as trouble:
            raise _error(self.path, trouble) from None
        if is_gone:
            raise RecordingError(f"{self.path} was deleted.")

    def _write(self, line: bytes) -> None:
        if self._deflate is not None:
            line = self._deflate.compress(line) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        self._send(line)

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]


def _opened(path: str) -> int:
    """Return a descriptor of the file, locked; the file is created if it does not exist."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as trouble:
        raise _error(path, trouble) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RecordingError(f"{path} is not a file.")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise RecordingError(f"{path} is being written by another tunnelwatch.") from None
    except RecordingError:
        os.close(descriptor)
        raise
    return descriptor


def _must_be_a_recording(path: str) -> None:
    try:
        Reader.open(path)
    except RecordingError as reason:
        raise RecordingError(f"{reason} It is left as it is; name another file.") from None


def _error(path: str, trouble: OSError | RecordingError) -> RecordingError:
    return trouble if isinstance(trouble, RecordingError) else RecordingError(f"{path}: {trouble.strerror}.")


class Recording:
    """Records what a source yields, and as a sink the user's marks.

    The first error ends the recording but not the watch: `on_trouble` receives one line about it.
    """

    def __init__(self, writer: Writer, clock: Clock, on_trouble: Callable[[str], object]) -> None:
        self.on_trouble = on_trouble
        self._writer: Writer | None = writer
        self._clock = clock

    def __repr__(self) -> str:
        return f"Recording({self._writer!r})"

    def of(self, source: Source) -> Source:
        """Return the source; each of its batches is recorded before it is passed on."""
        return _Recorded(source, self)

    def __call__(self, batch: Batch, applied: Applied) -> None:
        """Record a mark of the user; everything else comes from the source."""
        if batch.is_note and batch.marks:
            self.write(batch)

    def close(self) -> None:
        """End the recording."""
        self._try(lambda writer: writer.close(t=self._clock.now()))
        self._writer = None

    def write(self, batch: Batch) -> None:
        """Record a batch that arrived now."""
        self._try(lambda writer: writer.batch(batch, t=self._clock.now()))

    def _try(self, act: Callable[[Writer], None]) -> None:
        if self._writer is None:
            return
        try:
            act(self._writer)
        except RecordingError as trouble:
            self._writer.abandon()
            self._writer = None
            self.on_trouble(f"The watch goes on, but its recording has ended: {trouble}")


class _Recorded(Passing):
    """A source that is being recorded."""

    def __init__(self, source: Source, recording: Recording) -> None:
        super().__init__(source)
        self._recording = recording

    def __repr__(self) -> str:
        return f"{self._source!r}, {self._recording!r}"

    async def batches(self) -> AsyncGenerator[Batch, None]:
        try:
            async with aclosing(self._source.batches()) as batches:
                async for batch in batches:
                    self._recording.write(batch)
                    yield batch
        finally:
            self._recording.close()
