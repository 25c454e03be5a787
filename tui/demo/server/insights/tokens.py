"""The words of a Logs Insights query, each with its kind and position, and the error for one that does not fit."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, NoReturn

from tui.demo.server.errors import ApiError

_TOKEN: Final = re.compile(
    r"""(?P<space>(?:\s|\#[^\n]*)+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<regex>/(?:[^/\\\n]|\\.)+/)
    |(?P<span>\d+(?:ms|mo|[smhdwqy])\b)
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<name>[@A-Za-z_][@\w.]*|`[^`]+`)
    |(?P<sign>!=|<=|>=|=~|[=<>()\[\],|*])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """One word of a query. `kind` is a group name of the expression above, or `end`; `text` is without quotes."""

    kind: str
    text: str
    start: int
    end: int


def tokens(query: str) -> Iterator[Token]:
    """Yield the words of a query, then one of kind `end`; raises ApiError at an unexpected symbol."""
    position = 0
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None:
            refuse(f"unexpected symbol {query[position]!r}", position, position + 1)
        kind, start, position = match.lastgroup or "", match.start(), match.end()
        if kind != "space":
            yield Token(kind, _bare(kind, match[0]), start, position)
    yield Token("end", "the end of the query", len(query), len(query))


def _bare(kind: str, text: str) -> str:
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if kind == "regex":
        return text[1:-1].replace(r"\/", "/")
    return text.strip("`")


def refuse(reason: str, start: int, end: int) -> NoReturn:
    """Raise the error for a query that cannot be parsed; `start` and `end` are character offsets, as in AWS's error."""
    location = {"startCharOffset": start, "endCharOffset": end}
    raise ApiError(
        "MalformedQueryException",
        f"{reason} (position {start})",
        details={"queryCompileError": {"location": location, "message": reason}},
    )
