"""VPN connections as EC2 keeps them, as values: a change puts a new value into the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

SECRET_MARK: Final = "DUMMY.PSK.never.shown"  # noqa: S105 - no key, but a mark in the place of one
"""Fills every field in which EC2 returns a pre-shared key. If it appears in an output, that output leaks."""


@dataclass(frozen=True, slots=True)
class VpnTelemetry:
    """EC2's own view of one tunnel: `status` UP or DOWN, `message` as in the console, `since` in ms."""

    status: str = "DOWN"
    message: str = "IPSEC IS DOWN"
    since: int = 0
    accepted_routes: int = 0


TunnelOption = str | int | bool | tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class VpnTunnel:
    """One tunnel of a connection. `ike_group` and `bgp_group` are log group names, None where that log is off.

    `options` by EC2's own names, as `Phase1DHGroupNumbers`: they replace those that every tunnel has, and None takes
    one out of the answer.
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
    """When AWS would replace the endpoint by itself, ms; None where no maintenance is pending."""
    ike_format: str = "json"
    dh_group: int = 20
    """What the two ends agreed on for both phases."""
    traffic: tuple[int, int] | None = (2_400_000, 1_900_000)
    """Bytes a minute from the customer and to the customer, while the tunnel is up; None: there is no metric of it."""

    @property
    def neighbor(self) -> str:
        """The customer's BGP address: the second host of the inside CIDR."""
        base, _, _ = self.inside_cidr.partition("/")
        head, _, last = base.rpartition(".")
        return f"{head}.{int(last) + 2}"


@dataclass(frozen=True, slots=True)
class CustomerGateway:
    """The customer's end as EC2 keeps it: the address and the ASN that AWS expects, the ARN of its certificate."""

    id: str
    ip: str | None = None
    asn: int = 65_010
    certificate: str | None = None
    device: str | None = None
    state: str = "available"
    certificate_ends: int | None = None
    """When the certificate is not valid any more, ms."""


@dataclass(frozen=True, slots=True)
class LogDelivery:
    """A delivery of one log of a connection into a log group, as CloudWatch Logs keeps it.

    `log_type` CONNECTION_LOGS (IKE) or EVENT_LOGS (BGP); `output_format` json or plain, the latter with `fields` in
    their order and `delimiter` between.
    """

    connection: str
    log_type: str
    group: str
    output_format: str = "json"
    fields: tuple[str, ...] = ()
    delimiter: str = " "

    @property
    def name(self) -> str:
        """The name of its source and of its destination."""
        return f"{self.connection}-{self.log_type.lower().replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class VpnRoute:
    """A static route of a connection; `state` pending, available, deleting or deleted."""

    prefix: str
    state: str = "available"


@dataclass(frozen=True, slots=True)
class Path:
    """The way back from AWS's networks to a connection, which is whole unless something of it is missing.

    Of a transit gateway: the `state` of its attachment, which is `associated` with a route table and `propagated` into
    it, and whose routes are shown unless they are `outdone` by another's; `owner` is the account of the gateway, None
    for our own. Of a VPN gateway: it is `attached` to a VPC and `propagated` into its route table, not into a
    `spare_table`. Routes to `blackhole` prefixes lead nowhere.
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
    """A call that changed something, as CloudTrail keeps it; `at` in ms. `by_aws`: `user` is a service of AWS."""

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
    """The ARN of a core network of Cloud WAN."""
    static_routes_only: bool = False
    routes: tuple[VpnRoute, ...] = ()
    accelerated: bool = False
    key_secret: str | None = None
    """The ARN of the secret with the pre-shared keys, None where EC2 keeps them itself."""
    state: str = "available"
    announced: tuple[str, ...] = ()
    """The prefixes that the device announces by BGP."""
    path: Path = Path()

    def tunnel(self, outside_ip: str) -> VpnTunnel:
        """Return the tunnel with that outside address; raises KeyError where there is none."""
        for tunnel in self.tunnels:
            if tunnel.outside_ip == outside_ip:
                return tunnel
        raise KeyError(outside_ip)

    def with_tunnel(self, changed: VpnTunnel) -> "VpnConnection":
        """Return the connection with one of its tunnels replaced."""
        tunnels = (changed if tunnel.outside_ip == changed.outside_ip else tunnel for tunnel in self.tunnels)
        return replace(self, tunnels=tuple(tunnels))
