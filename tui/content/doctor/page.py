"""The findings as a page of the screen: the whole checkup, or the way back to one connection."""

from collections.abc import Iterator, Sequence

from tui.content.blocks import GAP, Block
from tui.content.doctor.aws_command import command_line
from tui.content.doctor.fixes import NOT_NOW, fixes
from tui.content.doctor.report import SIGNS, alike, last_words, more_of, names_of, prompt, sentence, shown_of, summary
from tui.content.doctor.words import words
from tui.content.tones import Tone
from tui.domain.checkup.facts import Caller, Examination
from tui.domain.checkup.finding import Finding, Level

LOOKING = (Block("Looking…", Tone.STRONG), Block("Nothing is changed: every call only reads.", Tone.QUIET))
"""What the page says until the answers are there."""


def failure_blocks(message: str) -> tuple[Block, ...]:
    """Return the page of a checkup that could not be made."""
    return (Block("AWS could not be asked.", Tone.STRONG), GAP, Block(message, Tone.ERROR))


def checkup_blocks(examined: Examination, findings: Sequence[Finding]) -> tuple[Block, ...]:
    """Return the page: a summary, what is wrong with its reason and commands, and what is well in one line each."""
    names = names_of(examined)
    blocks = [Block(summary(examined, findings), Tone.STRONG)]
    for kind in alike(findings):
        if kind[0].level is not Level.OK:
            blocks += [GAP, *_kind(kind, names, examined.caller)]
    blocks.append(GAP)
    fine = [finding for finding in findings if finding.level is Level.OK]
    blocks += [block for kind in alike(fine) for block in _sentences(kind, names)]
    return (*blocks, GAP, Block(last_words(examined, findings), Tone.STRONG))


def _kind(kind: Sequence[Finding], names: dict[str, str], caller: Caller) -> Iterator[Block]:
    yield from _sentences(kind, names)
    text = words(kind[0])
    yield Block(text.why, lead="  ")
    yield Block(text.source, Tone.FAINT, lead="  ")
    commands = [command for finding in shown_of(kind) for command in fixes(finding)]
    for warning in dict.fromkeys(command.interrupts for command in commands if command.interrupts):
        yield Block(warning, Tone.WARNING, lead="  ")
    for command in commands:
        if command.meanwhile:
            yield Block(command.meanwhile, Tone.WARNING, lead="  ")
        if command.is_outage:
            yield Block(NOT_NOW, Tone.ERROR, lead="  ")
        printed = command_line(command, region=caller.region, profile=caller.profile)
        yield Block(printed, Tone.STRONG, lead=f"  {prompt(command)} ")


def _sentences(kind: Sequence[Finding], names: dict[str, str]) -> Iterator[Block]:
    for finding in shown_of(kind):
        sign, _, tone = SIGNS[finding.level]
        text_tone = Tone.TEXT if finding.level is Level.OK else tone
        yield Block(sentence(finding, names), text_tone, lead=f"{sign} ", lead_tone=tone)
    if more := more_of(kind):
        yield Block(more, Tone.QUIET, lead="  ")
