"""Drafts held against the words that they cite: what doesn't hold is left out."""

from __future__ import annotations

import json

from assistant.answers import Answer, AnswerVerdict, Checked
from assistant.extractive.checked import checked
from assistant.extractive.compose import Draft, Line, Quote, compose
from assistant.library import Library
from assistant.question.question import single
from sources.figures.figure import Figure
from sources.figures.prose import extract_figures
from tests.fakes.report import REPORT, document, passage_with

INCOME_2025 = "2025年湖州市农村居民人均可支配收入为54321元"
INCOME_2020 = "2020年湖州市农村居民人均可支配收入为39876元"
LIBRARY = Library(
    search=lambda _: [],
    document=document,
    documents=list,
    passage_at=lambda *_: NotImplemented,
    figures=lambda _: [],
    store=lambda **_: [],
    names=lambda: NotImplemented,
)


def line(text: str, quote: str, *figures: Figure) -> Line:
    start = REPORT.text.index(quote)
    return Line(text, (Quote(passage_with(quote), start, start + len(quote)),), figures)


def figure(text: str) -> Figure:
    return next(figure for figure in extract_figures(REPORT) if REPORT.text[figure.start : figure.end] == text)


def answer(*lines: Line) -> Answer:
    question = single("2025年湖州市农村居民人均可支配收入是多少？")
    return compose(checked(Draft(question, lines, confidence=0.8), LIBRARY), document)


def test_the_verdict_goes_along_with_the_answer_and_its_json() -> None:
    made = answer(line(f"{INCOME_2025}。", INCOME_2025))

    assert made.verdict == AnswerVerdict(True, (Checked(f"{INCOME_2025}。", (1,), True),))
    assert Answer.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_line_that_does_not_hold_is_left_out_with_what_it_cites() -> None:
    made = answer(
        line("2025年湖州市收入为99999元。", INCOME_2020, figure("39876元")),
        line(f"{INCOME_2025}。", INCOME_2025, figure("54321元")),
    )

    assert made.answer == f"{INCOME_2025}。[1]"
    assert [(each.number, each.quote) for each in made.citations] == [(1, INCOME_2025)]
    assert [(each.text, each.citation, each.verified) for each in made.figures] == [("54321元", 1, True)]
    assert made.verdict is not None
    assert made.verdict.ok


def test_where_nothing_holds_there_is_no_answer() -> None:
    made = answer(line("2025年湖州市收入为99999元。", INCOME_2025))

    assert (made.status, made.citations) == ("not_found", ())
    assert "99999" not in made.answer


def test_a_figure_that_the_text_does_not_state_is_not_verified() -> None:
    both = f"{INCOME_2025}，同比增长6.3%"
    made = answer(line(f"{INCOME_2025}。", both, figure("54321元"), figure("6.3%")))

    assert [(each.text, each.verified) for each in made.figures] == [("54321元", True), ("6.3%", False)]
