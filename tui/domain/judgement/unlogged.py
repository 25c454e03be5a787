"""Losses of a tunnel that EC2 reported but no log line did: by the log alone, the tunnel was up throughout.

AWS replaces an endpoint without a line, and a tunnel that logs little can be lost without one. The set-up that follows
looks like a second negotiation beside the old SAs. Pure; times in ms.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tui.domain.inventory import TunnelFacts
from tui.domain.judgement.ec2_history import LAG, Status, statuses
from tui.domain.state.bgp import Bgp
from tui.domain.state.history import Entry
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import BURST, Renewal
from tui.domain.times import MINUTE

_BGP_FIRST_HEARD: Final = 2 * MINUTE
"""BGP tries to connect at least once within this time, so its first record follows the tunnel's start this soon."""


class UnloggedLoss(NamedTuple):
    """A loss that is over. `heard` is the tunnel's last line before it, `start` is None if only its end is known."""

    heard: int | None
    start: int | None
    end: int


def unlogged_loss(tunnel: Tunnel) -> UnloggedLoss | None:
    """Return the last loss since the tunnel came up by its log; None if no source saw one.

    A BGP session that persisted disproves it.
    """
    is_up, facts = tunnel.state.is_up, tunnel.facts
    if facts is None or not is_up.value:
        return None
    came_up = is_up.at or 0
    loss = max(_ended_by_set_ups(tunnel, facts), key=lambda ended: ended.end, default=None)
    if loss is None:
        loss = max(losses_in_silence(tunnel), key=lambda silent: silent.end, default=None)
    if loss is None or (came_up if loss.start is None else loss.start) < came_up or loss.end <= came_up:
        return None
    return None if _bgp_disproves(tunnel.state.bgp, loss) else loss


def losses_in_silence(tunnel: Tunnel) -> Iterator[UnloggedLoss]:
    """Yield what EC2 reported down and up again while the log was silent, oldest first.

    Lines long before EC2's report ended show that EC2 was wrong.
    """
    for down in statuses(tunnel.facts):
        if down.is_up or down.end is None or down.lacks_bgp_alone:
            continue
        before = last_of_the_tunnel(tunnel.history.before(down.start).newest_first())
        if before is None and tunnel.history.last is not None:
            continue  # it was before the log
        heard = None if before is None else max(before.at, before.gap.until if before.gap else 0)
        resumed = next((entry.at for entry in tunnel.history.since(down.start) if not _is_beside(entry)), None)
        if (heard or 0) >= down.start or (resumed is not None and resumed < down.end - LAG):
            continue
        end = down.end if resumed is None else min(down.end, resumed)
        if end - down.start <= BURST:
            continue  # the line tells of it: EC2 dates its status by the same second
        if heard is None or down.start - heard >= LAG or end - down.start >= LAG:
            yield UnloggedLoss(heard, down.start, end)


def awaits_bgp(tunnel: Tunnel, rise: int, until: int) -> bool:
    """Return whether BGP, missing at `until`, has been missing since IKE came up at `rise`: it comes up after IKE.

    It was not if it was established in between: what was lost later is another loss.
    """
    return 0 <= until - rise <= _BGP_FIRST_HEARD and not any(
        entry.at < until and entry.rule is not None and entry.rule.id == "bgp_state_established"
        for entry in tunnel.history.since(rise)
    )


def _ended_by_set_ups(tunnel: Tunnel, facts: TunnelFacts) -> Iterator[UnloggedLoss]:
    for renewal in tunnel.state.renewals:
        loss = _ended_by(renewal, tunnel, facts)
        if loss is not None:
            yield loss


def _ended_by(renewal: Renewal, tunnel: Tunnel, facts: TunnelFacts) -> UnloggedLoss | None:
    """Return the loss that ended with a new set-up beside SAs that seemed to exist.

    EC2 saw it if its status was down when the set-up began, or became up with it, and if it changed while the log was
    silent; so did a replacement of the endpoint in that silence.
    """
    heard = _heard_before(tunnel, renewal.began)
    if heard is None:
        return None
    starts = [status.start for status in statuses(facts) if _is_down_at(status, heard, renewal)]
    if facts.replaced_at is not None and heard < facts.replaced_at < renewal.at:
        starts.append(facts.replaced_at)
    if starts:
        return UnloggedLoss(heard, min(starts), renewal.at)
    came_up = facts.telemetry.since if facts.telemetry is not None and facts.telemetry.is_up else None
    if came_up is not None and renewal.began <= came_up <= renewal.at + LAG:
        return UnloggedLoss(heard, None, renewal.at)
    return None


def _heard_before(tunnel: Tunnel, began: int) -> int | None:
    """Return when the tunnel last logged before a set-up and vain attempts at one; the first packet precedes a line."""
    last = last_of_the_tunnel(tunnel.history.before(began - BURST).newest_first())
    if last is None:
        return None
    return max(last.at, min(last.gap.until, began - BURST) if last.gap is not None else 0)


def last_of_the_tunnel(newest_first: Iterable[Entry], began: int | None = None) -> Entry | None:
    """Return the newest of the entries that is about the tunnel itself rather than a negotiation beside it.

    `began` is when the negotiation began, ms, that followed the newest entry. Its first packet precedes its first line.
    """
    for entry in newest_first:
        if _is_beside(entry):
            began = entry.state.unproven_since
        elif not (entry.at == began and _is_packet(entry)):
            return entry
    return None


def _is_beside(entry: Entry) -> bool:
    return entry.state.unproven_since is not None


def _is_packet(entry: Entry) -> bool:
    """Whether the line shows a packet, which may be the first of the negotiation that follows."""
    return entry.rule is not None and entry.rule.family == "packet"


def _is_down_at(status: Status, heard: int, renewal: Renewal) -> bool:
    """Whether EC2 reported the tunnel down when the set-up began, and not because of something that was logged."""
    return not status.is_up and heard < status.start < renewal.at and (status.end or renewal.at) >= renewal.began


def _bgp_disproves(bgp: Bgp, loss: UnloggedLoss) -> bool:
    """Whether BGP's log explains EC2's status by a lost session, or shows that a session outlived the loss.

    A session that is lost with the new set-up is a consequence: over a lost tunnel, its log is silent, too.
    """
    established = bgp.is_established
    if established.value and established.at is not None and established.at < loss.end - BURST:
        return True
    periods = [(period.since, period.until) for period in bgp.losses]
    if established.value is False and established.at is not None:
        periods.append((established.at, loss.end))
    at = loss.end - BURST if loss.start is None else loss.start
    return any(since <= at < until for since, until in periods)
