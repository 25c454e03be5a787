"""Formats and parses times and durations. All times are milliseconds since the epoch, UTC."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
"""Spans in milliseconds."""
_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)", re.IGNORECASE)
_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_MONTHS: Final = 300 * DAY
"""From this distance on, the year is shown instead of the time of day: a month could be last year's."""


def iso(at: int) -> str:
    """Return the time as ISO 8601 in UTC, to the second: `2026-11-23T10:00:00Z`."""
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_ms(at: int) -> str:
    """Return the time as ISO 8601 in UTC with milliseconds."""
    return _moment(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def clock_time(at: int, *, utc: bool = True) -> str:
    """Return the time of day, `12:04:31`, in UTC or in the machine's zone."""
    return _local(_moment(at), utc=utc).strftime("%H:%M:%S")


def day(at: int, *, utc: bool = True) -> str:
    """Return the date, `Mon 23 Nov 2026`, in UTC or in the machine's zone."""
    moment = _local(_moment(at), utc=utc)
    return moment.strftime("%a ") + f"{moment.day} " + moment.strftime("%b %Y")


def short_day(at: int, *, utc: bool = True) -> str:
    """Return the date without the year, `23 Nov`, in UTC or in the machine's zone, padded to six cells."""
    moment = _local(_moment(at), utc=utc)
    return f"{moment.day:>2} " + moment.strftime("%b")


def zone(at: int, *, utc: bool = True) -> str:
    """Return the name of the zone that `clock_time` uses: `UTC`, `CET`, `+0545`."""
    return _local(_moment(at), utc=utc).strftime("%Z")


def clock_elsewhere(at: int, zone: tzinfo, *, utc: bool = True) -> str:
    """Return the time of day in another zone and its city, `10:14 Tokyo`; with the weekday if the date differs.

    The city is the last part of the zone's name in the tz database.
    """
    ours, theirs = _local(_moment(at), utc=utc), _moment(at).astimezone(zone)
    weekday = "" if ours.date() == theirs.date() else theirs.strftime("%a ")
    return f"{theirs.strftime('%H:%M')} {weekday}{str(zone).rpartition('/')[2].replace('_', ' ')}"


def when(at: int, *, now: int, utc: bool = True) -> str:
    """Return a time as seen from `now`: `12:04:31` today, `yesterday 12:04:31`, `22 Nov 12:04`, `22 Nov 2025`."""
    distance = abs(now - at)
    moment, today = _local(_moment(at), utc=utc), _local(_moment(now), utc=utc)
    days = today.date().toordinal() - moment.date().toordinal()
    if days in (0, 1):
        return ("yesterday " if days else "") + clock_time(at, utc=utc)
    return f"{moment.day} " + moment.strftime("%b %H:%M" if distance < _MONTHS else "%b %Y")


def age(milliseconds: int) -> str:
    """Return a duration in one coarse unit: `41s`, `3m`, `2h`, `9d`, so that most rows do not change every second."""
    seconds = max(0, milliseconds) // 1000
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size * (2 if unit == "d" else 1):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def length(milliseconds: int) -> str:
    """Return a completed duration in at most two units: `10s`, `5m40s`, `2h05m`, `3d4h`."""
    seconds = max(0, milliseconds) // 1000
    for size, unit, part, small in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= size:
            rest = seconds % size // part
            digits = f"{rest:02d}" if unit == "h" else str(rest)
            return f"{seconds // size}{unit}" + (f"{digits}{small}" if rest else "")
    return f"{seconds}s"


def parse_span(text: str) -> int:
    """Return the milliseconds in `90s`, `30m`, `2h`, `1h30m`; raises ValueError, which names the accepted forms."""
    rest = text.strip()
    parts = list(_SPAN.finditer(rest))
    if not parts or _SPAN.sub("", rest).strip():
        raise ValueError(f"{text!r} is not a span of time: write 90s, 30m, 2h or 1d")
    return sum(int(part[1]) * _UNITS[part[2].lower()] for part in parts)


def parse_since(text: str, *, now: int) -> int:
    """Return the time named by `30m`, `00:30`, `yesterday 22:00` or ISO 8601; raises ValueError, which names the forms.

    A time without a zone is UTC, as in the logs; a time without a day is its last occurrence.
    """
    try:
        return now - parse_span(text)
    except ValueError:
        pass
    if (named := _DAY_AND_TIME.fullmatch(text.strip())) and text.strip():
        return _last(named, now)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text!r} is not a look-back: write 30m, 2h, 00:30, yesterday or 2026-11-23T10:00:00Z"
        ) from None
    at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    if at > now:
        raise ValueError(f"{text!r} lies in the future")
    return at


_DAY_AND_TIME: Final = re.compile(
    r"(today|yesterday)?\s*(?:(\b[01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\s*Z?)?", re.IGNORECASE | re.ASCII
)


def _last(named: re.Match[str], now: int) -> int:
    """Return the time of a day and a time of day, UTC; without a day, the last occurrence before `now`."""
    day, hours, minutes, seconds = named.groups(default="")
    midnight = now - now % _UNITS["d"] - (_UNITS["d"] if day.lower() == "yesterday" else 0)
    at = midnight + int(hours or 0) * _UNITS["h"] + int(minutes or 0) * _UNITS["m"] + int(seconds or 0) * _UNITS["s"]
    if at <= now:
        return at
    if day:
        raise ValueError(f"{named[0]!r} lies in the future")
    return at - _UNITS["d"]


def _moment(at: int) -> datetime:
    # From timedelta rather than fromtimestamp, which rejects distant times; a hostile log can contain any number.
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    except OverflowError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def _local(moment: datetime, *, utc: bool) -> datetime:
    try:
        return moment if utc else moment.astimezone()
    except OverflowError:  # at either end of the calendar
        return moment
