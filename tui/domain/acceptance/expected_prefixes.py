"""A list of the prefixes that the customer shall announce, by connection and tunnel, as a text that people edit.

# A comment. These are expected over every tunnel:
10.0.0.0/8

[hq]                                    # a connection by its id or name: over each of its tunnels
172.20.0.0/16

[vpn-0a1b2c3d4e5f60718 203.0.113.17]    # over this tunnel alone
172.21.0.0/16
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final

_SECTION: Final = re.compile(r"\[\s*(\S(?:.*\S)?)\s*\]")
_LONGEST_QUOTE: Final = 60


class PrefixListError(ValueError):
    """A line that is neither a prefix nor a section; the text states the line number and the fault."""


@dataclass(frozen=True, slots=True)
class ExpectedPrefixes:
    """Prefixes by section; a section is a connection's id or name, optionally followed by a tunnel's address."""

    sections: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def over(self, connection_id: str, name: str, outside_ip: str) -> frozenset[str]:
        """Return the prefixes expected over a tunnel; empty if the list names none."""
        keys = ("", *(f"{key}{rest}" for key in (connection_id, name) if key for rest in ("", f" {outside_ip}")))
        return frozenset().union(*(self.sections.get(key.casefold(), frozenset()) for key in keys))


def read_prefixes(text: str) -> ExpectedPrefixes:
    """Return the list in `text`; raises PrefixListError for the first unreadable line, or if there is no prefix."""
    sections: dict[str, set[str]] = {}
    section = ""
    for number, whole in enumerate(text.splitlines(), start=1):
        line = whole.split("#", 1)[0].strip()
        if not line:
            continue
        if heading := _SECTION.fullmatch(line):
            section = " ".join(heading[1].split()).casefold()
            continue
        sections.setdefault(section, set()).add(_prefix(line, number))
    if not sections:
        raise PrefixListError("1: there is no prefix in it")
    return ExpectedPrefixes({key: frozenset(prefixes) for key, prefixes in sections.items()})


def normal(prefix: str) -> str:
    """Return a prefix in canonical form for comparison; any other text unchanged."""
    try:
        return str(ip_network(prefix, strict=False))
    except ValueError:
        return prefix


def _prefix(text: str, number: int) -> str:
    quoted = repr(text[:_LONGEST_QUOTE])
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise PrefixListError(f"{number}: {quoted} is no prefix; write 10.10.0.0/16, or [connection]") from None
    if "/" not in text:
        raise PrefixListError(f"{number}: {quoted} has no length; write {network}")
    try:
        return str(ip_network(text))
    except ValueError:
        raise PrefixListError(f"{number}: {quoted} has bits beyond its length; write {network}") from None
