"""`tunnelwatch accept`: what must be seen before a cutover call may end."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.notifying import NoticeOptions, noticing
from tui.cli.options import ZONE
from tui.cli.output import ErrorOutput, print_result
from tui.cli.parameter_types import SPAN
from tui.cli.process import Ending, run_until_signal
from tui.cli.reading import reader, report_unread_sites
from tui.cli.recording import RECORD
from tui.cli.waiting import run_to_outcome, waiting_for
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.domain.acceptance.expected_prefixes import ExpectedPrefixes
    from tui.domain.state.fleet import Fleet
    from tui.headless.live_list import LiveList
    from tui.headless.waiting import Notes

_LONGEST_LIST: Final = 1_000_000
"""Maximum size of a list of prefixes, bytes; AWS accepts a thousand prefixes at most."""


@click.command()
@click.option(
    "--prefixes", metavar="FILE", type=click.Path(), help="Expect these prefixes; see --write-prefixes for the format."
)
@click.option(
    "--write-prefixes",
    metavar="FILE",
    type=click.Path(),
    help="Write the prefixes announced now into a new FILE for editing, and exit.",
)
@click.option(
    "--drill", is_flag=True, help="Also wait until each tunnel has been down once while the other one carried traffic."
)
@click.option(
    "--timeout", type=SPAN, default="75m", show_default=True, metavar="SPAN", help="How long to watch: 75m, 1h30m."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["md", "json"]),
    default="md",
    show_default=True,
    help="Format of the protocol.",
)
@click.option("--utc", is_flag=True, help="Show times in UTC, as the protocol always does.")
@RECORD
@ZONE
@noticing
@watching
def accept(
    watching: Watching,
    notices: NoticeOptions,
    prefixes: str | None,
    write_prefixes: str | None,
    drill: bool,
    timeout: int,
    form: str,
    utc: bool,
    record: str | None,
) -> int:
    """Watch until a cutover has held: every tunnel up, BGP with its prefixes, a rekey survived, no flap.

    Progress goes to stderr, the dated protocol to stdout. Waiting for a rekey of phase 2 matters because a wrong PFS
    group fails only there, not at set-up. A rekey happens about once an hour; one within the look-back counts. If a
    tunnel goes down, other than for a drill, the watch ends at once: not accepted.

    Exit code: 0 everything was seen, 1 timed out or failed, 3 could not tell.
    """
    if prefixes is not None and write_prefixes is not None:
        raise click.UsageError("--prefixes reads a list, --write-prefixes writes one: give one of them.")
    if watching.mask and (prefixes or write_prefixes) is not None:
        raise click.UsageError("--mask hides the prefixes, so there is nothing to compare a list with: leave one out.")
    if write_prefixes is not None:
        return _write_prefixes(watching, Path(write_prefixes))
    expected = _read_prefixes(Path(prefixes)) if prefixes is not None else None

    from tui.headless.accept import RENDERERS, AcceptanceGoal

    clock, stderr = SystemClock(), ErrorOutput()

    def goal(fleet: "Fleet", notes: "Notes") -> AcceptanceGoal:
        return AcceptanceGoal(
            fleet,
            notes,
            clock=clock,
            expected=expected,
            expected_in=prefixes or "",
            drill=drill,
            live_list=_live_list(stderr),
        )

    accepting, waiting = waiting_for(
        goal, watching, clock=clock, timeout=timeout, utc=utc, stderr=stderr, record=record
    )
    return run_to_outcome(waiting, lambda outcome: RENDERERS[form](accepting.protocol(outcome)), notices, stderr=stderr)


def _read_prefixes(path: Path) -> "ExpectedPrefixes":
    from tui.domain.acceptance.expected_prefixes import PrefixListError, read_prefixes

    try:
        if path.exists() and not path.is_file():  # reading a pipe that nobody writes to would wait for ever
            raise click.ClickException(f"{path}: it is not a file.")
        with path.open("rb") as file:
            data = file.read(_LONGEST_LIST)
        return read_prefixes(data.decode("utf-8-sig"))
    except OSError as trouble:
        raise click.ClickException(f"{path}: {trouble.strerror}.") from None
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: it is not UTF-8 text.") from None
    except PrefixListError as wrong:
        raise click.ClickException(f"{path}:{wrong}.") from None


def _write_prefixes(watching: Watching, path: Path) -> int:
    """Write the prefixes announced now to a file; never overwrite an existing one, which may have been edited."""
    from tui.content.acceptance.prefix_list import prefix_list
    from tui.domain.knowledge.catalogue_file import load
    from tui.domain.state.fleet import Fleet
    from tui.feed.pump import Pump

    if path.exists():
        raise click.ClickException(f"{path} exists, and may have been edited: name a new file.")
    fleet = Fleet(load())
    pump = Pump(reader(watching, follow=False), fleet)
    if run_until_signal(pump.run) is not Ending.DONE:
        return ExitCode.UNKNOWN
    is_incomplete = report_unread_sites(watching, pump.states)
    text, number = prefix_list(fleet.connections, now=SystemClock().now())
    if not number:
        raise click.ClickException("No prefix is announced in the look-back; --since 3d looks back further.")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as trouble:
        raise click.ClickException(f"{path}: {trouble.strerror}.") from None
    print_result(f"{path}: {number} prefixes. Edit it, then: tunnelwatch accept --prefixes {path}")
    return ExitCode.UNKNOWN if is_incomplete else ExitCode.OK


def _live_list(stderr: ErrorOutput) -> "LiveList | None":
    """Return a list that redraws itself in place, or None if stderr is no terminal that can do so."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return None
    from tui.headless.colour import renderer
    from tui.headless.live_list import LiveList

    def size() -> tuple[int, int]:
        columns, rows = os.get_terminal_size(sys.stderr.fileno())
        return columns, rows

    return LiveList(partial(stderr, end=""), renderer(sys.stderr), size=size)
