"""Examinations of the account that pages ask for: each ends with its page, and all of them before the program does."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from tui.feed.aws.errors import FeedError

if TYPE_CHECKING:
    from tui.domain.checkup.facts import Examination

Examine = Callable[[Sequence[str], bool], Coroutine[Any, Any, "Examination"]]
"""Examines the connections of these selectors, those that are watched where there are none; the second argument tells
whether the way back alone is looked at. Raises FeedError where AWS cannot be asked."""


class Examinations:
    """Begins examinations as tasks of the event loop, which outlive neither `close` nor whoever cancels them."""

    def __init__(self, examine: Examine) -> None:
        self._examine = examine
        self._tasks: set[asyncio.Task[Examination | str]] = set()

    def begin(self, selectors: Sequence[str], *, way_back: bool) -> "asyncio.Task[Examination | str]":
        """Return the task of a new examination; its result is a text where AWS cannot be asked."""

        async def outcome() -> "Examination | str":
            try:
                return await self._examine(selectors, way_back)
            except FeedError as error:
                return error.message

        task = asyncio.create_task(outcome())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End all that still run: a Live Tail session that was opened is closed at AWS."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
