"""Links to AWS's console, for terminals that show them (OSC 8): from ids that we know, never from a text of a log."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final, TextIO

from tui.content.layout.lines import Line
from tui.headless.colour import Render

_ID: Final = re.compile(r"vpn-[0-9a-f]{8,17}(?![0-9a-z])")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_CONSOLES: Final = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
"""Where the partitions beside the ordinary one have theirs, by the beginning of the region."""
_PROGRAMS: Final = ("WezTerm", "iTerm.app", "vscode", "ghostty", "Hyper", "rio")
"""What TERM_PROGRAM says of terminals that know links."""
_BY_TERM: Final = ("kitty", "foot", "alacritty", "wezterm", "ghostty", "contour")
_BY_VARIABLE: Final = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID")
_VTE: Final = 5000
"""VTE_VERSION of 0.50, the first with links."""


def wants_links(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether output to this stream may hold links: on a terminal that is known to know them, never in a pipe.

    Behind tmux and GNU screen that is not known. FORCE_HYPERLINK says yes for a terminal, and with 0 no.
    """
    if not stream.isatty():
        return False
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    if environment.get("TMUX") or environment.get("STY"):
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _PROGRAMS
        or any(name in environment.get("TERM", "") for name in _BY_TERM)
        or any(environment.get(name) for name in _BY_VARIABLE)
        or (vte.isdecimal() and int(vte) >= _VTE)
    )


def console_pages(connections: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the address of each connection's page in the console, by id; `connections` are ids and their regions.

    What is no id or no region, such as an alias under a mask, has no page.
    """
    return {
        connection: _page(connection, region)
        for connection, region in connections
        if _ID.fullmatch(connection) and _REGION.fullmatch(region)
    }


def linked(render: Render, pages: Mapping[str, str]) -> Render:
    """Return what renders lines as `render` does, with each id of these pages as a link to its page."""

    def link(found: re.Match[str]) -> str:
        page = pages.get(found[0])
        return f"\x1b]8;;{page}\x1b\\{found[0]}\x1b]8;;\x1b\\" if page else found[0]

    def rendered(line: Line) -> str:
        return _ID.sub(link, render(line))

    return rendered


def _page(connection: str, region: str) -> str:
    own = next((host for begin, host in _CONSOLES.items() if region.startswith(f"{begin}-")), None)
    host = own or f"{region}.console.aws.amazon.com"
    return f"https://{host}/vpcconsole/home?region={region}#VpnConnections:search={connection}"
