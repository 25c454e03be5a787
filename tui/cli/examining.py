"""What looks at the account while the screen is up: the checkup of `doctor`, begun by a key."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.cli.options import Watching
from tui.cli.reading import one_site, with_ids

if TYPE_CHECKING:
    from tui.app.examinations import Examine
    from tui.domain.checkup.facts import Examination
    from tui.feed.aws.target import AwsTarget


def examiner(watching: Watching) -> "Examine | None":
    """Return what examines the account that is watched; None for several accounts, and for names that are masked.

    Its findings hold commands for real resources, which aliases would break.
    """
    if watching.mask or len(watching.sites) > 1:
        return None
    from tui.feed.aws.target import AwsTarget

    site = one_site(watching)
    target = AwsTarget(site.profile, site.region, site.endpoint_url, site.role_arn, site.external_id)
    return examining(lambda: target, with_ids(site.selectors), site.log_groups)


def examining(
    target: "Callable[[], AwsTarget]", watched: Sequence[str] = (), log_groups: Sequence[str] = ()
) -> "Examine":
    """Return what examines `target` as it is then; without selectors of its own, what is `watched`."""

    async def look(selectors: Sequence[str], way_back: bool) -> "Examination":
        from tui.feed.doctor.examine import examine, examine_way_back

        chosen = tuple(selectors) or tuple(watched)
        if way_back:
            return await examine_way_back(target(), selectors=chosen)
        return await examine(target(), selectors=chosen, named_groups=log_groups)

    return look
