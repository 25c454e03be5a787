"""The sites that the options only describe, searched for: every region in which an account has VPN connections."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from tui.cli.config_file import Site
from tui.cli.options import Watching
from tui.cli.settings import config_in_force
from tui.cli.sites import chosen_sites, site_of_options, target_of

if TYPE_CHECKING:
    from tui.feed.aws.client import Heard
    from tui.feed.aws.errors import FeedError


_ANY_REGION: Final = "us-east-1"
"""Where the list of regions is asked for if no region is set: every account has this one."""


@dataclass(frozen=True, slots=True)
class FoundSites:
    """The sites that were found in place of one, by name, and what could not be found out, for the user."""

    sites: dict[str, Site] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


class Search(Protocol):
    """Searches for the sites; raises FeedError where the account cannot be asked."""

    @property
    def nothing(self) -> str:
        """What to say where there are none."""

    async def __call__(self) -> FoundSites:
        """Return the sites."""


def roots(watching: Watching) -> dict[str, Site]:
    """Return the sites that the options name, by name; that of the options alone, without a name, where none is."""
    return chosen_sites(watching) or {"": site_of_options(watching)}


def search_for(watching: Watching, name: str, site: Site, *, heard: "Heard | None" = None) -> Search | None:
    """Return what searches for the sites that stand for this one; None where it stands for itself."""
    return _Regions(name, site, heard) if watching.all_regions else None


async def found_everywhere(watching: Watching) -> "tuple[dict[str, Site], dict[str, FeedError]]":
    """Return all sites by name once the search is over, and why there are none in the place of some."""
    from tui.feed.aws.errors import FeedError

    sites: dict[str, Site] = {}
    failures: dict[str, FeedError] = {}
    for name, site in roots(watching).items():
        search = search_for(watching, name, site)
        try:
            sites |= (await search()).sites if search is not None else {name: site}
        except FeedError as error:
            failures[name] = error
    return sites, failures


@dataclass(frozen=True, slots=True)
class _Regions:
    """Searches an account for the regions in which it has VPN connections."""

    name: str
    site: Site
    heard: "Heard | None"

    @property
    def nothing(self) -> str:
        return "No region of the account has VPN connections."

    async def __call__(self) -> FoundSites:
        from tui.feed.aws.client import connect
        from tui.feed.inventory.regions import vpn_regions

        async with connect(target_of(self.site), heard=self.heard, services=("ec2",)) as aws:
            regions = await vpn_regions(aws if aws.target.region else aws.in_region(_ANY_REGION))
        sites = {self._named(region): replace(self.site, region=region) for region in regions.names}
        return FoundSites(sites, regions.notices)

    def _named(self, region: str) -> str:
        """Return the name of the site in a region: the region's, or that of its own site with the region in short."""
        from tui.feed.inventory.regions import short_region

        if not self.name:
            return region
        short = f"{self.name}-{short_region(region)}"
        return short if short not in config_in_force().sites else f"{self.name}-{region}"
