"""What is offered to be asked: examples that the library answers, and what goes on from an answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from assistant.answers import AnswerFigure
from assistant.ask import Assistant
from assistant.suggestions import MOST, Examples, follow_ups
from index.standing import Standing
from sources.figures.figure import Figure, Sureness
from tests.fakes.assistant import BULLETIN, CLARIFY, NOT_FOUND, RURAL, FakeAssistant, FakeIndex
from tests.fakes.visitor import examples_are_found

METRIC = "农村居民人均可支配收入"
BARE = replace(RURAL, figures=())


def figure(period: str, value: int, *, region: str = "云栖市", **fields: object) -> Figure:
    known = Figure(
        BULLETIN.id, 0, 6, METRIC, Decimal(value), "元", region=region, period=period, text=f"{value}元", key=METRIC
    )
    return replace(known, **fields)  # type: ignore[arg-type]


def asked_with(*figures: Figure) -> tuple[str, ...]:
    return follow_ups(RURAL, FakeAssistant(index=FakeIndex(figures=figures)))  # type: ignore[arg-type]


def test_the_same_figure_of_the_newest_other_year_and_of_another_place() -> None:
    offered = asked_with(
        figure("2025", 54321), figure("2024", 51198), figure("2023", 48000), figure("2025", 60000, region="梦泽市")
    )
    assert offered == (
        f"2024年云栖市{METRIC}是多少？",
        f"2025年梦泽市{METRIC}是多少？",
        f"近几年云栖市{METRIC}有什么变化？",
    )


def test_a_course_only_where_there_are_enough_years() -> None:
    offered = asked_with(figure("2025", 54321), figure("2024", 51198))
    assert f"近几年云栖市{METRIC}有什么变化？" not in offered


def test_a_target_is_offered_beside_what_was_reached() -> None:
    offered = asked_with(figure("2025", 54321), figure("2030", 70000, status="target"))
    assert f"云栖市2030年{METRIC}的目标是多少？" in offered


def test_figures_that_are_not_sure_lead_nowhere() -> None:
    offered = asked_with(figure("2025", 54321), figure("2024", 51198, sure=Sureness(region=0.3)))
    assert offered == (f"《{BULLETIN.title}》主要讲了什么？",)


def test_what_was_asked_is_not_offered_again() -> None:
    told = replace(RURAL, question=f"《{BULLETIN.title}》主要讲了什么？")
    assert follow_ups(told, FakeAssistant()) == ()  # type: ignore[arg-type]


def test_without_figures_the_document_is_asked_about() -> None:
    index = FakeAssistant()
    assert follow_ups(BARE, index) == (f"《{BULLETIN.title}》主要讲了什么？",)  # type: ignore[arg-type]
    held = replace(RURAL.citations[0], standing=Standing(BULLETIN.id, "现行"))
    assert follow_ups(replace(BARE, citations=(held,)), index) == (  # type: ignore[arg-type]
        f"《{BULLETIN.title}》主要讲了什么？",
        f"《{BULLETIN.title}》现在还有效吗？",
    )
    long = replace(RURAL.citations[0], title="关于" * 30)
    assert follow_ups(replace(BARE, citations=(long,)), index) == ()  # type: ignore[arg-type]


def test_nothing_goes_on_from_a_refusal_a_question_back_or_many_metrics() -> None:
    assistant = FakeAssistant(index=FakeIndex(figures=[figure("2025", 54321), figure("2024", 51198)]))
    for answer in (NOT_FOUND, CLARIFY):
        assert follow_ups(answer, assistant) == ()  # type: ignore[arg-type]
    several = tuple(
        AnswerFigure("1元", "1", "元", metric, "云栖市", "2025", "actual", 1, verified=True) for metric in "甲乙丙"
    )
    offered = follow_ups(replace(RURAL, figures=several), assistant)  # type: ignore[arg-type]
    assert offered == (f"《{BULLETIN.title}》主要讲了什么？",)


def test_examples_are_only_what_was_asked_and_answered_surely() -> None:
    wanted = f"2025年云栖市{METRIC}是多少？"
    doubtful = f"《{BULLETIN.title}》主要讲了什么？"
    answers = (
        replace(RURAL, question=wanted, standalone_question=wanted),
        replace(RURAL, question=doubtful, standalone_question=doubtful, confidence=0.4),
    )
    index = FakeIndex(figures=[figure("2025", 54321)])
    assistant = FakeAssistant(answers, index=index)
    examples = Examples(assistant)  # type: ignore[arg-type]
    assert examples() == ()  # it never waits
    examples_are_found()
    assert examples() == (wanted,)
    assert {question for question, _ in assistant.asked} >= {wanted, doubtful}
    assert all(assistant.quoted)  # no model is asked


def test_an_empty_library_has_no_examples() -> None:
    assistant = FakeAssistant(index=FakeIndex([]))
    examples = Examples(assistant)  # type: ignore[arg-type]
    examples()
    examples_are_found()
    assert examples() == ()
    assert assistant.asked == []


def test_examples_are_looked_for_anew_when_the_library_changed() -> None:
    assistant = FakeAssistant(index=FakeIndex([]))
    examples = Examples(assistant)  # type: ignore[arg-type]
    examples()
    examples_are_found()
    what = "文库里有哪些文件？"
    assistant.index = FakeIndex()
    assistant.index.revision = lambda: 8  # type: ignore[method-assign]
    assistant._answers[what] = replace(RURAL, question=what, standalone_question=what)
    examples()
    examples_are_found()
    assert examples() == (what,)


def test_no_example_of_a_closed_one() -> None:
    assistant = FakeAssistant()
    examples = Examples(assistant)  # type: ignore[arg-type]
    examples.close()
    assert examples() == ()
    assert assistant.asked == []


def test_examples_of_real_documents_are_answered(assistant: Assistant) -> None:
    examples = Examples(assistant)
    examples()
    examples_are_found()
    found = examples()
    assert 1 <= len(found) <= MOST
    for question in found:
        answer = assistant.ask(question)
        assert (answer.status, answer.sure) == ("answered", True), question
