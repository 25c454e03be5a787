"""Each front end loads only what it needs: textual costs 180 ms, aiobotocore 280 ms, botocore alone 100 ms."""

import subprocess
import sys

import pytest

from tests.accounts import account, options_for
from tui.demo.server.endpoint import serve_in_thread

SCREEN = "tui.app.app"
HEADLESS = ["tui.cli.program", "tui.headless.status", "tui.headless.tail", "tui.headless.explain", "tui.feed.pump"]


def modules_after(statement: str) -> set[str]:
    return {name.partition(".")[0] for name in whole_names_after(statement)}


def whole_names_after(statement: str) -> list[str]:
    code = f"{statement}\nimport sys; print(*sys.modules, sep='\\n', file=sys.stderr)"  # stdout has what it prints
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stderr.split()


def test_the_screen_does_not_wait_for_aws_libraries() -> None:
    loaded = modules_after(f"import {SCREEN}")
    assert "textual" in loaded
    assert not loaded & {"botocore", "aiobotocore", "boto3", "aiohttp"}


def test_the_first_paint_waits_for_nothing_that_only_events_need() -> None:
    loaded = whole_names_after("import tui.cli.program, tui.cli.screen, tui.app.watch, tui.feed.deferred")
    assert not {"tui.domain.events", "tui.domain.inventory", "tui.domain.knowledge.catalogue"} & set(loaded)


@pytest.mark.parametrize("module", HEADLESS)
def test_headless_commands_do_not_load_textual(module: str) -> None:
    assert not modules_after(f"import {module}") & {"textual", "rich"}


READING_ONCE = [["status"], ["status", "--json"], ["report"], ["tail", "--no-follow"]]
ENDING = [*READING_ONCE, ["explain", "x"], ["doctor"], ["doctor", "--json"]]


@pytest.mark.parametrize("arguments", ENDING)
def test_a_headless_command_has_not_loaded_textual_when_it_ends(arguments: list[str]) -> None:
    # The imports are made in the commands: what they load is known only at their end.
    with serve_in_thread(account()) as endpoint:
        where = options_for(endpoint) if arguments[0] != "explain" else []
        loaded = modules_after(
            f"from tui.cli.program import commands; commands.main({arguments + where}, standalone_mode=False)"
        )
    assert not loaded & {"textual", "rich"}
    assert ("botocore" in loaded) is bool(where)
    assert not (loaded & {"aiobotocore", "aiohttp"} and arguments in READING_ONCE)


def test_asking_for_help_loads_nothing_heavy() -> None:
    run = "from tui.cli.program import commands; commands.main(['--help'], standalone_mode=False)"
    assert not modules_after(run) & {"textual", "rich", "botocore", "aiobotocore", "aiohttp"}


FIRST_STATES = """
import asyncio
from contextlib import aclosing
from tui.feed.aws.target import AwsTarget
from tui.feed.tail.tailer import Tailer

async def read():
    async with aclosing(Tailer(AwsTarget(region="eu-west-1", endpoint_url="{url}")).batches()) as batches:
        async for batch in batches:
            if batch.events:
                return

asyncio.run(read())
"""


def test_the_first_states_wait_for_nothing_that_only_following_needs() -> None:
    with serve_in_thread(account()) as endpoint:
        loaded = modules_after(FIRST_STATES.format(url=endpoint.url))
    assert "botocore" in loaded
    assert not loaded & {"aiobotocore", "aiohttp"}


def test_what_only_doctor_knows_is_loaded_by_it_alone() -> None:
    own = ("tui.feed.doctor", "tui.domain.checkup", "tui.content.doctor", "tui.cli.this_terminal")
    assert not [name for name in whole_names_after("import tui.cli.program") if name.startswith(own)]


def test_reading_from_aws_does_not_load_textual() -> None:
    assert not modules_after("import tui.feed.tail.tailer, aiobotocore.session") & {"textual", "rich"}


@pytest.mark.parametrize("arguments", [["--version"], ["--region", "eu-west-1"]], ids=["command", "screen"])
def test_no_garbage_is_collected_while_the_program_loads(arguments: list[str]) -> None:
    # It would look through all that was imported so far, again and again.
    program = f"""
import gc, sys
from tui.__main__ import main
passes = []
gc.callbacks.append(lambda phase, about: passes.append(phase))
sys.argv = ["tunnelwatch", *{arguments}]
try:
    main()
finally:
    print(len(passes), gc.isenabled(), "textual" in sys.modules)
"""
    # There is no terminal: the screen is loaded, and refused.
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.stdout.splitlines()[-1] == f"0 True {arguments != ['--version']}"
