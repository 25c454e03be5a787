"""Stream names in every known form name their tunnel; others remain visible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.events import Log
from tui.domain.reading.streams import read_stream_name


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("vpn-0a1b2c3d4e5f60718-203.0.113.17-IKE.log", ("vpn-0a1b2c3d4e5f60718", "203.0.113.17", Log.IKE)),
        ("vpn-0a1b2c3d4e5f60718_203.0.113.17-BGP.log", ("vpn-0a1b2c3d4e5f60718", "203.0.113.17", Log.BGP)),
        ("vpn-0a1b2c3d4e5f60718_203.0.113.17_ike", ("vpn-0a1b2c3d4e5f60718", "203.0.113.17", Log.IKE)),
        ("vpn-1234abcd-203.0.113.17", ("vpn-1234abcd", "203.0.113.17", None)),
        ("prefix/vpn-1234abcd/203.0.113.17/IKE.log", ("vpn-1234abcd", "203.0.113.17", Log.IKE)),
        ("vpn-1234abcd-2001-db8--1-IKE.log", ("vpn-1234abcd", "2001:db8::1", Log.IKE)),
        ("vpn-1234abcd_2001_0DB8_0_0_0_0_0_1_BGP.log", ("vpn-1234abcd", "2001:db8::1", Log.BGP)),
        ("vpn-1234abcd-2001-db8-IKE.log", ("vpn-1234abcd", "2001-db8", Log.IKE)),
        ("vpn-1234abcd-IKE.log", ("vpn-1234abcd", "?", Log.IKE)),
        ("something-else", ("", "something-else", None)),
        ("", ("", "", None)),
    ],
)
def test_a_stream_name_tells_its_tunnel(stream: str, expected: tuple[str, str, Log | None]) -> None:
    assert read_stream_name(stream) == expected


@given(st.text())
def test_any_stream_name_is_read_into_harmless_text(stream: str) -> None:
    name = read_stream_name(stream)
    assert name.outside_ip.isprintable()
    assert name.connection.isprintable()
