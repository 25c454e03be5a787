"""The conditions and values of a Logs Insights query, parsed into functions of a record.

A comparison with a field that the record lacks is false, and so is `like`; their negations are true.
"""

import operator
import re
from collections.abc import Callable
from functools import partial
from typing import Final, NoReturn

from tui.demo.server.insights.records import Instant, Record, Value
from tui.demo.server.insights.tokens import Token, refuse, tokens

Get = Callable[[Record], Value]
"""Returns a value of a record."""

Condition = Callable[[Record], bool]

_ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_UNITS: Final = {
    "ms": 1,
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}


class Words:
    """The words of a query, consumed from the front."""

    def __init__(self, query: str) -> None:
        self._tokens = list(tokens(query))
        self._at = 0

    @property
    def next(self) -> Token:
        """The next word."""
        return self._tokens[self._at]

    @property
    def position(self) -> int:
        """The number of words consumed."""
        return self._at

    def since(self, position: int) -> list[Token]:
        """Return the words consumed since `position`."""
        return self._tokens[position : self._at]

    def take(self, *kinds: str, expected: str = "") -> Token:
        """Consume and return the next word, which must be of one of these kinds; `expected` names it in the error."""
        token = self.next
        if kinds and token.kind not in kinds:
            self.refuse(f"unexpected {token.text!r}, expecting {expected or ' or '.join(kinds)}")
        self._at += token.kind != "end"
        return token

    def takes(self, text: str) -> bool:
        """Consume the next word if it is this sign or keyword; return whether it was."""
        token = self.next
        if token.kind in ("sign", "name") and token.text.lower() == text:
            self._at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Consume this sign or keyword; raises ApiError if something else follows."""
        if not self.takes(text):
            self.refuse(f"unexpected {self.next.text!r}, expecting {text!r}")

    def refuse(self, reason: str) -> NoReturn:
        """Raise the error for a query that cannot be parsed at the next word."""
        self.refuse_at(self.next, reason)

    def refuse_at(self, token: Token, reason: str) -> NoReturn:
        """Raise the error for a query that cannot be parsed at that word."""
        refuse(reason, token.start, token.end)


def read_condition(words: Words) -> Condition:
    """Return the next condition; `or` binds weaker than `and`, `not` strongest."""
    parts = [_both(words)]
    while words.takes("or"):
        parts.append(_both(words))
    return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)


def _both(words: Words) -> Condition:
    parts = [_single(words)]
    while words.takes("and"):
        parts.append(_single(words))
    return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)


def _single(words: Words) -> Condition:
    if words.takes("not"):
        return _negated(_single(words))
    if words.takes("("):
        condition = read_condition(words)
        words.expect(")")
        return condition
    if words.next.text.lower() == "ispresent":
        words.take()
        words.expect("(")
        get = read_field(words)
        words.expect(")")
        return lambda record: get(record) is not None
    return _comparison(words, read_value(words))


def _negated(condition: Condition) -> Condition:
    return lambda record: not condition(record)


def _comparison(words: Words, left: Get) -> Condition:
    if words.takes("not"):
        return _negated(_membership(words, left))
    if words.next.text.lower() in ("like", "in"):
        return _membership(words, left)
    sign = words.take("sign", expected="a comparison").text
    if sign == "=~":
        return _like(words, left)
    if sign not in ("=", "!=", *_ORDERS):
        refuse(f"{sign!r} is no comparison", words.next.start, words.next.end)
    right = read_value(words)
    if sign in _ORDERS:
        return lambda record: _ordered(_ORDERS[sign], left(record), right(record))
    equal: Condition = lambda record: _equal(left(record), right(record))  # noqa: E731 - used twice
    return equal if sign == "=" else _negated(equal)


def _membership(words: Words, left: Get) -> Condition:
    if words.takes("like"):
        return _like(words, left)
    words.expect("in")
    words.expect("[")
    items = [read_value(words)]
    while words.takes(","):
        items.append(read_value(words))
    words.expect("]")
    return lambda record: any(_equal(left(record), item(record)) for item in items)


def _like(words: Words, left: Get) -> Condition:
    token = words.take("text", "regex", expected="a text or /an expression/")
    if token.kind == "text":
        return lambda record: (value := left(record)) is not None and token.text in str(value)
    pattern = read_pattern(token)
    return lambda record: (value := left(record)) is not None and pattern.search(str(value)) is not None


def read_pattern(token: Token) -> re.Pattern[str]:
    """Return the compiled regular expression of a word; named groups are written `(?<name>…)`."""
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", token.text))
    except re.error as wrong:
        refuse(f"invalid regular expression: {wrong}", token.start, token.end)


def read_value(words: Words) -> Get:
    """Return the next value: a text, a number, `bin(…)` or a field."""
    token = words.next
    if token.kind == "text":
        text = words.take().text
        return lambda record: text
    if token.kind == "number":
        number = float(words.take().text)
        return lambda record: number
    if token.text.lower() == "bin":
        words.take()
        words.expect("(")
        step = read_span(words.take("span", expected="a span such as 5m"))
        words.expect(")")
        return partial(_bin, step)
    return read_field(words)


def read_span(token: Token) -> int:
    """Return the length in ms of a span such as `5m`."""
    number, unit = re.findall(r"\d+|\D+", token.text)
    if unit not in _UNITS or not int(number):
        refuse(f"{token.text!r} is no span that is supported here", token.start, token.end)
    return int(number) * _UNITS[unit]


def _bin(step: int, record: Record) -> Value:
    at = record["@timestamp"]
    return Instant(at - at % step) if isinstance(at, int) else None


def read_field(words: Words) -> Get:
    """Return the next field."""
    token = words.take("name", expected="a field")
    if words.next.text == "(":
        refuse(f"the function {token.text} is not supported here", token.start, token.end)
    name = token.text
    return lambda record: record[name]


def number_of(value: Value) -> float | None:
    """Return a value as a number, None if it is not one."""
    if isinstance(value, int | float):
        return value
    try:
        return float(value or "")
    except ValueError:
        return None


def _equal(left: Value, right: Value) -> bool:
    if left is None or right is None:
        return False
    a, b = number_of(left), number_of(right)
    return a == b if a is not None and b is not None else str(left) == str(right)


def _ordered(order: Callable[[float, float], bool], left: Value, right: Value) -> bool:
    a, b = number_of(left), number_of(right)
    return a is not None and b is not None and order(a, b)


def sort_key(value: Value) -> tuple[int, float, str]:
    """Return the sort key of a value: missing values come first, then numbers, then texts."""
    number = number_of(value)
    if value is None:
        return 0, 0.0, ""
    return (1, number, "") if number is not None else (2, 0.0, str(value))
