"""Greetings and requests that no document meets, and questions that only look like one."""

from __future__ import annotations

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("你好", "您好"),
        ("您好，在吗？", "您好"),
        ("您好，请问在吗？", "您好"),
        ("谢谢你的帮助！", "不客气"),
        ("你是谁？", "我是有据"),
        ("你能做什么", "我是有据"),
        ("再见", "再见"),
        ("Hello!", "Hello!"),
        ("Thank you very much.", "welcome"),
        ("Who are you?", "I am Youju"),
    ],
)
def test_a_courtesy_is_returned_without_a_claim(assistant: Assistant, said: str, reply: str) -> None:
    answer = assistant.ask(said)
    assert answer.status == "clarify"
    assert reply in answer.answer
    assert not answer.citations


def test_a_courtesy_does_not_lean_on_what_was_asked_before(assistant: Assistant) -> None:
    answer = assistant.ask("谢谢", history=[Turn("农村居民人均可支配收入是多少？")])
    assert answer.standalone_question == "谢谢"


def test_a_greeting_offers_questions_that_the_library_answers(assistant: Assistant) -> None:
    clarification = assistant.ask("你好").clarification
    assert clarification is not None
    assert len(clarification.choices) >= 2
    assert {assistant.ask(choice).status for choice in clarification.choices} == {"answered"}


@pytest.mark.parametrize("said", ["帮我写一首诗", "今天北京天气怎么样？", "Write me a poem about spring"])
def test_a_request_of_another_kind_finds_nothing(assistant: Assistant, said: str) -> None:
    assert assistant.ask(said).status == "not_found"


@pytest.mark.parametrize(
    "question", ["谢谢你告诉我，2025年衢州农村居民人均可支配收入是多少？", "你好，衢州新建了多少公里农村公路？"]
)
def test_a_question_that_opens_politely_is_still_a_question(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).status == "answered"
