"""The words for a diagnosis: `causes.toml`, completed with the checks of the catalogue's rules."""

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Final

from tui.domain.catalogue import Catalogue, Severity

_TEXTS: Final = ("title", "brief", "say")
_LISTS: Final = ("likely", "check_aws", "check_cgw", "topics")


@dataclass(frozen=True, slots=True)
class Cause:
    """What is said of one cause. `topics` lead to the commands of `tui.domain.devices`."""

    code: str
    title: str
    brief: str
    say: str
    severity: Severity
    likely: tuple[str, ...]
    check_aws: tuple[str, ...]
    check_cgw: tuple[str, ...]
    topics: tuple[str, ...]

    def filled(self, details: dict[str, str]) -> "Cause":
        """Return the cause with the places in its words filled."""
        if not details:
            return self
        return replace(self, **{name: getattr(self, name).format_map(_Kept(details)) for name in _TEXTS})


class _Kept(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def cause(code: str, variant: str = "", *, catalogue: Catalogue) -> Cause:
    """Return the words for a code and its variant; raises KeyError for a code that the file lacks."""
    table = _tables()[code]
    special: dict[str, Any] = table.get(variant, {}) if variant else {}
    plain = {name: value for name, value in table.items() if not isinstance(value, dict)}
    merged = plain | special
    rule = catalogue.rules.get(merged.get("rule", ""))
    lists = {
        "likely": rule.likely_causes if rule else (),
        "check_aws": rule.check_aws if rule else (),
        "check_cgw": rule.check_cgw if rule else (),
        "topics": rule.topics if rule else (),
    } | {name: tuple(merged[name]) for name in _LISTS if name in merged}
    return Cause(
        code=code,
        severity=Severity(merged["severity"]),
        **{name: merged[name] for name in _TEXTS},
        **lists,
    )


def codes() -> tuple[str, ...]:
    """Return every code that a diagnosis can have."""
    return tuple(_tables())


@functools.cache
def _tables() -> dict[str, dict[str, Any]]:
    text = (resources.files(__package__) / "causes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
