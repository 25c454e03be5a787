"""Every command in the README is run against the demo's endpoint, so that no new one can be forgotten."""

import re
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.feed.recording.nights import night, written
from tests.pipes import run_piped
from tests.terminal.pseudo import PATIENCE, Pseudo

README = Path(__file__).parents[2] / "README.md"
ADDRESS = re.compile(rb"\d+\.\d+\.\d+\.\d+")
OTHERS = {"python3", ".", "aws", "eval", ".venv/bin/pip", ".venv/bin/pytest"}
"""Programs that are not ours; `.ci/run` installs and tests from scratch, as they do in the README."""
OURS = {"tunnelwatch", ".venv/bin/tunnelwatch"}


def shown() -> list[list[str]]:
    """Return the commands in the README's shell blocks, as words, without what follows a pipe or a redirection."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    script = shlex.shlex(";\n".join(_joined(lines)), posix=True, punctuation_chars=True)
    script.whitespace_split = True
    commands: list[list[str]] = [[]]
    is_piped = False
    for word in script:
        if word in (";", "&&", "|", ">"):
            commands.append([])
            is_piped = word in ("|", ">")
        elif not is_piped:
            commands[-1].append(word)
    return [command for command in commands if command]


def _joined(lines: list[str]) -> Iterator[str]:
    """Yield lines without their comments; a quote that stays open continues on the next line."""
    whole = ""
    for line in lines:
        whole += line
        try:
            yield (
                shlex.join(shlex.split(whole, comments=True))
                .replace("'|'", "|")
                .replace("'&&'", "&&")
                .replace("'>'", ">")
            )
        except ValueError:
            continue
        whole = ""


COMMANDS = [command[1:] for command in shown() if command[0] in OURS]


def expected(arguments: list[str]) -> re.Pattern[bytes]:
    """Return what such a command prints: the address of a tunnel, or what it was asked for instead."""
    if "--serve" in arguments:
        return re.compile(rb"AWS_ENDPOINT_URL=\S+")
    if arguments[-2:] == ["--faults", "help"]:
        return re.compile(rb"live\.reset")
    if "--plan" in arguments:
        return re.compile(rb"nothing to turn on")
    return _SHOWS.get(arguments[0] if arguments else "", ADDRESS)


_SHOWS = {
    "policy": re.compile(rb'"Action"'),
    "explain": re.compile(rb"PFS|proposal"),
    "config": re.compile(rb"written; nothing"),
    "man": re.compile(rb"[.]TH"),
    "serve": re.compile(rb"Reading along: http://127\.0\.0\.1"),
    "history": re.compile(rb"Logs Insights scanned"),
    "export": re.compile(rb"Metrics at"),
    "maintenance": re.compile(rb"maintenance is pending for 0 of"),
    "wait": re.compile(rb'reached after|"reached": true'),
    "accept": re.compile(rb"hq.txt: 4 prefixes|\*\*Accepted"),
}


def lasts(arguments: list[str]) -> bool:
    """Whether such a command runs until it is stopped."""
    over = {"policy", "status", "report", "history", "explain", "help", "doctor", "maintenance", "config", "man"}
    over |= {"wait", "accept"}
    is_print = arguments[:1] == ["replay"] and {"--json", "--status"} & {*arguments}
    return not (over & {*arguments} or is_print)


def for_the_demo(arguments: list[str], group: str, folder: Path) -> list[str]:
    """Return the same command with a free port, a log group that the demo has, and its files in `folder`."""
    expected = folder / "expected.txt"
    expected.write_text("[hq]\n10.10.0.0/16\n10.11.0.0/16\n10.12.8.0/21\n172.20.0.0/16\n")
    night_file = written(folder / "night.jsonl.gz", night(20))
    arguments = [str(night_file) if word == night_file.name else word for word in arguments]
    replaced = {
        "--port": "0",
        "--log-group": group,
        "--listen": "127.0.0.1:0",
        "--write-prefixes": str(folder / "hq.txt"),
        "--prefixes": str(expected),
    }
    return [replaced.get(before, word) for before, word in zip(["", *arguments], arguments, strict=False)]


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    """The environment that `demo --serve` prints for other clients, while it runs."""
    with run_piped("-m", "tui", "demo", "--serve") as demo:
        env: dict[str, str] = {}
        for line in demo.stdout:
            env |= dict(word.split("=", 1) for word in shlex.split(line, comments=True) if "=" in word)
            if line.startswith("# Log groups: "):
                env["LOG_GROUP"] = line.split()[3]
                break
        yield env
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(PATIENCE) == 0


def test_the_readme_shows_no_other_programs() -> None:
    assert {command[0] for command in shown()} <= OURS | OTHERS
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_of_the_readme_shows_what_it_says(
    arguments: list[str], served: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile prod]\naws_access_key_id = prod\naws_secret_access_key = prod\n")
    ours = tmp_path / "ours.toml"
    table = '[sites.{name}]\nregion = "{region}"\nselectors = ["{name}"]\n'
    ours.write_text("".join(table.format(name=name, region=served["AWS_REGION"]) for name in ("hq", "osaka")))
    env = {**served, "AWS_CONFIG_FILE": str(config), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    if arguments[:1] != ["config"]:
        env["TUNNELWATCH_CONFIG"] = str(ours)
    wanted = expected(arguments)
    command = for_the_demo(arguments, served["LOG_GROUP"], tmp_path)
    with Pseudo("-m", "tui", *command, columns=120, rows=40, env=env) as terminal:
        terminal.wait_for(lambda: wanted.search(terminal.sent) is not None)
        if lasts(arguments):
            terminal.press("\x03")
        assert terminal.finish() in (0, 1, 2)
        assert b"internal error" not in terminal.sent
        assert terminal.is_restored()


def test_another_client_reads_the_served_demo_with_what_it_prints(
    served: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    logs: Any = boto3.client("logs")
    ec2: Any = boto3.client("ec2")
    assert logs.filter_log_events(logGroupName=served["LOG_GROUP"])["events"]
    assert len(ec2.describe_vpn_connections()["VpnConnections"]) == 2
    logs.close()
    ec2.close()
