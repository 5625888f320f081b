"""The reader: it points into a passage, and says when there is nothing to point at."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.reading.reader import MAX_PASSAGE_PIECES, SHARED, Reading, Tokenizer, shared, shipped_reader
from index.embedders.contextual import TOKENIZER

PASSAGE = (
    "青田县今年改造了12座山塘，总投资3400万元。项目由县水利局负责，\n"
    "计划于2026年6月完工。资金来自省级补助和“强村计划”专项。"
)


def told(question: str, passage: str = PASSAGE) -> str:
    """What the reader points at."""
    reading = shipped_reader().read(question, [passage])[0]
    start, end = reading.within(0, len(passage)).span
    return passage[start:end]


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("山塘改造由哪个单位负责？", "县水利局"),
        ("项目什么时候完工？", "2026年6月"),
        ("总投资是多少？", "3400万"),
    ],
)
def test_it_points_at_what_answers(question: str, held: str) -> None:
    assert held in told(question)


def test_a_passage_that_answers_is_likelier_to_than_one_that_does_not() -> None:
    holding, other = shipped_reader().read(
        "山塘改造由哪个单位负责？", [PASSAGE, "青田县今年还新建了8个村级养老服务站，方便老人用餐。"]
    )
    assert holding.there > 0 > other.there


def test_passages_are_read_alike_alone_and_together() -> None:
    reader, texts = shipped_reader(), [PASSAGE, "另一段话，讲的是别的事。", PASSAGE[:40]]
    together = reader.read("总投资是多少？", texts)
    for text, reading in zip(texts, together, strict=True):
        (alone,) = reader.read("总投资是多少？", [text])
        np.testing.assert_array_equal(alone.starts, reading.starts)
        np.testing.assert_array_equal(alone.inside, reading.inside)


def test_the_title_tells_what_a_passage_leaves_unsaid() -> None:
    reader, question = shipped_reader(), "滨湖区2024年改造了多少座山塘？"
    text = "全年改造山塘12座，总投资3400万元。"
    own, other = (
        reader.answers(question, text, title=title)
        for title in ("滨湖区2024年水利工作总结", "青田县2021年水利工作总结")
    )
    assert own > 2 * other


def test_nothing_is_pointed_at_in_a_title() -> None:
    (reading,) = shipped_reader().read("总投资是多少？", ["项目已经完工。"], titles=["总投资3400万元的项目"])
    assert reading.spans.min() == 0
    assert reading.spans.max() == len("项目已经完工。")


@pytest.mark.parametrize("passage", ["", "。。。\n，", "😀" * 50, "　"])
@pytest.mark.parametrize("question", ["？", "总投资是多少？", "many words " * 80])
def test_texts_without_words_hold_no_answer(passage: str, question: str) -> None:
    (reading,) = shipped_reader().read(question, [passage])
    assert reading.within(0, len(passage)).odds <= 0 or len(reading.spans)
    assert len(reading.spans) == len(reading.starts) == len(reading.inside)


@settings(deadline=None)  # a busy machine is no error
@given(st.text(alphabet="2025年嘉兴，。《》（）:“”、 \n收入abc%万①…ﬁ", max_size=120))
def test_what_it_points_at_stands_in_the_text(text: str) -> None:
    (reading,) = shipped_reader().read("2025年嘉兴收入是多少？", [text])
    assert all(0 <= start < end <= len(text) for start, end in reading.spans)
    assert all(before[0] <= after[0] for before, after in pairwise(reading.spans.tolist()))
    assert np.isfinite(reading.starts).all()
    assert np.isfinite(reading.inside).all()


def test_of_a_long_passage_the_beginning_is_read() -> None:
    (reading,) = shipped_reader().read("总投资是多少？", [PASSAGE * 30])
    assert 0 < len(reading.spans) <= MAX_PASSAGE_PIECES
    assert reading.within(len(PASSAGE) * 29, len(PASSAGE) * 30).odds < -10


def test_other_words_for_the_same_are_understood() -> None:
    holding, other = shipped_reader().read(
        "公共汽车还开吗？",
        ["即日起，全县公交线路全部停运，恢复时间另行通知。", "即日起，全县中小学推迟开学，时间另行通知。"],
    )
    assert holding.there > other.there


def test_pieces_are_told_what_the_other_side_shares() -> None:
    tokenizer, passage = Tokenizer(TOKENIZER), "縣水利局 负责改造山塘。"
    cut = tokenizer.cut(passage)

    def degrees(other: str) -> dict[str, int]:
        told = shared(cut, tokenizer.cut(other)).tolist()
        return {passage[start:end]: degree for (start, end), degree in zip(cut.spans.tolist(), told, strict=True)}

    assert degrees("山塘由县水利局改建？") == {
        "縣": 3, "水利": 3, "局": 3, " ": 0, "负责": 0, "改造": 0, "山": 3, "塘": 3, "。": 0,
    }  # fmt: skip
    assert degrees("造改")["改造"] == 1
    assert degrees("造山运动")["改造"] == 2
    assert set(degrees(passage).values()) <= set(range(SHARED))


def test_a_question_is_answered_with_yes_or_with_no() -> None:
    reader = shipped_reader()
    assert (
        reader.yes_or_no("项目由县水利局负责吗？", PASSAGE) > 0.5 > reader.yes_or_no("项目由县财政局负责吗？", PASSAGE)
    )


@pytest.mark.parametrize(
    ("said", "false"),
    [
        ("今年青田县改造山塘12座。", "今年青田县改造山塘21座。"),
        ("项目总投资3400万元。", "项目总投资下降3400万元。"),
        ("县水利局负责这个项目。", "省水利厅负责这个项目。"),
        ("山塘改造计划于2026年6月完工。", "山塘改造已于2026年6月完工。"),
    ],
)
def test_what_a_passage_says_is_told_from_what_it_does_not(said: str, false: str) -> None:
    reader = shipped_reader()
    assert reader.supports(said, PASSAGE) > 0.5 > reader.supports(false, PASSAGE)


def test_nothing_is_said_where_nothing_stands() -> None:
    assert shipped_reader().supports("总投资3400万元。", "") < 0.01
    assert shipped_reader().answers("总投资是多少？", "") < 0.01


def test_a_text_that_answers_is_likelier_to_than_one_that_does_not() -> None:
    reader = shipped_reader()
    assert reader.answers("总投资是多少？", PASSAGE) > 0.5 > reader.answers("总投资是多少？", "今年新建了8个站。")


def test_the_likeliest_span_begins_before_it_ends() -> None:
    spans = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])
    reading = Reading(
        spans,
        starts=np.array([0, 5, 0, 0], np.float32),
        ends=np.array([9, 0, 3, 0], np.float32),
        inside=np.zeros(4, np.float32),
    )
    assert reading.within(0, 4).span == (0, 1)  # 0 + 9, more than 5 + 3
    assert reading.within(1, 4).span == (1, 3)
    assert reading.within(4, 4).odds < -10
