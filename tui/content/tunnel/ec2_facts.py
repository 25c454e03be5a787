"""What EC2 says of a tunnel: its status, and the negotiated and the allowed parameters."""

from collections.abc import Iterable, Mapping
from typing import Final

from tui.content.layout.blocks import Block, columns, pairs
from tui.content.past.option_changes import change_text
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.wording import Moment, ec2_status_since, maintenance
from tui.domain.calls import changes_of
from tui.domain.inventory import TunnelFacts

_PARAMETERS: Final = (
    ("IKE version", "IkeVersion"),
    ("phase 1 encryption", "Phase1Encryption"),
    ("phase 1 integrity", "Phase1Integrity"),
    ("phase 1 DH group", "Phase1DHGroup"),
    ("phase 2 encryption", "Phase2Encryption"),
    ("phase 2 integrity", "Phase2Integrity"),
    ("phase 2 DH group", "Phase2DHGroup"),
)
"""What both ends must agree on, and who initiates; EC2 uses the plural for what is configured."""


def parameter_blocks(subject: TunnelSnapshot) -> tuple[Block, ...]:
    """Return the negotiated parameters beside those that the tunnel options allow, then the other options."""
    facts = subject.facts
    if facts is None:
        return ()
    rows = [(label, _value(facts.negotiated, start), _value(facts.configured, start)) for label, start in _PARAMETERS]
    others = [*_others(facts.negotiated), *_others(facts.configured)]
    return (
        *columns("Parameters", ("negotiated", "allowed"), [row for row in rows if any(row[1:])]),
        *pairs("Tunnel options", sorted(others)),
        *_sibling_blocks(subject),
    )


def _sibling_blocks(subject: TunnelSnapshot) -> Iterable[Block]:
    """Yield the parameters and options of the connection's other tunnel that differ from this one's."""
    own = subject.facts
    for other in subject.connection.tunnels if subject.connection and own else ():
        if own is None or other.outside_ip == own.outside_ip:
            continue
        yield from pairs(f"The other tunnel, {other.outside_ip}, differs in", _differences(own, other))


def _differences(own: TunnelFacts, other: TunnelFacts) -> list[tuple[str, str]]:
    """Return what another tunnel negotiated and allows that this one does not."""
    rows: list[tuple[str, str]] = []
    for here, there, prefix in (
        (own.negotiated, other.negotiated, "negotiated "),
        (own.configured, other.configured, ""),
    ):
        if here and there:
            names = [key for key in {**here, **there} if here.get(key) != there.get(key)]
            rows += [(f"{prefix}{key}", f"{there.get(key) or 'none'}; here {here.get(key) or 'none'}") for key in names]
    return rows


def _value(facts: Mapping[str, str], start: str) -> str:
    return next((value for key, value in facts.items() if key.startswith(start)), "")


def _others(facts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    starts = tuple(start for _, start in _PARAMETERS)
    return ((key, value) for key, value in facts.items() if not key.startswith(starts))


def ec2_blocks(subject: TunnelSnapshot, *, moment: Moment) -> tuple[Block, ...]:
    """Return EC2's status of the tunnel and the destinations of its logs."""
    facts, owner = subject.facts, subject.connection
    if facts is None:
        return ()
    telemetry = facts.telemetry
    rows = [
        ("status", ec2_status_since(telemetry, moment) if telemetry else ""),
        ("says", telemetry.message if telemetry else ""),
        ("maintenance", maintenance(facts, moment)),
        ("endpoint replaced", moment(facts.replaced_at) if facts.replaced_at is not None else ""),
        ("IKE log", facts.ike_group or "off"),
        ("BGP log", "" if subject.is_static else facts.bgp_group or "off"),
        ("customer gateway", owner.customer_gateway.id if owner else ""),
        ("AWS gateway", owner.gateway if owner else ""),
        ("routing", "" if owner is None else "static" if subject.is_static else "BGP"),
    ]
    return (
        *pairs("EC2, minutes behind", rows),
        *pairs(
            "Changed at AWS, as far as we watched",
            [(moment(change.at), change_text(change, facts, moment)) for change in reversed(changes_of(facts))],
        ),
    )
