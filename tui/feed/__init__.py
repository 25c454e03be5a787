"""The sources of events: asyncio and AWS; never the terminal."""
