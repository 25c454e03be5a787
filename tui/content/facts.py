"""The facts of a tunnel: what its logs, BGP and EC2 say of it, and where they differ."""

from collections.abc import Iterable, Mapping
from typing import Final

from tui.content.blocks import Block, columns, heading, pairs
from tui.content.tones import Tone
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.domain.bgp import Bgp
from tui.domain.events import RouteEvent
from tui.domain.inventory import TunnelFacts
from tui.domain.times import iso, when

_ROUTES_SHOWN: Final = 12


def facts_blocks(subject: TunnelSnapshot, *, utc: bool) -> tuple[Block, ...]:
    """Return the facts of a tunnel, each group under its heading."""
    state = subject.state
    log = [
        ("phase 1", state.phase1.value.value),
        ("phase 2", state.phase2.value.value),
        ("DPD", {True: "on", False: "off", None: ""}[state.dpd_enabled]),
        ("NAT-T", {True: "detected", False: "no", None: ""}[state.nat_t_detected]),
        ("unknown messages", str(subject.unknown) if subject.unknown else ""),
    ]
    told = subject.disagreement
    title = "WHY EC2 SAYS DOWN: IT COUNTS BGP" if subject.bgp_explains_ec2 else "LOGS AND EC2 DIFFER"
    return (
        *((*heading(title), Block(told)) if told else ()),
        *pairs("THE LOG", log),
        *_bgp_blocks(subject, utc=utc),
        *_parameter_blocks(subject),
        *_ec2_blocks(subject, utc=utc),
    )


# --- BGP


def _bgp_blocks(subject: TunnelSnapshot, *, utc: bool) -> tuple[Block, ...]:
    bgp = subject.state.bgp
    if bgp.session is None:
        return () if subject.is_static else (*heading("BGP"), Block(_no_bgp_log(subject), Tone.QUIET))

    def told_at(at: int | None, words: str) -> str:
        return words.format(when(at, now=subject.at, utc=utc)) if at is not None else ""

    since, notice = bgp.is_established, bgp.notification
    words = f"{'' if bgp.is_up else ', not up'} since {'' if since.seen else 'before '}{{}}"
    facts = [
        ("session", bgp.session + told_at(since.at, words)),
        ("last notification", f"{told_at(notice[0], '{}')}  {notice[1]}" if notice else ""),
        ("prefix limit", _share(bgp)),
        ("routes", f"{len(bgp.prefixes):,} known" if bgp.prefixes else ""),
    ]
    paths = _denied_paths(subject)
    denied = [(prefix, f"{paths[prefix]}{reason}") for prefix, reason, _ in bgp.denied]
    return (
        *pairs("BGP", facts),
        *pairs("ROUTES FROM THE PEER", _first([(prefix, _path(path)) for prefix, path in bgp.prefixes])),
        *pairs("ROUTES REFUSED BY AWS", _first(denied)),
        *pairs("ROUTES WITHDRAWN", _first([(prefix, "withdrawn by the peer") for prefix in bgp.withdrawn])),
    )


def _no_bgp_log(subject: TunnelSnapshot) -> str:
    if subject.facts is not None and subject.facts.bgp_group is None and subject.connection is not None:
        return "BGP logging is off for this tunnel, so only EC2 tells of BGP. It is switched on apart from IKE logging."
    return "Nothing of BGP was logged in the time looked back upon."


def _share(bgp: Bgp) -> str:
    if bgp.limit is None:
        return ""
    received, allowed = bgp.limit
    return f"{received:,} of {allowed:,} allowed" + (f" ({received * 100 // allowed} %)" if allowed else "")


def _path(path: str) -> str:
    return f"AS path {path}" if path else "announced"


def _denied_paths(subject: TunnelSnapshot) -> Mapping[str, str]:
    """Return the AS path of each refused prefix, which the newest record of it holds."""
    missing = {each.prefix for each in subject.state.bgp.denied}
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


# --- EC2

_PARAMETERS: Final = (
    ("IKE version", "IkeVersion"),
    ("phase 1 encryption", "Phase1Encryption"),
    ("phase 1 integrity", "Phase1Integrity"),
    ("phase 1 DH group", "Phase1DHGroup"),
    ("phase 2 encryption", "Phase2Encryption"),
    ("phase 2 integrity", "Phase2Integrity"),
    ("phase 2 DH group", "Phase2DHGroup"),
)
"""What both ends must agree on, and how the keys begin: EC2 writes them in the plural for what is configured."""


def _parameter_blocks(subject: TunnelSnapshot) -> tuple[Block, ...]:
    """Return what was negotiated beside what the tunnel options allow, and the other options after that."""
    facts = subject.facts
    if facts is None:
        return ()
    rows = [(label, _value(facts.negotiated, start), _value(facts.configured, start)) for label, start in _PARAMETERS]
    others = [*_others(facts.negotiated), *_others(facts.configured)]
    return (
        *columns("PARAMETERS", ("negotiated", "allowed"), [row for row in rows if any(row[1:])]),
        *pairs("TUNNEL OPTIONS", sorted(others)),
    )


def _value(facts: Mapping[str, str], start: str) -> str:
    return next((value for key, value in facts.items() if key.startswith(start)), "")


def _others(facts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    starts = tuple(start for _, start in _PARAMETERS)
    return ((key, value) for key, value in facts.items() if not key.startswith(starts))


def maintenance(facts: TunnelFacts) -> str:
    """Return one line about pending maintenance of the tunnel's endpoint, empty where none is pending."""
    if not facts.maintenance_pending:
        return ""
    forced_at = facts.maintenance_forced_at
    deadline = f"; AWS applies it by itself after {iso(forced_at)}" if forced_at is not None else ""
    return f"Maintenance of this tunnel's endpoint is pending{deadline}. It interrupts the tunnel."


def _ec2_blocks(subject: TunnelSnapshot, *, utc: bool) -> tuple[Block, ...]:
    facts, owner = subject.facts, subject.connection
    if facts is None:
        return ()

    def told_at(at: int | None, words: str) -> str:
        return words.format(when(at, now=subject.at, utc=utc)) if at is not None else ""

    told = facts.telemetry
    seen = [
        ("status", f"{'UP' if told.is_up else 'DOWN'}{told_at(told.since, ' since {}')}" if told else ""),
        ("says", told.message if told else ""),
        ("maintenance", maintenance(facts)),
        ("endpoint replaced", told_at(facts.replaced_at, "{}")),
        ("IKE log", facts.ike_group or "off"),
        ("BGP log", "" if subject.is_static else facts.bgp_group or "off"),
        ("customer gateway", owner.customer_gateway.id if owner else ""),
        ("AWS gateway", owner.gateway if owner else ""),
        ("routing", "" if owner is None else "static" if subject.is_static else "BGP"),
    ]
    return pairs("EC2, MINUTES BEHIND", seen)
