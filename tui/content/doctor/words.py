"""The words for each finding, from `findings.toml`, checked on reading."""

import functools
import string
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from tui.domain.checkup.finding import Finding
from tui.domain.knowledge.schema import build, parse_toml

_FILE: Final = "findings.toml"


@dataclass(frozen=True, slots=True)
class Words:
    """What was found, why it matters, and the page that documents it."""

    found: str
    why: str
    source: str


def words(finding: Finding) -> Words:
    """Return the words for a finding, filled with its values. Raises KeyError for an unknown code."""
    template = _templates()[finding.code]
    filler = _Filler()
    return Words(
        filler.vformat(template.found, (), finding.values),
        filler.vformat(template.why, (), finding.values),
        template.source,
    )


def codes() -> tuple[str, ...]:
    """Return every code that has words."""
    return tuple(_templates())


class _Filler(string.Formatter):
    """Fills places by name only: a value from outside is never a template, and no attribute is ever read."""

    def get_field(self, field_name: str, args: object, kwargs: Mapping[str, object]) -> tuple[object, str]:
        return kwargs[field_name], field_name


@functools.cache
def _templates() -> Mapping[str, Words]:
    text = (resources.files(__package__) / _FILE).read_text(encoding="utf-8")
    tables = parse_toml(text, file=_FILE)
    return {code: build(Words, table, entry=f"{_FILE}: {code}") for code, table in tables.items()}
