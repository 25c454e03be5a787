"""The table of everything that the user can do, which bindings, footers, help and command palette are made from."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Owner(Enum):
    """The part of the screen that binds a command's key."""

    APP = "app"
    SCREEN = "screen"
    """The main screen."""
    PAGE = "page"
    """The main screen, and the pages that show a tunnel or a message."""
    DETAILS = "details"
    """As `PAGE`, but not in the footer of these pages."""
    EVERY_PAGE = "every page"
    """The main screen, and every page."""
    TIMELINE = "timeline"
    """The page of the timeline, on which only its own commands and those of every page have keys."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something that the user can do.

    `keys` are Textual's names of the keys, `key_label` is the user's name for them. A command with a `label` appears in
    the footer; if room is short, those of the highest `rank` are left out first.
    """

    keys: str
    action: str
    key_label: str
    description: str
    label: str = ""
    rank: int = 0
    owner: Owner = Owner.SCREEN
    name: str = ""
    """The palette's name for it, if neither the label nor the action says it."""

    @property
    def called(self) -> str:
        """The command's name in ordinary words."""
        return (self.name or self.label or self.action.rpartition(".")[2].replace("_", " ")).lower()

    @property
    def id(self) -> str:
        """The command's name in the config file, and the id of its binding."""
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
    Command("p", "pause", "p", "Pause the screen, but not its counts; play or pause a recording",
            "pause", 10, Owner.DETAILS),
    Command("a", "everywhere", "a", "Show what happened on all tunnels, or on the selected one", "all", 6),
    Command("slash", "search", "/", "Find tunnels on the board; in the messages, search them", "search", 4),
    Command("m", "mark", "m", "Note what was just done, for news, timeline and report", "note",
            8, Owner.DETAILS),
    Command("t", "timeline", "t", "Show the states over time, with outages, changes and notes",
            "timeline", 9, Owner.DETAILS),
    Command("less_than_sign", "earlier", "<", "Go back to the previous change: all as it was then", "earlier", 9,
            owner=Owner.DETAILS),
    Command("greater_than_sign", "later", ">", "While going back: go to the next change", owner=Owner.DETAILS),
    Command("at", "moment", "@", "Go back to a time, or to a note by its words", name="Go to", owner=Owner.DETAILS),
    Command("comma", "shift(-10)", ",", "While going back: go back by 10 seconds", name="Back 10 s",
            owner=Owner.DETAILS),
    Command("full_stop", "shift(10)", ".", "While going back: go forward by 10 seconds", name="On 10 s",
            owner=Owner.DETAILS),
    Command("plus", "faster(1)", "+", "Play faster", name="Faster", owner=Owner.DETAILS),
    Command("minus", "faster(-1)", "-", "Play slower", name="Slower", owner=Owner.DETAILS),
    Command("L", "live", "L", "Go back to live", owner=Owner.DETAILS),
    Command("S", "save", "S", "Save all that was seen so far, for `tunnelwatch replay`",
            name="Save recording", owner=Owner.DETAILS),
    Command("n", "seek(1)", "n", "Go to the next match, in the messages or on the filtered board", name="Next match"),
    Command("N", "seek(-1)", "N", "Go to the previous match", name="Previous match"),
    Command("left_square_bracket", "step(-1)", "[", "In the details, go to the previous tunnel, or message", "prev",
            12, Owner.PAGE, "Previous"),
    Command("right_square_bracket", "step(1)", "]", "In the details, go to the next tunnel, or message", "next", 12,
            Owner.PAGE),
    Command("f", "filter", "f", "Filter tunnels by a text, messages also by warning or error",
            "filter", 8),
    Command("exclamation_mark", "problems", "!", "Show only connections in trouble, or all again", "problems", 7),
    Command("s", "sort", "s", "Sort by worst, name, last change or flaps; or click a heading",
            "sort", 15),
    Command("R", "reverse", "R", "Reverse the order of the board", name="Reverse order"),
    Command("v", "group", "v", "Group the board by site or by verdict, or not at all", name="Group"),
    Command("o", "map", "o", "Show an overview of all tunnels as a map, one symbol each", "map", 17, name="Map"),
    Command("u", "unfold", "u", "Unfold routine and repeated attempts, or fold them again", "unfold", 10),
    Command("y", "copy", "y", "Copy the tunnel or message, explained, for a chat or a ticket", "copy", 9,
            Owner.PAGE),
    Command("Y", "copy_page", "Y", "Copy the whole page: all messages, all details, this help",
            "copy page", 13, Owner.EVERY_PAGE),
    Command("w", "report", "w", "Write a report of what was seen so far, as HTML and Markdown", name="Report",
            owner=Owner.DETAILS),
    Command("M", "mask", "M", "Mask names, ids and addresses on screen and in files, or unmask",
            owner=Owner.DETAILS),
    Command("c", "choose_device", "c", "Choose the customer's device: checks are shown as its commands", "device", 11,
            Owner.PAGE),
    Command("d", "checkup", "d", "Check access, logging, set-up and routes at AWS, with fixes",
            "doctor", 14, name="Doctor", owner=Owner.DETAILS),
    Command("b", "way_back", "b", "Check the way back to this connection: routes, bytes, changes",
            name="Way back", owner=Owner.DETAILS),
    Command("i", "about_feed", "i", "Show the data source: how it is read, how late it is, warnings",
            owner=Owner.DETAILS),
    Command("r", "retry", "r", "Retry at once if the feed is waiting to retry", owner=Owner.DETAILS),
    Command("ctrl+l", "app.redraw", "ctrl+l", "Draw the screen again", owner=Owner.APP),
    Command("ctrl+z", "app.suspend_process", "ctrl+z", "Suspend; `fg` brings the screen back", owner=Owner.APP),
    Command("question_mark", "help", "?", "Show this help", "help", 1, Owner.PAGE),
    Command("q", "app.quit", "q", "Quit", "quit", 0, Owner.APP),
    Command("1", "span(1)", "1", "The last 15 minutes", owner=Owner.TIMELINE, name="Last 15 min"),
    Command("2", "span(2)", "2", "The last hour", owner=Owner.TIMELINE, name="Last 1 h"),
    Command("3", "span(3)", "3", "The last 6 hours", owner=Owner.TIMELINE, name="Last 6 h"),
    Command("4", "span(4)", "4", "The whole look-back", owner=Owner.TIMELINE, name="Last all"),
    Command("left_square_bracket", "event(-1)", "[", "Point at the previous event", owner=Owner.TIMELINE,
            name="Previous event"),
    Command("right_square_bracket", "event(1)", "]", "Point at the next event", owner=Owner.TIMELINE,
            name="Next event"),
    Command("n", "now", "n", "Return to the present", owner=Owner.TIMELINE, name="Now"),
    Command("enter", "choose", "enter", "Show everything as it was at this moment", owner=Owner.TIMELINE,
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
"""The palette's additional entries: a name, an action, and its effect. On the board one key cycles through all of
them."""
