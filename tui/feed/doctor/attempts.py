"""Calls that may fail independently: one that is denied or unreachable affects only its own part."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine, Mapping
from typing import Any, Final, TypeVar

from tui.domain.checkup.facts import Failure, Trial
from tui.domain.clock import Clock
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.actions import ACTIONS, Action
from tui.feed.aws.client import Aws
from tui.feed.aws.errors import FeedError
from tui.feed.inventory.log_groups import dicts_in
from tui.feed.tail.budgets import Budgets
from tui.feed.tail.paced_call import call_paced
from tui.feed.tail.rate_limit import TokenBucket
from tui.feed.tail.timing import Timing

log = logging.getLogger("tunnelwatch.feed.doctor")

T = TypeVar("T")

_RECORD: Final = "logs:FilterLogEvents"
_PACES: Final = {
    _RECORD: (2.5, 2.5),
    "logs": (10.0, 20.0),
    "ec2": (15.0, 60.0),
    "cloudtrail": (1.0, 2.0),
    "cloudwatch": (5.0, 10.0),
}
"""Calls per second and burst size, by action or service. FilterLogEvents allows an account 5 a second in some regions,
other log calls 10 and more; EC2's buckets hold 100 calls and refill by 20 a second; LookupEvents allows 2.
"""
_OTHERS: Final = (2.0, 5.0)
_PAGES: Final = 20


class Attempts:
    """Calls AWS at a pace that leaves others their share, and continues when a call fails.

    On failure `answer` and `pages` return None, and `trying` its alternative; `trials` has the reason. All raise
    FeedError if no call of the session can succeed.
    """

    def __init__(self, aws: Aws, clock: Clock) -> None:
        import random

        self.aws = aws
        self.clock = clock
        budgets = Budgets(clock, Timing(), random.Random())  # noqa: S311 - spreads retries, keeps no secret
        self._others = budgets.of(*_OTHERS)
        self._budgets = {service: budgets.of(*pace) for service, pace in _PACES.items()}

    def budget(self, action: str) -> TokenBucket:
        """Return our share of the quota of an action, by IAM name, or of its service."""
        return self._budgets.get(action) or self._budgets.get(action.partition(":")[0], self._others)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All actions tried so far. That a resource does not exist counts as an answer."""
        return tuple(_trial(ACTIONS[name], error) for name, error in sorted(self.aws.outcomes.items()))

    async def answer(self, action: str, resource: str, **parameters: Any) -> Mapping[str, Any] | None:
        """Return the answer to one call, None if it failed."""
        calling = call_paced(self.aws, self.budget(action), action, resource, parameters)
        return await self.trying(calling, None)

    async def pages(self, action: str, key: str, resource: str, **parameters: Any) -> list[dict[str, Any]] | None:
        """Return the structures under `key` of at most twenty pages of an answer, None if a call failed."""
        items: list[dict[str, Any]] = []
        token_name = "nextToken" if ACTIONS[action].service == "logs" else "NextToken"
        for _ in range(_PAGES):
            answer = await self.answer(action, resource, **parameters)
            if answer is None:
                return None
            items += [dict(item) for item in dicts_in(answer, key)]
            token = answer.get(token_name)
            if not isinstance(token, str) or not token or token == parameters.get(token_name):
                break
            parameters[token_name] = token
        return items

    async def trying(self, asking: Awaitable[T], otherwise: T) -> T:
        """Return what `asking` returns, or `otherwise` if it fails."""
        try:
            return await asking
        except FeedError as error:
            if error.kind.ends_session:
                raise
            log.info("not found out: %s", error.kind)
            return otherwise


async def together(*asking: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """Return the results of concurrent questions; raises the first FeedError and cancels the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(question) for question in asking]
    except BaseExceptionGroup as failures:
        refused, others = failures.split(FeedError)
        if others is not None or refused is None:
            raise
        raise next(error for error in refused.exceptions if isinstance(error, FeedError)) from None
    return tuple(task.result() for task in tasks)


def _trial(action: Action, error: FeedError | None) -> Trial:
    return Trial(action.name, action.needed, action.watches, action.brings, _failure(error))


def _failure(error: FeedError | None) -> Failure | None:
    if error is None or error.kind is ErrorKind.MISSING:
        return None
    return Failure(error.kind, error.message)
