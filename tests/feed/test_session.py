"""Settings: which ones are used, and what is said of one that is invalid."""

import asyncio
import json
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.feed.conftest import IKE
from tui.demo.server.endpoint import Endpoint
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.sessions.session import own_endpoint
from tui.feed.aws.target import AwsTarget

HERE = AwsTarget(region="eu-west-1")


Config = Callable[[str], object]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Writes the config file that is read."""
    path = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    return path.write_text


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")


async def resolved(target: AwsTarget = HERE, *, in_threads: bool) -> str | None:
    async with connect(target, in_threads=in_threads) as aws:
        return own_endpoint(aws._session, aws.target, "logs")


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"])
async def test_an_endpoint_of_the_environment_is_one_of_our_own(
    name: str, monkeypatch: pytest.MonkeyPatch, in_threads: bool
) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await resolved(in_threads=in_threads) == "http://127.0.0.1:1"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert await resolved(in_threads=in_threads) is None


async def test_an_endpoint_of_the_config_file_is_one_of_our_own(config: Config, in_threads: bool) -> None:
    config("[default]\nservices = own\n[services own]\ncloudwatch_logs =\n  endpoint_url = http://127.0.0.1:2\n")
    assert await resolved(in_threads=in_threads) == "http://127.0.0.1:2"
    config("[default]\nendpoint_url = http://127.0.0.1:3\n")
    assert await resolved(in_threads=in_threads) == "http://127.0.0.1:3"
    config("[default]\nregion = eu-west-1\n")
    assert await resolved(in_threads=in_threads) is None


async def test_live_tail_asks_the_endpoint_of_the_environment_and_no_host_in_front_of_it(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.url.replace("127.0.0.1", "localhost"))
    async with connect(HERE) as aws:
        arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{IKE}"
        answer = await aws.call("logs:StartLiveTail", streams=True, logGroupIdentifiers=[arn])
        answer["responseStream"].close()
    assert endpoint.sessions_started == 1


async def test_each_client_waits_for_as_long_as_its_calls_may_take() -> None:
    async with connect(AwsTarget(region="eu-west-1", endpoint_url="http://127.0.0.1:1")) as aws:
        short, streaming = await aws._client("logs", streams=False), await aws._client("logs", streams=True)
    assert (short.meta.config.read_timeout, streaming.meta.config.read_timeout) == (20, 60)
    assert short.meta.config.retries["total_max_attempts"] == 2
    assert streaming.meta.config.retries["total_max_attempts"] == 1


async def failure(target: AwsTarget = HERE, *, in_threads: bool) -> FeedError:
    """Return the error of a first call."""
    with pytest.raises(FeedError) as caught:
        async with connect(target, in_threads=in_threads) as aws:
            await aws.call("logs:FilterLogEvents", logGroupName="/vpn")
    return caught.value


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://127.0.0.1:99999", "port"),
        ("http://user:hunter2@127.0.0.1:1", "user name"),
        ("ftp://127.0.0.1", "https://"),
        ("http://", "no host"),
        ("http://[", "cannot be"),
    ],
)
async def test_an_endpoint_that_cannot_be_is_a_fault_of_the_settings(url: str, fault: str, in_threads: bool) -> None:
    error = await failure(AwsTarget(region="eu-west-1", endpoint_url=url), in_threads=in_threads)
    assert error.kind is ErrorKind.SETTINGS
    assert "--endpoint-url" in error.message
    assert fault in error.message
    assert "hunter2" not in error.message


async def test_a_ca_bundle_that_is_not_there_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, in_threads: bool
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    error = await failure(in_threads=in_threads)
    assert error.kind is ErrorKind.SETTINGS
    assert "AWS_CA_BUNDLE names the file /nowhere/ca.pem" in error.message
    assert "No such file" in error.message


@pytest.mark.usefixtures("no_keys")
async def test_a_credential_helper_that_is_not_there_is_named_with_its_setting(
    config: Config, in_threads: bool
) -> None:
    config("[default]\ncredential_process = /nowhere/helper --now\n")
    error = await failure(in_threads=in_threads)
    assert error.kind is ErrorKind.SETTINGS
    assert "credential_process cannot be run" in error.message
    assert "/nowhere/helper" in error.message


@pytest.mark.usefixtures("no_keys")
async def test_a_web_identity_file_that_is_not_there_is_named_with_its_setting(
    config: Config, in_threads: bool
) -> None:
    config("[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = /nowhere/token\n")
    error = await failure(in_threads=in_threads)
    assert error.kind is ErrorKind.SETTINGS
    assert "web identity token file" in error.message
    assert "/nowhere/token" in error.message


async def test_a_key_with_a_line_break_is_a_fault_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, in_threads: bool
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA\nX")
    error = await failure(in_threads=in_threads)
    assert error.kind is ErrorKind.SETTINGS
    assert "access key id from the AWS_* environment variables holds a line break" in error.message
    assert "AKIA" not in error.message


@pytest.mark.usefixtures("no_keys")
async def test_a_role_that_asks_for_an_mfa_code_is_told_with_the_way_out(config: Config, in_threads: bool) -> None:
    config(
        "[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    error = await failure(AwsTarget(profile="ops", region="eu-west-1"), in_threads=in_threads)
    assert error.kind is ErrorKind.SETTINGS
    assert "MFA" in error.message
    assert "`eval $(aws configure export-credentials --format env --profile ops)`" in error.message


async def test_a_setting_that_botocore_cannot_read_is_a_fault_of_the_settings(config: Config, in_threads: bool) -> None:
    config("[default]\nservices = own\n[services own]\ncloudwatch_logs = x\n")
    assert (await failure(in_threads=in_threads)).kind is ErrorKind.SETTINGS


HELPER = """
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
if (here / "once").exists():
    (here / "again").touch()
    while not (here / "go").exists():
        time.sleep(0.02)
(here / "once").touch()
print((here / "credentials").read_text())
"""


@pytest.fixture
def slow_helper(tmp_path: Path, config: Config, no_keys: None) -> Path:
    """A credential helper that answers at once, and the next time only when `go` exists; `again` shows the call.

    Its credentials expire in twelve minutes: soon enough to be refreshed, late enough to work.
    """
    expires = datetime.now(UTC) + timedelta(minutes=12)
    keys = {"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": expires.isoformat()}
    (tmp_path / "credentials").write_text(json.dumps(keys))
    (tmp_path / "helper.py").write_text(HELPER)
    command = shlex.join((sys.executable, str(tmp_path / "helper.py"), str(tmp_path)))
    config(f"[default]\ncredential_process = {command}\n")
    return tmp_path


async def until_there(path: Path) -> None:
    while not await asyncio.to_thread(path.exists):  # noqa: ASYNC110 - another process says so by a file
        await asyncio.sleep(0.01)


async def test_calls_go_on_with_the_credentials_they_have_while_new_ones_are_fetched(
    slow_helper: Path, endpoint: Endpoint
) -> None:
    async with connect(AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)) as aws:
        await aws.call("logs:FilterLogEvents", logGroupName=IKE)  # it begins the refresh, and does not wait for it
        await until_there(slow_helper / "again")
        await aws.call("logs:FilterLogEvents", logGroupName=IKE)
        await aws.call("ec2:DescribeVpnConnections")
        assert not (slow_helper / "go").exists()
