"""The reader of AWS that the options ask for."""

from typing import TYPE_CHECKING

from tui.cli.options import Watching
from tui.cli.settings import config_in_force
from tui.domain.clock import SystemClock

if TYPE_CHECKING:
    from tui.feed.source import Source


def reader(watching: Watching, *, follow: bool = True, details: bool = True) -> "Source":
    """Return what reads the events from AWS; with `follow` it goes on after the look-back.

    Connections have the names that the config file gives them, and are selected by these, too.

    `details` has EC2 asked for what only the diagnosis needs.
    """
    from tui.feed.aws.target import AwsTarget
    from tui.feed.named import Named
    from tui.feed.tail.tailer import Tailer

    names = config_in_force().names
    ids = {name.lower(): connection for connection, name in names.items()}
    clock = SystemClock()
    tailer = Tailer(
        AwsTarget(watching.profile, watching.region, watching.endpoint_url),
        selectors=tuple(ids.get(selector.lower(), selector) for selector in watching.selectors),
        log_groups=watching.log_groups,
        mode=watching.source,
        since=watching.since_ms(clock),
        follow=follow,
        details=details,
        clock=clock,
    )
    return Named(tailer, names) if names else tailer
