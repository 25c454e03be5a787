"""Several accounts and regions behind one endpoint: the caller, the roles it may assume, and shared logs."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.demo.conftest import GROUP, IKE_STREAM, ONE_TRY, vpn
from tui.demo import load_scenario
from tui.demo.server.account import Account
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.regional import Hosted
from tui.demo.server.store import Store

HOME, ACME, GLOBEX = "123456789012", "111122223333", "444455556666"
EUROPE, JAPAN = "eu-west-1", "ap-northeast-1"
ACME_ROLE = f"arn:aws:iam::{ACME}:role/watch"
REFUSED = "is not authorized to perform: sts:AssumeRole on resource"


def holding(number: int) -> Store:
    """Return an account's contents: a connection, and a line in its log."""
    store = Store()
    store.connections[vpn(number).id] = vpn(number)
    store.put(GROUP, IKE_STREAM, [(store.clock.now(), f"line of {number}")])
    return store


@pytest.fixture(scope="module")
def hosting() -> Iterator[Endpoint]:
    """The home account, acme in two regions, and globex, whose organization denies Japan."""
    hosted = [
        Hosted(Account(EUROPE, ACME, "watch"), holding(1), "agreed", shares_logs=True),
        Hosted(Account(JAPAN, ACME, "watch"), holding(2), "agreed"),
        Hosted(Account(JAPAN, GLOBEX, "watch"), holding(3), is_denied=True),
    ]
    with serve_in_thread(holding(0), update_every=0.02, hosted=hosted) as endpoint:
        yield endpoint


def client(endpoint: Endpoint, service: str, *, account: str = "", region: str = EUROPE) -> Any:
    """Return a client that acts as the role in that account, or with the home account's own keys."""
    keys = {"aws_access_key_id": "demo", "aws_secret_access_key": "demo"}
    options: dict[str, Any] = {"endpoint_url": endpoint.url, "region_name": region, "config": Config(**ONE_TRY)}
    if account:
        role = f"arn:aws:iam::{account}:role/watch"
        sts = boto3.client("sts", **keys, **options)
        given = sts.assume_role(RoleArn=role, RoleSessionName="test", ExternalId="agreed")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    return boto3.client(service, **keys, **options)


def connections(endpoint: Endpoint, account: str, region: str) -> list[str]:
    answer = client(endpoint, "ec2", account=account, region=region).describe_vpn_connections()
    return [described["VpnConnectionId"] for described in answer["VpnConnections"]]


@pytest.mark.parametrize(
    ("account", "region", "held"),
    [("", EUROPE, [vpn(0).id]), ("", JAPAN, []), (ACME, EUROPE, [vpn(1).id]), (ACME, JAPAN, [vpn(2).id])],
)
def test_the_key_tells_the_account_and_the_signature_the_region(
    hosting: Endpoint, account: str, region: str, held: list[str]
) -> None:
    assert connections(hosting, account, region) == held


@pytest.mark.parametrize(("account", "number"), [("", HOME), (ACME, ACME)])
def test_a_caller_is_told_who_it_is(hosting: Endpoint, account: str, number: str) -> None:
    identity = client(hosting, "sts", account=account).get_caller_identity()
    assert identity["Account"] == number
    assert identity["Arn"].endswith("assumed-role/watch/tunnelwatch" if account else "user/demo")


@pytest.mark.parametrize(
    ("role", "external_id"),
    [
        (ACME_ROLE, "guessed"),
        (ACME_ROLE, None),
        (f"arn:aws:iam::{ACME}:role/admin", "agreed"),
        ("arn:aws:iam::1:role/y", None),
    ],
)
def test_a_role_that_does_not_trust_the_caller_is_refused(
    hosting: Endpoint, role: str, external_id: str | None
) -> None:
    asked = {"RoleArn": role, "RoleSessionName": "test"} | ({"ExternalId": external_id} if external_id else {})
    with pytest.raises(ClientError, match=REFUSED) as refusal:
        client(hosting, "sts").assume_role(**asked)
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


def test_the_regions_that_are_enabled_are_those_in_which_something_is(hosting: Endpoint) -> None:
    ec2 = client(hosting, "ec2")
    assert [region["RegionName"] for region in ec2.describe_regions()["Regions"]] == [JAPAN, EUROPE]
    everywhere = ec2.describe_regions(AllRegions=True)["Regions"]
    assert {region["OptInStatus"] for region in everywhere} == {"opt-in-not-required", "not-opted-in"}


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("ec2", "describe_vpn_connections", "AuthFailure"),
        ("logs", "describe_log_groups", "UnrecognizedClientException"),
    ],
)
def test_a_region_that_is_not_enabled_knows_no_key(hosting: Endpoint, service: str, operation: str, code: str) -> None:
    with pytest.raises(ClientError) as refusal:
        getattr(client(hosting, service, region="us-east-1"), operation)()
    assert refusal.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [("ec2", "describe_vpn_connections", "UnauthorizedOperation"), ("logs", "describe_log_groups", "AccessDenied")],
)
def test_an_organization_can_deny_a_region(hosting: Endpoint, service: str, operation: str, code: str) -> None:
    with pytest.raises(ClientError, match="with an explicit deny in a service control policy") as refusal:
        getattr(client(hosting, service, account=GLOBEX, region=JAPAN), operation)()
    assert refusal.value.response["Error"]["Code"].startswith(code)


def test_a_monitoring_account_reads_the_logs_of_linked_accounts_by_their_arns(hosting: Endpoint) -> None:
    logs = client(hosting, "logs")
    arns = [group["logGroupArn"] for group in logs.describe_log_groups(includeLinkedAccounts=True)["logGroups"]]
    theirs = f"arn:aws:logs:{EUROPE}:{ACME}:log-group:{GROUP}"
    assert arns == [f"arn:aws:logs:{EUROPE}:{HOME}:log-group:{GROUP}", theirs]
    assert len(logs.describe_log_groups()["logGroups"]) == 1
    asked = logs.describe_log_groups(includeLinkedAccounts=True, accountIdentifiers=[ACME])["logGroups"]
    assert [group["logGroupArn"] for group in asked] == [theirs]
    (event,) = logs.filter_log_events(logGroupIdentifier=theirs)["events"]
    assert event["message"] == "line of 1"
    assert logs.describe_log_streams(logGroupIdentifier=theirs)["logStreams"]


def test_a_live_session_follows_groups_of_several_accounts(hosting: Endpoint) -> None:
    arns = [f"arn:aws:logs:{EUROPE}:{account}:log-group:{GROUP}" for account in (HOME, ACME)]
    stream = client(hosting, "logs").start_live_tail(logGroupIdentifiers=arns)["responseStream"]
    frames = iter(stream)
    assert "sessionStart" in next(frames)
    for regional in hosting.regionals[:2]:
        regional.store.put(GROUP, IKE_STREAM, [(regional.store.clock.now(), f"live in {regional.account.id}")])
    seen: dict[str, str] = {}
    while len(seen) < 2:
        for result in next(frames)["sessionUpdate"]["sessionResults"]:
            seen[result["logGroupIdentifier"]] = result["message"]
    stream.close()
    assert seen == {arns[0]: f"live in {HOME}", arns[1]: f"live in {ACME}"}


@pytest.mark.parametrize(
    ("account", "region", "identifier"), [("", EUROPE, GLOBEX), ("", JAPAN, ACME), (ACME, EUROPE, HOME)]
)
def test_logs_that_are_not_shared_cannot_be_read(hosting: Endpoint, account: str, region: str, identifier: str) -> None:
    arn = f"arn:aws:logs:{region}:{identifier}:log-group:{GROUP}"
    with pytest.raises(ClientError) as refusal:
        client(hosting, "logs", account=account, region=region).filter_log_events(logGroupIdentifier=arn)
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_sink_names_the_accounts_that_are_linked_to_it(hosting: Endpoint) -> None:
    oam = client(hosting, "oam")
    (sink,) = oam.list_sinks()["Items"]
    (link,) = oam.list_attached_links(SinkIdentifier=sink["Arn"])["Items"]
    assert link["LinkArn"].split(":")[4] == ACME
    assert client(hosting, "oam", account=ACME).list_sinks()["Items"] == []


def test_the_provider_has_three_accounts_in_two_regions_and_one_site_is_denied() -> None:
    sites = load_scenario("provider").sites
    assert len({site.account.id for site in sites}) == 3
    assert len({site.account.region for site in sites}) == 2
    assert [site.name for site in sites if site.is_denied] == ["globex-jp"]
    ids = [connection.id for site in sites for connection in site.scenario.connections]
    assert len(ids) == len({*ids}) == 44
