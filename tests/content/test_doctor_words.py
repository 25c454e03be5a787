"""What `doctor` says: words for every finding, and commands that the AWS CLI accepts."""

import json
import shlex
from dataclasses import replace
from functools import cache
from itertools import chain

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from tests.checkups import DELIVERED, RIGHT, WRONG, Change, well, with_connection, with_live, with_tunnels
from tests.factories import IP, OTHER_IP, VPN
from tui.content.doctor.aws_command import AwsCommand, command_line, option_name
from tui.content.doctor.fixes import fixes
from tui.content.doctor.page import checkup_blocks, prompt
from tui.content.doctor.report import report_lines
from tui.content.doctor.words import codes, words
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level
from tui.domain.inventory import Inventory

BROKEN = {code: wrong(well()) for code, wrong in WRONG.items()}
ELSEWHERE = (DELIVERED(well()), with_tunnels(ike_group=None, bgp_group=None)(well()))
ALL = [
    *{
        str(finding): finding
        for finding in chain.from_iterable(findings(examined) for examined in (well(), *BROKEN.values(), *ELSEWHERE))
    }.values()
]
"""Each different finding that the tests know, once."""


SOURCES = tuple(
    f"https://{host}/"
    for host in (
        "docs.aws.amazon.com",
        "repost.aws",
        "man.openbsd.org",
        "invisible-island.net",
        "www.gnu.org",
        "docs.python.org",
    )
)


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def test_every_finding_has_words_and_every_word_a_finding() -> None:
    assert {finding.code for finding in ALL} == set(codes())
    assert set(codes()) == set(WRONG) | set(RIGHT)


@pytest.mark.parametrize("finding", ALL, ids=lambda finding: finding.code)
def test_words_have_all_their_places_filled_and_name_their_source(finding: Finding) -> None:
    text = words(finding)
    assert "{" not in text.found + text.why
    assert text.why.endswith(".")
    assert text.source.startswith(SOURCES)


def test_a_value_from_outside_is_no_template() -> None:
    finding = Finding("retention_short", findings(well())[0].level, values={"group": "{days.__class__}", "days": "{x}"})
    assert "{days.__class__} keeps its events for {x}" in words(finding).found


EVERY = [*{command_line(command): command for finding in ALL for command in fixes(finding)}.values()]
COMMANDS = [command for command in EVERY if isinstance(command, AwsCommand)]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.operation)
def test_every_command_is_one_that_the_service_knows_with_parameters_that_it_takes(command: AwsCommand) -> None:
    shape = model(command.service).operation_model(command.operation).input_shape
    assert shape is not None
    report = ParamValidator().validate(dict(command.parameters), shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.operation)
def test_a_command_is_spelled_as_the_aws_cli_spells_it(command: AwsCommand) -> None:
    aws, service, operation, *rest = shlex.split(command_line(command, region="eu-west-1", profile="a b"))
    assert (aws, service, operation) == ("aws", command.service, xform_name(command.operation, "-"))
    options = {word.removeprefix("--").removeprefix("no-") for word in rest if word.startswith("--")}
    assert options == {xform_name(name, "-") for name in command.parameters} | {"region", "profile"}
    for name, value in command.parameters.items():
        if isinstance(value, dict | list):
            assert json.loads(rest[rest.index(f"--{xform_name(name, '-')}") + 1]) == value
    assert rest[-1] == "a b"


def test_every_operation_of_the_services_is_spelled_as_botocore_spells_it() -> None:
    for service in ("ec2", "logs", "iam"):
        known = model(service)
        for operation in known.operation_names:
            assert option_name(operation) == xform_name(operation, "-")


def test_turning_logs_on_warns_that_it_interrupts_and_says_how_the_sibling_is() -> None:
    finding = next(finding for finding in findings(BROKEN["logging_off"]) if finding.code == "logging_off")
    (command,) = fixes(finding)
    assert isinstance(command, AwsCommand)
    assert "interrupts this tunnel for up to several minutes" in command.interrupts
    assert f"{OTHER_IP} UP" in command.meanwhile
    assert command.parameters["VpnConnectionId"] == VPN
    assert command.parameters["VpnTunnelOutsideIpAddress"] == IP


@pytest.mark.parametrize(
    ("own", "sibling", "is_outage"),
    [
        ("UP", "198.51.100.29 UP", False),
        ("UP", "198.51.100.29 DOWN", True),
        ("UP", "198.51.100.29 unknown", True),
        ("unknown", "198.51.100.29 DOWN", True),
        ("UP", "", True),
        ("DOWN", "198.51.100.29 DOWN", False),
    ],
)
def test_a_command_that_would_stop_all_traffic_is_a_comment(own: str, sibling: str, is_outage: bool) -> None:
    values = {"options": "Phase1DHGroupNumbers", "Phase1DHGroup": "20", "own": own, "sibling": sibling}
    finding = Finding("algorithms_default", Level.NOTE, VPN, IP, values)
    (command,) = fixes(finding)
    assert command.is_outage is is_outage
    assert prompt(command) == ("#" if is_outage else "$")


def test_what_is_weak_is_not_recommended_though_the_two_ends_agreed_on_it() -> None:
    agreed = {"Phase1DHGroup": "2", "Phase2DHGroup": "20", "Phase1IntegrityAlgorithm": "SHA1"}
    finding = Finding("algorithms_default", Level.NOTE, VPN, IP, {"options": "", "sibling": "", **agreed})
    (command,) = fixes(finding)
    assert isinstance(command, AwsCommand)
    assert command.parameters["TunnelOptions"] == {"Phase2DHGroupNumbers": [{"Value": 20}]}


def page(examined: Examination, columns: int = 80) -> list[str]:
    return [line.text for line in report_lines(examined, findings(examined), columns)]


def test_the_page_begins_with_a_summary_and_the_worst_finding() -> None:
    lines = page(BROKEN["logging_off"])
    assert "account 123456789012 in eu-west-1 (profile prod), 1 connection: 1 stops the logs" in " ".join(lines[:2])
    first = next(line for line in lines if line.startswith("✖"))
    assert first == f"✖ hq {IP}: logging is off"
    assert lines[-1].startswith("In short: 1 stops the logs")


def test_nothing_but_what_is_to_be_pasted_is_wider_than_the_page() -> None:
    for examined in BROKEN.values():
        assert all(len(line) <= 60 or "$ aws" in line or "https://" in line for line in page(examined, 60))


def test_findings_of_one_kind_share_their_reason() -> None:
    lines = page(with_tunnels(bgp_group=None)(well()))
    assert [line for line in lines if line.startswith("▲")] == [
        f"▲ hq {IP}: the BGP log is off on a connection that routes by BGP",
        f"▲ hq {OTHER_IP}: the BGP log is off on a connection that routes by BGP",
    ]
    assert " ".join(" ".join(lines).split()).count("Only that log says why a session does not come up") == 1


def test_every_other_command_is_one_of_tmux_or_sets_how_the_program_itself_reads() -> None:
    others = [command_line(command) for command in EVERY if not isinstance(command, AwsCommand)]
    assert {line for line in others if not line.startswith("tmux set-option ")} == {
        "export no_proxy=logs.eu-west-1.amazonaws.com",
        "tunnelwatch --source poll",
    }


def many(change: Change, number: int) -> Examination:
    """This many connections with the same fault."""
    examined = change(well())
    assert examined.inventory
    (connection,) = examined.inventory.connections
    alike = tuple(replace(connection, id=f"vpn-{index:017x}") for index in range(number))
    return replace(examined, inventory=Inventory(alike), transit={}, traffic=None)


def test_of_many_notes_the_first_few_are_shown_and_the_others_counted() -> None:
    lines = page(many(with_connection(accelerated=True), 30))
    assert sum("acceleration is on" in line for line in lines) == 4
    assert any("and 26 more like these" in line for line in lines)


def test_of_many_warnings_every_one_is_shown() -> None:
    lines = page(many(with_tunnels(bgp_group=None), 30))
    assert sum("the BGP log is off" in line for line in lines) == 60
    assert sum("aws ec2 modify-vpn-tunnel-options" in line for line in lines) == 60


def test_the_page_of_the_screen_says_what_the_printed_page_says() -> None:
    for examined in (*BROKEN.values(), many(with_connection(accelerated=True), 30)):
        printed = " ".join(page(examined)).split()
        blocks = checkup_blocks(examined, findings(examined))
        shown = " ".join(f"{block.lead} {block.text}" for block in blocks).split()
        assert shown == printed


def test_the_way_past_a_proxy_keeps_the_hosts_that_go_past_it_already() -> None:
    examined = with_live(past_proxy="10.0.0.1")(BROKEN["live_held_by_proxy"])
    (finding,) = (each for each in findings(examined) if each.code == "live_held_by_proxy")
    assert [command_line(command) for command in fixes(finding)] == [
        "export no_proxy=10.0.0.1,logs.eu-west-1.amazonaws.com"
    ]
