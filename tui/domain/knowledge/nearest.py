"""Finds the known messages closest to a text or to a few keywords."""

import re
from collections import defaultdict
from typing import Final

from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.drift import fold
from tui.domain.knowledge.rule import Rule

_WORD = re.compile(r"[a-z0-9/]{2,}")
_COMMON: Final = frozenset(
    (
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "is",
        "it",
        "no",
        "of",
        "on",
        "or",
        "the",
        "this",
        "to",
        "was",
        "what",
        "why",
        "with",
        "aws",
        "tunnel",
    )
)
_MOST_KEYWORDS: Final = 3
"""The most words with which a text is a search rather than a message."""


class WordIndex:
    """The rules of a catalogue, indexed by the words of their ids, titles, examples and stems."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._rules: defaultdict[str, set[Rule]] = defaultdict(set)
        for rule in catalogue.rules.values():
            stems = (" ".join(stem.parts) for stem in rule.stems)
            for word in _words(" ".join((rule.id, rule.title, *rule.examples, *stems))):
                self._rules[word].add(rule)

    def with_keywords(self, text: str) -> tuple[Rule, ...]:
        """Return the rules that contain all words of a short text, the most severe first; none for a longer text."""
        words = _words(text)
        if not words or len(text.split()) > _MOST_KEYWORDS:
            return ()
        rules = set.intersection(*(self._rules.get(word, set()) for word in words))
        return tuple(sorted(rules, key=lambda rule: (-rule.severity.rank, rule.id)))

    def nearest(self, text: str, *, most: int = 3) -> tuple[Rule, ...]:
        """Return the rules whose messages share the most with a text, nearest first; none if they share no word.

        A word weighs more, the fewer messages contain it.
        """
        scores: defaultdict[Rule, float] = defaultdict(float)
        for word in _words(text):
            rules = self._rules.get(word, set())
            for rule in rules:
                scores[rule] += 1 / len(rules)
        return tuple(sorted(scores, key=lambda rule: (-scores[rule], rule.id))[:most])


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text))) - _COMMON
