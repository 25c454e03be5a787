"""The aliases of identifiers in masked output: numbered in order of first use, in the form of the original.

An alias contains nothing of its original and cannot be reversed. The addresses are reserved and not routed: 240.0.0.0/4
(RFC 1112), 100::/64 (RFC 6666) and 3fff::/20 (RFC 9637).

    240.0.C.T       outside address of tunnel T of connection C; connection 1 is "connection A"
    241.B.B.H       other public addresses; those of one /24 stay together in block B, since sharing one may matter
    242.0.0.0/8     private and shared addresses
    243.254.0.0/16  inside addresses (169.254.0.0/16), both ends of a tunnel in one /30
    248.0.0.0/5     networks, with their length
"""

from collections import defaultdict
from collections.abc import Hashable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import Final

MOST: Final = 100_000
"""The aliases remembered per kind; later originals all share the last one, which bounds memory."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_TUNNELS, _PUBLIC, _PRIVATE, _NETWORKS = (first << 24 for first in (240, 241, 242, 248))
_INSIDE: Final = IPv4Network("243.254.0.0/16")
_LINK_LOCAL: Final = IPv4Network("169.254.0.0/16")
_UNIQUE_LOCAL: Final = IPv6Network("fc00::/7")
_PRIVATE_NETWORKS: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_NETMASKS: Final = IPv4Network("255.0.0.0/8")
_SIX: Final = 0x0100 << 112
_SIX_NETWORKS: Final = 0x3FFF << 112
_SIX_PUBLIC, _SIX_INSIDE, _SIX_LINK_LOCAL = (kind << 48 for kind in (1, 2, 3))
_WIDEST: Final = 4
"""Networks up to this prefix length, such as 0.0.0.0/0 and both halves of the internet, identify nobody."""
_MOST_TUNNELS: Final = 254
_MOST_CONNECTIONS: Final = 0xFFFF
_MOST_BLOCKS: Final = 0xFFFF


class Aliases:
    """The aliases of one run: an original always has the same alias."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, dict[Hashable, int]] = defaultdict(dict)
        self._addresses: dict[Address, Address] = {}
        self._issued: set[Address] = {_INSIDE.network_address}

    def __repr__(self) -> str:
        return f"Aliases({', '.join(f'{len(known)} {kind}' for kind, known in self._numbers.items())})"

    def number(self, kind: str, original: Hashable) -> int:
        """Return the number of an original among those of its kind, from 1; a new original gets the next number."""
        known = self._numbers[kind]
        if len(known) >= MOST:
            return known.get(original, MOST)
        return known.setdefault(original, len(known) + 1)

    def word(self, kind: str, original: str) -> str:
        """Return a numbered word such as `name-1`; an alias of this form is returned as it is."""
        start, _, end = original.rpartition("-")
        if start == kind and end.isdecimal() and int(end) <= len(self._numbers[kind]):
            return original
        return f"{kind}-{self.number(kind, original)}"

    def identifier(self, kind: str, tail: str) -> str:
        """Return the alias of an AWS id: vpn-00000000000000001 for `vpn` and `0a1b2c3d4e5f60718`."""
        return f"{kind.lower()}-{self._figures(kind.lower(), tail.lower())}"

    def account(self, account: str) -> str:
        """Return the alias of an account number, with the same number of digits."""
        return self._figures("account", account)

    def _figures(self, kind: str, original: str) -> str:
        """Return a number padded with zeros to the original's length; an alias of this form is returned as it is."""
        is_alias = original.isdecimal() and int(original) <= len(self._numbers[kind]) and original.startswith("000")
        return original if is_alias else f"{self.number(kind, original):0{len(original)}d}"

    def connection_name(self, connection: str) -> str:
        """Return the display name for a connection id, such as "connection A"."""
        return f"connection {_letters(self._connection(connection))}"

    def outside(self, connection: str, spelled: str) -> str:
        """Return the alias of a tunnel's outside address, or of whatever a stream name has in its place."""
        try:
            address = ip_address(spelled)
        except ValueError:
            return self.word("tunnel", f"{connection} {spelled}")
        if address not in self._addresses and address not in self._issued:
            home = self._connection(connection)
            tunnel = self.number(f"tunnels of {home}", address)
            if tunnel <= _MOST_TUNNELS and home <= _MOST_CONNECTIONS:
                value = _TUNNELS | home << 8 | tunnel if address.version == 4 else _SIX | home << 16 | tunnel
                return str(self._issue(address, value))
        return str(self._host(address))

    def address(self, spelled: str) -> str | None:
        """Return the alias of an address or of a network such as `192.0.2.0/24`; None for any other text.

        Addresses that identify nobody stay as they are (unspecified, loopback, netmasks), and so do aliases.
        """
        try:
            interface = ip_interface(spelled)
        except ValueError:
            return None
        if "/" not in spelled:
            return str(self._host(interface.ip))
        network, spare = interface.network, interface.max_prefixlen - interface.network.prefixlen
        if interface.ip != network.network_address or spare == 0 or (spare <= 2 and _is_inside(interface.ip)):
            return f"{self._host(interface.ip)}/{network.prefixlen}"
        return self._network(network)

    def _connection(self, connection: str) -> int:
        return self.number("vpn", connection.lower().removeprefix("vpn-"))

    def _host(self, address: Address) -> Address:
        if address in self._issued or address.is_unspecified or address.is_loopback or _is_in(address, _NETMASKS):
            return address
        return self._addresses.get(address) or self._issue(address, self._value_for(address))

    def _issue(self, address: Address, value: int) -> Address:
        alias = self._addresses[address] = IPv4Address(value) if address.version == 4 else IPv6Address(value)
        self._issued.add(alias)
        return alias

    def _value_for(self, address: Address) -> int:
        """Return the next free alias, as a number, in the block for this kind of address."""
        is_four = address.version == 4
        if _is_inside(address):  # both ends keep their position in the /30 or /126, which shows whose each is
            value = self.number(f"inside v{address.version}", int(address) >> 2) << 2 | int(address) & 3
            return int(_INSIDE.network_address) | value & 0xFFFF if is_four else _SIX | _SIX_INSIDE | value
        is_private = address.is_link_local or any(_is_in(address, network) for network in _PRIVATE_NETWORKS)
        if is_four and not is_private:
            block = self.number("public block", int(address) >> 8)
            return _PUBLIC | min(block, _MOST_BLOCKS) << 8 | min(self.number(f"in block {block}", address), 0xFF)
        number = self.number(f"{'private' if is_private else 'public'} v{address.version}", address)
        if is_four:
            return _PRIVATE | number
        return _SIX | (_SIX_LINK_LOCAL if is_private else _SIX_PUBLIC) | number

    def _network(self, network: Network) -> str:
        length, first = network.prefixlen, network.network_address
        if length <= _WIDEST or first in self._issued or network.is_loopback:
            return str(network)
        if _is_in(first, _LINK_LOCAL) and length >= _LINK_LOCAL.prefixlen:
            return str(_INSIDE)  # it contains the tunnels' inside addresses, as the original does
        number = self.number(f"v{network.version}/{length}", network)
        base, taken = (_NETWORKS, 5) if network.version == 4 else (_SIX_NETWORKS, 20)
        if number.bit_length() > length - taken:
            return f"prefix-{number}/{length}"  # there are few networks of this length, and all are taken
        alias = ip_network((base | number << network.max_prefixlen - length, length))
        self._issued.add(alias.network_address)
        return str(alias)


def _letters(number: int) -> str:
    """Return A for 1, Z for 26, AA for 27."""
    text = ""
    while number:
        number, letter = divmod(number - 1, 26)
        text = chr(ord("A") + letter) + text
    return text


def _is_in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _is_inside(address: Address) -> bool:
    """Whether an address can be inside a tunnel: IPv4 link-local or IPv6 unique local."""
    return _is_in(address, _LINK_LOCAL) or _is_in(address, _UNIQUE_LOCAL)
