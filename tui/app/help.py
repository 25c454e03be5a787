"""The help page: the keys, the symbols of the board, and other things worth knowing."""

from collections.abc import Iterable
from typing import Final

from tui.app import keys
from tui.content.layout.blocks import Block, heading
from tui.content.layout.tones import Tone

_Row = tuple[str, str]
"""A key, and what it does."""

_TOPICS: Final[tuple[tuple[str, tuple[str, ...], tuple[_Row, ...]], ...]] = (
    ("SEE", ("open", "all", "timeline", "search", "filter", "problems", "map", "unfold", "pause"), ()),
    ("SAY AND KEEP", ("copy", "copy_page", "device", "note", "report", "save_recording", "mask"), ()),
    ("GO BACK IN TIME", ("earlier", "later", "go_to", "back_10_s", "on_10_s", "faster", "slower", "live"), ()),
    ("CHECK", ("doctor", "way_back", "about_feed", "retry"), ()),
    ("ARRANGE THE BOARD", ("sort", "reverse_order", "group"), ()),
    (
        "MOVE",
        ("next_pane", "back", "previous", "next", "next_match", "previous_match"),
        (
            ("↑ ↓  j k", "Move"),
            ("pgup pgdn", "Move by a page; ctrl+u and ctrl+d by half a page"),
            (
                "home end",
                "Go to the first or the last, as g and G do; at the last message, new ones are followed again",
            ),
        ),
    ),
    (
        "THE PROGRAM",
        ("help", "redraw", "suspend_process", "quit"),
        (("ctrl+p", "The command palette: all commands by name"),),
    ),
)
"""Each topic with the ids of its commands, the most important ones first, and with keys that are no commands."""
_IN_THE_TIMELINE: Final = (("← → h l", "Point at a moment; with shift, ten cells further"),)
_SYMBOLS: Final = (
    ("● up", "phase 1 and phase 2 are established; a rekey is healthy and counts as up"),
    ("◌ negotiating", "negotiation in progress"),
    ("▲ no BGP", "IPsec is up, but nothing passes: BGP is down; age and FLAPS are those of BGP"),
    ("▲ quiet 34m", "it used to log all the time, and has been silent for this long"),
    ("✖ down", "phase 2 is not established"),
    ("? unknown", "nothing was logged within the look-back"),
    ("≥3m", "at least 3 minutes; the change is older than the look-back"),
    ("FLAPS", "how often the tunnel went down in the last hour; ≥2 under FLAPS/10m: twice in the ten minutes read"),
    ("up 12", "BGP is established, with 12 prefixes; – means that there is no BGP log"),
    ("up 12?", "the tunnel is down, and BGP's hold timer has not expired yet"),
    ("at risk", "up, but in trouble: the tunnel keeps going down, or soon will"),
    ("▸ 9 redundant", "connections in which nothing happens, folded; enter or → shows them, ← folds them again"),
    (
        "TUNNEL▾",
        "the board is sorted by this column; a click on a heading sorts by it, another click reverses the order",
    ),
    ("● ◐ ▼ ?", "on the map: up; up, in trouble; not carrying; unknown"),
    ("≠ EC2", "EC2's status differs from the logs; the details show both"),
)
_NOTES: Final = (
    "Silence is not down: a tunnel without NAT may log nothing for minutes.",
    "Two tunnels up make a connection redundant; one of them is enough to carry the traffic.",
    "EC2's own status is minutes behind the logs.",
    "Dragging with shift held down selects text; a click on a key in the last line presses it, a click on the selected "
    "tunnel opens it.",
    "The key that opened a page closes it, too. Other keys can be chosen in the config file, under [keys], except "
    "those for moving around.",
    "Copying goes to the terminal's clipboard (OSC 52; tmux needs `set -g set-clipboard on`) and to a file.",
)


def help_blocks() -> tuple[Block, ...]:
    """Return the help page."""
    return (
        Block("Keys", Tone.STRONG),
        *_by_topic(),
        *heading("IN THE TIMELINE"),
        *_table(_IN_THE_TIMELINE),
        *_table((command.key_label, command.description) for command in keys.timeline_commands()),
        *heading("THE BOARD"),
        *_table(_SYMBOLS),
        *heading("WHAT TO KNOW"),
        *(Block(note, lead="• ") for note in _NOTES),
    )


def _by_topic() -> Iterable[Block]:
    command_of = {command.id: command for command in keys.commands()}
    for topic, ids, others in _TOPICS:
        yield from heading(topic)
        yield from _table((command_of[name].key_label, command_of[name].description) for name in ids)
        yield from _table(others)


def _table(rows: Iterable[_Row]) -> Iterable[Block]:
    return (Block(meaning, lead=f"{term:13} ", lead_tone=Tone.ACCENT) for term, meaning in rows)
