"""What the keys do: one table from which bindings, footer, help and command palette are made."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding, BindingType

from tui.content.blocks import Block, heading
from tui.content.lines import Line, Span
from tui.content.tones import Background, Tone

Answer = Callable[[str, bool], None]
"""Takes what the reader wrote so far, and whether that is final."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something the reader can do. `label` stands in the footer where it has one; `rank` says what is cut off first."""

    keys: str
    action: str
    shown: str
    told: str
    label: str = ""
    rank: int = 0

    @property
    def title(self) -> str:
        """The command's name in the palette."""
        return (self.label or self.action.partition("(")[0].rpartition(".")[2].replace("_", " ")).capitalize()


COMMANDS: Final = (
    Command("enter", "open", "enter", "Open the tunnel or the message: meaning, checks, what to say", "open", 2),
    Command("tab", "app.focus_next", "tab", "Go between the board, the messages and the details", "messages", 8),
    Command("escape", "back", "esc", "Go back; drop a search or a filter"),
    Command("p", "pause", "p", "Pause the screen; the counts at the top stay live", "pause", 3),
    Command("a", "everywhere", "a", "Show what happened on all tunnels, or the selected tunnel's messages", "all", 6),
    Command("slash", "search", "/", "Search the messages of the selected tunnel", "search", 4),
    Command("n", "seek(1)", "n", "Go to the next match of the search"),
    Command("N", "seek(-1)", "N", "Go to the previous match of the search"),
    Command("f", "filter", "f", "Filter: tunnels on the board; messages by a text, warning or error", "filter", 5),
    Command("exclamation_mark", "problems", "!", "Show only connections in trouble, or all again", "problems", 7),
    Command("u", "unfold", "u", "Show each line of DPD and packet chatter, or fold it again", "unfold", 10),
    Command("y", "copy", "y", "Copy the message or the tunnel with its explanation, for a chat or a ticket", "copy", 9),
    Command("g", "choose_device", "g", "Choose the customer's device: its commands join the checks", "device", 11),
    Command("i", "about_feed", "i", "Show the feed: source, delay, remarks"),
    Command("question_mark", "help", "?", "Show this help", "help", 1),
    Command("q", "app.quit", "q", "Quit", "quit", 0),
)  # fmt: skip

_MOVES: Final = (
    ("↑ ↓  j k", "Move"),
    ("pgup pgdn", "Move by a page"),
    ("home end", "Go to the first or the last; the last message is followed again"),
    ("ctrl+p", "The command palette: all of this by name"),
)


_OTHERS: Final = ("open", "app.quit", "app.focus_next")


def bindings() -> list[BindingType]:
    """Return the main screen's bindings. Enter is the views' own, and quitting is the app's."""
    return [Binding(each.keys, each.action, each.told, show=False) for each in COMMANDS if each.action not in _OTHERS]


def footer_line(width: int) -> Line:
    """Return the keys that fit, the most wanted ones first to stay."""
    labelled = [each for each in COMMANDS if each.label]
    kept: set[str] = set()
    room = width - 1
    for each in sorted(labelled, key=lambda command: command.rank):
        room -= len(each.shown) + len(each.label) + 3
        if room < -2:
            break
        kept.add(each.keys)
    spans: list[Span] = []
    for each in labelled:
        if each.keys in kept:
            gap = Span("  " if spans else " ")
            spans += [gap, Span(each.shown, Tone.ACCENT), Span(f" {each.label}", Tone.QUIET)]
    return Line(tuple(spans), Background.BAR)


def told_line(told: str, *, tone: Tone = Tone.TEXT) -> Line:
    """Return the footer that says what just happened."""
    return Line((Span(f" {told}", tone),), Background.BAR)


def help_blocks() -> tuple[Block, ...]:
    """Return the help page."""
    return (
        Block("Keys", Tone.STRONG),
        *_table((each.shown, each.told) for each in COMMANDS),
        *_table(_MOVES),
        *heading("THE BOARD"),
        *_table(_SIGNS),
        *heading("WHAT TO KNOW"),
        *(Block(text, lead="• ") for text in _NOTES),
    )


def _table(rows: Iterable[tuple[str, str]]) -> Iterable[Block]:
    return (Block(told, lead=f"{shown:13} ", lead_tone=Tone.ACCENT) for shown, told in rows)


_SIGNS: Final = (
    ("● up", "phase 1 and phase 2 stand; a rekey is healthy and counts as up"),
    ("◌ negotiating", "one end is trying"),
    ("✖ down", "no phase 2"),
    ("? unknown", "nothing was logged within the look-back"),
    ("≥3m", "at least so long: the change itself is older than the look-back"),
    ("FLAPS", "how often the tunnel fell in the last hour"),
    ("up 12", "BGP is established, with 12 prefixes; – where there is no BGP log"),
    ("up 12?", "the tunnel is down, and BGP's hold timer has not run out yet"),
    ("unsteady", "up, and in trouble all the same: it falls again and again, or soon will"),
    ("≠ EC2", "EC2's status differs from what the logs say; the details tell both"),
)
_NOTES: Final = (
    "Silence is not down: a tunnel without NAT may log nothing for minutes.",
    "Two tunnels up make a connection redundant; one of them is enough to carry the traffic.",
    "EC2's own status is minutes behind the logs.",
    "Copying goes to the terminal's clipboard (OSC 52; tmux needs `set -g set-clipboard on`) and to a file.",
)
