"""Pages: how much fits on one, and the tokens that lead from one to the next.

A token names a place in the record rather than a position in a list, so that events which arrive or are forgotten
between two pages disturb neither.
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
from tui.demo.server.store import Place, StoredEvent

PAGE_EVENTS: Final = 10_000
PAGE_BYTES: Final = 1_048_576
_token_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins and in which direction it reads; `query` ties a token to the request that it came from."""

    place: Place | None
    forward: bool
    query: int


def take(
    events: list[StoredEvent], wanted: Matcher | None, pattern: Matcher | None, limit: int
) -> tuple[list[StoredEvent], int]:
    """Return what fits on a page, and how many events were looked at for it."""
    found: list[StoredEvent] = []
    size = 0
    for scanned, event in enumerate(events):
        if (wanted is not None and not wanted(event.stream)) or (pattern is not None and not pattern(event.message)):
            continue
        if len(found) == limit or (found and size + event.size > PAGE_BYTES):
            return found, scanned
        found.append(event)
        size += event.size
    return found, len(events)


def beside(event: StoredEvent, *, forward: bool) -> Place:
    """Return the place just after an event, or just before it."""
    return event.at, event.ingested_at, event.serial + (0.5 if forward else -0.5)


def fingerprint(request: Mapping[str, Any]) -> int:
    """Return a number that differs for another question; how much of the answer is asked for does not count."""
    named = {name: value for name, value in request.items() if name not in ("nextToken", "limit", "startFromHead")}
    return zlib.crc32(json.dumps(named, sort_keys=True).encode())


def write_token(page: Page) -> str:
    """Return the nextToken of FilterLogEvents that leads to a page."""
    # The number makes each token another: botocore's paginators take one that comes twice for an endless loop.
    words = [page.place, page.forward, page.query, next(_token_numbers)]
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode()


def read_token(token: str, query: int) -> Page:
    """Return the page that a token leads to; ApiError where it is none of ours or belongs to another question."""
    try:
        place, forward, of_query, _ = json.loads(base64.urlsafe_b64decode(token.encode()))
        page = Page(None if place is None else (int(place[0]), int(place[1]), float(place[2])), bool(forward), of_query)
    except (ValueError, TypeError, IndexError, OverflowError, RecursionError):
        raise _invalid_token() from None
    if page.query != query:
        raise _invalid_token()
    return page


def write_stream_token(direction: str, place: Place) -> str:
    """Return a token of GetLogEvents, `f` forward or `b` backward from a place."""
    at, ingested_at, serial = place
    return f"{direction}/{at:020d}{ingested_at:020d}{round(serial * 2):016d}/s"


def read_stream_token(token: str) -> tuple[bool, Place]:
    """Return (whether it leads forward, from which place); ApiError where the token is none of ours."""
    direction, _, rest = token.partition("/")
    digits = rest.removesuffix("/s")
    if direction not in ("f", "b") or len(digits) != 56 or not digits.isdecimal():
        raise _invalid_token()
    return direction == "f", (int(digits[:20]), int(digits[20:40]), int(digits[40:]) / 2)


def cut_page(items: list[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, object]]:
    """Return the page of `items` that the request's token names, and the token of the next where there is one."""
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
