"""By which names the endpoint may be asked.

A page in a browser can have its own name lead to 127.0.0.1 (DNS rebinding) and read what is served there: a request
under a name that anybody could own is not answered. Addresses and localhost are nobody's.
"""

import re
from typing import Final

_OURS: Final = re.compile(
    r"(?:stream(?:ing)?-)?"  # what clients of Live Tail put before the host
    r"(?:(?:[\w-]+\.)*localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\])\.?(?::\d+)?",
    re.ASCII | re.IGNORECASE,
)


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names this machine as only itself can."""
    return _OURS.fullmatch(host) is not None
