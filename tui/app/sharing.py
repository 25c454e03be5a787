"""The keys that write something down: notes, copies, reports."""

from collections.abc import Sequence

from tui.app import keys
from tui.app.files.copy_file import copy_to_file
from tui.app.files.new_file import short_path, write_new
from tui.app.searching import Searching
from tui.content.layout.blocks import Block
from tui.content.layout.tones import Tone
from tui.content.report.html import html
from tui.content.report.markdown import markdown
from tui.content.report.words import report_name
from tui.content.share import message_list_blocks, page_text, tunnel_summary
from tui.domain.times import zone


class Sharing(Searching):
    """The dashboard with notes, copies and reports."""

    async def action_mark(self) -> None:
        if not self.may_write():
            return
        at = self.view_state.clock.now()
        if self.view_state.live is None:
            self.show_notice("a recording takes no notes", tone=Tone.WARNING)
            return

        def note(text: str, is_final: bool) -> None:
            if is_final and text.strip():
                self.view_state.mark(at, text)
                self.look()
                names = keys.key_names()
                outlets = f"{names.report} writes a report with it, {names.save_recording} a recording"
                is_kept = self.view_state.is_recorded
                self.show_notice("noted, also in the recording" if is_kept else f"noted in this watch; {outlets}")

        await self.ask("note", "customer changed the PSK", "", note)

    def action_copy(self) -> None:
        message = self.chosen
        subject = self.view_state.subject_of(message) if message else self.snapshot.subject
        if subject is None:
            return
        entry = message.newest if message else None
        device, place = self.view_state.device_of(subject), self.snapshot.status.place
        self._copy(tunnel_summary(subject, entry, device=device, place=place))

    def action_copy_page(self) -> None:
        """Copy the details if they have the focus, else all messages of the list."""
        if self.focused is self.detail:
            self.copy_page(self.details()[0])
        else:
            blocks = message_list_blocks(self.snapshot.title, self.snapshot.messages)
            self._copy(page_text(blocks, at=self.snapshot.at, place=self.snapshot.status.place))

    def copy_page(self, blocks: Sequence[Block]) -> None:
        """Copy a page as it is shown, headed by a line with its time and scope."""
        at, view = self.snapshot.at, self.view_state
        local = "" if view.utc else zone(at, utc=False)
        self._copy(page_text(blocks, at=at, place=self.snapshot.status.place, zone=local))

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        if self.view_state.is_read_only:
            self.show_notice("copied")
            return
        try:
            self.show_notice(f"copied; also in {copy_to_file(text)}")
        except OSError as error:
            self.show_notice(f"sent to the terminal's clipboard; no file: {error.strerror or error}", tone=Tone.WARNING)

    def action_report(self) -> None:
        """Write the report of what was seen so far into two new files, for a mail and for a ticket."""
        made = self.view_state.report()
        if made is None or not self.may_write():
            return
        name = report_name(made)
        try:
            page = write_new(name, ".html", lambda: [html(made).encode()])
            write_new(name, ".md", lambda: [markdown(made).encode()])
        except OSError as error:
            self.show_notice(f"the report could not be written: {error.strerror or error}", tone=Tone.WARNING)
        else:
            self.show_notice(f"report in {short_path(page)}, and as .md beside it")
