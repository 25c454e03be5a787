"""Bursts: the records that a tunnel endpoint writes when something happens to it, read from `bursts.toml`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

_STATES: Final = {"e": "established", "r": "rekeying", "n": "negotiating", "d": "down"}
_IKE_LINE = re.compile(r"(?:\+(?P<after>[\d.]+) )?(?:(?P<phases>[ernd]/[ernd])|=)(?P<falls>!?) \| (?P<text>.+)")
_BGP_LINE = re.compile(
    r"(?:\+(?P<after>[\d.]+) )?(?P<status>UP|DOWN|ADVERTISED|UPDATED|WITHDRAWN)"
    r"(?: (?P<prefix>[^ |]+))?(?: \| (?P<text>.+))?"
)
_PACKET = re.compile(r"(?P<way><<|>>|<|>) (?P<size>\d+)")
_ROUTE_STATES: Final = ("ADVERTISED", "UPDATED", "WITHDRAWN")

Phases = tuple[str, str]
"""The states of phase 1 and phase 2, as a record spells them."""


class BurstError(ValueError):
    """A burst that cannot be read; the text names it and the line."""


@dataclass(frozen=True, slots=True)
class IkeLine:
    """One record of the IKE log, `after` seconds into its burst.

    `phases` None means the states as they stand. A line that `falls` announces the burst's settled states.
    """

    after: float
    phases: Phases | None
    falls: bool
    text: str


@dataclass(frozen=True, slots=True)
class Packet(IkeLine):
    """A record of one packet: received or sent, its bytes, `early` before NAT is known."""

    received: bool
    early: bool
    size: int


@dataclass(frozen=True, slots=True)
class BgpLine:
    """One record of the BGP log; with a `prefix` it is about routes, `*` for each of the tunnel's own."""

    after: float
    status: str
    prefix: str
    text: str


@dataclass(frozen=True, slots=True)
class Burst:
    """A burst and the states that it leads to. The fields are explained at the head of `bursts.toml`."""

    name: str
    ike: tuple[IkeLine, ...] = ()
    bgp: tuple[BgpLine, ...] = ()
    settled: Phases | None = None
    session: bool | None = None
    needs: str = ""
    fresh: str = ""

    @property
    def lasts(self) -> float:
        """Seconds from the first line to the last."""
        return max([line.after for line in self.ike] + [line.after for line in self.bgp])


@cache
def bursts() -> Mapping[str, Burst]:
    """Return every burst by name; raises BurstError where the file is wrong."""
    text = resources.files(__package__).joinpath("bursts.toml").read_text(encoding="utf-8")
    return {name: _burst(name, entry) for name, entry in tomllib.loads(text).items()}


def _burst(name: str, entry: Mapping[str, Any]) -> Burst:
    unknown = entry.keys() - {"ike", "bgp", "settled", "session", "needs", "fresh"}
    if unknown:
        raise BurstError(f"burst {name}: unknown {', '.join(sorted(unknown))}")
    settled = entry.get("settled")
    return Burst(
        name=name,
        ike=tuple(_ike_line(name, line) for line in entry.get("ike", ())),
        bgp=tuple(_bgp_line(name, line) for line in entry.get("bgp", ())),
        settled=None if settled is None else _phases(settled),
        session=entry.get("session"),
        needs=entry.get("needs", ""),
        fresh=entry.get("fresh", ""),
    )


def _phases(text: str) -> Phases:
    phase1, _, phase2 = text.partition("/")
    return _STATES[phase1], _STATES[phase2]


def _ike_line(name: str, line: str) -> IkeLine:
    parts = _IKE_LINE.fullmatch(line)
    if parts is None:
        raise BurstError(f"burst {name}: cannot read {line!r}")
    after, falls, text = float(parts["after"] or 0), bool(parts["falls"]), parts["text"]
    phases = _phases(parts["phases"]) if parts["phases"] else None
    packet = _PACKET.fullmatch(text)
    if packet is None:
        return IkeLine(after, phases, falls, text)
    way = packet["way"]
    return Packet(after, phases, falls, "", received=way[0] == "<", early=len(way) == 2, size=int(packet["size"]))


def _bgp_line(name: str, line: str) -> BgpLine:
    parts = _BGP_LINE.fullmatch(line)
    if parts is None or bool(parts["prefix"]) != (parts["status"] in _ROUTE_STATES):
        raise BurstError(f"burst {name}: cannot read {line!r}")
    return BgpLine(float(parts["after"] or 0), parts["status"], parts["prefix"] or "", parts["text"] or "")
