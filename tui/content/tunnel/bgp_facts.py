"""BGP on a tunnel: its session, its prefixes, and what AWS refused."""

from collections.abc import Mapping
from typing import Final

from tui.content.layout.blocks import Block, heading, pairs
from tui.content.layout.tones import Tone
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.wording import Moment, since
from tui.domain.events import RouteEvent
from tui.domain.state.bgp import Bgp

_ROUTES_SHOWN: Final = 12


def bgp_blocks(subject: TunnelSnapshot, *, moment: Moment) -> tuple[Block, ...]:
    """Return what is known of BGP; empty for a static connection."""
    bgp = subject.state.bgp
    if bgp.session is None:
        return () if subject.is_static else (*heading("BGP"), Block(_no_bgp_log(subject), Tone.QUIET))
    state = bgp.session if bgp.is_up else f"{bgp.session}, not up"
    notice = bgp.notification
    facts = [
        ("session", state + since(bgp.is_established, moment)),
        ("last notification", f"{moment(notice[0])}  {notice[1]}" if notice else ""),
        ("prefix limit", _share(bgp)),
        ("routes", f"{len(bgp.prefixes):,} known" if bgp.prefixes else ""),
    ]
    paths = _denied_paths(subject)
    denied = [(prefix, f"{paths[prefix]}{reason}") for prefix, reason, _ in bgp.denied]
    return (
        *pairs("BGP", facts),
        *pairs("Routes from the peer", _first([(prefix, _path(path)) for prefix, path in bgp.prefixes])),
        *pairs("Routes refused by AWS", _first(denied)),
        *pairs("Routes withdrawn", _first([(prefix, "withdrawn by the peer") for prefix in bgp.withdrawn])),
    )


def _no_bgp_log(subject: TunnelSnapshot) -> str:
    if subject.facts is not None and subject.facts.bgp_group is None and subject.connection is not None:
        return "BGP logging is off for this tunnel, so only EC2 reports on BGP. BGP logging is turned on separately."
    return "No BGP log lines in the look-back."


def _share(bgp: Bgp) -> str:
    if bgp.limit is None:
        return ""
    received, allowed = bgp.limit
    return f"{received:,} of {allowed:,} allowed" + (f" ({received * 100 // allowed} %)" if allowed else "")


def _path(path: str) -> str:
    return f"AS path {path}" if path else "announced"


def _denied_paths(subject: TunnelSnapshot) -> Mapping[str, str]:
    """Return the AS path of each refused prefix, from the newest record about it."""
    missing = {denial.prefix for denial in subject.state.bgp.denied}
    paths = dict.fromkeys(missing, "")
    for entry in subject.tunnel.history.newest_first() if missing else ():
        event = entry.event
        if isinstance(event, RouteEvent) and event.prefix in missing and entry.at <= subject.at:
            missing.remove(event.prefix)
            paths[event.prefix] = f"AS path {event.as_path}: " if event.as_path else ""
            if not missing:
                break
    return paths


def _first(routes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    left = len(routes) - _ROUTES_SHOWN
    return [*routes[:_ROUTES_SHOWN], ("…", f"{left:,} more")] if left > 0 else routes
