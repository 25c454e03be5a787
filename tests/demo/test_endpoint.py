"""Requests that no AWS client makes are answered without a crash."""

import aiohttp
import pytest

from tests.demo.conftest import arn
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.hosts import is_loopback_host

LIVE = {"X-Amz-Target": "Logs_20140328.StartLiveTail"}
FILTER = {"X-Amz-Target": "Logs_20140328.FilterLogEvents"}


async def answer(
    endpoint: Endpoint,
    method: str = "POST",
    *,
    headers: dict[str, str],
    json: object = None,
    data: bytes | None = None,
) -> tuple[int, str]:
    """Return the status and the body of an answer to a bare request."""
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, endpoint.url, headers=headers, json=json, data=data) as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(
    "host",
    [
        "localhost:4566",
        "127.0.0.1",
        "[::1]:80",
        "stream-127.0.0.1:9",
        "streaming-localhost",
        "logs.localhost:1",
        "10.0.0.1",
    ],
)
def test_this_machine_is_asked_by_any_name_of_its_own(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize("host", ["", "evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "[evil]"])
def test_a_name_that_anybody_could_own_is_none_of_this_machine(host: str) -> None:
    assert not is_loopback_host(host)


async def test_a_page_that_leads_its_own_name_here_reads_nothing(endpoint: Endpoint) -> None:
    status, text = await answer(endpoint, headers={**FILTER, "Host": "evil.example"}, json={"logGroupName": "a"})
    assert (status, endpoint.calls.total()) == (421, 0)
    assert "localhost" in text


async def test_a_method_that_no_client_uses_opens_no_session(endpoint: Endpoint) -> None:
    status, text = await answer(endpoint, "HEAD", headers=LIVE, json={"logGroupIdentifiers": [arn()]})
    assert (status, text, endpoint.sessions_started) == (405, "", 0)


async def test_a_body_that_is_not_compressed_as_it_says_is_a_bad_request(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _ = await answer(endpoint, headers={**FILTER, "Content-Encoding": "gzip"}, data=b"no gzip")
    assert status == 400
    assert (caplog.text, capsys.readouterr().err) == ("", "")


async def test_a_fault_of_the_endpoint_is_told_in_the_shape_of_aws(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(endpoint.home, "logs", None)
    status, text = await answer(endpoint, headers=FILTER, json={"logGroupName": "a"})
    assert status == 500
    assert '"__type": "InternalFailure"' in text
    assert capsys.readouterr().err == ""
