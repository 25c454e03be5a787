"""A list of prefixes is read as people write it, or refused with the number of its first bad line."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.acceptance.expected_prefixes import PrefixListError, read_prefixes

LIST = """
# everywhere
10.0.0.0/8      # a comment behind it

[ HQ ]
172.20.0.0/16
2001:DB8::/32
[vpn-0a1b2c3d4e5f60718   203.0.113.17]
172.21.0.0/16
172.21.0.0/16
"""


def test_a_tunnel_gets_what_is_listed_for_all_its_connection_and_itself() -> None:
    expected = read_prefixes(LIST)
    assert expected.over("vpn-0a1b2c3d4e5f60718", "hq", "203.0.113.17") == {
        "10.0.0.0/8",
        "172.20.0.0/16",
        "2001:db8::/32",
        "172.21.0.0/16",
    }
    assert expected.over("vpn-0a1b2c3d4e5f60718", "", "203.0.113.42") == {"10.0.0.0/8"}


def test_a_connection_that_is_not_listed_has_nothing() -> None:
    assert read_prefixes("[hq]\n10.0.0.0/8").over("vpn-1", "osaka", "203.0.113.17") == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("10.0.0.0/8\nnonsense\n", "2: 'nonsense' is no prefix"),
        ("10.0.0.0/33", "1: '10.0.0.0/33' is no prefix"),
        ("\n\n10.10.0.1/16", "3: '10.10.0.1/16' has bits beyond its length; write 10.10.0.0/16"),
        ("10.10.0.1", "1: '10.10.0.1' has no length; write 10.10.0.1/32"),
        ("[hq\n10.0.0.0/8", "1: '[hq' is no prefix"),
        ("", "1: there is no prefix in it"),
        ("# only this\n[hq]\n", "1: there is no prefix in it"),
        ("x" * 500, "1: '" + "x" * 60 + "' is no prefix"),
    ],
)
def test_nonsense_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(PrefixListError) as refusal:
        read_prefixes(text)
    assert str(refusal.value).startswith(words)


@given(st.text())
def test_whatever_is_in_a_list_it_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(PrefixListError):
        assert any(read_prefixes(text).sections.values())
