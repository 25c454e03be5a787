"""The first three sentences of a report: what was looked at, what was interrupted, and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from tui.content.layout.cells import count
from tui.content.past.outages import is_uninformative
from tui.content.report.values import ConnectionReport, Report
from tui.content.report.words import condition_text, report_moment
from tui.content.sighting import UNROUTED
from tui.content.wording import Moment
from tui.domain.judgement.verdict import Verdict
from tui.domain.past.outages import Outage
from tui.domain.times import MINUTE, iso, length

_MOST_NAMED: Final = 3
_WORTH_SAYING: Final = MINUTE
"""Shorter unknown times, before the first line of the look-back, are not mentioned."""
_ALL_UP: Final = {1: "the tunnel is", 2: "both tunnels are"}
_ALL: Final = {1: "the tunnel carries", 2: "both tunnels carry"}


def summary(report: Report) -> tuple[str, str, str]:
    """Return the three sentences; names in them are unescaped."""
    return _scope(report), _interruptions(report), f"{_cause(report)} {_now(report)}".strip()


def _scope(report: Report) -> str:
    tunnels = sum(len(connection.tunnels) for connection in report.connections)
    total = len(report.connections)
    names = f" ({_some(report.connections)})" if 0 < total <= _MOST_NAMED else ""
    span = f"{iso(report.since)} to {iso(report.until)}, {length(report.span)}"
    where = f", {report.place}" if report.place else ""
    return f"{count(total, 'VPN connection')}{names} with {count(tunnels, 'tunnel')}, {span}{where}."


def _interruptions(report: Report) -> str:
    """Return which connections had no tunnel that carried traffic and for how long, and for which that is unknown."""
    connections, moment = report.connections, report_moment(report)
    if not connections:
        return "Nothing was found to report on."
    interrupted = [connection for connection in connections if connection.length(Verdict.DOWN)]
    interrupted.sort(key=lambda connection: connection.length(Verdict.DOWN), reverse=True)
    unknown = [
        connection
        for connection in connections
        if not connection.redundancy or connection.length(Verdict.UNKNOWN) >= _WORTH_SAYING
    ]
    unrouted = [connection for connection in connections if connection.is_unrouted]
    noted = (*interrupted, *unknown, *unrouted)
    fine = [connection for connection in connections if connection not in noted]
    sentences = []
    if unrouted:
        named = ", ".join(map(_without_routes, unrouted[:_MOST_NAMED]))
        sentences.append(f"AWS sends nothing into {named}{_and_more(unrouted)}.")
    if interrupted:
        parts = [_interruption(connection, moment) for connection in interrupted[:_MOST_NAMED]]
        if more := len(interrupted) - len(parts):
            parts.append(f"{count(more, 'more connection')} for less")
        sentences.append(f"Interrupted (no tunnel carried traffic): {'; '.join(parts)}.")
    if len(fine) == len(connections):
        which = "the connection" if len(fine) == 1 else "every connection"
        sentences.append(f"No interruption: {which} always had a tunnel that carried traffic.")
    elif fine:
        sentences.append(f"Not interrupted: {_some(fine)}.")
    if unknown:
        sentences.append(f"Partly unknown: {_unknowns(unknown)}.")
    return " ".join(sentences)


def _interruption(connection: ConnectionReport, moment: Moment) -> str:
    times = connection.times(Verdict.DOWN)
    total = length(connection.length(Verdict.DOWN))
    if any(map(connection.may_have_begun_earlier, times)):
        total = f"at least {total}"
    remarks = []
    if len(times) > 1:
        remarks.append(f"{len(times)} times, the longest {length(max(time.length for time in times))}")
    if (since := connection.interrupted_since) is not None:
        remarks.append(f"since {moment(since)}, before this report begins")
    remark = f" ({'; '.join(remarks)})" if remarks else ""
    return f"{connection.label} for {total}{remark}"


def _without_routes(connection: ConnectionReport) -> str:
    reasons = dict.fromkeys(UNROUTED[tunnel.unrouted] for tunnel in connection.tunnels if tunnel.unrouted is not None)
    return f"{connection.label}, though its tunnels are up ({', '.join(reasons)})"


def _unknowns(connections: Sequence[ConnectionReport]) -> str:
    """Return which connections are not fully known; if there are many, their number and the worst of them."""
    if len(connections) <= _MOST_NAMED:
        return ", ".join(map(_unknown, connections))
    worst = max(connections, key=lambda connection: connection.length(Verdict.UNKNOWN))
    return f"{count(len(connections), 'connection')}, the longest {_unknown(worst)}"


def _unknown(connection: ConnectionReport) -> str:
    if not connection.redundancy:
        return f"{connection.label} (not all of its tunnels were watched)"
    return f"{connection.label} (no data for {length(connection.length(Verdict.UNKNOWN))})"


def _some(connections: Sequence[ConnectionReport]) -> str:
    """Return the names of a few, and the number of others."""
    return ", ".join(connection.label for connection in connections[:_MOST_NAMED]) + _and_more(connections)


def _and_more(connections: Sequence[ConnectionReport]) -> str:
    more = len(connections) - _MOST_NAMED
    return f" and {more} more" if more > 0 else ""


def _cause(report: Report) -> str:
    """Return the cause of most of the time without traffic on single tunnels, as far as causes are known."""
    outages: dict[str, list[Outage]] = defaultdict(list)
    for _, tunnel in report.tunnels:
        for outage in tunnel.outages:
            known = outage.diagnosis
            outages[known.cause.title if known and not is_uninformative(known) else ""].append(outage)
    if not outages:
        return "No single tunnel failed."
    total = [outage for group in outages.values() for outage in group]
    whole = f"{count(len(total), 'outage')} of single tunnels, {_lost_text(total, report)} in all."
    if len(total) == 1:
        whole = f"One tunnel failed once, for {_lost_text(total, report)}."
    named = sorted((title for title in outages if title), key=lambda title: _lost(outages[title], report))
    if not named:
        return f"{whole} The logs show no cause."
    main = outages[named[-1]]
    part = "" if len(main) == len(total) else f" ({count(len(main), 'outage')}, {_lost_text(main, report)})"
    return f"{whole} Main cause: {named[-1].rstrip('.')}{part}."


def _lost(outages: Iterable[Outage], report: Report) -> int:
    """Return the total length, ms, of these outages within the report's span."""
    return sum(min(outage.end or report.until, report.until) - max(outage.start, report.since) for outage in outages)


def _lost_text(outages: Sequence[Outage], report: Report) -> str:
    """Return the total length of these outages in words; `at least` if the beginning of one was not seen."""
    is_open = any(not outage.start_exact and outage.start > report.since for outage in outages)
    return f"{'at least ' if is_open else ''}{length(_lost(outages, report))}"


def _now(report: Report) -> str:
    """Return the state of the tunnels at the end."""
    tunnels = list(report.tunnels)
    failed = [(connection, tunnel) for connection, tunnel in tunnels if not tunnel.judgement.carries]
    if not tunnels:
        return ""
    idle = [
        f"{connection.label} {one.outside_ip} ({UNROUTED[one.unrouted]})"
        for connection, one in tunnels
        if one.unrouted is not None
    ]
    if not failed and idle:
        named = ", ".join(idle[:_MOST_NAMED]) + (f" and {len(idle) - _MOST_NAMED} more" if idle[_MOST_NAMED:] else "")
        return f"At the end {_ALL_UP.get(len(tunnels), 'all tunnels are')} up, and nothing is routed into {named}."
    if not failed:
        return f"At the end {_ALL.get(len(tunnels), f'all {len(tunnels)} tunnels carry')} traffic."
    moment = report_moment(report)
    parts = [
        f"{connection.label} {tunnel.outside_ip} {condition_text(tunnel.judgement, moment)}"
        for connection, tunnel in failed[:_MOST_NAMED]
    ]
    if more := len(failed) - len(parts):
        parts.append(f"{more} more")
    carrying = f"{len(tunnels) - len(failed)} of {count(len(tunnels), 'tunnel')} carry"
    return f"At the end {carrying if len(failed) < len(tunnels) else 'no tunnel carries'} traffic: {'; '.join(parts)}."
