"""The connections and tunnels that EC2 lists, and where they log. Never contains a pre-shared key."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tui.domain.events import Log
from tui.domain.trail import TrailChange

DEFAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "IkeVersions": ("ikev1", "ikev2"),
    "StartupAction": ("add",),
    "DpdTimeoutAction": ("clear",),
    "DpdTimeoutSeconds": ("40",),
    "Phase1LifetimeSeconds": ("28800",),
    "Phase2LifetimeSeconds": ("3600",),
    "RekeyMarginTimeSeconds": ("270",),
    "RekeyFuzzPercentage": ("100",),
    "ReplayWindowSize": ("1024",),
    "Phase1EncryptionAlgorithms": ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"),
    "Phase2EncryptionAlgorithms": ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16"),
    "Phase1IntegrityAlgorithms": ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512"),
    "Phase2IntegrityAlgorithms": ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512"),
    "Phase1DHGroupNumbers": ("2", *map(str, range(14, 25))),
    "Phase2DHGroupNumbers": ("2", "5", *map(str, range(14, 25))),
}
"""The defaults of tunnel options that EC2 omits. Source: AWS Site-to-Site VPN user guide, "Tunnel options"."""

SEPARATOR: Final = ", "
"""Separates the values of a tunnel option that has several. None of EC2's values contains it."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """VgwTelemetry: EC2's own view of a tunnel, minutes late.

    `since` is LastStatusChange in ms; `accepted_routes` is AcceptedRouteCount, None if EC2 omitted it.
    """

    is_up: bool
    message: str = ""
    since: int | None = None
    accepted_routes: int | None = None


@dataclass(frozen=True, slots=True)
class EarlierStatus:
    """An earlier EC2 status of a tunnel: up or down, and since when (ms)."""

    is_up: bool
    since: int
    message: str = ""
    """Its last message, such as `IPSEC IS UP` for a tunnel that is down without BGP."""


@dataclass(frozen=True, slots=True)
class OptionChange:
    """A difference between two successive descriptions by EC2.

    `at` is when it was noticed, ms: the change was made between the previous answer, usually a minute earlier, and
    then. `outside_ip` is empty if the whole connection changed. `option` is EC2's own name for it; `before` and `after`
    are its values as text, empty if absent, times in ms. Never a pre-shared key: a new key shows only as the new ARN of
    its secret (`PreSharedKeyArn`).
    """

    at: int
    outside_ip: str
    option: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TunnelFacts:
    """One tunnel as EC2 describes it. `ike_group` and `bgp_group` are log group names, None if that log is off."""

    outside_ip: str
    ike_group: str | None = None
    bgp_group: str | None = None
    ike_format: str = ""
    """LogOutputFormat of the IKE log: json or text; empty if EC2 does not say."""
    telemetry: Telemetry | None = None
    earlier_statuses: tuple[EarlierStatus, ...] = ()
    """The tunnel's statuses before the present one, since our watch began, oldest first."""
    configured: dict[str, str] = field(default_factory=dict)
    """The tunnel options by EC2's own names, several values joined by `SEPARATOR`; never the pre-shared key."""
    negotiated: dict[str, str] = field(default_factory=dict)
    """The negotiated parameters (GetActiveVpnTunnelStatus): IKE version, algorithms and DH groups of each phase."""
    provisioning: str = ""
    """ProvisioningStatus in lower case: available, pending or failed; empty until EC2 was asked."""
    provisioning_reason: str = ""
    replaced_at: int | None = None
    """When AWS last replaced the tunnel's endpoint (LastMaintenanceApplied), ms."""
    maintenance_pending: bool = False
    maintenance_forced_at: int | None = None
    """When AWS applies the pending maintenance by itself (MaintenanceAutoAppliedAfter), ms."""
    changes: tuple[OptionChange, ...] = ()
    """The changes of the tunnel and its connection during our watch, oldest first."""
    calls: tuple[TrailChange, ...] = ()
    """The calls that changed the tunnel or its connection, which CloudTrail lists minutes late; oldest first."""

    def values(self, option: str) -> tuple[str, ...]:
        """Return the values of a tunnel option; AWS's default if EC2 omits it.

        `option` is EC2's own name, such as `Phase1DHGroupNumbers`. Empty for an option without a default, and while
        none of the tunnel's options is known.
        """
        if option in self.configured:
            return tuple(self.configured[option].split(SEPARATOR))
        return DEFAULTS.get(option, ()) if self.configured else ()

    def number(self, option: str) -> int | None:
        """Return the value of a numeric tunnel option, AWS's default if EC2 omits it; None if not one whole number."""
        values = self.values(option)
        return int(values[0]) if len(values) == 1 and values[0].isascii() and values[0].isdecimal() else None


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """A static route of a connection. `state` is in lower case: pending, available, deleting or deleted."""

    prefix: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class CustomerGateway:
    """The customer gateway of a connection: all but the `id` comes from DescribeCustomerGateways, which may be denied.

    `ip` is the address from which AWS expects to be dialled, `asn` the BGP ASN, `certificate` the ARN of the
    certificate with which the device authenticates, empty for a pre-shared key.
    """

    id: str = ""
    ip: str = ""
    asn: int | None = None
    certificate: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class LogDelivery:
    """A delivery of one of a connection's logs to a log group, besides or instead of its tunnel options.

    `output_format` is json, plain or raw, empty if unknown; `fields` are in the order of a plain line, separated by
    `delimiter`.
    """

    log: Log
    group: str
    output_format: str = ""
    delimiter: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """One VPN connection as EC2 describes it; `name` is its Name tag, `left_out` the number of tunnels not selected."""

    id: str
    name: str = ""
    state: str = ""
    """In lower case: pending, available, modifying, deleting, or a state that EC2 adds later."""
    gateway: str = ""
    """The id of the gateway on AWS's side, or the ARN of a core network."""
    gateway_kind: str = ""
    """tgw (transit gateway), vgw (virtual private gateway), cloudwan (core network), or empty if there is none."""
    customer_gateway: CustomerGateway = CustomerGateway()
    static_routes_only: bool = False
    routes: tuple[StaticRoute, ...] = ()
    accelerated: bool = False
    """EnableAcceleration: the tunnels run over AWS's global network, and only the device starts rekeys."""
    options: dict[str, str] = field(default_factory=dict)
    """The options of the whole connection by EC2's own names, such as LocalIpv4NetworkCidr."""
    key_secret: str = ""
    """The ARN of the secret that holds the pre-shared keys (PreSharedKeyArn), empty if they are kept elsewhere."""
    deliveries: tuple[LogDelivery, ...] = ()
    """The log deliveries of a connection whose options have logging off; its tunnels have the groups of these."""
    tunnels: tuple[TunnelFacts, ...] = ()
    left_out: int = 0

    @property
    def label(self) -> str:
        """The Name tag, or the id if it has none."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Inventory:
    """All existing connections; one that is not listed is gone. Without EC2 there is only `listed`."""

    connections: tuple[ConnectionFacts, ...] = ()
    listed: tuple[tuple[str, str], ...] = ()
    """The tunnels named by log streams, if EC2 was not asked: connection id and outside address."""


def keeping_equal(before: Inventory, after: Inventory) -> Inventory:
    """Return `after` with each connection that equals one of `before` as that very object.

    EC2 describes all connections every minute, and few have changed: one copy of a thousand takes 3 MB.
    """
    known = {facts.id: facts for facts in before.connections}
    return replace(
        after,
        connections=tuple(
            earlier if (earlier := known.get(facts.id)) is not None and earlier == facts else facts
            for facts in after.connections
        ),
    )
