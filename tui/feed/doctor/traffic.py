"""Bytes in and out of each tunnel over the last full periods, from CloudWatch's metrics.

GetMetricData costs a cent per thousand metrics: it is called once, and only for tunnels that have metrics.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.domain.checkup.facts import Traffic, TrafficFacts
from tui.domain.inventory import Inventory
from tui.feed.doctor.attempts import Attempts
from tui.feed.inventory.ec2_records import read_text
from tui.feed.inventory.log_groups import dicts_in

_NAMESPACE: Final = "AWS/VPN"
_NAMES: Final = ("TunnelDataIn", "TunnelDataOut")
_PERIOD: Final = 300
"""In seconds, as in AWS's own examples."""
_PERIODS: Final = 3
_LATENESS: Final = 300
"""The possible delay of metrics in seconds: earlier periods are complete."""
_MOST_QUERIES: Final = 500

Key = tuple[str, str]


async def traffic_of(attempts: Attempts, inventory: Inventory | None) -> TrafficFacts | None:
    """Return the traffic of the tunnels; None if the metrics cannot be read."""
    wanted = {(owner.id, tunnel.outside_ip) for owner in _connections(inventory) for tunnel in owner.tunnels}
    end = (attempts.clock.now() // 1000 - _LATENESS) // _PERIOD * _PERIOD
    start = end - _PERIODS * _PERIOD
    if not wanted:
        return TrafficFacts(start * 1000, end * 1000)
    series = await _series(attempts, wanted)
    if series is None:
        return None
    queries = [_query(index, name, dimensions) for index, (_, name, dimensions) in enumerate(series)]
    sums: dict[int, int] = {}
    for first in range(0, len(queries), _MOST_QUERIES):
        results = await attempts.pages(
            "cloudwatch:GetMetricData",
            "MetricDataResults",
            "traffic of the tunnels",
            MetricDataQueries=queries[first : first + _MOST_QUERIES],
            StartTime=datetime.fromtimestamp(start, UTC),
            EndTime=datetime.fromtimestamp(end, UTC),
        )
        if results is None:
            return None
        for result in results:
            index, values = int(read_text(result, "Id").removeprefix("m")), result.get("Values")
            sums[index] = sums.get(index, 0) + round(sum(values) if isinstance(values, list) else 0)
    counted: dict[Key, dict[str, int]] = {}
    for index, (key, name, _) in enumerate(series):
        counted.setdefault(key, {})[name] = sums.get(index, 0)
    tunnels = {key: Traffic(*(values[name] for name in _NAMES)) for key, values in counted.items() if len(values) == 2}
    return TrafficFacts(start * 1000, end * 1000, tunnels)


def _connections(inventory: Inventory | None) -> Any:
    return inventory.connections if inventory else ()


async def _series(attempts: Attempts, wanted: set[Key]) -> list[tuple[Key, str, list[dict[str, str]]]] | None:
    """Return the existing series of the wanted tunnels, each with its dimensions exactly as in CloudWatch."""
    series: list[tuple[Key, str, list[dict[str, str]]]] = []
    for name in _NAMES:
        metrics = await attempts.pages(
            "cloudwatch:ListMetrics", "Metrics", "metrics of the tunnels", Namespace=_NAMESPACE, MetricName=name
        )
        if metrics is None:
            return None
        for metric in metrics:
            dimensions = {
                read_text(dimension, "Name"): read_text(dimension, "Value")
                for dimension in dicts_in(metric, "Dimensions")
            }
            key = dimensions.get("VpnId", ""), dimensions.get("TunnelIpAddress", "")
            if key in wanted:
                series.append((key, name, [{"Name": one, "Value": other} for one, other in dimensions.items()]))
    return series


def _query(index: int, name: str, dimensions: list[dict[str, str]]) -> Mapping[str, Any]:
    metric = {"Namespace": _NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    return {"Id": f"m{index}", "MetricStat": {"Metric": metric, "Period": _PERIOD, "Stat": "Sum"}}
