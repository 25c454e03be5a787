"""Known messages in words that are not known: found by a stem that no other message has, or by what a cut left.

AWS reworks its wordings, and part of the catalogue's own are guesses. What is found here is likely, never certain:
the words around the stem are not known, and they may turn its sense.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

_FOLDED: Final = str.maketrans("_-‐‑−‒–—", " " * 8)
_SHORTEST_PART: Final = 16
"""Characters that a cut must leave of a message: "AWS tunnel is" begins half of all."""
# The documentation's {retry_count} and {ip: xxx}, and what people put in place of an address: <peer>, xxx.
_PLACEHOLDER: Final = re.compile(r"\$?\{[^{}]{1,40}\}|<[^<>]{1,40}>|\bx{2,40}\b", re.IGNORECASE)


_NEGATION: Final = re.compile(r"\b(?:not|no|never|cannot|without|un\w+|fail\w*|refus\w+|reject\w+|invalid)\b")


def fold(text: str) -> str:
    """Return `text` as stems see it: lower case, each underscore and dash a blank, runs of blanks one."""
    return " ".join(text.lower().translate(_FOLDED).split())


def filled(text: str) -> str:
    """Return `text` with 0 for each placeholder: it fits a count, an SPI, an address and a name alike."""
    if "{" not in text and "<" not in text and "xx" not in text and "XX" not in text:
        return text  # nearly always, and the expression costs 3 µs
    return _PLACEHOLDER.sub("0", text)


def is_negated(folded: str) -> bool:
    """Whether a folded text may say the opposite of the good news that a stem in it stands for."""
    return _NEGATION.search(folded) is not None


@dataclass(frozen=True, slots=True)
class Stem:
    """Words that only one message has, in this order: `received … AUTHENTICATION_FAILED` is two parts."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Stem":
        """Return the stem that `text` spells, an ellipsis standing for any words between."""
        return cls(tuple(fold(part) for part in text.split("…")))

    @property
    def telling(self) -> str:
        """The longest part: where it is missing, the others need not be looked for."""
        return max(self.parts, key=len)

    @property
    def words(self) -> frozenset[str]:
        """The words that a text with this stem has: all but those at the ends of parts, which may go on in a text."""
        return frozenset(word for part in self.parts for word in part.split(" ")[1:-1])

    @property
    def weight(self) -> int:
        """How much of a message it is: where several fit, the one with the most characters is meant."""
        return sum(map(len, self.parts))

    def is_in(self, folded: str) -> bool:
        """Whether the folded text has all parts in order."""
        start = 0
        for part in self.parts:
            index = folded.find(part, start)
            if index < 0:
                return False
            start = index + len(part)
        return True


@dataclass(frozen=True, slots=True)
class Fragments:
    """The examples of one log, to find the message that a line was before it was cut at either end."""

    examples: tuple[tuple[str, int], ...]
    """Each example's shape, and the number of its rule."""
    words: frozenset[str]
    """Their words: most texts that nobody knows have another one, and need not be looked for."""

    @classmethod
    def of(cls, examples: Iterable[tuple[str, int]]) -> "Fragments":
        """Return the fragments of (example, number of its rule) pairs."""
        shapes = tuple((_shape(fold(example)), number) for example, number in examples)
        return cls(shapes, frozenset(word for shape, _ in shapes for word in shape.split(" ")))

    def whole(self, folded: str) -> int | None:
        """Return the number of the only rule of whose examples the folded text is a piece, at least half of one."""
        piece = folded.strip(" .…\"'")
        if len(piece) < _SHORTEST_PART:
            return None
        shape = _shape(piece)
        if not self.words.issuperset(shape.split(" ")[1:-1]):  # a cut may have left a part of the first and the last
            return None
        rules = {number for example, number in self.examples if shape in example}
        if len(rules) != 1:
            return None
        number = rules.pop()
        is_half = any(2 * len(shape) >= len(example) for example, rule in self.examples if rule == number)
        return number if is_half else None


def _shape(folded: str) -> str:
    """Return the folded text without digits, in which counters and addresses differ."""
    return folded.translate(_DIGITS)


_DIGITS: Final = dict.fromkeys(map(ord, "0123456789"))


_SPI: Final = r"(?:0x)?[0-9a-f]{6,16}\b"
_READERS: Final = {
    name: re.compile(pattern, re.IGNORECASE | re.ASCII)
    for name, pattern in {
        "spi": rf"\bSPIs?\W{{0,3}}({_SPI}(?:(?:\W{{1,3}}|\W{{1,2}}and ){_SPI}){{0,7}})",
        "inbound": rf"\binbound\W{{0,2}}(?:SPI)?\W{{0,3}}({_SPI})",
        "outbound": rf"\boutbound\W{{0,2}}(?:SPI)?\W{{0,3}}({_SPI})",
        "n": r"\bafter (\d{1,9})\b|\bsequence number (\d{1,12})\b",
        "attempt": r"\battempt (\d{1,9})\b",
        "id": r"\bID ?[=:]? ?(\d{1,12})\b",
        "verb": r"\b(processed|is sending)\b",
        "kind": r"\b(request|response)\b",
        "exchange": r"\b(IKE_SA_INIT|IKE_AUTH|CREATE_CHILD_SA|INFORMATIONAL|Main Mode|Aggressive Mode|Quick Mode)\b",
        "direction": r"\b(received|is sending|sent)\b",
        "phase": r"\bphase ([12])\b",
        "cgw": r"\b(cgw-[0-9a-z]{1,32})\b",
        "neighbor": r"\bneighbor ([0-9a-f.:]{2,45}[0-9a-f])",
        "state_from": r"\bfrom (\w{1,40}) to \w",
        "state_to": r"\bfrom \w{1,40} to (\w{1,40})",
        "code": r"(?<![\d.])(\d{1,2}/\d{1,3})(?![\d/])",
        "asn": r"\b(?:remote )?AS(?: is)? ([\d.]{1,20}\d|\d)\b",
        "expected": r"\bexpected ([\d.]{1,20}\d|\d)\b",
        "holdtime": r"\bholdtime (\d{1,9})\b",
        "router_id": r"\brouter-id ([\d.]{7,15})\b",
        "received": r"\breceived (\d{1,9})\b",
        "limit": r"\blimit (?:is |of )?(\d{1,9})\b",
        "as_path": r"\bAS path:? ([\d ]{0,599}\d)",
        "reason": r"\bdue to:? (.{1,300})",
    }.items()
}


def read_fields(text: str, names: Collection[str]) -> dict[str, str]:
    """Return those of the named fields that can be read out of a text whose wording is not known.

    Several SPIs stand in `spi` with a blank between them.
    """
    matches = ((name, _READERS[name].search(text)) for name in names if name in _READERS)
    fields = {name: next(filter(None, match.groups())) for name, match in matches if match is not None}
    if "spi" in fields:
        fields["spi"] = " ".join(re.findall(_SPI, fields["spi"], re.IGNORECASE | re.ASCII))
    return fields
