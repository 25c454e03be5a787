"""Making a session does not block the screen."""

import subprocess
import sys

CALLS = """
import asyncio, contextlib, sys, threading
from tui.feed.aws.errors import FeedError
from tui.feed.aws.client import connect
from tui.feed.aws.target import AwsTarget

def note(event, arguments):
    if event == "open" and threading.current_thread() is threading.main_thread():
        if str(arguments[0]).endswith((".json", ".json.gz")):
            print(arguments[0])

async def main():
    async with connect(AwsTarget(region="eu-west-1", endpoint_url="http://127.0.0.1:1")) as aws:
        for action in ("logs:FilterLogEvents", "ec2:DescribeVpnConnections"):
            with contextlib.suppress(FeedError):
                await aws.call(action)

sys.addaudithook(note)
asyncio.run(main())
"""


def test_the_event_loop_reads_no_service_model() -> None:
    done = subprocess.run([sys.executable, "-c", CALLS], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
