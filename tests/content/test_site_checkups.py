"""The page of doctor's findings at several sites: the worst first once all have answered, and nothing moves before."""

from tests.checkups import WRONG, well, with_tunnels
from tui.content.doctor.page import LOOKING, checkup_blocks
from tui.content.doctor.sites import SiteCheckup, sites_blocks
from tui.domain.checkup.checkup import findings
from tui.domain.checkup.finding import Level, worst

WELL = SiteCheckup(well())
WITHOUT_LOGS = SiteCheckup(with_tunnels(ike_group=None, bgp_group=None)(well()))
WARNED = SiteCheckup(next(bad for wrong in WRONG.values() if worst(findings(bad := wrong(well()))) is Level.WARNING))
FAILED = SiteCheckup(failure="Access denied.", role="arn:aws:iam::111122223333:role/watch-vpn")


def texts(checkups: dict[str, SiteCheckup]) -> list[str]:
    return [block.text for block in sites_blocks(checkups, findings)]


def headings(checkups: dict[str, SiteCheckup]) -> list[str]:
    return [text.strip("─ ") for text in texts(checkups) if text.startswith("──")]


def test_the_worst_site_comes_first_once_all_have_answered() -> None:
    assert WITHOUT_LOGS.examined is not None
    assert worst(findings(WITHOUT_LOGS.examined)) is Level.STOP
    checkups = {"well": WELL, "warned": WARNED, "failed": FAILED, "stopped": WITHOUT_LOGS}
    assert headings(checkups) == ["stopped", "failed", "warned", "well"]
    assert texts(checkups)[0] == "4 sites looked at"


def test_while_one_is_looked_at_nothing_moves_and_the_count_says_so() -> None:
    checkups = {"well": WELL, "open": SiteCheckup(), "stopped": WITHOUT_LOGS}
    assert headings(checkups) == ["well", "open", "stopped"]
    lines = texts(checkups)
    assert lines[0] == "2 of 3 sites looked at"
    assert any("being looked at" in line for line in lines)


def test_a_site_that_could_not_be_asked_says_why_and_which_role_its_commands_need() -> None:
    page = "\n".join(texts({"failed": FAILED, "well": WELL}))
    assert "could not be asked" in page
    assert "Access denied." in page
    assert "Commands for this site need its role: arn:aws:iam::111122223333:role/watch-vpn" in page


def test_one_account_without_sites_is_its_findings_alone() -> None:
    assert WELL.examined is not None
    assert sites_blocks({"": WELL}, findings) == tuple(checkup_blocks(WELL.examined, findings(WELL.examined)))
    assert sites_blocks({}, findings) == sites_blocks({"": SiteCheckup()}, findings) == LOOKING
