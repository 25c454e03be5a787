"""Commands to paste; those of the AWS CLI are built from the API's service model."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_WORD_ENDS: Final = re.compile(r"(.)([A-Z][a-z]+)")
_CAPITAL_ENDS: Final = re.compile(r"([a-z0-9])([A-Z])")

Parameter = str | int | bool | list[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AwsCommand:
    """One call, in the names of the service model: `ec2`, `ModifyVpnTunnelOptions`, `{"VpnConnectionId": …}`.

    `interrupts` is a sentence about the traffic that the call interrupts, empty if none; `meanwhile` says what carries
    the traffic then.
    """

    service: str
    operation: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    interrupts: str = ""
    meanwhile: str = ""
    is_outage: bool = False
    """Whether it interrupts the connection's only traffic, so that it must not be run now."""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """A command of another program, word by word. It interrupts nothing."""

    words: tuple[str, ...]
    interrupts: str = ""
    meanwhile: str = ""
    is_outage: bool = False


@dataclass(frozen=True, slots=True)
class AwsWaiter:
    """A waiter of the AWS CLI, by its name in the service's model, for the one resource that `parameter` names."""

    service: str
    waiter: str
    parameter: str
    resource: str
    interrupts: str = ""
    meanwhile: str = ""
    is_outage: bool = False


Command = AwsCommand | AwsWaiter | ShellCommand


def command_line(command: Command, *, region: str = "", profile: str = "") -> str:
    """Return the command for a POSIX shell, with words quoted as needed.

    A structure is printed as JSON, a boolean as the flag or its `no-` form, as the AWS CLI takes them.
    """
    if isinstance(command, ShellCommand):
        return shlex.join(command.words)
    if isinstance(command, AwsWaiter):
        words = ["aws", command.service, "wait", option_name(command.waiter)]
        words += [f"--{option_name(command.parameter)}", command.resource]
    else:
        words = ["aws", command.service, option_name(command.operation)]
        for name, value in command.parameters.items():
            words += _option(name, value)
    words += ["--region", region] if region else []
    words += ["--profile", profile] if profile else []
    return shlex.join(words)


def option_name(name: str) -> str:
    """Return a name of the service model in the AWS CLI's spelling: `ModifyVpnTunnelOptions`, `modify-vpn-…`."""
    name = _WORD_ENDS.sub(r"\1-\2", name)
    return _CAPITAL_ENDS.sub(r"\1-\2", name).lower()


def _option(name: str, value: Parameter) -> list[str]:
    option = option_name(name)
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    if isinstance(value, str | int):
        return [f"--{option}", str(value)]
    return [f"--{option}", json.dumps(value, separators=(",", ":"))]
