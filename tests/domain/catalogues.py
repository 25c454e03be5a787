"""All rules of the shipped catalogue, each rule alone, and the text of a catalogue with one rule."""

from tui.domain.events import Log
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.catalogue_file import load

RULES = tuple(load().rules.values())
ALONE = [(rule, Catalogue([rule])) for rule in RULES]
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]

GOOD = {
    "id": '"one"',
    "log": '"ike"',
    "family": '"test"',
    "match": "'hello (?P<name>\\w+)'",
    "title": '"A greeting"',
    "brief": '"hello"',
    "meaning": '"Somebody says hello."',
    "say": '"Hello."',
    "severity": '"info"',
    "source": '"made up"',
    "wording": '"seen"',
    "examples": '["hello world"]',
}


def rule_text(*, without: str = "", more: str = "", **changed: str) -> str:
    fields = {name: value for name, value in (GOOD | changed).items() if name != without}
    return "\n".join(["[[rule]]", *(f"{name} = {value}" for name, value in fields.items()), more, ""])


def knowing(message: str, log: Log) -> list[str]:
    """Return the ids of all rules of a log whose own wording it is, each asked in a catalogue of its own."""
    matches = [(rule, alone.match(message, log=log)) for rule, alone in ALONE if rule.log is log]
    return [rule.id for rule, match in matches if match is not None and match.is_exact]
