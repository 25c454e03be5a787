"""An endpoint that answers each request as a test wants, and remembers the requests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tui.feed.aws.target import AwsTarget

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class BentEndpoint:
    """`requests` holds the headers of each request."""

    url: str
    requests: list[dict[str, str]] = field(default_factory=list)

    @property
    def target(self) -> AwsTarget:
        return AwsTarget(region="eu-west-1", endpoint_url=self.url)


@asynccontextmanager
async def bent_endpoint(handler: Handler) -> AsyncIterator[BentEndpoint]:
    running = BentEndpoint("")

    async def answer(request: web.Request) -> web.StreamResponse:
        running.requests.append(dict(request.headers))
        return await handler(request)

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        _, port = runner.addresses[0]
        running.url = f"http://127.0.0.1:{port}"
        yield running
    finally:
        await runner.cleanup()
