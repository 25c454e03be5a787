"""The findings of several sites on one page: each site under its name, as far as it has been looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tui.content.doctor.page import LOOKING, checkup_blocks, failure_blocks, level_counts
from tui.content.layout.blocks import GAP, Block, pairs
from tui.content.layout.cells import count
from tui.content.layout.tones import Tone
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding, Level

Judge = Callable[[Examination], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class SiteCheckup:
    """The result of looking at a site: an examination, or why there is none; neither while it is under way.

    `role` is the ARN of the role with which it is asked, empty if there is none.
    """

    examined: Examination | None = None
    failure: str = ""
    role: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the site has been looked at."""
        return self.examined is not None or bool(self.failure)


def sites_blocks(checkups: Mapping[str, SiteCheckup], judge: Judge) -> tuple[Block, ...]:
    """Return the page of the sites by name; for a single account, whose name is empty, only its findings."""
    if not checkups:
        return LOOKING
    if (alone := checkups.get("")) is not None:
        return tuple(_blocks(alone, judge))
    over = sum(checkup.is_over for checkup in checkups.values())
    judged = {name: judge(checkup.examined) if checkup.examined else () for name, checkup in checkups.items()}
    names = list(checkups)
    if over == len(checkups):  # not before: text that is being read must not move
        names.sort(key=lambda name: _urgency(checkups[name], judged[name]))
    progress = "" if over == len(checkups) else f"{over} of "
    return (
        Block(f"{progress}{count(len(checkups), 'site')} looked at", Tone.STRONG),
        *pairs("In short", [(name, _in_short(checkups[name], judged[name])) for name in names]),
        *(block for name in names for block in _of_site(name, checkups[name], judge)),
    )


def _urgency(checkup: SiteCheckup, findings: Sequence[Finding]) -> int:
    levels = {finding.level for finding in findings}
    if Level.STOP in levels:
        return 0
    if checkup.examined is None:
        return 1
    return 2 if Level.WARNING in levels else 3


def _in_short(checkup: SiteCheckup, findings: Sequence[Finding]) -> str:
    if checkup.examined is not None:
        return level_counts(findings)
    return "could not be asked" if checkup.failure else "being looked at"


def _of_site(name: str, checkup: SiteCheckup, judge: Judge) -> Iterator[Block]:
    # No heading in capitals: a site's name keeps the user's spelling.
    yield GAP
    yield Block(f"── {name} ──", Tone.ACCENT)
    if checkup.role:
        yield Block(f"Commands for this site need its role: {checkup.role}", Tone.QUIET)
    yield from _blocks(checkup, judge)


def _blocks(checkup: SiteCheckup, judge: Judge) -> Sequence[Block]:
    if checkup.examined is not None:
        return checkup_blocks(checkup.examined, judge(checkup.examined))
    return failure_blocks(checkup.failure) if checkup.failure else LOOKING
