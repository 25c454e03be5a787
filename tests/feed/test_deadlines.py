"""Every call ends: whatever the server sends, however slowly or much, and whatever a credential helper does."""

import asyncio
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from tests.feed.bent import bent_endpoint
from tests.feed.conftest import IKE, QUICK, Writer, read_once, reading
from tui.demo.server.endpoint import Endpoint
from tui.demo.server.faults import Faults
from tui.demo.server.store import Store
from tui.domain.feed_state import ErrorKind
from tui.feed.aws.client import connect
from tui.feed.aws.errors import FeedError
from tui.feed.aws.sessions import botocore_internals
from tui.feed.aws.target import AwsTarget


async def trickle(request: web.Request) -> web.StreamResponse:
    """Answer with a blank now and then, endlessly."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-amz-json-1.1"})
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def flood(request: web.Request) -> web.StreamResponse:
    """Answer with blanks as fast as possible, endlessly."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-amz-json-1.1"})
    await response.prepare(request)
    while True:
        await response.write(b" " * 65_536)


async def nothing(request: web.Request) -> web.StreamResponse:
    return await asyncio.Future()


@pytest.mark.parametrize("answer", [trickle, nothing])
async def test_a_call_that_is_not_answered_in_full_ends_at_its_deadline(
    answer: Callable[[web.Request], web.StreamResponse], in_threads: bool
) -> None:
    async with bent_endpoint(answer) as bent, connect(bent.target, deadline=0.3, in_threads=in_threads) as aws:  # type: ignore[arg-type]
        with pytest.raises(FeedError, match="not answered in full within") as caught:
            await aws.call("logs:FilterLogEvents", logGroupName=IKE)
    assert caught.value.kind is ErrorKind.SERVER
    assert len(bent.requests) == 1  # the deadline is that of the call, not of each try


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, in_threads: bool
) -> None:
    monkeypatch.setattr(botocore_internals, "MAX_ANSWER", 1_000_000)
    async with bent_endpoint(flood) as bent, connect(bent.target, deadline=5.0, in_threads=in_threads) as aws:
        with pytest.raises(FeedError) as caught:
            await aws.call("logs:FilterLogEvents", logGroupName=IKE)
    assert caught.value.kind is ErrorKind.SERVER
    assert "not answered in full" not in caught.value.message  # it did not last until the deadline
    assert len(bent.requests) == 1


async def test_a_call_that_hung_is_made_again_and_nothing_is_missing(
    store: Store, writer: Writer, endpoint: Endpoint
) -> None:
    writer.write("before", ago=60)
    endpoint.faults = Faults(filter_slow=3_600)
    async with reading(endpoint, timing=replace(QUICK, call_deadline=0.2)) as reader:
        await reader.until(lambda: any("not answered in full" in text for text in reader.state.notices))
        endpoint.faults = Faults()
        writer.write("after")
        await reader.until_all_of(store)


async def test_reading_once_ends_where_a_call_hangs(writer: Writer, endpoint: Endpoint) -> None:
    writer.write("a", ago=60)
    endpoint.faults = Faults(filter_slow=3_600)
    with pytest.raises(FeedError, match="not answered in full"):
        await read_once(endpoint, timing=replace(QUICK, call_deadline=0.2))


HANGING = """
import os, pathlib, sys, time
(pathlib.Path(sys.argv[1]) / "pid").write_text(str(os.getpid()))
time.sleep(3_600)
"""


def is_running(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


@pytest.mark.parametrize(
    "profiles",
    [
        "[default]\n{helper}",
        "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n[profile base]\n{helper}",
    ],
    ids=["of the profile", "of the source profile"],
)
async def test_a_credential_helper_that_hangs_ends_with_the_call_that_waits_for_it(
    profiles: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, in_threads: bool
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    (tmp_path / "helper.py").write_text(HANGING)
    command = shlex.join((sys.executable, str(tmp_path / "helper.py"), str(tmp_path)))
    (tmp_path / "config").write_text(profiles.format(helper=f"credential_process = {command}\n"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    target = AwsTarget(region="eu-west-1", endpoint_url=endpoint.url)
    async with connect(target, deadline=2.0, in_threads=in_threads) as aws:
        with pytest.raises(FeedError, match="credential provider") as caught:
            await aws.call("logs:FilterLogEvents", logGroupName=IKE)
    assert caught.value.kind is ErrorKind.CREDENTIALS
    assert not is_running(int((tmp_path / "pid").read_text()))
