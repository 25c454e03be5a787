"""CloudWatch in the query protocol, as used by AWS CLI 2 and SDKs before 2025: the answers of `metrics_api` as XML."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from tui.demo.server.apis.metrics_api import call_metrics
from tui.demo.server.errors import ApiError
from tui.demo.server.store import Store
from tui.demo.server.xml import Value, element

VERSION: Final = "2010-08-01"
_NAMESPACE: Final = f"http://monitoring.amazonaws.com/doc/{VERSION}/"
_TIMES: Final = ("StartTime", "EndTime")


def call_metrics_query(action: str, query: Mapping[str, str], store: Store, request_id: str) -> str:
    """Return the XML answer to one call; raises ApiError as CloudWatch would."""
    request = _nested(query)
    times = {name: _seconds(name, request[name]) for name in _TIMES if name in request}
    answer = call_metrics(action, request | times, store)
    body: Value = {f"{action}Result": _texts(answer), "ResponseMetadata": {"RequestId": request_id}}
    return element(f"{action}Response", body, member="member").replace(">", f' xmlns="{_NAMESPACE}">', 1)


def _nested(query: Mapping[str, str]) -> dict[str, Any]:
    """Return the structures and lists that names such as `Dimensions.member.1.Name` stand for."""
    tree: dict[str, Any] = {}
    for name, value in query.items():
        *path, last = name.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise ApiError("MalformedInput", f"{name} is both a value and a structure.")
        node[last] = value
    return {name: _with_lists(node) for name, node in tree.items()}


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    members = node.get("member")
    if isinstance(members, dict):
        return [_with_lists(members[index]) for index in sorted(members, key=lambda index: (len(index), index))]
    return {name: _with_lists(value) for name, value in node.items()}


def _seconds(name: str, text: Any) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        raise ApiError("ValidationError", f"{name} must be a timestamp in ISO 8601.") from None


def _texts(answer: Any, name: str = "") -> Value:
    """Return an answer with its numbers and times written as in XML."""
    if isinstance(answer, Mapping):
        return {key: _texts(value, key) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_texts(value, name) for value in answer]
    if name == "Timestamps":
        return datetime.fromtimestamp(answer, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return answer if answer is None else str(answer)
