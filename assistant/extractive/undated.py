"""Undated: a part of a year without its year (前三季度, 1到6月), where the documents tell of that part of just one.

Of several years, which one is meant is asked back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assistant.answers import Clarification
from assistant.extractive import lookup, sentences
from assistant.extractive.asked import asked_of_document
from assistant.extractive.compose import Draft
from assistant.library import Library
from assistant.question.question import Question, mentions, single
from index.figures import of_metric
from sources.figures.figure import Figure
from sources.mentions.periods import Fit, Period, fit

_NO_YEAR = "XXXX"
_MOST_CHOICES = 6
_CONFIDENCE = 0.8


def answer(question: Question, library: Library) -> Draft | None:
    """What is answered once the year is named; None where the question names one, or no figure tells which."""
    part = part_of_year(question)
    if part is None:
        return None
    asked = asked_of_document(question, library)
    if asked is None:
        return None
    fitting = [each for each in of_metric(asked.metric, library) if not asked.places or each.region in asked.places]
    years = _years(part, fitting)
    if not years:
        return None
    if len(years) > 1:
        return _asked_back(question, part, years)
    dated = _dated(question, part, years[0])
    draft = lookup.answer(dated, library) or sentences.answer(dated, library)
    return draft and replace(draft, question=dated)


def part_of_year(question: Question) -> Period | None:
    """The part of a year that a question names without its year; None where it names none."""
    if question.language != "zh" or question.periods or question.parts or question.kind not in ("number", "fact"):
        return None
    named = mentions(question.standalone).periods
    return named[0] if len(named) == 1 and _NO_YEAR in named[0].value else None


def _years(part: Period, figures: Iterable[Figure]) -> list[str]:
    """The years of whose such part there are figures, the latest first."""
    figures = list(figures)
    known = {figure.period[:4] for figure in figures if figure.period[:4].isdigit()}
    return sorted(
        (
            year
            for year in known
            if any(fit(part.value.replace(_NO_YEAR, year), figure.period) == Fit.EXACT for figure in figures)
        ),
        reverse=True,
    )


def _dated(question: Question, part: Period, year: str) -> Question:
    text = question.standalone
    named = single(f"{text[: part.start]}{year}年{text[part.start :]}")
    return replace(named, text=question.text, whole=named.standalone, quoted=question.quoted)


def _asked_back(question: Question, part: Period, years: list[str]) -> Draft:
    named = [f"{year}年{part.text}" for year in years[:_MOST_CHOICES]]
    message = f"请说明年份：文档里有{'、'.join(named)}。"
    choices = tuple(_dated(question, part, year).standalone for year in years[:_MOST_CHOICES])
    return Draft(
        question,
        status="clarify",
        message=message,
        clarification=Clarification(message, choices),
        confidence=_CONFIDENCE,
    )
