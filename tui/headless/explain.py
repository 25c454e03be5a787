"""`tunnelwatch explain`: what a message or a whole log line means, offline."""

import json
import textwrap
from collections.abc import Iterable

from tui.domain.catalogue import Catalogue, Explanation
from tui.domain.devices import steps, title
from tui.domain.events import BgpEvent, IkeEvent, Log, RouteEvent
from tui.domain.parse import parse


def explain(line: str, catalogue: Catalogue) -> tuple[str, Explanation | None]:
    """Return the message in a line, and what it means under the states that the line shows."""
    event = parse(line)
    if isinstance(event, IkeEvent):
        return event.message, catalogue.explain(event.message, phase1=event.phase1, phase2=event.phase2, log=Log.IKE)
    log = Log.BGP if isinstance(event, BgpEvent | RouteEvent) else None
    return event.message, catalogue.explain(event.message, log=log)


def render_json(line: str, catalogue: Catalogue, *, device: str | None = None) -> str:
    """Return the JSON object of one message; `rule` is null where nothing knows it.

    `device`, a vendor of `tui.domain.devices`, adds the commands to type there.
    """
    message, found = explain(line, catalogue)
    rule = found.rule if found else None
    return json.dumps(
        {
            "message": message,
            "rule": rule.id if rule else None,
            "severity": found.severity.value if found else None,
            "title": rule.title if rule else None,
            "meaning": found.meaning if found else None,
            "likely_causes": list(rule.likely_causes) if rule else [],
            "check_aws": list(rule.check_aws) if rule else [],
            "check_cgw": list(rule.check_cgw) if rule else [],
            "say": rule.say if rule else None,
            "commands": list(steps(device, rule.topics)) if rule and device else [],
            "source": rule.source if rule else None,
        }
    )


def render_text(line: str, catalogue: Catalogue, *, columns: int = 80, device: str | None = None) -> str:
    """Return the explanation for people, wrapped to `columns`."""
    message, found = explain(line, catalogue)
    lines = [textwrap.fill(message or "(no message)", columns)]
    if found is None:
        return "\n".join(
            [
                *lines,
                "  This message is not in the catalogue. On the screen it is shown as it came; its state fields count.",
            ]
        )
    rule = found.rule
    lines.append(textwrap.fill(f"{found.severity.value.upper()}: {rule.title}", columns, initial_indent="  "))
    lines.extend(_paragraph(found.meaning, columns))
    for heading, items in (
        ("Likely causes", rule.likely_causes),
        ("Check on AWS", rule.check_aws),
        ("Check on the customer gateway", rule.check_cgw),
    ):
        if items:
            lines.extend(("", f"  {heading}:"))
            lines.extend(_bullets(items, columns))
    if device and rule.topics:
        lines.extend(("", f"  On {title(device)}:", *(f"    {step}" for step in steps(device, rule.topics))))
    if rule.say:
        lines.extend(("", "  Say to the customer:", *_paragraph(f"“{rule.say}”", columns, indent="    ")))
    lines.extend(("", f"  Source: {rule.source}"))
    return "\n".join(lines)


def _paragraph(text: str, columns: int, *, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, columns, initial_indent=indent, subsequent_indent=indent)


def _bullets(items: Iterable[str], columns: int) -> list[str]:
    return [
        line
        for item in items
        for line in textwrap.wrap(
            item, columns, initial_indent="    - ", subsequent_indent="      ", break_on_hyphens=False
        )
    ]
