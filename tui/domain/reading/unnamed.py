"""Parses deliveries in `plain` format: values without names, in an order and with a delimiter chosen by the operator.

The form of a value identifies its field: the words true and false, the four state words, a time, a BGP record's type
and status, its resource. They surround a single text. Of two values alike, the documented order decides: DPD before
NAT-T, phase 1 before phase 2; a single one could be either and is ignored.
https://docs.aws.amazon.com/vpn/latest/s2svpn/log-contents.html
"""

import re
from functools import cache
from typing import Final

_ISO: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
_KINDS: Final = {
    "time": rf"{_ISO}|\d{{10}}(?:\d{{3}})?(?:\.\d{{1,9}})?",
    "truth": r"true|false",
    "type": r"BGPStatus|RouteStatus",
    "status": r"UP|ADVERTISED|UPDATED|WITHDRAWN",
    "state": r"established|rekeying|negotiating|down",
    "resource": r"vpn-[0-9a-f]{8,17}_[0-9a-z.:_-]{2,64}(?<!\.log)",
    "missing": r"-|null|none",
}
_KNOWN: Final = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items())
# Between delimiters that a text does not contain, a lone word is a value, too, even if unknown.
_WORD: Final = r"|(?P<word>[a-z][a-z_-]{0,31})"
_DELIMITERS: Final = "\t|;,"
_MOST: Final = {"truth": 2, "state": 2, "time": 3, "type": 1, "status": 1, "resource": 1}
_FEWEST: Final = 2
"""The fewest states and booleans that identify a delivery: any sentence may begin with a state word."""
BGP_WORDS: Final = ("AWS-side peer", "DENIED due to")
"""The beginnings of messages that only the BGP log has."""


# Compiled on the first line of values, which few logs have: at import these expressions would cost 15 ms.
@cache
def _first() -> re.Pattern[str]:
    return re.compile(rf"(?:^|[{_DELIMITERS}])\s*[\"']?(?:{_KNOWN})[\"']?\s*([{_DELIMITERS}])", re.IGNORECASE)


@cache
def _last() -> re.Pattern[str]:
    return re.compile(rf"([{_DELIMITERS}])\s*[\"']?(?:{_KNOWN})[\"']?\s*$", re.IGNORECASE)


@cache
def _edges(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns that take a value from the start and from the end of a line."""
    values, between = (_KNOWN + _WORD, rf"\s*{re.escape(delimiter)}\s*") if delimiter else (_KNOWN, r"\s+")
    before = "" if delimiter else r"(?<!\bis)"  # "Phase 1 SA is established" does not end in a value
    return (
        re.compile(rf"[\"']?(?:{values})[\"']?(?:{between}|$)", re.IGNORECASE),
        re.compile(rf"(?:^|{before}{between})[\"']?(?:{values})[\"']?$", re.IGNORECASE),
    )


def read_values(line: str) -> dict[str, object] | None:
    """Return the fields of a line of values, by `parse`'s field names; None if it is not such a line."""
    line = line.strip()
    delimiter = _delimiter(line)
    text, values = _taken(line, delimiter)
    kinds = [kind for kind, _ in values]
    if "type" in kinds or ("status" in kinds and text) or (kinds and any(word in text for word in BGP_WORDS)):
        return _bgp_fields(values, text)
    if ("time" in kinds and text) or sum(kind in ("truth", "state") for kind in kinds) >= _FEWEST:
        return _ike_fields(values, text)
    return None


def _delimiter(line: str) -> str:
    first = _first().search(line)
    if first:
        return first[first.lastindex or 0]
    last = _last().search(line[-120:])
    return last[1] if last else ""


def _taken(line: str, delimiter: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the text of a line, and the (kind, value) pairs around it in order."""
    from_start, from_end = _edges(delimiter)
    left: list[tuple[str, str]] = []
    right: list[tuple[str, str]] = []
    while (match := from_start.match(line)) and _has_room(match, left + right):
        left.append(_pair(match))
        line = line[match.end() :]
    while (match := from_end.search(line[-120:])) and _has_room(match, left + right):
        right.append(_pair(match))
        line = line[: len(line) - len(match[0])]
    return line.strip(" \t\r\n" + delimiter), left + right[::-1]


def _pair(match: re.Match[str]) -> tuple[str, str]:
    kind = match.lastgroup or ""
    return kind, match[kind]


def _has_room(match: re.Match[str], values: list[tuple[str, str]]) -> bool:
    kind, _ = _pair(match)
    return sum(1 for known, _ in values if known == kind) < _MOST.get(kind, 8)


def _ike_fields(values: list[tuple[str, str]], text: str) -> dict[str, object]:
    truths = [value for kind, value in values if kind == "truth"]
    states = [value for kind, value in values if kind == "state"]
    words = [value for kind, value in values if kind == "word"]
    if words and len(states) + len(words) == 2:  # one phase is in a state unknown to us
        states = [value for kind, value in values if kind in ("state", "word")]
    elif words and len(truths) + len(words) == 2:
        truths = [value for kind, value in values if kind in ("truth", "word")]
    fields: dict[str, object] = {"details": text}
    if len(truths) == 2:
        fields |= {"dpd": truths[0], "nat": truths[1]}
    if len(states) == 2:
        fields |= {"phase1": states[0], "phase2": states[1]}
    return fields


def _bgp_fields(values: list[tuple[str, str]], text: str) -> dict[str, object]:
    named = dict(values)
    status = named.get("status") or named.get("state") or named.get("word")
    fields = {"type": named.get("type"), "status": status, "resource": named.get("resource"), "message": text or None}
    return {name: value for name, value in fields.items() if value is not None}
