"""The standing and the causes of each tunnel as far as the feed has read; the same for screen and commands."""

from collections.abc import Callable, Sequence

from tui.domain.diagnosis.diagnose import Diagnoser, Diagnosis
from tui.domain.feed_state import FeedState
from tui.domain.judgement.judgement import Judgement, judge
from tui.domain.state.fleet import Fleet
from tui.domain.state.since import Since
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import State

Diagnose = Callable[[Tunnel], Sequence[Diagnosis]]
"""Returns what is wrong with a tunnel, the leading cause first; empty if nothing is known to be."""
Judge = Callable[[Tunnel], Judgement]
"""Returns whether a tunnel carries traffic, and how certain that is."""


def diagnosing(diagnoser: Diagnoser, *, now: int, feed: FeedState, caught_up: bool) -> Diagnose:
    """Return the function that names causes at `now` (ms). A silent log is a cause only if it was read to its end."""

    def diagnose(tunnel: Tunnel) -> Sequence[Diagnosis]:
        group = tunnel.facts.ike_group if tunnel.facts else None
        return diagnoser.of(tunnel, now=now, is_log_read=caught_up and feed.has_read(group))

    return diagnose


def judging(fleet: Fleet, *, now: int) -> Judge:
    """Return the function that judges the fleet's tunnels at `now` (ms)."""
    known_until = fleet.known_until(now)

    def judge_tunnel(tunnel: Tunnel) -> Judgement:
        return judge(tunnel, fleet.connection(tunnel.connection), now=known_until)

    return judge_tunnel


def standing(state: State, judgement: Judgement) -> Since[bool | None]:
    """Return whether the tunnel carries traffic and since when; if that is unknown, whether IKE is up.

    The phases themselves change with every rekey and every attempt.
    """
    if judgement.carries is None or judgement.since is None:
        return state.is_up
    return Since(judgement.carries, judgement.since, judgement.since_exact)
