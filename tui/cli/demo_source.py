"""The demo as a source of events: its endpoint runs for as long as the source is read."""

import os
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager

from tui.cli.config_file import Site
from tui.demo import RunningDemo
from tui.feed.aws.errors import FeedError
from tui.feed.aws.target import AwsTarget
from tui.feed.source import Batch, Source

Opening = Callable[[], AbstractAsyncContextManager[RunningDemo]]


class DemoSource:
    """Reads a demo through `reader(running)`: the ordinary client, over the network, exactly as it reads AWS."""

    def __init__(self, opening: Opening, reader: Callable[[RunningDemo], Source]) -> None:
        self._opening = opening
        self._reader = reader
        self._source: Source | None = None
        self._running: RunningDemo | None = None

    @property
    def running(self) -> RunningDemo:
        """The running demo. Raises FeedError before it has started."""
        if self._running is None:
            raise FeedError("The demo has not started yet.")
        return self._running

    @property
    def target(self) -> AwsTarget:
        """The address of the endpoint for another client. Raises FeedError before the demo has started."""
        return AwsTarget(region=self.running.region, endpoint_url=self.running.url)

    def retry(self) -> None:
        """Make the client try again at once."""
        if self._source is not None:
            self._source.retry()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield what the client reads, until the consumer closes the iterator."""
        async with self._opening() as running:
            self._running, self._source = running, self._reader(running)
            async with aclosing(self._source.batches()) as batches:
                async for batch in batches:
                    yield batch


def demo_sites(running: RunningDemo) -> dict[str, Site]:
    """Return the sites of a demo of several accounts and regions, by name; empty for one account."""
    return {
        site.name: Site(
            region=site.account.region,
            endpoint_url=running.url,
            role_arn=site.account.role_arn or None,
            external_id=site.external_id or None,
        )
        for site in running.sites
    }


@contextmanager
def demo_credentials() -> Iterator[None]:
    """Use a made-up key within this block: the endpoint checks none, and it must not see the user's own.

    Nothing of the AWS environment and its files is read, so a broken profile or an expired login cannot keep the demo
    from starting either.
    """
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AWS_")}
    made_up = {
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    os.environ.update(made_up)
    try:
        yield
    finally:
        for name in made_up:
            os.environ.pop(name, None)
        os.environ.update(before)
