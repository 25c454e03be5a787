"""How live the logs can be read, and whether this machine's clock agrees with AWS's."""

from collections.abc import Iterator
from typing import Final

from tui.domain.checkup.facts import Examination, LiveFacts
from tui.domain.checkup.finding import Finding, Level
from tui.domain.feed_state import ErrorKind
from tui.domain.times import MINUTE, SECOND, length

_ON_THE_WAY: Final = frozenset({ErrorKind.UNREACHABLE, ErrorKind.SERVER, ErrorKind.BROKEN, ErrorKind.REFUSED})
"""The errors of a session that something between here and AWS prevents."""
_SLOW: Final = 3 * SECOND
_OFF: Final = 5 * SECOND
"""The tolerance: an answer's Date has whole seconds, and the answer takes a while."""


def live_findings(examined: Examination) -> Iterator[Finding]:
    """Yield whether a Live Tail session works, how fast the record is, and how far the clocks differ."""
    if examined.live is not None:
        yield from _session(examined.live)
        yield from _record(examined.live)
    if examined.skew is not None:
        yield _clock(examined.skew)


def _session(live: LiveFacts) -> Iterator[Finding]:
    values = {"group": live.group}
    if (blocked := _blocked_on_the_way(live)) is not None:
        yield blocked
    elif live.failure is not None:
        if live.failure.kind is not ErrorKind.DENIED:  # access_findings reports that
            yield Finding("live_refused", Level.WARNING, values=values | {"reason": live.failure.message})
    elif live.started_after is None or live.beat_after is None:
        yield Finding("live_silent", Level.WARNING, values=values)
    else:
        times = {"started": f"{live.started_after:,} ms", "beat": f"{live.beat_after:,} ms"}
        yield Finding("live_works", Level.OK, values=values | times)


def _blocked_on_the_way(live: LiveFacts) -> Finding | None:
    """Return what blocks sessions while the record is reachable: a proxy, or a network without access to their host."""
    is_silent = live.failure is None and (live.started_after is None or live.beat_after is None)
    kind = live.failure.kind if live.failure is not None else None
    if live.record_took is None or not (is_silent or kind in _ON_THE_WAY):
        return None
    reason = live.failure.message if live.failure is not None else "It opened, and sent no update."
    values = {"group": live.group, "host": live.host, "service_host": live.service_host, "reason": reason}
    if live.proxy:
        return Finding(
            "live_held_by_proxy", Level.WARNING, values=values | {"proxy": live.proxy, "past": live.past_proxy}
        )
    return Finding("live_host_out_of_reach", Level.WARNING, values=values) if kind is ErrorKind.UNREACHABLE else None


def _record(live: LiveFacts) -> Iterator[Finding]:
    if live.record_took is None:
        return
    values = {"took": f"{live.record_took:,} ms"}
    is_slow = live.record_took > _SLOW
    yield Finding("record_slow" if is_slow else "record_quick", Level.NOTE if is_slow else Level.OK, values=values)


def _clock(skew: int) -> Finding:
    values = {"skew": length(abs(skew)), "side": "behind" if skew > 0 else "ahead of"}
    if abs(skew) <= _OFF:
        return Finding("clock_right", Level.OK, values=values)
    return Finding("clock_off", Level.WARNING if abs(skew) >= MINUTE else Level.NOTE, values=values)
