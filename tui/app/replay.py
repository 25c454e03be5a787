"""The screen of a recording, which is played from its file."""

import asyncio
from typing import TYPE_CHECKING

from tui.app.app import TunnelwatchApp
from tui.app.run import Setting, on_terminal
from tui.content.layout.tones import Tone

if TYPE_CHECKING:
    from tui.app.mask_key import MaskKey
    from tui.feed.recording.reader import Rewrite


def replay(
    file: str,
    setting: Setting,
    *,
    rewrite: "Rewrite | None" = None,
    speed: float = 1.0,
    at: int | None = None,
    mask: "MaskKey | None" = None,
) -> int:
    """Play a recording until the user quits; return the exit code. With `at` (ms) it starts paused at that moment.

    `rewrite` changes each batch as it is read, as a mask does; otherwise `mask` serves the masking key. Raises
    RecordingError if the file is no longer a recording, and the errors of `on_terminal`.
    """

    async def feed(app: TunnelwatchApp) -> None:
        from tui.app.masking import ReplayMasking
        from tui.domain.knowledge.catalogue_file import load
        from tui.feed.recording.archive import Archive
        from tui.feed.recording.playback import Playback

        catalogue = await asyncio.to_thread(load)
        archive = Archive(file, catalogue, rewrite=rewrite)
        playback = Playback(archive, setting.clock, speed=speed)
        if at is not None:
            playback.toggle()
            playback.go(at)
        app.play(playback)
        masking = None
        if mask is not None:
            masking = ReplayMasking(app, mask, playback=playback, archive=archive, clock=setting.clock)
            app.main.view_state.masking = masking
        try:
            await archive.index()
            if archive.trouble:
                app.main.show_notice(masking.text(archive.trouble) if masking else archive.trouble, tone=Tone.WARNING)
            await asyncio.Event().wait()
        finally:
            if masking is not None:
                await masking.close()

    return on_terminal(feed, setting)
