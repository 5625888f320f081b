"""Answers: their ids, and whether they may be shown as checked."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from assistant.answers import SURE, Answer, new_id
from assistant.ask import Assistant
from assistant.cli.terminal import output, show_answer
from tests.fakes.assistant import CLARIFY, NOT_FOUND, RURAL

QUESTIONS = ["2025年衢州农村居民人均可支配收入是多少？", "1987年衢州有几座火山？", "你好"]


def test_ids_have_one_form_and_are_never_used_twice(assistant: Assistant) -> None:
    answers = [assistant.ask(question) for question in QUESTIONS * 2]
    assert {answer.status for answer in answers} == {"answered", "not_found", "clarify"}
    ids = [new_id(), *(answer.id for answer in answers)]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("answer", "sure"),
    [
        (replace(RURAL, confidence=SURE), True),
        (replace(RURAL, confidence=SURE - 0.001), False),
        (replace(NOT_FOUND, confidence=0.1), True),
        (replace(CLARIFY, confidence=0.1), True),
    ],
)
def test_only_what_states_something_can_be_in_doubt(answer: Answer, sure: bool) -> None:
    assert answer.sure is sure
    assert answer.to_json()["sure"] is sure
    assert Answer.from_json(answer.to_json()) == answer
    with output.capture() as captured:
        show_answer(answer)
    assert ("（可能相关，请核对）" in captured.get()) is not sure
