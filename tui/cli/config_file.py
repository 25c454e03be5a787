"""The user's config file: options for every run, names and devices of connections, and sites."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import click

from tui.domain.text import clean

VARIABLE: Final = "TUNNELWATCH_CONFIG"
TABLES: Final = ("names", "devices", "keys")
"""Tables that map names of the user's choice to texts."""

_SITE: Final[Mapping[str, type]] = {
    "profile": str,
    "role_arn": str,
    "external_id": str,
    "region": str,
    "endpoint_url": str,
    "log_groups": list,
    "selectors": list,
    "linked_accounts": bool,
}
"""The keys of a site and their types; a list contains texts."""
_TYPES: Final[Mapping[type, str]] = {str: "a text", list: "a list of texts", bool: "true or false"}

Options = Mapping[str, click.Parameter]
"""The options that the file may contain, by key."""


class ConfigError(click.ClickException):
    """The file cannot be read or contains a mistake; the message begins with `FILE:LINE:`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One account and region, with the name that the user gave it."""

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    log_groups: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    linked_accounts: bool = False
    """Whether accounts that share their logs with this one are read through it."""
    link: "Link | None" = None
    """The account through which this one is read; never in the file."""

    @property
    def owner(self) -> "Site | None":
        """The site whose role is used to ask EC2 if this one only reads the logs."""
        return self.link.owner if self.link is not None else None

    @property
    def has_no_role(self) -> bool:
        """Whether the account only shares its logs and no role is known that could ask it anything else."""
        return self.link is not None and self.link.owner is None


@dataclass(frozen=True, slots=True)
class Link:
    """An account linked to a monitoring account, which reads its logs.

    `owner` is the site whose role asks EC2 in the linked account, None if no site has one.
    """

    owner: Site | None = None


def duplicate_sites(sites: Mapping[str, Site]) -> tuple[str, str] | None:
    """Return the names of the first two sites that would read the same logs; None if there are none."""
    seen: dict[Site, str] = {}
    for name, site in sites.items():
        if (other := seen.setdefault(site, name)) != name:
            return other, name
    return None


@dataclass(frozen=True, slots=True)
class Config:
    """The contents of the file, each value checked."""

    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """The user's names of connections, by id."""
    devices: Mapping[str, str] = field(default_factory=dict)
    """The make of the customer's device, by the connection's id or name."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The user's keys, by command."""
    sites: Mapping[str, Site] = field(default_factory=dict)
    """Accounts and regions, by the names that the user gives them."""
    text: str = ""
    """The contents of the file, for locating the line of a fault."""


def fault(config: Config, table: str, key: str, text: str) -> ConfigError:
    """Return the error for a mistake in the file that only later use reveals."""
    return _error(config.path, config.text, key, text, table)


def usual_path() -> Path:
    """Return the default path of the file, in the XDG config folder (XDG Base Directory Specification)."""
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(folder).expanduser() / "tunnelwatch" / "config.toml"


def read_config(path: Path | None, options: Options) -> Config:
    """Return the config of the file; without a `path`, that of the default file, empty if that does not exist.

    Raises ConfigError for a file that cannot be read, an unknown key, or a value that its option does not accept.
    """
    asked, path = path, path or usual_path()
    try:
        if path.exists() and not path.is_file():
            raise ConfigError(f"{path}: it is not a file.")
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as missing:  # the home of a service may be /dev/null
        if asked is None:
            return Config(path)
        raise ConfigError(f"{path}: {missing.strerror}.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"{path}: cannot be read: {reason}.") from None
    import tomllib  # 2 ms, which users without a config file need not wait for

    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_with_line(path, str(error))) from None
    except (RecursionError, ValueError):  # nested by the thousand; a number of thousands of digits
        raise ConfigError(f"{path}: not valid TOML.") from None
    return _Reader(path, text, options).config(content)


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    text: str
    options: Options

    def config(self, content: Mapping[str, Any]) -> Config:
        for key in content:
            self._refuse_unknown(key, [*self.options, *TABLES, "sites"])
        values = {key: self._value(key, value) for key, value in content.items() if key in self.options}
        tables = {table: self._texts(table, content.get(table, {})) for table in TABLES}
        return Config(self.path, values, **tables, sites=self._sites(content.get("sites", {})), text=self.text)

    def _value(self, key: str, value: object) -> Any:
        """Return an option's value as written on the command line, once the option has accepted it."""
        parameter = self.options[key]
        if isinstance(parameter, click.Option) and parameter.is_flag:
            if not isinstance(value, bool):
                raise self._error(key, "must be true or false")
            return value
        is_list = parameter.multiple if isinstance(parameter, click.Option) else parameter.nargs == -1
        if is_list and not isinstance(value, list):
            raise self._error(key, "must be a list of texts")
        if not is_list and isinstance(value, list | dict | bool):
            raise self._error(key, "must be one value")
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str | int | float) for item in items):
            raise self._error(key, "must be a text in quotes")  # TOML has dates and times, too
        context = click.get_current_context(silent=True) or click.Context(click.Command("config"))
        taken = [str(item) for item in value] if isinstance(value, list) else str(value)
        try:
            parameter.process_value(context, taken)
        except click.BadParameter as wrong:
            raise self._error(key, wrong.message) from None
        return taken

    def _texts(self, table: str, content: object) -> Mapping[str, str]:
        if not isinstance(content, dict):
            raise self._error(table, "must be a table")
        for key, value in content.items():
            if not isinstance(value, str) or not value.strip():
                raise self._error(key, "must be a text", table)
        if table == "devices":
            self._check_devices(content)
        return {key: clean(value) for key, value in content.items()}

    def _check_devices(self, content: Mapping[str, str]) -> None:
        from tui.domain.knowledge.devices import (
            vendors,  # reads the file: 15 ms, paid only by those who name a device
        )

        for key, value in content.items():
            if value not in vendors():
                raise self._error(key, f"{value!r} is unknown; known are {', '.join(vendors())}", "devices")

    def _sites(self, content: object) -> Mapping[str, Site]:
        if not isinstance(content, dict) or not all(isinstance(site, dict) for site in content.values()):
            raise self._error("sites", "must be tables, such as [sites.osaka]")
        for name in content:
            if "/" in name:  # otherwise it would read as a connection of another site
                raise self._error(f"sites.{name}", "contains a slash, which separates a site from its connections")
        return {clean(name): self._site(f"sites.{name}", site) for name, site in content.items()}

    def _site(self, table: str, content: Mapping[str, object]) -> Site:
        values: dict[str, Any] = {}
        for key, value in content.items():
            self._refuse_unknown(key, list(_SITE), table)
            items = value if isinstance(value, list) else [value] if isinstance(value, str) else []
            if type(value) is not _SITE[key] or not all(isinstance(item, str) and item for item in items):
                raise self._error(key, f"must be {_TYPES[_SITE[key]]}", table)
            values[key] = tuple(items) if isinstance(value, list) else value
        return Site(**values)

    def _refuse_unknown(self, key: str, known: Sequence[str], table: str = "") -> None:
        if key not in known:
            alike = get_close_matches(key, known, n=1)
            raise self._error(key, f"is unknown; did you mean `{alike[0]}`?" if alike else "is not known", table)

    def _error(self, key: str, fault: str, table: str = "") -> ConfigError:
        return _error(self.path, self.text, key, fault, table)


def _error(path: Path, text: str, key: str, fault: str, table: str) -> ConfigError:
    line = next(_lines_of(text, key, table), 1)
    sentence = fault.rstrip(".?") + ("?" if fault.endswith("?") else ".")
    return ConfigError(clean(f"{path}:{line}: `{key}` {sentence}"))


def _lines_of(text: str, key: str, table: str) -> Iterator[int]:
    """Yield the numbers, from 1, of the lines that set a key of a table, or of the table's heading."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^]]+)\]", line):
            current = _bare(header[1])
            if not table and (current == key or current.startswith(f"{key}.")):
                yield number
        elif current == table and (given := re.match(r"\s*([^=#]+?)\s*=", line)) and _bare(given[1]) == key:
            yield number


def _bare(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


def _with_line(path: Path, fault: str) -> str:
    """Return tomllib's message with the line number in front, as in every other message."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", fault)
    return f"{path}:{match[2]}: not TOML: {match[1]}." if match else f"{path}: not TOML: {fault}."
