"""botocore's service models, reduced to what the program uses.

EC2's has 750 operations, which take 15 MB plus 1 MB per client; the program uses a few. The table of endpoints has 300
services, which take 4 MB for as long as the program runs.
"""

from collections.abc import Iterator
from typing import Any, Final

from tui.feed.aws.actions import ACTIONS

_OF_SIGN_IN: Final = frozenset({"sts", "oidc", "portal.sso", "signin"})
"""Services that botocore itself calls for credentials, by their names in its table of endpoints."""


def narrow(model: dict[str, Any], service: str) -> None:
    """Remove from a service's model the operations that are not in `ACTIONS`, their shapes, and all documentation.

    A model without any used operation stays unchanged.
    """
    used = {action.operation for action in ACTIONS.values() if action.service == service}
    operations = {name: value for name, value in model["operations"].items() if name in used}
    if not operations:
        return
    shapes = model["shapes"]
    wanted, waiting = set[str](), list(_shapes_in(operations))
    while waiting:
        name = waiting.pop()
        if name not in wanted and name in shapes:
            wanted.add(name)
            waiting += _shapes_in(shapes[name])
    model["operations"] = operations
    model["shapes"] = {name: shape for name, shape in shapes.items() if name in wanted}
    _drop_documentation(model)


def narrow_endpoints(table: dict[str, Any]) -> None:
    """Remove from botocore's table of endpoints the services that the program never calls.

    A missing service resolves by the pattern of its partition, as one that is newer than botocore does.
    """
    used = _OF_SIGN_IN | {action.service for action in ACTIONS.values()}
    for partition in table["partitions"]:
        partition["services"] = {name: value for name, value in partition["services"].items() if name in used}


def _shapes_in(value: Any) -> Iterator[str]:
    """Yield the names of the shapes referenced by a part of a model."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "shape" and isinstance(item, str):
                yield item
            else:
                yield from _shapes_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _shapes_in(item)


def _drop_documentation(value: Any) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("documentation"), str):
            del value["documentation"]
        for item in value.values():
            _drop_documentation(item)
    elif isinstance(value, list):
        for item in value:
            _drop_documentation(item)
