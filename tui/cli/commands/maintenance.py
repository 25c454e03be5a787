"""`tunnelwatch maintenance`: which tunnels AWS will interrupt, and when."""

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from tui.cli.config_file import Site
from tui.cli.output import print_width
from tui.cli.process import Ending, run_until_signal
from tui.cli.reading import given_names, new_mask, with_ids
from tui.cli.searching import found_everywhere
from tui.cli.sites import NO_ROLE, target_of
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.domain.inventory import Inventory
    from tui.domain.maintenance import Forecast
    from tui.domain.masking.mask import Mask


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--ics", "as_calendar", is_flag=True, help="Print a calendar file of the deadlines.")
@watching
def maintenance(watching: Watching, as_json: bool, as_calendar: bool) -> int:
    """Print which tunnels AWS is going to interrupt for maintenance, until when, and whether they recover on their own.

    Exit code: 0 nothing is pending, 1 something is, 2 a connection would lose its only tunnel that is up, 3 could not
    tell.
    """
    if as_json and as_calendar:
        raise click.UsageError("--json or --ics, not both.")
    from tui.headless.colour import renderer
    from tui.headless.maintenance import exit_code, look_at, render_calendar, render_json, render_table

    forecasts: dict[str, Forecast] = {}
    failures: dict[str, str] = {}
    mask = new_mask(watching) if watching.mask else None

    async def look() -> None:
        sites, missing = await found_everywhere(watching)
        if "" in missing:  # there is no site name to put beside it
            raise missing[""]
        asked = {name: site for name, site in sites.items() if not site.has_no_role}
        known, failed = await look_at({name: partial(_forecast, name, site, mask) for name, site in asked.items()})
        forecasts.update(known)
        failures.update(failed | {name: error.message for name, error in missing.items()})
        no_role = NO_ROLE.format(command="maintenance")
        failures.update({name: no_role for name, site in sites.items() if site.has_no_role})

    if run_until_signal(look) is not Ending.DONE:
        return ExitCode.UNKNOWN
    if mask is not None:
        failures = {mask.text(name): mask.text(reason) for name, reason in failures.items()}
    now = SystemClock().now()
    if as_json:
        click.echo(render_json(forecasts, failures, now=now))
    elif as_calendar:
        calendar = render_calendar(forecasts, now=now)
        click.echo(calendar, nl=False)
        if not calendar:
            click.echo("tunnelwatch: No deadline is known, so there is nothing to put in a calendar.", err=True)
        for site, reason in failures.items():
            click.echo(f"tunnelwatch: site {site}: {reason}", err=True)
    else:
        columns = print_width()
        click.echo(render_table(forecasts, failures, now=now, columns=columns, render=renderer(sys.stdout)))
    return exit_code(forecasts, failures)


async def _forecast(name: str, site: Site, mask: "Mask | None") -> "Forecast":
    from dataclasses import replace

    from tui.domain.masking.facts import masked_inventory, masked_source
    from tui.feed.maintenance import maintenance_forecast
    from tui.feed.named import named

    def rewritten(inventory: "Inventory") -> "Inventory":
        inventory = named(inventory, given_names())
        return inventory if mask is None else masked_inventory(mask, inventory)

    shown = name if mask is None else masked_source(mask, name)
    selectors = with_ids(site.selectors)
    pending = await maintenance_forecast(target_of(site), selectors=selectors, rewrite=rewritten, site=shown)
    return pending if mask is None else replace(pending, reason=mask.text(pending.reason))
