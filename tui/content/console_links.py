"""Links to AWS's console for terminals that show them (OSC 8), made from known ids, never from a log's text."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TextIO

_ID: Final = re.compile(r"vpn-[0-9a-f]{8,17}(?![0-9a-z])")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_CONSOLES: Final = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
"""The console's hosts of other partitions, by the beginning of the region."""
_PROGRAMS: Final = ("WezTerm", "iTerm.app", "vscode", "ghostty", "Hyper", "rio")
"""Values of TERM_PROGRAM for terminals that support links."""
_BY_TERM: Final = ("kitty", "foot", "alacritty", "wezterm", "ghostty", "contour")
_BY_VARIABLE: Final = ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID")
_VTE: Final = 5000
"""VTE_VERSION of 0.50, the first to support links."""


def wants_links(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether output to this stream may hold links: on a terminal known to support them, never in a pipe.

    Behind tmux and GNU screen that is unknown. FORCE_HYPERLINK enables links on a terminal; the value 0 disables them.
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


def console_page(connection: str, region: str) -> str:
    """Return the address of a connection's page in the console; empty for an invalid id or region, such as an alias."""
    if not (_ID.fullmatch(connection) and _REGION.fullmatch(region)):
        return ""
    own = next((host for begin, host in _CONSOLES.items() if region.startswith(f"{begin}-")), None)
    host = own or f"{region}.console.aws.amazon.com"
    return f"https://{host}/vpcconsole/home?region={region}#VpnConnections:search={connection}"


def linked_parts(text: str, page_of: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the text in parts, each with its link: the ids of connections that have a page."""
    end = 0
    for match in _ID.finditer(text):
        if page := page_of(match[0]):
            if match.start() > end:
                yield text[end : match.start()], ""
            yield match[0], page
            end = match.end()
    if end < len(text):
        yield text[end:], ""


def linked(text: str, page_of: Callable[[str], str]) -> str:
    """Return the text for a terminal, with each id of a connection that has a page as a link to it (OSC 8)."""
    return "".join(
        f"\x1b]8;;{page}\x1b\\{part}\x1b]8;;\x1b\\" if page else part for part, page in linked_parts(text, page_of)
    )
