"""`doctor` as a process: its page, its JSON, its exit codes, and that it changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.accounts import GROUP, account, options_for
from tests.checkups import WRONG, well
from tests.conftest import Run
from tests.factories import IP, OTHER_IP, VPN
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.domain.checkup.checkup import findings
from tui.headless.doctor import exit_code, render_json


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with serve_in_thread(account(), update_every=0.1) as endpoint:
        yield endpoint


def test_the_page_names_the_fault_and_the_command_that_mends_it(served: Endpoint, tunnelwatch: Run) -> None:
    served.store.groups[GROUP].log_class = "DELIVERY"
    done = tunnelwatch("doctor", *options_for(served))
    assert done.stderr == ""
    assert f"hq {OTHER_IP}: logging is on, but {GROUP} has no IKE stream of it" in " ".join(done.stdout.split())
    assert f"aws logs put-retention-policy --log-group-name {GROUP} --retention-in-days" in done.stdout
    assert done.returncode == 2


def test_the_json_has_what_scripts_rely_on(served: Endpoint, tunnelwatch: Run) -> None:
    done = tunnelwatch("doctor", "--json", "hq", *options_for(served))
    document = json.loads(done.stdout)
    assert document.keys() == {"checked_at", "account", "region", "findings"}
    assert (document["account"], document["region"]) == ("123456789012", "eu-west-1")
    fields = {"code", "level", "connection", "outside_ip", "found", "why", "source", "fix", "interrupts", "not_now"}
    assert all(finding.keys() == fields for finding in document["findings"])
    (missing,) = (finding for finding in document["findings"] if finding["code"] == "stream_never_began")
    assert (missing["level"], missing["connection"], missing["outside_ip"]) == ("warning", VPN, OTHER_IP)
    (arrives,) = (finding for finding in document["findings"] if finding["code"] == "log_arrives")
    assert (arrives["outside_ip"], arrives["fix"], arrives["interrupts"]) == (IP, [], None)


def test_it_asks_and_changes_nothing(served: Endpoint, tunnelwatch: Run) -> None:
    tunnelwatch("doctor", *options_for(served))
    reading = ("Describe", "Filter", "Get", "List", "Lookup", "Search", "StartLiveTail", "SimulatePrincipalPolicy")
    trial = ("StartQuery", "StopQuery")  # over no time
    assert served.calls
    assert all(action.startswith((*reading, *trial)) for action in served.calls)


def test_a_command_that_interrupts_says_so_in_json() -> None:
    examined = WRONG["bgp_logging_off"](well())
    (finding,) = (
        each for each in json.loads(render_json(examined, findings(examined)))["findings"] if each["level"] == "warning"
    )
    assert finding["fix"][0].startswith("aws ec2 modify-vpn-tunnel-options ")
    assert finding["fix"][0].endswith(" --region eu-west-1 --profile prod")
    assert "several minutes" in finding["interrupts"]


@pytest.mark.parametrize(
    ("code", "expected"), [(None, 0), ("retention_endless", 0), ("bgp_logging_off", 1), ("logging_off", 2)]
)
def test_the_exit_code_is_that_of_the_worst_finding(code: str | None, expected: int) -> None:
    examined = WRONG[code](well()) if code else well()
    assert exit_code(examined, findings(examined)) == expected


def test_where_the_connections_may_not_be_looked_at_it_could_not_look(served: Endpoint, tunnelwatch: Run) -> None:
    served.faults = Faults(action_denied="ec2:*")
    assert tunnelwatch("doctor", *options_for(served)).returncode == 3


def test_without_access_it_is_one_clear_line(served: Endpoint, tunnelwatch: Run) -> None:
    served.faults = Faults(auth_expired=1.0)
    done = tunnelwatch("doctor", *options_for(served))
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_each_site_is_looked_at_by_itself(served: Endpoint, tunnelwatch: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    site = f'region = "eu-west-1"\nendpoint_url = "{served.url}"\n'
    config.write_text(f'[sites.one]\n{site}\n[sites.gone]\nprofile = "nobody"\n{site}')
    done = tunnelwatch("doctor", "--json", "--config", str(config), "--all-sites")
    document = json.loads(done.stdout)
    page = tunnelwatch("doctor", "--config", str(config), "--all-sites")
    assert {finding["site"] for finding in document["findings"]} == {"one"}
    assert (document["sites"]["one"]["account"], document["sites"]["one"]["reason"]) == ("123456789012", None)
    assert "The profile nobody was not found" in document["sites"]["gone"]["reason"]
    assert (done.returncode, page.returncode, page.stderr) == (3, 3, "")
    assert "== one ==" in page.stdout
    assert f"hq {IP}: its IKE log arrives" in page.stdout
    assert page.stdout.partition("== gone ==")[2].strip().startswith("The profile nobody was not found")


def test_a_plan_is_of_one_site(served: Endpoint, tunnelwatch: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    site = f'region = "eu-west-1"\nendpoint_url = "{served.url}"\nselectors = ["hq"]\n'
    config.write_text(f'[sites.one]\n{site}log_groups = ["{GROUP}"]\n[sites.two]\n{site}')
    done = tunnelwatch("doctor", "--plan", "--config", str(config), "--all-sites")
    assert (done.returncode, done.stdout) == (3, "")
    assert "--site one or --site two" in done.stderr
    assert tunnelwatch("doctor", "--plan", "--config", str(config), "--site", "two").stdout.startswith("#!/bin/sh")


def test_connections_have_the_names_that_the_config_file_gives_them(
    served: Endpoint, tunnelwatch: Run, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[names]\n{VPN} = "our headquarters"\n')
    done = tunnelwatch("doctor", "--config", str(config), "our headquarters", *options_for(served))
    assert f"our headquarters {IP}: its IKE log arrives" in done.stdout
