"""Finds the rule of a reworded or truncated message: by a stem that only one message has, or by the piece that is left.

AWS changes its wording, and part of the catalogue's own wording is guessed. A match here is likely, never certain: the
words around the stem are unknown and may reverse its meaning.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

_FOLDED: Final = str.maketrans("_-‐‑−‒–—", " " * 8)
_SHORTEST_PART: Final = 16
"""The shortest usable piece of a message, in characters: half of all messages begin with "AWS tunnel is"."""
# The documentation's {retry_count} and {ip: xxx}, and what people write in place of an address: <peer>, xxx.
_PLACEHOLDER: Final = re.compile(r"\$?\{[^{}]{1,40}\}|<[^<>]{1,40}>|\bx{2,40}\b", re.IGNORECASE)


_NEGATION: Final = re.compile(r"\b(?:not|no|never|cannot|without|un\w+|fail\w*|refus\w+|reject\w+|invalid)\b")


def fold(text: str) -> str:
    """Return `text` as stems are compared: in lower case, underscores and dashes as blanks, runs of blanks as one."""
    return " ".join(text.lower().translate(_FOLDED).split())


def filled(text: str) -> str:
    """Return `text` with 0 for each placeholder, which matches a count, an SPI, an address and a name alike."""
    if "{" not in text and "<" not in text and "xx" not in text and "XX" not in text:
        return text  # the usual case; the expression costs 3 µs
    return _PLACEHOLDER.sub("0", text)


def is_negated(folded: str) -> bool:
    """Whether a folded text may state the opposite of the good news that one of its stems stands for."""
    return _NEGATION.search(folded) is not None


@dataclass(frozen=True, slots=True)
class Stem:
    """Words, in this order, that only one message has: `received … AUTHENTICATION_FAILED` has two parts."""

    parts: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Stem":
        """Return the stem spelled by `text`, in which an ellipsis stands for any words."""
        return cls(tuple(fold(part) for part in text.split("…")))

    @property
    def anchor(self) -> str:
        """The longest part: a text without it need not be searched for the others."""
        return max(self.parts, key=len)

    @property
    def words(self) -> frozenset[str]:
        """The words in every text that has this stem: all but the first and last of each part, which may be cut off."""
        return frozenset(word for part in self.parts for word in part.split(" ")[1:-1])

    @property
    def weight(self) -> int:
        """The number of characters: of several matching stems, the longest wins."""
        return sum(map(len, self.parts))

    def is_in(self, folded: str) -> bool:
        """Whether the folded text contains all parts in order."""
        start = 0
        for part in self.parts:
            index = folded.find(part, start)
            if index < 0:
                return False
            start = index + len(part)
        return True


@dataclass(frozen=True, slots=True)
class Fragments:
    """The example messages of one log, used to find the message of which a truncated line is a piece."""

    examples: tuple[tuple[str, int], ...]
    """Each example's shape and the number of its rule."""
    words: frozenset[str]
    """All words of the examples: most unknown texts contain another word and can be skipped."""

    @classmethod
    def of(cls, examples: Iterable[tuple[str, int]]) -> "Fragments":
        """Return the fragments of pairs of an example and the number of its rule."""
        shapes = tuple((_shape(fold(example)), number) for example, number in examples)
        return cls(shapes, frozenset(word for shape, _ in shapes for word in shape.split(" ")))

    def whole(self, folded: str) -> int | None:
        """Return the number of the only rule with an example of which the text is a piece, at least half of one."""
        piece = folded.strip(" .…\"'")
        if len(piece) < _SHORTEST_PART:
            return None
        shape = _shape(piece)
        if not self.words.issuperset(shape.split(" ")[1:-1]):  # the first and the last word may be cut
            return None
        rules = {number for example, number in self.examples if shape in example}
        if len(rules) != 1:
            return None
        number = rules.pop()
        is_half = any(2 * len(shape) >= len(example) for example, rule in self.examples if rule == number)
        return number if is_half else None


def _shape(folded: str) -> str:
    """Return the folded text without digits: counters and addresses differ in nothing else."""
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
    """Return those of the named fields that can be extracted from a text of unknown wording.

    Several SPIs are joined by blanks in `spi`.
    """
    matches = ((name, _READERS[name].search(text)) for name in names if name in _READERS)
    fields = {name: next(filter(None, match.groups())) for name, match in matches if match is not None}
    if "spi" in fields:
        fields["spi"] = " ".join(re.findall(_SPI, fields["spi"], re.IGNORECASE | re.ASCII))
    return fields
