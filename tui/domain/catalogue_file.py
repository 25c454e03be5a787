"""The catalogue as a file: `messages.toml`, checked as it is read."""

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Final, TypeVar

from tui.domain.catalogue import Catalogue, Rule, Severity, When
from tui.domain.devices import TOPICS
from tui.domain.events import Log, Phase

_REQUIRED: Final = frozenset(
    {"id", "log", "family", "match", "title", "brief", "meaning", "say", "severity", "source", "examples"}
)
_OPTIONAL: Final = frozenset({"likely_causes", "check_aws", "check_cgw", "fold", "topics", "when"})
_CONDITIONS: Final = frozenset({"phase1", "phase2"})
_OVERRIDES: Final = frozenset({"severity", "brief", "meaning"})
_SEVERITIES: Final = {severity.value: severity for severity in Severity}
_LOGS: Final = {log.value: log for log in Log}
_TOPICS: Final = {topic: topic for topic in TOPICS}
# No `when` may name "unknown": a state that nobody knows speaks for nothing.
_PHASES: Final = {phase.value: phase for phase in Phase if phase is not Phase.UNKNOWN}
_T = TypeVar("_T")


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message names the file, the rule and what is wrong with it."""


@functools.cache
def load() -> Catalogue:
    """Return the catalogue that the package ships, read once (about 60 ms: not before the first paint).

    Raises `CatalogueError` where the file is wrong.
    """
    return read((resources.files(__package__) / "messages.toml").read_text(encoding="utf-8"))


def read(text: str, *, file: str = "messages.toml") -> Catalogue:
    """Return the catalogue that the TOML `text` holds; raises `CatalogueError` naming `file`, rule and reason."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file}: not TOML: {error}") from error
    tables = document.pop("rule", None)
    if document or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CatalogueError(f"{file}: expected [[rule]] tables and nothing else")
    rules: dict[str, Rule] = {}
    for number, table in enumerate(tables, start=1):
        name = repr(table["id"]) if isinstance(table.get("id"), str) else f"number {number}"
        try:
            rule = _rule(table)
            if rule.id in rules:
                raise CatalogueError("the id is used twice")
        except CatalogueError as error:
            raise CatalogueError(f"{file}: rule {name}: {error}") from None
        rules[rule.id] = rule
    return Catalogue(rules.values())


def _rule(table: Mapping[str, object]) -> Rule:
    _check_fields(table, required=_REQUIRED, optional=_OPTIONAL)
    whens = table.get("when", [])
    if not isinstance(whens, list) or not all(isinstance(when, dict) for when in whens):
        raise CatalogueError("`when` must be [[rule.when]] tables")
    examples = _texts(table, "examples")
    if not examples:
        raise CatalogueError("`examples` is empty: a rule needs one at least")
    return Rule(
        id=_text(table, "id"),
        log=_one_of(_LOGS, table, "log"),
        family=_text(table, "family"),
        title=_text(table, "title"),
        brief=_text(table, "brief"),
        meaning=_text(table, "meaning"),
        likely_causes=_texts(table, "likely_causes"),
        check_aws=_texts(table, "check_aws"),
        check_cgw=_texts(table, "check_cgw"),
        say=_text(table, "say"),
        severity=_one_of(_SEVERITIES, table, "severity"),
        fold=_text(table, "fold") if "fold" in table else None,
        source=_text(table, "source"),
        topics=tuple(_one_of(_TOPICS, {"topics": topic}, "topics") for topic in _texts(table, "topics")),
        examples=examples,
        pattern=_pattern(_text(table, "match")),
        whens=tuple(map(_when, whens)),
    )


def _when(table: Mapping[str, object]) -> When:
    _check_fields(table, required=frozenset(), optional=_CONDITIONS | _OVERRIDES)
    if not (_CONDITIONS & table.keys() and _OVERRIDES & table.keys()):
        raise CatalogueError("a `when` needs phase1 or phase2, and one of brief, meaning, severity")
    return When(
        phase1=_states(table, "phase1"),
        phase2=_states(table, "phase2"),
        severity=_one_of(_SEVERITIES, table, "severity") if "severity" in table else None,
        brief=_text(table, "brief") if "brief" in table else None,
        meaning=_text(table, "meaning") if "meaning" in table else None,
    )


def _pattern(match: str) -> re.Pattern[str]:
    """Return the pattern; of a dash between blanks in it, the message may lack the dash, or the blanks."""
    try:
        return re.compile(match.replace(" - ", "(?: (?:- )?|-)"), re.IGNORECASE | re.ASCII)
    except re.error as error:
        raise CatalogueError(f"`match` does not compile: {error}") from None


def _check_fields(table: Mapping[str, object], *, required: frozenset[str], optional: frozenset[str]) -> None:
    for names, fault in ((table.keys() - required - optional, "unknown"), (required - table.keys(), "missing")):
        if names:
            raise CatalogueError(f"{fault} {', '.join(f'`{name}`' for name in sorted(names))}")


def _text(table: Mapping[str, object], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"`{name}` must be a text")
    return " ".join(value.split())  # prose may run over lines in the file


def _texts(table: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = table.get(name, [])
    if not isinstance(values, list):
        raise CatalogueError(f"`{name}` must be a list of texts")
    return tuple(_text({name: value}, name) for value in values)


def _one_of(known: Mapping[str, _T], table: Mapping[str, object], name: str) -> _T:
    value = _text(table, name)
    if value not in known:
        raise CatalogueError(f"unknown {name} {value!r}; known: {', '.join(known)}")
    return known[value]


def _states(table: Mapping[str, object], name: str) -> frozenset[Phase] | None:
    if name not in table:
        return None
    return frozenset(_one_of(_PHASES, {name: state}, name) for state in _texts(table, name))
