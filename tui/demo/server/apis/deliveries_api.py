"""The CloudWatch Logs calls that describe log deliveries: sources, destinations and the deliveries themselves."""

from collections.abc import Mapping
from typing import Any

from tui.demo.server.account import Account
from tui.demo.server.pagination import cut_page
from tui.demo.server.store import Store
from tui.demo.server.vpn import LogDelivery

Answer = dict[str, object]


def describe_sources(store: Store, account: Account, request: Mapping[str, Any]) -> Answer:
    """Return one page of the delivery sources, only those of the requested resources if the request names any."""
    sources = [_source(delivery, account) for delivery in store.deliveries]
    if arns := request.get("resourceArns"):
        sources = [source for source in sources if source["resourceArns"][0] in arns]
    page, token = cut_page(sources, request)
    return {"deliverySources": page, **token}


def describe_deliveries(store: Store, account: Account, request: Mapping[str, Any]) -> Answer:
    """Return one page of the deliveries, only those of the requested sources if the request names any."""
    names = request.get("deliverySourceNames")
    deliveries = [delivery for delivery in store.deliveries if not names or delivery.name in names]
    page, token = cut_page(deliveries, request)
    return {"deliveries": [_delivery(delivery, account) for delivery in page], **token}


def describe_destinations(store: Store, account: Account, request: Mapping[str, Any]) -> Answer:
    """Return one page of the delivery destinations, only the requested ones if the request names any."""
    names = request.get("names")
    deliveries = [delivery for delivery in store.deliveries if not names or delivery.name in names]
    page, token = cut_page(deliveries, request)
    return {"deliveryDestinations": [_destination(delivery, account) for delivery in page], **token}


def _source(delivery: LogDelivery, account: Account) -> dict[str, Any]:
    return {
        "name": delivery.name,
        "arn": account.delivery_arn("delivery-source", delivery.name),
        "resourceArns": [account.connection_arn(delivery.connection)],
        "service": "ec2",
        "logType": delivery.log_type,
    }


def _delivery(delivery: LogDelivery, account: Account) -> Answer:
    return {
        "id": delivery.name,
        "arn": account.delivery_arn("delivery", delivery.name),
        "deliverySourceName": delivery.name,
        "deliveryDestinationArn": account.delivery_arn("delivery-destination", delivery.name),
        "deliveryDestinationType": "CWL",
        "recordFields": list(delivery.fields),
        "fieldDelimiter": delivery.delimiter,
    }


def _destination(delivery: LogDelivery, account: Account) -> Answer:
    return {
        "name": delivery.name,
        "arn": account.delivery_arn("delivery-destination", delivery.name),
        "deliveryDestinationType": "CWL",
        "outputFormat": delivery.output_format,
        "deliveryDestinationConfiguration": {"destinationResourceArn": account.group_arn(delivery.group)},
    }
