"""The memory of published events by which repetitions are recognised: 45 bytes for most events.

A tie is the set of events that share a stream and a millisecond; IKE stamps whole seconds, so most events are in one.
An `OpenTie` can be changed, otherwise a tie is packed: as objects, five minutes of a busy fleet took 170 MB, which the
garbage collector had to traverse. The text of events not yet confirmed by FilterLogEvents is kept, compressed.
"""

import marshal
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from struct import Struct, error
from typing import Final, NamedTuple

from tui.domain.events import Origin
from tui.feed.tail.log_event import LogEvent

_TIMES: Final = Struct("=qq")
_FAR: Final = 1 << 63
_ONE: Final = Struct("=6qx")
_DEFLATE: Final = 1, zlib.DEFLATED, -12, 4
"""The fastest level, without a header, and tables for texts of a kilobyte: clearing the default ones takes twice as
long as the compression itself.
"""
_REGULAR: Final = b"\0"
"""The last byte of a tie whose serials are consecutive, with one origin and session, as in most. After the times, the
records and the digests, each a 64-bit integer, it has its first serial, with the origin, and the session. Any other tie
has those of each event, and an even length.
"""


class Known:
    """One published event.

    `digest`: hash of the text. `record`: hash of the eventId, 0 while unconfirmed. `session`: the last session that
    delivered it. `content` is kept only while it is unconfirmed.
    """

    __slots__ = ("content", "digest", "origin", "record", "serial", "session")

    def __init__(self, digest: int, serial: int, session: int, origin: Origin, record: int = 0) -> None:
        self.digest = digest
        self.serial = serial
        self.session = session
        self.origin = origin
        self.record = record
        self.content: Content | None = None


Content = tuple[int, str]
"""The ingestion time (ms) and the text of an event."""


class OpenTie:
    """Events with the same stream and timestamp `at`: those confirmed by FilterLogEvents, in its order, then others.

    `newest` is the latest timestamp or ingestion time among them.
    """

    __slots__ = ("at", "known", "newest")

    def __init__(self, at: int) -> None:
        self.at = at
        self.known: list[Known] = []
        self.newest = 0


class Unconfirmed(NamedTuple):
    """A packed tie, and the compressed `Content` of its unconfirmed events, in order."""

    packed: bytes
    contents: bytes


Tie = OpenTie | Unconfirmed | bytes


def pack(tie: OpenTie) -> Tie:
    """Return a tie packed; unchanged if one of its times does not fit."""
    events = tie.known
    columns = array("q", [known.record for known in events])
    columns.extend([known.digest for known in events])
    serials = [2 * known.serial + (known.origin is Origin.LIVE) for known in events]
    sessions = [known.session for known in events]
    is_regular = serials == list(range(serials[0], serials[0] + 2 * len(events), 2)) and len(set(sessions)) == 1
    columns.extend((serials[0], sessions[0]) if is_regular else (*serials, *sessions))
    contents = [known.content for known in events if not known.record]
    try:
        packed = _TIMES.pack(tie.at, tie.newest) + columns.tobytes() + _REGULAR * is_regular
    except error:
        return tie
    return Unconfirmed(packed, _deflated(marshal.dumps(contents))) if contents else packed


def _deflated(data: bytes) -> bytes:
    deflate = zlib.compressobj(*_DEFLATE)
    return deflate.compress(data) + deflate.flush()


def pack_new(at: int, newest: int, records: Sequence[int], digests: Sequence[int], serial: int) -> bytes:
    """Return a packed tie of events first shown by FilterLogEvents, with serials from `serial` on.

    Their times must fit.
    """
    count = len(records)
    if count == 1:
        return _ONE.pack(at, newest, records[0], digests[0], 2 * serial, 0)
    return struct.pack(f"={4 + 2 * count}qx", at, newest, *records, *digests, 2 * serial, 0)


def unpack(tie: Tie) -> OpenTie:
    """Return a tie that can be changed."""
    if isinstance(tie, OpenTie):
        return tie
    if isinstance(tie, Unconfirmed):
        opened = unpack(tie.packed)
        unconfirmed = [known for known in opened.known if not known.record]
        for known, content in zip(unconfirmed, _contents(tie), strict=True):
            known.content = content
        return opened
    at, newest = _TIMES.unpack_from(tie)
    count = size(tie)
    columns = array("q", tie[_TIMES.size : len(tie) & ~1])
    serials: Sequence[int] = columns[2 * count : 3 * count]
    sessions: Sequence[int] = columns[3 * count :]
    if _is_regular(tie):
        first, session = columns[2 * count :]
        serials, sessions = range(first, first + 2 * count, 2), [session] * count
    opened = OpenTie(at)
    opened.newest = newest
    opened.known = [
        Known(digest, serial >> 1, session, Origin.LIVE if serial & 1 else Origin.BACKFILL, record)
        for record, digest, serial, session in zip(
            columns[:count], columns[count : 2 * count], serials, sessions, strict=True
        )
    ]
    return opened


def _contents(tie: Unconfirmed) -> list[Content]:
    contents: list[Content] = marshal.loads(zlib.decompress(tie.contents, -zlib.MAX_WBITS))  # noqa: S302 - by `pack`
    return contents


def confirmed(tie: Unconfirmed, page: Sequence[LogEvent], records: list[int], newest: int) -> bytes | None:
    """Return the tie with these records if FilterLogEvents shows it exactly as Live Tail did; None if anything differs.

    Most ties of a busy fleet are confirmed this way, in a quarter of the time it takes to unpack and match them.
    """
    count, packed = len(records), tie.packed
    digests, rest = (_TIMES.size + 8 * count * column for column in (1, 2))
    if (
        size(packed) != count
        or packed[digests:rest] != array("q", [hash(line.message) for line in page]).tobytes()
        or [content[0] for content in _contents(tie)] != [line.ingested_at for line in page]
    ):
        return None
    at, newest_known = _TIMES.unpack_from(packed)
    if newest > newest_known and not is_dated(at, newest):
        return None
    return _TIMES.pack(at, max(newest, newest_known)) + array("q", records).tobytes() + packed[digests:]


def is_dated(at: int, newest: int) -> bool:
    """Whether the times of a tie fit into its packed form: an endpoint may send any number."""
    return at >= -_FAR and newest < _FAR


def size(tie: Tie) -> int:
    """Return the number of events in a tie."""
    if isinstance(tie, OpenTie):
        return len(tie.known)
    packed = tie.packed if isinstance(tie, Unconfirmed) else tie
    columns = (len(packed) - _TIMES.size) // 8
    return (columns - 2) // 2 if _is_regular(packed) else columns // 4


def _is_regular(packed: bytes) -> bool:
    return len(packed) % 2 == 1


def times(tie: Tie) -> tuple[int, int]:
    """Return the timestamp of a tie, and the latest timestamp or ingestion time of its events."""
    if isinstance(tie, OpenTie):
        return tie.at, tie.newest
    at, newest = _TIMES.unpack_from(tie.packed if isinstance(tie, Unconfirmed) else tie)
    return at, newest


def shows(tie: bytes, records: list[int], newest: int) -> bool:
    """Whether a packed tie has exactly these records in this order, and nothing newer has arrived."""
    end = _TIMES.size + 8 * len(records)
    return (
        size(tie) == len(records)
        and tie[_TIMES.size : end] == array("q", records).tobytes()
        and newest <= _TIMES.unpack_from(tie)[1]
    )


class Memory:
    """The ties of one group, by the hash of stream and timestamp, and what is known to be forgotten.

    Forgotten are events stamped and ingested before `horizon`, and events stamped before `floor` and ingested up to
    `floor_ingested`.
    """

    __slots__ = ("_count", "_ties", "floor", "floor_ingested", "horizon")

    def __init__(self) -> None:
        self.horizon = 0
        self.floor = 0
        self.floor_ingested = 0
        self._ties: dict[int, Tie] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def has_forgotten(self, line: LogEvent) -> bool:
        """Whether the event would be forgotten if it had been published."""
        return not self.without_forgotten((line,))

    def without_forgotten(self, lines: Iterable[LogEvent]) -> list[LogEvent]:
        """Return the lines without those that would be forgotten: a whole page in a third of the time."""
        horizon, floor, floor_ingested = self.horizon, self.floor, self.floor_ingested
        return [
            line
            for line in lines
            if (newest := line.ingested_at if line.ingested_at > line.at else line.at) >= horizon
            and (line.at >= floor or newest > floor_ingested)
        ]

    def get(self, key: int) -> Tie | None:
        """Return a tie, None if it is unknown."""
        return self._ties.get(key)

    def keep(self, key: int, tie: Tie) -> None:
        """Remember a tie in its smallest form."""
        before = self._ties.get(key)
        self._count += size(tie) - (0 if before is None else size(before))
        self._ties[key] = pack(tie) if isinstance(tie, OpenTie) else tie

    def _keep_only(self, ties: dict[int, Tie]) -> None:
        self._ties = ties
        self._count = sum(map(size, ties.values()))

    def forget(self, before: int) -> None:
        """Forget events stamped and ingested before `before` (ms)."""
        if before <= self.horizon:
            return
        self.horizon = before
        self._keep_only({key: tie for key, tie in self._ties.items() if times(tie)[1] >= before})

    def limit(self, most: int, *, before: int) -> None:
        """Forget the oldest events stamped before `before` (ms), until at most `most` are remembered."""
        excess = len(self) - most
        if excess <= 0:
            return
        # A look-back gets here with each page, when most of what is remembered is too new to be forgotten.
        old = sorted((*when, size(tie)) for tie in self._ties.values() if (when := times(tie))[0] < before)
        if not old:
            return
        floor = ingested = 0
        for at, newest, count in old:
            floor = at
            if excess <= 0:
                break
            excess -= count
            ingested = max(ingested, newest)
        else:
            floor = before
        self.floor = max(self.floor, floor)
        self.floor_ingested = max(self.floor_ingested, ingested)
        self._keep_only({key: tie for key, tie in self._ties.items() if times(tie)[0] >= floor})


def newest_of(line: LogEvent) -> int:
    """Return the later of a line's timestamp and ingestion time."""
    return line.at if line.at > line.ingested_at else line.ingested_at
