"""`tunnelwatch export`: Prometheus text over HTTP, served from the feed's own event loop so that no scrape is torn."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from tui.headless.metrics import exposition


async def serve_metrics(
    collector: Collector,
    host: str,
    port: int,
    *,
    feed: Callable[[], Awaitable[None]],
    on_ready: Callable[[str], object],
) -> None:
    """Serve `/metrics` while `feed` runs; `on_ready` receives the address. Raises OSError if the port is taken."""

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=exposition(collector), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        address = runner.addresses[0]
        on_ready(f"http://{_bracketed(str(address[0]))}:{address[1]}/metrics")
        await feed()
    finally:
        await runner.cleanup()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
