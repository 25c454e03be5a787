"""The commands of customer gateway devices from `devices.toml`: one table per make, from topic to lines to type."""

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from importlib import resources
from typing import Final, NewType

from tui.domain.knowledge.addresses import UNKNOWN, Addresses
from tui.domain.knowledge.schema import Readers, build, parse_toml

Topic = NewType("Topic", str)
"""What can be examined on a device. Rules and causes name the topics that help with them."""
INSTRUCTIONS: Final = ("config: ", "page: ", "note: ")
"""The prefixes of lines that are not typed: configuration to compare, a page to open, a note."""


class Check(StrEnum):
    """How a command was verified, the most reliable way first; `devices.toml` defines each."""

    VENDOR_PAGE = "vendor page"
    SAMPLE_OUTPUT = "sample output"
    PUBLIC_USE = "public use"
    FIELD_KNOWLEDGE = "field knowledge"


@dataclass(frozen=True, slots=True)
class Source:
    """A page or file against which commands of a device were checked, with its title and address."""

    id: str
    title: str
    address: str
    check: Check

    def __post_init__(self) -> None:
        if self.check is Check.FIELD_KNOWLEDGE:
            raise ValueError("field knowledge has no source")


@dataclass(frozen=True, slots=True)
class Command:
    """One line for a device, its effects beyond reading, and the source against which it was checked.

    `interrupts` is what it takes down, `shows_key` whether it prints a key on the screen, `off` the command that ends
    what it starts; all are empty or false for a command that only reads. `note` is further advice. `source` is the id
    of one of the device's sources, empty for field knowledge.
    """

    text: str
    source: str = field(default="", metadata={"key": "from"})
    interrupts: str = ""
    shows_key: bool = False
    off: str = ""
    note: str = ""

    @property
    def is_typed(self) -> bool:
        """Whether it is a command rather than an instruction."""
        return not self.text.startswith(INSTRUCTIONS)

    @property
    def is_harmless(self) -> bool:
        """Whether it takes nothing down and leaves nothing to be turned off afterwards."""
        return not self.interrupts and not self.off

    @property
    def marks(self) -> tuple[str, ...]:
        """The warnings to read before typing it."""
        return (
            *([f"interrupts {self.interrupts}"] if self.interrupts else []),
            *(["shows a key on the screen"] if self.shows_key else []),
            *([f"turn off again: {self.off}"] if self.off else []),
            *([self.note] if self.note else []),
            *(["unconfirmed"] if self.is_typed and not self.source else []),
        )

    def filled(self, values: Mapping[str, str]) -> "Command":
        """Return the command with every placeholder filled whose value is known."""
        return replace(self, text=_filled(self.text, values), off=_filled(self.off, values))

    def __str__(self) -> str:
        return f"{self.text}  [{'; '.join(self.marks)}]" if self.marks else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A customer gateway device: its display name, and the lines for each topic, in order.

    Raises ValueError if a line names a source that is not among `sources`, if a source is unused, or if a command that
    is not harmless has no source.
    """

    name: str
    sources: tuple[Source, ...] = ()
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

    def __post_init__(self) -> None:
        used = {line.source for line in self.lines(TOPICS) if line.source}
        known = {source.id for source in self.sources}
        if used != known:
            raise ValueError(f"sources used and named differ: {', '.join(sorted(used ^ known))}")
        for line in self.lines(TOPICS):
            if line.is_typed and not line.is_harmless and not line.source:
                raise ValueError(f"{line.text!r} interrupts or has to be turned off: it needs a source")

    def lines(self, topics: Iterable[str]) -> Iterator[Command]:
        """Yield the lines for several topics, in order."""
        for name in topics:
            yield from getattr(self, topic(name))

    def helpful_lines(self, topics: Iterable[str]) -> Iterator[Command]:
        """Yield the lines for several topics that belong together: what is cleared is what they are about.

        For trouble with BGP alone no tunnel is cleared, and for other trouble no BGP session.
        """
        names = list(topics)
        for name in names:
            lines = self.lines([name])
            yield from (line for line in lines if name != "clear" or _may_be_cleared(line, names))


def _may_be_cleared(line: Command, topics: Collection[str]) -> bool:
    is_about_bgp = _CLEARS_BGP.search(line.text) is not None
    return "bgp" in topics if is_about_bgp else "bgp" not in topics or bool(_OF_THE_TUNNEL & set(topics))


_CLEARS_BGP: Final = re.compile(r"\bbgp\b", re.IGNORECASE)
_OF_THE_TUNNEL: Final = frozenset({"ike", "ipsec"})
TOPICS: Final = tuple(Topic(column.name) for column in fields(Device) if column.name not in ("name", "sources"))
DISRUPTIVE_TOPICS: Final = frozenset({Topic("clear"), Topic("debug"), Topic("capture")})
"""Topics whose commands interrupt the tunnel or load the device; they are shown only in case of trouble."""


class DevicesError(ValueError):
    """There is no such device or topic; the message lists the known ones."""


def topic(name: str) -> Topic:
    """Return the topic of that name; raises `DevicesError`, which lists the known ones."""
    if name not in TOPICS:
        raise DevicesError(f"Unknown topic {name!r}; known: {', '.join(TOPICS)}")
    return Topic(name)


def vendors() -> tuple[str, ...]:
    """Return the known devices by the names that `--cgw` takes; "generic" is the last."""
    return tuple(_load())


def title(vendor: str) -> str:
    """Return the device's display name. Raises `DevicesError` for an unknown device."""
    return _device(vendor).name


@dataclass(frozen=True, slots=True)
class Origin:
    """The sources of some lines, each once, the most reliable first, and whether every line has one."""

    sources: tuple[Source, ...]
    is_complete: bool


def origin(vendor: str, topics: Iterable[str]) -> Origin:
    """Return the sources of the device's lines for several topics. Raises `DevicesError` as `commands` does."""
    device = _device(vendor)
    used = {line.source for line in device.helpful_lines(topics)}
    sources = [source for source in device.sources if source.id in used]
    return Origin(tuple(sorted(sources, key=lambda source: list(Check).index(source.check))), "" not in used)


def check(vendor: str, command: Command) -> Check:
    """Return how a command of this device was verified. Raises `DevicesError` as `title` does."""
    checks = {source.id: source.check for source in _device(vendor).sources}
    return checks.get(command.source, Check.FIELD_KNOWLEDGE)


def commands(vendor: str, name: str) -> tuple[Command, ...]:
    """Return the lines to type on this device to examine a topic, in order.

    Words in <angle brackets> are placeholders. Raises `DevicesError` for an unknown device or topic.
    """
    return tuple(_device(vendor).lines([name]))


def steps(vendor: str, topics: Iterable[str], addresses: Addresses = UNKNOWN) -> tuple[str, ...]:
    """Return the lines for several topics, without repetitions and with their marks; those that interrupt come last.

    What is cleared is what the topics are about: BGP, or the tunnel. Known addresses fill the placeholders of their
    names. Raises `DevicesError` as `commands` does.
    """
    known = {name: address for name, address in asdict(addresses).items() if address}
    lines = dict.fromkeys(line.filled(known) for line in _device(vendor).helpful_lines(topics))
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
    """Return the devices in the TOML `text`; raises `SchemaError`, which names `file`, the device and the reason."""
    return {
        vendor: build(Device, table, entry=f"{file}: {vendor}", readers=_READERS)
        for vendor, table in parse_toml(text, file=file).items()
    }


def _command(value: object) -> Command:
    """Return the command described by a string, or by a table with marks."""
    return Command(value) if isinstance(value, str) and value.strip() else build(Command, value, entry="a command")


_READERS: Final[Readers] = {Command: _command}
