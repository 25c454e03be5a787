"""Selectors: ids, names, addresses, globs."""

import pytest

from tests.factories import stream_of
from tui.domain.inventory import ConnectionFacts, Inventory, TunnelFacts
from tui.feed.inventory.log_groups import LogGroup, read_group
from tui.feed.inventory.selection import Selection, needs_names, select, unmatched_line

HQ, OSAKA = "vpn-0a1b2c3d4e5f60001", "vpn-0a1b2c3d4e5f60002"
GROUP = "/vpn/ike"
EVERYTHING = Inventory(
    (
        ConnectionFacts(HQ, "hq", tunnels=(TunnelFacts("203.0.113.1", GROUP), TunnelFacts("203.0.113.2", GROUP))),
        ConnectionFacts(
            OSAKA, "osaka", tunnels=(TunnelFacts("198.51.100.1", GROUP), TunnelFacts("2001:db8::1", GROUP))
        ),
    )
)


@pytest.mark.parametrize(
    ("selectors", "tunnels"),
    [
        ((), 4),
        ((HQ,), 2),
        (("osaka",), 2),
        (("o*",), 2),
        (("vpn-*",), 4),
        (("203.0.113.2",), 1),
        (("203.0.113.*", "osaka"), 4),
        (("OSAKA",), 2),
        (("Os*",), 2),
        (("nosuch",), 0),
    ],
)
def test_a_selector_is_an_id_a_name_an_address_or_a_glob(selectors: tuple[str, ...], tunnels: int) -> None:
    chosen, _ = select(EVERYTHING, selectors)
    assert sum(len(connection.tunnels) for connection in chosen.connections) == tunnels


def test_a_selector_that_matches_nothing_is_named_with_what_exists() -> None:
    _, unmatched = select(EVERYTHING, ("osaka", "nagoya\x1b[31m"))
    line = unmatched_line(EVERYTHING, unmatched, "eu-west-1")
    assert "nagoya" in line
    assert f"{HQ} (hq)" in line
    assert f"{OSAKA} (osaka)" in line
    assert "\x1b" not in line


def test_the_nearest_names_are_offered_first() -> None:
    many = Inventory(tuple(ConnectionFacts(f"vpn-{number:08x}", f"branch-{number:03}") for number in range(100)))
    line = unmatched_line(many, ("017",), "eu-west-1")
    assert line.index("branch-017") < line.index("and 92 more")


@pytest.mark.parametrize(
    ("selectors", "stream", "admitted"),
    [
        ((), "anything", True),
        (("osaka",), stream_of("198.51.100.1", vpn=OSAKA), True),
        (("osaka",), f"{OSAKA}-2001-db8--1-IKE.log", True),
        (("osaka",), stream_of("203.0.113.1", vpn=HQ), False),
        (("203.0.113.1",), stream_of("203.0.113.1", vpn=HQ), True),
        (("203.0.113.1",), stream_of("203.0.113.2", vpn=HQ), False),
    ],
)
def test_a_stream_is_admitted_by_its_name(selectors: tuple[str, ...], stream: str, admitted: bool) -> None:
    assert Selection(selectors, select(EVERYTHING, selectors)[0]).admits(stream) is admitted


def test_without_ec2_the_stream_name_alone_is_matched() -> None:
    selection = Selection(("vpn-*0002", "203.0.113.1"))
    names = (stream_of("198.51.100.1", vpn=OSAKA), stream_of("203.0.113.1", vpn=HQ), stream_of("203.0.113.2", vpn=HQ))
    assert [selection.admits(name) for name in names] == [True, True, False]


def test_one_chosen_connection_among_others_is_read_by_its_prefix() -> None:
    def prefix(*selectors: str) -> str:
        return Selection(selectors, select(EVERYTHING, selectors)[0]).prefix(GROUP, EVERYTHING)

    assert (prefix("osaka"), prefix(), prefix("*")) == (OSAKA, "", "")


def test_a_chosen_connection_that_has_a_group_to_itself_is_read_without_a_prefix() -> None:
    chosen = Selection(("osaka",), select(EVERYTHING, ("osaka",))[0])
    alone = Inventory(tuple(connection for connection in EVERYTHING.connections if connection.id == OSAKA))
    assert chosen.prefix(GROUP, alone) == ""


@pytest.mark.parametrize(
    ("identifier", "group"),
    [
        ("/vpn/ike", LogGroup("/vpn/ike")),
        (
            "arn:aws:logs:eu-west-1:123456789012:log-group:/vpn/ike:*",
            LogGroup("/vpn/ike", "arn:aws:logs:eu-west-1:123456789012:log-group:/vpn/ike"),
        ),
        *(
            (f"{arn}:*", LogGroup("/vpn/ike", arn))
            for arn in (
                "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/vpn/ike",
                "arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:/vpn/ike",
            )
        ),
        ("123456789012:/vpn/ike", LogGroup("/vpn/ike")),
    ],
)
def test_a_group_is_known_by_its_name_however_it_is_called(identifier: str, group: LogGroup) -> None:
    assert read_group(identifier) == group


@pytest.mark.parametrize(
    "selector", ["vpn-0a1b2c3d4e5f60718", "203.0.113.17", "2001:db8::1", "vpn-*", "*", "v*", "203.*"]
)
def test_an_id_and_an_address_can_be_found_in_the_names_of_streams(selector: str) -> None:
    assert not needs_names((selector,))


@pytest.mark.parametrize("selector", ["hq", "hq*", "vpn-hq", "vpn-hq*", "fab", "10g-line"])
def test_a_name_cannot(selector: str) -> None:
    assert needs_names(("vpn-0a1b2c3d4e5f60718", selector))
