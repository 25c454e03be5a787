"""The cost of the news of many connections, and that saving work misses nothing."""

from tests.scenes import NOW, diagnosing, fleet, ike
from tui.content.board.fleet_board import FEW, PATIENCE
from tui.content.messages.messages import Message
from tui.content.messages.news import News
from tui.domain.past.outages import Outage, Outages
from tui.domain.state.tunnel import Tunnel
from tui.feed.pump import Pump
from tui.feed.source import Batch

MANY = 2 * FEW
FALLEN = (f"vpn-{MANY:017x}", "203.0.0.199")


class Reader:
    """Reads the news of one fleet repeatedly, and counts the tunnels that are looked at for it."""

    def __init__(self, held: Pump) -> None:
        self.held, self.news, self.outages = held, News(), Outages(held.fleet)
        self.asked: list[Tunnel] = []

    def read(self, after: int = 0, *, patiently: bool = True) -> tuple[Message, ...]:
        self.asked = []
        now = NOW + after

        def outages(tunnel: Tunnel) -> tuple[Outage, ...]:
            self.asked.append(tunnel)
            return self.outages.of(tunnel, now=now)

        diagnose = diagnosing(self.held, now=now)
        return self.news.of(self.held.fleet, diagnose=diagnose, outages=outages, now=now if patiently else None)


def test_only_the_connection_that_logged_is_looked_at_again() -> None:
    reader = Reader(fleet(MANY, down=[3]))
    first = reader.read()
    assert len(reader.asked) == 2 * MANY
    reader.held.take(Batch((ike("gone", states="DD", vpn=FALLEN[0], ip=FALLEN[1]),)))
    after = reader.read()
    assert {tunnel.connection for tunnel in reader.asked} == {FALLEN[0]}
    assert len(after) > len(first)


def test_each_connection_is_looked_at_again_within_the_patience() -> None:
    reader = Reader(fleet(MANY, down=[3]))
    reader.read()
    asked = set()
    for after in range(0, PATIENCE + 1, 500):
        reader.read(after)
        assert len(reader.asked) < MANY
        asked.update(reader.asked)
    assert len(asked) == 2 * MANY


def test_they_are_those_that_are_made_anew() -> None:
    reader = Reader(fleet(MANY, down=[3, 70]))
    reader.read()
    reader.held.take(Batch((ike("gone", states="DD", vpn=FALLEN[0], ip=FALLEN[1]),)))
    assert [each.text for each in reader.read()] == [each.text for each in Reader(reader.held).read(patiently=False)]


def test_of_a_few_all_are_looked_at_each_time() -> None:
    reader = Reader(fleet(4))
    reader.read()
    reader.read()
    assert len(reader.asked) == 8
