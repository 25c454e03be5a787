"""`tunnelwatch demo --serve`: the endpoint alone, for other people's clients."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from tui.demo import RunningDemo


async def serve_demo(opening: AbstractAsyncContextManager[RunningDemo], write: Callable[[str], object]) -> None:
    """Serve until cancelled; `write` gets what a client needs, as lines that a shell can read."""
    async with opening as running:
        groups = running.log_groups
        for line in (
            f"export AWS_ENDPOINT_URL={running.url} AWS_REGION={running.region} AWS_DEFAULT_REGION={running.region}",
            "export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo AWS_DISABLE_HOST_PREFIX_INJECTION=true",
            f"# Log groups: {' '.join(groups)}",
            "# With these in another shell:  tunnelwatch  |  tunnelwatch status  |  tunnelwatch tail --json",
            f"#   aws logs filter-log-events --log-group-name {groups[0]}",
            f"#   aws logs tail {groups[0]} --follow   (AWS CLI 2)",
        ):
            write(line)
        await asyncio.Event().wait()
