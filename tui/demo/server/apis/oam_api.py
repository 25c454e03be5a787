"""CloudWatch Observability Access Manager: the sink of a monitoring account and the accounts linked to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tui.demo.server.account import Account
from tui.demo.server.errors import ApiError

PATHS: Final = {"/ListSinks": "ListSinks", "/ListAttachedLinks": "ListAttachedLinks"}
"""Each action by the HTTP path that addresses it."""
_SINK: Final = "demo"


def call_oam(
    action: str, request: Mapping[str, Any], account: Account, linked: Sequence[tuple[Account, str]]
) -> dict[str, object]:
    """Return the answer to one call of a monitoring account; raises ApiError for an unknown sink.

    `linked` are the accounts that share their logs with it, each with the label of its link.
    """
    arn = f"arn:aws:oam:{account.region}:{account.id}:sink/{_SINK}"
    if action == "ListSinks":
        return {"Items": [{"Arn": arn, "Id": _SINK, "Name": _SINK}] if linked else []}
    if request.get("SinkIdentifier") != arn or not linked:
        raise ApiError("ResourceNotFoundException", "The sink does not exist.", status=404)
    return {"Items": [_link(source, label) for source, label in linked]}


def _link(source: Account, label: str) -> dict[str, object]:
    return {
        "LinkArn": f"arn:aws:oam:{source.region}:{source.id}:link/{_SINK}",
        "Label": label or source.id,
        "ResourceTypes": ["AWS::Logs::LogGroup"],
    }
