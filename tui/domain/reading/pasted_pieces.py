"""Splits pasted text into pieces: lines that belong together, as one text or one decoded object.

An object may be pretty-printed, wrapped by a terminal or truncated; a record may have one field per line; a row may
belong to a CSV file with a header.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tui.domain.reading.parse import BGP_NAMES, IKE_NAMES

_MOST_HELD: Final = 200_000
"""The most lines of one object that are held until it ends."""
_MOST_WRAPPED: Final = 8
"""The most lines over which a terminal or a chat may have wrapped one record."""
_LONGEST_ROW: Final = 300_000

_OPENING = re.compile(r"[{\[]\s*(?:[\"'{\[]|$|\w+\s*:)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)')
_NAME = re.compile(rf"[\s\-*]*[\"']?(?<![A-Za-z0-9_])(?P<name>{IKE_NAMES}|{BGP_NAMES})[\"']?\s*[:=]", re.IGNORECASE)
IKE_STATE = re.compile(r"phase_?[12]_?state", re.IGNORECASE)
_MESSAGE_NAMES: Final = frozenset({"details", "vpnlogdetail", "message"})
_HEADER_CELL = re.compile(r"@?[A-Za-z][\w. ]{0,40}")
_MESSAGE_COLUMNS: Final = ("@message", "message")
RECORD_COLUMNS: Final = frozenset({"details", "vpnlogdetail"})


class Lines:
    """An iterator over lines that can be put back and read again."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._returned: list[str] = []

    def __iter__(self) -> Iterator[str]:
        while True:
            if self._returned:
                yield self._returned.pop()
            elif (line := next(self._lines, None)) is not None:
                yield _plain(line.rstrip("\r\n"))
            else:
                return

    def put_back(self, lines: Iterable[str]) -> None:
        """Make these the next lines."""
        self._returned.extend(reversed(list(lines)))


def _plain(line: str) -> str:
    """Return a line without the marks of mail programs and ticket systems: quoting, curly quotes, HTML entities."""
    if line.isascii() and "&" not in line and not line.startswith(">"):
        return line
    line = _QUOTE_MARKS.sub("", line).replace("\u00a0", " ")
    if "{" in line or "}" in line:
        line = line.translate(_CURLY_QUOTES)
    for entity, character in _ENTITIES.items():
        line = line.replace(entity, character)
    return line


_QUOTE_MARKS: Final = re.compile(r"(?:>\s?)+")
_CURLY_QUOTES: Final = dict.fromkeys(map(ord, "“”„‟"), '"')
_ENTITIES: Final = {"&quot;": '"', "&#34;": '"', "&#39;": "'", "&gt;": ">", "&lt;": "<", "&amp;": "&"}


def pieces(lines: Lines) -> Iterator[object]:
    """Yield the pieces: decoded objects and lists, and texts."""
    for line in lines:
        start = line.strip()
        if (decoded := _decoded(start)) is not None:
            yield decoded
        elif _OPENING.match(start) and _depth(start) > 0:
            yield from _object_over_lines(line, lines)
        elif header := _header(start):
            yield from _rows(header, lines)
        elif name := _field_name(line):
            yield from _fields_over_lines(line, name, lines)
        elif start:
            yield line


def _decoded(text: str) -> object | None:
    """Return the object or list that the text encodes, or None."""
    if not text.startswith(("{", "[")):
        return None
    try:
        decoded: object = json.loads(text.rstrip(","))
    except (ValueError, RecursionError):
        return None
    return decoded


def _depth(line: str) -> int:
    """Return how many more brackets a line opens than it closes, ignoring those in double quotes."""
    outside = _QUOTED.sub("", line)
    return sum(map(outside.count, "{[")) - sum(map(outside.count, "}]"))


def _object_over_lines(first: str, lines: Lines) -> Iterator[object]:
    """Yield the object that begins in the first line: pretty-printed, wrapped by a terminal, or truncated."""
    held, depth = [first], _depth(first)
    is_wrapped = first.rstrip()[-1] not in "{[,"
    for line in lines:
        if is_wrapped and (_OPENING.match(line) or len(held) >= _MOST_WRAPPED):
            lines.put_back([line])
            break
        held.append(line)
        depth += _depth(line)
        if is_wrapped or depth <= 0:
            decoded = _decoded((_blank_between(held) if is_wrapped else "\n").join(held).strip())
            if decoded is not None:
                yield decoded
                return
        if (depth <= 0 and not is_wrapped) or len(held) >= _MOST_HELD:
            break
    if is_wrapped:
        yield first
        lines.put_back(held[1:])
        return
    # Not JSON: another language's notation, or part of an object. Its lines are read one by one.
    lines.put_back(line if _decoded(line.strip()) is not None else line.strip(" \t{[") for line in held)


def _blank_between(held: list[str]) -> str:
    """Return the separator of a wrapped record's lines: a terminal wraps at a fixed width, a mail at blanks."""
    widths = {len(line) for line in held[:-1]}
    is_of_a_mail = len(widths) > 1 or (len(held) == 2 and max(widths) < _MAIL_WIDTH)
    return " " if is_of_a_mail and not any(line.endswith(" ") for line in held) else ""


_MAIL_WIDTH: Final = 79


class _Header(NamedTuple):
    """The header line of a table: its columns and their delimiter."""

    columns: list[str]
    delimiter: str


def _header(line: str) -> _Header | None:
    """Return the header of a table that begins with this line, if one of its columns holds messages."""
    for delimiter in _DELIMITERS:
        columns = [cell.strip().strip('"') for cell in line.strip("|").split(delimiter)]
        names = {column.lower() for column in columns}
        is_header = len(columns) > 1 and all(map(_HEADER_CELL.fullmatch, columns))
        if is_header and names & {*_MESSAGE_COLUMNS, *RECORD_COLUMNS}:
            return _Header(columns, delimiter)
    return None


_DELIMITERS: Final = ",;\t|"
_RULER: Final = re.compile(r"[\s|+:-]+")


def _rows(header: _Header, lines: Lines) -> Iterator[object]:
    """Yield the messages or records in the rows below a header."""
    row = ""
    is_drawn = header.delimiter == "|"
    for line in lines:
        if is_drawn and _RULER.fullmatch(line):
            continue
        row = f"{row}\n{line}" if row else line
        if row.count('"') % 2 and len(row) < _LONGEST_ROW and not is_drawn:
            continue
        cells = _cells(row, header.delimiter)
        if len(cells) != len(header.columns):
            lines.put_back(row.splitlines())
            return
        values = {column: cell for column, cell in zip(header.columns, cells, strict=True) if cell}
        message = next((values[column] for column in values if column.lower() in _MESSAGE_COLUMNS), None)
        yield values if message is None else _decoded(message) or message
        row = ""
    if row:
        yield row


def _cells(row: str, delimiter: str) -> list[str]:
    """Return the cells of a row; empty if it is not a row."""
    if delimiter == "|":
        return [cell.strip() for cell in row.strip().strip("|").split("|")]
    try:
        (cells,) = csv.reader([row], delimiter=delimiter)
    except (csv.Error, ValueError):
        return []
    return cells


def _field_name(line: str) -> str | None:
    """Return the name of the only field in the line, in lower case; None if it has none or several."""
    match = _NAME.match(line)
    return None if match is None or _NAME.search(line, match.end()) else match["name"].lower()


def _fields_over_lines(first: str, name: str, lines: Lines) -> Iterator[object]:
    """Yield the record that has one field per line, if any field is more than a tool's decoration."""
    held = {name: first}
    for line in lines:
        following = _field_name(line)
        if following is None or following in held:
            lines.put_back([line])
            break
        held[following] = line
    if held.keys() & _MESSAGE_NAMES or any(map(IKE_STATE.search, held)):
        yield ", ".join(line.strip().rstrip(",") for line in held.values())
