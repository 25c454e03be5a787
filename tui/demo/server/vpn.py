"""VPN connections as immutable values in EC2's terms; a change puts a new value into the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

SECRET_MARK: Final = "DUMMY.PSK.never.shown"  # noqa: S105 - no key, but a mark in the place of one
"""Stands in every field in which EC2 returns a pre-shared key. If it appears in an output, that output leaks."""


@dataclass(frozen=True, slots=True)
class VpnTelemetry:
    """EC2's view of one tunnel: `status` UP or DOWN, `message` as in the console, `since` in ms."""

    status: str = "DOWN"
    message: str = "IPSEC IS DOWN"
    since: int = 0
    accepted_routes: int = 0


TunnelOption = str | int | bool | tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class VpnTunnel:
    """One tunnel of a connection. `ike_group` and `bgp_group` are log group names, None if that log is off.

    `options` are keyed by EC2's names, such as `Phase1DHGroupNumbers`. They override the defaults; None removes an
    option from the answer.
    """

    outside_ip: str
    inside_cidr: str
    ike_group: str | None = None
    bgp_group: str | None = None
    ike_version: str = "ikev2"
    telemetry: VpnTelemetry = field(default_factory=VpnTelemetry)
    options: Mapping[str, TunnelOption | None] = field(default_factory=dict)
    provisioning: str = "available"
    provisioning_reason: str | None = None
    last_maintenance: int | None = None
    pending_maintenance: int | None = None
    """When AWS replaces the endpoint by itself, ms; None if no maintenance is pending."""
    ike_format: str = "json"
    dh_group: int = 20
    """The Diffie-Hellman group that both ends agreed on, for both phases."""
    traffic: tuple[int, int] | None = (2_400_000, 1_900_000)
    """Bytes per minute from and to the customer while the tunnel is up; None if there is no metric of it."""

    @property
    def neighbor(self) -> str:
        """The customer's BGP address: the second host of the inside CIDR."""
        base, _, _ = self.inside_cidr.partition("/")
        head, _, last = base.rpartition(".")
        return f"{head}.{int(last) + 2}"


@dataclass(frozen=True, slots=True)
class CustomerGateway:
    """The customer's end as EC2 keeps it: its address, the ASN that AWS expects, the ARN of its certificate."""

    id: str
    ip: str | None = None
    asn: int = 65_010
    certificate: str | None = None
    device: str | None = None
    state: str = "available"
    certificate_ends: int | None = None
    """When the certificate expires, ms."""


@dataclass(frozen=True, slots=True)
class LogDelivery:
    """A delivery of one log of a connection to a log group, as CloudWatch Logs keeps it.

    `log_type` is CONNECTION_LOGS (IKE) or EVENT_LOGS (BGP); `output_format` is json, or plain with `fields` in order,
    separated by `delimiter`.
    """

    connection: str
    log_type: str
    group: str
    output_format: str = "json"
    fields: tuple[str, ...] = ()
    delimiter: str = " "

    @property
    def name(self) -> str:
        """The name of both its source and its destination."""
        return f"{self.connection}-{self.log_type.lower().replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class VpnRoute:
    """A static route of a connection; `state` is pending, available, deleting or deleted."""

    prefix: str
    state: str = "available"


@dataclass(frozen=True, slots=True)
class Path:
    """The way back from AWS's networks to a connection; the defaults describe a complete one.

    With a transit gateway: the `state` of its attachment, whether it is `associated` with a route table and
    `propagated` into it, and whether its routes are `outdone` by another's; `owner` is the gateway's account, None for
    our own. With a VPN gateway: whether it is `attached` to a VPC and `propagated` into its route table, and whether
    the VPC has a `spare_table` without propagation. Routes to `blackhole` prefixes lead nowhere.
    """

    associated: bool = True
    propagated: bool = True
    attached: bool = True
    blackhole: tuple[str, ...] = ()
    owner: str | None = None
    state: str = "available"
    outdone: bool = False
    spare_table: bool = False


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """A call that changed something, as CloudTrail keeps it; `at` in ms. If `by_aws`, `user` is an AWS service."""

    at: int
    name: str
    user: str
    connection: str
    outside_ip: str = ""
    source_ip: str = "192.0.2.200"
    parameters: Mapping[str, object] = field(default_factory=dict)
    by_aws: bool = False


@dataclass(frozen=True, slots=True)
class VpnConnection:
    """A Site-to-Site VPN connection with its two tunnels. `customer_gateway` is the id of one in the store."""

    id: str
    name: str
    customer_gateway: str
    tunnels: tuple[VpnTunnel, ...]
    transit_gateway: str | None = None
    vpn_gateway: str | None = None
    core_network: str | None = None
    """The ARN of a Cloud WAN core network."""
    static_routes_only: bool = False
    routes: tuple[VpnRoute, ...] = ()
    accelerated: bool = False
    key_secret: str | None = None
    """The ARN of the secret that holds the pre-shared keys, None if EC2 keeps them itself."""
    state: str = "available"
    announced: tuple[str, ...] = ()
    """The prefixes that the device announces over BGP."""
    path: Path = Path()

    def tunnel(self, outside_ip: str) -> VpnTunnel:
        """Return the tunnel with that outside address; raises KeyError if there is none."""
        for tunnel in self.tunnels:
            if tunnel.outside_ip == outside_ip:
                return tunnel
        raise KeyError(outside_ip)

    def with_tunnel(self, changed: VpnTunnel) -> "VpnConnection":
        """Return the connection with one of its tunnels replaced."""
        tunnels = (changed if tunnel.outside_ip == changed.outside_ip else tunnel for tunnel in self.tunnels)
        return replace(self, tunnels=tuple(tunnels))
