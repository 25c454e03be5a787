"""What the messages of AWS's VPN logs mean: `messages.toml`, checked as it is read, and the way from text to rule."""

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from types import MappingProxyType
from typing import Final, TypeVar

from tui.domain.devices import TOPICS
from tui.domain.events import Log, Phase

LONGEST: Final = 2_000
"""Characters of a message that are looked at. The longest known message is a tenth of that."""
SHAPES: Final = 4_096
"""Shapes of messages remembered for each log. Real logs show some hundred."""

# Digits and the letters of lower-case hexadecimal: ids, SPIs, addresses and counters vary in nothing else. What is
# left of a message is its shape, as bytes: their translate takes 0.2 µs, that of str 3 µs. Two messages may share a
# shape, so it suggests rules and never decides.
_VARYING: Final = b"0123456789abcdef"
# An en dash may stand for a hyphen ("un–established"); between blanks the expression below makes it a dash again.
_DASHES: Final = dict.fromkeys(map(ord, "‐‑−‒–"), "-") | dict.fromkeys(map(ord, "—―•·"), " - ")
_SPACED_DASH: Final = re.compile(r" -+ ?|-+ ")


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message names the file, the rule and what is wrong with it."""


class Severity(StrEnum):
    """How much a message matters. Compare by `rank`: the values themselves sort as words."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for ok up to 3 for error."""
        return _RANKS[self]


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}
# No `when` may name "unknown": a state that nobody knows speaks for nothing.
_PHASES: Final = {phase.value: phase for phase in Phase if phase is not Phase.UNKNOWN}


@dataclass(frozen=True, slots=True)
class When:
    """What a rule says instead while the phases are in one of these states; None takes any, also a missing one."""

    phase1: frozenset[Phase] | None = None
    phase2: frozenset[Phase] | None = None
    severity: Severity | None = None
    brief: str | None = None
    meaning: str | None = None

    def fits(self, phase1: Phase | None, phase2: Phase | None) -> bool:
        """Whether a record with these states is meant; a state that it lacks fits no condition."""
        return (self.phase1 is None or phase1 in self.phase1) and (self.phase2 is None or phase2 in self.phase2)


@dataclass(frozen=True, slots=True, eq=False)  # a rule is itself: comparing twenty texts on a hot path buys nothing
class Rule:
    """One message, or one family of messages, and what is known about it.

    `pattern` is matched whole; its named groups are what `Catalogue.fields` returns. `fold` is the label under which
    a run of such lines may collapse. `topics` lead to the commands of `tui.domain.devices`.
    """

    id: str
    log: Log
    family: str
    title: str
    brief: str
    meaning: str
    likely_causes: tuple[str, ...]
    check_aws: tuple[str, ...]
    check_cgw: tuple[str, ...]
    say: str
    severity: Severity
    fold: str | None
    source: str
    topics: tuple[str, ...]
    examples: tuple[str, ...]
    pattern: re.Pattern[str]
    whens: tuple[When, ...]

    def under(self, *, phase1: Phase | None, phase2: Phase | None) -> "Explanation":
        """Return what the message means on a record with these states."""
        for when in self.whens:
            if when.fits(phase1, phase2):
                return Explanation(
                    self, when.severity or self.severity, when.brief or self.brief, when.meaning or self.meaning
                )
        return Explanation(self, self.severity, self.brief, self.meaning)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule as it stands under the states of one record."""

    rule: Rule
    severity: Severity
    brief: str
    meaning: str


class Catalogue:
    """All rules, and the way from a message to its rule."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in rules})
        self._shelves = {log: _RuleIndex([rule for rule in self.rules.values() if rule.log is log]) for log in Log}

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self.rules)} rules>"

    def match(self, message: str, *, log: Log = Log.IKE) -> Rule | None:
        """Return the rule that knows the message, or None: it is then to be shown as it came, and counted."""
        found = self._shelves[log].find(message)
        return found[0] if found else None

    def fields(self, message: str, *, log: Log = Log.IKE) -> dict[str, str]:
        """Return what the message's rule reads out of it (spi, id, neighbor …), by name; empty where none knows it."""
        found = self._shelves[log].find(message)
        return {name: value for name, value in found[1].groupdict().items() if value is not None} if found else {}

    def explain(
        self, message: str, *, phase1: Phase | None = None, phase2: Phase | None = None, log: Log | None = None
    ) -> Explanation | None:
        """Return what the message means under these states; without `log`, either log may know it."""
        for each in Log if log is None else (log,):
            rule = self.match(message, log=each)
            if rule:
                return rule.under(phase1=phase1, phase2=phase2)
        return None


class _RuleIndex:
    """The rules of one log, and which of them knew messages of the same shape before.

    Some eighty patterns in turn cost 10 µs; the rule that the shape suggests costs 1 µs. That it fits is always
    tested, and no two rules fit one message, so what was seen before never changes an answer.
    """

    __slots__ = ("_rules", "_suggested")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._suggested: dict[bytes, tuple[Rule, ...]] = {}

    def find(self, message: str) -> tuple[Rule, re.Match[str]] | None:
        text = _normal(message[:LONGEST])
        shape = text.encode(errors="replace").translate(None, _VARYING)
        suggested = self._suggested.get(shape, ())
        for rule in suggested:
            if found := rule.pattern.fullmatch(text):
                return rule, found
        for rule in self._rules:
            if found := rule.pattern.fullmatch(text):
                if rule not in suggested and len(message) <= LONGEST:
                    if len(self._suggested) >= SHAPES:
                        self._suggested.clear()
                    self._suggested[shape] = (*suggested, rule)
                return rule, found
        return None


def _normal(text: str) -> str:
    """Return `text` with any white space as one blank, any dash as a hyphen, and no full stop at its end."""
    plain = text.isascii() and text.isprintable() and "  " not in text
    if plain and " -" not in text and "- " not in text:  # nearly always, and costs 0.2 µs rather than 3
        return text.strip().removesuffix(".")
    text = " ".join(text.translate(_DASHES).split())
    return _SPACED_DASH.sub(" - ", text).removesuffix(".")


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


_REQUIRED: Final = frozenset(
    {"id", "log", "family", "match", "title", "brief", "meaning", "say", "severity", "source", "examples"}
)
_OPTIONAL: Final = frozenset({"likely_causes", "check_aws", "check_cgw", "fold", "topics", "when"})
_CONDITIONS: Final = frozenset({"phase1", "phase2"})
_OVERRIDES: Final = frozenset({"severity", "brief", "meaning"})
_SEVERITIES: Final = {severity.value: severity for severity in Severity}
_LOGS: Final = {log.value: log for log in Log}
_TOPICS: Final = {topic: topic for topic in TOPICS}
_T = TypeVar("_T")


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
