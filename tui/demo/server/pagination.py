"""Pages: how many events fit on one, and the tokens that lead to the next.

A token names a position between two events rather than an index, so that events arriving or dropped between two pages
disturb neither.
"""

import base64
import itertools
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui.demo.server.errors import ApiError, invalid_parameter
from tui.demo.server.filter_pattern import Matcher
from tui.demo.server.store import Position, StoredEvent

PAGE_EVENTS: Final = 10_000
PAGE_BYTES: Final = 1_048_576
_token_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins and in which direction it reads; `query` ties its token to the request it continues."""

    position: Position | None
    forward: bool
    query: int


def take(
    events: list[StoredEvent], wanted: Matcher | None, pattern: Matcher | None, limit: int
) -> tuple[list[StoredEvent], int]:
    """Return the matching events that fit on a page, and the number of events scanned for them."""
    taken: list[StoredEvent] = []
    size = 0
    for scanned, event in enumerate(events):
        if (wanted is not None and not wanted(event.stream)) or (pattern is not None and not pattern(event.message)):
            continue
        if len(taken) == limit or (taken and size + event.size > PAGE_BYTES):
            return taken, scanned
        taken.append(event)
        size += event.size
    return taken, len(events)


def beside(event: StoredEvent, *, forward: bool) -> Position:
    """Return the position just after an event, or just before it."""
    return event.at, event.ingested_at, event.serial + (0.5 if forward else -0.5)


def fingerprint(request: Mapping[str, Any]) -> int:
    """Return a number that identifies a request's query, regardless of limit, direction and token."""
    named = {name: value for name, value in request.items() if name not in ("nextToken", "limit", "startFromHead")}
    return zlib.crc32(json.dumps(named, sort_keys=True).encode())


def write_token(page: Page) -> str:
    """Return the nextToken of FilterLogEvents for a page."""
    # The number makes every token unique: botocore's paginators treat a repeated one as an endless loop.
    words = [page.position, page.forward, page.query, next(_token_numbers)]
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode()


def read_token(token: str, query: int) -> Page:
    """Return the page of a token; raises ApiError if the token is not ours or belongs to another query."""
    try:
        position, forward, of_query, _ = json.loads(base64.urlsafe_b64decode(token.encode()))
        page = Page(
            None if position is None else (int(position[0]), int(position[1]), float(position[2])),
            bool(forward),
            of_query,
        )
    except (ValueError, TypeError, IndexError, OverflowError, RecursionError):
        raise _invalid_token() from None
    if page.query != query:
        raise _invalid_token()
    return page


def write_stream_token(direction: str, position: Position) -> str:
    """Return a token of GetLogEvents that reads from a position, forward (`f`) or backward (`b`)."""
    at, ingested_at, serial = position
    return f"{direction}/{at:020d}{ingested_at:020d}{round(serial * 2):016d}/s"


def read_stream_token(token: str) -> tuple[bool, Position]:
    """Return whether the token leads forward, and its position; raises ApiError if the token is not ours."""
    direction, _, rest = token.partition("/")
    digits = rest.removesuffix("/s")
    if direction not in ("f", "b") or len(digits) != 56 or not digits.isdecimal():
        raise _invalid_token()
    return direction == "f", (int(digits[:20]), int(digits[20:40]), int(digits[40:]) / 2)


def cut_page(items: list[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, object]]:
    """Return the page of `items` named by the request's token, and the token of the next page if there is one."""
    limit = request.get("limit") or 50
    first = 0
    if token := request.get("nextToken"):
        try:
            first = int(base64.urlsafe_b64decode(token.encode()))
        except ValueError:
            raise _invalid_token() from None
        if first < 0:
            raise _invalid_token()
    page = items[first : first + limit]
    if first + limit >= len(items):
        return page, {}
    return page, {"nextToken": base64.urlsafe_b64encode(str(first + limit).encode()).decode()}


def _invalid_token() -> ApiError:
    return invalid_parameter("The specified nextToken is invalid.")
