"""`tunnelwatch explain`: what a message or a whole log line means, offline."""

import json

from tui.content.blocks import Block
from tui.content.diagnosis_page import UNKNOWN_MESSAGE, commands_of, explanation_blocks
from tui.content.plain_text import plain_text
from tui.domain.catalogue import Catalogue, Explanation
from tui.domain.devices import steps
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
    message, explanation = explain(line, catalogue)
    rule = explanation.rule if explanation else None
    return json.dumps(
        {
            "message": message,
            "rule": rule.id if rule else None,
            "severity": explanation.severity.value if explanation else None,
            "title": rule.title if rule else None,
            "meaning": explanation.meaning if explanation else None,
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
    message, explanation = explain(line, catalogue)
    meaning = explanation_blocks(explanation, commands=commands_of(device)) if explanation else UNKNOWN_MESSAGE
    return plain_text((Block(message or "(no message)"), *meaning), width=columns).rstrip("\n")
