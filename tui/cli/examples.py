"""Examples and references for the end of each command's help."""

from collections.abc import Mapping
from typing import Final

import click

_EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "tunnelwatch": (
        "tunnelwatch --profile prod --region eu-west-1",
        "tunnelwatch osaka 203.0.113.17 --since 3h",
        "tunnelwatch tail --changes 'branch-*' | tee cutover.log",
    ),
    "watch": (
        "tunnelwatch watch --profile prod --region eu-west-1 'branch-*'",
        "tunnelwatch watch --record night.jsonl.gz --tz Asia/Tokyo hq",
    ),
    "demo": ("tunnelwatch demo --scenario bgp --speed 4", "tunnelwatch demo --serve --port 4599"),
    "status": (
        "tunnelwatch status hq",
        "tunnelwatch status --json | jq -r '.connections[] | .name, .verdict'",
    ),
    "tail": (
        "tunnelwatch tail --changes --since 00:30",
        "tunnelwatch tail --json hq | jq .message",
    ),
    "wait": (
        "tunnelwatch wait --until redundant --bgp --stable 60s --timeout 15m hq",
        'tunnelwatch wait --until down 203.0.113.17 && echo "tunnel 1 is drained"',
    ),
    "accept": (
        "tunnelwatch accept --write-prefixes hq.txt hq",
        "tunnelwatch accept --prefixes hq.txt --drill hq > acceptance.md",
    ),
    "replay": (
        "tunnelwatch replay night.jsonl.gz --speed 10",
        "tunnelwatch replay night.jsonl.gz --at 02:14 --status",
        "tunnelwatch replay night.jsonl.gz --json | jq 'select(.type == \"transition\")'",
    ),
    "report": (
        "tunnelwatch report --since 2h --format html hq > report.html",
        "tunnelwatch report night.jsonl.gz --mask",
    ),
    "explain": (
        'tunnelwatch explain "No Proposal Match Found by AWS" --cgw fortigate',
        "tunnelwatch explain --json < pasted.log",
    ),
    "doctor": ("tunnelwatch doctor hq", "tunnelwatch doctor --plan > turn-logs-on.sh"),
    "policy": ("tunnelwatch policy > watch.json", "tunnelwatch policy --for causes --log-group /aws/vendedlogs/vpn"),
    "history": ("tunnelwatch history --since 30d hq", "tunnelwatch history --since 7d --json"),
    "maintenance": ("tunnelwatch maintenance --all-sites", "tunnelwatch maintenance --ics > vpn.ics"),
    "export": (
        "tunnelwatch export --listen 127.0.0.1:9109",
        "tunnelwatch export --all-sites & curl -s http://127.0.0.1:9109/metrics",
    ),
    "serve": ("tunnelwatch serve hq", "tunnelwatch serve --port 8080 --mask"),
    "config": ("tunnelwatch config --init", "tunnelwatch config --check"),
    "man": ("tunnelwatch man | man -l -", "tunnelwatch man > ~/.local/share/man/man1/tunnelwatch.1"),
}
HELP: Final = (
    "`tunnelwatch man` prints all commands on one page; the README walks through a cutover night. For a bug "
    "report, add --debug FILE."
)


def examples_of(name: str) -> tuple[str, ...]:
    """Return command lines that show what a command is for."""
    return _EXAMPLES[name]


def give_examples(group: click.Group) -> None:
    """Append the examples to the help of the program and of each command."""
    for command in (group, *group.commands.values()):
        name = "tunnelwatch" if command is group else command.name or ""
        lines = "\n".join(f"  {line}" for line in examples_of(name))
        command.epilog = f"\b\nExamples:\n{lines}\n\n{HELP}"
