"""The sites that the options choose: which accounts and regions to ask, and for what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from tui.cli.config_file import Site
from tui.cli.watching import Watching

if TYPE_CHECKING:
    from tui.feed.aws.target import AwsTarget


def site_of_options(watching: Watching) -> Site:
    """Return the account and region that the options alone name."""
    return Site(
        profile=watching.profile,
        region=watching.region,
        endpoint_url=watching.endpoint_url,
        log_groups=watching.log_groups,
        selectors=watching.selectors,
        linked_accounts=watching.linked_accounts,
    )


def chosen_sites(watching: Watching) -> dict[str, Site]:
    """Return the sites to read, by name, completed from the command line; empty if no site is asked for.

    A selector `site/name` selects at that site alone. If all selectors name sites, the sites that none of them names
    are left out: they need not be asked.
    """
    options = site_of_options(watching)
    chosen: dict[str, Site] = {}
    for name, site in watching.sites.items():
        whole = _completed(site, options)
        selectors = _selectors_at(name, whole.selectors, watching.sites)
        if selectors or not whole.selectors:
            chosen[name] = replace(whole, selectors=selectors)
    return chosen


def one_site(watching: Watching) -> Site:
    """Return the account and region that the options name. Raises click.UsageError if they name several."""
    if len(watching.sites) > 1:
        raise click.UsageError(f"One site at a time: --site {' or --site '.join(watching.sites)}.")
    if not watching.is_one_account:
        raise click.UsageError("One account and region at a time: --profile and --region name them, or --site.")
    return next(iter(chosen_sites(watching).values()), site_of_options(watching))


def all_selectors(watching: Watching) -> tuple[str, ...]:
    """Return the selectors of all sites, without the names of the sites."""
    selectors = [selector for site in chosen_sites(watching).values() for selector in site.selectors]
    return tuple(dict.fromkeys(selectors)) if watching.sites else watching.selectors


NO_ROLE: Final = (
    "This account only shares its logs. {command} looks at it with a role of its own: give a site of the config file "
    "its role_arn."
)
"""The message for a site that `has_no_role`."""


def own_sites(sites: Mapping[str, Site]) -> dict[str, Site]:
    """Return the site by which each account itself is asked; accounts without a role are left out.

    A linked account is asked with a role of its own: its logs do not show how it is set up.
    """
    return {name: site.owner or site for name, site in sites.items() if not site.has_no_role}


def target_of(site: Site) -> "AwsTarget":
    """Return the AWS target of a site's account."""
    from tui.feed.aws.target import AwsTarget

    owner = target_of(site.owner) if site.owner is not None else None
    return AwsTarget(site.profile, site.region, site.endpoint_url, site.role_arn, site.external_id, owner)


def _completed(site: Site, options: Site) -> Site:
    """Return a site with the command line's additions and replacements."""
    return replace(
        site,
        profile=site.profile or options.profile,
        region=site.region or options.region,
        endpoint_url=site.endpoint_url or options.endpoint_url,
        selectors=options.selectors or site.selectors,
        log_groups=options.log_groups or site.log_groups,
        linked_accounts=site.linked_accounts or options.linked_accounts,
    )


def _selectors_at(name: str, selectors: Sequence[str], sites: Collection[str]) -> tuple[str, ...]:
    """Return the selectors that apply at a site. A slash may also be part of a Name tag."""
    parts = [(*selector.partition("/"), selector) for selector in selectors]
    return tuple(
        rest if slash and site == name else selector
        for site, slash, rest, selector in parts
        if not slash or site == name or site not in sites
    )
