"""From a message to the rule that knows it: by its pattern, or in drifted words by a stem or a piece."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, TypeVar

from tui.domain.knowledge.drift import Fragments, Stem, filled, fold, is_negated
from tui.domain.knowledge.normal_text import LONGEST, normal
from tui.domain.knowledge.rule import Rule

MESSAGES: Final = 4_096
"""Messages whose rule is remembered for each log: most come again, or differ in a counter alone."""
SHAPES: Final = 4_096
"""Shapes of messages remembered for each log. Real logs show some hundred."""
DRIFTED: Final = 1_024
"""Messages in words that are not known, remembered for each log."""

# Digits and the letters of lower-case hexadecimal: ids, SPIs, addresses and counters vary in nothing else. What is
# left of a message is its shape, as bytes: their translate takes 0.2 µs, that of str 3 µs. Two messages may share a
# shape, so it suggests rules and never decides.
_VARYING: Final = b"0123456789abcdef"
K = TypeVar("K")
V = TypeVar("V")


class RuleIndex:
    """The rules of one log, and which of them knew messages of the same shape before.

    A hundred patterns in turn cost 10 µs; the rule that the shape suggests costs 1 µs, the one of the very message
    less than a tenth of that. That a suggested rule fits is always tested, and no two rules fit one message, so what
    was seen before never changes an answer. `likely` are the same rules as they know other words.
    """

    __slots__ = ("_drifted", "_known", "_rules", "_suggested")

    def __init__(self, rules: Sequence[Rule], likely: Sequence[Rule]) -> None:
        self._rules = rules
        self._drifted = _DriftIndex(likely)
        # The examples suggest their rules, so that a log of known messages has few of the patterns compiled.
        self._suggested: dict[bytes, tuple[Rule, ...]] = {}
        for rule in rules:
            for shape in {_shape_of(normal(example)) for example in rule.examples}:
                self._suggested[shape] = (*self._suggested.get(shape, ()), rule)
        self._known: dict[str, Rule] = {}

    def find(self, message: str) -> Rule | None:
        """Return the rule whose words the message has; in other words the likely one; None where nothing fits."""
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
        """Return the rule of a text with the documentation's placeholders: those are its very words."""
        with_values = filled(text)
        return self._exact(with_values) if with_values != text else None


def _shape_of(text: str) -> bytes:
    return text.encode(errors="replace").translate(None, _VARYING)


class _DriftIndex:
    """The stems and pieces of the rules of one log, for messages that no pattern knows.

    The next message of a shape is held against the same stem alone, and against those with numbers, in which messages
    of one shape may differ.
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
        """Return what was found before for this text, or for one of its shape; None where that does not answer."""
        if shape in self._by_shape:
            stem, rule = self._by_shape[shape]
            folded = fold(text)
            if self._is_longest(stem, folded) and not _is_denied(rule, folded) and not rule.pattern.fullmatch(text):
                return (rule,)
        return self._by_text.get(text)

    def find(self, text: str, shape: bytes) -> Rule | None:
        """Return the rule with the longest stem in the text, or the only one of whose examples it is a piece."""
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
        """Whether the stem is in the folded text, and no longer one with a number."""
        return stem.is_in(folded) and not any(
            telling in folded and other.is_in(folded) for telling, other in self._longer[stem]
        )

    def _numbered_above(self, stem: Stem) -> list[tuple[str, Stem]]:
        return [(other.telling, other) for other in self._numbered if other.weight > stem.weight]


class StemIndex:
    """Stems under the rarest word of each: a message is held against those alone one of whose words it has.

    Looking for each of two hundred stems costs 30 µs, which a flood of messages that nobody knows would pay.
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
                self._wordless.append((index, stem.telling, stem, rule))

    def candidates(self, folded: str) -> "list[tuple[Stem, Rule]]":
        """Return the stems that the folded text may have, in the order in which they were given."""
        matches = [(index, stem, rule) for index, telling, stem, rule in self._wordless if telling in folded]
        for word in self._by_word.keys() & folded.split(" "):
            matches += self._by_word[word]
        matches.sort(key=lambda match: match[0])
        return [(stem, rule) for _, stem, rule in matches]


def _is_denied(rule: Rule, folded: str) -> bool:
    """Whether the folded text may deny the good news that the rule stands for."""
    return rule.severity.rank == 0 and is_negated(folded)


def _remember(memory: dict[K, V], key: K, value: V, *, most: int) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
