"""The forecast as text: the nearest deadline first, what happens afterwards, and what could not be determined."""

import pytest

from tui.content.maintenance import advice, all_pending, maintenance_lines
from tui.content.wording import ANYWHERE
from tui.domain.inventory import ConnectionFacts
from tui.domain.maintenance import Comeback, Forecast, Pending
from tui.domain.times import DAY

NOW = 1_780_000_000_000
HQ = ConnectionFacts("vpn-0a1b2c3d4e5f60718", "hq")


def pending(
    ip: str, deadline: int | None, comeback: Comeback = Comeback.BY_AWS, *, other: bool | None = True, site: str = ""
) -> Pending:
    return Pending(HQ, ip, deadline, comeback, other, site)


def printed(forecasts: dict[str, Forecast], failures: dict[str, str] | None = None, *, width: int = 160) -> list[str]:
    lines = maintenance_lines(forecasts, failures or {}, now=NOW, moment=ANYWHERE, width=width)
    return [line.text.rstrip() for line in lines]


def test_the_nearest_deadline_comes_first_and_each_says_what_happens_afterwards() -> None:
    later = pending("203.0.113.17", NOW + 9 * DAY)
    soon = pending("203.0.113.42", NOW + DAY, Comeback.BY_THE_DEVICE, other=False)
    lines = printed({"": Forecast((later, soon, pending("203.0.113.9", None, Comeback.UNKNOWN, other=None)), 8)})
    assert lines[0].endswith("maintenance is pending for 3 of 8 tunnels")
    assert "in 1d" in lines[1]
    assert "203.0.113.42  waits for the device to dial, no other tunnel is up" in lines[1]
    assert "203.0.113.17  AWS dials again, the other tunnel is up" in lines[2]
    assert "no deadline named" in lines[3]
    assert "who dials is unknown, the other tunnel's state is unknown" in lines[3]


def test_a_deadline_that_is_over_is_now() -> None:
    assert "  now  " in printed({"": Forecast((pending("203.0.113.17", NOW - DAY),), 2)})[1]


def test_where_there_is_little_room_the_ends_stand_on_lines_of_their_own() -> None:
    lines = printed({"": Forecast((pending("203.0.113.17", NOW + DAY),), 2)}, width=70)
    assert len(lines) == 3
    assert lines[2].strip() == "AWS dials again, the other tunnel is up"


def test_what_was_not_told_and_what_could_not_be_asked_is_named_by_its_site() -> None:
    lines = printed({"acme": Forecast((), 2, 3, "Access denied.")}, {"globex": "No credentials."})
    assert "acme: EC2 gave no answer for 3 tunnels: Access denied." in lines
    assert "globex: No credentials." in lines
    assert "acme/hq" in printed({"acme": Forecast((pending("203.0.113.17", NOW, site="acme"),), 2)})[1]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (pending("203.0.113.17", NOW, other=False), "bring it up before the deadline"),
        (pending("203.0.113.17", NOW, Comeback.BY_THE_DEVICE), "stays down until the customer's side dials"),
        (pending("203.0.113.17", NOW), "replace-vpn-tunnel"),
    ],
)
def test_the_advice_is_that_for_what_is_ahead(found: Pending, words: str) -> None:
    assert words in " ".join(advice(all_pending({"": Forecast((found,), 1)})))
    assert list(advice(())) == []


def test_no_line_is_wider_than_the_terminal_whatever_a_site_has_to_say() -> None:
    reason = "Access denied: ec2:DescribeVpnConnections " + "with an explicit deny in a policy of the organization " * 4
    lines = printed({}, {"osaka": reason}, width=80)
    assert max(map(len, lines)) <= 80
    assert reason.strip() in " ".join(lines)
