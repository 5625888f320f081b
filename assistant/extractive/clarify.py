"""Questions back: a metric asked for without its year or place, where the documents have several that fit alike.

    农村居民人均可支配收入是多少？  →  请说明年份和地区：文档里有2020年嘉兴市、2025年嘉兴市、2025年前三季度浙江省。

Only where the metric's name is practically the whole question: a document, an event or any other detail may single one
out, and is then left to the answerer that looks for sentences.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers import Clarification
from assistant.extractive.asked import AskedFigure, asked_figure
from assistant.extractive.compose import Draft, Line, as_sentence
from assistant.extractive.statements import quote_of
from assistant.extractive.undated import part_of_year
from assistant.library import Library
from assistant.question.question import Question, is_completed
from sources.figures.figure import Figure
from sources.mentions.periods import Fit, days, fit, label, when

_MOST_CHOICES = 8
_CONFIDENCE = 0.8
_KINDS = {"number", "fact", "rank"}
_DURATIONS = {"年", "个月", "天"}
_STATISTIC = re.compile(
    r"(?:收入|支出|总值|产值|增加值|[产销总用电水容数]量|面积|人口|人数|[率比]|比重|占比|总额|浓度|指数|投资|销售额|余额|里程|倍差)$"
)


def answer(question: Question, library: Library) -> Draft | None:
    """What is missing from a question for a figure, with the choices the documents have; None where nothing is."""
    if question.kind not in _KINDS or question.parts or question.quoted or is_completed(question):
        return None
    if (question.periods and question.regions) or part_of_year(question):
        return None
    asked = asked_figure(question, library)
    if asked is None or not asked.alone:
        return None
    metric = asked.metric
    choices = _choices(asked, library)
    if len(choices) < 2:
        return None
    lacking = [
        missing
        for missing, given, found in (
            ("年份" if question.language == "zh" else "year", question.periods, {each.period for each in choices}),
            ("地区" if question.language == "zh" else "place", question.regions, {each.region for each in choices}),
        )
        if not given and len(found) > 1
    ]
    if not lacking:
        return None
    return _asked_back(question, metric, lacking, choices, library)


def _choices(asked: AskedFigure, library: Library) -> list[Figure]:
    """One figure for each place and time that fits the question, in order; empty where any is unsure."""
    if not _STATISTIC.search(asked.metric):
        return []
    choices: dict[tuple[str, str], Figure] = {}
    for figure in library.store(keys=[asked.metric]):
        if figure.status not in asked.kinds - {"cumulative"} or not figure.region or days(figure.period) is None:
            continue
        if figure.unit in _DURATIONS:
            continue  # 已连续21年居首: how long, not how much
        if not figure.is_sure():
            continue
        if asked.places and figure.region not in asked.places:
            continue
        # 2025年 may be meant for the first three quarters, the only ones told of another place.
        fits = {fit(period, figure.period) for period in asked.times}
        if asked.times and not fits & {Fit.EXACT, Fit.WITHIN}:
            continue
        choices.setdefault((figure.period, figure.region), figure)
    if len({figure.unit for figure in choices.values()}) > 1:
        return []
    return sorted(choices.values(), key=lambda each: (*when(each.period), each.region))


def _asked_back(
    question: Question, metric: str, lacking: Sequence[str], choices: Sequence[Figure], library: Library
) -> Draft:
    shown = choices[-_MOST_CHOICES:]  # the latest ones, where there are many
    names = [f"{label(figure.period)}{figure.region}" for figure in shown]
    if question.language == "en":
        message = f"Please name the {' and '.join(lacking)}: the documents have {', '.join(names)}."
    else:
        message = f"请说明{'和'.join(lacking)}：文档里有{'、'.join(names)}{'等' if len(choices) > len(shown) else ''}。"
    aim = "目标" if question.status == "target" and "目标" not in metric else ""
    return Draft(
        question,
        status="clarify",
        message=message,
        clarification=Clarification(message, tuple(f"{name}{metric}{aim}是多少？" for name in names)),
        near=tuple(_offer(name, figure, library) for name, figure in zip(names, shown, strict=True)),
        confidence=_CONFIDENCE,
    )


def _offer(name: str, figure: Figure, library: Library) -> Line:
    quote = quote_of(figure, library)
    text = library.document(figure.document_id).text[quote.start : quote.end]
    return Line(f"{name}：{as_sentence(text)}", (quote,))
