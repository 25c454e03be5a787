"""The functions of `stats`; each computes one value from the records of a group."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tui.demo.server.insights.expressions import Get, Words, number_of, read_field, read_value, sort_key
from tui.demo.server.insights.records import Record, Value


class Aggregate(NamedTuple):
    """A function of `stats` applied to its field, and the name of its result."""

    name: str
    of: Callable[[Sequence[Record]], Value]


def read_aggregate(words: Words) -> Aggregate:
    """Return the next aggregate, such as `count(*) as lines`."""
    start = words.position
    function = words.take("name", expected="a function of stats").text.lower()
    if function not in _FUNCTIONS:
        words.refuse(f"the function {function!r} is not supported here; known are {', '.join(_FUNCTIONS)}")
    get = _argument(words, function)
    name = "".join(token.text for token in words.since(start))
    if words.takes("as"):
        name = words.take("name", expected="a name").text
    compute = _FUNCTIONS[function]
    return Aggregate(name, lambda records: compute(records, get))


def _argument(words: Words, function: str) -> Get:
    if function == "count" and words.next.text != "(":
        return _anything
    words.expect("(")
    if function == "count" and (words.takes("*") or words.next.text == ")"):
        get: Get = _anything
    else:
        get = read_field(words)
    words.expect(")")
    return get


def _anything(record: Record) -> Value:
    return 1


def read_key(words: Words) -> tuple[str, Get]:
    """Return the name and value of a `stats … by` key: a field or `bin(5m)`, with or without an alias."""
    start = words.position
    get = read_value(words)
    name = "".join(token.text for token in words.since(start))
    if words.takes("as"):
        name = words.take("name", expected="a name").text
    return name, get


def _numbers(records: Sequence[Record], get: Get) -> list[float]:
    return [number for record in records if (number := number_of(get(record))) is not None]


def _present(records: Sequence[Record], get: Get) -> list[Value]:
    return [value for record in records if (value := get(record)) is not None]


def _average(records: Sequence[Record], get: Get) -> Value:
    numbers = _numbers(records, get)
    return sum(numbers) / len(numbers) if numbers else None


def _time_of(record: Record) -> tuple[int, float, str]:
    return sort_key(record["@timestamp"])


def _earliest(records: Sequence[Record], get: Get) -> Value:
    return next((value for record in sorted(records, key=_time_of) if (value := get(record)) is not None), None)


def _latest(records: Sequence[Record], get: Get) -> Value:
    newest_first = sorted(records, key=_time_of, reverse=True)
    return next((value for record in newest_first if (value := get(record)) is not None), None)


_FUNCTIONS: Final[dict[str, Callable[[Sequence[Record], Get], Value]]] = {
    "count": lambda records, get: len(_present(records, get)),
    "count_distinct": lambda records, get: len(set(map(str, _present(records, get)))),
    "sum": lambda records, get: sum(_numbers(records, get)),
    "avg": _average,
    "min": lambda records, get: min(_present(records, get), key=sort_key, default=None),
    "max": lambda records, get: max(_present(records, get), key=sort_key, default=None),
    "earliest": _earliest,
    "latest": _latest,
}
