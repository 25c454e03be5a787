"""`tunnelwatch explain`: the meaning of messages, log lines, pasted text, keywords and codes of causes, offline."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tui.content.layout.blocks import Block
from tui.content.layout.plain_text import plain_text
from tui.content.pasted_doubts import PastedDoubt, without_doubts
from tui.content.tunnel.diagnosis_page import (
    cause_blocks,
    commands_of,
    explanation_blocks,
    nearest_blocks,
    unknown_blocks,
)
from tui.domain.diagnosis.causes import Cause, cause, codes, named
from tui.domain.diagnosis.words import in_general
from tui.domain.events import LOG_OF, IkeEvent, Phase
from tui.domain.judgement.doubt import DoubtKind
from tui.domain.knowledge.addresses import UNKNOWN, Addresses, addresses_in
from tui.domain.knowledge.catalogue import Catalogue
from tui.domain.knowledge.devices import origin, steps
from tui.domain.knowledge.nearest import WordIndex
from tui.domain.knowledge.rule import Explanation, Rule
from tui.domain.reading.parse import locate, parse
from tui.domain.reading.pasted import records

_SEVERAL: Final = "Several known messages have these words"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about one message.

    For a message that no rule knows, `meaning` explains the states in its record, and `nearest` holds the most similar
    known messages; in a search for keywords, `nearest` holds all messages that contain them.
    """

    message: str
    explanation: Explanation | None
    meaning: str
    addresses: Addresses = UNKNOWN
    nearest: tuple[Rule, ...] = ()
    is_search: bool = False
    cause: Cause | None = None
    """The cause of an outage in general, if the message is its code, or a board's text for it."""
    doubt: DoubtKind | None = None
    """The doubt about a judgement, if the message is a table's text for one."""

    @property
    def is_known(self) -> bool:
        """Whether the question was answered: by an explanation, or by messages with all the keywords."""
        return self.explanation is not None or self.is_search or self.cause is not None or self.doubt is not None


class Explainer:
    """Answers questions from one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._index = WordIndex(catalogue)
        self._codes = frozenset(codes(catalogue))

    def of_lines(self, lines: Iterable[str]) -> Iterator[Answer]:
        """Yield an answer for each message in the lines, whatever they were copied from."""
        doubts: list[PastedDoubt] = []
        before: Answer | None = None
        for record in records(without_doubts(lines, doubts)):
            yield from _drained(doubts)
            answer = self._continued(before, record)
            yield answer
            before = answer
        yield from _drained(doubts)

    def _continued(self, before: Answer | None, record: str) -> Answer:
        """Return the answer to a record, or to the record joined with the one before, for a message wrapped by a mail
        program.
        """
        answer = self.answer(record)
        if before is None or before.explanation is not None or answer.explanation is not None:
            return answer
        whole = self.answer(f"{before.message} {answer.message}")
        is_exact = whole.explanation is not None and whole.explanation.rule.is_exact and not whole.is_search
        return whole if is_exact else answer

    def of_arguments(self, arguments: Sequence[str]) -> Iterator[Answer]:
        """Yield the answers for a command line's arguments: a message each, or one message that lost its quotes."""
        if len(arguments) > 1 and not any(" " in argument.strip() for argument in arguments):
            whole = self.answer(" ".join(arguments))
            if not all(self.answer(argument).explanation for argument in arguments):
                yield whole
                return
        for argument in arguments:
            yield from self.of_lines(argument.splitlines())

    def answer(self, line: str) -> Answer:
        """Return what the record in a line means in the states that it shows, or what a cause's code stands for."""
        if (code := line.strip()) in self._codes:
            return _of_cause(code, cause(code, catalogue=self._catalogue))
        event = parse(line)
        phase1, phase2 = (event.phase1, event.phase2) if isinstance(event, IkeEvent) else (None, None)
        explanation = self._catalogue.explain(event.message, phase1=phase1, phase2=phase2, log=LOG_OF.get(type(event)))
        if explanation is not None:
            tunnel = locate(line)
            fields = explanation.rule.fields(event.message)
            addresses = addresses_in(fields, outside_ip=tunnel[1].replace("?", "") if tunnel else "")
            return Answer(event.message, explanation, explanation.meaning, addresses)
        return self._unknown(event.message, phase1, phase2)

    def _unknown(self, message: str, phase1: Phase | None, phase2: Phase | None) -> Answer:
        if (shown := named(message, catalogue=self._catalogue)) is not None:
            return _of_cause(message, shown)
        meaning = self._catalogue.unknown.explain(phase1=phase1, phase2=phase2)
        matches = self._index.with_keywords(message)
        if len(matches) == 1:
            (rule,) = matches
            return Answer(message, rule.explain(phase1=None, phase2=None), rule.meaning, is_search=True)
        if matches:
            return Answer(message, None, _SEVERAL, nearest=matches, is_search=True)
        return Answer(message, None, meaning, nearest=self._index.nearest(message))


def _of_cause(message: str, known: Cause) -> Answer:
    words = in_general(known)
    return Answer(message, None, words.title, cause=words)


def _drained(doubts: list[PastedDoubt]) -> Iterator[Answer]:
    while doubts:
        doubt = doubts.pop(0)
        yield Answer(doubt.sentence, None, doubt.meaning, doubt=doubt.kind)


def render_json(answer: Answer, *, device: str | None = None) -> str:
    """Return the JSON object of one message; `rule` is null if no rule matches.

    `match` is exact, likely (the wording is not known exactly) or null. `cause` is the code of a cause that a board
    names, `doubt` the reason that a table gives to doubt a state. `device`, a vendor of `devices`, adds the commands to
    type there and the sources that they were checked against.
    """
    explanation, outage = answer.explanation, answer.cause
    known = explanation or outage
    likely = explanation.likely_causes if explanation else outage.likely if outage else ()
    rule = explanation.rule if explanation else None
    return json.dumps(
        {
            "message": answer.message,
            "rule": rule.id if rule else None,
            "match": None if rule is None else "exact" if rule.is_exact and not answer.is_search else "likely",
            "wording": rule.wording.value if rule else None,
            "cause": outage.code if outage else None,
            "doubt": answer.doubt,
            "severity": known.severity.value if known else None,
            "title": rule.title if rule else outage.title if outage else None,
            "meaning": answer.meaning,
            "likely_causes": list(likely),
            "check_aws": list(known.check_aws) if known else [],
            "check_cgw": list(known.check_cgw) if known else [],
            "say": known.say if known else None,
            "commands": list(steps(device, known.topics, answer.addresses)) if known and device else [],
            "command_sources": (
                [
                    {"title": source.title, "address": source.address, "check": source.check.value}
                    for source in origin(device, known.topics).sources
                ]
                if known and device
                else []
            ),
            "source": rule.source if rule else None,
            "nearest": [{"rule": near.id, "title": near.title, "example": near.examples[0]} for near in answer.nearest],
        }
    )


def render_text(answer: Answer, *, columns: int = 80, device: str | None = None) -> str:
    """Return the answer as text for people, wrapped to `columns`."""
    if answer.explanation:
        blocks = explanation_blocks(answer.explanation, commands=commands_of(device, answer.addresses))
    elif answer.cause:
        blocks = cause_blocks(answer.cause, commands=commands_of(device, answer.addresses))
    elif answer.doubt:
        blocks = (Block(answer.meaning),)
    elif answer.is_search:
        blocks = nearest_blocks(answer.nearest, heading=answer.meaning)
    else:
        blocks = unknown_blocks(answer.meaning, answer.nearest)
    return plain_text((Block(answer.message or "(no message)"), *blocks), width=columns).rstrip("\n")
