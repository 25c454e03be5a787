"""The findings as a page: the worst first, each with its reason and the commands that fix it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tui.content.doctor.aws_command import Command, command_line
from tui.content.doctor.fixes import NOT_NOW, fixes
from tui.content.doctor.words import words
from tui.content.layout.blocks import GAP, Block, BlockKind
from tui.content.layout.cells import count, harmless
from tui.content.layout.tones import Tone
from tui.content.wording import ANYWHERE
from tui.domain.checkup.facts import Caller, Examination
from tui.domain.checkup.finding import Finding, Level

SIGNS: Final = {
    Level.STOP: ("✖", "stops the logs", Tone.ERROR),
    Level.WARNING: ("▲", "warning", Tone.WARNING),
    Level.UNKNOWN: ("?", "unknown", Tone.QUIET),
    Level.NOTE: ("·", "note", Tone.TEXT),
    Level.OK: ("●", "ok", Tone.GOOD),
}
_SHOWN: Final = 4
"""Maximum number of notes of one kind, and of findings of one kind that are well; JSON has all of them."""
LOOKING = (Block("Looking…", Tone.STRONG), Block("Nothing is changed: every call only reads.", Tone.QUIET))
"""The page until there are answers."""


def failure_blocks(message: str) -> tuple[Block, ...]:
    """Return the page of a checkup that failed."""
    return (Block("AWS could not be asked.", Tone.STRONG), GAP, Block(message, Tone.ERROR))


def checkup_blocks(examined: Examination, findings: Sequence[Finding]) -> tuple[Block, ...]:
    """Return the screen's page: a summary, the findings, and the counts once more."""
    return (
        Block(summary(examined, findings), Tone.STRONG),
        *finding_blocks(examined, findings),
        GAP,
        Block(closing_text(examined, findings), Tone.STRONG),
    )


def finding_blocks(examined: Examination, findings: Sequence[Finding]) -> Iterator[Block]:
    """Yield what is wrong with its reason and commands, then one line for each thing that is well."""
    names = _names_of(examined)
    for kind in _alike(findings):
        if kind[0].level is not Level.OK:
            yield GAP
            yield from _kind(kind, names, examined.caller)
    if fine := [finding for finding in findings if finding.level is Level.OK]:
        yield GAP
        for kind in _alike(fine):
            yield from _sentences(kind, names)


def summary(examined: Examination, findings: Sequence[Finding]) -> str:
    """Return one sentence: what was looked at and when, and the number of findings of each level."""
    connections = len(examined.inventory.connections) if examined.inventory else None
    subject = count(connections, "connection") if connections is not None else "connections unknown"
    return f"{ANYWHERE(examined.at)}: {_where(examined.caller)}, {subject}: {level_counts(findings)}"


def level_counts(findings: Sequence[Finding]) -> str:
    """Return the number of findings of each level."""
    levels = [finding.level for finding in findings]
    parts = [f"{levels.count(level)} {_counted(level, levels.count(level))}" for level in Level if level in levels]
    return ", ".join(parts) or "nothing found"


def closing_text(examined: Examination, findings: Sequence[Finding]) -> str:
    """Return the end of a page longer than a screen: the counts, and what the checkup does not cover."""
    counts = f"In short: {level_counts(findings)}."
    connections = examined.inventory.connections if examined.inventory else ()
    tunnels = [tunnel for connection in connections for tunnel in connection.tunnels]
    down = sum(1 for tunnel in tunnels if tunnel.telemetry is not None and not tunnel.telemetry.is_up)
    if not down:
        return counts
    verb = "is" if down == 1 else "are"
    return f"{counts} {count(down, 'tunnel')} {verb} down by EC2: `tunnelwatch status` tells why."


def _kind(kind: Sequence[Finding], names: Mapping[str, str], caller: Caller) -> Iterator[Block]:
    yield from _sentences(kind, names)
    text = words(kind[0])
    yield Block(text.why, lead="  ")
    yield Block(text.source, Tone.FAINT, lead="  ", kind=BlockKind.VERBATIM)
    commands = [command for finding in _shown_of(kind) for command in fixes(finding)]
    for warning in dict.fromkeys(command.interrupts for command in commands if command.interrupts):
        yield Block(warning, Tone.WARNING, lead="  ")
    for command in commands:
        if command.meanwhile:
            yield Block(command.meanwhile, Tone.WARNING, lead="  ")
        if command.is_outage:
            yield Block(NOT_NOW, Tone.ERROR, lead="  ")
        printed = command_line(command, region=caller.region, profile=caller.profile)
        yield Block(printed, Tone.STRONG, lead=f"  {prompt(command)} ", kind=BlockKind.VERBATIM)


def _sentences(kind: Sequence[Finding], names: Mapping[str, str]) -> Iterator[Block]:
    for finding in _shown_of(kind):
        sign, _, tone = SIGNS[finding.level]
        text_tone = Tone.TEXT if finding.level is Level.OK else tone
        yield Block(_sentence(finding, names), text_tone, lead=f"{sign} ", lead_tone=tone)
    if more := _more_of(kind):
        yield Block(more, Tone.QUIET, lead="  ")


def prompt(command: Command) -> str:
    """Return the prefix of a command; one that must not be run now is a comment to the shell."""
    return "#" if command.is_outage else "$"


def _alike(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """Yield the findings of one level and code that have one reason, in the order of the first of each."""
    kinds: dict[tuple[Level, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.level, finding.code, words(finding).why), []).append(finding)
    yield from kinds.values()


def _names_of(examined: Examination) -> dict[str, str]:
    """Return the Name tag of each connection that has one."""
    connections = examined.inventory.connections if examined.inventory else ()
    return {connection.id: connection.name for connection in connections if connection.name}


def _counted(level: Level, number: int) -> str:
    word = SIGNS[level][1]
    if level is Level.STOP:
        return "stops the logs" if number == 1 else "stop the logs"
    return f"{word}s" if number > 1 and level in (Level.WARNING, Level.NOTE) else word


def _where(caller: Caller) -> str:
    account = f"account {caller.account} in {caller.region}" if caller.account else caller.region or "the AWS account"
    return f"{account} (profile {caller.profile})" if caller.profile else account


def _shown_of(kind: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings of one kind to show: the first few of notes and of what is well, else all."""
    return kind[:_SHOWN] if kind[0].level in (Level.NOTE, Level.OK) else kind


def _more_of(kind: Sequence[Finding]) -> str:
    """Return how many more of a kind there are than are shown; empty if none."""
    left_out = len(kind) - len(_shown_of(kind))
    return f"and {left_out:,} more like these: `doctor --json` has all" if left_out else ""


def _sentence(finding: Finding, names: Mapping[str, str]) -> str:
    """Return the finding, after the name of its connection and the address of its tunnel."""
    subject = harmless(" ".join(filter(None, (names.get(finding.connection, finding.connection), finding.outside_ip))))
    text = harmless(words(finding).found)
    return f"{subject}: {text}" if subject else text[:1].upper() + text[1:]
