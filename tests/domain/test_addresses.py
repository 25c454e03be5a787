"""The addresses that fill a device's commands, from EC2 and from a message."""

import pytest

from tui.domain.inventory import ConnectionFacts, CustomerGateway, TunnelFacts
from tui.domain.knowledge.addresses import Addresses, addresses_in, addresses_of


def test_addresses_come_from_the_inside_network_and_the_customer_gateway() -> None:
    tunnel = TunnelFacts("203.0.113.17", configured={"TunnelInsideCidr": "169.254.50.84/30"})
    connection = ConnectionFacts("vpn-1", customer_gateway=CustomerGateway(ip="198.51.100.7"))
    assert addresses_of("203.0.113.17", tunnel, connection) == Addresses(
        "203.0.113.17", "169.254.50.85", "169.254.50.86", "198.51.100.7"
    )


@pytest.mark.parametrize("cidr", ["", "169.254.50.84", "nonsense/30", "10.0.0.0/8", "169.254.50.84/32"])
def test_inside_network_that_is_none_tells_nothing(cidr: str) -> None:
    tunnel = TunnelFacts("203.0.113.17", configured={"TunnelInsideCidr": cidr})
    assert addresses_of("?", tunnel, None) == Addresses()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"neighbor": "169.254.50.86"}, Addresses("", "169.254.50.85", "169.254.50.86")),
        ({"neighbor": "169.254.50.85"}, Addresses()),  # not the place that AWS documents for a customer gateway
        ({"neighbor": "fd00::1"}, Addresses()),
        ({"aws": "203.0.113.17", "cgw": "cgw-01"}, Addresses("203.0.113.17")),
        ({"aws": "cgw-01"}, Addresses()),
        ({}, Addresses()),
    ],
)
def test_message_tells_what_its_fields_hold(fields: dict[str, str], expected: Addresses) -> None:
    assert addresses_in(fields) == expected
