"""The lines of a recording: a header, then one line per batch with the time of its arrival.

JSON, one object per line, UTF-8. A header has `format`, `version`, `program`, `region`, `scope`, `since` and `started`.
It begins a run; a file may hold several runs, one after the other. Every other line has `t` and what arrived then:

- `events` and `moved`: `[stream, at, ingested_at, rank, serial, origin, message]`, where `stream` is an index into the
  line's `streams`: `[name, log group, source]`
- `source`, `watermark`, `caught_up`, `state`, `has_given_way`: as in `Batch`
- `inventory`: its `connections` as EC2 describes them; one unchanged since the previous line is only its id; never
  contains a pre-shared key
- `marks`: `[at, text]`

Times are ms since the epoch. Default values are omitted. Unknown keys are ignored; a new meaning of a known key
requires a new version.
"""

import json
from dataclasses import dataclass
from sys import intern
from typing import Any, Final

from tui.domain.events import Origin, RawEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import ConnectionFacts, Inventory
from tui.domain.state.marks import Mark
from tui.feed.recording.json_values import Json, from_json, to_json
from tui.feed.source import Batch

FORMAT: Final = "tunnelwatch recording"
VERSION: Final = 1
_COMPACT: Final = json.JSONEncoder(separators=(",", ":")).encode


class RecordingError(Exception):
    """A recording that cannot be read or written; the message is one clear line that names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is known about a run before its first batch.

    `since` is the start of the look-back, `started` that of the run, both in ms; `scope` names what is watched besides
    the region (a profile, selectors, a scenario).
    """

    format: str = FORMAT
    version: int = VERSION
    program: str = ""
    region: str = ""
    scope: str = ""
    since: int = 0
    started: int = 0

    @property
    def t(self) -> int:
        """The start of the run, ms."""
        return self.started


@dataclass(frozen=True, slots=True)
class Recorded:
    """A batch and the time of its arrival, ms; without a batch, a time until which nothing more arrived."""

    t: int
    batch: Batch | None = None


class Encoder:
    """Turns batches into lines. It remembers the inventory of each source, so that unchanged facts are written once."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[str, ConnectionFacts]] = {}

    def header(self, header: Header) -> bytes:
        """Return the line that begins a run."""
        data = {"format": header.format, "version": header.version} | to_json(header)
        return _line(data)

    def batch(self, batch: Batch | None, *, t: int) -> bytes:
        """Return the line of a batch that arrived at `t` (ms); without a batch, the line of a moment."""
        data: Json = {"t": t}
        if batch is None:
            return _line(data)
        if batch.source:
            data["source"] = batch.source
        if batch.events or batch.moved:
            self._add_events(data, batch)
        if batch.watermark is not None:
            data["watermark"] = batch.watermark
        if batch.state is not None:
            data["state"] = to_json(batch.state)
        if batch.inventory is not None:
            data["inventory"] = self._inventory(batch.inventory, batch.source)
        if batch.caught_up:
            data["caught_up"] = True
        if batch.has_given_way:
            data["has_given_way"] = True
        if batch.marks:
            data["marks"] = [[mark.at, mark.text] for mark in batch.marks]
        return _line(data)

    def _add_events(self, data: Json, batch: Batch) -> None:
        streams: dict[tuple[str, str, str], int] = {}
        for key, events in (("events", batch.events), ("moved", batch.moved)):
            if events:
                data[key] = [
                    (
                        streams.setdefault((event.stream, event.group, event.source), len(streams)),
                        event.at,
                        event.ingested_at,
                        event.rank,
                        event.serial,
                        event.origin,
                        event.message,
                    )
                    for event in events
                ]
        data["streams"] = list(streams)

    def _inventory(self, inventory: Inventory, source: str) -> Json:
        known = self._facts.get(source, {})
        self._facts[source] = {facts.id: facts for facts in inventory.connections}
        connections = [facts.id if known.get(facts.id) == facts else to_json(facts) for facts in inventory.connections]
        return {"connections": connections, "listed": to_json(inventory.listed)}


class Decoder:
    """Turns the lines of a recording back into batches; it remembers what an `Encoder` remembers."""

    def __init__(self, facts: dict[str, dict[str, ConnectionFacts]] | None = None) -> None:
        self._facts = facts or {}

    def copy(self) -> "Decoder":
        """Return an independent decoder that continues from here."""
        return Decoder(dict(self._facts))

    def read(self, line: bytes) -> Header | Recorded:
        """Return the content of a line. Raises ValueError for a damaged line, RecordingError for a newer version."""
        try:
            data = json.loads(line)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(data, dict):
            raise ValueError("not an object")
        if "format" in data:
            return self._header(data)
        return Recorded(_instant(data.get("t")), self._batch(data) if len(data) > 1 else None)

    def _header(self, data: Json) -> Header:
        version = data.get("version")
        if data["format"] != FORMAT or type(version) is not int:
            raise ValueError("another format")
        if version > VERSION:
            raise RecordingError(
                f"written by a newer tunnelwatch (format {min(version, 9_999)}, this one reads up to {VERSION}); "
                "update tunnelwatch"
            )
        self._facts = {}
        header = from_json(Header, data)
        _instant(header.started), _instant(header.since)
        return header

    def _batch(self, data: Json) -> Batch:
        try:
            streams = [(intern(name), intern(group), intern(of)) for name, group, of in data.get("streams", ())]
            source = intern(data.get("source", ""))
            return Batch(
                _events(data.get("events", ()), streams),
                _events(data.get("moved", ()), streams),
                _instant(data["watermark"]) if "watermark" in data else None,
                from_json(FeedState, data["state"]) if "state" in data else None,
                self._inventory(data["inventory"], source) if "inventory" in data else None,
                data.get("caught_up") is True,
                source,
                tuple(Mark(_instant(at), text + "") for at, text in data.get("marks", ())),
                has_given_way=data.get("has_given_way") is True,
            )
        except (AttributeError, LookupError, TypeError) as wrong:
            raise ValueError(str(wrong)) from None

    def _inventory(self, data: Json, source: str) -> Inventory:
        known = self._facts.get(source, {})
        # The facts for an id may have been in a lost line: the connection exists all the same.
        connections = [
            (known.get(facts) or ConnectionFacts(facts))
            if isinstance(facts, str)
            else from_json(ConnectionFacts, facts)
            for facts in data["connections"]
        ]
        self._facts[source] = {facts.id: facts for facts in connections}
        listed = tuple((connection + "", outside_ip + "") for connection, outside_ip in data.get("listed", ()))
        return Inventory(tuple(connections), listed)


def _events(rows: Any, streams: list[tuple[str, str, str]]) -> tuple[RawEvent, ...]:
    events = []
    for index, at, ingested_at, rank, serial, origin, message in rows:
        if type(rank + serial) is not int:
            raise ValueError("an event without its place")
        stream, group, source = streams[index]
        at, ingested_at = _instant(at), _instant(ingested_at)
        events.append(RawEvent(stream, at, ingested_at, message + "", group, _ORIGINS[origin], serial, rank, source))
    return tuple(events)


_ORIGINS: Final = {origin.value: origin for origin in Origin}


def _instant(value: object) -> int:
    """Return a time, ms; raises ValueError if it is not a time, or beyond the years of a calendar."""
    if type(value) is not int or not 0 <= value <= _LAST_INSTANT:
        raise ValueError(f"{value!r:.40} is not a time")
    return value


_LAST_INSTANT: Final = 253_402_300_799_999


def _line(data: Json) -> bytes:
    return _COMPACT(data).encode() + b"\n"
