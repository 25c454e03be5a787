"""Runs the checkup of accounts and sites, for `doctor` and for the keys of the screen."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tui.cli.config_file import Site
from tui.cli.reading import given_names, with_ids
from tui.cli.searching import found_everywhere
from tui.cli.sites import NO_ROLE, one_site, own_sites, target_of
from tui.cli.watching import Watching

if TYPE_CHECKING:
    from tui.app.examinations import Examine, Report
    from tui.domain.checkup.facts import Examination
    from tui.feed.aws.target import AwsTarget

Look = Callable[[Sequence[str], bool], "Coroutine[Any, Any, Examination]"]
"""Looks at one account: at the connections of these selectors (without any, those that are watched), and only at the
return path if the second argument is true. Raises FeedError if AWS cannot be asked."""


def examiner(watching: Watching) -> "Examine | None":
    """Return the function that runs the checkup of what is watched; None if names are masked.

    The findings hold commands for real resources, which would not work with aliases.
    """
    if watching.mask:
        return None
    return alone(looking_watched(watching)) if watching.is_one_account else examining_sites(lambda: watching)


def looking_watched(watching: Watching) -> Look:
    """Return the function that looks at the options' account; raises click.UsageError if there are several."""
    return looking_at_site(one_site(watching))


def looking_at_site(site: Site) -> Look:
    """Return the function that looks at a site."""
    target = target_of(site)
    return looking(lambda: target, with_ids(site.selectors), site.log_groups)


def looking(target: "Callable[[], AwsTarget]", watched: Sequence[str] = (), log_groups: Sequence[str] = ()) -> Look:
    """Return the function that looks at `target`.

    Without selectors of its own, it looks at what is `watched` at that time.
    """

    async def look(selectors: Sequence[str], way_back: bool) -> "Examination":
        from tui.feed.doctor.examine import examine, examine_way_back

        chosen = tuple(selectors) or tuple(watched)
        if way_back:
            return _named(await examine_way_back(target(), selectors=chosen))
        return _named(await examine(target(), selectors=chosen, named_groups=log_groups))

    return look


def alone(look: Look) -> "Examine":
    """Return the function that examines a single account, which has no name."""

    async def examine(selectors: Sequence[str], way_back: bool, site: str, report: "Report") -> None:
        from tui.content.doctor.sites import SiteCheckup

        report("", SiteCheckup(await look(selectors, way_back)))

    return examine


def examining_sites(watching: Callable[[], Watching], command: str = "The checkup") -> "Examine":
    """Return the function that examines the sites, a few at a time, and reports each as soon as it has answered.

    `command` is what the user called for, to be named where a site has no role. Raises FeedError if there is no site.
    """

    async def examine(selectors: Sequence[str], way_back: bool, site: str, report: "Report") -> None:
        from tui.content.doctor.sites import SiteCheckup
        from tui.headless.each_site import each_site

        sites, failures = await found_everywhere(watching())
        if "" in failures:
            raise failures[""]
        wanted = {name: candidate for name, candidate in sites.items() if site in ("", name)}
        own = own_sites(wanted)
        roles = {name: candidate.role_arn or "" for name, candidate in own.items()}
        for name in own:
            report(name, SiteCheckup(role=roles[name]))
        for name in wanted:
            if name not in own:
                report(name, SiteCheckup(failure=NO_ROLE.format(command=command)))
        for name, error in failures.items():
            if site in ("", name):
                report(name, SiteCheckup(failure=error.message))

        async def look(name: str) -> None:
            from tui.feed.aws.errors import FeedError

            try:
                examined = await looking_at_site(own[name])(selectors, way_back)
            except FeedError as error:
                report(name, SiteCheckup(failure=error.message, role=roles[name]))
            else:
                report(name, SiteCheckup(examined, role=roles[name]))

        await each_site({name: partial(look, name) for name in own})

    return examine


def _named(examined: "Examination") -> "Examination":
    """Return the examination with the names that the config file gives to connections."""
    from tui.feed.named import named

    if examined.inventory is None:
        return examined
    return replace(examined, inventory=named(examined.inventory, given_names()))
