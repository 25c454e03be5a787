"""The keys that show an earlier moment: of a recording, or of the present watch, which continues meanwhile."""

from tui.app import keys
from tui.app.dashboard import Dashboard
from tui.app.files.new_file import short_path
from tui.app.files.recording_file import save_recording
from tui.content.layout.tones import Tone
from tui.domain.times import clock_time, iso
from tui.feed.recording.journal import Journal
from tui.feed.recording.playback import Playback


class TimeTravel(Dashboard):
    """The dashboard as of any moment that was seen."""

    def _playback(self) -> Playback | None:
        """Return the playback of earlier moments, starting one if needed; show a notice if there is none."""
        playback = self.view_state.walk_back()
        if playback is None:
            self.show_notice("nothing was seen yet", tone=Tone.QUIET)
        return playback

    def action_earlier(self) -> None:
        """Go back to the previous change."""
        if playback := self._playback():
            if not playback.step(-1):
                playback.go(playback.track.ready)
                self.show_notice("this is the beginning; there is no earlier change", tone=Tone.QUIET)
            self.look()

    def action_later(self) -> None:
        """Go to the next change; after the last one to the end, or back to live."""
        playback = self.view_state.playback
        if playback is None:
            self.show_notice(f"this is live; {keys.key_names().earlier} goes back", tone=Tone.QUIET)
        elif playback.step(1):
            self.look()
        elif playback.is_live:
            self.action_live()
        else:
            playback.go(playback.track.end)
            self.look()

    def action_shift(self, seconds: int) -> None:
        """Go forward or back by some seconds."""
        if seconds > 0 and self.view_state.playback is None:
            self.action_later()
        elif playback := self._playback():
            playback.go(playback.now() + seconds * 1_000)
            self.look()

    def action_faster(self, by: int) -> None:
        """Play faster or slower."""
        if self.view_state.playback is not None:
            self.view_state.playback.faster(by)
            self.look()

    def action_live(self) -> None:
        """Return to the present."""
        if self.view_state.back_to_live():
            self.look()
            self.show_notice("live")

    def go_to(self, t: int) -> None:
        """Go to a moment (ms), at the earliest to the first that was seen. The present means live."""
        live = self.view_state.live
        if live is not None and t >= live.fleet.known_until(self.view_state.wall_clock.now()):
            self.action_live()
        elif playback := self._playback():
            ready = playback.track.ready
            if t < ready:
                moment = clock_time(ready, utc=self.view_state.utc)
                text = f"what was shown is known from {moment} on; before that is the look-back"
                self.call_after_refresh(self.show_notice, text)  # leaving the page clears the footer's notice
            playback.go(max(t, ready))
            self.look()

    async def action_moment(self) -> None:
        """Ask for a moment, and go there."""
        await self.ask("go to", "02:14, 12m before the end, or words of a note", "", self._go_to)

    def _go_to(self, text: str, is_final: bool) -> None:
        if not is_final or not text.strip():
            return
        if playback := self._playback():
            t = playback.find(text)
            if t is None:
                begin, end = iso(playback.track.begin), iso(playback.track.end)
                self.show_notice(f"no such time or note; known is {begin} to {end}", tone=Tone.WARNING)
            else:
                playback.go(t)
            self.look()

    def action_save(self) -> None:
        """Save everything seen so far as a recording."""
        if not self.may_write():
            return
        track = self.view_state.track
        if not isinstance(track, Journal):
            self.show_notice("this is already a recording" if self.view_state.playback else "nothing was seen yet")
            return
        try:
            file = save_recording(track)
        except OSError as error:
            self.show_notice(f"not saved: {error.strerror or error}", tone=Tone.ERROR)
            return
        since = f"; what came before {iso(track.begin)} only in part" if track.has_forgotten else ""
        self.show_notice(f"saved {short_path(file)}{since}; tunnelwatch replay shows it")
