"""Divides a log group by stream name, so that several Live Tail sessions share its events."""

import heapq
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

MOST_PREFIXES: Final = 100
"""The maximum number of stream prefixes in StartLiveTail, which allows them for a single log group only."""
_FINENESS: Final = 4
"""The minimum number of parts per shard: more make the loads more even, and the requests longer."""
_HEX: Final = "0123456789abcdef"
_INSIDE_ID: Final = re.compile(r"vpn-[0-9a-f]{0,16}")

Shard = tuple[str, ...]
"""The prefixes of one session."""


def divide(loads: Mapping[str, float], count: int, *, roots: Sequence[str] = ()) -> tuple[Shard, ...]:
    """Return up to `count` shards of about equal load that cover all streams of `loads`, each once.

    `roots` are the prefixes of what is watched; without any, everything that begins like the streams. Where connection
    ids are distinguished, the prefixes also cover ids not seen yet, so that a new connection's stream is live, too. A
    stream that is too much for one session is not divided: then there are fewer shards.
    """
    parts = _split_heaviest(_roots(loads, roots, most=count * MOST_PREFIXES), count)
    bins: list[tuple[float, list[str]]] = [(0.0, []) for _ in range(count)]
    for load, prefix, _ in sorted(parts, key=lambda part: (-part[0], part[1])):
        index = min(
            (index for index in range(count) if len(bins[index][1]) < MOST_PREFIXES),
            key=lambda index: (bins[index][0], len(bins[index][1])),
        )
        bins[index] = (bins[index][0] + load, [*bins[index][1], prefix])
    return tuple(tuple(sorted(prefixes)) for _, prefixes in bins if prefixes)


_Part = tuple[float, str, Mapping[str, float]]
"""The load of a prefix, the prefix, and the streams that begin with it."""


def _roots(loads: Mapping[str, float], roots: Sequence[str], *, most: int) -> list[_Part]:
    if not roots or len(roots) > most:
        roots = [_common_start(loads)]
    return [_part(root, loads) for root in roots]


def _part(prefix: str, loads: Mapping[str, float]) -> _Part:
    below = {stream: load for stream, load in loads.items() if stream.startswith(prefix)}
    return sum(below.values()), prefix, below


def _split_heaviest(parts: list[_Part], count: int) -> list[_Part]:
    """Split the heaviest part repeatedly, until the parts are small enough for shards of equal load."""
    enough = sum(load for load, _, _ in parts) / (count * _FINENESS)
    heap = [(-load, prefix, below) for load, prefix, below in parts]
    heapq.heapify(heap)
    done: list[_Part] = []
    while heap:
        load, prefix, below = heapq.heappop(heap)
        smaller = _split(prefix, below) if -load > enough or len(heap) + len(done) + 1 < count else []
        if smaller and len(heap) + len(done) + len(smaller) <= count * MOST_PREFIXES:
            for part in smaller:
                heapq.heappush(heap, (-part[0], part[1], part[2]))
        else:
            done.append((-load, prefix, below))
    return done


def _split(prefix: str, below: Mapping[str, float]) -> list[_Part]:
    """Return the parts of a prefix by the next character that distinguishes its streams; none if there is none."""
    start = _common_start(below)
    if len(below) < 2 or start in below:  # no prefix distinguishes a stream from one with a longer name
        return []
    following = {stream[len(start)] for stream in below}
    if _INSIDE_ID.fullmatch(start):
        following.update(_HEX)
    return [_part(start + character, below) for character in sorted(following)]


def _common_start(names: Collection[str]) -> str:
    """Return the common prefix of all names."""
    if not names:
        return ""
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    return first[: next((index for index, (one, other) in pairs if one != other), min(len(first), len(last)))]
