"""`tunnelwatch doctor` over several sites: each is looked at on its own, and one failure does not stop the others."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tui.content.exit_codes import ExitCode, worst
from tui.content.layout.cells import harmless, wrap
from tui.content.layout.lines import EMPTY, Line, Span, line
from tui.content.layout.tones import Tone
from tui.domain.checkup.facts import Examination
from tui.domain.checkup.finding import Finding
from tui.domain.times import iso
from tui.feed.aws.errors import FeedError
from tui.headless.colour import plain
from tui.headless.doctor import exit_code, finding_document, render_page
from tui.headless.each_site import each_site
from tui.headless.json_documents import Json

Look = Callable[[], Awaitable[Examination]]
"""Looks at one site; raises FeedError if that fails."""
Judge = Callable[[Examination], Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Checkup:
    """The findings at one site; without an examination, `failure` says why there is none.

    `role` is the ARN of the role with which the site was asked, empty if there is none.
    """

    site: str
    examined: Examination | None = None
    findings: Sequence[Finding] = ()
    failure: str = ""
    role: str = ""

    @property
    def code(self) -> ExitCode:
        """The exit code that this site alone would give."""
        return exit_code(self.examined, self.findings) if self.examined is not None else ExitCode.UNKNOWN


async def check_sites(looks: Mapping[str, Look], judge: Judge, roles: Mapping[str, str]) -> list[Checkup]:
    """Return the checkup of every site in the order of `looks`; a few run at a time."""
    return [
        Checkup(site, failure=found.message, role=roles.get(site, ""))
        if isinstance(found, FeedError)
        else Checkup(site, found, judge(found), role=roles.get(site, ""))
        for site, found in (await each_site(looks)).items()
    ]


def sites_code(checkups: Sequence[Checkup]) -> ExitCode:
    """Return 2 if something stops the logs of any site, else 3 if one could not be looked at, else 1 or 0."""
    return worst(checkup.code for checkup in checkups)


def render_sites(checkups: Sequence[Checkup], *, columns: int = 80, render: Callable[[Line], str] = plain) -> str:
    """Return the pages of all sites as text, each under the name of its site."""
    return "\n".join(part for checkup in checkups for part in _page(checkup, columns, render)).rstrip("\n")


def _page(checkup: Checkup, columns: int, render: Callable[[Line], str]) -> Iterator[str]:
    yield render(line(Span(harmless(f"== {checkup.site} =="), Tone.STRONG)))
    if checkup.role:
        hint = f"Commands for this site need its role: {checkup.role}"
        yield from (render(line(Span(part, Tone.QUIET))) for part in wrap(harmless(hint), columns))
    if checkup.examined is None:
        yield from (render(line(Span(part, Tone.ERROR))) for part in wrap(harmless(checkup.failure), columns))
    else:
        yield render_page(checkup.examined, checkup.findings, columns=columns, render=render)
    yield render(EMPTY)


def render_sites_json(checkups: Sequence[Checkup], *, now: int) -> str:
    """Return the one JSON object of `doctor --json` over several sites.

    Each finding names its `site`, and `sites` lists them all. `account` and `region` are null if the sites differ in
    them; `now` in ms.
    """
    sites = {checkup.site: _site(checkup) for checkup in checkups}
    document: Json = {
        "checked_at": iso(now),
        "account": _common(site["account"] for site in sites.values()),
        "region": _common(site["region"] for site in sites.values()),
        "findings": [
            {"site": checkup.site} | finding_document(finding, checkup.examined)
            for checkup in checkups
            if checkup.examined is not None
            for finding in checkup.findings
        ],
        "sites": sites,
    }
    return json.dumps(document)


def _site(checkup: Checkup) -> Json:
    caller = checkup.examined.caller if checkup.examined is not None else None
    return {
        "account": (caller.account if caller else "") or None,
        "region": (caller.region if caller else "") or None,
        "role_arn": checkup.role or None,
        "exit_code": int(checkup.code),
        "reason": checkup.failure or None,
    }


def _common(values: Iterator[object]) -> object:
    known = set(values)
    return known.pop() if len(known) == 1 else None
