"""`tunnelwatch doctor`: why logs are missing, what will cause trouble, and whether return traffic is routed."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tui.cli.examining import examining_sites, looking_watched
from tui.cli.output import print_width
from tui.cli.process import Ending, run_until_signal
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.content.doctor.sites import SiteCheckup
    from tui.domain.checkup.facts import Examination


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--plan", "as_plan", is_flag=True, help="Print a shell script that turns logs on, tunnel by tunnel.")
@watching
def doctor(watching: Watching, as_json: bool, as_plan: bool) -> int:
    """Check access, logging, delivery, set-up and return routes; print the fix for each fault. Changes nothing.

    Exit code: 0 all well, 1 a warning, 2 something stops the logs, 3 could not look.
    """
    if as_json and as_plan:
        raise click.UsageError("--json or --plan, not both.")
    if watching.mask:
        raise click.UsageError("doctor prints commands for your own account, which aliases would break.")
    if watching.is_several and not as_plan:
        return _of_sites(watching, as_json=as_json)
    return _of_account(watching, as_json, as_plan)


def _of_account(watching: Watching, as_json: bool, as_plan: bool) -> int:
    from tui.content.doctor.plan import plan
    from tui.domain.checkup.checkup import findings
    from tui.headless.colour import renderer, with_links
    from tui.headless.doctor import exit_code, render_json, render_page

    examine = looking_watched(watching)
    outcome: list[Examination] = []

    async def look() -> None:
        outcome.append(await examine((), False))

    if run_until_signal(look) is not Ending.DONE:
        return ExitCode.UNKNOWN
    examined = _with_terminal(outcome[0])
    judged = findings(examined)
    if as_json:
        click.echo(render_json(examined, judged))
    elif as_plan:
        click.echo("\n".join(plan(examined, judged)))
        return ExitCode.OK if examined.inventory is not None else ExitCode.UNKNOWN
    else:
        known = examined.inventory.connections if examined.inventory and not watching.endpoint_url else ()
        render = with_links(
            renderer(sys.stdout), sys.stdout, {connection.id: examined.caller.region for connection in known}
        )
        click.echo(render_page(examined, judged, columns=print_width(), render=render))
    return exit_code(examined, judged)


def _of_sites(watching: Watching, *, as_json: bool) -> int:
    from tui.domain.checkup.checkup import findings
    from tui.headless.colour import renderer
    from tui.headless.doctor_sites import render_sites, render_sites_json, sites_code

    checkups: dict[str, SiteCheckup] = {}
    examine = examining_sites(lambda: watching, command="doctor")

    async def look() -> None:
        await examine((), False, "", checkups.__setitem__)

    if run_until_signal(look) is not Ending.DONE:
        return ExitCode.UNKNOWN
    for name, checkup in checkups.items():
        if checkup.examined is not None:  # the terminal is the same for all sites, so only one of them reports it
            checkups[name] = replace(checkup, examined=_with_terminal(checkup.examined))
            break
    judged = {name: findings(checkup.examined) if checkup.examined else () for name, checkup in checkups.items()}
    if as_json:
        click.echo(render_sites_json(checkups, judged, now=SystemClock().now()))
    else:
        click.echo(render_sites(checkups, judged, columns=print_width(), render=renderer(sys.stdout)))
    return sites_code(checkups, judged)


def _with_terminal(examined: "Examination") -> "Examination":
    from tui.cli.this_terminal import this_terminal, versions

    return replace(examined, terminal=this_terminal(), versions=versions())
