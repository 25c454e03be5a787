"""The reader of AWS that the options ask for."""

from typing import TYPE_CHECKING

from tui.cli.config_file import Site
from tui.cli.options import Watching
from tui.cli.settings import config_in_force
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.feed.source import Source


def reader(watching: Watching, *, follow: bool = True, details: bool = True) -> "Source":
    """Return what reads the events from AWS, of several sites side by side; `follow` goes on after the look-back.

    Connections have the names that the config file gives them, and are selected by these, too. `details` has EC2 asked
    for what only the diagnosis needs.
    """
    from tui.feed.sites import sites

    if not watching.sites:
        return _named(_of_options(watching), watching, "", follow=follow, details=details)
    return sites(
        {name: _named(site, watching, name, follow=follow, details=details) for name, site in watching.sites.items()}
    )


def _of_options(watching: Watching) -> Site:
    return Site(
        profile=watching.profile,
        region=watching.region,
        endpoint_url=watching.endpoint_url,
        log_groups=watching.log_groups,
        selectors=watching.selectors,
    )


def _named(site: Site, watching: Watching, name: str, *, follow: bool, details: bool) -> "Source":
    from tui.feed.aws.target import AwsTarget
    from tui.feed.named import Named
    from tui.feed.tail.tailer import Tailer

    names = config_in_force().names
    ids = {given.lower(): connection for connection, given in names.items()}
    clock = SystemClock()
    tailer = Tailer(
        AwsTarget(
            site.profile,
            site.region or watching.region,
            site.endpoint_url or watching.endpoint_url,
            site.role_arn,
            site.external_id,
        ),
        selectors=tuple(ids.get(selector.lower(), selector) for selector in watching.selectors or site.selectors),
        log_groups=watching.log_groups or site.log_groups,
        mode=watching.source,
        since=watching.since_ms(clock),
        follow=follow,
        details=details,
        clock=clock,
        source=name,
    )
    return Named(tailer, lambda facts: names.get(facts.id, facts.name)) if names else tailer
