"""The strips of an HTML report: each tunnel's conditions as SVG, distinguishable without colour, and their axis."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from tui.content.layout.cells import harmless
from tui.content.past.option_changes import change_name
from tui.content.report.values import Report, TunnelReport
from tui.content.wording import Moment
from tui.domain.past.conditions import Condition, Stretch
from tui.domain.times import DAY, HOUR, MINUTE, clock_time, length, short_day

_HEIGHT: Final = 30
_SHAPES: Final = {
    Condition.CARRYING: ("carrying", 10, 10),
    Condition.WITHOUT_BGP: ("up without BGP", 4, 22),
    Condition.NEGOTIATING: ("negotiating", 8, 22),
    Condition.DOWN: ("down", 0, 30),
    Condition.QUIET: ("quiet: the log fell silent", 10, 10),
    Condition.UNKNOWN: ("unknown", 15, 1),
}
"""Name, top and height in pixels: the taller, the worse, so that a strip is readable in print and without colour."""
_STEPS: Final = (
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
)
_MOST_TICKS: Final = 8


def strip(tunnel: TunnelReport, report: Report, moment: Moment) -> str:
    """Return one tunnel's strip, with lines at changes and notes."""
    shapes = "".join(
        _shape(stretch, report, f"{_SHAPES[stretch.condition][0]} {moment(stretch.start)}–{moment(stretch.end)}")
        for stretch in _worst_last(tunnel.course)
    )
    lines = "".join(
        f'<line class="event" x1="{_x(at, report)}" x2="{_x(at, report)}" y1="0" y2="{_HEIGHT}">{_title(text)}</line>'
        for at, text in _events(tunnel, report, moment)
    )
    sums = tunnel.availability
    label = escape(f"{tunnel.outside_ip}: carried traffic for {length(sums.carrying)} of {length(sums.span)}")
    return f'<svg role="img" aria-label="{label}">{shapes}{lines}</svg>'


def axis(report: Report) -> str:
    """Return the times below the strips."""
    ticks = "".join(
        f'<line x1="{_x(at, report)}" x2="{_x(at, report)}" y1="0" y2="4"/>'
        f'<text x="{_x(at, report)}" y="16" text-anchor="{_anchor(at, report)}">{_tick(at, report)}</text>'
        for at in _ticks(report)
    )
    return f'<svg class="axis" role="img" aria-label="times, UTC">{ticks}</svg>'


def legend() -> str:
    """Return the meanings of the shapes."""
    parts = (
        f'<span><svg role="img" aria-label="{name}"><rect class="{condition.value}" x="1" width="24" '
        f'y="{top / 2:g}" height="{height / 2:g}"/></svg>{name}</span>'
        for condition, (name, top, height) in _SHAPES.items()
    )
    return f'<div class="legend">{"".join(parts)}</div>'


def _worst_last(course: Sequence[Stretch]) -> list[Stretch]:
    """Return the stretches sorted so that an outage of a second is drawn over its long neighbours."""
    return sorted(course, key=lambda stretch: _SHAPES[stretch.condition][2])


def _shape(stretch: Stretch, report: Report, title: str) -> str:
    _, top, height = _SHAPES[stretch.condition]
    width = 100 * stretch.length / report.span
    return (
        f'<rect class="{stretch.condition.value}" x="{_x(stretch.start, report)}" width="{width:.3f}%" y="{top}" '
        f'height="{height}">{_title(title)}</rect>'
    )


def _title(text: str) -> str:
    return f"<title>{escape(harmless(text))}</title>"


def _events(tunnel: TunnelReport, report: Report, moment: Moment) -> Iterator[tuple[int, str]]:
    yield from ((mark.at, f"{moment(mark.at)} {mark.text}") for mark in report.marks)
    for change in report.changes:
        if change.change.outside_ip == tunnel.outside_ip:
            yield change.at, f"{moment(change.at)} {change_name(change.change)}"


def _x(at: int, report: Report) -> str:
    return f"{min(100.0, max(0.0, 100 * (at - report.since) / report.span)):.3f}%"


def _ticks(report: Report) -> range:
    step = next((step for step in _STEPS if report.span // step <= _MOST_TICKS), 0)
    step = step or -(-report.span // (_MOST_TICKS * DAY)) * DAY
    return range(report.since + -report.since % step, report.until + 1, step)


def _tick(at: int, report: Report) -> str:
    return clock_time(at)[:5] if report.span <= DAY or at % DAY else short_day(at).strip()


def _anchor(at: int, report: Report) -> str:
    share = (at - report.since) / report.span
    return "start" if share < 0.03 else "end" if share > 0.97 else "middle"
