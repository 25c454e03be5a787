"""The names of the keys that texts mention, which the config file can reassign."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyNames:
    """The key of each command that a text mentions, by the command's name in the config file; the defaults."""

    open: str = "enter"
    back: str = "esc"
    all: str = "a"
    problems: str = "!"
    unfold: str = "u"
    device: str = "c"
    doctor: str = "d"
    report: str = "w"
    save_recording: str = "S"
    mask: str = "M"
    earlier: str = "<"
    search: str = "/"
    next_match: str = "n"
    previous_match: str = "N"
    retry: str = "r"


DEFAULT_KEYS = KeyNames()
