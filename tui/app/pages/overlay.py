"""Screens over the main one, each of which can be dismissed only once."""

from typing import Self, TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.geometry import Region
from textual.screen import ModalScreen

from tui.app.terminal.textual_internals import forget_drawn

Result = TypeVar("Result")


class Overlay(ModalScreen[Result]):
    """A modal screen that can be dismissed at most once.

    Textual's `dismiss` removes whatever screen is on top. Keys that arrive together can reach a screen that is already
    being dismissed: a second `dismiss` would remove the board below it, a third one would end the program.
    """

    _is_left = False

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Return to the screen below with this result; do nothing if that is already under way."""
        if self._is_left or not self.is_active:
            return AwaitComplete()
        self._is_left = True
        return super().dismiss(result)

    def on_unmount(self) -> None:
        forget_drawn()


class Cover(Overlay[Result]):
    """An overlay that hides the screens below it."""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Redraw this screen; do nothing if only `regions` are to be redrawn.

        Textual asks for these when the screen below has changed, and then forgets which widgets of this screen have:
        after a resize, the bars of a page stayed cut off at the former width.
        """
        return self if regions else super().refresh(repaint=repaint, layout=layout, recompose=recompose)


class Palette(CommandPalette, Overlay[None]):
    """Textual's command palette, as an overlay that is dismissed only once."""

    def _action_command_list(self, action: str) -> None:
        """Move in the list of commands; nothing while there is no room for it, where Textual's page keys fail."""
        if self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)
