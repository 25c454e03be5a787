"""Log deliveries: the other way for a connection's logs to reach CloudWatch Logs.

A tunnel's options may say that logging is off while a delivery (CloudWatch Logs CreateDelivery) writes the same records
to a log group, with the format, fields and delimiter chosen by its creator.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.domain.events import Log
from tui.domain.feed_state import ErrorKind
from tui.domain.inventory import ConnectionFacts, Inventory, LogDelivery, TunnelFacts
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.ec2_records import Structure, read_text
from tui.feed.inventory.log_groups import LogGroup, dicts_in, read_group

log = logging.getLogger("tunnelwatch.feed.inventory.deliveries")

_SOURCES: Final = "logs:DescribeDeliverySources"
_DELIVERIES: Final = "logs:DescribeDeliveries"
_DESTINATIONS: Final = "logs:DescribeDeliveryDestinations"
_PAGES: Final = 20
_LOGS: Final = {"CONNECTION_LOGS": Log.IKE, "EVENT_LOGS": Log.BGP}
_CONNECTION_ARN: Final = re.compile(r"arn:[\w-]+:ec2:[\w-]*:\d*:vpn-connection/(vpn-[0-9a-f]+)", re.IGNORECASE)


class Deliveries:
    """Finds the deliveries of connections that do not log otherwise. `notices` names what is denied."""

    def __init__(self) -> None:
        self.notices: tuple[str, ...] = ()
        self._known: dict[str, tuple[LogDelivery, ...]] = {}
        self._groups: dict[str, LogGroup] = {}

    async def complete(self, aws: Aws, inventory: Inventory, groups: dict[str, LogGroup]) -> Inventory:
        """Return the inventory with the deliveries of tunnels whose options have logging off.

        Adds their log groups to `groups`. Raises FeedError if there is no access at all; any other failure keeps what
        was known.
        """
        if not any(map(_is_unlogged, inventory.connections)):
            return inventory
        try:
            await self._ask(aws)
        except FeedError as error:
            if error.kind.ends_session:
                raise
            log.info("deliveries are not known: %s", error.kind)
            if error.kind is ErrorKind.DENIED:
                self.notices = (f"{error.message} Without it, logs that only a delivery writes are not found.",)
        groups |= self._groups
        return replace(inventory, connections=tuple(map(self._completed, inventory.connections)))

    async def _ask(self, aws: Aws) -> None:
        sources = {
            read_text(source, "name"): (connection, source_log)
            for source in await _pages(aws, _SOURCES, "deliverySources")
            if (connection := _connection_of(source))
            and (source_log := _LOGS.get(read_text(source, "logType").upper()))
            and read_text(source, "status").upper() != "INACTIVE"
        }
        deliveries = [
            delivery
            for delivery in (await _pages(aws, _DELIVERIES, "deliveries") if sources else [])
            if read_text(delivery, "deliverySourceName") in sources
        ]
        arns = [read_text(delivery, "deliveryDestinationArn") for delivery in deliveries]
        destinations = await _destinations(aws, arns)
        self.notices, self._groups = (), {}
        known: dict[str, list[LogDelivery]] = {}
        for delivery in deliveries:
            connection, source_log = sources[read_text(delivery, "deliverySourceName")]
            destination = destinations.get(read_text(delivery, "deliveryDestinationArn"))
            if destination is None:  # to S3 or Firehose
                continue
            group, output_format = destination
            self._groups[group.name] = group
            fields = delivery.get("recordFields")
            known.setdefault(connection, []).append(
                LogDelivery(
                    source_log,
                    group.name,
                    output_format,
                    str(delivery.get("fieldDelimiter") or ""),
                    tuple(field for field in fields if isinstance(field, str)) if isinstance(fields, list) else (),
                )
            )
        self._known = {connection: tuple(own) for connection, own in known.items()}

    def _completed(self, connection: ConnectionFacts) -> ConnectionFacts:
        deliveries = self._known.get(connection.id, ())
        if not deliveries:
            return connection
        groups = {delivery.log: delivery.group for delivery in deliveries}

        def delivered(tunnel: TunnelFacts) -> TunnelFacts:
            return replace(
                tunnel,
                ike_group=tunnel.ike_group or groups.get(Log.IKE),
                bgp_group=tunnel.bgp_group or groups.get(Log.BGP),
            )

        return replace(connection, deliveries=deliveries, tunnels=tuple(map(delivered, connection.tunnels)))


def _is_unlogged(connection: ConnectionFacts) -> bool:
    return any(tunnel.ike_group is None for tunnel in connection.tunnels)


def _connection_of(source: Structure) -> str:
    """Return the id of the VPN connection whose logs a source sends; empty for any other source."""
    arns = source.get("resourceArns")
    matches = (_CONNECTION_ARN.fullmatch(arn) for arn in arns if isinstance(arn, str)) if isinstance(arns, list) else ()
    return next((match[1].lower() for match in matches if match), "")


async def _destinations(aws: Aws, arns: Iterable[str]) -> dict[str, tuple[LogGroup, str]]:
    """Return the log group and output format of each destination that is a log group, by the destination's ARN."""
    destinations = {arn: (read_group(arn), "") for arn in arns if ":log-group:" in arn}
    if set(arns) <= destinations.keys():
        return destinations
    for destination in await _pages(aws, _DESTINATIONS, "deliveryDestinations"):
        configuration = destination.get("deliveryDestinationConfiguration")
        resource = read_text(configuration, "destinationResourceArn") if isinstance(configuration, Mapping) else ""
        if ":log-group:" in resource:
            destinations[read_text(destination, "arn")] = read_group(resource), read_text(destination, "outputFormat")
    return destinations


async def _pages(aws: Aws, action: str, key: str) -> list[Structure]:
    items: list[Structure] = []
    token: dict[str, Any] = {}
    for _ in range(_PAGES):
        answer = await aws.call(action, "log deliveries", **token)
        items += dicts_in(answer, key)
        following = answer.get("nextToken")
        if not isinstance(following, str) or not following or following == token.get("nextToken"):
            break
        token = {"nextToken": following}
    return items
