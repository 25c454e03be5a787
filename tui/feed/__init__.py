"""Where events come from: asyncio and AWS; never the terminal."""
