"""The way back: transit gateway attachments and their route tables, VPN gateways and their VPCs' route tables.

The number of calls grows with the number of gateways and tables, not of connections.
"""

from collections.abc import Mapping
from typing import Any, Final

from tui.domain.checkup.facts import Route, TransitPath, VpcPath, VpcTable
from tui.domain.inventory import ConnectionFacts, Inventory
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import dicts_in

Structure = Mapping[str, Any]

_MOST_TABLES: Final = 40
"""The maximum number of transit gateway route tables read, two calls each."""
_MOST_IDS: Final = 200
"""The maximum number of values in an EC2 filter."""
_VPN: Final = {"Name": "resource-type", "Values": ["vpn"]}


async def transit_paths(attempts: Attempts, inventory: Inventory | None, account: str) -> dict[str, TransitPath] | None:
    """Return the way back to each connection of a transit gateway, by connection id; None if it cannot be read."""
    connections = _by_gateway(inventory, "tgw")
    if not connections:
        return {}
    attachments = await attempts.pages(
        "ec2:DescribeTransitGatewayAttachments",
        "TransitGatewayAttachments",
        "attachments of connections",
        Filters=[_VPN],
    )
    if attachments is None:
        return None
    wanted = [attachment for attachment in attachments if read_text(attachment, "ResourceId") in connections]
    owned = {read_text(attachment, "TransitGatewayId") for attachment in wanted if _is_ours(attachment, account)}
    tables = await _transit_tables(attempts, owned)
    contents = {table: await _contents(attempts, table) for table in [*(tables or {})][:_MOST_TABLES]}
    return {
        read_text(attachment, "ResourceId"): _transit_path(
            attachment, tables if _is_ours(attachment, account) else None, contents
        )
        for attachment in wanted
    }


def _by_gateway(inventory: Inventory | None, kind: str) -> dict[str, ConnectionFacts]:
    connections = inventory.connections if inventory else ()
    return {connection.id: connection for connection in connections if connection.gateway_kind == kind}


def _is_ours(attachment: Structure, account: str) -> bool:
    return read_text(attachment, "TransitGatewayOwnerId") in ("", account)


async def _transit_tables(attempts: Attempts, gateways: set[str]) -> dict[str, tuple[str, bool]] | None:
    """Return the gateway of each route table, and whether it is the default for attachments."""
    if not gateways:
        return {}
    names = [{"Name": "transit-gateway-id", "Values": sorted(gateways)[:_MOST_IDS]}]
    tables = await attempts.pages(
        "ec2:DescribeTransitGatewayRouteTables",
        "TransitGatewayRouteTables",
        "transit gateway route tables",
        Filters=names,
    )
    if tables is None:
        return None
    return {
        read_text(table, "TransitGatewayRouteTableId"): (
            read_text(table, "TransitGatewayId"),
            table.get("DefaultAssociationRouteTable") is True,
        )
        for table in tables
    }


class _Contents:
    """The propagations and routes of VPN connections in one transit gateway route table."""

    def __init__(self, propagating: set[str], routes: Mapping[str, tuple[Route, ...]]) -> None:
        self.propagating = propagating
        self.routes = routes


async def _contents(attempts: Attempts, table: str) -> _Contents | None:
    propagations = await attempts.pages(
        "ec2:GetTransitGatewayRouteTablePropagations",
        "TransitGatewayRouteTablePropagations",
        f"route table {table}",
        TransitGatewayRouteTableId=table,
        Filters=[_VPN],
    )
    answer = await attempts.answer(
        "ec2:SearchTransitGatewayRoutes",
        f"route table {table}",
        TransitGatewayRouteTableId=table,
        Filters=[{"Name": "attachment.resource-type", "Values": ["vpn"]}],
        MaxResults=1_000,
    )
    if propagations is None or answer is None:
        return None
    routes: dict[str, list[Route]] = {}
    for described in dicts_in(answer, "Routes"):
        route = Route(read_text(described, "DestinationCidrBlock"), table, read_text(described, "State") == "blackhole")
        for attachment in dicts_in(described, "TransitGatewayAttachments"):
            routes.setdefault(read_text(attachment, "TransitGatewayAttachmentId"), []).append(route)
    enabled = {
        read_text(propagation, "TransitGatewayAttachmentId")
        for propagation in propagations
        if read_text(propagation, "State") in ("enabled", "enabling")
    }
    return _Contents(enabled, {attachment: tuple(own) for attachment, own in routes.items()})


def _transit_path(
    described: Structure, tables: Mapping[str, tuple[str, bool]] | None, contents: Mapping[str, _Contents | None]
) -> TransitPath:
    attachment, gateway = read_text(described, "TransitGatewayAttachmentId"), read_text(described, "TransitGatewayId")
    association = described.get("Association")
    own = {table: is_default for table, (owner, is_default) in (tables or {}).items() if owner == gateway}
    are_read = tables is not None and all(contents.get(table) is not None for table in own)
    held = [(table, content) for table in own if (content := contents.get(table)) is not None]
    return TransitPath(
        attachment,
        gateway,
        state=read_text(described, "State"),
        association=read_text(association, "TransitGatewayRouteTableId") if isinstance(association, Mapping) else "",
        propagations=tuple(table for table, content in held if attachment in content.propagating),
        routes=tuple(route for _, content in held for route in content.routes.get(attachment, ())),
        tables=tuple(sorted(own, key=lambda table: not own[table])) if are_read else None,
        owner=read_text(described, "TransitGatewayOwnerId"),
    )


async def vpc_paths(attempts: Attempts, inventory: Inventory | None) -> dict[str, VpcPath] | None:
    """Return the way back from the VPCs of each VPN gateway, by gateway id; None if it cannot be read."""
    wanted = {connection.gateway for connection in _by_gateway(inventory, "vgw").values()}
    if not wanted:
        return {}
    answer = await attempts.answer("ec2:DescribeVpnGateways", "VPN gateways")
    if answer is None:
        return None
    vpcs = {
        read_text(gateway, "VpnGatewayId"): tuple(
            read_text(attachment, "VpcId")
            for attachment in dicts_in(gateway, "VpcAttachments")
            if read_text(attachment, "State") == "attached"
        )
        for gateway in dicts_in(answer, "VpnGateways")
        if read_text(gateway, "VpnGatewayId") in wanted
    }
    tables = await _vpc_tables(attempts, sorted({vpc for attached in vpcs.values() for vpc in attached}))
    if tables is None:
        return None
    return {gateway: _vpc_path(gateway, attached, tables) for gateway, attached in vpcs.items()}


async def _vpc_tables(attempts: Attempts, vpcs: list[str]) -> list[Structure] | None:
    tables: list[Structure] = []
    for start in range(0, len(vpcs), _MOST_IDS):
        names = [{"Name": "vpc-id", "Values": vpcs[start : start + _MOST_IDS]}]
        page = await attempts.pages("ec2:DescribeRouteTables", "RouteTables", "route tables of VPCs", Filters=names)
        if page is None:
            return None
        tables += page
    return tables


def _vpc_path(gateway: str, vpcs: tuple[str, ...], tables: list[Structure]) -> VpcPath:
    own = [table for table in tables if read_text(table, "VpcId") in vpcs]
    return VpcPath(
        gateway,
        vpcs,
        tables=tuple(_vpc_table(table, gateway) for table in own),
        routes=tuple(
            Route(
                read_text(route, "DestinationCidrBlock") or read_text(route, "DestinationIpv6CidrBlock"),
                read_text(table, "RouteTableId"),
                read_text(route, "State") == "blackhole",
            )
            for table in own
            for route in dicts_in(table, "Routes")
            if read_text(route, "GatewayId") == gateway
        ),
    )


def _vpc_table(table: Structure, gateway: str) -> VpcTable:
    return VpcTable(
        read_text(table, "RouteTableId"),
        read_text(table, "VpcId"),
        is_main=any(association.get("Main") is True for association in dicts_in(table, "Associations")),
        propagates=any(
            read_text(propagating, "GatewayId") == gateway for propagating in dicts_in(table, "PropagatingVgws")
        ),
    )
