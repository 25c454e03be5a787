"""Names are resolved, and a name server that never answers blocks no ending."""

import socket
import subprocess
import sys

import pytest

from tui.feed.aws.sessions.resolver import Resolver

PATIENCE = 20
HANGING = """
import asyncio, socket, threading
from contextlib import aclosing
from tui.feed.tail.tailer import Tailer
from tui.feed.aws.target import AwsTarget

async def follow(asked):
    loop = asyncio.get_running_loop()
    def hang(*place, **options):
        loop.call_soon_threadsafe(asked.set)
        threading.Event().wait()
    socket.getaddrinfo = hang
    async with aclosing(Tailer(AwsTarget(region="eu-west-1")).batches()) as batches:
        async for batch in batches:
            pass

async def main():
    asked = asyncio.Event()
    following = asyncio.create_task(follow(asked))
    await asked.wait()
    following.cancel()
    await asyncio.wait([following])

asyncio.run(main())
"""


async def test_a_host_is_looked_up() -> None:
    (found, *_) = await Resolver().resolve("localhost", 4566, socket.AF_INET)
    assert (found["hostname"], found["host"], found["port"]) == ("localhost", "127.0.0.1", 4566)


@pytest.mark.parametrize(("host", "error"), [("nowhere.invalid", socket.gaierror), ("x" * 64, UnicodeError)])
async def test_a_host_that_cannot_be_found_is_told(host: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await Resolver().resolve(host)


def test_a_name_server_that_never_answers_holds_up_no_ending() -> None:
    done = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
