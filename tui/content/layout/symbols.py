"""Symbol, word and tone of each state, always shown together so that nobody depends on one of them."""

from typing import Final

from tui.content.layout.tones import Tone
from tui.domain.judgement.verdict import Verdict
from tui.domain.knowledge.rule import Severity
from tui.domain.state.tunnel_state import Health

HEALTH: Final = {
    Health.UP: ("●", "up", Tone.GOOD),
    Health.NEGOTIATING: ("◌", "negotiating", Tone.WARNING),
    Health.DOWN: ("✖", "down", Tone.ERROR),
    Health.UNKNOWN: ("?", "unknown", Tone.QUIET),
}
VERDICT: Final = {
    Verdict.REDUNDANT: ("●", "redundant", Tone.GOOD),
    Verdict.AT_RISK: ("▲", "not redundant", Tone.WARNING),
    Verdict.DOWN: ("✖", "down", Tone.ERROR),
    Verdict.UNKNOWN: ("?", "unknown", Tone.QUIET),
}
STANDING: Final = VERDICT | {Verdict.AT_RISK: ("▲", "at risk", Tone.WARNING)}
"""The standing of a connection as it is counted: a redundant one in trouble is also at risk."""
MARK: Final = ("✎", Tone.ACCENT)
"""A note of the user."""
CHANGE: Final = ("≠", Tone.WARNING)
"""A change at AWS."""
SEVERITY: Final = {
    None: ("·", Tone.TEXT),
    Severity.OK: ("·", Tone.QUIET),
    Severity.INFO: ("·", Tone.TEXT),
    Severity.WARNING: ("▲", Tone.WARNING),
    Severity.ERROR: ("✖", Tone.ERROR),
}
