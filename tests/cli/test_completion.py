"""Completion in the way that real shells ask for it: commands, options, remembered selectors, devices, scenarios."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.accounts import account, options_for
from tests.conftest import Run
from tests.factories import VPN
from tests.pipes import run_to_its_end
from tui.demo.server.endpoint import serve_in_thread


def completing(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the program as a shell does to ask for completions."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        return run_to_its_end("-m", "tui")


def completions(words: str, *, last: str = "") -> list[str]:
    """Return what bash would offer after these words for the last one."""
    count = len(words.split())
    env = {"COMP_WORDS": f"{words} {last}", "COMP_CWORD": str(count), "_TUNNELWATCH_COMPLETE": "bash_complete"}
    done = completing(env)
    assert done.returncode == 0
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    done = completing({"_TUNNELWATCH_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert "_TUNNELWATCH_COMPLETE" in done.stdout


def test_commands_options_devices_and_scenarios_are_offered() -> None:
    assert {"watch", "status", "tail", "explain"} <= set(completions("tunnelwatch"))
    assert "--since" in completions("tunnelwatch status", last="--s")
    assert completions("tunnelwatch watch --cgw", last="fort") == ["fortigate"]
    assert completions("tunnelwatch demo --scenario", last="cut") == ["cutover"]


def test_selectors_are_remembered_only_where_that_is_wanted(
    tunnelwatch: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = tmp_path / "tunnelwatch" / "selectors.json"
    with serve_in_thread(account()) as endpoint:
        tunnelwatch("status", *options_for(endpoint))
        assert not kept.exists()
        done = tunnelwatch("status", "--remember-names", *options_for(endpoint))
    assert done.stderr == ""
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert VPN in completions("tunnelwatch status", last="vpn-")
    assert VPN in completions("tunnelwatch", last="vpn-")


@pytest.mark.parametrize("content", ["", "{", "3", "[1, null]", "\udcff", "[" * 100_000, '["\\ud800"]'])
def test_a_broken_cache_offers_nothing(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "tunnelwatch").mkdir()
    (tmp_path / "tunnelwatch" / "selectors.json").write_bytes(content.encode(errors="surrogateescape"))
    assert completions("tunnelwatch status", last="vpn-") == []


def test_no_name_does_anything_to_the_shell_that_it_is_offered_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "tunnelwatch").mkdir()
    kept = tmp_path / "tunnelwatch" / "selectors.json"
    hostile = ["x;touch y", "x$(id)", "x`id`", "x y", "x\ny", "x\x1b]0;z\x07", "x*", "x'", "--evil", "x\ud800"]
    kept.write_text(json.dumps([*hostile, "x-1.site/hq_東京"]))
    assert completions("tunnelwatch status", last="x") == ["x-1.site/hq_東京"]
    kept.unlink()
    os.mkfifo(kept)
    assert completions("tunnelwatch status", last="x") == []


def test_the_manual_page_tells_every_command_and_option(tunnelwatch: Run) -> None:
    page = tunnelwatch("man").stdout
    assert page.startswith(".TH TUNNELWATCH 1")
    assert r"\-\-endpoint\-url" in page
    assert ".SS tunnelwatch explain" in page
    assert not [line for line in page.splitlines() if line.startswith("'")]


def test_sites_of_the_config_file_are_offered_except_those_that_are_given(config: Path) -> None:
    config.write_text('[sites.hq]\nregion = "eu-west-1"\n[sites.osaka]\n[sites."a;b"]\n[sites.hamburg]\n')
    assert completions("tunnelwatch status --site") == ["hq", "osaka", "hamburg"]
    assert completions("tunnelwatch status --site hq --site", last="h") == ["hamburg"]


@pytest.mark.parametrize("text", ["sites = 3", "[sites", "", "\x00"])
def test_a_config_file_with_a_fault_offers_no_site(text: str, config: Path) -> None:
    config.write_text(text)
    assert completions("tunnelwatch status --site") == []
