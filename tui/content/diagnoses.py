"""What is wrong with each tunnel, as far as the feed has read: the one way from a fleet to its diagnoses."""

from collections.abc import Callable, Sequence

from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.feed_state import FeedState
from tui.domain.fleet import Tunnel

Diagnose = Callable[[Tunnel], Sequence[Diagnosis]]
"""Returns what is wrong with a tunnel, the leading cause first; empty where nothing is known to be."""


def diagnosing(diagnoser: Diagnoser, *, now: int, feed: FeedState, caught_up: bool) -> Diagnose:
    """Return what names the causes at `now` (ms). A silent log is a cause only where the log was read to its end."""

    def diagnose(tunnel: Tunnel) -> Sequence[Diagnosis]:
        group = tunnel.facts.ike_group if tunnel.facts else None
        return diagnoser.of(tunnel, now=now, is_log_read=caught_up and feed.has_read(group))

    return diagnose
