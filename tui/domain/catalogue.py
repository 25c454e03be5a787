"""The rules that say what the messages of AWS's VPN logs mean, and the way from a message to its rule."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final, TypeVar

from tui.domain.devices import DISRUPTIVE_TOPICS, Topic
from tui.domain.drift import Fragments, Stem, filled, fold, is_negated, read_fields
from tui.domain.events import Log, Phase

K = TypeVar("K")
V = TypeVar("V")

LONGEST: Final = 2_000
"""Characters of a message that are looked at. The longest known message is a tenth of that."""
SHAPES: Final = 4_096
"""Shapes of messages remembered for each log. Real logs show some hundred."""
DRIFTED: Final = 1_024
"""Messages in words that are not known, remembered for each log."""

# Digits and the letters of lower-case hexadecimal: ids, SPIs, addresses and counters vary in nothing else. What is
# left of a message is its shape, as bytes: their translate takes 0.2 µs, that of str 3 µs. Two messages may share a
# shape, so it suggests rules and never decides.
_VARYING: Final = b"0123456789abcdef"
# An en dash may stand for a hyphen ("un–established"); between blanks the expression below makes it a dash again.
_DASHES: Final = dict.fromkeys(map(ord, "‐‑−‒–"), "-") | dict.fromkeys(map(ord, "—―•·"), " - ")
_SPACED_DASH: Final = re.compile(r" -+ ?|-+ ")


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


class Wording(StrEnum):
    """How well the words of a rule's message are known."""

    DOCUMENTED = "documented"
    SEEN = "seen"
    GUESSED = "guessed"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class When:
    """What a rule says instead while the phases are in one of these states; None takes any, also a missing one.

    Raises ValueError where nothing would ever be said instead.
    """

    phase1: frozenset[Phase] | None = None
    phase2: frozenset[Phase] | None = None
    severity: Severity | None = None
    brief: str | None = None
    meaning: str | None = None
    say: str | None = None

    def __post_init__(self) -> None:
        conditions = [phases for phases in (self.phase1, self.phase2) if phases is not None]
        if not conditions or self.severity is self.brief is self.meaning is self.say is None:
            raise ValueError("a `when` needs phase1 or phase2, and one of brief, meaning, say, severity")
        if any(Phase.UNKNOWN in phases for phases in conditions):
            raise ValueError("unknown phase 'unknown': a state that nobody knows speaks for nothing")

    def fits(self, phase1: Phase | None, phase2: Phase | None) -> bool:
        """Whether a record with these states is meant; a state that it lacks fits no condition."""
        return (self.phase1 is None or phase1 in self.phase1) and (self.phase2 is None or phase2 in self.phase2)


# Compared by identity: comparing twenty texts on a hot path would be a waste.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One message, or one family of messages, and what is known about it.

    `pattern` is matched whole; its named groups are what `fields` returns. `stems` find the message in other words.
    `fold` is the label under which a run of such lines may collapse. `topics` lead to the commands of
    `tui.domain.devices`.
    """

    is_exact: ClassVar[bool] = True
    """Whether the message was known by its own words, and not by a stem or by what a cut left of it."""

    id: str
    log: Log
    family: str
    title: str
    brief: str
    meaning: str
    say: str
    severity: Severity
    source: str
    wording: Wording
    examples: tuple[str, ...]
    pattern: re.Pattern[str] = field(metadata={"key": "match"})
    likely_causes: tuple[str, ...] = ()
    check_aws: tuple[str, ...] = ()
    check_cgw: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    fold: str | None = None
    stems: tuple[Stem, ...] = ()
    whens: tuple[When, ...] = field(default=(), metadata={"key": "when"})

    def fields(self, message: str) -> dict[str, str]:
        """Return what the rule reads out of its message (spi, id, neighbor …), by name; empty for any other message."""
        match = self.pattern.fullmatch(_normal(message[:LONGEST]))
        return {} if match is None else {name: value for name, value in match.groupdict().items() if value is not None}

    def explain(self, *, phase1: Phase | None, phase2: Phase | None) -> "Explanation":
        """Return what the message means on a record with these states."""
        for when in self.whens:
            if when.fits(phase1, phase2):
                return Explanation(
                    self,
                    when.severity or self.severity,
                    when.brief or self.brief,
                    when.meaning or self.meaning,
                    when.say or self.say,
                )
        return Explanation(self, self.severity, self.brief, self.meaning, self.say)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LikelyRule(Rule):
    """A rule whose message came in words that are not known: what it says is likely, and no more."""

    is_exact: ClassVar[bool] = False

    @classmethod
    def of(cls, rule: Rule) -> "LikelyRule":
        """Return the rule as it knows other words."""
        return cls(**{column.name: getattr(rule, column.name) for column in fields(rule)})

    def fields(self, message: str) -> dict[str, str]:
        """Return what can be read out of the message without knowing its words."""
        return read_fields(_normal(message[:LONGEST]), self.pattern.groupindex)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule as it stands under the states of one record."""

    rule: Rule
    severity: Severity
    brief: str
    meaning: str
    say: str

    @property
    def likely_causes(self) -> tuple[str, ...]:
        """The likely causes, most likely first; none where all is well."""
        return () if self.severity is Severity.OK else self.rule.likely_causes

    @property
    def check_aws(self) -> tuple[str, ...]:
        """What to check on AWS's side; nothing where all is well."""
        return () if self.severity is Severity.OK else self.rule.check_aws

    @property
    def check_cgw(self) -> tuple[str, ...]:
        """What to check on the customer gateway; nothing where all is well."""
        return () if self.severity is Severity.OK else self.rule.check_cgw

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What to look into on the device."""
        return () if self.severity is Severity.OK else helpful_topics(self.rule.topics, self.severity)


def helpful_topics(topics: Iterable[Topic], severity: Severity) -> tuple[Topic, ...]:
    """Return what to look into on the device; beside what is routine nothing that interrupts or debugs it."""
    is_trouble = severity.rank >= Severity.WARNING.rank
    return tuple(topic for topic in topics if is_trouble or topic not in DISRUPTIVE_TOPICS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What is said of a message that no rule knows: how it is treated, and what the states of its record mean."""

    title: str
    meaning: str
    whens: tuple[When, ...] = field(default=(), metadata={"key": "when"})

    def explain(self, *, phase1: Phase | None, phase2: Phase | None) -> str:
        """Return what such a message tells on a record with these states."""
        for when in self.whens:
            if when.meaning and when.fits(phase1, phase2):
                return f"{self.meaning} {when.meaning}"
        return self.meaning


class Catalogue:
    """All rules, the way from a message to its rule, and what is said where there is none."""

    def __init__(self, rules: Iterable[Rule], unknown: Unknown | None = None) -> None:
        self.unknown = unknown or Unknown(title="A message that is not in the catalogue", meaning="It is not known.")
        self.rules: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in rules})
        self._indexes = {log: _RuleIndex([rule for rule in self.rules.values() if rule.log is log]) for log in Log}

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self.rules)} rules>"

    def match(self, message: str, *, log: Log = Log.IKE) -> Rule | None:
        """Return the rule that knows the message, or None: it is then to be shown as it came, and counted.

        A message in other words, or of which a cut left a piece, finds the rule with `is_exact` false.
        """
        return self._indexes[log].find(message)

    def explain(
        self, message: str, *, phase1: Phase | None = None, phase2: Phase | None = None, log: Log | None = None
    ) -> Explanation | None:
        """Return what the message means under these states; without `log`, either log may know it."""
        for candidate in Log if log is None else (log,):
            rule = self.match(message, log=candidate)
            if rule:
                return rule.explain(phase1=phase1, phase2=phase2)
        return None


class _RuleIndex:
    """The rules of one log, and which of them knew messages of the same shape before.

    A hundred patterns in turn cost 10 µs; the rule that the shape suggests costs 1 µs. That it fits is always tested,
    and no two rules fit one message, so what was seen before never changes an answer. In words that no pattern knows, a
    message costs 20 µs more, once: the next of its shape is held against the same rule and stem, and against the stems
    with numbers, in which it may differ.
    """

    __slots__ = ("_drifted", "_fragments", "_likely", "_numbered", "_other", "_rules", "_stems", "_suggested")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._likely = [LikelyRule.of(rule) for rule in rules]
        stems = [(stem, rule) for rule in self._likely for stem in rule.stems]
        stems.sort(key=lambda pair: -pair[0].weight)
        self._stems = [(stem.telling, stem, rule) for stem, rule in stems]
        self._numbered = [
            (telling, stem) for telling, stem, _ in self._stems if any(map(str.isdigit, "".join(stem.parts)))
        ]
        examples = ((example, number) for number, rule in enumerate(rules) for example in rule.examples)
        self._fragments = Fragments.of(examples)
        self._suggested: dict[bytes, tuple[Rule, ...]] = {}
        self._drifted: dict[bytes, tuple[Stem, LikelyRule]] = {}
        self._other: dict[str, Rule | None] = {}

    def find(self, message: str) -> Rule | None:
        text = _normal(message[:LONGEST])
        shape = text.encode(errors="replace").translate(None, _VARYING)
        suggested = self._suggested.get(shape, ())
        for rule in suggested:
            if rule.pattern.fullmatch(text):
                return rule
        if shape in self._drifted:
            stem, likely = self._drifted[shape]
            folded = fold(text)
            if self._is_meant(stem, folded) and not _is_denied(likely, folded) and not likely.pattern.fullmatch(text):
                return likely
        if text in self._other:
            return self._other[text]
        exact = self._exact(text)
        if exact is None:
            return self._in_other_words(text, shape)
        if len(message) <= LONGEST:
            _remember(self._suggested, shape, (*suggested, exact), most=SHAPES)
        return exact

    def _is_meant(self, stem: Stem, folded: str) -> bool:
        """Whether the stem is in the folded text, and no longer one with a number is."""
        return stem.is_in(folded) and not any(
            telling in folded and other.weight > stem.weight and other.is_in(folded)
            for telling, other in self._numbered
        )

    def _exact(self, text: str) -> Rule | None:
        for rule in self._rules:
            if rule.pattern.fullmatch(text):
                return rule
        return None

    def _in_other_words(self, text: str, shape: bytes) -> Rule | None:
        """Return the rule that the text is likely meant for; the documentation's own placeholders are exact."""
        with_values = filled(text)
        rule: Rule | None = self._exact(with_values) if with_values != text else None
        if rule is None:
            folded = fold(text)
            for telling, stem, likely in self._stems:
                if telling in folded and stem.is_in(folded) and not _is_denied(likely, folded):
                    _remember(self._drifted, shape, (stem, likely), most=DRIFTED)
                    return likely
            number = self._fragments.whole(folded)
            rule = None if number is None else self._likely[number]
        _remember(self._other, text, rule, most=DRIFTED)
        return rule


def _is_denied(rule: Rule, folded: str) -> bool:
    """Whether the folded text may deny the good news that the rule stands for."""
    return rule.severity is Severity.OK and is_negated(folded)


def _remember(memory: dict[K, V], key: K, value: V, *, most: int) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value


def _normal(text: str) -> str:
    """Return `text` with any white space as one blank, any dash as a hyphen, and no full stop at its end."""
    plain = text.isascii() and text.isprintable() and "  " not in text
    if plain and " -" not in text and "- " not in text:  # nearly always, and costs 0.2 µs rather than 3
        return text.strip().removesuffix(".")
    text = " ".join(text.translate(_DASHES).split())
    return _SPACED_DASH.sub(" - ", text).removesuffix(".")
