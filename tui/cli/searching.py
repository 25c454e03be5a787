"""The search for sites that the options only describe: regions with VPN connections, and linked accounts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tui.cli.config_file import Link, Site
from tui.cli.settings import config_in_force
from tui.cli.sites import chosen_sites, site_of_options, target_of
from tui.cli.watching import Watching

if TYPE_CHECKING:
    from tui.feed.aws.client import Aws, Heard
    from tui.feed.aws.errors import FeedError
    from tui.feed.inventory.linked_accounts import LinkedAccount

_ANY_REGION: Final = "us-east-1"
"""The region that is asked for the list of regions if none is set: every account has this one."""


@dataclass(frozen=True, slots=True)
class FoundSites:
    """The sites found instead of one, by name, and remarks for the user on what could not be determined."""

    sites: dict[str, Site] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def roots(watching: Watching) -> dict[str, Site]:
    """Return the sites that the options name, by name; without any, the one that the options describe, unnamed."""
    return chosen_sites(watching) or {"": site_of_options(watching)}


def search_for(watching: Watching, name: str, site: Site, *, heard: "Heard | None" = None) -> "Search | None":
    """Return the search for the sites behind this one; None if it needs no search."""
    if not watching.all_regions and not site.linked_accounts:
        return None
    return Search(name, site, heard, roots(watching), all_regions=watching.all_regions)


async def found_everywhere(watching: Watching) -> "tuple[dict[str, Site], dict[str, FeedError]]":
    """Return all sites by name once the searches are over, and for each search without any sites the reason."""
    from tui.feed.aws.errors import FeedError

    async def sites_behind(name: str, site: Site) -> "dict[str, Site] | FeedError":
        search = search_for(watching, name, site)
        try:
            return (await search()).sites if search is not None else {name: site}
        except FeedError as error:
            return error

    named = roots(watching)
    answers = await asyncio.gather(*(sites_behind(name, site) for name, site in named.items()))
    sites: dict[str, Site] = {}
    failures: dict[str, FeedError] = {}
    for name, answer in zip(named, answers, strict=True):
        if isinstance(answer, FeedError):
            failures[name] = answer
        else:
            sites |= answer
    return sites, failures


@dataclass(frozen=True, slots=True)
class Search:
    """Searches for the sites behind one site; `chosen` are all that the options name."""

    name: str
    site: Site
    heard: "Heard | None"
    chosen: Mapping[str, Site]
    all_regions: bool

    @property
    def nothing(self) -> str:
        """The message for a search that found nothing."""
        where = "No region of the account has" if self.all_regions else "The account has no"
        linked = ", and no account that shares its logs with it" if self.site.linked_accounts else ""
        return f"{where} VPN connections{linked}."

    async def __call__(self) -> FoundSites:
        """Return the sites; raises FeedError if the account cannot be asked."""
        from tui.feed.aws.client import connect
        from tui.feed.inventory.regions import may_have_connections, vpn_regions

        async with connect(target_of(self.site), heard=self.heard) as aws:
            if not self.all_regions:
                return FoundSites(await self._in_region(aws, is_used=await may_have_connections(aws)))
            regions = await vpn_regions(aws if aws.target.region else aws.in_region(_ANY_REGION))
            sites: dict[str, Site] = {}
            for region in (*regions.names, *(regions.empty if self.site.linked_accounts else ())):
                sites |= await self._in_region(aws.in_region(region), is_used=region in regions.names)
            return FoundSites(sites, regions.notices)

    async def _in_region(self, aws: "Aws", *, is_used: bool) -> dict[str, Site]:
        """Return the sites of one region: the account itself if it `is_used`, and the accounts linked to it."""
        from tui.feed.inventory.linked_accounts import linked_accounts

        region = aws.target.region or ""
        ours, accounts = await linked_accounts(aws) if self.site.linked_accounts else ("", ())
        name = self._name_in(region) or (region if self.all_regions else ours)
        own = {name: replace(self.site, region=region)} if is_used else {}
        linked = [account for account in accounts if not self._is_chosen(account, region)]
        return own | {self._name_of(account, region): self._through_us(account, region) for account in linked}

    def _name_in(self, region: str) -> str:
        """Return the name of the account itself: its site's, with an abbreviated region if there are several."""
        from tui.feed.inventory.regions import short_region

        if not self.all_regions:
            return self.name
        short = f"{self.name}-{short_region(region)}"
        return "" if not self.name else short if short not in config_in_force().sites else f"{self.name}-{region}"

    def _name_of(self, account: "LinkedAccount", region: str) -> str:
        """Return the name of a linked account: its label, with whatever tells it from others of that label."""
        from tui.feed.inventory.regions import short_region

        label = account.label if account.label not in config_in_force().sites else account.number
        through = [self.name] if len(self.chosen) > 1 else []
        return "-".join((*through, label, *([short_region(region)] if self.all_regions else [])))

    def _is_chosen(self, account: "LinkedAccount", region: str) -> bool:
        """Whether one of the sites that the options name belongs to that account, and so reads it directly."""
        return any(_is_of(site, account, None if self.all_regions else region) for site in self.chosen.values())

    def _through_us(self, account: "LinkedAccount", region: str) -> Site:
        """Return the site of a linked account, whose logs are read from here.

        EC2 is asked with the role of a site in the config file, if one has a role of that account.
        """
        owners = (site for site in config_in_force().sites.values() if _is_of(site, account, region))
        owner = next(owners, None)
        if owner is not None:
            urls = owner.endpoint_url or self.site.endpoint_url
            owner = replace(owner, profile=owner.profile or self.site.profile, region=region, endpoint_url=urls)
        arns = tuple(group.arn for group in account.groups)
        return replace(self.site, region=region, log_groups=arns, linked_accounts=False, link=Link(owner))


def _is_of(site: Site, account: "LinkedAccount", region: str | None) -> bool:
    """Whether a site has a role of that account, and is in that region if one is given."""
    number = (site.role_arn or "").split(":")[4:5]
    return number == [account.number] and (region is None or site.region in (None, region))
