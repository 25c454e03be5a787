"""The environment of every test: no AWS account, no ignored signals, and a server that is not ours."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from types import FrameType
from typing import Any, Protocol

import pytest
from hypothesis import settings

import tui.app  # noqa: F401 - sets Textual's switches, which it reads when it is first imported
from tests.pipes import run_to_its_end
from tui.cli.process import collect_garbage_seldom

# How long an example takes is the machine's affair: beside two other test processes a fast one can take a second.
# A push is judged by the same examples each time, so that it fails for its own change; elsewhere they are drawn anew.
# Forty examples a property, so that the whole suite takes under five minutes; elsewhere each run draws others.
settings.register_profile("tunnelwatch", deadline=None, derandomize="CI" in os.environ, max_examples=40)
settings.load_profile("tunnelwatch")

# Without bytecode each worker rewrites the assertions of all tests again, which takes 4 s, and each process that runs
# the program compiles all of it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

REGION = "eu-west-1"


def pytest_collection_finish() -> None:
    """Collect garbage as rarely as the program does, and exclude the thousands of collected tests.

    Scanning them again and again took a fifth of the time of the tests that run in this process.
    """
    collect_garbage_seldom()


class Run(Protocol):
    """Runs the program to its end and returns what it printed."""

    def __call__(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 - the name in `subprocess.run`
        errors: str | None = None,
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(autouse=True, scope="session")
def signals_are_heard() -> None:
    """Restore default signal handling for processes that tests start, even if this run ignores signals, as with nohup.

    A signal that is ignored here would be ignored there, and the program would not handle it.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def no_aws_account(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Clear the AWS environment and set dummy credentials; no config file exists where the SDK looks for them."""
    for name in os.environ:
        if name.startswith(("AWS_", "TUNNELWATCH_")):
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "nowhere"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(nowhere))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of a moto server, whose logs and Live Tail are not ours."""
    from moto.server import ThreadedMotoServer  # most tests do without, and it takes long to import

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto(moto_server: str) -> Iterator[Callable[[str], Any]]:
    """Makes boto3 clients of an empty moto server."""
    import boto3  # the same

    urllib.request.urlopen(urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")).close()
    with ExitStack() as stack:

        def client(service: str) -> Any:
            return stack.enter_context(closing(boto3.client(service, region_name=REGION, endpoint_url=moto_server)))

        yield client


@pytest.fixture
def tunnelwatch() -> Run:
    """The program as a function of its command line."""

    def run(
        *arguments: str,
        input: str | None = None,  # noqa: A002 - as above
        errors: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return run_to_its_end("-m", "tui", *arguments, input=input, errors=errors)

    return run
