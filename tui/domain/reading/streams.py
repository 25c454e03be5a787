"""Log stream names: the tunnel and the log that a stream holds.

Observed are `vpn-<17 hex>-<outside IPv4>-IKE.log` and the same with underscores; AWS documents only that the name
contains the connection id and the outside address. Therefore the id is searched for; what cannot be read stays visible
as it is.
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
    """The tunnel and log of a stream. `connection` is empty if the name has no id; `log` is None if it names none."""

    connection: str
    outside_ip: str
    log: Log | None


@lru_cache(maxsize=8192)
def read_stream_name(stream: str) -> StreamName:
    """Return the tunnel and log of a stream; never raises. The address is "?" if the name has none."""
    connection = _CONNECTION.search(stream)
    rest = stream[connection.end() :] if connection else stream
    kinds = list(_KIND.finditer(rest))
    kind = kinds[-1] if kinds else None
    log = Log(kind[1].lower()) if kind else None
    ipv4 = _IPV4.search(rest)
    if ipv4:
        outside = ipv4[0]
    elif connection:
        outside = rest[: kind.start()] if kind else rest
        outside = outside.strip("-_. /") or "?"
    else:
        outside = stream
    return StreamName(connection[0].lower() if connection else "", address(clean(outside)[:64]), log)


def address(spelled: str) -> str:
    """Return an outside address in EC2's form; anything but IPv6 as it is spelled.

    A stream name cannot contain the colons of IPv6, and AWS does not document what replaces them.
    """
    if spelled.count(".") == 3:  # IPv4
        return spelled
    try:
        return str(IPv6Address(spelled.translate(_COLONS)))
    except AddressValueError:
        return spelled


_COLONS: Final = str.maketrans("-_", "::")
