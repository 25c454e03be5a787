"""The EC2 calls that show the way back: transit gateways, VPN gateways, VPCs and their route tables.

Everything is derived from the connections: each transit gateway has one route table, each VPN gateway one VPC with one.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tui.demo.server.account import Account
from tui.demo.server.errors import ApiError
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnConnection
from tui.demo.server.xml import Value

Filters = list[tuple[str, list[str]]]
_ASN: Final = 64_512


def attachment_id(vpn: VpnConnection) -> str:
    """Return the id of a connection's attachment to its transit gateway."""
    return f"tgw-attach-{vpn.id.removeprefix('vpn-')}"


def transit_table_id(gateway: str) -> str:
    """Return the id of the one route table of a transit gateway."""
    return f"tgw-rtb-{gateway.removeprefix('tgw-')}"


def vpc_id(gateway: str) -> str:
    """Return the id of the VPC that a VPN gateway is attached to."""
    return f"vpc-{gateway.removeprefix('vgw-')}"


def table_id(gateway: str) -> str:
    """Return the id of the one route table of a VPN gateway's VPC."""
    return f"rtb-{gateway.removeprefix('vgw-')}"


def describe_attachments(store: Store, account: Account, filters: Filters) -> dict[str, Value]:
    """Return the attachments of VPN connections to transit gateways."""
    attachments = [_attachment(vpn, account) for vpn in store.connections.values() if vpn.transit_gateway]
    return {"transitGatewayAttachments": _chosen(attachments, filters)}


def describe_transit_tables(store: Store, filters: Filters) -> dict[str, Value]:
    """Return the route tables of transit gateways."""
    gateways = dict.fromkeys(vpn.transit_gateway for vpn in store.connections.values() if vpn.transit_gateway)
    tables: list[Mapping[str, Value]] = [
        {
            "transitGatewayRouteTableId": transit_table_id(gateway),
            "transitGatewayId": gateway,
            "state": "available",
            "defaultAssociationRouteTable": True,
            "defaultPropagationRouteTable": True,
        }
        for gateway in gateways
    ]
    return {"transitGatewayRouteTables": _chosen(tables, filters)}


def transit_propagations(store: Store, table: str, filters: Filters) -> dict[str, Value]:
    """Return the attachments whose routes are propagated into a transit gateway's route table."""
    propagations: list[Mapping[str, Value]] = [
        {
            "transitGatewayAttachmentId": attachment_id(vpn),
            "resourceId": vpn.id,
            "resourceType": "vpn",
            "state": "enabled",
        }
        for vpn in _of_table(store, table)
        if vpn.path.propagated
    ]
    return {"transitGatewayRouteTablePropagations": _chosen(propagations, filters)}


def search_transit_routes(store: Store, table: str, filters: Filters) -> dict[str, Value]:
    """Return the matching routes of a transit gateway's route table; at least one filter is required."""
    if not filters:
        raise ApiError("MissingParameter", "The request must contain the parameter Filters")
    routes = [route for vpn in _of_table(store, table) for route in _transit_routes(vpn)]
    return {"routeSet": [route for route in routes if _route_fits(route, filters)], "additionalRoutesAvailable": False}


def describe_vpn_gateways(store: Store, filters: Filters) -> dict[str, Value]:
    """Return the VPN gateways with their VPCs."""
    gateways: dict[str, Mapping[str, Value]] = {}
    for vpn in _of_vpn_gateways(store):
        attached: list[Value] = [{"vpcId": vpc_id(vpn.vpn_gateway or ""), "state": "attached"}]
        gateways[vpn.vpn_gateway or ""] = {
            "vpnGatewayId": vpn.vpn_gateway,
            "state": "available",
            "type": "ipsec.1",
            "amazonSideAsn": _ASN,
            "attachments": attached if vpn.path.attached else [],
        }
    return {"vpnGatewaySet": _chosen(list(gateways.values()), filters)}


def describe_route_tables(store: Store, filters: Filters) -> dict[str, Value]:
    """Return the route tables of the VPCs."""
    tables: dict[str, list[VpnConnection]] = {}
    for vpn in _of_vpn_gateways(store):
        tables.setdefault(vpn.vpn_gateway or "", []).append(vpn)
    described = [_route_table(gateway, connections) for gateway, connections in tables.items()]
    described += [
        _route_table(gateway, [], f"{table_id(gateway)}-2")
        for gateway, connections in tables.items()
        if any(vpn.path.spare_table for vpn in connections)
    ]
    return {"routeTableSet": _chosen(described, filters)}


def _attachment(vpn: VpnConnection, account: Account) -> Mapping[str, Value]:
    table = transit_table_id(vpn.transit_gateway or "")
    return {
        "transitGatewayAttachmentId": attachment_id(vpn),
        "transitGatewayId": vpn.transit_gateway,
        "transitGatewayOwnerId": vpn.path.owner or account.id,
        "resourceOwnerId": account.id,
        "resourceType": "vpn",
        "resourceId": vpn.id,
        "state": vpn.path.state,
        "association": {"transitGatewayRouteTableId": table, "state": "associated"} if vpn.path.associated else None,
    }


def _of_table(store: Store, table: str) -> Iterator[VpnConnection]:
    connections = [vpn for vpn in store.connections.values() if transit_table_id(vpn.transit_gateway or "") == table]
    if not connections:
        raise ApiError(
            "InvalidRouteTableID.NotFound", f"Transit Gateway Route Table {table} was deleted or is unknown."
        )
    yield from connections


def _of_vpn_gateways(store: Store) -> list[VpnConnection]:
    return [vpn for vpn in store.connections.values() if vpn.vpn_gateway]


def _learned(vpn: VpnConnection) -> tuple[str, ...]:
    """Return the prefixes that a connection currently contributes: BGP's while a tunnel is up, static ones always."""
    if vpn.static_routes_only:
        return tuple(route.prefix for route in vpn.routes if route.state == "available")
    return vpn.announced if any(tunnel.telemetry.status == "UP" for tunnel in vpn.tunnels) else ()


def _transit_routes(vpn: VpnConnection) -> list[Mapping[str, Value]]:
    attachment: Value = {
        "resourceId": vpn.id,
        "transitGatewayAttachmentId": attachment_id(vpn),
        "resourceType": "vpn",
    }
    kind = "static" if vpn.static_routes_only else "propagated"
    prefixes = _learned(vpn) if vpn.path.propagated and not vpn.path.outdone else ()
    return [
        {
            "destinationCidrBlock": prefix,
            "transitGatewayAttachments": [attachment],
            "type": kind,
            "state": "blackhole" if prefix in vpn.path.blackhole else "active",
        }
        for prefix in prefixes
    ]


def _route_table(gateway: str, connections: list[VpnConnection], name: str = "") -> Mapping[str, Value]:
    """Return the main route table of a VPC, or an additional one called `name`."""
    vpc = vpc_id(gateway)
    is_propagated = any(vpn.path.propagated for vpn in connections)
    routes: list[Value] = [
        {
            "destinationCidrBlock": prefix,
            "gatewayId": gateway,
            "origin": "EnableVgwRoutePropagation",
            "state": "blackhole" if prefix in vpn.path.blackhole else "active",
        }
        for vpn in connections
        if vpn.path.propagated
        for prefix in _learned(vpn)
    ]
    local: Value = {
        "destinationCidrBlock": "10.0.0.0/16",
        "gatewayId": "local",
        "origin": "CreateRouteTable",
        "state": "active",
    }
    return {
        "routeTableId": name or table_id(gateway),
        "vpcId": vpc,
        "associationSet": [{"main": not name, "routeTableId": name or table_id(gateway)}],
        "propagatingVgwSet": [{"gatewayId": gateway}] if is_propagated else [],
        "routeSet": [local, *routes],
    }


_FIELDS: Final[Mapping[str, str]] = {
    "resource-id": "resourceId",
    "resource-type": "resourceType",
    "transit-gateway-id": "transitGatewayId",
    "transit-gateway-attachment-id": "transitGatewayAttachmentId",
    "transit-gateway-route-table-id": "transitGatewayRouteTableId",
    "vpc-id": "vpcId",
    "vpn-gateway-id": "vpnGatewayId",
    "route-table-id": "routeTableId",
    "state": "state",
}
_ROUTE_FIELDS: Final[Mapping[str, Callable[[Mapping[str, Value]], Value]]] = {
    "attachment.resource-type": lambda route: "vpn",
    "attachment.resource-id": lambda route: _of_attachment(route, "resourceId"),
    "attachment.transit-gateway-attachment-id": lambda route: _of_attachment(route, "transitGatewayAttachmentId"),
    "type": lambda route: route["type"],
    "state": lambda route: route["state"],
    "route-search.exact-match": lambda route: route["destinationCidrBlock"],
}


def _of_attachment(route: Mapping[str, Value], name: str) -> Value:
    attachments = route["transitGatewayAttachments"]
    first = attachments[0] if isinstance(attachments, list) else {}
    return first[name] if isinstance(first, Mapping) else None


def _chosen(items: list[Mapping[str, Value]], filters: Filters) -> list[Value]:
    for name, _ in filters:
        if name not in _FIELDS:
            raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return [item for item in items if all(item.get(_FIELDS[name]) in values for name, values in filters)]


def _route_fits(route: Mapping[str, Value], filters: Filters) -> bool:
    for name, _ in filters:
        if name not in _ROUTE_FIELDS:
            raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return all(_ROUTE_FIELDS[name](route) in values for name, values in filters)
