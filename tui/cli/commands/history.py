"""`tunnelwatch history`: outages over weeks, found with CloudWatch Logs Insights."""

import sys

import click

from tui.cli.insights import Reading, costing
from tui.cli.output import print_width
from tui.cli.process import garbage_kept
from tui.cli.reading import report_unread_sites
from tui.cli.watching import Watching, watching_weeks
from tui.content.exit_codes import ExitCode
from tui.domain.clock import SystemClock


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--print-query", is_flag=True, help="Print the query for pasting into the console, and run none.")
@costing
@watching_weeks
def history(watching: Watching, as_json: bool, print_query: bool, max_cost: float) -> int:
    """Print the outages, flaps and causes of several weeks, per day and tunnel.

    A flap is one time that a tunnel that was up goes down; an outage lasts until it is back. CloudWatch Logs Insights
    scans the logs, and AWS bills each GB scanned: an estimate is printed first, and above --max-cost you are asked
    whether to go on. Only messages that change a state are read; days are in UTC.
    """
    if print_query and watching.mask:
        raise click.UsageError("--print-query prints names as they are, since a masked query finds nothing.")
    from tui.content.report.report import report_of
    from tui.headless.colour import renderer
    from tui.headless.history import Cost, render_json, render_queries, render_table

    reading = Reading(watching, max_cost=max_cost)
    scopes = reading.scopes()
    if scopes is None:
        return ExitCode.UNKNOWN
    if print_query:
        click.echo(render_queries(scopes))
        return ExitCode.OK
    since = watching.since_ms(SystemClock())
    reading.agree(scopes)
    with garbage_kept():
        pump = reading.run()
        if pump is None:
            return ExitCode.UNKNOWN
        code = ExitCode.UNKNOWN if report_unread_sites(watching, pump.states) else ExitCode.OK
        made = report_of(pump, since=since, now=SystemClock().now())
        total = reading.bill.total
        cost = Cost(total.queries, total.bytes, total.records, total.matched, reading.bill.usd)
        if as_json:
            click.echo(render_json(made, cost))
        else:
            columns = print_width()
            click.echo(render_table(made, cost, columns=columns, render=renderer(sys.stdout)))
    return code
