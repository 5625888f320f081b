"""Look-ups: the one figure that the store has of the metric, place and time that a question consists of.

2023年丽水新改建农村公路多少公里？  →  2023年新改建506公里。
"""

from __future__ import annotations

from dataclasses import replace

from assistant.extractive.asked import asked_figure, asked_of_document, of_documents, sure_figures
from assistant.extractive.compose import Draft
from assistant.extractive.statements import differing, line_of, text_of
from assistant.library import Library
from assistant.question.question import Question
from assistant.reading.agreement import is_intended, is_planned, unit_fit
from sources.figures.figure import Figure
from sources.mentions.clocks import clock_of

_KINDS = {"number", "fact"}
_CONFIDENCE = 0.95


def answer(question: Question, library: Library) -> Draft | None:
    """The words that state the figure asked for; None where the question holds more, or not just one value fits it.

    Where the question leaves out the place or the time, all figures that fit must be of one.
    """
    if question.kind not in _KINDS or question.quoted or len(question.regions) > 1 or len(question.periods) > 1:
        return None
    # 旅游收入呢: what a follow-up names stands by itself, its place and time in the question before.
    readings = (asked_figure(each, library) for each in (question, replace(question, standalone=question.text)))
    asked = next((each for each in readings if each and each.alone), None) or asked_of_document(question, library)
    if asked is None:
        return None
    figures = [figure for figure in sure_figures(asked, library) if unit_fit(question, figure) > 0]
    fitting = [*filter(of_documents(asked, question, library), figures)] if figures else []
    fitting = [figure for figure in fitting if figure.status != "growth" or _as_wanted(question, figure, library)]
    if len({(figure.region, figure.period) for figure in fitting}) > 1 or len(differing(fitting)) != 1:
        return None
    figure = next((each for each in fitting if "|" not in text_of(each, library)), fitting[0])
    if question.status == "actual" and figure.status != "growth" and is_intended(text_of(figure, library)):
        return None
    return Draft(question, (line_of(figure, asked.metric, library),), _CONFIDENCE)


def _as_wanted(question: Question, figure: Figure, library: Library) -> bool:
    """Whether a growth is an aim where an aim is asked for, and a result everywhere else.

    The words around it don't tell: 投资未达预期，下降3.6% is a result. What was not over when it was written is none.
    """
    document = library.document(figure.document_id)
    clock = clock_of(document)
    aim = is_planned(figure, document) or bool(clock.today and not clock.is_over(figure.period))
    return aim == (question.status == "target")
