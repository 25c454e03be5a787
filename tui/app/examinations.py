"""Runs the examinations of the account that pages ask for; each ends with its page or with the program."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from tui.feed.aws.errors import FeedError

if TYPE_CHECKING:  # imported by its callers, not before the first paint
    from tui.content.doctor.sites import SiteCheckup

Report = Callable[[str, "SiteCheckup"], None]
"""Receives the result of a site, by its name, which is empty for a single account."""
Examine = Callable[[Sequence[str], bool, str, Report], Coroutine[Any, Any, None]]
"""Examines the connections of these selectors (without any, those that are watched), and only the return path if the
second argument is true; the third names a single site to look at, empty for all. Raises FeedError if AWS cannot be
asked."""


class Examining:
    """One examination and its results for each site so far. `revision` grows with every answer."""

    def __init__(self) -> None:
        self.checkups: dict[str, SiteCheckup] = {}
        self.revision = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether all sites have answered."""
        return self.task is None or self.task.done()

    def report(self, site: str, checkup: "SiteCheckup") -> None:
        """Store the result of a site."""
        self.checkups[site] = checkup
        self.revision += 1

    def cancel(self) -> None:
        """Stop asking."""
        if self.task is not None:
            self.task.cancel()


class Examinations:
    """Starts examinations as tasks of the event loop and cancels the rest in `close`."""

    def __init__(self, examine: Examine) -> None:
        self._examine = examine
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, selectors: Sequence[str], *, way_back: bool, site: str = "") -> Examining:
        """Return a new examination of one site or of all."""
        examining = Examining()

        async def examine() -> None:
            try:
                await self._examine(selectors, way_back, site, examining.report)
            except FeedError as error:
                from tui.content.doctor.sites import SiteCheckup

                examining.report("", SiteCheckup(failure=error.message))

        task = examining.task = asyncio.create_task(examine())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return examining

    async def close(self) -> None:
        """Cancel everything that still runs, which also closes any open Live Tail session at AWS."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
