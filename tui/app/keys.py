"""What the keys do: one table from which bindings, footer, help and command palette are made."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Final

from textual.binding import Binding, BindingType

from tui.content.key_names import KeyNames
from tui.content.layout.blocks import Block, heading
from tui.content.layout.lines import Line, Span
from tui.content.layout.tones import Background, Tone

Answer = Callable[[str, bool], None]
"""Takes what the user has written so far, and whether that is final."""


class Owner(Enum):
    """Who binds a command's key."""

    APP = "app"
    SCREEN = "screen"
    """The main screen."""
    PAGE = "page"
    """The main screen, and the pages that show a tunnel or a message."""
    DETAILS = "details"
    """As `PAGE`, and not in the footer of these pages."""
    EVERY_PAGE = "every page"
    """The main screen, and every page."""
    TIMELINE = "timeline"
    """The page of the timeline, where other commands than its own and those of every page have no key."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something that the user can do.

    `keys` are Textual's names of the keys, `key_label` is what the user calls them. A command with a `label` stands in
    the footer, where those of the highest `rank` are left out first.
    """

    keys: str
    action: str
    key_label: str
    description: str
    label: str = ""
    rank: int = 0
    owner: Owner = Owner.SCREEN
    name: str = ""
    """What the palette calls it, where neither the label nor the action says it."""

    @property
    def called(self) -> str:
        """The command's name, as a person would type it."""
        return (self.name or self.label or self.action.rpartition(".")[2].replace("_", " ")).lower()

    @property
    def id(self) -> str:
        """The command's name in the config file, and that of its binding."""
        return self.called.replace(" ", "_")

    @property
    def title(self) -> str:
        """The command's name in the palette, and its key."""
        return f"{self.called.capitalize()}   {self.key_label}"


TAB: Final = "app.focus_next"

COMMANDS: Final = (
    Command("enter", "open", "enter", "Open the tunnel or the message: meaning, checks, what to say", "open", 2),
    Command("tab", TAB, "tab", "Move between the board, the messages and the details", "messages", 5, Owner.APP,
            "Next pane"),
    Command("escape", "back", "esc", "Go back; clear a search or a filter"),
    Command("p", "pause", "p", "Pause the screen; the counts at the top stay live; in a recording, play or pause",
            "pause", 3, Owner.DETAILS),
    Command("a", "everywhere", "a", "Show what happened on all tunnels, or the selected tunnel's messages", "all", 6,
            Owner.DETAILS),
    Command("slash", "search", "/", "Find tunnels on the board; in the messages, search them", "search", 4),
    Command("m", "mark", "m", "Note what was just done at this moment: for news, timeline and report", "note",
            8, Owner.DETAILS),
    Command("t", "timeline", "t", "Show each tunnel's state over the last hour, with outages, changes and notes",
            "timeline", 9, Owner.DETAILS),
    Command("less_than_sign", "earlier", "<", "Go back to the change before, and see all as it was then", "earlier", 9),
    Command("greater_than_sign", "later", ">", "While going back: go to the next change"),
    Command("at", "moment", "@", "Go back to a time, or to a note by its words", name="Go to"),
    Command("comma", "shift(-10)", ",", "While going back: go back by 10 seconds", name="Back 10 s"),
    Command("full_stop", "shift(10)", ".", "While going back: go on by 10 seconds", name="On 10 s"),
    Command("plus", "faster(1)", "+", "Play faster", name="Faster"),
    Command("minus", "faster(-1)", "-", "Play slower", name="Slower"),
    Command("L", "live", "L", "Go back to live"),
    Command("S", "save", "S", "Save a recording of all that was seen so far, for `tunnelwatch replay`",
            name="Save recording"),
    Command("n", "seek(1)", "n", "Go to the next match, in the messages or on the filtered board", name="Next match"),
    Command("N", "seek(-1)", "N", "Go to the previous match", name="Previous match"),
    Command("left_square_bracket", "step(-1)", "[", "In the details, go to the previous tunnel, or message", "prev",
            12, Owner.PAGE, "Previous"),
    Command("right_square_bracket", "step(1)", "]", "In the details, go to the next tunnel, or message", "next", 12,
            Owner.PAGE),
    Command("f", "filter", "f", "Filter the tunnels by a text; the messages by a text, or by warning or error",
            "filter", 8),
    Command("exclamation_mark", "problems", "!", "Show only connections in trouble, or all again", "problems", 7),
    Command("s", "sort", "s", "Sort the board: worst first, by name, by last change, by flaps; or click on a heading",
            "sort", 15),
    Command("R", "reverse", "R", "Sort the board the other way round", name="Reverse order"),
    Command("v", "group", "v", "Group the board by site or by verdict, or not at all", name="Group"),
    Command("o", "map", "o", "Show an overview of all tunnels as a map, one sign each", "map", 17, name="Map"),
    Command("u", "unfold", "u", "Show each line of routine and of repeated attempts, or fold them again", "unfold", 10),
    Command("y", "copy", "y", "Copy the message or the tunnel with its explanation, for a chat or a ticket", "copy", 9,
            Owner.PAGE),
    Command("Y", "copy_page", "Y", "Copy the whole page: all messages of the list, all details, this help",
            "copy page", 13, Owner.EVERY_PAGE),
    Command("w", "report", "w", "Write a report of what was seen so far, as HTML and Markdown", name="Report"),
    Command("M", "mask", "M", "Hide whose tunnels these are: aliases for names, ids, addresses in all that is shown or "
            "saved; again: the truth", owner=Owner.DETAILS),
    Command("c", "choose_device", "c", "Choose the customer's device: checks are shown as its commands", "device", 11,
            Owner.PAGE),
    Command("d", "checkup", "d", "Look for what is wrong at AWS: access, logging, set-up, routes; and what mends it",
            "doctor", 14, name="Doctor"),
    Command("b", "way_back", "b", "Look whether traffic finds its way back to this connection: routes, bytes, changes",
            name="Way back"),
    Command("i", "about_feed", "i", "Show the data source: how it is read, how late it is, warnings"),
    Command("r", "retry", "r", "Try again at once, where the feed waits before its next try"),
    Command("ctrl+l", "app.redraw", "ctrl+l", "Draw the screen again", owner=Owner.APP),
    Command("ctrl+z", "app.suspend_process", "ctrl+z", "Suspend; `fg` brings the screen back", owner=Owner.APP),
    Command("question_mark", "help", "?", "Show this help", "help", 1, Owner.PAGE),
    Command("q", "app.quit", "q", "Quit", "quit", 0, Owner.APP),
    Command("1", "span(1)", "1", "The last 15 minutes", owner=Owner.TIMELINE, name="Last 15 min"),
    Command("2", "span(2)", "2", "The last hour", owner=Owner.TIMELINE, name="Last 1 h"),
    Command("3", "span(3)", "3", "The last 6 hours", owner=Owner.TIMELINE, name="Last 6 h"),
    Command("4", "span(4)", "4", "The whole look-back", owner=Owner.TIMELINE, name="Last all"),
    Command("left_square_bracket", "event(-1)", "[", "Point at the event before", owner=Owner.TIMELINE,
            name="Previous event"),
    Command("right_square_bracket", "event(1)", "]", "Point at the next event", owner=Owner.TIMELINE,
            name="Next event"),
    Command("n", "now", "n", "Point at the present again", owner=Owner.TIMELINE, name="Now"),
    Command("enter", "choose", "enter", "Show all as it was at the moment pointed at", owner=Owner.TIMELINE,
            name="Go there"),
)  # fmt: skip

BY_NAME: Final = (
    ("Group by site", "group_by('site')", "Put the connections of each site under its name"),
    ("Group by verdict", "group_by('verdict')", "Put what is down, at risk, unknown and redundant together"),
    ("No groups", "group_by('connection')", "Show the connections without groups"),
    ("Sort worst first", "sort_by('worst')", "Put what is in trouble at the top"),
    ("Sort by name", "sort_by('name')", "Sort the connections by their names"),
    ("Sort by last change", "sort_by('change')", "Put what changed last at the top"),
    ("Sort by flaps", "sort_by('flaps')", "Put what went down most often at the top"),
)
"""What the palette offers beside the commands: a name, an action, and what it does. On the board one key goes through
all of them."""

_MOVES: Final = (
    ("↑ ↓  j k", "Move"),
    ("pgup pgdn", "Move by a page; ctrl+u and ctrl+d by half of one"),
    (
        "home end",
        "Go to the first or the last, as g and G do; at the last message, new ones are followed again",
    ),
    ("ctrl+p", "The command palette: all of this by name"),
)
_MOVES_IN_THE_TIMELINE: Final = (("← → h l", "Point at a moment; with shift, ten cells on"),)
_SYMBOLS: Final = (
    ("● up", "phase 1 and phase 2 are established; a rekey is healthy and counts as up"),
    ("◌ negotiating", "negotiation in progress"),
    ("▲ no BGP", "IPsec is up, but nothing passes: BGP is down; age and FLAPS are those of BGP"),
    ("▲ quiet 34m", "it logged all the time, and has been silent for so long"),
    ("✖ down", "phase 2 is not established"),
    ("? unknown", "nothing was logged within the look-back"),
    ("≥3m", "at least 3 minutes; the change is older than the look-back"),
    ("FLAPS", "how often the tunnel went down in the last hour; ≥2 under FLAPS/10m: twice in the ten minutes read"),
    ("up 12", "BGP is established, with 12 prefixes; – means that there is no BGP log"),
    ("up 12?", "the tunnel is down, and BGP's hold timer has not expired yet"),
    ("at risk", "up, but in trouble: the tunnel keeps going down, or soon will"),
    ("▸ 9 redundant", "connections in which nothing happens, folded; enter or → shows them, ← folds them again"),
    ("TUNNEL▾", "the board is sorted by this; a click on a heading sorts by that, and again the other way round"),
    ("● ◐ ▼ ?", "on the map: up; up, in trouble; not carrying; unknown"),
    ("≠ EC2", "EC2's status differs from the logs; the details show both"),
)
_NOTES: Final = (
    "Silence is not down: a tunnel without NAT may log nothing for minutes.",
    "Two tunnels up make a connection redundant; one of them is enough to carry the traffic.",
    "EC2's own status is minutes behind the logs.",
    "Dragging with shift held down selects text; a click on a key in the last line presses it, a click on the selected "
    "tunnel opens it.",
    "The key that opened a page closes it, too. Other keys can be chosen in the config file, under [keys], for all but "
    "moving about.",
    "Copying goes to the terminal's clipboard (OSC 52; tmux needs `set -g set-clipboard on`) and to a file.",
)


_RESERVED: Final = frozenset(
    ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "escape", "tab", "j", "k", "h", "l",
     "g", "G", "ctrl+u", "ctrl+d", "ctrl+p", "ctrl+c", *"0123456789")
)  # fmt: skip
"""Keys that move about, or that no screen may lose."""
_KEY: Final = re.compile(r"(?:ctrl\+|shift\+|alt\+)*(?:[a-z0-9]|f[0-9]{1,2}|space|insert|delete)|[!-~]")
_commands = list(COMMANDS)


def commands() -> Sequence[Command]:
    """Return the commands of the main screen, with the keys that the user chose."""
    return tuple(command for command in _commands if command.owner is not Owner.TIMELINE)


def timeline_line() -> Line:
    """Return the footer of the timeline's page, with the keys that the user chose."""
    key_of = {command.id: command.key_label for command in _commands}
    spans = " ".join(key_of[name] for name in ("last_15_min", "last_1_h", "last_6_h", "last_all"))
    events = " ".join(key_of[name] for name in ("previous_event", "next_event"))
    return key_line(
        (
            ("esc q", "back"),
            (spans, "15m 1h 6h all"),
            ("← →", "point"),
            (key_of["go_there"], "go there"),
            (events, "event before, next"),
            (key_of["now"], "now"),
            (key_of["copy_page"], "copy page"),
        )
    )


def key_names() -> KeyNames:
    """Return the keys that texts mention, as the user chose them."""
    wanted = {field.name for field in fields(KeyNames)}
    return KeyNames(**{command.id: command.key_label for command in _commands if command.id in wanted})


def choose(chosen: Mapping[str, str]) -> Mapping[str, str]:
    """Put commands, by their ids, on other keys from now on; return the keys as Textual names them, by ids.

    Raises KeyChoiceError for a command that there is not, and for a key that is none or that another command has.
    """
    by_id = {command.id: command for command in COMMANDS}
    for name, key in chosen.items():
        if name not in by_id:
            raise KeyChoiceError(name, f"is no command; there are {', '.join(sorted(by_id))}")
        if not _KEY.fullmatch(key):
            raise KeyChoiceError(name, f"{key!r} is no key; write x, X, !, f5 or ctrl+x")
        if _textual_name(key) in _RESERVED:
            raise KeyChoiceError(name, f"{key!r} moves about or ends a page, and keeps doing so")
    after = [
        replace(command, keys=_textual_name(chosen[command.id]), key_label=chosen[command.id])
        if command.id in chosen
        else command
        for command in COMMANDS
    ]
    for together in (_beside_the_timeline, _on_the_timeline):
        present = [command for command in after if together(command)]
        for key, uses in Counter(command.keys for command in present).items():
            if uses > 1:
                names = [command.id for command in present if command.keys == key]
                name = next(name for name in names if name in chosen)
                raise KeyChoiceError(name, f"{chosen[name]!r} is also the key of {', '.join({*names} - {name})}")
    _commands[:] = after
    return {command.id: command.keys for command in after if command.id in chosen}


def _beside_the_timeline(command: Command) -> bool:
    return command.owner is not Owner.TIMELINE


def _on_the_timeline(command: Command) -> bool:
    return command.owner in (Owner.TIMELINE, Owner.EVERY_PAGE, Owner.APP) or command.action == "timeline"


class KeyChoiceError(ValueError):
    """A key that cannot be chosen for the command `name`; the message says why."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(fault)
        self.name = name


def _textual_name(key: str) -> str:
    return next(iter(Binding.make_bindings([Binding(key, "")]))).key


def _key_of(label: str) -> str | None:
    """Return Textual's name of a key that a footer shows."""
    shown = {command.key_label: command.keys for command in reversed(_commands)} | {"esc q": "escape"}
    return shown.get(label)


_PLAYING: Final = (
    ("earlier", "earlier"),
    ("later", "later"),
    ("pause", "play"),
    ("help", "help"),
    ("app.quit", "quit"),
    ("moment", "go to"),
    ("faster(1)", "faster"),
    ("faster(-1)", "slower"),
)
"""The actions that a footer names while an earlier moment is shown, and how; the first are kept longest."""


def bindings(*owners: Owner) -> list[BindingType]:
    """Return the bindings of the commands that belong to these owners."""
    return [
        Binding(command.keys, command.action, command.description, show=False, id=command.id)
        for command in COMMANDS
        if command.owner in owners
    ]


def closing(action: str) -> list[BindingType]:
    """Return the binding by which the key of a command closes the page that the command opened."""
    return on_key_of(action, "leave")


def on_key_of(action: str, own_action: str) -> list[BindingType]:
    """Return the binding by which the key of a command does something of a page's own."""
    return [
        Binding(command.keys, own_action, show=False, id=command.id) for command in COMMANDS if command.action == action
    ]


def labels(*owners: Owner) -> list[tuple[str, str]]:
    """Return the keys and labels of the commands that belong to these owners."""
    return [(command.key_label, command.label) for command in _commands if command.owner in owners]


def hint(*actions: str) -> str:
    """Return the keys of some actions with what they are called, for a line that has room for them."""
    called = {command.action: f"{command.key_label} {command.called}" for command in _commands}
    return "  ".join(called[action] for action in actions)


def footer_line(width: int, *, tab: str = "messages") -> Line:
    """Return the keys that fit, the most wanted ones kept longest. `tab` names where the tab key goes."""
    labelled = [
        replace(command, label=tab) if command.action == TAB else command for command in _commands if command.label
    ]
    kept: set[str] = set()
    room = width - 1
    for command in sorted(labelled, key=lambda command: command.rank):
        room -= len(command.key_label) + len(command.label) + 3
        if room < -2:
            break
        kept.add(command.keys)
    return key_line((command.key_label, command.label) for command in labelled if command.keys in kept)


def playing_line(width: int, *, is_live: bool) -> Line:
    """Return the keys while an earlier moment is shown, as many as fit."""
    key_of = {command.action: command.key_label for command in _commands}
    wanted = [*([("live", "back to live")] if is_live else []), *_PLAYING]
    shown = [(key_of[action], label) for action, label in wanted]
    while len(shown) > 1 and sum(len(key) + len(label) + 3 for key, label in shown) > width:
        shown.pop()
    return key_line(shown)


_SPANS_A_KEY: Final = 3
"""A gap, the key, and what it does."""


def key_line(keys: Iterable[tuple[str, str]]) -> Line:
    """Return a footer of keys, each with what it does."""
    spans: list[Span] = []
    for key, label in keys:
        gap = Span("  " if spans else " ")
        spans += [gap, Span(key, Tone.ACCENT), Span(f" {label}", Tone.QUIET)]
    return Line(tuple(spans), Background.BAR)


def key_at(drawn: Line, x: int) -> str | None:
    """Return Textual's name of the key whose name or label is at column `x` of a footer of keys; None beside them."""
    label, end = "", 0
    for span in drawn.spans:
        end += len(span.text)
        label = span.text if span.tone is Tone.ACCENT else label
        if x < end:
            return None if span.text.isspace() else _key_of(label)
    return None


def whole_keys(drawn: Line, width: int) -> Line:
    """Return a footer of keys without those at its end that do not fit in so many cells; any other line as it is."""
    end = 0
    for index, span in enumerate(drawn.spans):
        end += len(span.text)
        if end > width and any(kept.tone is Tone.ACCENT for kept in drawn.spans[:index]):
            return replace(drawn, spans=drawn.spans[: index // _SPANS_A_KEY * _SPANS_A_KEY])
    return drawn


def notice_line(notice: str, *, tone: Tone = Tone.TEXT) -> Line:
    """Return the footer that says what just happened."""
    return Line((Span(f" {notice}", tone),), Background.BAR)


def help_blocks() -> tuple[Block, ...]:
    """Return the help page."""
    return (
        Block("Keys", Tone.STRONG),
        *_table((command.key_label, command.description) for command in commands()),
        *_table(_MOVES),
        *heading("THE TIMELINE"),
        *_table(_MOVES_IN_THE_TIMELINE),
        *_table((command.key_label, command.description) for command in _commands if command.owner is Owner.TIMELINE),
        *heading("THE BOARD"),
        *_table(_SYMBOLS),
        *heading("WHAT TO KNOW"),
        *(Block(note, lead="• ") for note in _NOTES),
    )


def _table(rows: Iterable[tuple[str, str]]) -> Iterable[Block]:
    return (Block(meaning, lead=f"{term:13} ", lead_tone=Tone.ACCENT) for term, meaning in rows)
