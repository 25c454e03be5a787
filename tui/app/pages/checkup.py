"""The page of a checkup, which starts it on opening and shows the findings as they arrive."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType

from tui.app import keys
from tui.app.commands import Owner
from tui.app.examinations import Examining
from tui.app.pages.page import Below, Page
from tui.content.doctor.sites import sites_blocks
from tui.content.layout.blocks import Block
from tui.content.layout.lines import Line
from tui.domain.checkup.checkup import findings, way_back_findings

if TYPE_CHECKING:
    from tui.domain.checkup.facts import Examination
    from tui.domain.checkup.finding import Finding

_AGAIN: Final = next(command.key_label for command in keys.commands() if command.action == "retry")
_KEYS: Final = (("esc q", "back"), ("↑↓", "scroll"), (_AGAIN, "look again"))


class CheckupPage(Page):
    """Shows the findings of an examination site by site; `ask` starts it, leaving the page cancels it."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.on_key_of("retry", "look_again"), *keys.closing("checkup")]
    keys_line: ClassVar[Line] = keys.key_line((*_KEYS, *keys.labels(Owner.EVERY_PAGE)))

    def __init__(self, ask: Callable[[], Examining], *, below: Below) -> None:
        super().__init__(self._found, below=below)
        self._ask = ask
        self._begin()

    def _begin(self) -> None:
        self._asking = self._ask()
        self._shown = -1
        self._blocks: tuple[Block, ...] = ()

    def _found(self) -> tuple[tuple[Block, ...], object]:
        """Return the page's present blocks, made once for each answer."""
        if self._shown != self._asking.revision:
            self._shown = self._asking.revision
            self._blocks = sites_blocks(self._asking.checkups, self.judge)
        return self._blocks, self._asking

    def judge(self, outcome: "Examination") -> "tuple[Finding, ...]":
        """Return the findings of an examination that concern this page."""
        return findings(outcome)

    def action_look_again(self) -> None:
        """Start the examination again, if the last one is over."""
        if self._asking.is_over:
            self._begin()
            self.renew()

    def on_unmount(self) -> None:
        self._asking.cancel()


class WayBackPage(CheckupPage):
    """The same for routes, traffic and changes alone."""

    BINDINGS: ClassVar[list[BindingType]] = keys.closing("way_back")

    def judge(self, outcome: "Examination") -> "tuple[Finding, ...]":
        return way_back_findings(outcome)
