"""How the form of an answer and its stretch are learned: what is asked, and what counts as right."""

from __future__ import annotations

import random

import numpy as np
import pytest

from assistant.question.forms import FORMS, Form
from assistant.reading.stretches import chapters
from index.ranking.networks import Network
from sources.readers.files import document_of
from training.forms.asking import EVERYDAY, QUESTIONS, Asked, on_heading, on_sentence
from training.forms.forms import form_of_answer
from training.forms.invented import invented
from training.forms.sections import first_as_sure
from training.reader.samples import MORE, located, records

RULES = """# 苇河镇渡口管理办法

## 一、加强船舶安全检查

渡船每年检验一次，检验不合格的不得载客。

## 二、落实值守制度

汛期每班两人值守，水位超过警戒线时停渡。
"""


def test_invented_questions_are_of_every_form_and_some_patterns_are_kept_aside() -> None:
    made = invented(seed=3)
    assert {form for _, form, _ in made} == set(FORMS)
    assert {form for _, form, aside in made if aside} == set(FORMS)
    assert len({text for text, _, _ in made}) == len(made)
    assert not any("{" in text for text, _, _ in made)


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("1.9万班次", "fact"),
        ("餐饮、住宿、旅游、商贸、交通等行业", "list"),
        ("申请人到窗口提交材料，工作人员当场核对，三日内现场核查。" * 4, "passage"),
        ("责令改正并处罚款，逾期不改的从重处罚", None),
    ],
)
def test_an_answer_tells_its_form_where_it_can(answer: str, form: Form | None) -> None:
    assert form_of_answer(answer) == form


def test_a_heading_and_a_sentence_are_asked_about_by_their_own_words() -> None:
    document = document_of(RULES.encode(), uri="渡口.md")
    first = next(each for each in chapters(document) if "船舶" in each.heading)
    for seed in range(8):
        on, span = on_heading(first, random.Random(seed))
        assert "船舶" in on or "检查" in on
        assert document.text[slice(*span)].endswith("不得载客。")
        asked, told = on_sentence(first, random.Random(seed))
        assert document.text[slice(*told)] == "渡船每年检验一次，检验不合格的不得载客。"
        assert any(asked[at : at + 2] in document.text[slice(*told)] for at in range(len(asked) - 1))


def test_how_sure_the_first_stretch_is_follows_how_often_it_is_right() -> None:
    one, none = np.ones(1, np.float32), np.zeros(1, np.float32)
    sure = Network(
        mean=none, scale=one, linear=one, hidden=none[:, None], hidden_bias=none, out=none, bias=0.0
    )  # fmt: skip
    stretches = np.array([[3.0], [-2.0]], np.float32)
    found = [
        Asked(False, True, stretches, np.array(right, np.float32), (), None, np.zeros(0, np.float32))
        for right in ([1, 0], [0, 1]) * 40
    ]
    assert 1 / (1 + np.exp(-float(first_as_sure(sure, found)(stretches)[0]))) == pytest.approx(0.5, abs=0.02)


def test_answers_to_questions_in_everyday_words_stand_in_their_documents() -> None:
    files = [MORE / name for name in EVERYDAY]
    if not all(each.exists() for each in files):
        pytest.skip("the training data beside the repository is not there")
    asked = [*records(QUESTIONS)]
    texts = {row["docid"]: row["text"] for each in files for row in records(each)}
    assert all(located(texts[row["docid"]], row["answer"]) for row in asked if row["answer"])
    assert sum(row["answer"] is None for row in asked) >= len(asked) / 10
