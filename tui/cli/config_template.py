"""The commented template of the config file, generated from the options so that it lists every one of them."""

from collections.abc import Iterator
from textwrap import wrap

import click

from tui.cli.config_file import Options
from tui.cli.settings import variable_of

_TABLES = """
# What you call a connection, by its id; it comes before the Name tag.
# [names]
# "vpn-0a1b2c3d4e5f60718" = "headquarters"

# The make of the customer's device, by the connection's id or name.
# [devices]
# hq = "fortigate"

# Other keys, by what the help and the palette call them.
# [keys]
# copy = "x"
# timeline = "f5"

# Accounts and regions, for `--site osaka --site hq` or `--all-sites`. Each key may be left out.
# [sites.osaka]
# profile = "prod"
# role_arn = "arn:aws:iam::123456789012:role/watch-vpn"
# external_id = "agreed-with-the-customer"
# region = "ap-northeast-3"
# log_groups = ["/aws/vendedlogs/vpn"]
# selectors = ["branch-*"]
# linked_accounts = true        # also the accounts that share their logs with this one
"""


def template(options: Options) -> str:
    """Return the template: every option as a comment, with its help, its variable and its default."""
    return "\n".join([*_head(), *(line for key in sorted(options) for line in _entry(key, options[key]))]) + _TABLES


def _head() -> Iterator[str]:
    yield "# tunnelwatch: options for every run. Remove the # in front of what you want."
    yield "# An option on the command line comes first, then its variable, then this file."


def _entry(key: str, parameter: click.Parameter) -> Iterator[str]:
    yield ""
    if isinstance(parameter, click.Option):
        record = parameter.get_help_record(click.Context(click.Command("config")))
        yield from (f"# {line}" for line in wrap(f"{(record or ('', ''))[1]}", 100))
        yield f"# Variable: {variable_of(parameter)}"
    else:
        yield "# What to watch if the command line names nothing: connection ids, Name tags, outside IPs, globs."
    yield f"# {key} = {_example(parameter)}"


def _example(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return "true"
    if parameter.multiple or parameter.nargs == -1:
        return '["…"]'
    default = parameter.to_info_dict().get("default")
    return f'"{default}"' if default not in (None, "", ()) else '"…"'
