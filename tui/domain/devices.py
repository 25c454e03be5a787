"""The commands of customer gateway devices: `devices.toml`, one table a vendor, from topic to what to type there."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from typing import Final, NewType

from tui.domain.schema import build, parse_toml

Topic = NewType("Topic", str)
"""What can be looked into. The rules and causes name the topics that help with them."""


@dataclass(frozen=True, slots=True)
class Device:
    """A customer gateway device: its name for people, and what to type for each topic, in order."""

    name: str
    ike: tuple[str, ...]
    ipsec: tuple[str, ...]
    tunnel: tuple[str, ...]
    bgp: tuple[str, ...]
    debug: tuple[str, ...]
    psk: tuple[str, ...]
    proposals: tuple[str, ...]
    selectors: tuple[str, ...]
    dpd: tuple[str, ...]
    nat: tuple[str, ...]
    pfs: tuple[str, ...]
    clear: tuple[str, ...]


TOPICS: Final = tuple(Topic(field.name) for field in fields(Device) if field.name != "name")
DISRUPTIVE_TOPICS: Final = frozenset({Topic("clear"), Topic("debug")})
"""Topics whose commands interrupt the tunnel or load the device: only where something is wrong."""


class DevicesError(ValueError):
    """There is no such device or topic; the message says which there are."""


def topic(name: str) -> Topic:
    """Return the topic of that name; raises `DevicesError` naming those that exist."""
    if name not in TOPICS:
        raise DevicesError(f"Unknown topic {name!r}; known: {', '.join(TOPICS)}")
    return Topic(name)


def vendors() -> tuple[str, ...]:
    """Return the devices known, by the names that `--cgw` takes; "generic" is the last."""
    return tuple(_load())


def title(vendor: str) -> str:
    """Return the device's name for people. Raises `DevicesError` for a device that is not known."""
    return _device(vendor).name


def commands(vendor: str, name: str) -> tuple[str, ...]:
    """Return what to type on this device to look into a topic, in order.

    Words in <angle brackets> are to be filled in; lines that begin with "config: " are not typed but compared with
    the device's configuration. Raises `DevicesError` for a device or topic that is not known.
    """
    lines: tuple[str, ...] = getattr(_device(vendor), topic(name))
    return lines


def steps(vendor: str, topics: Iterable[str], *, peer: str = "") -> tuple[str, ...]:
    """Return the lines for several topics, each once; `peer`, the tunnel's outside address, fills `<peer>`.

    Raises `DevicesError` as `commands` does.
    """
    lines = dict.fromkeys(line for name in topics for line in commands(vendor, name))
    return tuple(line.replace("<peer>", peer) if peer else line for line in lines)


def _device(vendor: str) -> Device:
    devices = _load()
    if vendor not in devices:
        raise DevicesError(f"Unknown device {vendor!r}; known: {', '.join(devices)}")
    return devices[vendor]


@functools.cache
def _load() -> Mapping[str, Device]:
    return read((resources.files(__package__) / "devices.toml").read_text(encoding="utf-8"))


def read(text: str, *, file: str = "devices.toml") -> Mapping[str, Device]:
    """Return the devices that the TOML `text` holds; raises `SchemaError` naming `file`, device and reason."""
    return {
        vendor: build(Device, table, entry=f"{file}: {vendor}") for vendor, table in parse_toml(text, file=file).items()
    }
