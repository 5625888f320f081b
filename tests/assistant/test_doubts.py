"""Which words of a question are told to be missing under an answer that isn't sure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answers import SURE, Answer
from assistant.doubts import doubts
from tests.fakes.assistant import BULLETIN, RURAL, cite

PENSION = replace(
    RURAL.citations[0],
    title="云栖市城乡居民基本养老保险公报",
    section="",
    quote="基础养老金最低标准为每人每月240元。",
    passage="城乡居民基本养老保险基础养老金最低标准为每人每月240元。",
)


def unsure(question: str, *citations: object) -> Answer:
    return replace(
        RURAL,
        question=question,
        standalone_question=question,
        citations=citations or (PENSION,),
        confidence=SURE - 0.2,
    )


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("2025年云栖市最低工资标准是多少？", "工资"),
        ("云栖市幼儿园有多少所？", "幼儿园"),
        ("云栖市养老机构的床位有多少张？", "床位"),
    ],
)
def test_what_the_quote_does_not_say_is_named(question: str, missing: str) -> None:
    found = doubts(unsure(question))
    assert found
    assert any(missing in each for each in found), found
    assert all(each in question for each in found), "the words are those of the question"


def test_dates_and_what_only_asks_are_no_doubts() -> None:
    found = doubts(unsure("请问2031年云栖市基础养老金的最低标准是多少？"))
    assert not [each for each in found if any(word in each for word in ("请问", "多少", "2031", "是"))]


def test_nothing_is_told_of_a_sure_answer_or_one_that_cites_nothing() -> None:
    question = "云栖市最低工资标准是多少？"
    assert doubts(replace(unsure(question), confidence=SURE)) == ()
    assert doubts(replace(unsure(question), citations=())) == ()
    assert doubts(replace(unsure(question), status="not_found")) == ()


def test_where_every_word_is_met_nothing_single_is_in_doubt() -> None:
    income = cite(1, BULLETIN, "农村居民人均可支配收入54321元，增长6.1%。")
    assert doubts(unsure("农村居民人均可支配收入是多少？", income)) == ()


def test_two_at_most_the_weightiest_first() -> None:
    found = doubts(unsure("云栖市幼儿园、高速公路、污水处理厂和图书馆各有多少？"))
    assert 1 <= len(found) <= 2
