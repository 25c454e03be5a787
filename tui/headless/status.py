"""`tunnelwatch status`: every tunnel once, as a table or as JSON, with the exit code of a monitoring plugin."""

import json
from collections.abc import Iterator

from tui.content.exit_codes import ExitCode
from tui.content.assessment import Diagnose, diagnosing, judging
from tui.domain.diagnosis.diagnose import Diagnoser
from tui.domain.feed_state import FeedState
from tui.domain.fleet import Connection, Fleet, Tunnel, Verdict
from tui.domain.text import clean, pad, width
from tui.domain.times import age
from tui.domain.tunnel import Health
from tui.headless.json_documents import status_document


def exit_code(fleet: Fleet) -> ExitCode:
    """Return how bad it is: a connection that is down outweighs one of which nothing is known."""
    connections = fleet.connections
    if any(connection.verdict is Verdict.DOWN for connection in connections):
        return ExitCode.CRITICAL
    if not connections or any(connection.verdict is Verdict.UNKNOWN for connection in connections):
        return ExitCode.UNKNOWN
    if all(tunnel.health is Health.UP for tunnel in fleet.tunnels):
        return ExitCode.OK
    return ExitCode.WARNING


def render_json(fleet: Fleet, feed: FeedState, *, now: int, caught_up: bool = True) -> str:
    """Return the one JSON object of `status --json`; `caught_up` tells whether the look-back was read to its end."""
    diagnose = diagnosing(Diagnoser(fleet), now=now, feed=feed, caught_up=caught_up)
    return json.dumps(status_document(fleet, feed, now=now, diagnose=diagnose, judge=judging(fleet, now=now)))


def render_table(fleet: Fleet, feed: FeedState, *, now: int, caught_up: bool = True) -> str:
    """Return a table for people: a line a connection, a line a tunnel."""
    diagnose = diagnosing(Diagnoser(fleet), now=now, feed=feed, caught_up=caught_up)
    rows = [_HEAD, *(row for connection in fleet.connections for row in _rows(connection, now, diagnose))]
    table = [row for row in rows if isinstance(row, tuple)]
    widths = [max(width(row[column]) for row in table) for column in range(len(_HEAD))]
    lines = [
        "  ".join(pad(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        if isinstance(row, tuple)
        else row
        for row in rows
    ]
    lines.extend(clean(notice) for notice in (feed.reason, *feed.notices) if notice)
    return "\n".join(lines)


_HEAD = (" AGE", "STATE", "TUNNEL", "PHASE 1", "PHASE 2", "BGP", "FLAPS", "EC2")
_VERDICTS = {
    Verdict.REDUNDANT: "redundant",
    Verdict.AT_RISK: "not redundant",
    Verdict.DOWN: "DOWN",
    Verdict.UNKNOWN: "unknown",
}


def _rows(connection: Connection, now: int, diagnose: Diagnose) -> Iterator[tuple[str, ...] | str]:
    title = " ".join(filter(None, (clean(connection.name), connection.id or "streams without a connection id")))
    verdict = f"{connection.left_out} not chosen" if connection.left_out else _VERDICTS[connection.verdict]
    yield f"{title}: {connection.up}/{len(connection.tunnels)} up, {verdict}"
    for tunnel in connection.tunnels:
        yield _row(tunnel, now)
        for diagnosis in diagnose(tunnel)[:1]:
            yield f"      {diagnosis.cause.title}"


def _row(tunnel: Tunnel, now: int) -> tuple[str, ...]:
    state = tunnel.state
    since = state.is_up.at
    lapse = "–" if since is None else f"{'' if state.is_up.seen else '≥'}{age(now - since)}"
    bgp = state.bgp.session
    telemetry = tunnel.facts.telemetry if tunnel.facts else None
    return (
        lapse.rjust(4),
        state.health.value.value,
        tunnel.outside_ip,
        state.phase1.value.value,
        state.phase2.value.value,
        "–" if bgp is None else f"{bgp} {len(state.bgp.prefixes)}" if state.bgp.is_up else bgp,
        str(state.flaps(now)),
        "–" if telemetry is None else f"{'UP' if telemetry.is_up else 'DOWN'} {clean(telemetry.message)}".rstrip(),
    )
