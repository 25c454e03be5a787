"""Under a mask the window's title, the notification and the input of the user's command contain aliases."""

import re
import sys
from pathlib import Path

import pytest

from tests.accounts import GROUP, account, log, options_for
from tests.factories import IP, OTHER_IP, VPN, stream_of
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import serve_in_thread

OSC_9 = re.compile(r"\x1b\]9;([^\x07]*)\x07")


@pytest.mark.parametrize("began", [True, False], ids=["from the first frame", "by the key"])
def test_title_notification_and_command_have_aliases(began: bool, tmp_path: Path) -> None:
    store, seen = account(), tmp_path / "seen"
    log(store, "AWS tunnel is sending DPD request", stream=stream_of(OTHER_IP))
    command = f"{sys.executable} -c 'import os, sys; open(sys.argv[1], \"a\").write(str(os.environ) + input())' {seen}"
    options = ["--notify", "--on-change", command, *(["--mask"] if began else [])]
    with (
        serve_in_thread(store) as endpoint,
        Pseudo("-m", "tui", "watch", *options_for(endpoint), *options, columns=100, rows=30) as terminal,
    ):
        if not began:
            terminal.wait_for(f"● 2/2 redundant  {VPN}")
            terminal.wait_for(lambda: b"2/2 tunnelwatch" in terminal.sent)
            terminal.sent.clear()
            terminal.press("M")
        terminal.wait_for("● 2/2 redundant  vpn-00000000000000001")
        terminal.wait_for(lambda: b"\x1b]2;" in terminal.sent)
        terminal.wait_for(lambda: b"2/2 tunnelwatch" in terminal.sent)
        log(store, "AWS tunnel DPD timed out after 3 retransmits", states="DD", stream=stream_of(OTHER_IP))
        terminal.wait_for(
            lambda: "240.0.1.2 carries no traffic" in OSC_9.sub(r"\1", terminal.sent.decode(errors="replace"))
        )
        terminal.wait_for(seen.exists)
        terminal.wait_for(lambda: "TUNNELWATCH_SUMMARY" in seen.read_text() and seen.read_text().endswith("}"))
        terminal.press("q")
        assert terminal.finish() == 0
    sent, given = terminal.sent.decode(errors="replace"), seen.read_text()
    assert "\x1b]2;▲ connection A 1/2\x07" in sent
    assert "'TUNNELWATCH_NAME': 'connection A'" in given
    for text in (sent, given.replace(endpoint.url, "")):
        assert not [word for word in (VPN, IP, OTHER_IP, "hq 1/2", "'hq'", GROUP) if word in text]
