"""A rule: the meaning of a message in AWS's VPN logs, also under the states of one record."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import ClassVar, Final

from tui.domain.events import Log, Phase
from tui.domain.knowledge.devices import DISRUPTIVE_TOPICS, Topic
from tui.domain.knowledge.drift import Stem, read_fields
from tui.domain.knowledge.message_pattern import MessagePattern
from tui.domain.knowledge.normal_text import normal


class Severity(StrEnum):
    """How much a message matters. Compare by `rank`: the values themselves sort alphabetically."""

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
    """How reliably the words of a rule's message are known."""

    DOCUMENTED = "documented"
    SEEN = "seen"
    GUESSED = "guessed"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class When:
    """What a rule says instead while the phases are in one of these states; None accepts any state, even a missing one.

    Raises ValueError if it would never say anything else.
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
        """Whether it applies to a record with these states; a missing state satisfies no condition."""
        return (self.phase1 is None or phase1 in self.phase1) and (self.phase2 is None or phase2 in self.phase2)


# Compared by identity: comparing twenty texts on a hot path would be wasteful.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """One message, or a family of messages, and what is known about it.

    `pattern` must match the whole message; its named groups are what `fields` returns. `stems` recognise the message in
    different words. `fold` is the label under which a run of such lines may collapse. `topics` select commands in
    `tui.domain.knowledge.devices`.
    """

    is_exact: ClassVar[bool] = True
    """Whether the message matched word for word, rather than by a stem or a piece."""

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
    pattern: MessagePattern = field(metadata={"key": "match"})
    likely_causes: tuple[str, ...] = ()
    check_aws: tuple[str, ...] = ()
    check_cgw: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    fold: str | None = None
    stems: tuple[Stem, ...] = ()
    whens: tuple[When, ...] = field(default=(), metadata={"key": "when"})

    def fields(self, message: str) -> dict[str, str]:
        """Return the fields in its message (spi, id, neighbor …) by name; empty for any other message."""
        match = self.pattern.fullmatch(normal(message))
        return {} if match is None else {name: value for name, value in match.groupdict().items() if value is not None}

    def explain(self, *, phase1: Phase | None, phase2: Phase | None) -> "Explanation":
        """Return the meaning of the message in a record with these states."""
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
    """A rule found for a message in unknown words: what it says is likely, not certain."""

    is_exact: ClassVar[bool] = False

    @classmethod
    def of(cls, rule: Rule) -> "LikelyRule":
        """Return the likely variant of a rule."""
        return cls(**{column.name: getattr(rule, column.name) for column in fields(rule)})

    def fields(self, message: str) -> dict[str, str]:
        """Return the fields that can be extracted without knowing the wording."""
        return read_fields(normal(message), self.pattern.groupindex)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a rule says under the states of one record."""

    rule: Rule
    severity: Severity
    brief: str
    meaning: str
    say: str

    @property
    def likely_causes(self) -> tuple[str, ...]:
        """The likely causes, most likely first; none if all is well."""
        return () if self.severity is Severity.OK else self.rule.likely_causes

    @property
    def check_aws(self) -> tuple[str, ...]:
        """What to check on AWS's side; nothing if all is well."""
        return () if self.severity is Severity.OK else self.rule.check_aws

    @property
    def check_cgw(self) -> tuple[str, ...]:
        """What to check on the customer gateway; nothing if all is well."""
        return () if self.severity is Severity.OK else self.rule.check_cgw

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics to examine on the device."""
        return () if self.severity is Severity.OK else helpful_topics(self.rule.topics, self.severity)


def helpful_topics(topics: Iterable[Topic], severity: Severity) -> tuple[Topic, ...]:
    """Return the topics to examine on the device; for routine messages, none that interrupts or debugs it."""
    is_trouble = severity.rank >= Severity.WARNING.rank
    return tuple(topic for topic in topics if is_trouble or topic not in DISRUPTIVE_TOPICS)
