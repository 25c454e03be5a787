"""The reader of AWS that the options ask for."""

from typing import TYPE_CHECKING

from tui.cli.options import Watching
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.feed.tail.tailer import Tailer


def tailer(watching: Watching, *, follow: bool = True, details: bool = True) -> "Tailer":
    """Return what reads the events from AWS; with `follow` it goes on after the look-back.

    `details` has EC2 asked for what only the diagnosis needs.
    """
    from tui.feed.aws.target import AwsTarget
    from tui.feed.tail.tailer import Tailer

    clock = SystemClock()
    return Tailer(
        AwsTarget(watching.profile, watching.region, watching.endpoint_url),
        selectors=watching.selectors,
        log_groups=watching.log_groups,
        mode=watching.source,
        since=watching.since_ms(clock),
        follow=follow,
        details=details,
        clock=clock,
    )
