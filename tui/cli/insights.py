"""Logs Insights on the command line: the cost estimate, the user's consent, and the progress."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import click

from tui.cli.completion import remember_selectors
from tui.cli.options import Command
from tui.cli.output import print_note
from tui.cli.process import Ending, run_until_signal
from tui.cli.reading import new_mask, reader, with_ids
from tui.cli.searching import found_everywhere
from tui.cli.sites import target_of
from tui.cli.watching import Watching
from tui.content.insights import estimate_sentence, progress_text, refusal_sentence, scanned_sentence
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.domain.masking.mask import Mask
    from tui.feed.insights.engine import Scanned
    from tui.feed.insights.scope import Scope
    from tui.feed.pump import Pump

_RETAINED: Final = 150_000
_MOST_EACH: Final = 20_000
"""Kilobytes of lines held for a report on weeks: the causes of old outages rest on old lines."""
_SPARE: Final = 2.0
"""The factor by which a scan may exceed the accepted estimate before the queries are stopped."""


def costing(command: Command) -> Command:
    """Give a command the option --max-cost; it receives `max_cost` in US dollars."""
    return click.option(
        "--max-cost",
        default=1.0,
        show_default=True,
        metavar="USD",
        type=click.FloatRange(min=0),
        help="Ask before a query that may cost more; without a terminal, refuse it.",
    )(command)


@dataclass(slots=True)
class Bill:
    """The bytes scanned at each site, by the site's name; `regions` has the region of each, which decides the price."""

    scanned: "dict[str, Scanned]" = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)

    @property
    def usd(self) -> float:
        """The price of the scan at list prices, in US dollars."""
        from tui.feed.insights.cost import usd

        return sum(usd(scanned.bytes, self.regions.get(site, "")) for site, scanned in self.scanned.items())

    @property
    def total(self) -> "Scanned":
        """The bytes scanned at all sites together."""
        from tui.feed.insights.engine import Scanned

        return sum(self.scanned.values(), Scanned())


class TooCostly(click.ClickException):
    """The estimate is above --max-cost, and there is no terminal to ask at."""


class NotAllowed(click.ClickException):
    """The caller may not use Logs Insights."""


def read_by_insights(
    watching: Watching, *, max_cost: float, otherwise: "Callable[[Watching], Pump | None] | None" = None
) -> "Pump | None":
    """Return what Logs Insights brought, None if a signal ended the reading; print the bytes scanned on stderr.

    If that would cost too much or is not allowed, say so and read with `otherwise` instead.
    """
    reading = Reading(watching, max_cost=max_cost)
    scopes = reading.scopes()
    if scopes is None:
        return None
    try:
        reading.agree(scopes)
        pump = reading.run()
    except (TooCostly, NotAllowed) as refusal:
        if otherwise is None:
            raise
        print_note(f"tunnelwatch: {refusal.message} Every event is read instead, which takes longer.")
        return otherwise(watching)
    total = reading.bill.total
    if total.queries:
        print_note(f"tunnelwatch: {scanned_sentence(total.queries, total.bytes, reading.bill.usd)}")
    return pump


class Reading:
    """One look-back with Insights: determine the scopes, agree on the cost, then read."""

    def __init__(self, watching: Watching, *, max_cost: float) -> None:
        self._watching = watching
        self._max_cost = max_cost
        self._mask: Mask | None = new_mask(watching) if watching.mask else None
        self._shares: dict[str, float] = {}
        self.bill = Bill()

    def scopes(self) -> "Mapping[str, Scope] | None":
        """Return what to read at each site; None if a signal ended the search.

        A site that fails is left out; the reading reports why. Raises click.ClickException if no site is left.
        """
        scopes: dict[str, Scope] = {}
        ended = run_until_signal(lambda: self._find_scopes(scopes))
        return scopes if ended is Ending.DONE else None

    async def _find_scopes(self, scopes: "dict[str, Scope]") -> None:
        from functools import partial

        from tui.feed.aws.errors import FeedError
        from tui.feed.insights.scope import find_scope
        from tui.feed.masked import learn_names

        clock = SystemClock()
        sites, failures = await found_everywhere(self._watching)
        for name, site in sites.items():
            try:
                scopes[name] = await find_scope(
                    target_of(site),
                    selectors=with_ids(site.selectors),
                    log_groups=site.log_groups,
                    asks_ec2=site.owner is not None,
                    since=self._watching.since_ms(clock),
                    clock=clock,
                    heard=None if self._mask is None else partial(learn_names, self._mask),
                )
            except FeedError as error:
                failures[name] = error
        if not scopes and failures:
            first = next(iter(failures.values()))
            raise FeedError(self._mask.text(first.message) if self._mask else first.message, first.kind, first.detail)

    def agree(self, scopes: "Mapping[str, Scope]") -> None:
        """Return if the cost is accepted: because it is small, or because the user agrees on the terminal.

        Raises TooCostly if there is no terminal to ask at, and click.Abort if the user declines.
        """
        from tui.feed.insights.cost import usd

        total = sum(scope.usd for scope in scopes.values())
        estimate = estimate_sentence(
            sum(scope.bytes for scope in scopes.values()),
            total,
            is_narrowed=any(scope.streams is not None for scope in scopes.values()),
            unsized=sum(len(scope.unsized) for scope in scopes.values()),
        )
        agreed = self._max_cost
        if total > self._max_cost:
            if not (sys.stdin.isatty() and sys.stderr.isatty()):
                raise TooCostly(refusal_sentence(estimate, total, self._max_cost))
            click.confirm(f"{estimate} Go on?", abort=True, err=True)
            agreed = _SPARE * total
        elif sys.stderr.isatty():
            click.echo(estimate, err=True)
        for name, scope in scopes.items():
            share = scope.usd / total if total else 1 / len(scopes)
            self._shares[name] = agreed * share / usd(1, scope.region)
            self.bill.regions[name] = scope.region

    def run(self) -> "Pump | None":
        """Return what was read; None if a signal ended the reading.

        Raises NotAllowed if the caller may not query, and click.ClickException as the other readers do.
        """
        from tui.domain.feed_state import ErrorKind
        from tui.domain.knowledge.catalogue_file import load
        from tui.domain.state.fleet import Fleet
        from tui.feed.aws.errors import FeedError
        from tui.feed.insights.engine import Scanned
        from tui.feed.insights.look_back import InsightsLookBack, InsightsOptions
        from tui.feed.pump import Pump

        shown = _ProgressLine()
        parts: dict[str, float] = {}

        def look_back(site: str) -> InsightsLookBack:
            def report(done: float, scanned: Scanned) -> None:
                parts[site] = done
                shown(progress_text(sum(parts.values()) / max(1, len(self._shares)), self.bill.total.bytes))

            scanned = self.bill.scanned[site] = Scanned()
            most_bytes = round(self._shares[site]) if site in self._shares else None
            return InsightsLookBack(InsightsOptions(most_bytes=most_bytes), scanned=scanned, progress=report)

        source = reader(self._watching, follow=False, trail=True, mask=self._mask, look_back=look_back)
        fleet = Fleet(load(), retained=_RETAINED, most_each=_MOST_EACH)
        pump = Pump(source, fleet, sinks=[remember_selectors])

        async def read() -> None:
            try:
                await pump.run()
            except FeedError as error:
                if error.kind is not ErrorKind.DENIED:
                    raise
                raise NotAllowed(error.message) from None

        try:
            ended = run_until_signal(read)
        finally:
            shown.clear()
        return pump if ended is Ending.DONE else None


class _ProgressLine:
    """One line on stderr that is overwritten again and again; nothing if stderr is no terminal."""

    def __init__(self) -> None:
        self._is_shown = False
        self._write: Callable[[str], None] = lambda text: click.echo(text, nl=False, err=True)

    def __call__(self, text: str) -> None:
        if sys.stderr.isatty():
            self._is_shown = True
            self._write(f"\r\x1b[K{text}")

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._write("\r\x1b[K")
