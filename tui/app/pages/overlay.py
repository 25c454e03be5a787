"""Screens over the main one, each of which is left once, and by itself."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen

Result = TypeVar("Result")


class Overlay(ModalScreen[Result]):
    """A modal screen that can be dismissed at most once.

    Textual's `dismiss` removes whatever screen is on top. Keys that come in one bunch reach a screen that is already
    going: a second `dismiss` would take away the board below, a third one ends the program.
    """

    _is_left = False

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Go back to the screen below with this result; nothing where that has begun already."""
        if self._is_left or not self.is_active:
            return AwaitComplete()
        self._is_left = True
        return super().dismiss(result)


class Palette(CommandPalette, Overlay[None]):
    """Textual's command palette, left once."""
