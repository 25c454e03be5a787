"""The commands of customer gateway devices: `devices.toml`, one table a vendor, from topic to what to type there."""

import functools
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Final

TOPICS: Final = (
    "ike",
    "ipsec",
    "tunnel",
    "bgp",
    "debug",
    "psk",
    "proposals",
    "selectors",
    "dpd",
    "nat",
    "pfs",
    "clear",
)
"""What can be looked into. The rules of the catalogue name the ones that help with their message."""


class DevicesError(ValueError):
    """The device table cannot be used, or has no such device or topic; the message says which there are."""


def vendors() -> tuple[str, ...]:
    """Return the devices known, by the names that `--cgw` takes; "generic" is the last."""
    return tuple(_load())


def title(vendor: str) -> str:
    """Return the device's name for people. Raises `DevicesError` for a device that is not known."""
    return _device(vendor)["name"][0]


def commands(vendor: str, topic: str) -> tuple[str, ...]:
    """Return what to type on this device to look into `topic`, in order.

    Words in <angle brackets> are to be filled in; lines that begin with "config: " are not typed but compared with
    the device's configuration. Raises `DevicesError` for a device or topic that is not known.
    """
    device = _device(vendor)
    if topic not in TOPICS:
        raise DevicesError(f"Unknown topic {topic!r}; known: {', '.join(TOPICS)}")
    return device[topic]


def steps(vendor: str, topics: Iterable[str], *, peer: str = "") -> tuple[str, ...]:
    """Return the lines for several topics, each once; `peer`, the tunnel's outside address, fills `<peer>`.

    Raises `DevicesError` as `commands` does.
    """
    lines = dict.fromkeys(line for topic in topics for line in commands(vendor, topic))
    return tuple(line.replace("<peer>", peer) if peer else line for line in lines)


def _device(vendor: str) -> Mapping[str, tuple[str, ...]]:
    devices = _load()
    if vendor not in devices:
        raise DevicesError(f"Unknown device {vendor!r}; known: {', '.join(devices)}")
    return devices[vendor]


@functools.cache
def _load() -> dict[str, Mapping[str, tuple[str, ...]]]:
    return read((resources.files(__package__) / "devices.toml").read_text(encoding="utf-8"))


def read(text: str, *, file: str = "devices.toml") -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Return each device's lines by topic, and its name under "name"; `DevicesError` names `file`, device, reason."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DevicesError(f"{file}: not TOML: {error}") from error
    return {vendor: _checked(table, f"{file}: {vendor}") for vendor, table in tables.items()}


def _checked(table: object, where: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(table, dict) or table.keys() != {"name", *TOPICS}:
        raise DevicesError(f"{where}: expected a table of exactly name, {', '.join(TOPICS)}")
    lines = {name: (value,) if name == "name" else value for name, value in table.items()}
    for name, values in lines.items():
        if not values or not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise DevicesError(f"{where}: `{name}` must be a {'text' if name == 'name' else 'list of texts'}")
    return {name: tuple(values) for name, values in lines.items()}
