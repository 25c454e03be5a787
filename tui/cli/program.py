"""The command line as a whole: the group of commands, and the entry point."""

import sys
from typing import Final

import click

from tui.cli.colour_option import give_colour_option
from tui.cli.commands.accept import accept
from tui.cli.commands.config import config
from tui.cli.commands.demo import demo
from tui.cli.commands.doctor import doctor
from tui.cli.commands.explain import explain
from tui.cli.commands.export import export
from tui.cli.commands.history import history
from tui.cli.commands.maintenance import maintenance
from tui.cli.commands.man import man
from tui.cli.commands.policy import policy
from tui.cli.commands.replay import replay
from tui.cli.commands.report import report
from tui.cli.commands.serve import serve
from tui.cli.commands.status import status
from tui.cli.commands.tail import tail
from tui.cli.commands.wait import wait
from tui.cli.commands.watch import watch
from tui.cli.completion import complete
from tui.cli.default_command import WatchByDefault
from tui.cli.examples import give_examples
from tui.cli.process import collect_garbage_seldom, run
from tui.cli.settings import settings, take_settings
from tui.cli.version_option import VERSION

_COMMANDS: Final = (
    watch,
    demo,
    status,
    tail,
    wait,
    accept,
    replay,
    report,
    history,
    explain,
    doctor,
    policy,
    maintenance,
    export,
    serve,
    config,
    man,
)


@click.group(
    cls=WatchByDefault,
    subcommand_metavar="[COMMAND] [SELECTOR]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@VERSION
def commands() -> None:
    """Watch AWS Site-to-Site VPN tunnels live from their CloudWatch Logs.

    SELECTOR is a VPN connection id, its Name tag, a tunnel's outside IP, or a glob of these; none means all.
    """


for _command in _COMMANDS:
    commands.add_command(_command)
give_examples(commands)
give_colour_option(_COMMANDS)
# These commands read no config file: a broken one must not block the commands that diagnose it.
take_settings([command for command in _COMMANDS if command not in (config, man, policy, serve)], settings(watch))


def main() -> None:
    """Run `tunnelwatch`."""
    collect_garbage_seldom()
    sys.exit(run(commands) if (code := complete(commands)) is None else code)
