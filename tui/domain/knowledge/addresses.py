"""The addresses of a tunnel, as far as they are known: what a device's commands are filled with."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import Final

from tui.domain.inventory import ConnectionFacts, TunnelFacts

_INSIDE_BITS = 30
"""A tunnel's inside network is a /30: its first address is AWS's, its second the customer gateway's."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """One tunnel's addresses; empty where one is not known.

    `peer` is the tunnel's outside address at AWS and `public` the device's own; `aws` and `cgw` are the two inside.
    """

    peer: str = ""
    aws: str = ""
    cgw: str = ""
    public: str = ""


UNKNOWN: Final = Addresses()
"""Of a tunnel of which nothing is known."""


def addresses_of(outside_ip: str, tunnel: TunnelFacts | None, connection: ConnectionFacts | None) -> Addresses:
    """Return what EC2 tells of a tunnel's addresses, beside the one that is known anyway."""
    inside = tunnel.configured.get("TunnelInsideCidr", "") if tunnel else ""
    aws, cgw = _inside(inside)
    public = connection.customer_gateway.ip if connection else ""
    return Addresses("" if outside_ip == "?" else outside_ip, aws, cgw, public)


def addresses_in(fields: Mapping[str, str], *, outside_ip: str = "") -> Addresses:
    """Return what the fields of a message tell of its tunnel's addresses.

    The neighbor of AWS's BGP is the customer gateway's inside address; where it is the second of its /30, as AWS
    documents, the first is AWS's.
    """
    neighbor = fields.get("neighbor", "")
    aws, cgw = _inside(f"{neighbor}/{_INSIDE_BITS}") if neighbor else ("", "")
    known = (aws, cgw) if cgw == neighbor else ("", "")
    return Addresses(outside_ip or _address(fields.get("aws", "")), *known)


def _inside(cidr: str) -> tuple[str, str]:
    """Return AWS's and the customer gateway's address in an inside network of IPv4, empty for what is none."""
    try:
        hosts = list(IPv4Network(cidr, strict=False).hosts()) if cidr.endswith(f"/{_INSIDE_BITS}") else []
    except ValueError:
        hosts = []
    return (str(hosts[0]), str(hosts[1])) if len(hosts) > 1 else ("", "")


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
