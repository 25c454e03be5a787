"""The script that turns the logs of tunnels on: one tunnel after the other, never while the other one is down."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from tui.content.doctor.aws_command import AwsCommand, AwsWaiter, command_line
from tui.content.doctor.fixes import INTERRUPTS, create_group, is_outage, log_options, meanwhile, modify_tunnel
from tui.content.layout.cells import count, harmless
from tui.content.wording import ANYWHERE
from tui.domain.checkup.facts import Caller, Examination
from tui.domain.checkup.finding import Finding
from tui.domain.inventory import ConnectionFacts

_CODES: Final = ("logging_off", "bgp_logging_off")
"""The findings that the script fixes."""
_STABLE: Final = "60s"
_TIMEOUT: Final = "20m"


def plan(examined: Examination, findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the lines of a POSIX shell script; it ends at the first command that fails.

    A tunnel without another one that is up comes last, and its step is commented out, because it would be an outage.
    """
    steps = sorted((finding for finding in findings if finding.code in _CODES), key=is_outage)
    connections = (
        {connection.id: connection for connection in examined.inventory.connections} if examined.inventory else {}
    )
    yield "#!/bin/sh"
    if not steps:
        yield f"# {ANYWHERE(examined.at)}: every tunnel logs, as far as could be seen; there is nothing to turn on."
        return
    owners = len({step.connection for step in steps})
    scope = f"{count(len(steps), 'tunnel')} of {count(owners, 'connection')}"
    yield f"# {ANYWHERE(examined.at)}: turns on the logs of {scope}."
    yield f"# {INTERRUPTS} Read it before you run it."
    yield "set -eu"
    yield from _groups(steps, examined.caller)
    for number, step in enumerate(steps, start=1):
        yield ""
        yield from _step(step, connections.get(step.connection), examined.caller, f"{number}/{len(steps)}")


def _groups(steps: Sequence[Finding], caller: Caller) -> Iterator[str]:
    missing = dict.fromkeys(step.values["group"] for step in steps if step.values.get("create"))
    for name in missing:
        yield ""
        yield from (_line(command, caller) for command in create_group(name))


def _step(step: Finding, connection: ConnectionFacts | None, caller: Caller, number: str) -> Iterator[str]:
    name = connection.name if connection else ""
    subject = " ".join(filter(None, (name, step.connection, step.outside_ip)))
    yield harmless(f"# {number}: {subject}. {meanwhile(step)}")
    values = step.values
    comment = "# " if is_outage(step) else ""
    if comment:
        yield "# No other tunnel of the connection carries traffic, so this step is an outage. Uncomment to run it."
    elif values["sibling"].endswith(" UP"):
        yield _wait(values["sibling"].split()[0], caller)
    both = {"ike": values["arn"], "bgp": values["bgp_arn"]} if step.code == "logging_off" else {"bgp": values["arn"]}
    for line in (
        _line(modify_tunnel(step, LogOptions=log_options(**both)), caller),
        _line(AwsWaiter("ec2", "VpnConnectionAvailable", "VpnConnectionIds", step.connection), caller),
        _wait(step.outside_ip, caller),
    ):
        yield comment + (line.replace("\n", "\n# ") if comment else line)


def _line(command: AwsCommand | AwsWaiter, caller: Caller) -> str:
    return command_line(command, region=caller.region, profile=caller.profile)


def _wait(outside_ip: str, caller: Caller) -> str:
    """Return the line that waits until a tunnel carries traffic steadily."""
    words = ["tunnelwatch", "wait", "--until", "up", "--stable", _STABLE, "--timeout", _TIMEOUT]
    words += ["--region", caller.region] if caller.region else []
    words += ["--profile", caller.profile] if caller.profile else []
    return shlex.join([*words, "--", outside_ip])
