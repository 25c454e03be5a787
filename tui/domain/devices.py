"""The commands of customer gateway devices: `devices.toml`, one table a make, from topic to what to type there."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from importlib import resources
from typing import Final, NewType

from tui.domain.addresses import UNKNOWN, Addresses
from tui.domain.schema import Readers, build, parse_toml

Topic = NewType("Topic", str)
"""What can be looked into. The rules and causes name the topics that help with them."""
INSTRUCTIONS: Final = ("config: ", "page: ", "note: ")
"""How a line begins that is not typed: to compare with the configuration, a page to look at, what else to know."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line for a device, and what it does beyond reading.

    `interrupts` is what goes down with it, `shows_key` whether a key can be read on the screen, `off` the
    command that ends what it starts; all empty or false for a command that only reads. `note` is what else to know.
    """

    text: str
    interrupts: str = ""
    shows_key: bool = False
    off: str = ""
    note: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether it is a command."""
        return not self.text.startswith(INSTRUCTIONS)

    @property
    def marks(self) -> tuple[str, ...]:
        """What to know before typing it."""
        return (
            *([f"interrupts {self.interrupts}"] if self.interrupts else []),
            *(["shows a key on the screen"] if self.shows_key else []),
            *([f"turn off again: {self.off}"] if self.off else []),
            *([self.note] if self.note else []),
        )

    def filled(self, values: Mapping[str, str]) -> "Command":
        """Return the command with the placeholders filled whose values are known."""
        return replace(self, text=_filled(self.text, values), off=_filled(self.off, values))

    def __str__(self) -> str:
        return f"{self.text}  [{'; '.join(self.marks)}]" if self.marks else self.text


@dataclass(frozen=True, slots=True)
class Device:
    """A customer gateway device: its name for people, and what to type for each topic, in order.

    `source` names the pages of its vendor that the commands were held against.
    """

    name: str
    source: tuple[str, ...]
    ike: tuple[Command, ...]
    ipsec: tuple[Command, ...]
    tunnel: tuple[Command, ...]
    bgp: tuple[Command, ...]
    debug: tuple[Command, ...]
    psk: tuple[Command, ...]
    proposals: tuple[Command, ...]
    selectors: tuple[Command, ...]
    dpd: tuple[Command, ...]
    nat: tuple[Command, ...]
    pfs: tuple[Command, ...]
    clear: tuple[Command, ...]
    capture: tuple[Command, ...]
    keepalive: tuple[Command, ...]


TOPICS: Final = tuple(Topic(field.name) for field in fields(Device) if field.name not in ("name", "source"))
DISRUPTIVE_TOPICS: Final = frozenset({Topic("clear"), Topic("debug"), Topic("capture")})
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


def sources(vendor: str) -> tuple[str, ...]:
    """Return the pages that the device's commands were held against. Raises `DevicesError` as `title` does."""
    return _device(vendor).source


def commands(vendor: str, name: str) -> tuple[Command, ...]:
    """Return what to type on this device to look into a topic, in order.

    Words in <angle brackets> are to be filled in. Raises `DevicesError` for a device or topic that is not known.
    """
    lines: tuple[Command, ...] = getattr(_device(vendor), topic(name))
    return lines


def steps(vendor: str, topics: Iterable[str], addresses: Addresses = UNKNOWN) -> tuple[str, ...]:
    """Return the commands for several topics as lines, each once, with their marks; those that interrupt come last.

    The addresses fill the placeholders of their names where they are known. Raises `DevicesError` as `commands` does.
    """
    known = {name: address for name, address in asdict(addresses).items() if address}
    lines = dict.fromkeys(line.filled(known) for name in topics for line in commands(vendor, name))
    return tuple(map(str, sorted(lines, key=lambda line: bool(line.interrupts))))


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


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
        vendor: build(Device, table, entry=f"{file}: {vendor}", readers=_READERS)
        for vendor, table in parse_toml(text, file=file).items()
    }


def _command(value: object) -> Command:
    """Return the command that a text spells, or a table with marks."""
    return Command(value) if isinstance(value, str) and value.strip() else build(Command, value, entry="a command")


_READERS: Final[Readers] = {Command: _command}
