"""Several accounts and regions at once, each under its name, each with its own failures."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.accounts import GROUP, account, log, options_for
from tests.conftest import REGION, Run
from tests.demo.conftest import vpn
from tests.factories import VPN, ike_line, stream_of
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store
from tui.demo.server.vpn import VpnRoute, VpnTelemetry

DEAD = "http://127.0.0.1:9"
OTHER_VPN = "vpn-0c2d3e4f5a6b7c8d9"


def site(name: str, url: str, **more: str) -> str:
    lines = {"region": REGION, "endpoint_url": url} | more
    return "\n".join([f"[sites.{name}]", *(f'{key} = "{value}"' for key, value in lines.items())]) + "\n"


def test_the_board_and_the_json_tell_the_sites_apart(config: Path, tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as hq, serve_in_thread(account(states="DD")) as osaka:
        osaka.store.connections = {OTHER_VPN: replace(osaka.store.connections[VPN], id=OTHER_VPN)}
        config.write_text(site("hq", hq.url) + site("osaka", osaka.url))
        document = json.loads(tunnelwatch("status", "--json", "--all-sites").stdout)
        table = tunnelwatch("status", "--all-sites").stdout
        only = json.loads(tunnelwatch("status", "--json", "--site", "hq").stdout)
    assert {(connection["site"], connection["name"]) for connection in document["connections"]} == {
        ("hq", "hq"),
        ("osaka", "hq"),
    }
    assert {name: state["state"] for name, state in document["sites"].items()} == {"hq": "polling", "osaka": "polling"}
    assert "osaka/hq" in table
    assert "hq/hq" in table
    assert list(only["sites"]) == ["hq"]


def test_a_site_that_cannot_be_read_takes_nothing_from_the_others(config: Path, tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as hq:
        config.write_text(site("hq", hq.url) + site("gone", DEAD))
        done = tunnelwatch("status", "--json", "--all-sites")
        document = json.loads(done.stdout)
        assert [connection["site"] for connection in document["connections"]] == ["hq"]
        assert document["sites"]["gone"]["state"] == "offline"
        assert "127.0.0.1:9" in document["sites"]["gone"]["reason"]
        assert done.returncode == 3

        lines = [
            json.loads(line) for line in tunnelwatch("tail", "--json", "--no-follow", "--all-sites").stdout.splitlines()
        ]
    assert {line["site"] for line in lines if line["type"] == "event"} == {"hq"}
    assert {line["site"] for line in lines if line["type"] == "feed"} == {"hq", "gone"}


def test_a_report_is_of_the_sites_that_can_be_read_and_says_which_cannot(config: Path, tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as hq:
        config.write_text(site("hq", hq.url) + site("gone", DEAD) + site("lost", DEAD, region="us-east-1"))
        done = tunnelwatch("report", "--format", "json", "--all-sites")
        text = tunnelwatch("report", "--all-sites").stdout
    document = json.loads(done.stdout)
    assert [(each["site"], each["name"]) for each in document["connections"]] == [("hq", "hq")]
    assert done.returncode == 3
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" site gone", " site lost"]
    assert "## hq/hq" in text
    assert all(f"Not complete: {name}: 127.0.0.1:9 could not be reached" in text for name in ("gone", "lost"))


def test_a_selector_may_name_its_site_and_the_others_are_not_asked(config: Path, tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as hq, serve_in_thread(account()) as osaka:
        config.write_text(site("hq", hq.url) + site("osaka", osaka.url) + site("gone", DEAD))
        document = json.loads(tunnelwatch("status", "--json", "--all-sites", "osaka/h*").stdout)
        assert not hq.calls
    assert [(each["site"], each["name"]) for each in document["connections"]] == [("osaka", "hq")]
    assert [*document["sites"]] == ["osaka"]


def test_a_selector_that_is_found_at_one_site_is_no_trouble_at_the_others(config: Path, tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as hq, serve_in_thread(Store()) as empty:
        config.write_text(site("hq", hq.url) + site("empty", empty.url))
        done = tunnelwatch("status", "--json", "--all-sites", VPN)
    assert json.loads(done.stdout)["sites"]["empty"]["state"] == "polling"


@pytest.mark.parametrize(("selector", "code"), [(VPN, 0), ("nothing-of-that-name", 3)])
def test_wait_follows_the_sites_at_which_something_is_selected(
    selector: str, code: int, config: Path, tunnelwatch: Run
) -> None:
    with serve_in_thread(account()) as hq, serve_in_thread(Store()) as empty:
        up = tuple(replace(tunnel, telemetry=VpnTelemetry("UP", "")) for tunnel in hq.store.connections[VPN].tunnels)
        routes = (VpnRoute("10.0.0.0/8"),)
        there = replace(hq.store.connections[VPN], tunnels=up, static_routes_only=True, routes=routes)
        hq.store.connections = {VPN: there}
        config.write_text(site("hq", hq.url) + site("empty", empty.url))
        done = tunnelwatch("wait", "--json", "--until", "up", "--timeout", "30s", "--all-sites", selector)
    found = json.loads(done.stdout)
    assert (done.returncode, found["reached"]) == (code, code == 0)
    assert [connection["site"] for connection in found["connections"]] == (["hq"] if code == 0 else [])


def test_two_sites_that_turn_out_to_be_one_account_are_not_both_read(config: Path, tunnelwatch: Run) -> None:
    with serve_in_thread(account()) as endpoint:
        same = endpoint.url.replace("127.0.0.1", "localhost")
        config.write_text(site("hq", endpoint.url) + site("twin", same))
        document = json.loads(tunnelwatch("status", "--json", "--all-sites").stdout)
    (connection,) = document["connections"]
    (other,) = {"hq", "twin"} - {connection["site"]}
    assert document["sites"][other]["state"] == "offline"
    assert document["sites"][other]["reason"].startswith(f"{VPN} is of the site {connection['site']}, too: ")
    assert document["sites"][connection["site"]]["state"] == "polling"


def test_the_check_tells_what_is_set_of_each_site(config: Path, tunnelwatch: Run) -> None:
    config.write_text(
        site("acme", "http://127.0.0.1:9", role_arn=ACME_ROLE, external_id="agreed")
        + 'selectors = ["a*", "b*"]\nlinked_accounts = true\n[sites.plain]\n'
    )
    done = tunnelwatch("config", "--check")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == [
        f"site acme: region eu-west-1, profile default, role_arn {ACME_ROLE}, external_id agreed, "
        "endpoint_url http://127.0.0.1:9, selectors a* b*, with the accounts that are linked to it",
        "site plain: region as in the AWS settings, profile default",
    ]
    config.write_text(site("one", "http://127.0.0.1:9") + site("two", "http://127.0.0.1:9"))
    done = tunnelwatch("config", "--check")
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"tunnelwatch: {config}:4: `sites.two` is the same account and region as `sites.one`."
    ]


@pytest.fixture
def regions() -> Iterator[Endpoint]:
    """Our account in three regions, one of them denied, and a customer's with one."""
    japan, brazil, theirs = Store(), Store(), Store()
    for number, store in enumerate((japan, brazil, theirs), start=1):
        store.connections[vpn(number).id] = replace(vpn(number), name=f"office-{number}")
        store.create_group("/aws/vendedlogs/vpn/ike")
        store.create_group("/aws/vendedlogs/vpn/bgp")
    routes = (VpnRoute("10.0.0.0/8"),)  # by which EC2's word is enough for a gate
    office = replace(japan.connections[vpn(1).id], static_routes_only=True, routes=routes)
    japan.connections[office.id] = office
    hosted = [
        Hosted(Account("ap-northeast-1"), japan),
        Hosted(Account("sa-east-1"), brazil, is_denied=True),
        Hosted(Account("ap-northeast-1", "111122223333", "watch"), theirs, "agreed"),
    ]
    with serve_in_thread(account(), hosted=hosted) as endpoint:
        yield endpoint


def test_every_region_with_connections_is_a_site(regions: Endpoint, tunnelwatch: Run) -> None:
    done = tunnelwatch("status", "--json", "--all-regions", *options_for(regions))
    document = json.loads(done.stdout)
    assert {(each["site"], each["name"]) for each in document["connections"]} == {
        ("ap-northeast-1", "office-1"),
        ("eu-west-1", "hq"),
    }
    left_out = [notice for notice in document["feed"]["notices"] if "left out" in notice]
    assert left_out == ["ap-northeast-1: Regions that are left out: sa-east-1 (access denied)."]
    assert {state["region"] for state in document["sites"].values()} == {"ap-northeast-1", "eu-west-1"}


def test_the_regions_of_a_site_are_named_after_both(config: Path, regions: Endpoint, tunnelwatch: Run) -> None:
    theirs = site("acme", regions.url, role_arn="arn:aws:iam::111122223333:role/watch", external_id="agreed")
    config.write_text(theirs + site("ours", regions.url) + site("gone", DEAD))
    document = json.loads(tunnelwatch("status", "--json", "--all-sites", "--all-regions").stdout)
    assert {*document["sites"]} == {"gone", "acme-apne1", "ours-apne1", "ours-euw1"}
    assert document["sites"]["gone"]["state"] == "offline"
    assert {each["site"]: each["name"] for each in document["connections"]} == {
        "acme-apne1": "office-3",
        "ours-apne1": "office-1",
        "ours-euw1": "hq",
    }


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("doctor",), "== ap-northeast-1 =="),
        (("wait", "--until", "up", "--timeout", "40s", "office-1"), "reached after"),
    ],
    ids=["doctor", "wait"],
)
def test_every_command_takes_all_regions(
    command: tuple[str, ...], says: str, regions: Endpoint, tunnelwatch: Run
) -> None:
    done = tunnelwatch(*command, "--all-regions", *options_for(regions))
    assert says in done.stdout
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("command", [("status",), ("tail",), ("wait", "--until", "up"), ("doctor",)], ids=" ".join)
def test_regions_that_may_not_be_listed_are_one_clear_line(
    command: tuple[str, ...], regions: Endpoint, tunnelwatch: Run
) -> None:
    regions.faults = Faults(action_denied="ec2:DescribeRegions")
    done = tunnelwatch(*command, "--all-regions", *options_for(regions))
    assert done.returncode == 3
    assert "Access denied: ec2:DescribeRegions" in done.stdout + done.stderr
    assert len((done.stdout + done.stderr).splitlines()) <= 2


@pytest.mark.parametrize(
    ("text", "arguments", "fault"),
    [
        ("", ["--site", "osaka"], "There is no site 'osaka' in"),
        ("", ["--all-sites"], "names no sites"),
        ('[sites.a]\nregin = "x"', ["--all-sites"], ":2: `regin` is unknown; did you mean `region`?"),
        ("[sites.a]\nregion = 3", ["--all-sites"], ":2: `region` must be a text."),
        ('[sites.a]\nlinked_accounts = "yes"', ["--all-sites"], ":2: `linked_accounts` must be true or false."),
        ('[sites.a]\nlog_groups = "x"', ["--all-sites"], ":2: `log_groups` must be a list of texts."),
        ("sites = 3", ["--all-sites"], ":1: `sites` must be tables"),
        (
            '[sites.a]\nregion = "x"\n[sites.b]\nregion = "x"',
            ["--all-sites"],
            "a and b are the same account and region",
        ),
        ('[sites."a/b"]\nregion = "x"', ["--all-sites"], ":1: `sites.a/b` contains a slash"),
    ],
)
def test_what_is_wrong_with_a_site_is_one_clear_line(
    text: str, arguments: list[str], fault: str, config: Path, tunnelwatch: Run
) -> None:
    config.write_text(text)
    done = tunnelwatch("status", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert fault in done.stderr


@pytest.fixture
def linked() -> Iterator[Endpoint]:
    """A monitoring account without connections, and two that share their logs with it; all groups share a name."""
    stores = {"111122223333": account()}
    stores["444455556666"] = Store()
    log(stores["444455556666"], "down", states="DD", stream=stream_of(vpn=OTHER_VPN))
    hosted = [
        Hosted(Account(REGION, number, "watch"), store, "agreed", shares_logs=True) for number, store in stores.items()
    ]
    home = Store()
    home.create_group(GROUP)
    with serve_in_thread(home, hosted=hosted) as endpoint:
        yield endpoint


ACME_ROLE = "arn:aws:iam::111122223333:role/watch"


def test_linked_accounts_are_read_through_the_monitoring_account(linked: Endpoint, tunnelwatch: Run) -> None:
    document = json.loads(tunnelwatch("status", "--json", "--linked-accounts", *options_for(linked)).stdout)
    assert {name: state["account"] for name, state in document["sites"].items()} == {
        "111122223333": "111122223333",
        "444455556666": "444455556666",
    }
    names = [(each["site"], each["name"], each["tunnels"][0]["health"]) for each in document["connections"]]
    assert sorted(names) == [("111122223333", VPN, "up"), ("444455556666", OTHER_VPN, "down")]


def test_connections_of_a_linked_account_are_those_that_its_role_sees(
    config: Path, linked: Endpoint, tunnelwatch: Run
) -> None:
    config.write_text(
        site("hub", linked.url)
        + "linked_accounts = true\n"
        + site("acme", linked.url, role_arn=ACME_ROLE, external_id="agreed")
    )
    document = json.loads(tunnelwatch("status", "--json", "--site", "hub", VPN).stdout)
    named = [(each["site"], each["name"]) for each in document["connections"] if each["site"] == "111122223333"]
    assert named == [("111122223333", "hq")]
    assert linked.calls["AssumeRole"] == 1
    both = json.loads(tunnelwatch("status", "--json", "--all-sites", VPN).stdout)
    assert {*both["sites"]} == {"acme", "hub-444455556666"}


def test_doctor_looks_at_a_linked_account_by_a_role_of_its_own(
    config: Path, linked: Endpoint, tunnelwatch: Run
) -> None:
    """The group of a linked account has a namesake here, which would be taken for it."""
    hub = site("hub", linked.url) + "linked_accounts = true\n"
    config.write_text(hub + site("acme", linked.url, role_arn=ACME_ROLE, external_id="agreed"))
    document = json.loads(tunnelwatch("doctor", "--json", "--site", "hub").stdout)
    assert {finding["site"] for finding in document["findings"]} == {"111122223333"}
    assert document["sites"]["111122223333"]["role_arn"] == ACME_ROLE
    assert document["sites"]["444455556666"]["reason"].startswith("This account only shares its logs.")


def test_the_maintenance_of_a_linked_account_is_never_that_of_the_account_that_reads_its_logs(
    config: Path, linked: Endpoint, tunnelwatch: Run
) -> None:
    hub = site("hub", linked.url) + "linked_accounts = true\n"
    config.write_text(hub + site("acme", linked.url, role_arn=ACME_ROLE, external_id="agreed"))
    done = tunnelwatch("maintenance", "--json", "--site", "hub")
    document = json.loads(done.stdout)
    assert done.returncode == 3
    assert list(document["failures"]) == ["444455556666"]
    assert document["failures"]["444455556666"].startswith("This account only shares its logs.")
    assert linked.calls["DescribeVpnConnections"] == 2  # by the search for sites, then of acme


@pytest.mark.parametrize("command", [("status", "--json"), ("report",)], ids=" ".join)
def test_a_mask_hides_the_names_of_sites_that_are_found(
    command: tuple[str, ...], linked: Endpoint, tunnelwatch: Run
) -> None:
    done = tunnelwatch(*command, "--mask", "--linked-accounts", *options_for(linked))
    assert "site-1/" in done.stdout or '"site": "site-1"' in done.stdout
    assert not any(number in done.stdout + done.stderr for number in ("111122223333", "444455556666", VPN, OTHER_VPN))


def test_nothing_linked_is_one_clear_line(tunnelwatch: Run) -> None:
    with serve_in_thread(Store()) as alone:
        done = tunnelwatch("status", "--linked-accounts", *options_for(alone))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "tunnelwatch: The account has no VPN connections, and no account that shares its logs with it.\n"
    )


@pytest.mark.parametrize(
    "command",
    [("status",), ("wait", "--until", "up", "--timeout", "30s"), ("doctor", "--all-regions")],
    ids=" ".join,
)
def test_a_role_that_may_not_be_assumed_is_named_with_what_to_check(
    command: tuple[str, ...], config: Path, linked: Endpoint, tunnelwatch: Run
) -> None:
    config.write_text(site("acme", linked.url, role_arn=ACME_ROLE, external_id="guessed"))
    done = tunnelwatch(*command, "--all-sites")
    assert done.returncode == 3
    assert f"The role {ACME_ROLE} may not be assumed" in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr


def test_a_region_that_does_not_exist_is_one_clear_line(config: Path, linked: Endpoint, tunnelwatch: Run) -> None:
    config.write_text(site("acme", linked.url).replace(REGION, "eu-nowhere-1"))
    done = tunnelwatch("report", "--all-sites")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert done.stderr.startswith("tunnelwatch: site acme: AWS did not accept the credentials for")


def test_a_server_that_knows_no_linked_accounts_is_read_as_it_is(
    tunnelwatch: Run, moto_server: str, moto: Callable[[str], Any]
) -> None:
    moto("logs").create_log_group(logGroupName=GROUP)
    done = tunnelwatch("status", "--json", "--linked-accounts", "--endpoint-url", moto_server, "--region", REGION)
    assert "no account that shares its logs" in done.stderr


def test_a_role_of_another_account_is_taken_on(
    config: Path, tunnelwatch: Run, moto_server: str, moto: Callable[[str], Any]
) -> None:
    role = "arn:aws:iam::210987654321:role/watch"
    keys = moto("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    logs = boto3.client(
        "logs",
        region_name=REGION,
        endpoint_url=moto_server,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    group, now = "/aws/vendedlogs/vpn", int(time.time() * 1000)
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream_of())
    line = ike_line("AWS tunnel is sending DPD request", at=now)
    logs.put_log_events(logGroupName=group, logStreamName=stream_of(), logEvents=[{"timestamp": now, "message": line}])
    logs.close()
    more = f'log_groups = ["{group}"]\n'
    config.write_text(
        site("theirs", moto_server, role_arn=role, external_id="agreed") + more + site("ours", moto_server) + more
    )
    document = json.loads(tunnelwatch("status", "--json", "--all-sites").stdout)
    assert [connection["site"] for connection in document["connections"]] == ["theirs"]
    assert document["sites"]["ours"]["state"] == "offline"
