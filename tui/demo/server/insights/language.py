"""A Logs Insights query: `fields`, `filter`, `parse`, `stats`, `sort`, `limit` and `dedup`, one after the other.

Source: CloudWatch Logs user guide, "CloudWatch Logs Insights query syntax". Unsupported parts of the language are
refused as malformed rather than misread.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from tui.demo.server.insights.aggregates import read_aggregate, read_key
from tui.demo.server.insights.expressions import (
    Get,
    Words,
    read_condition,
    read_field,
    read_pattern,
    read_value,
    sort_key,
)
from tui.demo.server.insights.records import Record, Value
from tui.demo.server.insights.tokens import Token

Stage = Callable[[Iterable[Record]], Iterable[Record]]

_DEFAULT_FIELDS: Final = ("@timestamp", "@message")


@dataclass(slots=True)
class Query:
    """A parsed query. The `selecting` stages take records one by one; the `arranging` stages need all of them."""

    selecting: list[Stage] = field(default_factory=list)
    arranging: list[Stage] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """The fields of the result."""
    has_order: bool = False
    """Whether the query orders its rows; otherwise events are sorted by time, newest first."""
    is_summary: bool = False
    """Whether its rows come from `stats`, and therefore point to no event."""
    streams: frozenset[str] | None = None
    """The streams named by a filter, which the index on @logStream serves; None if no filter names any."""

    def select(self, records: Iterable[Record]) -> list[Record]:
        """Return the records that match."""
        for stage in self.selecting:
            records = stage(records)
        return list(records)

    def rows(self, matching: Sequence[Record], limit: int) -> list[dict[str, str]]:
        """Return at most `limit` rows of the result; a row lacks the fields that its record lacks."""
        records: Iterable[Record] = matching
        for stage in self.arranging:
            records = stage(records)
        if not self.has_order:
            records = _newest_first(records)
        return [self._row(record) for record in islice(records, limit)]

    def _row(self, record: Record) -> dict[str, str]:
        names = self.shown or _DEFAULT_FIELDS
        row = {name: _shown(value) for name in names if (value := record[name]) is not None}
        return row if self.is_summary else row | {"@ptr": record.pointer}


def _newest_first(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda record: sort_key(record["@timestamp"]), reverse=True)


def _key(get: Get, record: Record) -> tuple[int, float, str]:
    return sort_key(get(record))


def _shown(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def read_query(text: str) -> Query:
    """Return the parsed query; raises ApiError (MalformedQueryException) with the position that cannot be parsed."""
    words, query = Words(text), Query()
    while True:
        command = words.take("name", expected="a command").text.lower()
        if command not in _COMMANDS:
            token = words.since(words.position - 1)[0]
            words.refuse_at(
                token, f"the command {token.text!r} is not supported here; known are {', '.join(_COMMANDS)}"
            )
        _COMMANDS[command](words, query)
        if words.next.kind == "end":
            return query
        words.expect("|")


def _fields(words: Words, query: Query) -> None:
    """Parse `fields`; several of them add up."""
    while True:
        name, get = read_key(words)
        query.shown = [*(shown for shown in query.shown if shown != name), name]
        _stages(query).append(partial(_with_field, name=name, get=get))
        if not words.takes(","):
            return


def _with_field(records: Iterable[Record], name: str, get: Get) -> Iterator[Record]:
    for record in records:
        record.fields[name] = get(record)
        yield record


def _filter(words: Words, query: Query) -> None:
    start = words.position
    condition = read_condition(words)
    _stages(query).append(lambda records: filter(condition, records))
    query.streams = _streams_named(words.since(start)) or query.streams


def _streams_named(tokens: Sequence[Token]) -> frozenset[str] | None:
    """Return the streams if the whole filter is `@logStream in [...]` or `@logStream = "..."`, else None."""
    if len(tokens) < 3 or tokens[0].text != "@logStream" or tokens[1].text.lower() not in ("in", "="):
        return None
    if any(token.kind != "text" and token.text not in "[,]" for token in tokens[2:]):
        return None
    return frozenset(token.text for token in tokens[2:] if token.kind == "text")


def _parse(words: Words, query: Query) -> None:
    """Parse `parse [field] "glob * of *" as a, b`, or `parse /regex/`, whose groups name the fields."""
    get = read_field(words) if words.next.kind == "name" else _message
    token = words.take("text", "regex", expected="a text with * or /an expression/")
    if token.kind == "regex":
        pattern = read_pattern(token)
        names = list(pattern.groupindex)
    else:
        parts = (re.escape(part) for part in token.text.split("*"))
        # The last wildcard is greedy, the others are as short as possible.
        pattern = re.compile("(.*?)".join(parts) + ("$" if token.text.endswith("*") else ""), re.DOTALL)
        words.expect("as")
        names = [words.take("name", expected="a name").text]
        while words.takes(","):
            names.append(words.take("name", expected="a name").text)
        if len(names) != token.text.count("*"):
            words.refuse_at(token, f"{token.text.count('*')} wildcards and {len(names)} names")
    _stages(query).append(lambda records: _parsed(records, get, pattern, names))


def _message(record: Record) -> str:
    return str(record["@message"])


def _parsed(records: Iterable[Record], get: Get, pattern: re.Pattern[str], names: Sequence[str]) -> Iterator[Record]:
    for record in records:
        match = pattern.search(str(get(record) or ""))
        if match is not None:
            groups = match.groupdict() if pattern.groupindex else dict(zip(names, match.groups(), strict=True))
            record.fields |= {name: value for name, value in groups.items() if value is not None}
        yield record


def _stats(words: Words, query: Query) -> None:
    aggregates = [read_aggregate(words)]
    while words.takes(","):
        aggregates.append(read_aggregate(words))
    keys = []
    if words.takes("by"):
        keys.append(read_key(words))
        while words.takes(","):
            keys.append(read_key(words))

    def grouped(records: Iterable[Record]) -> Iterator[Record]:
        groups: dict[tuple[Value, ...], list[Record]] = {} if keys else {(): []}
        for record in records:
            groups.setdefault(tuple(get(record) for _, get in keys), []).append(record)
        for values, members in groups.items():
            row = {name: value for (name, _), value in zip(keys, values, strict=True)}
            yield Record(row | {aggregate.name: aggregate.of(members) for aggregate in aggregates})

    query.arranging.append(grouped)
    query.shown = [*(name for name, _ in keys), *(aggregate.name for aggregate in aggregates)]
    query.is_summary = query.has_order = True


def _sort(words: Words, query: Query) -> None:
    orders: list[tuple[Get, bool]] = []
    while True:
        get = read_value(words)
        descending = words.takes("desc")
        if not descending:
            words.takes("asc")
        orders.append((get, descending))
        if not words.takes(","):
            break

    def in_order(records: Iterable[Record]) -> Iterable[Record]:
        ordered = list(records)
        for get, descending in reversed(orders):
            ordered.sort(key=partial(_key, get), reverse=descending)
        return ordered

    query.arranging.append(in_order)
    query.has_order = True


def _limit(words: Words, query: Query) -> None:
    token = words.take("number", expected="a number of rows")
    if not token.text.isdecimal() or not 1 <= int(token.text) <= 100_000:
        words.refuse_at(token, "a limit is between 1 and 100000")
    count = int(token.text)
    _put_in_order(query)
    query.arranging.append(lambda records: islice(records, count))


def _dedup(words: Words, query: Query) -> None:
    """Parse `dedup a, b`: of the records with the same values, keep the first in the current order."""
    gets = [read_field(words)]
    while words.takes(","):
        gets.append(read_field(words))
    _put_in_order(query)

    def first_of_each(records: Iterable[Record]) -> Iterator[Record]:
        known: set[tuple[str, ...]] = set()
        for record in records:
            key = tuple(str(get(record)) for get in gets)
            if key not in known:
                known.add(key)
                yield record

    query.arranging.append(first_of_each)


def _put_in_order(query: Query) -> None:
    if not query.has_order:
        query.arranging.append(_newest_first)
        query.has_order = True


def _stages(query: Query) -> list[Stage]:
    return query.arranging or query.selecting


_COMMANDS: Final[dict[str, Callable[[Words, Query], None]]] = {
    "fields": _fields,
    "filter": _filter,
    "parse": _parse,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "dedup": _dedup,
}
