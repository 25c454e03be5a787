"""The services of the endpoint: how requests address each, what answers them, and how each reports errors."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from tui.demo.server.errors import ApiError
from tui.demo.server.regional import Regional
from tui.demo.server.responses import ec2_error

REQUEST_EXPIRED: Final = ApiError("RequestExpired", "Request has expired.", status=400)
TOKEN_EXPIRED: Final = ApiError("ExpiredToken", "The security token included in the request is expired", status=403)


@dataclass(frozen=True, slots=True)
class JsonService:
    """A service of the JSON protocol, addressed by the first part of X-Amz-Target. `name` is that of its IAM actions.

    `call` takes the account and region addressed, the HTTP request, the action and the parsed request; it returns the
    answer as an object or a response.
    """

    name: str
    call: Callable[[Regional, web.Request, str, dict[str, Any]], Awaitable[web.StreamResponse | dict[str, object]]]


@dataclass(frozen=True, slots=True)
class QueryService:
    """A service of the query protocols, addressed by the request's Version. `name` is that of its IAM actions.

    `call` takes the account and region addressed, the action, the query and the request id; it returns XML, as
    `refusal` does for an error. `expired` is the service's error for an expired token.
    """

    name: str
    call: Callable[[Regional, str, Mapping[str, str], str], Awaitable[str]]
    refusal: Callable[[ApiError, str], str]
    expired: ApiError


async def _refuse(_regional: Regional, action: str, _query: Mapping[str, str], _request_id: str) -> str:
    raise ApiError("InvalidAction", f"The action {action} is not valid for this web service.")


UNKNOWN_SERVICE: Final = QueryService("ec2", _refuse, ec2_error, REQUEST_EXPIRED)
"""For an unknown Version: EC2's wording, since most old versions are EC2's."""


async def _refuse_json(_regional: Regional, _http: web.Request, action: str, _request: Mapping[str, Any]) -> Any:
    raise ApiError("UnknownOperationException", f"{action} is not served here")


UNKNOWN_JSON_SERVICE: Final = JsonService("unknown", _refuse_json)
"""For an unknown X-Amz-Target: its client expects an error in JSON."""
