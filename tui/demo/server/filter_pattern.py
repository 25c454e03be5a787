"""Filter patterns of CloudWatch Logs: terms, `"a phrase"`, `?either ?or`, `-without`, and `{ $.field = "value" }`.

Source: CloudWatch Logs user guide, "Filter pattern syntax". Regular expressions (`%…%`) and space-delimited patterns
(`[a, b]`) are not supported; like undocumented syntax, they are refused rather than misread.
"""

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from tui.demo.server.errors import ApiError, invalid_parameter

Matcher = Callable[[str], bool]
"""Whether a message matches."""

Condition = Callable[[object], bool]
"""Whether a value of a JSON message matches."""

_ABSENT: Final = object()
_TERM = re.compile(r'\s*(?P<sign>[?-]?)(?P<text>"(?:[^"\\]|\\.)*"|[^\s"]+)(?=\s|$)')
_TOKEN = re.compile(
    r"""\s*(?:(?P<selector>\$(?:\.[A-Za-z0-9_-]+|\[\d+\])+)|(?P<mark>&&|\|\||!=|<=|>=|[=<>()])"""
    r"""|(?P<phrase>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z0-9_.*/:-]+))"""
)
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]")
_ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_STATES: Final[dict[str, Condition]] = {
    "NULL": lambda value: value is None,
    "TRUE": lambda value: value is True,
    "FALSE": lambda value: value is False,
}


def compile_pattern(pattern: str) -> Matcher | None:
    """Return the matcher of a filter pattern, None for an empty one, which matches all; raises ApiError if invalid."""
    pattern = pattern.strip()
    if not pattern:
        return None
    if pattern[0] == "{":
        try:
            condition = _JsonPattern(pattern).read()
        except RecursionError:
            raise _invalid("its parentheses are nested too deep") from None
        return lambda message: _holds(condition, message)
    if pattern[0] in "[%":
        raise _invalid("regular expressions and space-delimited patterns are not supported here")
    return _terms(pattern)


def _invalid(reason: str) -> ApiError:
    return invalid_parameter(f"Invalid filter pattern: {reason}")


def _terms(pattern: str) -> Matcher:
    required: list[str] = []
    alternatives: list[str] = []
    excluded: list[str] = []
    by_sign = {"": required, "?": alternatives, "-": excluded}
    position = 0
    while position < len(pattern):
        term = _TERM.match(pattern, position)
        if term is None:
            raise _invalid(f"cannot read {pattern[position : position + 32]!r}")
        by_sign[term["sign"]].append(_unquoted(term["text"]))
        position = term.end()
    if alternatives and (required or excluded):
        raise _invalid("terms with ? cannot be combined with other terms")
    if alternatives:
        return lambda message: any(text in message for text in alternatives)
    return lambda message: all(text in message for text in required) and not any(text in message for text in excluded)


def _unquoted(term: str) -> str:
    return re.sub(r"\\(.)", r"\1", term[1:-1]) if term[0] == '"' else term


def _holds(condition: Condition, message: str) -> bool:
    try:
        data = json.loads(message)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and condition(data)


class _JsonPattern:
    """Parses `{ … }`: `||` binds weaker than `&&`, parentheses group."""

    def __init__(self, pattern: str) -> None:
        if not pattern.endswith("}"):
            raise _invalid("it does not end in }")
        self._tokens = [*_tokens(pattern[1:-1]), ("end", "")]
        self._at = 0

    def read(self) -> Condition:
        condition = self._either()
        if self._tokens[self._at][0] != "end":
            raise _invalid(f"{self._tokens[self._at][1]!r} is not expected")
        return condition

    def _take(self, text: str) -> bool:
        if self._tokens[self._at][1] == text and self._tokens[self._at][0] != "phrase":
            self._at += 1
            return True
        return False

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        if token[0] == "end":
            raise _invalid("it ends too early")
        self._at += 1
        return token

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._take("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda data: any(part(data) for part in parts)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._take("&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda data: all(part(data) for part in parts)

    def _single(self) -> Condition:
        if self._take("("):
            condition = self._either()
            if not self._take(")"):
                raise _invalid("a ) is missing")
            return condition
        kind, selector = self._next()
        if kind != "selector":
            raise _invalid(f"a selector such as $.field is expected, not {selector!r}")
        test = self._test()
        steps = [name or int(index) for name, index in _STEP.findall(selector)]
        return lambda data: test(_select(data, steps))

    def _test(self) -> Condition:
        _, operator = self._next()
        if operator == "IS":
            _, name = self._next()
            if name not in _STATES:
                raise _invalid("IS is followed by NULL, TRUE or FALSE")
            return _STATES[name]
        if operator == "EXISTS":
            return lambda value: value is not _ABSENT
        if operator == "NOT" and self._take("EXISTS"):
            return lambda value: value is _ABSENT
        kind, operand = self._next()
        if operator in _ORDERS:
            return _ordered(_ORDERS[operator], operand)
        if operator not in ("=", "!=") or kind not in ("word", "phrase"):
            raise _invalid(f"{operator!r} {operand!r} is not a comparison")
        equal = _equals(_unquoted(operand))
        return equal if operator == "=" else lambda value: value is not _ABSENT and not equal(value)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the text of each token; the kinds are the group names of `_TOKEN`."""
    position, end = 0, len(text.rstrip())
    while position < end:
        token = _TOKEN.match(text, position)
        if token is None or token.lastgroup is None:
            raise _invalid(f"cannot read {text[position : position + 32].strip()!r}")
        yield token.lastgroup, token[token.lastgroup]
        position = token.end()


def _select(data: object, steps: list[str | int]) -> object:
    for step in steps:
        if isinstance(data, dict):
            data = data.get(step, _ABSENT)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return _ABSENT
    return data


def _equals(operand: str) -> Condition:
    number = _number(operand)
    glob = re.sub(r"([\[?])", r"[\1]", operand)  # fnmatch's other wildcards are literal characters here

    def equal(value: object) -> bool:
        if isinstance(value, str):
            return fnmatchcase(value, glob)
        return number is not None and not isinstance(value, bool) and isinstance(value, int | float) and value == number

    return equal


def _ordered(order: Callable[[float, float], bool], operand: str) -> Condition:
    number = _number(operand)
    if number is None:
        raise _invalid(f"{operand!r} is not a number")
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and order(value, number)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
