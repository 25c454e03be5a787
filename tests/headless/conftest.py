"""A server that is not ours, and the program as a process."""

import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of a moto_server in a process of its own: neither its emulator nor its Live Tail is ours."""
    command = [sys.executable, "-c", "from moto.server import main; main(['-H', '127.0.0.1', '-p', '0'])"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        yield next(line for line in server.stderr if "Running on http" in line).split()[-1]
        server.terminate()


@pytest.fixture
def moto(moto_server: str) -> Iterator[Callable[[str], Any]]:
    """Makes boto3 clients of a moto that was emptied."""
    urllib.request.urlopen(urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")).close()
    clients: list[Any] = []

    def client(service: str) -> Any:
        clients.append(boto3.client(service, region_name=REGION, endpoint_url=moto_server))
        return clients[-1]

    yield client
    for each in clients:
        each.close()
