"""All findings of a checkup, the worst first."""

from collections.abc import Callable, Iterator
from typing import Final

from tui.domain.checkup.access import access_findings
from tui.domain.checkup.changes import change_findings
from tui.domain.checkup.delivery import delivery_findings
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import WORST_FIRST, Finding
from tui.domain.checkup.live import live_findings
from tui.domain.checkup.path import path_findings
from tui.domain.checkup.terminal import terminal_findings
from tui.domain.checkup.tunnel_logs import logging_findings
from tui.domain.checkup.tunnel_options import option_findings

Judge = Callable[[Examination], Iterator[Finding]]

_GROUPS: Final[tuple[Judge, ...]] = (
    logging_findings,
    delivery_findings,
    access_findings,
    live_findings,
    option_findings,
    path_findings,
    change_findings,
    terminal_findings,
)
"""The judges, in the order in which findings of one level are listed."""
_WAY_BACK: Final[tuple[Judge, ...]] = (path_findings, change_findings)


def findings(examined: Examination) -> tuple[Finding, ...]:
    """Return all findings, worst first; within a level by group, then by connection."""
    return _judged(examined, _GROUPS)


def way_back_findings(examined: Examination) -> tuple[Finding, ...]:
    """Return the findings on routes, traffic and changes only, worst first."""
    return _judged(examined, _WAY_BACK)


def _judged(examined: Examination, judges: tuple[Judge, ...]) -> tuple[Finding, ...]:
    judged = [finding for judge in judges for finding in judge(examined)]
    return tuple(sorted(judged, key=lambda finding: WORST_FIRST.index(finding.level)))
