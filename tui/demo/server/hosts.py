"""The host names under which the endpoint answers.

A web page can make its own name resolve to 127.0.0.1 (DNS rebinding) and read what is served there. Requests under a
name that somebody could own are therefore refused; nobody can own an address or localhost.
"""

import re
from typing import Final

_OURS: Final = re.compile(
    r"(?:stream(?:ing)?-)?"  # clients of Live Tail prepend this to the host
    r"(?:(?:[\w-]+\.)*localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\])\.?(?::\d+)?",
    re.ASCII | re.IGNORECASE,
)


def is_loopback_host(host: str) -> bool:
    """Whether a Host header is an IP address or a name of localhost."""
    return _OURS.fullmatch(host) is not None
