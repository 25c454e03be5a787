"""CloudWatch's delay is measured on what arrives, and forgotten with time."""

from tests.factories import NOON, fleet_of, ike
from tui.domain.state.delivery import Delivery

MINUTE = 60_000


def test_the_longest_delay_of_late_is_known() -> None:
    fleet = fleet_of([ike("x", at=0, ingested=2), ike("y", at=10, ingested=190), ike("z", at=12, ingested=14)])
    assert fleet.delivery.longest(now=NOON + 200_000) == 180_000


def test_nothing_is_claimed_before_anything_came() -> None:
    assert Delivery().longest(now=NOON) is None


def test_a_delay_of_long_ago_says_nothing_of_now() -> None:
    delivery = Delivery()
    delivery.note([ike("x", at=0, ingested=180)])
    assert delivery.longest(now=NOON + 17 * MINUTE) == 180_000
    assert delivery.longest(now=NOON + 30 * MINUTE) is None


def test_what_is_remembered_is_bounded() -> None:
    delivery = Delivery()
    for minute in range(1_000):
        delivery.note([ike("x", at=60 * minute, ingested=60 * minute + 1)])
    assert len(delivery._longest) <= 15
