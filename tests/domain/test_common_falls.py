"""Common falls are explained only by what the fallen alone share, and not if chance would do."""

from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.inventory import ConnectionFacts, CustomerGateway, TunnelFacts
from tui.domain.past.common_falls import CommonFall, Fall, Trait, common_falls, past_falls
from tui.domain.past.outages import Outage, OutageKind
from tui.domain.state.connection import Connection
from tui.domain.times import MINUTE, SECOND

NOW = 1_780_000_000_000


def connection(
    number: int,
    *,
    gateway: str = "",
    address: str = "",
    at_aws: str = "",
    outside: tuple[str, ...] | None = None,
    site: str = "",
) -> Connection:
    """A connection of its own device, whose tunnels are in address blocks of their own."""
    made = Connection(f"vpn-{number}", site)
    ips = outside or (f"10.{number}.1.1", f"10.{number}.2.1")
    device = CustomerGateway(gateway or f"cgw-{number}", address or f"172.16.{number}.1")
    tunnels = tuple(map(TunnelFacts, ips))
    made.learn(ConnectionFacts(made.id, customer_gateway=device, gateway=at_aws or f"vgw-{number}", tunnels=tunnels))
    return made


def falls(connections: Iterable[Connection], *, tunnels: int = 2, apart: int = SECOND) -> list[Fall]:
    """The first tunnels of each fall, one connection some time after the other."""
    return [
        Fall(each.id, tunnel.outside_ip, NOW + number * apart)
        for number, each in enumerate(connections)
        for tunnel in each.tunnels[:tunnels]
    ]


def explanations(happened: list[Fall], fleet: list[Connection]) -> tuple[CommonFall, ...]:
    """What is said where all that did not fall is known to carry traffic."""
    fallen = {fall.connection for fall in happened}
    return common_falls(happened, fleet, lambda start, end: [each for each in fleet if each.id not in fallen])


def explained(fallen: list[Connection], others: list[Connection], **how: int) -> CommonFall:
    (found,) = explanations(falls(fallen, **how), [*fallen, *others])
    return found


OTHERS = [connection(number) for number in range(100, 120)]


def test_what_all_of_one_device_share_is_named_with_both_numbers() -> None:
    found = explained([connection(number, gateway="cgw-hub", address="192.0.2.1") for number in range(4)], OTHERS)
    assert (found.trait, found.value) == (Trait.CUSTOMER_GATEWAY, "cgw-hub")
    assert (found.sharing, len(found.connections), found.others_sharing, found.others) == (4, 4, 0, 20)
    assert (found.start, found.end) == (NOW, NOW + 3 * SECOND)


@pytest.mark.parametrize(
    ("fallen", "trait", "value"),
    [
        ([connection(n, address=f"192.0.2.{n + 1}") for n in range(3)], Trait.CUSTOMER_BLOCK, "192.0.2.0/24"),
        ([connection(n, address="192.0.2.7") for n in range(3)], Trait.CUSTOMER_ADDRESS, "192.0.2.7"),
        ([connection(n, at_aws="tgw-1") for n in range(3)], Trait.GATEWAY, "tgw-1"),
        ([connection(n, site="osaka") for n in range(3)], Trait.SITE, "osaka"),
        (
            [connection(n, address=f"2001:db8:7:{n}::1") for n in range(3)],
            Trait.CUSTOMER_BLOCK,
            "2001:db8:7::/48",
        ),
    ],
)
def test_each_thing_that_can_be_shared_is_found(fallen: list[Connection], trait: Trait, value: str) -> None:
    found = explained(fallen, OTHERS)
    assert (found.trait, found.value) == (trait, value)


def test_a_block_of_endpoints_explains_the_tunnels_in_it_alone() -> None:
    fallen = [
        connection(number, outside=(f"203.0.113.{number + 1}", f"198.51.100.{number + 1}")) for number in range(3)
    ]
    found = explained(fallen, OTHERS, tunnels=1)
    assert (found.trait, found.value) == (Trait.ENDPOINT_BLOCK, "203.0.113.0/24")


def test_a_block_in_which_the_other_tunnels_stand_explains_nothing() -> None:
    fallen = [
        connection(number, outside=(f"203.0.113.{number + 1}", f"203.0.113.{number + 101}")) for number in range(3)
    ]
    assert explanations(falls(fallen, tunnels=1), [*fallen, *OTHERS]) == ()


def test_what_many_that_stand_share_as_well_explains_nothing() -> None:
    everywhere = [connection(number, at_aws="tgw-1") for number in range(40)]
    assert explanations(falls(everywhere[:5]), everywhere) == ()


def test_no_more_of_a_fleet_are_looked_at_than_tell_that_it_explains_nothing() -> None:
    reads = []

    class Watched(Connection):
        def __getattribute__(self, name: str) -> object:
            if name == "facts":
                reads.append(name)
            return super().__getattribute__(name)

    fallen = [connection(number, at_aws="tgw-1") for number in range(5)]
    others = []
    for number in range(100, 1_100):
        other = Watched(f"vpn-{number}")
        other.learn(ConnectionFacts(other.id, gateway="tgw-1"))
        others.append(other)
    reads.clear()
    assert explanations(falls(fallen), [*fallen, *others]) == ()
    assert len(reads) <= 10


def test_one_of_many_that_stands_takes_nothing_from_the_explanation() -> None:
    hub = [connection(number, gateway="cgw-hub") for number in range(20)]
    found = explained(hub[:19], [hub[19], *OTHERS])
    assert (found.trait, found.sharing, found.others_sharing, found.others) == (Trait.CUSTOMER_GATEWAY, 19, 1, 21)


def test_two_connections_make_no_pattern_however_much_they_share() -> None:
    fallen = [connection(number, gateway="cgw-hub") for number in range(2)]
    assert explanations(falls(fallen), [*fallen, *OTHERS]) == ()


def test_falls_that_lie_apart_are_no_one_event() -> None:
    fallen = [connection(number, gateway="cgw-hub") for number in range(5)]
    assert explanations(falls(fallen, apart=MINUTE), [*fallen, *OTHERS]) == ()


def test_where_every_connection_fell_nothing_is_singled_out() -> None:
    fallen = [connection(number, gateway="cgw-hub") for number in range(5)]
    found = explained(fallen, [])
    assert (found.trait, len(found.connections), found.others) == (None, 5, 0)


def test_what_was_down_before_is_neither_among_the_fallen_nor_among_the_others() -> None:
    hub = [connection(number, gateway="cgw-hub") for number in range(5)]
    before = [Fall(hub[4].id, tunnel.outside_ip, NOW - 60 * MINUTE) for tunnel in hub[4].tunnels]
    (found,) = explanations([*before, *falls(hub[:4])], [*hub, *OTHERS])
    assert (found.trait, found.sharing, found.others_sharing, found.others) == (Trait.CUSTOMER_GATEWAY, 4, 0, 20)


def test_a_connection_of_which_nothing_is_known_is_not_among_the_others() -> None:
    fallen, unheard = [connection(number, gateway="cgw-hub") for number in range(3)], connection(9, gateway="cgw-hub")
    (found,) = common_falls(falls(fallen), [*fallen, unheard, *OTHERS], lambda start, end: OTHERS)
    assert (found.trait, found.others_sharing, found.others) == (Trait.CUSTOMER_GATEWAY, 0, 20)
    assert (
        common_falls(falls(fallen), [*fallen, unheard], lambda start, end: []) == ()
    )  # not all are known to have fallen


def outage(start: int, end: int | None = None, *, exact: bool = True) -> Outage:
    return Outage(OutageKind.IPSEC, start, exact, end)


def test_what_is_over_is_explained_too_by_those_that_stood_through_it() -> None:
    hub = [connection(number, gateway="cgw-hub") for number in range(3)]
    later, unheard = connection(7), connection(8)
    spans = {tunnel: [outage(NOW, NOW + MINUTE)] for each in hub for tunnel in each.tunnels}
    spans |= {tunnel: [outage(NOW + 30 * MINUTE)] for tunnel in later.tunnels}
    (found,) = past_falls(spans, [*hub, later, unheard])
    assert (found.trait, found.sharing, found.others) == (Trait.CUSTOMER_GATEWAY, 3, 1)
    by_one_tunnel = spans | {later.tunnels[1]: []}
    assert [event.others for event in past_falls(by_one_tunnel, [*hub, later, unheard])] == [1]
    down_before = {tunnel: [outage(NOW - MINUTE, exact=False)] for tunnel in later.tunnels}
    assert past_falls(spans | down_before, [*hub, later, unheard]) == ()
    around = [outage(NOW - 20 * MINUTE, NOW + MINUTE), outage(NOW - 10 * MINUTE, NOW - 9 * MINUTE)]
    assert past_falls(spans | dict.fromkeys(later.tunnels, around), [*hub, later, unheard]) == ()


def test_two_events_are_told_apart_and_the_newest_comes_first() -> None:
    hub = [connection(number, gateway="cgw-hub") for number in range(3)]
    osaka = [connection(number, site="osaka") for number in range(10, 13)]
    later = [Fall(fall.connection, fall.outside_ip, fall.at + 5 * MINUTE) for fall in falls(osaka)]
    found = explanations([*falls(hub), *later], [*hub, *osaka, *OTHERS])
    assert [event.trait for event in found] == [Trait.SITE, Trait.CUSTOMER_GATEWAY]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans(), st.integers(0, 90)), max_size=12),
    st.randoms(),
)
def test_the_numbers_are_those_of_the_fleet_whatever_fell_in_whatever_order(
    fleet: list[tuple[int, int, bool, int]], random: Random
) -> None:
    connections = [
        connection(number, gateway=f"cgw-{hub}", at_aws=f"tgw-{transit}")
        for number, (hub, transit, _, _) in enumerate(fleet)
    ]
    fallen = [
        Fall(made.id, made.tunnels[0].outside_ip, NOW + seconds * SECOND)
        for made, (_, _, fell, seconds) in zip(connections, fleet, strict=True)
        if fell
    ]
    shuffled = list(fallen)
    random.shuffle(shuffled)
    found = explanations(shuffled, connections)
    assert found == explanations(fallen, connections)
    for event in found:
        assert len(event.connections) >= 3
        assert event.others == len(connections) - len({fall.connection for fall in fallen})
        if event.trait is None:
            assert event.others == 0
            continue
        having = {
            made.id
            for made in connections
            if made.facts and event.value in (made.facts.customer_gateway.id, made.facts.gateway)
        }
        assert event.sharing == len(having & set(event.connections)) >= 3
        assert event.others_sharing <= event.sharing / 9
