"""`tunnelwatch doctor`: why logs are missing, what will cause trouble, and whether return traffic is routed."""

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from tui.cli.examining import looking_at_site, looking_watched
from tui.cli.output import print_width
from tui.cli.process import Ending, run_until_signal
from tui.cli.searching import found_everywhere
from tui.cli.sites import NO_ROLE, own_sites
from tui.cli.watching import Watching, watching
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
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
        render = with_links(renderer(sys.stdout), sys.stdout, {each.id: examined.caller.region for each in known})
        click.echo(render_page(examined, judged, columns=print_width(), render=render))
    return exit_code(examined, judged)


def _of_sites(watching: Watching, *, as_json: bool) -> int:
    from tui.domain.checkup.checkup import findings
    from tui.headless.colour import renderer
    from tui.headless.doctor_sites import Checkup, check_sites, render_sites, render_sites_json, sites_code

    checkups: list[Checkup] = []

    async def look() -> None:
        sites, failures = await found_everywhere(watching)
        if "" in failures:  # there is no site name to put beside it
            raise failures[""]
        own = own_sites(sites)
        looks = {name: partial(looking_at_site(site), (), False) for name, site in own.items()}
        roles = {name: site.role_arn for name, site in own.items() if site.role_arn}
        checkups.extend(await check_sites(looks, findings, roles))
        no_role = NO_ROLE.format(command="doctor")
        checkups.extend(Checkup(name, failure=no_role) for name, site in sites.items() if site.has_no_role)
        checkups.extend(Checkup(name, failure=error.message) for name, error in failures.items())

    if run_until_signal(look) is not Ending.DONE:
        return ExitCode.UNKNOWN
    for index, checkup in enumerate(checkups):
        if checkup.examined is not None:  # the terminal is the same for all sites, so only one of them reports it
            examined = _with_terminal(checkup.examined)
            checkups[index] = replace(checkup, examined=examined, findings=findings(examined))
            break
    if as_json:
        click.echo(render_sites_json(checkups, now=SystemClock().now()))
    else:
        click.echo(render_sites(checkups, columns=print_width(), render=renderer(sys.stdout)))
    return sites_code(checkups)


def _with_terminal(examined: "Examination") -> "Examination":
    from tui.cli.this_terminal import this_terminal, versions

    return replace(examined, terminal=this_terminal(), versions=versions())
