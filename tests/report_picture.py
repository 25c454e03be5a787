"""`python -m tests.report_picture [BROWSER]`: the HTML report as a browser shows it, light and dark, for the README.

BROWSER is a Chromium; it draws the report of the demo's cutover, as `report --format html` prints it.
"""

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.pictures import FOLDER, START, Snapshot, played
from tests.png import small
from tui.content.report.html import html
from tui.content.report.report import report_of
from tui.domain.clock import ManualClock
from tui.domain.state.marks import Mark

_SECONDS: Final = 176
_SPAN: Final = 12 * 60_000
_SIZE: Final = (1060, 1000)
_SCHEMES: Final = {"light": 1, "dark": 0}
"""Chromium's own numbers for a preferred colour scheme."""


async def page() -> str:
    """Return the report of the cutover, with the notes that an engineer would have made."""
    clock = ManualClock(START)
    pump = await played(Snapshot("cutover", "", _SECONDS, (0, 0)), clock)
    pump.mark(Mark(START + 41_000, "customer changed the PSK on 203.0.113.88"))
    pump.mark(Mark(START + 70_000, "customer added AES256-SHA2-DH14 to the phase 2 proposals"))
    return html(report_of(pump, since=clock.now() - _SPAN, now=clock.now()))


def digest(text: str) -> str:
    """Return what a picture notes of the page that it shows."""
    return hashlib.sha256(text.encode()).hexdigest()


def main(browser: str) -> int:
    """Draw both pictures."""
    os.environ.update(AWS_ACCESS_KEY_ID="demo", AWS_SECRET_ACCESS_KEY="demo", AWS_CONFIG_FILE=os.devnull)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(asyncio.run(page()), encoding="utf-8")
        for scheme, number in _SCHEMES.items():
            picture = FOLDER / f"report-{scheme}.png"
            subprocess.run(
                [
                    browser,
                    "--headless",
                    "--no-sandbox",
                    "--hide-scrollbars",
                    f"--blink-settings=preferredColorScheme={number}",
                    f"--window-size={_SIZE[0]},{_SIZE[1]}",
                    f"--screenshot={picture}",
                    file.as_uri(),
                ],
                check=True,
                capture_output=True,
            )
            picture.write_bytes(small(picture.read_bytes(), source=digest(file.read_text(encoding="utf-8"))))
            print(f"{picture.relative_to(FOLDER.parent)}  {picture.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] or ["chromium"])))
