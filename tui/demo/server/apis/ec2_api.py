"""The EC2 calls that concern VPN connections: query parameters in, XML out.

Element names are those of the EC2 service model; a test reads every answer with botocore's own parser.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.apis import routes_api
from tui.demo.server.errors import ApiError
from tui.demo.server.fault_injector import FaultInjector
from tui.demo.server.store import Store
from tui.demo.server.vpn import (
    SECRET_MARK,
    CustomerGateway,
    TunnelOption,
    VpnConnection,
    VpnTelemetry,
    VpnTunnel,
)
from tui.demo.server.xml import Value, element

VERSION: Final = "2016-11-15"
_NAMESPACE: Final = f"http://ec2.amazonaws.com/doc/{VERSION}/"
_ENCRYPTION: Final = ("AES128", "AES256", "AES128-GCM-16", "AES256-GCM-16")
_INTEGRITY: Final = ("SHA1", "SHA2-256", "SHA2-384", "SHA2-512")
_OPTIONS: Final[Mapping[str, TunnelOption]] = {
    "Phase1LifetimeSeconds": 28_800,
    "Phase2LifetimeSeconds": 3_600,
    "RekeyMarginTimeSeconds": 270,
    "RekeyFuzzPercentage": 100,
    "ReplayWindowSize": 1024,
    "DpdTimeoutSeconds": 30,
    "Phase1EncryptionAlgorithms": _ENCRYPTION,
    "Phase2EncryptionAlgorithms": _ENCRYPTION,
    "Phase1IntegrityAlgorithms": _INTEGRITY,
    "Phase2IntegrityAlgorithms": _INTEGRITY,
    "Phase1DHGroupNumbers": (2, *range(14, 25)),
    "Phase2DHGroupNumbers": (2, 5, *range(14, 25)),
    "StartupAction": "add",
    "EnableTunnelLifecycleControl": False,
}
"""The options of a tunnel that was created with the defaults."""
_LEFT_OUT: Final = ("options", "routes", "tagSet", "vgwTelemetry")
"""The elements that an answer lacks while a connection is being modified."""
_TABLE: Final = "TransitGatewayRouteTableId"
_NOT_ENABLED: Final = "ap-east-1"
_LARGEST_PLAIN_ASN: Final = 2_147_483_647

Query = Mapping[str, str]


class Ec2Api:
    """The VPN connections of a store, as EC2 shows them."""

    def __init__(self, store: Store, *, account: Account, injector: FaultInjector) -> None:
        self._store = store
        self._account = account
        self._injector = injector
        self.regions: tuple[str, ...] = (account.region,)
        """The regions that are enabled for the account."""
        self.hidden: set[str] = set()
        """The ids of the connections that are currently hidden."""

    def call(self, action: str, query: Query, request_id: str) -> str:
        """Return the XML answer to one call; raises ApiError as EC2 would."""
        handler = _ACTIONS.get(action)
        if handler is None:
            raise ApiError("InvalidAction", f"The action {action} is not valid for this web service.")
        if self._injector.happens(self._injector.faults.ec2_throttle):
            raise ApiError("RequestLimitExceeded", "Request limit exceeded.", status=503)
        if self._injector.is_denied(f"ec2:{action}") or self._injector.happens(self._injector.faults.ec2_denied):
            raise ApiError(
                "UnauthorizedOperation",
                f"You are not authorized to perform this operation. User: {self._account.user_arn} is not authorized "
                f"to perform: ec2:{action} because no identity-based policy allows the ec2:{action} action",
                status=403,
            )
        if query.get("DryRun", "false").lower() == "true":
            raise ApiError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status=412)
        body = handler(self, query)
        answer = element(f"{action}Response", {"requestId": request_id, **body})
        return answer.replace(">", f' xmlns="{_NAMESPACE}">', 1)

    def describe_regions(self, query: Query) -> dict[str, Value]:
        """Return the regions enabled for the account; AllRegions adds one that is not."""
        statuses = dict.fromkeys(self.regions, "opt-in-not-required")
        if query.get("AllRegions", "false").lower() == "true":
            statuses[_NOT_ENABLED] = "not-opted-in"
        wanted = [values for name, values in _filters(query) if name == "opt-in-status"]
        return {
            "regionInfo": [
                {"regionName": name, "regionEndpoint": f"ec2.{name}.amazonaws.com", "optInStatus": status}
                for name, status in statuses.items()
                if all(status in values for values in wanted)
            ]
        }

    def describe_vpn_connections(self, query: Query) -> dict[str, Value]:
        """Return the connections with the requested ids that match all filters."""
        connections = {vpn.id: vpn for vpn in self._store.connections.values() if vpn.id not in self.hidden}
        if ids := _numbered(query, "VpnConnectionId"):
            if unknown := [wanted for wanted in ids if wanted not in connections]:
                raise ApiError("InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{unknown[0]}' does not exist")
            connections = {wanted: connections[wanted] for wanted in ids}
        tests = [_filter_test(name, values) for name, values in _filters(query)]
        described = [_described(vpn, self._account) for vpn in connections.values() if all(test(vpn) for test in tests)]
        if self._injector.happens(self._injector.faults.ec2_partial):
            described = [{key: value for key, value in facts.items() if key not in _LEFT_OUT} for facts in described]
        return {"vpnConnectionSet": described}

    def describe_customer_gateways(self, query: Query) -> dict[str, Value]:
        """Return the customer gateways with those ids, or all of them."""
        gateways = dict(self._store.customer_gateways)
        for vpn in self._store.connections.values():  # a connection's gateway exists even if the store lacks it
            gateways.setdefault(vpn.customer_gateway, CustomerGateway(vpn.customer_gateway))
        if ids := _numbered(query, "CustomerGatewayId"):
            if unknown := [wanted for wanted in ids if wanted not in gateways]:
                raise ApiError(
                    "InvalidCustomerGatewayID.NotFound", f"The customerGateway ID '{unknown[0]}' does not exist"
                )
            gateways = {wanted: gateways[wanted] for wanted in ids}
        return {"customerGatewaySet": [_described_gateway(gateway) for gateway in gateways.values()]}

    def get_active_vpn_tunnel_status(self, query: Query) -> dict[str, Value]:
        """Return the parameters that both ends negotiated; for a tunnel that is down, only its provisioning status."""
        _, tunnel = self._tunnel(query)
        status: dict[str, Value] = {}
        if tunnel.telemetry.message != "IPSEC IS DOWN":
            for phase in (1, 2):
                status[f"phase{phase}EncryptionAlgorithm"] = "AES256"
                status[f"phase{phase}IntegrityAlgorithm"] = "SHA2-256"
                status[f"phase{phase}DHGroup"] = tunnel.dh_group
            status["ikeVersion"] = tunnel.ike_version
        status["provisioningStatus"] = tunnel.provisioning
        status["provisioningStatusReason"] = tunnel.provisioning_reason
        return {"activeVpnTunnelStatus": status}

    def get_vpn_tunnel_replacement_status(self, query: Query) -> dict[str, Value]:
        """Return the pending and the last maintenance of a tunnel's endpoint."""
        vpn, tunnel = self._tunnel(query)
        return {
            "vpnConnectionId": vpn.id,
            "transitGatewayId": vpn.transit_gateway,
            "customerGatewayId": vpn.customer_gateway,
            "vpnGatewayId": vpn.vpn_gateway,
            "vpnTunnelOutsideIpAddress": tunnel.outside_ip,
            "maintenanceDetails": {
                "pendingMaintenance": "true" if tunnel.pending_maintenance else "false",
                "maintenanceAutoAppliedAfter": _instant(tunnel.pending_maintenance),
                "lastMaintenanceApplied": _instant(tunnel.last_maintenance),
            },
        }

    def describe_transit_gateway_attachments(self, query: Query) -> dict[str, Value]:
        """Return the attachments of VPN connections to transit gateways."""
        return routes_api.describe_attachments(self._store, self._account, _filters(query))

    def describe_transit_gateway_route_tables(self, query: Query) -> dict[str, Value]:
        """Return the route tables of transit gateways."""
        return routes_api.describe_transit_tables(self._store, _filters(query))

    def get_transit_gateway_route_table_propagations(self, query: Query) -> dict[str, Value]:
        """Return the attachments that propagate into a transit gateway's route table."""
        return routes_api.transit_propagations(self._store, _required(query, _TABLE), _filters(query))

    def search_transit_gateway_routes(self, query: Query) -> dict[str, Value]:
        """Return the routes of a transit gateway's route table that match all filters."""
        return routes_api.search_transit_routes(self._store, _required(query, _TABLE), _filters(query))

    def describe_vpn_gateways(self, query: Query) -> dict[str, Value]:
        """Return the VPN gateways with their VPCs."""
        return routes_api.describe_vpn_gateways(self._store, _filters(query))

    def describe_route_tables(self, query: Query) -> dict[str, Value]:
        """Return the route tables of the VPCs."""
        return routes_api.describe_route_tables(self._store, _filters(query))

    def _tunnel(self, query: Query) -> tuple[VpnConnection, VpnTunnel]:
        wanted, outside_ip = _required(query, "VpnConnectionId"), _required(query, "VpnTunnelOutsideIpAddress")
        vpn = self._store.connections.get(wanted)
        if vpn is None or wanted in self.hidden:
            raise ApiError("InvalidVpnConnectionID.NotFound", f"The vpnConnection ID '{wanted}' does not exist")
        try:
            return vpn, vpn.tunnel(outside_ip)
        except KeyError:
            raise ApiError(
                "InvalidParameterValue", f"The tunnel outside IP address {outside_ip} is not one of {wanted}"
            ) from None


_ACTIONS: Final[dict[str, Callable[[Ec2Api, Query], dict[str, Value]]]] = {
    "DescribeRegions": Ec2Api.describe_regions,
    "DescribeVpnConnections": Ec2Api.describe_vpn_connections,
    "DescribeCustomerGateways": Ec2Api.describe_customer_gateways,
    "GetActiveVpnTunnelStatus": Ec2Api.get_active_vpn_tunnel_status,
    "GetVpnTunnelReplacementStatus": Ec2Api.get_vpn_tunnel_replacement_status,
    "DescribeTransitGatewayAttachments": Ec2Api.describe_transit_gateway_attachments,
    "DescribeTransitGatewayRouteTables": Ec2Api.describe_transit_gateway_route_tables,
    "GetTransitGatewayRouteTablePropagations": Ec2Api.get_transit_gateway_route_table_propagations,
    "SearchTransitGatewayRoutes": Ec2Api.search_transit_gateway_routes,
    "DescribeVpnGateways": Ec2Api.describe_vpn_gateways,
    "DescribeRouteTables": Ec2Api.describe_route_tables,
}


def _required(query: Query, name: str) -> str:
    if not query.get(name):
        raise ApiError("MissingParameter", f"The request must contain the parameter {name}")
    return query[name]


def _described(vpn: VpnConnection, account: Account) -> dict[str, Value]:
    return {
        "vpnConnectionId": vpn.id,
        "state": vpn.state,
        "customerGatewayConfiguration": _device_configuration(vpn),
        "type": "ipsec.1",
        "customerGatewayId": vpn.customer_gateway,
        "vpnGatewayId": vpn.vpn_gateway,
        "transitGatewayId": vpn.transit_gateway,
        "coreNetworkArn": vpn.core_network,
        "category": "VPN",
        "gatewayAssociationState": "associated",
        "options": {
            "enableAcceleration": vpn.accelerated,
            "staticRoutesOnly": vpn.static_routes_only,
            "localIpv4NetworkCidr": "0.0.0.0/0",
            "remoteIpv4NetworkCidr": "0.0.0.0/0",
            "outsideIpAddressType": "PublicIpv4",
            "tunnelInsideIpVersion": "ipv4",
            "tunnelOptionSet": [_tunnel_options(tunnel, account) for tunnel in vpn.tunnels],
        },
        "routes": [
            {"destinationCidrBlock": route.prefix, "source": "Static", "state": route.state} for route in vpn.routes
        ],
        "preSharedKeyArn": vpn.key_secret,
        "tagSet": [{"key": "Name", "value": vpn.name}] if vpn.name else [],
        "vgwTelemetry": [_telemetry(tunnel.outside_ip, tunnel.telemetry) for tunnel in vpn.tunnels],
    }


def _described_gateway(gateway: CustomerGateway) -> dict[str, Value]:
    is_extended = gateway.asn > _LARGEST_PLAIN_ASN
    return {
        "customerGatewayId": gateway.id,
        "state": gateway.state,
        "type": "ipsec.1",
        "ipAddress": gateway.ip,
        "bgpAsn": None if is_extended else str(gateway.asn),
        "bgpAsnExtended": str(gateway.asn) if is_extended else None,
        "certificateArn": gateway.certificate,
        "deviceName": gateway.device,
        "tagSet": [],
    }


def _tunnel_options(tunnel: VpnTunnel, account: Account) -> dict[str, Value]:
    own: Mapping[str, TunnelOption] = {
        "IkeVersions": (tunnel.ike_version,),
        "DpdTimeoutAction": "restart" if tunnel.ike_version == "ikev2" else "clear",
    }
    options = {**_OPTIONS, **own, **tunnel.options}
    return {
        "outsideIpAddress": tunnel.outside_ip,
        "tunnelInsideCidr": tunnel.inside_cidr,
        "preSharedKey": SECRET_MARK,
        **{_element_name(name): _option(value) for name, value in options.items()},
        "logOptions": {"cloudWatchLogOptions": _log_options(tunnel, account)},
    }


def _element_name(option: str) -> str:
    """Return the XML element of an option: `IkeVersions`, a list, is an `ikeVersionSet`."""
    name = option[0].lower() + option[1:]
    return name.removesuffix("s") + "Set" if name.endswith(("Versions", "Algorithms", "Numbers")) else name


def _option(value: TunnelOption | None) -> Value:
    return _values(value) if isinstance(value, tuple) else value


def _log_options(tunnel: VpnTunnel, account: Account) -> dict[str, Value]:
    options: dict[str, Value] = {"logEnabled": tunnel.ike_group is not None}
    if tunnel.ike_group is not None:
        options |= {"logGroupArn": f"{account.group_arn(tunnel.ike_group)}:*", "logOutputFormat": tunnel.ike_format}
    options["bgpLogEnabled"] = tunnel.bgp_group is not None
    if tunnel.bgp_group is not None:
        options |= {"bgpLogGroupArn": f"{account.group_arn(tunnel.bgp_group)}:*", "bgpLogOutputFormat": "json"}
    return options


def _telemetry(outside_ip: str, telemetry: VpnTelemetry) -> dict[str, Value]:
    return {
        "acceptedRouteCount": telemetry.accepted_routes,
        "lastStatusChange": _instant(telemetry.since),
        "outsideIpAddress": outside_ip,
        "status": telemetry.status,
        "statusMessage": telemetry.message,
    }


def _device_configuration(vpn: VpnConnection) -> str:
    keys = "".join(f"<ike><pre_shared_key>{SECRET_MARK}</pre_shared_key></ike>" for _ in vpn.tunnels)
    return f'<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="{vpn.id}">{keys}</vpn_connection>'


def _values(items: tuple[str | int, ...]) -> list[Value]:
    return [{"value": item} for item in items]


def _instant(ms: int | None) -> str | None:
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _numbered(query: Query, name: str) -> list[str]:
    """Return the members of a list sent as `Name.1`, `Name.2`, …"""
    members: list[str] = []
    while (value := query.get(f"{name}.{len(members) + 1}")) is not None:
        members.append(value)
    return members


def _filters(query: Query) -> list[tuple[str, list[str]]]:
    filters: list[tuple[str, list[str]]] = []
    while (name := query.get(f"Filter.{len(filters) + 1}.Name")) is not None:
        filters.append((name, _numbered(query, f"Filter.{len(filters) + 1}.Value")))
    return filters


def _filter_test(name: str, values: list[str]) -> Callable[[VpnConnection], bool]:
    read = _FILTERS.get(name)
    if name.startswith("tag:"):
        read = _tag_reader(name.removeprefix("tag:"))
    if read is None:
        raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    globs = [value.replace("[", "[[]") for value in values]
    return lambda vpn: any(fnmatchcase(read(vpn) or "", glob) for glob in globs)


def _tag_reader(key: str) -> Callable[[VpnConnection], str | None]:
    return lambda vpn: vpn.name if key == "Name" else None


_FILTERS: Final[dict[str, Callable[[VpnConnection], str | None]]] = {
    "vpn-connection-id": lambda vpn: vpn.id,
    "state": lambda vpn: vpn.state,
    "type": lambda vpn: "ipsec.1",
    "customer-gateway-id": lambda vpn: vpn.customer_gateway,
    "transit-gateway-id": lambda vpn: vpn.transit_gateway,
    "vpn-gateway-id": lambda vpn: vpn.vpn_gateway,
    "tag-key": lambda vpn: "Name" if vpn.name else None,
    "option.static-routes-only": lambda vpn: str(vpn.static_routes_only).lower(),
}
