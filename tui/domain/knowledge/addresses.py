"""The known addresses of a tunnel, which fill the placeholders in a device's commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import Final

from tui.domain.inventory import ConnectionFacts, TunnelFacts

_INSIDE_BITS = 30
"""A tunnel's inside network is a /30: its first address is AWS's, its second the customer gateway's."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """One tunnel's addresses; unknown ones are empty.

    `peer` is the tunnel's outside address at AWS, `public` the device's own; `aws` and `cgw` are the inside addresses.
    """

    peer: str = ""
    aws: str = ""
    cgw: str = ""
    public: str = ""


UNKNOWN: Final = Addresses()
"""The addresses of a tunnel about which nothing is known."""


def addresses_of(outside_ip: str, tunnel: TunnelFacts | None, connection: ConnectionFacts | None) -> Addresses:
    """Return a tunnel's addresses: the outside one, and those that EC2 reports."""
    inside = tunnel.configured.get("TunnelInsideCidr", "") if tunnel else ""
    aws, cgw = _inside(inside)
    public = connection.customer_gateway.ip if connection else ""
    return Addresses("" if outside_ip == "?" else outside_ip, aws, cgw, public)


def addresses_in(fields: Mapping[str, str], *, outside_ip: str = "") -> Addresses:
    """Return the tunnel addresses found in the fields of a message.

    The neighbor of AWS's BGP speaker is the customer gateway's inside address. If it is the second of its /30, as AWS
    documents, the first is AWS's.
    """
    neighbor = fields.get("neighbor", "")
    aws, cgw = _inside(f"{neighbor}/{_INSIDE_BITS}") if neighbor else ("", "")
    known = (aws, cgw) if cgw == neighbor else ("", "")
    return Addresses(outside_ip or _address(fields.get("aws", "")), *known)


def _inside(cidr: str) -> tuple[str, str]:
    """Return AWS's and the customer gateway's addresses in an inside IPv4 network, empty if `cidr` is not one."""
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
