"""All rules that say what the messages of AWS's VPN logs mean, and the way from a message to its rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tui.domain.events import Log, Phase
from tui.domain.knowledge.rule import Explanation, LikelyRule, Rule, When
from tui.domain.knowledge.rule_index import RuleIndex


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
        self._likely = {rule.id: LikelyRule.of(rule) for rule in self.rules.values()}
        by_log = {log: [rule for rule in self.rules.values() if rule.log is log] for log in Log}
        self._indexes = {
            log: RuleIndex(known, [self._likely[rule.id] for rule in known]) for log, known in by_log.items()
        }

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self.rules)} rules>"

    def rule(self, rule_id: str, *, is_exact: bool = True) -> Rule:
        """Return a rule by its id, as `match` returns it for a message in its own words, or in others."""
        return self.rules[rule_id] if is_exact else self._likely[rule_id]

    def match(self, message: str, *, log: Log = Log.IKE) -> Rule | None:
        """Return the rule that knows the message, or None: it is then to be shown as it came, and counted.

        A message in other words, or of which a cut left a piece, finds the rule with `is_exact` false.
        """
        return self._indexes[log].find(message)

    def explain(
        self, message: str, *, phase1: Phase | None = None, phase2: Phase | None = None, log: Log | None = None
    ) -> Explanation | None:
        """Return what the message means under these states; without `log`, of whichever log knows it better."""
        matches = [self.match(message, log=candidate) for candidate in (Log if log is None else (log,))]
        known = sorted((rule for rule in matches if rule is not None), key=lambda rule: not rule.is_exact)
        return known[0].explain(phase1=phase1, phase2=phase2) if known else None
