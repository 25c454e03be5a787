"""The script that turns logs on: in order, one tunnel at a time, with commands that exist."""

import shlex
import subprocess
from dataclasses import replace

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from click.testing import CliRunner

from tests.checkups import DOWN, both, well, with_tunnels
from tests.factories import IP, OTHER_IP, VPN
from tui.cli.program import commands
from tui.content.doctor.plan import plan
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level
from tui.domain.inventory import Inventory

OFF = with_tunnels(ike_group=None, bgp_group=None)


def inventory(examined: Examination) -> Inventory:
    assert examined.inventory
    return examined.inventory


def script(examined: Examination) -> list[str]:
    return list(plan(examined, findings(examined)))


def run_lines(examined: Examination) -> list[str]:
    """The commands that would be run, without their options."""
    lines = (shlex.split(line, comments=True) for line in script(examined))
    return [" ".join(words[:3]) for words in lines if words and words[0] != "set"]


def test_each_step_waits_for_the_other_tunnel_before_it_and_for_its_own_after_it() -> None:
    examined = OFF(well())
    step = ["tunnelwatch wait --until", "aws ec2 modify-vpn-tunnel-options", "aws ec2 wait", "tunnelwatch wait --until"]
    assert run_lines(examined)[2:] == step * 2
    waits = [shlex.split(line)[-1] for line in script(examined) if line.startswith("tunnelwatch wait")]
    assert waits == [OTHER_IP, IP, IP, OTHER_IP]


def test_a_group_that_is_not_there_is_made_first_and_once() -> None:
    lines = run_lines(replace(OFF(well()), groups={}))
    assert lines[:2] == ["aws logs create-log-group", "aws logs put-retention-policy"]
    assert lines.count("aws logs create-log-group") == 1


def test_a_step_that_would_be_an_outage_comes_last_and_is_not_run() -> None:
    examined = both(with_tunnels(IP, ike_group=None), with_tunnels(OTHER_IP, telemetry=DOWN))(well())
    assert run_lines(examined) == []
    assert any("is an outage" in line for line in script(examined))
    second = replace(
        inventory(examined).connections[0],
        id="vpn-0c2d3e4f5a6b7c8d9",
        tunnels=inventory(OFF(well())).connections[0].tunnels,
    )
    more = replace(examined, inventory=Inventory((*inventory(examined).connections, second)))
    lines = script(more)
    assert lines.index(next(line for line in lines if "is an outage" in line)) > lines.index(
        next(line for line in lines if line.startswith("aws ec2 modify-vpn-tunnel-options"))
    )


def test_a_shell_reads_it() -> None:
    examined = OFF(well())
    evil = replace(inventory(examined).connections[0], name="$(touch /tmp/x)\n`id`'")
    for each in (examined, replace(examined, inventory=Inventory((evil,))), well()):
        text = "\n".join(script(each))
        assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0
        assert not any(line.startswith(("`", "$", "touch")) for line in script(each))


def test_where_every_tunnel_logs_there_is_nothing_to_run() -> None:
    assert run_lines(well()) == []
    assert "nothing to turn on" in script(well())[1]


def test_the_waiter_is_one_of_ec2s() -> None:
    waiters = Loader().load_service_model("ec2", "waiters-2")["waiters"]
    (name,) = {shlex.split(line)[3] for line in script(OFF(well())) if line.startswith("aws ec2 wait")}
    assert name in {xform_name(waiter, "-") for waiter in waiters}


def test_the_lines_of_this_program_are_understood_by_it() -> None:
    for line in script(OFF(well())):
        if line.startswith("tunnelwatch "):
            context = commands.make_context("tunnelwatch", shlex.split(line)[1:])
            name, command, rest = commands.resolve_command(context, [*context._protected_args, *context.args])
            assert name == "wait"
            assert command is not None
            command.make_context(name, rest, parent=context)


def test_the_plan_names_the_connection_for_the_reader() -> None:
    assert any(f"hq {VPN} {IP}" in line for line in script(OFF(well())))
    assert CliRunner().invoke(commands, ["doctor", "--json", "--plan"]).exit_code


@pytest.mark.parametrize("sibling", ["", "198.51.100.29 DOWN"])
def test_a_tunnel_that_is_down_already_waits_for_no_other_one(sibling: str) -> None:
    values = {"arn": "arn:aws:logs:eu-west-1:123456789012:log-group:/vpn", "group": "/vpn", "own": "DOWN"}
    step = Finding("bgp_logging_off", Level.WARNING, VPN, IP, {**values, "sibling": sibling})
    lines = [line for line in plan(well(), [step]) if line and not line.startswith("#")]
    assert [shlex.split(line)[:2] for line in lines if "aws" in line or "tunnelwatch" in line] == [
        ["aws", "ec2"],
        ["aws", "ec2"],
        ["tunnelwatch", "wait"],
    ]


def test_what_stands_in_a_comment_stays_in_it() -> None:
    values = {"arn": "a", "group": "/vpn", "own": "UP", "sibling": "203.0.113.9\ntouch evil DOWN"}
    step = Finding("bgp_logging_off", Level.WARNING, f"{VPN}\ntouch evil", f"{IP}\ntouch evil", values)
    text = "\n".join(plan(well(), [step]))
    assert not [line for line in text.splitlines() if line.startswith("touch")]
