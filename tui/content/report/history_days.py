"""A report on weeks broken down by day and tunnel: outages, flaps and causes. Days are in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tui.content.report.values import ConnectionReport, Report, TunnelReport
from tui.domain.past.outages import Outage
from tui.domain.times import DAY, iso


class Cause(NamedTuple):
    """What was wrong in some outages, and their total length on that day, ms; no code if no cause was found.

    `title` is a sentence, `brief` the same in a few words.
    """

    code: str | None
    title: str
    brief: str
    outages: int
    length: int


@dataclass(frozen=True, slots=True)
class TunnelDay:
    """One tunnel on one day with an outage; lengths in ms.

    `outages` touch the day. `flaps` and `bgp_losses` happened on it: the log shows the tunnel, or BGP alone, go down.
    `is_exact` is false if an outage began before the log does.
    """

    day: int
    connection: ConnectionReport
    tunnel: TunnelReport
    outages: int
    flaps: int
    bgp_losses: int
    down: int
    longest: int
    is_exact: bool
    causes: tuple[Cause, ...]

    @property
    def date(self) -> str:
        """The day as `2026-11-23`."""
        return iso(self.day)[:10]


def days_of(report: Report) -> tuple[TunnelDay, ...]:
    """Return the days with outages, oldest first; on one day the connections in the report's order."""
    rows = [row for connection, tunnel in report.tunnels for row in _days(connection, tunnel, report)]
    return tuple(sorted(rows, key=lambda row: row.day))


def _days(connection: ConnectionReport, tunnel: TunnelReport, report: Report) -> Iterator[TunnelDay]:
    by_day: dict[int, list[Outage]] = {}
    for outage in tunnel.outages:
        start, end = max(outage.start, report.since), min(report.until, outage.start + outage.length(report.until))
        for day in range(start - start % DAY, max(end, start + 1), DAY):
            by_day.setdefault(day, []).append(outage)
    for day, outages in by_day.items():
        lengths = [_length_on(day, outage, report) for outage in outages]
        yield TunnelDay(
            day,
            connection,
            tunnel,
            outages=len(outages),
            flaps=sum(1 for at in tunnel.flaps if day <= at < day + DAY),
            bgp_losses=sum(1 for at in tunnel.bgp_losses if day <= at < day + DAY),
            down=sum(lengths),
            longest=max(lengths),
            is_exact=all(outage.start_exact for outage in outages),
            causes=_causes(outages, lengths),
        )


def _length_on(day: int, outage: Outage, report: Report) -> int:
    end = outage.start + outage.length(report.until)
    return max(0, min(end, day + DAY, report.until) - max(outage.start, day, report.since))


def _causes(outages: list[Outage], lengths: list[int]) -> tuple[Cause, ...]:
    """Return the causes, the one with the longest total first."""
    causes: dict[str | None, Cause] = {}
    for outage, length in zip(outages, lengths, strict=True):
        diagnosis = outage.diagnosis
        code = diagnosis.code if diagnosis else None
        title = diagnosis.cause.title if diagnosis else ""
        before = causes.get(code) or Cause(code, title, outage.brief, 0, 0)
        causes[code] = before._replace(outages=before.outages + 1, length=before.length + length)
    return tuple(sorted(causes.values(), key=lambda cause: cause.length, reverse=True))
