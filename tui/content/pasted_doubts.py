"""Doubts of our own tables in pasted text, even wrapped over several lines, and their meaning."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final, NamedTuple

from tui.content.doubts import SENTENCES
from tui.domain.judgement.doubt import DoubtKind

_MEANINGS: Final = {
    DoubtKind.EC2_NEWER: "EC2 has seen a change since the last line of the log, so its status is shown. A log that "
    "stays silent beside it may not be delivered any more: `tunnelwatch doctor` tells.",
    DoubtKind.REPLACED: "What the log told of the old endpoint holds no more; the next lines tell of the new one.",
    DoubtKind.EC2_BEHIND: "EC2 follows the log by some minutes. Nothing has to be done.",
    DoubtKind.EC2_DIFFERS: "Both have had the time to notice. EC2 says DOWN as well where IKE is up and BGP is not; "
    "the details of the tunnel show both sources.",
    DoubtKind.LINE_AGAINST_STATE: "The state fields count before the words of a line; the next lines tell which of "
    "them was right.",
    DoubtKind.ALIVE_ALL_THE_SAME: "The record of its coming up is late or missing; what carries traffic counts.",
    DoubtKind.LOG_TOO_OLD: "A tunnel that is up logs each rekey. Either it is down and nobody dials, or its log is not "
    "delivered any more: `tunnelwatch doctor` tells how new the log is and whether it may be delivered.",
    DoubtKind.LOG_QUIET: "Silence is not down, and less usual than before. EC2's status, or a ping through the tunnel, "
    "tells how it is.",
    DoubtKind.LOG_OLD: "Silence is not down, but a rekey should have been logged. EC2's status, or a ping through the "
    "tunnel, tells how it is; `tunnelwatch doctor` tells whether its log is still delivered.",
}
_PLACE: Final = re.compile(r"\{\w+\}")
_LEADS: Final = " \t>│▲?●✖◌•·*-"
"""Characters that a board, a quote or a list puts before a sentence."""
_MOST_LINES: Final = 4
"""Maximum number of lines of a wrapped sentence: the longest takes four at 50 columns."""
_LONGEST: Final = 600
"""Maximum length of a sentence. In longer text the search for its placeholders would take too long."""


class PastedDoubt(NamedTuple):
    """A doubt in pasted text: the sentence on one line, and its meaning for the reader."""

    kind: DoubtKind
    sentence: str
    meaning: str


def without_doubts(lines: Iterable[str], doubts: list[PastedDoubt]) -> Iterator[str]:
    """Yield the lines without those that hold a doubt, wrapped ones included; add each doubt to `doubts`."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        while held:
            text = " ".join(part.strip() for part in held)
            doubt = _doubt(text)
            if doubt is not None:
                doubts.append(doubt)
                held.clear()
            elif len(held) < _MOST_LINES and _may_begin(text):
                break
            else:
                yield held.pop(0)
    yield from held


def _doubt(text: str) -> PastedDoubt | None:
    if len(text) <= _LONGEST:
        for kind, (_, whole) in _patterns().items():
            if (match := whole.fullmatch(text)) is not None:
                return PastedDoubt(kind, match["sentence"], _MEANINGS[kind])
    return None


def _may_begin(text: str) -> bool:
    """Return whether a sentence may begin so: with its first words, or as many of them as the line has."""
    text = text.lstrip(_LEADS)
    return bool(text) and any(text.startswith(first) or first.startswith(text) for first, _ in _patterns().values())


@cache
def _patterns() -> dict[DoubtKind, tuple[str, re.Pattern[str]]]:
    """Return the beginning of each sentence, and a pattern of the whole."""
    patterns: dict[DoubtKind, tuple[str, re.Pattern[str]]] = {}
    for kind, sentence in SENTENCES.items():
        fixed = _PLACE.split(sentence)
        whole = ".*?".join(map(re.escape, fixed))
        patterns[kind] = fixed[0].rstrip(), re.compile(rf"[{re.escape(_LEADS)}]*(?P<sentence>{whole})")
    return patterns
