"""A doubt printed by one of our own tables is recognized, however it was wrapped, and no other line is lost."""

import re
import textwrap

import pytest

from tui.content.doubts import SENTENCES
from tui.content.pasted_doubts import PastedDoubt, without_doubts
from tui.domain.judgement.doubt import DoubtKind

AROUND = ("AWS tunnel Phase 1 SA is established", "", "● up  203.0.113.17")


def sentence(kind: DoubtKind) -> str:
    return re.sub(r"\{\w+\}", "02:14:07", SENTENCES[kind])


@pytest.mark.parametrize("columns", [50, 72, 300])
@pytest.mark.parametrize("kind", SENTENCES, ids=str)
def test_a_doubt_is_taken_out_and_all_else_is_left(kind: DoubtKind, columns: int) -> None:
    wrapped = textwrap.wrap(sentence(kind), columns, initial_indent="        ", subsequent_indent="        ")
    doubts: list[PastedDoubt] = []
    left = list(without_doubts([*AROUND, *wrapped, *AROUND], doubts))
    assert left == [*AROUND, *AROUND]
    assert [(doubt.kind, doubt.sentence) for doubt in doubts] == [(kind, sentence(kind))]
    assert doubts[0].meaning.endswith((".", "tells."))


def test_what_only_begins_like_a_doubt_is_left_as_it_is() -> None:
    begun = sentence(DoubtKind.EC2_NEWER)[:20]
    doubts: list[PastedDoubt] = []
    assert list(without_doubts([begun, *AROUND], doubts)) == [begun, *AROUND]
    assert list(without_doubts([begun], doubts)) == [begun]
    assert doubts == []
