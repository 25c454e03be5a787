"""What looks at the account while the screen is up: the checkup of `doctor`, begun by a key."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli.config_file import Site
from tui.cli.reading import given_names, with_ids
from tui.cli.sites import one_site, target_of
from tui.cli.watching import Watching

if TYPE_CHECKING:
    from tui.app.examinations import Examine
    from tui.domain.checkup.facts import Examination
    from tui.feed.aws.target import AwsTarget


def examiner(watching: Watching) -> "Examine | None":
    """Return what examines the account that is watched; None for several accounts, and for names that are masked.

    Its findings hold commands for real resources, which aliases would break.
    """
    return examining_watched(watching) if watching.is_one_account and not watching.mask else None


def examining_watched(watching: Watching) -> "Examine":
    """Return what examines the account that the options name. Raises click.UsageError where they name several."""
    return examining_site(one_site(watching))


def examining_site(site: Site) -> "Examine":
    """Return what examines a site."""
    target = target_of(site)
    return examining(lambda: target, with_ids(site.selectors), site.log_groups)


def examining(
    target: "Callable[[], AwsTarget]", watched: Sequence[str] = (), log_groups: Sequence[str] = ()
) -> "Examine":
    """Return what examines `target` as it is then; without selectors of its own, what is `watched`."""

    async def look(selectors: Sequence[str], way_back: bool) -> "Examination":
        from tui.feed.doctor.examine import examine, examine_way_back

        chosen = tuple(selectors) or tuple(watched)
        if way_back:
            return _named(await examine_way_back(target(), selectors=chosen))
        return _named(await examine(target(), selectors=chosen, named_groups=log_groups))

    return look


def _named(examined: "Examination") -> "Examination":
    """Return it with the names that the config file gives to connections."""
    from tui.feed.named import named

    if examined.inventory is None:
        return examined
    return replace(examined, inventory=named(examined.inventory, given_names()))
