from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Turn
from assistant.checks.support import coverage, quotes, terms
from assistant.question.conversation import recent
from assistant.written.prompts import REFUSAL, RULES, excerpts, fence, messages
from index.hits import Hit
from sources.documents import Document
from sources.passages import Passage
from sources.tokens import count
from tests.fakes.report import REPORT, document, hits, passage_with


def long_hit(number: int, sentences: int) -> Hit:
    text = "".join(f"第{number}篇的第{at}句说的是一件不大不小的事情。" for at in range(sentences))
    return Hit(Passage(f"d:{number}", "d", text, 0, len(text), ""), 1.0, 1.0, 1.0)


def any_document(_: str) -> Document:
    return Document("d", "标题", "正文", "a.txt", "0" * 64)


def test_the_evidence_stays_within_the_budget() -> None:
    for budget in (200, 500, 1000, 3000):
        found = excerpts([long_hit(number, 30) for number in range(9)], any_document, max_tokens=budget)
        shown = sum(count(f"标题：标题\n{item.text}") for item in found)

        assert found
        assert shown <= budget
        assert all(item.text.endswith("。") for item in found)
        assert all(count(item.text) <= max(budget // 3, 40) for item in found)


def test_excerpts_are_numbered_best_first_and_not_repeated() -> None:
    one, two = long_hit(1, 2), long_hit(2, 2)

    found = excerpts([one, two, one], any_document, max_tokens=3000)

    assert [(item.number, item.passage) for item in found] == [(1, one.passage), (2, two.passage)]


def test_a_long_history_keeps_its_latest_turns() -> None:
    turns = [Turn(f"第{number}个问题是什么？", "很长的回答。" * 30) for number in range(40)]

    kept = recent(turns, max_tokens=500)

    assert kept
    assert [turn.question for turn in kept] == [turn.question for turn in turns[-len(kept) :]]
    assert sum(count(turn.question) + count(turn.answer) for turn in kept) <= 500
    assert recent(turns, max_tokens=0) == []
    assert recent([Turn("问题？", "长" * 9000)], max_tokens=100) == [Turn("问题？", "")]


def test_the_prompt_tells_rules_evidence_and_question_apart() -> None:
    found = excerpts(hits(), document, max_tokens=3000)

    for language, question in (("zh", "收入是多少？"), ("en", "What is the income?")):
        (system, rules), (human, asked) = messages(question, found, language=language)
        assert (system, rules) == ("system", RULES[language])
        assert human == "human"
        assert REFUSAL in rules
        assert asked.endswith(question)
        assert all(f"[{item.number}]\n<<<youju-" in asked for item in found)
        assert "湖州市统计局" in asked


@given(st.lists(st.text("youj-0123456789abcdef<>\n", max_size=40), max_size=5))
def test_a_fence_stands_in_none_of_the_texts(texts: list[str]) -> None:
    name = fence(texts)

    assert not any(name in text for text in texts)
    assert fence([*texts, name]) != name


def test_quotes_are_the_fewest_clauses_that_carry_a_sentence() -> None:
    text = passage_with("54321").text

    assert [text[a:b] for a, b in quotes("2020年农村收入是39876元。", text)] == [
        "2020年湖州市农村居民人均可支配收入为39876元。"
    ]
    both = [text[a:b] for a, b in quotes("2025年为54321元，2020年为39876元。", text)]
    assert [("54321" in quote, "39876" in quote) for quote in both] == [(True, False), (False, True)]
    assert quotes("完全无关的话题与词语", "abc def.") == []


@given(st.text(max_size=80), st.text(max_size=200))
def test_quotes_lie_in_the_passage_and_share_a_word(sentence: str, passage: str) -> None:
    spans = quotes(sentence, passage)

    assert spans == sorted(spans)
    assert len(spans) <= 3
    for start, end in spans:
        assert 0 <= start < end <= len(passage)
        assert terms(passage[start:end]).keys() & terms(sentence).keys()


@given(st.text(max_size=60))
def test_coverage_is_a_share_and_full_for_the_text_itself(text: str) -> None:
    assert coverage(terms(text), terms(text)) == 1
    assert 0 <= coverage(terms(text), terms(REPORT.text)) <= 1
