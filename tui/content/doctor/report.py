"""The findings as a page: the worst first, each with its reason and the commands that mend it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tui.content.cells import count, harmless, wrap
from tui.content.doctor.aws_command import Command, command_line
from tui.content.doctor.fixes import NOT_NOW, fixes
from tui.content.doctor.words import words
from tui.content.lines import EMPTY, Line, Span, line
from tui.content.tones import Tone
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
_INDENT: Final = "  "
_SHOWN: Final = 4
"""Notes of one kind that are shown, and findings of one kind where all is well; JSON has them all."""


def summary(examined: Examination, findings: Sequence[Finding]) -> str:
    """Return one sentence: when and what was looked at, and how many findings of each level there are."""
    connections = len(examined.inventory.connections) if examined.inventory else None
    what = count(connections, "connection") if connections is not None else "connections unknown"
    return f"{ANYWHERE(examined.at)}: {_where(examined.caller)}, {what}: {_counts(findings)}"


def _counts(findings: Sequence[Finding]) -> str:
    levels = [finding.level for finding in findings]
    parts = [f"{levels.count(level)} {_counted(level, levels.count(level))}" for level in Level if level in levels]
    return ", ".join(parts) or "nothing found"


def report_lines(examined: Examination, findings: Sequence[Finding], columns: int) -> Iterator[Line]:
    """Yield the page, `columns` cells wide. Commands are not wrapped: they are there to be pasted."""
    names = names_of(examined)
    yield from map(line, wrap(harmless(summary(examined, findings)), columns))
    for kind in alike(findings):
        if kind[0].level is not Level.OK:
            yield EMPTY
            yield from _whole(kind, names, examined.caller, columns)
    if fine := [finding for finding in findings if finding.level is Level.OK]:
        yield EMPTY
        for kind in alike(fine):
            yield from _folded(kind, names, columns)
    yield EMPTY
    yield from map(line, wrap(harmless(last_words(examined, findings)), columns))


def last_words(examined: Examination, findings: Sequence[Finding]) -> str:
    """Return what stands at the end of a page that is longer than a screen: the counts, and what it is not about."""
    counts = f"In short: {_counts(findings)}."
    connections = examined.inventory.connections if examined.inventory else ()
    tunnels = [tunnel for connection in connections for tunnel in connection.tunnels]
    down = sum(1 for tunnel in tunnels if tunnel.telemetry is not None and not tunnel.telemetry.is_up)
    if not down:
        return counts
    verb = "is" if down == 1 else "are"
    return f"{counts} {count(down, 'tunnel')} {verb} down by EC2: `tunnelwatch status` tells why."


def alike(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """Yield the findings of one level and code that have one reason, in the order of the first of each."""
    kinds: dict[tuple[Level, str, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.level, finding.code, words(finding).why), []).append(finding)
    yield from kinds.values()


def names_of(examined: Examination) -> dict[str, str]:
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


def _whole(kind: Sequence[Finding], names: Mapping[str, str], caller: Caller, columns: int) -> Iterator[Line]:
    """Yield findings of one kind, then their reason and the commands that mend them."""
    yield from _folded(kind, names, columns)
    text = words(kind[0])
    yield from _indented(text.why, columns, Tone.TEXT)
    yield line(Span(f"{_INDENT}{text.source}", Tone.FAINT))
    commands = [command for finding in shown_of(kind) for command in fixes(finding)]
    for warning in dict.fromkeys(command.interrupts for command in commands if command.interrupts):
        yield from _indented(warning, columns, Tone.WARNING)
    for command in commands:
        if command.meanwhile:
            yield from _indented(command.meanwhile, columns, Tone.WARNING)
        if command.is_outage:
            yield from _indented(NOT_NOW, columns, Tone.ERROR)
        printed = command_line(command, region=caller.region, profile=caller.profile)
        yield line(Span(f"{_INDENT}{prompt(command)} ", Tone.FAINT), Span(harmless(printed), Tone.STRONG))


def prompt(command: Command) -> str:
    """Return what stands before a command; what must not be run now is a comment to the shell."""
    return "#" if command.is_outage else "$"


def _folded(kind: Sequence[Finding], names: Mapping[str, str], columns: int) -> Iterator[Line]:
    for finding in shown_of(kind):
        yield from _first_lines(finding, names, columns)
    if more := more_of(kind):
        yield line(Span(f"{_INDENT}{more}", Tone.QUIET))


def shown_of(kind: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings of one kind that are shown: the first few of notes and of what is well, else all of them."""
    return kind[:_SHOWN] if kind[0].level in (Level.NOTE, Level.OK) else kind


def more_of(kind: Sequence[Finding]) -> str:
    """Return how many more of a kind there are than are shown; nothing where there are no more."""
    left_out = len(kind) - len(shown_of(kind))
    return f"and {left_out:,} more like these: `doctor --json` has all" if left_out else ""


def sentence(finding: Finding, names: Mapping[str, str]) -> str:
    """Return what was found, after the name of the connection and the address of the tunnel that it concerns."""
    subject = harmless(" ".join(filter(None, (names.get(finding.connection, finding.connection), finding.outside_ip))))
    text = harmless(words(finding).found)
    return f"{subject}: {text}" if subject else text[:1].upper() + text[1:]


def _first_lines(finding: Finding, names: Mapping[str, str], columns: int) -> Iterator[Line]:
    sign, _, tone = SIGNS[finding.level]
    text_tone = Tone.TEXT if finding.level is Level.OK else tone
    first, *others = wrap(sentence(finding, names), columns - len(_INDENT))
    yield line(Span(f"{sign} ", tone), Span(first, text_tone))
    yield from (line(Span(f"{_INDENT}{part}", text_tone)) for part in others)


def _indented(text: str, columns: int, tone: Tone) -> Iterator[Line]:
    yield from (line(Span(f"{_INDENT}{part}", tone)) for part in wrap(harmless(text), columns - len(_INDENT)))
