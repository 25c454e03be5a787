"""Bursts, read from `bursts.toml`: the records that a tunnel endpoint writes when something happens to it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from tui.domain.knowledge.schema import Readers, build, parse_toml

_STATES: Final = {"e": "established", "r": "rekeying", "n": "negotiating", "d": "down"}
_IKE_LINE = re.compile(r"(?:\+(?P<after>[\d.]+) )?(?:(?P<phases>[ernd]/[ernd])|=)(?P<falls>!?) \| (?P<text>.+)")
_BGP_LINE = re.compile(
    r"(?:\+(?P<after>[\d.]+) )?(?P<status>UP|DOWN|ADVERTISED|UPDATED|WITHDRAWN)"
    r"(?: (?P<prefix>[^ |]+))?(?: \| (?P<text>.+))?"
)
_PACKET = re.compile(r"(?P<way><<|>>|<|>) (?P<size>\d+)")
_ROUTE_STATES: Final = ("ADVERTISED", "UPDATED", "WITHDRAWN")

Phases = tuple[str, str]
"""The states of phase 1 and phase 2 as a record spells them, such as `established`."""


@dataclass(frozen=True, slots=True)
class IkeLine:
    """One record of the IKE log, `after` seconds into its burst.

    `phases` is None if the record carries the current states. A line that `falls` announces the states in which the
    burst settles.
    """

    after: float
    phases: Phases | None
    falls: bool
    text: str


@dataclass(frozen=True, slots=True)
class Packet(IkeLine):
    """The record of one packet, received or sent, with its size in bytes; an `early` packet precedes NAT detection."""

    received: bool
    early: bool
    size: int


@dataclass(frozen=True, slots=True)
class BgpLine:
    """One record of the BGP log. With a `prefix` it is about a route; `*` stands for every route of the tunnel."""

    after: float
    status: str
    prefix: str
    text: str


@dataclass(frozen=True, slots=True)
class Burst:
    """A burst and the states in which it ends. The head of `bursts.toml` explains the fields."""

    name: str
    ike: tuple[IkeLine, ...] = ()
    bgp: tuple[BgpLine, ...] = ()
    settled: Phases | None = None
    session: bool | None = None
    needs: str = ""
    fresh: str = ""

    @property
    def duration(self) -> float:
        """The duration from the first line to the last, in seconds."""
        return max([line.after for line in self.ike] + [line.after for line in self.bgp])


@cache
def bursts() -> Mapping[str, Burst]:
    """Return every burst by name."""
    return read(resources.files(__package__).joinpath("bursts.toml").read_text(encoding="utf-8"))


def read(text: str, *, file: str = "bursts.toml") -> Mapping[str, Burst]:
    """Return the bursts in the TOML `text`; raises `SchemaError`, which names `file`, the burst and the reason."""
    tables = parse_toml(text, file=file)
    return {
        name: build(Burst, table, entry=f"{file}: {name}", readers=_READERS, name=name)
        for name, table in tables.items()
    }


def _phases(text: str) -> Phases:
    states = tuple(_STATES.get(letter, "") for letter in text.split("/"))
    if len(states) != 2 or not all(states):
        raise ValueError(f"{text!r} is not the states of two phases, such as e/d")
    return states


def _ike_line(line: str) -> IkeLine:
    parts = _IKE_LINE.fullmatch(line)
    if parts is None:
        raise ValueError(f"cannot read {line!r}")
    after, falls, text = float(parts["after"] or 0), bool(parts["falls"]), parts["text"]
    phases = _phases(parts["phases"]) if parts["phases"] else None
    packet = _PACKET.fullmatch(text)
    if packet is None:
        return IkeLine(after, phases, falls, text)
    way = packet["way"]
    return Packet(after, phases, falls, "", received=way[0] == "<", early=len(way) == 2, size=int(packet["size"]))


def _bgp_line(line: str) -> BgpLine:
    parts = _BGP_LINE.fullmatch(line)
    if parts is None or bool(parts["prefix"]) != (parts["status"] in _ROUTE_STATES):
        raise ValueError(f"cannot read {line!r}")
    return BgpLine(float(parts["after"] or 0), parts["status"], parts["prefix"] or "", parts["text"] or "")


_READERS: Final[Readers] = {Phases: _phases, IkeLine: _ike_line, BgpLine: _bgp_line}
