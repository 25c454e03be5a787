"""`tunnelwatch doctor` over several sites: each is looked at on its own, and one failure does not stop the others."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from tui.content.doctor.sites import SiteCheckup
from tui.content.exit_codes import ExitCode, worst
from tui.content.layout.cells import harmless, wrap
from tui.content.layout.lines import EMPTY, Line, Span, line
from tui.content.layout.tones import Tone
from tui.domain.checkup.finding import Finding
from tui.domain.times import iso
from tui.headless.colour import plain
from tui.headless.doctor import exit_code, finding_document, render_page
from tui.headless.json_documents import Json

Checkups = Mapping[str, SiteCheckup]
"""The checkups by the names of their sites."""
Findings = Mapping[str, Sequence[Finding]]
"""The findings at each site, by its name; none at a site without an examination."""


def sites_code(checkups: Checkups, findings: Findings) -> ExitCode:
    """Return 2 if something stops the logs of any site, else 3 if one could not be looked at, else 1 or 0."""
    return worst(_code(checkup, findings[name]) for name, checkup in checkups.items())


def _code(checkup: SiteCheckup, findings: Sequence[Finding]) -> ExitCode:
    return exit_code(checkup.examined, findings) if checkup.examined is not None else ExitCode.UNKNOWN


def render_sites(
    checkups: Checkups, findings: Findings, *, columns: int = 80, render: Callable[[Line], str] = plain
) -> str:
    """Return the pages of all sites as text, each under the name of its site."""
    pages = (_page(name, checkup, findings[name], columns, render) for name, checkup in checkups.items())
    return "\n".join(part for page in pages for part in page).rstrip("\n")


def _page(
    name: str, checkup: SiteCheckup, findings: Sequence[Finding], columns: int, render: Callable[[Line], str]
) -> Iterator[str]:
    yield render(line(Span(harmless(f"== {name} =="), Tone.STRONG)))
    if checkup.role:
        hint = f"Commands for this site need its role: {checkup.role}"
        yield from (render(line(Span(part, Tone.QUIET))) for part in wrap(harmless(hint), columns))
    if checkup.examined is None:
        yield from (render(line(Span(part, Tone.ERROR))) for part in wrap(harmless(checkup.failure), columns))
    else:
        yield render_page(checkup.examined, findings, columns=columns, render=render)
    yield render(EMPTY)


def render_sites_json(checkups: Checkups, findings: Findings, *, now: int) -> str:
    """Return the one JSON object of `doctor --json` over several sites.

    Each finding names its `site`, and `sites` lists them all. `account` and `region` are null if the sites differ in
    them; `now` in ms.
    """
    sites = {name: _site(checkup, findings[name]) for name, checkup in checkups.items()}
    document: Json = {
        "checked_at": iso(now),
        "account": _common(site["account"] for site in sites.values()),
        "region": _common(site["region"] for site in sites.values()),
        "findings": [
            {"site": name} | finding_document(finding, checkup.examined)
            for name, checkup in checkups.items()
            if checkup.examined is not None
            for finding in findings[name]
        ],
        "sites": sites,
    }
    return json.dumps(document)


def _site(checkup: SiteCheckup, findings: Sequence[Finding]) -> Json:
    caller = checkup.examined.caller if checkup.examined is not None else None
    return {
        "account": (caller.account if caller else "") or None,
        "region": (caller.region if caller else "") or None,
        "role_arn": checkup.role or None,
        "exit_code": int(_code(checkup, findings)),
        "reason": checkup.failure or None,
    }


def _common(values: Iterator[object]) -> object:
    known = set(values)
    return known.pop() if len(known) == 1 else None
