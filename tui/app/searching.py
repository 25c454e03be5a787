"""The keys that search the messages, and filter the messages or the board."""

from dataclasses import replace

from tui.app import keys
from tui.app.time_travel import TimeTravel
from tui.content.layout.tones import Tone
from tui.content.messages.messages import Filter


class Searching(TimeTravel):
    """The dashboard with searches and filters."""

    async def action_search(self) -> None:
        if self.focused is self.board:
            await self._ask_for_tunnels()
        else:
            await self.ask("/", "text in the messages", self.messages.needle, self._search)

    async def _ask_for_tunnels(self) -> None:
        hint = "a name, an id, an address, a state"
        await self.ask("tunnels with", hint, self.view_state.board.wanted.text, self._filter_board)

    async def action_filter(self) -> None:
        if self.focused is self.board:
            await self._ask_for_tunnels()
        else:
            hint = "a text, or the word warning or error"
            await self.ask("messages with", hint, str(self.view_state.log.wanted), self._filter_messages)

    def _search(self, text: str, is_final: bool) -> None:
        self.messages.needle = text.strip().lower()
        self.look()
        if is_final and self.messages.needle:
            self.messages.focus()
            self.action_seek(-1 if self.messages.is_following else 0)

    def _filter_board(self, text: str, is_final: bool) -> None:
        board = self.view_state.board
        board.wanted = replace(board.wanted, text=text.strip())
        self.resettle()

    def _filter_messages(self, text: str, is_final: bool) -> None:
        self.view_state.log.wanted = Filter.read(text)
        self.look()

    def action_seek(self, direction: int) -> None:
        if self.focused is self.board and self.view_state.board.wanted.text and not self.messages.needle:
            self.board.step(direction)  # everything on the board matches
            return
        match = self.messages.seek(direction)
        if match:
            names = keys.key_names()
            ways = f"{names.next_match} next  {names.previous_match} previous  {names.back} done"
            self.show_notice(f"match {match[0]} of {match[1]}   {ways}")
        elif self.messages.needle:
            self.show_notice(f"nothing contains “{self.messages.needle}”", tone=Tone.WARNING)
        else:
            self.show_notice(f"{keys.key_names().search} in the messages searches them", tone=Tone.QUIET)
