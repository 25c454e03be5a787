"""CloudWatch metrics of VPN tunnels: ListMetrics and GetMetricData in their simplest form.

A tunnel that is up has its described traffic every minute; one that is down has none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tui.demo.server.errors import ApiError
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnTunnel

TARGET: Final = "GraniteServiceVersion20100801"
_NAMESPACE: Final = "AWS/VPN"
_METRICS: Final = ("TunnelState", "TunnelDataIn", "TunnelDataOut")
_MOST_QUERIES: Final = 500

Request = Mapping[str, Any]
Answer = dict[str, object]


def call_metrics(action: str, request: Request, store: Store) -> Answer:
    """Return the answer to one call; raises ApiError as CloudWatch would."""
    if action == "ListMetrics":
        return _list(request, store)
    if action == "GetMetricData":
        return _data(request, store)
    raise ApiError("InvalidAction", f"The action {action} is not valid for this web service.")


def _list(request: Request, store: Store) -> Answer:
    wanted = {dimension["Name"]: dimension.get("Value") for dimension in request.get("Dimensions") or ()}
    metrics = [
        {"Namespace": _NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
        for dimensions, _ in _series(store)
        for metric in _METRICS
        if request.get("Namespace") in (None, _NAMESPACE)
        and request.get("MetricName") in (None, metric)
        and all(any(d["Name"] == n and v in (None, d["Value"]) for d in dimensions) for n, v in wanted.items())
    ]
    return {"Metrics": metrics}


def _series(store: Store) -> Iterator[tuple[list[dict[str, str]], tuple[VpnTunnel, ...]]]:
    """Yield the dimensions of each series: one for every tunnel and one for every connection."""
    for vpn in store.connections.values():
        owner = {"Name": "VpnId", "Value": vpn.id}
        counted = tuple(tunnel for tunnel in vpn.tunnels if tunnel.traffic is not None)
        if counted:
            yield [owner], counted
        for tunnel in counted:
            yield [owner, {"Name": "TunnelIpAddress", "Value": tunnel.outside_ip}], (tunnel,)


def _data(request: Request, store: Store) -> Answer:
    queries = request.get("MetricDataQueries") or []
    if not 0 < len(queries) <= _MOST_QUERIES:
        raise ApiError("ValidationError", f"The collection MetricDataQueries must have 1 to {_MOST_QUERIES} members.")
    start, end = request.get("StartTime"), request.get("EndTime")
    if not isinstance(start, int | float) or not isinstance(end, int | float) or start >= end:
        raise ApiError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    return {"MetricDataResults": [_result(query, start, end, store) for query in queries], "Messages": []}


def _result(query: Mapping[str, Any], start: float, end: float, store: Store) -> Answer:
    stat = query.get("MetricStat") or {}
    metric, period = stat.get("Metric") or {}, int(stat.get("Period") or 60)
    if period % 60:
        raise ApiError("ValidationError", "Period must be a multiple of 60.")
    dimensions = {(dimension["Name"], dimension["Value"]) for dimension in metric.get("Dimensions") or ()}
    tunnels = next(
        (tunnels for known, tunnels in _series(store) if {(d["Name"], d["Value"]) for d in known} == dimensions), ()
    )
    begins = range(-(-int(start) // period) * period, int(end), period)
    points = [(at, _value(metric.get("MetricName"), tunnels, at * 1000, period)) for at in begins if tunnels]
    points.reverse()  # newest first, the default of ScanBy
    return {
        "Id": query.get("Id"),
        "Label": metric.get("MetricName"),
        "Timestamps": [at for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _value(metric: object, tunnels: tuple[VpnTunnel, ...], at: int, period: int) -> float:
    up = [tunnel for tunnel in tunnels if tunnel.telemetry.status == "UP" and tunnel.telemetry.since <= at]
    if metric == "TunnelState":
        return len(up) / len(tunnels)
    index = 0 if metric == "TunnelDataIn" else 1
    return float(sum(tunnel.traffic[index] for tunnel in up if tunnel.traffic) * period // 60)
