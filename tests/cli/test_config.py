"""Options for every run: the command line takes precedence over the variable, and that over the file."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.factories import VPN
from tests.terminal.pseudo import Pseudo
from tui.cli.config_file import ConfigError, read_config
from tui.cli.config_template import template
from tui.cli.program import commands
from tui.cli.settings import settings
from tui.demo.server.endpoint import serve_in_thread

watch = commands.commands["watch"]


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ('since = "2h"\nsinse = "3h"', 2, "`sinse` is unknown; did you mean `since`?"),
        ('# a comment\n\nsource = "guess"', 3, "`source` 'guess' is not one of"),
        ("utc = 3", 1, "`utc` must be true or false."),
        ('log_groups = "one"', 1, "`log_groups` must be a list of texts."),
        ("region = []", 1, "`region` must be one value."),
        ("\nprofile = 1979-05-27", 2, "`profile` must be a text in quotes."),
        ('\nsince = "foo"', 2, "`since` 'foo' is not a look-back: write 30m"),
        ("since = 5", 1, "`since` '5' is not a look-back"),
        ('endpoint_url = "somewhere"', 1, "`endpoint_url` 'somewhere' is not a URL"),
        ('endpoint_url = "user:password@host"', 1, "`endpoint_url` '…@host' is not a URL"),
        ('utc = true\n[devices]\nhq = "toaster"', 3, "`hq` 'toaster' is unknown; known are"),
        ('[names]\n"vpn-1" = "a"\n"vpn-2" = 7', 3, "`vpn-2` must be a text."),
        ("names = 3", 1, "`names` must be a table."),
        ('since = "1h"\nregion = eu', 2, "not TOML"),
        ("[elsewhere]\na = 1", 1, "`elsewhere` is not known."),
        ('"\\u001b]0;x\\u0007" = 1', 1, "`]0;x` is not known."),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_line(
    text: str, line: int, fault: str, config: Path, tunnelwatch: Run
) -> None:
    config.write_text(text)
    with pytest.raises(ConfigError) as wrong:
        read_config(config, settings(watch))
    assert wrong.value.message.startswith(f"{config}:{line}: {fault}")
    done = tunnelwatch("status")
    assert (done.returncode, done.stderr) == (3, f"tunnelwatch: {wrong.value.message}\n")


def test_a_home_that_is_no_folder_holds_no_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)
    assert read_config(None, settings(watch)).options == {}


@pytest.mark.parametrize("text", [f"since = {'9' * 5_000}", f"a = {'[' * 50_000}"])
def test_what_no_parser_takes_is_one_line(text: str, config: Path, tunnelwatch: Run) -> None:
    config.write_text(text)
    done = tunnelwatch("status")
    assert (done.returncode, done.stderr) == (3, f"tunnelwatch: {config}: not valid TOML.\n")


def test_what_is_no_file_is_not_waited_for(config: Path, tunnelwatch: Run) -> None:
    os.mkfifo(config)
    done = tunnelwatch("status")
    assert (done.returncode, done.stderr) == (3, f"tunnelwatch: {config}: it is not a file.\n")


def test_a_file_that_is_named_must_be_there(tmp_path: Path, tunnelwatch: Run) -> None:
    missing = tmp_path / "none.toml"
    done = tunnelwatch("status", "--config", str(missing))
    assert (done.returncode, done.stderr) == (3, f"tunnelwatch: {missing}: No such file or directory.\n")


def test_option_comes_before_variable_before_file(
    config: Path, tunnelwatch: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_in_thread(account()) as endpoint:
        where = options_for(endpoint)
        config.write_text('selectors = ["no-such-name"]')
        assert tunnelwatch("status", *where).returncode == 3
        assert tunnelwatch("status", *where, VPN).returncode == 1

        config.write_text('since = "1h"')
        monkeypatch.setenv("TUNNELWATCH_SINCE", "never")
        assert "never" in tunnelwatch("status", *where).stderr
        assert tunnelwatch("status", *where, "--since", "1h").returncode == 1


def test_a_connection_has_the_name_that_the_file_gives_it_and_is_selected_by_it(config: Path, tunnelwatch: Run) -> None:
    config.write_text(f'[names]\n"{VPN}" = "Headquarters"')
    with serve_in_thread(account()) as endpoint:
        done = tunnelwatch("status", "--json", *options_for(endpoint), "headquarters")
    assert [connection["name"] for connection in json.loads(done.stdout)["connections"]] == ["Headquarters"]


def test_the_template_names_every_option_and_changes_nothing(config: Path, tunnelwatch: Run) -> None:
    printed = tunnelwatch("config", "--print").stdout
    assert printed == template(settings(watch))
    config.write_text(printed)
    assert not read_config(config, settings(watch)).options
    assert tunnelwatch("config", "--check").stdout.startswith(f"{config}: nothing is wrong.")
    assert {"# since = ", "# log_groups = ", "# ascii = ", "# Variable: TUNNELWATCH_NO_MOUSE"} <= {
        line[: line.find("=") + 2] if "=" in line else line for line in printed.splitlines()
    }


def test_a_template_is_written_once_and_nothing_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tunnelwatch: Run
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "new"))
    path = tmp_path / "new" / "tunnelwatch" / "config.toml"
    assert tunnelwatch("config", "--init").returncode == 0
    assert path.read_text() == template(settings(watch))
    path.write_text("utc = true")
    done = tunnelwatch("config", "--init")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert path.read_text() == "utc = true"


def test_a_zone_that_there_is_not_is_one_clear_line(tunnelwatch: Run) -> None:
    done = tunnelwatch("status", "--tz", "Mars/Olympus")
    assert done.returncode == 3
    assert "'Mars/Olympus' is not a time zone" in done.stderr


def test_a_second_zone_that_there_is_not_is_one_clear_line_too(tunnelwatch: Run) -> None:
    done = tunnelwatch("status", "--tz", "local,Asia/Tokio")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert "'Asia/Tokio' is not a time zone" in done.stderr


def test_the_file_may_name_our_zone_and_the_customers(config: Path) -> None:
    config.write_text('tz = "Europe/Berlin,Asia/Tokyo"\n')
    environment = {"XDG_CONFIG_HOME": str(config.parents[1])}
    with Pseudo("-m", "tui", "demo", columns=110, env=environment) as terminal:
        terminal.wait_for(lambda: re.search(r"\d CES?T · \d\d:\d\d (\w{3} )?Tokyo", terminal.text) is not None)


def test_tail_prints_times_in_the_zone_that_is_asked_for(tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as endpoint:
        done = tunnelwatch("tail", "--no-follow", "--tz", "Asia/Tokyo", *options_for(endpoint))
    assert "JST" in done.stdout


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('fly = "x"', "`fly` is not a command; the commands are"),
        ('copy = "ctrl+"', "`copy` 'ctrl+' is not a key"),
        ('copy = "j"', "`copy` 'j' is reserved"),
        ('copy = "p"', "`copy` 'p' is also the key of pause."),
        ('now = "Y"', "`now` 'Y' is also the key of copy_page."),
    ],
)
def test_a_key_that_cannot_be_chosen_is_one_line_with_file_and_line(
    line: str, fault: str, config: Path, tunnelwatch: Run
) -> None:
    config.write_text(f"[keys]\n{line}")
    done = tunnelwatch("config", "--check")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert f"{config}:2: {fault}" in done.stderr
    with Pseudo("-m", "tui", "demo") as terminal:
        assert terminal.finish() == 3
        assert fault.encode() in terminal.sent


def test_other_keys_do_what_they_say_and_stand_in_the_help(config: Path) -> None:
    config.write_text('[keys]\ntimeline = "f5"\nhelp = "!"\nproblems = "x"\nlast_15_min = "m"')
    with Pseudo("-m", "tui", "demo", columns=120, rows=40) as terminal:
        terminal.wait_for(lambda: b"redundant" in terminal.sent)
        terminal.press("!")
        terminal.wait_for("f5            Show the states over time")
        terminal.press("q")
        terminal.press("\x1b[15~")
        terminal.wait_for(lambda: b"carrying" in terminal.sent)
        terminal.press("m")
        terminal.wait_for("Timeline  15m")
        terminal.press("\x03")
        assert terminal.finish() == 0
