"""Finds the rule of a message: by its pattern, or, if the wording has drifted, by a stem or a piece."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeVar

from tui.domain.knowledge.drift import Fragments, Stem, filled, fold, is_negated
from tui.domain.knowledge.normal_text import LONGEST, normal
from tui.domain.knowledge.rule import Rule

MESSAGES: Final = 4_096
"""The messages per log whose rule is remembered: most recur, or differ only in a counter."""
SHAPES: Final = 4_096
"""The message shapes remembered per log. Real logs have a few hundred."""
DRIFTED: Final = 1_024
"""The messages in unknown words remembered per log."""

# Digits and the letters of lower-case hexadecimal: ids, SPIs, addresses and counters differ in nothing else. The rest
# of a message is its shape, as bytes, whose translate takes 0.2 µs against 3 µs for str. Two messages may share a
# shape, so it suggests rules but never decides.
_VARYING: Final = b"0123456789abcdef"
K = TypeVar("K")
V = TypeVar("V")


class RuleIndex:
    """The rules of one log, and those that matched earlier messages of the same shape.

    Trying a hundred patterns costs 10 µs, testing the rule suggested by the shape 1 µs, looking up a repeated message
    less than a tenth of that. A suggested rule is always tested, and no two rules match the same message, so the cache
    never changes an answer. `likely` are the same rules for drifted wording.
    """

    __slots__ = ("_drifted", "_known", "_rules", "_suggested")

    def __init__(self, rules: Sequence[Rule], likely: Sequence[Rule]) -> None:
        self._rules = rules
        self._drifted = _DriftIndex(likely)
        # The examples suggest their rules, so that a log of known messages compiles only few of the patterns.
        self._suggested: dict[bytes, tuple[Rule, ...]] = {}
        for rule in rules:
            for shape in {_shape_of(normal(example)) for example in rule.examples}:
                self._suggested[shape] = (*self._suggested.get(shape, ()), rule)
        self._known: dict[str, Rule] = {}

    def find(self, message: str) -> Rule | None:
        """Return the rule whose wording matches the message, else the likely one, else None."""
        known = self._known.get(message)
        if known is None and (known := self._find(message)) is not None and len(message) <= LONGEST:
            _remember(self._known, message, known, most=MESSAGES)
        return known

    def _find(self, message: str) -> Rule | None:
        text = normal(message)
        shape = _shape_of(text)
        suggested = self._suggested.get(shape, ())
        for rule in suggested:
            if rule.pattern.fullmatch(text):
                return rule
        if known := self._drifted.remembered(text, shape):
            return known[0]
        exact = self._exact(text)
        if exact is None:
            return self._with_placeholders(text) or self._drifted.find(text, shape)
        if len(message) <= LONGEST:
            _remember(self._suggested, shape, (*suggested, exact), most=SHAPES)
        return exact

    def _exact(self, text: str) -> Rule | None:
        for rule in self._rules:
            if rule.pattern.fullmatch(text):
                return rule
        return None

    def _with_placeholders(self, text: str) -> Rule | None:
        """Return the rule of a text that contains the documentation's placeholders, which is an exact match."""
        with_values = filled(text)
        return self._exact(with_values) if with_values != text else None


def _shape_of(text: str) -> bytes:
    return text.encode(errors="replace").translate(None, _VARYING)


class _DriftIndex:
    """The stems and example pieces of the rules of one log, for messages that no pattern matches.

    Later messages of the same shape are compared only with the same stem, and with longer stems that contain numbers,
    in which messages of one shape may differ.
    """

    __slots__ = ("_by_shape", "_by_text", "_fragments", "_longer", "_numbered", "_rules", "_stems")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        stems = [(stem, rule) for rule in rules for stem in rule.stems]
        stems.sort(key=lambda pair: -pair[0].weight)
        self._stems = StemIndex(stems)
        self._numbered = [stem for stem, _ in stems if any(map(str.isdigit, "".join(stem.parts)))]
        self._longer = {stem: self._numbered_above(stem) for stem, _ in stems}
        self._fragments = Fragments.of(
            (example, number) for number, rule in enumerate(rules) for example in rule.examples
        )
        self._by_shape: dict[bytes, tuple[Stem, Rule]] = {}
        self._by_text: dict[str, tuple[Rule | None]] = {}

    def remembered(self, text: str, shape: bytes) -> "tuple[Rule | None] | None":
        """Return the earlier result for this text or its shape; None if there is none that applies."""
        if shape in self._by_shape:
            stem, rule = self._by_shape[shape]
            folded = fold(text)
            if self._is_longest(stem, folded) and not _is_denied(rule, folded) and not rule.pattern.fullmatch(text):
                return (rule,)
        return self._by_text.get(text)

    def find(self, text: str, shape: bytes) -> Rule | None:
        """Return the rule with the longest stem in the text, or the only one with an example of which it is a piece."""
        folded = fold(text)
        for stem, rule in self._stems.candidates(folded):
            if stem.is_in(folded) and not _is_denied(rule, folded):
                _remember(self._by_shape, shape, (stem, rule), most=DRIFTED)
                return rule
        number = self._fragments.whole(folded)
        piece = None if number is None else self._rules[number]
        _remember(self._by_text, text, (piece,), most=DRIFTED)
        return piece

    def _is_longest(self, stem: Stem, folded: str) -> bool:
        """Whether the folded text contains the stem and no longer one with a number."""
        return stem.is_in(folded) and not any(
            anchor in folded and other.is_in(folded) for anchor, other in self._longer[stem]
        )

    def _numbered_above(self, stem: Stem) -> list[tuple[str, Stem]]:
        return [(other.anchor, other) for other in self._numbered if other.weight > stem.weight]


class StemIndex:
    """Stems, indexed by the rarest word of each: only those with a word of the message are compared with it.

    Searching for all two hundred stems costs 30 µs, which a flood of unknown messages would pay each time.
    """

    __slots__ = ("_by_word", "_wordless")

    def __init__(self, stems: Sequence["tuple[Stem, Rule]"]) -> None:
        self._by_word: dict[str, list[tuple[int, Stem, Rule]]] = {}
        self._wordless: list[tuple[int, str, Stem, Rule]] = []
        uses = Counter(word for stem, _ in stems for word in stem.words)
        for index, (stem, rule) in enumerate(stems):
            if stem.words:
                rarest = min(stem.words, key=lambda word: (uses[word], word))
                self._by_word.setdefault(rarest, []).append((index, stem, rule))
            else:
                self._wordless.append((index, stem.anchor, stem, rule))

    def candidates(self, folded: str) -> "list[tuple[Stem, Rule]]":
        """Return the stems that the folded text may contain, in their original order."""
        matches = [(index, stem, rule) for index, anchor, stem, rule in self._wordless if anchor in folded]
        for word in self._by_word.keys() & folded.split(" "):
            matches += self._by_word[word]
        matches.sort(key=lambda match: match[0])
        return [(stem, rule) for _, stem, rule in matches]


def _is_denied(rule: Rule, folded: str) -> bool:
    """Whether the folded text may negate the good news that the rule stands for."""
    return rule.severity.rank == 0 and is_negated(folded)


def _remember(memory: dict[K, V], key: K, value: V, *, most: int) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
