"""The words of a report's tables: instants, lengths, conditions and outages."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from statistics import median
from typing import Final

from tui.content.board.common_falls import common_fall_text
from tui.content.board.verdicts import condition_words
from tui.content.past.option_changes import what_changed
from tui.content.past.outages import UNEXPLAINED, closed_by_text
from tui.content.report.values import ConnectionReport, Report, TunnelReport
from tui.content.wording import Moment
from tui.domain.judgement.judgement import Judgement
from tui.domain.judgement.verdict import Verdict
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.times import clock_time, iso, length, short_day

REDUNDANCY: Final = {
    Verdict.REDUNDANT: "all tunnels",
    Verdict.AT_RISK: "some tunnels",
    Verdict.DOWN: "no tunnel",
    Verdict.UNKNOWN: "not known",
}
"""How many of a connection's tunnels carried traffic."""
TUNNEL_COLUMNS: Final = ("tunnel", "at the end", "carrying", "negotiating", "down", "unknown", "outages")
OUTAGE_COLUMNS: Final = ("tunnel", "from", "to", "length", "cause", "how it went down")
CHANGE_COLUMNS: Final = ("at", "where", "what", "who")
_ALL: Final = 1000
"""The whole, in tenths of a percent."""
_MANY_ALIKE: Final = 5
"""Consecutive outages of one cause that share a line; a tunnel that flaps has hundreds."""
_NOTES: Final = (
    "All times are UTC. A tunnel carries traffic while IKE is up and, where the connection routes by BGP, BGP is "
    "established, by its CloudWatch logs and by EC2.",
    "Negotiating and down both mean that no traffic passed; ≥ means that it began before the logs that were read. "
    "Unknown: neither the logs nor EC2 cover that time.",
)


def notes(report: Report) -> tuple[str, ...]:
    """Return remarks on the report itself."""
    return (*_NOTES, f"Made by tunnelwatch at {iso(report.made_at)}.")


def report_name(report: Report) -> str:
    """Return the report's file name without its suffix: `tunnelwatch-report-2026-11-23-220256Z`."""
    return f"tunnelwatch-report-{iso(report.until).replace('T', '-').replace(':', '')}"


def report_moment(report: Report) -> Moment:
    """Return the report's notation of instants: the time of day in UTC, with the date except on the last day."""
    return partial(_moment, today=iso(report.until)[:10])


def _moment(at: int, *, today: str) -> str:
    return clock_time(at) if iso(at)[:10] == today else f"{short_day(at).strip()} {clock_time(at)}"


def common_fall_texts(report: Report) -> tuple[str, ...]:
    """Return a line or two about each common fall, and what sets its connections apart from the others."""
    return tuple(common_fall_text(fall, report_moment(report)) for fall in report.common_falls)


def calm_text(report: Report) -> str:
    """Return one line about the uneventful connections; empty if each has its own part."""
    names = ", ".join(connection.label for connection in report.calm)
    return f"All tunnels carried traffic all the time, of {len(report.calm)} connections: {names}." if names else ""


def connection_title(connection: ConnectionReport) -> str:
    """Return a connection's name and id."""
    return " · ".join(filter(None, (connection.name, connection.id)))


def condition_text(judgement: Judgement, moment: Moment) -> str:
    """Return a tunnel's condition: `down since 21:58:03`."""
    _, word, _ = condition_words(judgement.health, judgement.carries)
    if judgement.since is None:
        return word
    return f"{word} since {moment(judgement.since)}" + ("" if judgement.since_exact else " or earlier")


def share_texts(parts: Sequence[int]) -> tuple[str, ...]:
    """Return lengths with their shares of the sum: `1h52m (93.3 %)`; `–` for zero.

    The shares add up to 100 %, apart from those below 0.1 %.
    """
    return tuple(
        f"{length(part)} ({f'{share / 10:g}' if share else '<0.1'} %)" if part else "–"
        for part, share in zip(parts, _shares(parts), strict=True)
    )


def _shares(parts: Sequence[int]) -> list[int]:
    """Return the shares in tenths of a percent: rounded down, and what is missing goes to those that lost most.

    No part of several is all: what was interrupted for a second was not up for 100 %.
    """
    span = sum(parts) or 1
    shares, rests = map(list, zip(*(divmod(part * _ALL, span) for part in parts), strict=True))
    by_loss = sorted((index for index, share in enumerate(shares) if share), key=lambda index: -rests[index])
    for index in by_loss[: _ALL - sum(shares)]:
        if shares[index] < _ALL - 1:
            shares[index] += 1
    return shares


def redundancy_text(connection: ConnectionReport) -> str:
    """Return the time during which each number of a connection's tunnels carried traffic."""
    lengths = {verdict: length for verdict in REDUNDANCY if (length := connection.length(verdict))}
    texts = share_texts(tuple(lengths.values())) if lengths else ()
    parts = (f"{REDUNDANCY[verdict]} {text}" for verdict, text in zip(lengths, texts, strict=True))
    return ", ".join(parts) or "unknown, because not all of its tunnels were watched"


def tunnel_row(tunnel: TunnelReport, moment: Moment) -> tuple[str, ...]:
    """Return a tunnel's cells under `TUNNEL_COLUMNS`."""
    sums = tunnel.availability
    parts = (sums.carrying, sums.negotiating, sums.down, sums.unknown)
    return (
        tunnel.outside_ip,
        condition_text(tunnel.judgement, moment),
        *share_texts(parts),
        str(len(tunnel.outages) or "–"),
    )


def outage_rows(connection: ConnectionReport, report: Report, moment: Moment) -> list[tuple[str, ...]]:
    """Return the cells of a connection's outages under `OUTAGE_COLUMNS`; a long run of similar ones shares a row."""
    rows: list[tuple[str, ...]] = []
    for tunnel in connection.tunnels:
        for (cause, how), group in groupby(tunnel.outages, key=_what_and_how):
            run = list(group)
            if len(run) < _MANY_ALIKE:
                rows += [(tunnel.outside_ip, *_times(outage, moment, report.until), cause, how) for outage in run]
                continue
            (start, *_), (_, end, _) = (_times(outage, moment, report.until) for outage in (run[0], run[-1]))
            lengths = [outage.length(report.until) for outage in run]
            total = f"{len(run)} × {length(int(median(lengths)))}, {length(sum(lengths))} in all"
            rows.append((tunnel.outside_ip, start, end, total, cause, how))
    return rows


def _what_and_how(outage: Outage) -> tuple[str, str]:
    cause = outage.diagnosis.cause.title.rstrip(".") if outage.diagnosis else ""
    if not cause and outage.kind is OutageKind.BGP:
        cause = "BGP was not established"
    if not cause and outage.by_ec2_alone:
        cause = UNEXPLAINED
    return cause or "–", closed_by_text(outage) or "–"


def _times(outage: Outage, moment: Moment, now: int) -> tuple[str, str, str]:
    return (
        moment(outage.start) + ("" if outage.start_exact else " or earlier"),
        "lasts" if outage.end is None else moment(outage.end),
        ("" if outage.start_exact else "≥") + length(outage.length(now)),
    )


def change_rows(report: Report, moment: Moment) -> list[tuple[str, ...]]:
    """Return the cells of the changes at AWS under `CHANGE_COLUMNS`."""
    return [
        (moment(change.at), change.label, what_changed(change.change, moment), change.who or "–")
        for change in report.changes
    ]
