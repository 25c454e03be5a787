"""All rules about the messages of AWS's VPN logs, and the lookup from a message to its rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tui.domain.events import Log, Phase
from tui.domain.knowledge.rule import Explanation, LikelyRule, Rule, When
from tui.domain.knowledge.rule_index import RuleIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The explanation of a message that no rule matches: how it is treated, and what the states of its record mean."""

    title: str
    meaning: str
    whens: tuple[When, ...] = field(default=(), metadata={"key": "when"})

    def explain(self, *, phase1: Phase | None, phase2: Phase | None) -> str:
        """Return the meaning of an unknown message in a record with these states."""
        for when in self.whens:
            if when.meaning and when.fits(phase1, phase2):
                return f"{self.meaning} {when.meaning}"
        return self.meaning


class Catalogue:
    """All rules, the lookup from a message to its rule, and the explanation used when there is none."""

    def __init__(self, rules: Iterable[Rule], unknown: Unknown | None = None) -> None:
        self.unknown = unknown or Unknown(title="A message that is not in the catalogue", meaning="It is not known.")
        self.rules: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in rules})
        self._likely = {rule.id: LikelyRule.of(rule) for rule in self.rules.values()}
        by_log = {log: [rule for rule in self.rules.values() if rule.log is log] for log in Log}
        self._indexes = {
            log: RuleIndex(known, [self._likely[rule.id] for rule in known]) for log, known in by_log.items()
        }

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self.rules)} rules>"

    def rule(self, rule_id: str, *, is_exact: bool = True) -> Rule:
        """Return a rule by id, in the form that `match` returns for an exact or a likely match."""
        return self.rules[rule_id] if is_exact else self._likely[rule_id]

    def match(self, message: str, *, log: Log = Log.IKE) -> Rule | None:
        """Return the rule that matches the message, or None: the message is then shown as it is and counted.

        A message in different words, or of which only a piece is left, finds a rule whose `is_exact` is false.
        """
        return self._indexes[log].find(message)

    def explain(
        self, message: str, *, phase1: Phase | None = None, phase2: Phase | None = None, log: Log | None = None
    ) -> Explanation | None:
        """Return the meaning of the message in these states; without `log`, from the log with the better match."""
        matches = [self.match(message, log=candidate) for candidate in (Log if log is None else (log,))]
        known = sorted((rule for rule in matches if rule is not None), key=lambda rule: not rule.is_exact)
        return known[0].explain(phase1=phase1, phase2=phase2) if known else None
