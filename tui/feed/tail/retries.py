"""The pauses between attempts, which the user can end."""

import asyncio


class Retries:
    """Pauses before another attempt. `now` ends all current ones, so that everything that failed is retried at once."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def now(self) -> None:
        """End every current pause, if there is any."""
        asked, self._asked = self._asked, asyncio.Event()
        asked.set()

    async def wanted(self) -> None:
        """Wait until the user wants a retry."""
        await self._asked.wait()

    async def pause(self, seconds: float) -> None:
        """Wait that many seconds, or until the user wants a retry."""
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await self.wanted()
        except TimeoutError:
            pass
