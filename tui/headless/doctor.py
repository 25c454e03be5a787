"""`tunnelwatch doctor`: the findings as a page or as JSON, and the exit code for the worst of them."""

import json
from collections.abc import Callable, Sequence
from typing import Final

from tui.content.doctor.aws_command import command_line
from tui.content.doctor.fixes import NOT_NOW, fixes
from tui.content.doctor.report import report_lines
from tui.content.doctor.words import words
from tui.content.exit_codes import ExitCode
from tui.content.layout.lines import Line
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level, worst
from tui.domain.times import iso
from tui.headless.colour import plain
from tui.headless.json_documents import Json

_CODES: Final = {Level.STOP: ExitCode.CRITICAL, Level.WARNING: ExitCode.WARNING}


def exit_code(examined: Examination, findings: Sequence[Finding]) -> ExitCode:
    """Return 2 if something stops the logs, else 3 if the connections could not be looked at, else 1 for a warning,
    else 0.
    """
    level = worst(findings)
    if level is not Level.STOP and examined.inventory is None:
        return ExitCode.UNKNOWN
    return _CODES.get(level, ExitCode.OK)


def render_page(
    examined: Examination, findings: Sequence[Finding], *, columns: int = 80, render: Callable[[Line], str] = plain
) -> str:
    """Return the page as text, `columns` cells wide."""
    return "\n".join(map(render, report_lines(examined, findings, columns)))


def render_json(examined: Examination, findings: Sequence[Finding]) -> str:
    """Return the one JSON object of `doctor --json`."""
    caller = examined.caller
    document: Json = {
        "checked_at": iso(examined.at),
        "account": caller.account or None,
        "region": caller.region or None,
        "findings": [finding_document(finding, examined) for finding in findings],
    }
    return json.dumps(document)


def finding_document(finding: Finding, examined: Examination) -> Json:
    """Return one finding in the shape of `doctor --json`."""
    text, commands, caller = words(finding), fixes(finding), examined.caller
    return {
        "code": finding.code,
        "level": finding.level.value,
        "connection": finding.connection or None,
        "outside_ip": finding.outside_ip or None,
        "found": text.found,
        "why": text.why,
        "source": text.source,
        "fix": [command_line(command, region=caller.region, profile=caller.profile) for command in commands],
        "interrupts": next(
            (f"{command.interrupts} {command.meanwhile}" for command in commands if command.interrupts), None
        ),
        "not_now": NOT_NOW if any(command.is_outage for command in commands) else None,
    }
