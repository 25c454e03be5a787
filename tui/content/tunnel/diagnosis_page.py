"""A diagnosis or a message in full: the sentence for the customer, the evidence, the checks.

The tunnel's page, the copy, `explain` and reports show these blocks.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tui.content.layout.blocks import GAP, Block, bullets, heading, item
from tui.content.layout.symbols import SEVERITY
from tui.content.layout.tones import Tone
from tui.content.tunnel.remarks import remark_sentence
from tui.content.wording import Moment
from tui.domain.diagnosis.causes import Cause
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.knowledge.addresses import UNKNOWN, Addresses
from tui.domain.knowledge.devices import origin, steps, title
from tui.domain.knowledge.rule import Explanation, Rule, Severity, helpful_topics

Commands = Callable[[Sequence[str]], Sequence[Block]]
"""Returns the commands of the customer's device for these topics, under their heading."""


def commands_of(device: str | None, addresses: Addresses = UNKNOWN) -> Commands:
    """Return a device's commands, filled with the tunnel's addresses; empty without a device."""

    def commands(topics: Sequence[str]) -> Sequence[Block]:
        if device is None or not topics:
            return ()
        return (
            *bullets(f"On {title(device)}", steps(device, topics, addresses)),
            Block(_origin_sentence(device, topics), Tone.FAINT),
        )

    return commands


def _origin_sentence(device: str, topics: Sequence[str]) -> str:
    """Return the origin of the commands: the titles of the pages that they were checked against."""
    lines = origin(device, topics)
    if not lines.sources:
        return "From field knowledge, not checked against the vendor's documentation."
    titles = "; ".join(source.title for source in lines.sources)
    return f"From: {titles}." if lines.is_complete else f"From: {titles}; the rest is field knowledge."


def diagnosis_blocks(
    diagnosis: Diagnosis, *, moment: Moment, commands: Commands, ladder: Sequence[Block] = ()
) -> tuple[Block, ...]:
    """Return one cause in full, ending with the checks and the commands for them.

    The `ladder`, the last negotiation as a drawing, follows the evidence.
    """
    cause = diagnosis.cause
    return (
        *_title_blocks(cause.title, diagnosis.severity),
        Block(_confidence(diagnosis, moment), Tone.QUIET, lead="  "),
        *_sentence_blocks(cause.say),
        *_evidence_blocks(diagnosis, moment),
        *ladder,
        *_check_blocks(cause.likely, cause.check_aws, cause.check_cgw),
        *commands(helpful_topics(cause.topics, diagnosis.severity)),
    )


def cause_blocks(cause: Cause, *, commands: Commands) -> tuple[Block, ...]:
    """Return a cause without a tunnel."""
    return (
        *_title_blocks(cause.title, cause.severity),
        *_sentence_blocks(cause.say),
        *_check_blocks(cause.likely, cause.check_aws, cause.check_cgw),
        *commands(helpful_topics(cause.topics, cause.severity)),
    )


def explanation_blocks(explanation: Explanation, *, commands: Commands) -> tuple[Block, ...]:
    """Return the meaning of a message, ending with the checks, the commands for them, and the source."""
    rule = explanation.rule
    topics = explanation.topics if explanation.check_cgw else ()  # a line that suggests no check needs no command
    return (
        *_title_blocks(rule.title, explanation.severity),
        *(() if rule.is_exact else (Block(_LIKELY, Tone.QUIET),)),
        Block(explanation.meaning),
        *_sentence_blocks(explanation.say),
        *_check_blocks(explanation.likely_causes, explanation.check_aws, explanation.check_cgw),
        *commands(topics),
        *heading("Source"),
        Block(rule.source, Tone.FAINT),
        Block(f"Wording: {rule.wording.value}", Tone.FAINT),
    )


_LIKELY = "Likely: the wording is not known exactly."


def unknown_blocks(meaning: str, nearest: Sequence[Rule] = ()) -> tuple[Block, ...]:
    """Return the text for a message that no rule knows, with the most similar known ones."""
    return (
        GAP,
        Block("This message is not in the catalogue.", Tone.QUIET),
        Block(meaning),
        *nearest_blocks(nearest, heading="Nearest known messages"),
    )


def nearest_blocks(rules: Sequence[Rule], *, heading: str) -> tuple[Block, ...]:
    """Return known messages, each with its meaning in a few words."""
    return bullets(heading, [f"{rule.examples[0]} ({rule.title})" for rule in rules])


def also_blocks(diagnoses: Iterable[Diagnosis]) -> tuple[Block, ...]:
    """Return the titles of the causes after the leading one."""
    blocks = [_title(diagnosis.cause.title, diagnosis.severity, Tone.TEXT) for diagnosis in diagnoses]
    return (*heading("Also possible"), *blocks) if blocks else ()


def earlier_blocks(diagnoses: Iterable[Diagnosis], over_since: str) -> tuple[Block, ...]:
    """Return the titles of causes that are over, with the time."""
    blocks = [_title(diagnosis.cause.title, Severity.INFO, Tone.QUIET) for diagnosis in diagnoses]
    return (*heading(f"Earlier, over since {over_since}"), *blocks) if blocks else ()


def _confidence(diagnosis: Diagnosis, moment: Moment) -> str:
    """Return how certain a diagnosis is, and since when it holds; nobody sees the beginning of a silence."""
    if not diagnosis.certain and not diagnosis.evidence:
        return "no evidence in the log"
    if not diagnosis.evidence:
        return "certain: by the connection's settings in EC2"
    is_by_ec2 = all(evidence.is_by_ec2 for evidence in diagnosis.evidence)
    confidence = _CONFIDENCE[diagnosis.certain, is_by_ec2]
    return f"{confidence}, since {moment(diagnosis.since)}"


_CONFIDENCE: Final = {
    (True, False): "certain: stated in the AWS log",
    (True, True): "certain: stated by EC2",
    (False, False): "likely: concluded from the log",
    (False, True): "likely: concluded from what EC2 says",
}
"""The words by whether a diagnosis is certain, and whether EC2 is its only source."""


def _title_blocks(text: str, severity: Severity) -> tuple[Block, ...]:
    tone = SEVERITY[severity][1]
    return GAP, _title(text, severity, Tone.STRONG if tone in (Tone.TEXT, Tone.QUIET) else tone)


def _title(text: str, severity: Severity, tone: Tone) -> Block:
    symbol, lead_tone = SEVERITY[severity]
    return Block(text, tone, lead=f"{symbol} ", lead_tone=lead_tone)


def _sentence_blocks(sentence: str) -> tuple[Block, ...]:
    return (*heading("Say to the customer"), Block(f"“{sentence}”", Tone.STRONG))


def _evidence_blocks(diagnosis: Diagnosis, moment: Moment) -> Iterable[Block]:
    if diagnosis.evidence or diagnosis.remarks:
        yield from heading("Evidence")
    # A peer that keeps retrying logs the same every few seconds: the line is shown once, with its other times.
    times: dict[str, list[str]] = {}
    for evidence in diagnosis.evidence:
        times.setdefault(evidence.text, []).append(moment(evidence.at))
    for text, (first, *others) in times.items():
        lead = f"{first}  "
        yield item(text, lead)
        if others:
            yield Block(f"again at {', '.join(others)}", Tone.QUIET, lead=" " * len(lead))
    yield from (item(remark_sentence(remark, moment)) for remark in diagnosis.remarks)


def _check_blocks(
    causes: Sequence[str], on_aws: Sequence[str], on_customer_gateway: Sequence[str]
) -> tuple[Block, ...]:
    return (
        *bullets("Likely causes", causes),
        *bullets("Check on AWS", on_aws),
        *bullets("Check on the customer gateway", on_customer_gateway),
    )
