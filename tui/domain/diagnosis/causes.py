"""The words and properties of each cause: `causes.toml`, completed with the checks of the catalogue's rules."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Final

from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.devices import Topic, topic
from tui.domain.knowledge.rule import Severity
from tui.domain.knowledge.schema import Readers, SchemaError, build, parse_toml

_PLACE: Final = re.compile(r"\{\w+\}")
_READERS: Final[Readers] = {Topic: topic}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The words for one cause, and its weight relative to others. `topics` select the commands of a device."""

    code: str
    title: str
    brief: str
    say: str
    severity: Severity
    rule: str = ""
    """The catalogue rule whose checks and topics apply if the file gives none."""
    likely: tuple[str, ...] = ()
    check_aws: tuple[str, ...] = ()
    check_cgw: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    ended_by_peer: bool = False
    """Whether the customer gateway ended the tunnel, explicitly or by its silence."""
    about_the_path: bool = False
    """Whether the path between the ends, including anything they share, can be the reason."""
    left_by_replacement: bool = False
    """Whether a replacement of the endpoint has this effect, so that the replacement is the better explanation."""
    brief_when_over: str = ""
    """The brief of an outage that is over, if `brief` says what to do."""
    sibling_up: str = ""
    """What can be concluded if the connection's other tunnel is up; empty if nothing."""


def cause(code: str, *keys: str, catalogue: Catalogue) -> Cause:
    """Return the words for a code: those of the first key (a wording, a variant) that has any, else the code's own.

    Raises KeyError for an unknown code.
    """
    causes = _load(catalogue)
    return next((causes[code, key] for key in keys if key and (code, key) in causes), causes[code, ""])


def codes(catalogue: Catalogue) -> tuple[str, ...]:
    """Return every code that a diagnosis can have."""
    return tuple(code for code, variant in _load(catalogue) if not variant)


def named(text: str, *, catalogue: Catalogue) -> Cause | None:
    """Return the cause whose brief or title is `text`, as shown on a board; None if there is none.

    If several causes share a wording, the first in the file is returned. Its sentences may contain placeholders that
    only a tunnel fills.
    """
    text = text.strip()
    return next((cause for pattern, cause in _patterns(catalogue) if pattern.fullmatch(text)), None)


@functools.lru_cache(maxsize=1)
def _patterns(catalogue: Catalogue) -> tuple[tuple[re.Pattern[str], Cause], ...]:
    return tuple(
        (re.compile(".+?".join(map(re.escape, _PLACE.split(words))), re.IGNORECASE), cause)
        for cause in _load(catalogue).values()
        for words in (cause.brief, cause.brief_when_over, cause.title)
        if words
    )


@functools.lru_cache(maxsize=1)
def _load(catalogue: Catalogue) -> Mapping[tuple[str, str], Cause]:
    text = (resources.files(__package__) / "causes.toml").read_text(encoding="utf-8")
    return read(text, catalogue=catalogue)


def read(text: str, *, catalogue: Catalogue, file: str = "causes.toml") -> Mapping[tuple[str, str], Cause]:
    """Return the causes in the TOML `text`, by code and variant; the variant is empty for the code itself.

    A table within a code's table is a variant and contains only the differences. Raises `SchemaError`, which names
    `file`, the cause and the reason.
    """
    causes: dict[tuple[str, str], Cause] = {}
    for code, table in parse_toml(text, file=file).items():
        if not isinstance(table, dict):
            raise SchemaError(f"{file}: {code}: expected a table")
        plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
        variants = {key: value for key, value in table.items() if isinstance(value, dict)}
        for variant, changes in ({"": {}} | variants).items():
            entry = f"{file}: {code}.{variant}" if variant else f"{file}: {code}"
            causes[code, variant] = _cause(code, plain | changes, catalogue, entry)
    return causes


def _cause(code: str, table: Mapping[str, object], catalogue: Catalogue, entry: str) -> Cause:
    cause = build(Cause, table, entry=entry, readers=_READERS, code=code)
    if not cause.rule:
        return cause
    rule = catalogue.rules.get(cause.rule)
    if rule is None:
        raise SchemaError(f"{entry}: no rule of the catalogue is called {cause.rule!r}")
    return replace(
        cause,
        likely=cause.likely if "likely" in table else rule.likely_causes,
        check_aws=cause.check_aws if "check_aws" in table else rule.check_aws,
        check_cgw=cause.check_cgw if "check_cgw" in table else rule.check_cgw,
        topics=cause.topics if "topics" in table else rule.topics,
    )
