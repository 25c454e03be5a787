"""Shell completion: commands, options, and the connections and tunnels that earlier runs have seen.

A run writes files only when asked to, so names are remembered only with `--remember-names`, usually set in the config
file.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem, shell_complete

if TYPE_CHECKING:
    from tui.domain.inventory import Inventory
    from tui.domain.state.fleet import Applied
    from tui.feed.source import Batch

_VARIABLE: Final = "_TUNNELWATCH_COMPLETE"
REMEMBERS: Final = "tunnelwatch.remembers"
"""The key in a command's context for whether names are to be remembered."""
_WORD: Final = re.compile(r"[\w.:@%+=,/][\w.:@%+=,/-]*")
_MOST: Final = 2_000
"""Maximum number of selectors kept."""


def complete(group: click.Group) -> int | None:
    """Answer the shell's request for completion and return the exit code; None if this is no such request."""
    instruction = os.environ.get(_VARIABLE)
    return shell_complete(group, {}, "tunnelwatch", _VARIABLE, instruction) if instruction else None


def complete_selector(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the connections and tunnels seen by earlier runs whose names begin with the given text."""
    return [CompletionItem(name) for name in known_selectors() if name.lower().startswith(incomplete.lower())]


def complete_site(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the sites of the config file with names that begin so, each with its region; none from a faulty file."""
    import tomllib

    from tui.cli.config_file import VARIABLE, usual_path

    try:
        content = tomllib.loads(Path(os.environ.get(VARIABLE) or usual_path()).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    sites = content.get("sites")
    given = parameter.name and context.params.get(parameter.name)
    return [
        CompletionItem(name, help=str(site.get("region", "")) if isinstance(site, dict) else "")
        for name, site in (sites.items() if isinstance(sites, dict) else ())
        if name.startswith(incomplete) and _is_word(name) and name not in (given or ())
    ]


def known_selectors() -> list[str]:
    """Return the names that the last runs saved; empty if there is no readable file."""
    try:
        path = _path()
        names = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    except (OSError, ValueError, RecursionError):
        return []
    return [name for name in names if isinstance(name, str) and _is_word(name)] if isinstance(names, list) else []


def _is_word(name: str) -> bool:
    """Whether a shell reads the name as one plain word: bash does not quote the completions it is offered."""
    return _WORD.fullmatch(name) is not None


def remember_selectors(batch: "Batch", applied: "Applied") -> None:
    """Save the names from EC2 for completion, if the user wants that, in a file that only the user may read. A sink."""
    if batch.inventory is None:
        return
    context = click.get_current_context()
    if not context.meta.get(REMEMBERS) or context.params.get("mask"):
        return
    wanted = dict.fromkeys(filter(_is_word, _names(batch.inventory)))
    before = known_selectors()
    after = list(dict.fromkeys([*wanted, *before]))[:_MOST]
    if set(after) == set(before):
        return
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(after), encoding="utf-8")
        draft.replace(path)
    except OSError:
        return  # completion is a convenience: no run may fail because of it


def _names(inventory: "Inventory") -> Iterator[str]:
    for connection in inventory.connections:
        yield from filter(None, (connection.name, connection.id))
        yield from (tunnel.outside_ip for tunnel in connection.tunnels)


def _path() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(folder).expanduser() / "tunnelwatch" / "selectors.json"
