"""The catalogue file `messages.toml`, checked while it is read."""

import functools
import re
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from typing import Final

from tui.domain.knowledge.catalogue import Catalogue, Unknown
from tui.domain.knowledge.devices import Topic, topic
from tui.domain.knowledge.drift import Stem
from tui.domain.knowledge.message_pattern import MessagePattern
from tui.domain.knowledge.rule import Rule
from tui.domain.knowledge.schema import Readers, SchemaError, build, parse_toml


@dataclass(frozen=True, slots=True)
class _File:
    rule: tuple[Rule, ...]
    unknown: Unknown | None = None


@functools.cache
def load() -> Catalogue:
    """Return the catalogue shipped with the package, read once (about 30 ms: not before the first paint).

    Its patterns are compiled only when needed; the tests compile every one.
    """
    text = (resources.files(__package__) / "messages.toml").read_text(encoding="utf-8")
    return _read(text, "messages.toml", {MessagePattern: _pattern})


def read(text: str, *, file: str = "messages.toml") -> Catalogue:
    """Return the catalogue in the TOML `text`; raises `SchemaError`, which names `file`, the rule and the reason."""
    return _read(text, file, {MessagePattern: _checked_pattern})


def _read(text: str, file: str, patterns: Readers) -> Catalogue:
    content = build(_File, parse_toml(text, file=file), entry=file, readers={**_READERS, **patterns})
    for name, uses in Counter(rule.id for rule in content.rule).items():
        if uses > 1:
            raise SchemaError(f"{file}: rule {name!r}: the id is used twice")
    return Catalogue(content.rule, content.unknown)


def _pattern(match: str) -> MessagePattern:
    """Return the pattern, in which a spaced dash also matches without the dash or without the spaces."""
    return MessagePattern(match.replace(" - ", "(?: (?:- )?|-)"))


def _checked_pattern(match: str) -> MessagePattern:
    pattern = _pattern(match)
    try:
        pattern.fullmatch("")
    except re.error as error:
        raise ValueError(f"does not compile: {error}") from None
    return pattern


_READERS: Final[Readers] = {Topic: topic, Stem: Stem.of}
