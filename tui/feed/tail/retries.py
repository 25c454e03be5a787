"""The pauses between tries, which the user can end."""

import asyncio


class Retries:
    """Pauses before another try. `now` ends all that last, so that what failed is tried again at once."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def now(self) -> None:
        """End every pause that lasts; nothing where none does."""
        asked, self._asked = self._asked, asyncio.Event()
        asked.set()

    async def wanted(self) -> None:
        """Wait until the user wants another try."""
        await self._asked.wait()

    async def pause(self, seconds: float) -> None:
        """Wait for so long, or until the user wants another try."""
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await self.wanted()
        except TimeoutError:
            pass
