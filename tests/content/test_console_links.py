"""Links lead to AWS's console, from known ids, on terminals that show them."""

import io
from collections.abc import Mapping

import pytest

from tests.factories import VPN
from tui.content.console_links import console_page, wants_links
from tui.content.layout.lines import Span, line
from tui.content.layout.tones import Tone
from tui.headless.colour import coloured, plain, with_links

OTHER = "vpn-0c2d3e4f5a6b7c8d9"
CONSOLE = "https://eu-west-1.console.aws.amazon.com/vpcconsole/home?region=eu-west-1#VpnConnections:search="


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "are_wanted"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7402"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux", "FORCE_HYPERLINK": "1"}, True),
    ],
)
def test_links_are_for_terminals_that_know_them(environment: Mapping[str, str], are_wanted: bool) -> None:
    assert wants_links(Terminal(), environment) is are_wanted
    assert not wants_links(io.StringIO(), {**environment, "FORCE_HYPERLINK": "1"})  # never in a pipe


@pytest.fixture
def knows_links(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    return Terminal()


def test_a_known_id_is_a_link_and_nothing_else_is(knows_links: Terminal) -> None:
    render = with_links(plain, knows_links, {VPN: "eu-west-1"})
    drawn = line(Span(f"hq {VPN}", Tone.TEXT), Span(f" {OTHER} https://evil.example vpn-0a1b2c3d4…"))
    assert (
        render(drawn)
        == f"hq \x1b]8;;{CONSOLE}{VPN}\x1b\\{VPN}\x1b]8;;\x1b\\ {OTHER} https://evil.example vpn-0a1b2c3d4…"
    )
    assert with_links(plain, io.StringIO(), {VPN: "eu-west-1"}) is plain


def test_a_link_keeps_its_colour(knows_links: Terminal) -> None:
    drawn = with_links(coloured, knows_links, {VPN: "eu-west-1"})(line(Span(VPN, Tone.ERROR)))
    assert drawn.startswith("\x1b[31m\x1b]8;;")
    assert drawn.endswith("\x1b[0m")


@pytest.mark.parametrize(
    ("connection", "region", "host"),
    [
        (VPN, "cn-north-1", "https://console.amazonaws.cn/"),
        (VPN, "us-gov-west-1", "https://console.amazonaws-us-gov.com/"),
        (VPN, "ap-northeast-3", "https://ap-northeast-3.console.aws.amazon.com/"),
        ("connection A", "eu-west-1", None),
        (VPN, "evil.example/", None),
        (VPN, "", None),
        (f"{VPN}\x1b\\", "eu-west-1", None),
    ],
)
def test_an_address_is_made_of_an_id_and_a_region_or_not_at_all(connection: str, region: str, host: str | None) -> None:
    page = console_page(connection, region)
    assert page.startswith(host) if host else page == ""
