"""The reader: it points into a passage, and says when there is nothing to point at."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.reader import MAX_PASSAGE_PIECES, SHARED, Reading, shared, shipped_reader

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


@pytest.mark.parametrize("passage", ["", "。。。\n，", "😀" * 50, "　"])
@pytest.mark.parametrize("question", ["？", "总投资是多少？", "many words " * 80])
def test_texts_without_words_hold_no_answer(passage: str, question: str) -> None:
    (reading,) = shipped_reader().read(question, [passage])
    assert reading.within(0, len(passage)).odds <= 0 or len(reading.spans)
    assert len(reading.spans) == len(reading.starts) == len(reading.inside)


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
    passage = "縣水利局 负责改造山塘。"
    spans = np.array([[0, 1], [1, 4], [5, 7], [7, 9], [9, 11], [11, 12], [0, 0]])
    #                  縣       水利局   负责     改造     山塘      。        none of the text
    degrees = shared(passage, spans, "山塘由县水利局改建？")
    assert degrees.tolist() == [3, 3, 0, 0, 3, 0, 0]
    assert shared(passage, spans, "水利")[1] == 2
    assert shared(passage, spans, "造改")[3] == 1
    assert set(degrees) <= set(range(SHARED))


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
