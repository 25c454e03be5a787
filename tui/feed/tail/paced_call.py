"""Makes calls within a budget, repeated while AWS throttles them."""

from collections.abc import Mapping
from typing import Any, Final

from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.tail.rate_limit import TokenBucket

_TRIES: Final = 6


async def call_paced(
    aws: Aws, budget: TokenBucket, action: str, resource: str, request: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the answer to a call, repeated after growing pauses while AWS throttles it.

    Raises FeedError: at once for any other failure, after the last attempt for throttling.
    """
    for tries in range(1, _TRIES + 1):
        try:
            async with budget.turn():
                answer = await aws.call(action, resource, **request)
        except FeedError as error:
            if error.kind is not ErrorKind.THROTTLED:
                raise
            budget.throttled()
            if tries == _TRIES:
                raise
        else:
            budget.succeeded()
            break
    return answer
