"""What is wrong with a tunnel in full, or what its most telling message means; for the details and the copy."""

from typing import Final

from tui.content.blocks import Block, heading
from tui.content.diagnosis_page import Commands, also_blocks, diagnosis_blocks, explanation_blocks, unknown_blocks
from tui.content.tones import Tone
from tui.content.tunnel_snapshot import TunnelSnapshot
from tui.content.wording import Moment
from tui.domain.catalogue_file import load
from tui.domain.history import Entry

_LONGEST_LINE: Final = 4_000
"""Characters that are shown of a line as AWS wrote it; one can have 256 KB."""


def trouble_blocks(subject: TunnelSnapshot, *, moment: Moment, commands: Commands) -> tuple[Block, ...]:
    """Return the leading cause in full and the others by name; without a cause, the message that tells most."""
    if subject.diagnoses:
        leading, *others = subject.diagnoses
        return (*diagnosis_blocks(leading, moment=moment, commands=commands), *also_blocks(others))
    return entry_blocks(subject.most_telling, moment=moment, commands=commands) if subject.most_telling else ()


def entry_blocks(entry: Entry, *, moment: Moment, commands: Commands) -> tuple[Block, ...]:
    """Return what an event means in the state that it led to, and its line as AWS wrote it."""
    explanation = entry.explanation
    if explanation is not None:
        meaning = explanation_blocks(explanation, commands=commands)
    else:
        states = entry.state.phase1.value, entry.state.phase2.value
        meaning = unknown_blocks(load().unknown.explain(phase1=states[0], phase2=states[1]))
    return (
        *meaning,
        *heading("The line"),
        Block(entry.raw.message[:_LONGEST_LINE], Tone.QUIET),
        Block(f"{moment(entry.raw.at)}  {entry.raw.stream}", Tone.FAINT),
    )
