"""Log stream names: which tunnel and which log a stream holds.

Seen are `vpn-<17 hex>-<outside IPv4>-IKE.log` and the same with underscores; AWS documents only that the name holds the
connection id and the outside address. The id is therefore what is looked for; what cannot be read stays visible raw.
"""

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

from tui.domain.events import Log
from tui.domain.text import clean

_CONNECTION = re.compile(r"vpn-[0-9a-f]{8,17}(?![0-9a-z])", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d])")
_KIND = re.compile(r"(?<![a-z])(ike|bgp)(?![a-z])", re.IGNORECASE)


class StreamName(NamedTuple):
    """Whose log a stream is. `connection` is empty where the name holds no id; `log` is None where it does not say."""

    connection: str
    outside_ip: str
    log: Log | None


@lru_cache(maxsize=8192)
def read_stream_name(stream: str) -> StreamName:
    """Return the tunnel that a stream belongs to; never raises. The address is "?" where the name holds none."""
    found = _CONNECTION.search(stream)
    rest = stream[found.end() :] if found else stream
    kinds = list(_KIND.finditer(rest))
    kind = kinds[-1] if kinds else None
    log = Log(kind[1].lower()) if kind else None
    ipv4 = _IPV4.search(rest)
    if ipv4:
        outside = ipv4[0]
    elif found:
        outside = rest[: kind.start()] if kind else rest
        outside = outside.strip("-_. /") or "?"
    else:
        outside = stream
    return StreamName(found[0].lower() if found else "", address(clean(outside)[:64]), log)


def address(spelled: str) -> str:
    """Return an outside address in the form that EC2 gives it; one that is not IPv6 as it is spelled.

    A stream name cannot hold the colons of IPv6, and AWS does not document what stands in their place.
    """
    if spelled.count(".") == 3:  # IPv4
        return spelled
    try:
        return str(IPv6Address(spelled.translate(_COLONS)))
    except AddressValueError:
        return spelled


_COLONS: Final = str.maketrans("-_", "::")
