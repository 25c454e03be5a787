"""The keys of the commands as the user has chosen them, for bindings and footers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache, lru_cache
from typing import Final

from textual.binding import Binding, BindingType

from tui.app.commands import COMMANDS, TAB, Command, Owner
from tui.content.key_names import KeyNames
from tui.content.layout.lines import Line, Span
from tui.content.layout.tones import Background, Tone

_RESERVED: Final = frozenset(
    ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "escape", "tab", "j", "k", "h", "l",
     "g", "G", "ctrl+u", "ctrl+d", "ctrl+p", "ctrl+c", *"0123456789")
)  # fmt: skip
"""Keys for navigation, and keys that every screen needs."""
_KEY: Final = re.compile(r"(?:ctrl\+|shift\+|alt\+)*(?:[a-z0-9]|f[0-9]{1,2}|space|insert|delete)|[!-~]")
_commands = list(COMMANDS)
"""The commands with the keys that the user chose."""


def commands() -> Sequence[Command]:
    """Return the commands of the main screen, with the keys that the user chose."""
    return tuple(command for command in _commands if command.owner is not Owner.TIMELINE)


def timeline_commands() -> Sequence[Command]:
    """Return the commands of the timeline page alone."""
    return tuple(command for command in _commands if command.owner is Owner.TIMELINE)


def timeline_line() -> Line:
    """Return the footer of the timeline page, with the keys that the user chose."""
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


@cache
def key_names() -> KeyNames:
    """Return the keys that texts mention, as the user chose them."""
    wanted = {field.name for field in fields(KeyNames)}
    return KeyNames(**{command.id: command.key_label for command in _commands if command.id in wanted})


def choose(chosen: Mapping[str, str]) -> Mapping[str, str]:
    """Assign keys to commands, by their ids; return Textual's names of all changed keys, by ids.

    Raises KeyChoiceError for an unknown command, an unknown key, or a key that another command has.
    """
    by_id = {command.id: command for command in COMMANDS}
    for name, key in chosen.items():
        if name not in by_id:
            raise KeyChoiceError(name, f"is not a command; the commands are {', '.join(sorted(by_id))}")
        if not _KEY.fullmatch(key):
            raise KeyChoiceError(name, f"{key!r} is not a key; write x, X, !, f5 or ctrl+x")
        if _textual_name(key) in _RESERVED:
            raise KeyChoiceError(name, f"{key!r} is reserved for moving around or closing pages")
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
    for of_the_keys in (key_names, hint, footer_line):
        of_the_keys.cache_clear()
    return {command.id: command.keys for command in after if command.id in chosen}


def _beside_the_timeline(command: Command) -> bool:
    return command.owner is not Owner.TIMELINE


def _on_the_timeline(command: Command) -> bool:
    return command.owner in (Owner.TIMELINE, Owner.EVERY_PAGE, Owner.APP) or command.action == "timeline"


class KeyChoiceError(ValueError):
    """The key chosen for the command `name` is not possible; the message says why."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(fault)
        self.name = name


def _textual_name(key: str) -> str:
    return next(iter(Binding.make_bindings([Binding(key, "")]))).key


def _key_of(label: str) -> str | None:
    """Return Textual's name of a key, given its name in a footer."""
    shown = {command.key_label: command.keys for command in reversed(_commands)} | {"esc q": "escape"}
    return shown.get(label)


_QUIT: Final = "app.quit"
_PLAYING: Final = (
    ("earlier", "earlier"),
    ("later", "later"),
    ("pause", "play"),
    ("help", "help"),
    (_QUIT, "quit"),
    ("moment", "go to"),
    ("faster(1)", "faster"),
    ("faster(-1)", "slower"),
)
"""The actions in the footer while an earlier moment is shown, with their names; the first are kept longest."""


def bindings(*owners: Owner, through: str = "") -> list[BindingType]:
    """Return the bindings of the commands that belong to these owners.

    With `through`, they are bound to this action, which is given the command's own action.
    """
    return [
        Binding(
            command.keys,
            f"{through}({command.action!r})" if through else command.action,
            command.description,
            show=False,
            id=command.id,
        )
        for command in COMMANDS
        if command.owner in owners
    ]


def closing(action: str) -> list[BindingType]:
    """Return the binding that closes a page with the key of the command that opened it."""
    return on_key_of(action, "leave")


def on_key_of(action: str, own_action: str) -> list[BindingType]:
    """Return the binding of a page's own action to the key of a command."""
    return [
        Binding(command.keys, own_action, show=False, id=command.id) for command in COMMANDS if command.action == action
    ]


def labels(*owners: Owner) -> list[tuple[str, str]]:
    """Return the keys and labels of the commands that belong to these owners."""
    return [(command.key_label, command.label) for command in _commands if command.owner in owners]


@cache
def hint(*actions: str) -> str:
    """Return the keys and names of some actions, as many as fit a line."""
    called = {command.action: f"{command.key_label} {command.called}" for command in _commands}
    return "  ".join(called[action] for action in actions)


@lru_cache(maxsize=8)  # it is asked for with each frame
def footer_line(width: int, *, tab: str = "messages") -> Line:
    """Return the footer with the keys that fit, the most important ones kept longest.

    `tab` names what the tab key focuses.
    """
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


def playing_line(width: int, *first: tuple[str, str], is_live: bool) -> Line:
    """Return the footer for an earlier moment, with as many keys as fit.

    It begins with the `first` keys, which are a page's: on a page the key that quits goes back.
    """
    key_of = {command.action: command.key_label for command in _commands}
    wanted = [*([("live", "back to live")] if is_live else []), *_PLAYING]
    ours = ((key_of[action], label) for action, label in wanted if not (first and action == _QUIT))
    shown = [*first, *ours]
    while len(shown) > 1 and sum(len(key) + len(label) + 3 for key, label in shown) > width:
        shown.pop()
    return key_line(shown)


_SPANS_A_KEY: Final = 3
"""A gap, the key, and its label."""


def key_line(keys: Iterable[tuple[str, str]]) -> Line:
    """Return a footer of keys, each with its action."""
    spans: list[Span] = []
    for key, label in keys:
        gap = Span("  " if spans else " ")
        spans += [gap, Span(key, Tone.ACCENT), Span(f" {label}", Tone.QUIET)]
    return Line(tuple(spans), Background.BAR)


def key_at(drawn: Line, x: int) -> str | None:
    """Return Textual's name of the key at column `x` of a footer of keys; None if there is none."""
    label, end = "", 0
    for span in drawn.spans:
        end += len(span.text)
        label = span.text if span.tone is Tone.ACCENT else label
        if x < end:
            return None if span.text.isspace() else _key_of(label)
    return None


def whole_keys(drawn: Line, width: int) -> Line:
    """Return a footer without the keys at its end that do not fit so many cells; any other line unchanged."""
    end = 0
    for index, span in enumerate(drawn.spans):
        end += len(span.text)
        if end > width and any(kept.tone is Tone.ACCENT for kept in drawn.spans[:index]):
            return replace(drawn, spans=drawn.spans[: index // _SPANS_A_KEY * _SPANS_A_KEY])
    return drawn


def notice_line(notice: str, *, tone: Tone = Tone.TEXT) -> Line:
    """Return the footer that shows a notice."""
    return Line((Span(f" {notice}", tone),), Background.BAR)
