"""The number of tunnels in each state, in the words of their rows on the board."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tui.content.board.rows import TunnelState
from tui.content.board.verdicts import condition_words
from tui.content.layout.symbols import VERDICT
from tui.content.layout.tones import Tone
from tui.domain.judgement.verdict import Verdict

_LOUDEST_FIRST: Final = (Tone.ERROR, Tone.WARNING, Tone.GOOD, Tone.QUIET)


@dataclass(frozen=True, slots=True)
class Count:
    """The number of tunnels in one state: `symbol`, `word` and `tone` are those of their rows.

    `at_risk` of them carry traffic but are in trouble.
    """

    symbol: str
    word: str
    tone: Tone
    number: int
    at_risk: int = 0

    @property
    def text(self) -> str:
        """The number and the word."""
        return f"{self.number} {self.word}"

    @property
    def risk_text(self) -> str:
        """The number at risk in words; empty if none is."""
        return f"{self.at_risk} at risk" if self.at_risk else ""


def tally(tunnel_states: Iterable[TunnelState]) -> tuple[Count, ...]:
    """Return the count of each state that occurs, the most severe first. The counts add up to all tunnels."""
    numbers, at_risk = Counter[tuple[str, str, Tone]](), Counter[tuple[str, str, Tone]]()
    for tunnel_state, number in Counter(tunnel_states).items():  # of thousands of tunnels a few differ
        state = _state(tunnel_state)
        numbers[state] += number
        at_risk[state] += number if tunnel_state.is_at_risk else 0
    counts = [Count(*state, number, at_risk[state]) for state, number in numbers.items()]
    return tuple(sorted(counts, key=lambda count: (_LOUDEST_FIRST.index(count.tone), count.word)))


def _state(tunnel_state: TunnelState) -> tuple[str, str, Tone]:
    """Return the state in the words of the row, without the time that a quiet tunnel has been silent."""
    if tunnel_state.is_quiet:
        return VERDICT[Verdict.AT_RISK][0], "quiet", Tone.WARNING
    return condition_words(tunnel_state.health, tunnel_state.carries)
