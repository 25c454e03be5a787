"""The changes made at AWS during the last day, and who made them."""

from collections.abc import Iterator

from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level
from tui.domain.times import iso
from tui.domain.trail import TrailChange


def change_findings(examined: Examination) -> Iterator[Finding]:
    """Yield each change, newest first, or a finding that there was none."""
    if examined.trail is None:
        return
    for change in examined.trail.changes:
        yield Finding("changed", Level.NOTE, change.connection, change.outside_ip, _values(change))
    if not examined.trail.changes:
        yield Finding("nothing_changed", Level.OK, values={"start": iso(examined.trail.start)})


def _values(change: TrailChange) -> dict[str, str]:
    options = f" of {', '.join(change.options)}" if change.options else ""
    return {"at": iso(change.at), "call": change.call, "options": options, "who": change.who}
