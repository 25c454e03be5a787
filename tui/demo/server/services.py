"""The services that the endpoint speaks for: how a request addresses each, who answers it, how each refuses."""

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
    """A service of the JSON protocol, addressed by the first part of X-Amz-Target. `name` as in IAM actions.

    `call` takes the account and region that is asked, the HTTP request, the action and the request's object; it returns
    the answer's object or a response.
    """

    name: str
    call: Callable[[Regional, web.Request, str, dict[str, Any]], Awaitable[web.StreamResponse | dict[str, object]]]


@dataclass(frozen=True, slots=True)
class QueryService:
    """A service of the query protocols, addressed by the Version of the request. `name` as in IAM actions.

    `call` takes the account and region that is asked, the action, the query and the request's id; it returns XML, as
    `refusal` does of an error. `expired` is how the service words that a token has expired.
    """

    name: str
    call: Callable[[Regional, str, Mapping[str, str], str], Awaitable[str]]
    refusal: Callable[[ApiError, str], str]
    expired: ApiError


async def _refuse(_regional: Regional, action: str, _query: Mapping[str, str], _request_id: str) -> str:
    raise ApiError("InvalidAction", f"The action {action} is not valid for this web service.")


UNKNOWN_SERVICE: Final = QueryService("ec2", _refuse, ec2_error, REQUEST_EXPIRED)
"""For a Version that no service here has: EC2's words, since most of the versions of old are EC2's."""
