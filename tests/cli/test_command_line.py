"""The command line keeps its contract: commands, exit codes, one clear line for each mistake."""

import json
import shlex
import subprocess
import sys
from importlib.metadata import version

import click
import pytest

from tests.conftest import Run
from tests.factories import ike_line
from tests.pipes import run_piped
from tests.terminal.pseudo import Pseudo
from tui import __version__
from tui.app.commands import COMMANDS
from tui.cli.default_command import KEYS
from tui.cli.examples import HELP
from tui.cli.manual import manual
from tui.cli.program import commands
from tui.domain.knowledge.devices import vendors


def test_explain_knows_a_message_and_heeds_the_states_of_a_whole_line(tunnelwatch: Run) -> None:
    delete = "AWS tunnel received DELETE for Phase 2 SA with SPI: 0xaaaaaaaa"
    done = tunnelwatch("explain", "--json", ike_line(delete, "EE"), ike_line(delete, "ED"), "what is this")
    routine, trouble, unknown = map(json.loads, done.stdout.splitlines())
    assert (routine["rule"], routine["severity"]) == ("delete_phase2_received", "ok")
    assert trouble["severity"] in ("warning", "error")
    assert (unknown["message"], unknown["rule"]) == ("what is this", None)
    assert done.returncode == 0


def test_explain_reads_stdin_and_survives_what_is_in_it(tunnelwatch: Run) -> None:
    done = tunnelwatch(
        "explain",
        "--json",
        input="Peer is not responsive - Declaring peer dead\n\n\udc9b[31m\x1b[2J\n",
        errors="surrogateescape",
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["rule"] for line in lines] == ["dpd_peer_dead", None]
    assert done.returncode == 0


@pytest.mark.parametrize(("message", "code"), [("no such words here at all", 1), ("dpd", 0), ("DPD timed out", 0)])
def test_explain_ends_with_1_where_nothing_was_known(message: str, code: int, tunnelwatch: Run) -> None:
    assert tunnelwatch("explain", message).returncode == code
    assert tunnelwatch("explain", "--json", input=f"{message}\n").returncode == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["status", "--nonsense"],
        ["status", "--since", "yesterday"],
        ["status", "--source", "guess"],
        ["demo", "--scenario", "nowhere"],
        ["demo", "--faults", "bogus=1"],
        ["status", "--profile", "nobody"],
        ["status", "--endpoint-url", "somewhere"],
        ["stauts"],
        ["tail", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"],
        ["status"],
        ["tail", "--no-follow", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"],
    ],
)
def test_bad_usage_and_no_access_are_one_clear_line_and_code_3(arguments: list[str], tunnelwatch: Run) -> None:
    done = tunnelwatch(*arguments)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("tunnelwatch: ")


@pytest.mark.parametrize(
    ("typed", "command", "rest"),
    [
        ([], "watch", []),
        (["hq"], "watch", ["hq"]),
        (["status-hq"], "watch", ["status-hq"]),
        (["watch", "stauts"], "watch", ["stauts"]),
        (["--region", "eu-west-1"], "watch", ["--region", "eu-west-1"]),
        (["--region", "status"], "watch", ["--region", "status"]),
        (["--region", "eu-west-1", "status", "hq"], "status", ["--region", "eu-west-1", "hq"]),
        (["status", "watch"], "status", ["watch"]),
        (["--", "status"], "watch", ["--", "status"]),
        (["--region", "--", "status"], "status", ["--region", "--"]),
    ],
)
def test_the_command_may_be_left_out_or_stand_behind_options(typed: list[str], command: str, rest: list[str]) -> None:
    context = commands.make_context("tunnelwatch", typed)
    assert [*context._protected_args, *context.args] == [command, *rest]


def test_a_closed_pipe_ends_quietly() -> None:
    with run_piped("-m", "tui", "explain", "--json") as explain:
        explain.stdout.close()
        explain.stdin.write("Peer is not responsive - Declaring peer dead\n" * 3)
        explain.stdin.close()
        assert explain.stderr.read() == ""
        assert explain.process.wait(20) == 0


def test_a_closed_stdin_is_an_empty_one() -> None:
    explain = subprocess.run(["sh", "-c", '"$0" -m tui explain <&-', sys.executable], capture_output=True, text=True)
    assert (explain.returncode, explain.stdout, explain.stderr) == (1, "", "")


@pytest.mark.parametrize("word", ["--version", "-V", "version"])
def test_the_version_is_told(word: str, tunnelwatch: Run) -> None:
    assert tunnelwatch(word).stdout.startswith(f"tunnelwatch {__version__}\nPython ")


def test_the_version_tells_of_libraries_and_terminal_what_a_fault_report_needs() -> None:
    with Pseudo("-m", "tui", "--version", columns=90, rows=30) as terminal:
        assert terminal.finish() == 0
        assert f"textual {version('textual')}, aiobotocore {version('aiobotocore')}" in terminal.text
        assert "terminal xterm-256color, 90×30, 16777216 colours, UTF-8" in terminal.text


@pytest.mark.parametrize("name", commands.commands)
def test_every_help_has_two_examples_that_its_options_allow_and_says_where_more_is_found(
    name: str,
) -> None:
    command = commands.commands[name]
    text, page = command.get_help(click.Context(command, info_name=name)), manual(commands)
    examples = [line.strip() for line in text.splitlines() if line.startswith(f"    tunnelwatch {name}")]
    assert len(examples) >= 2
    assert HELP.split(";")[0] in " ".join(text.split())
    taken = [*command.params, *(commands.commands["watch"].params if name == "serve" else ())]
    known = {option for parameter in taken for option in parameter.opts}
    for example in examples:
        words = shlex.split(example.split("|")[0].split("&")[0].split(">")[0].split("<")[0])
        assert {word for word in words if word.startswith("--")} <= known
        assert example.replace("\\", "\\e").replace("-", "\\-") in page


@pytest.mark.parametrize("words", [["--help"], ["help"]])
def test_the_help_of_the_program_names_every_command_the_options_of_watching_and_examples(
    words: list[str], tunnelwatch: Run
) -> None:
    text = tunnelwatch(*words).stdout
    assert all(f"  {name} " in text for name in commands.commands)
    assert all(option in text for option in ("--profile TEXT", "--region TEXT", "--since SPAN|TIME", "--tz ZONE"))
    assert "tunnelwatch --profile prod --region eu-west-1" in text
    assert "..." not in text.partition("Commands:")[2]  # no description is cut


@pytest.mark.parametrize("words", [["mark", "--help"], ["note"], ["--region", "eu-west-1", "timeline"]])
def test_a_word_for_what_a_key_does_is_one_line_that_names_the_key(words: list[str], tunnelwatch: Run) -> None:
    done = tunnelwatch(*words)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "on the screen, the key `" in done.stderr


def test_the_keys_that_are_named_are_those_of_the_screen() -> None:
    labels = {command.key_label for command in COMMANDS}
    assert {*KEYS.values()} <= labels
    by_action = {command.action: command.key_label for command in COMMANDS}
    assert (KEYS["mark"], KEYS["timeline"], KEYS["news"]) == tuple(
        map(by_action.get, ("mark", "timeline", "everywhere"))
    )


def test_help_asks_for_the_help_of_the_command_behind_it(tunnelwatch: Run) -> None:
    assert tunnelwatch("help", "status").stdout == tunnelwatch("status", "--help").stdout


@pytest.mark.parametrize("command", ["watch", "demo", "explain"])
def test_the_help_lists_every_device_that_is_known(command: str, tunnelwatch: Run) -> None:
    text = " ".join(tunnelwatch(command, "--help").stdout.split())
    assert ", ".join(vendors()) in text


def test_a_time_without_a_zone_is_said_to_be_utc(tunnelwatch: Run) -> None:
    assert "in UTC unless it has a zone" in " ".join(tunnelwatch("status", "--help").stdout.split())


def test_a_terminal_without_unicode_gets_what_it_can_show(tunnelwatch: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = tunnelwatch("explain", "a message – with 東 that latin-1 lacks")
    assert (done.returncode, done.stderr) == (1, "")  # no such message is known
    assert "a message - with \\u6771 that latin-1 lacks" in done.stdout


@pytest.mark.parametrize(
    ("command", "fault"), [("'echo", "cannot be read as a command: No closing quotation"), ("", "a command is missing")]
)
def test_a_command_for_changes_that_is_none_is_refused(tunnelwatch: Run, command: str, fault: str) -> None:
    done = tunnelwatch("tail", "--on-change", command)
    assert done.returncode == 3
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
