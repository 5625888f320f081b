"""Look-ups: the one figure that the store has of the metric, place and time that a question consists of.

2023年丽水新改建农村公路多少公里？  →  2023年新改建506公里。
"""

from __future__ import annotations

from dataclasses import replace

from assistant import clarify, trends
from assistant.agreement import is_intended, unit_fit
from assistant.compose import Line, as_sentence
from assistant.figures import of_metric, stating
from assistant.library import Library
from assistant.question import Question
from sources.figures import Figure
from sources.periods import Fit, fit, periods
from sources.regions import regions
from sources.sentences import Span, clauses

_KINDS = {"number", "fact"}
_SURE = {"metric": 0.93, "region": 0.9, "period": 0.9, "status": 0.9}
_SURE_OF_REPEATED = 0.75
"""How sure a metric must be that the same document states for sure with the same unit: 2020年产量3吨，2023年为5吨."""


def line(question: Question, library: Library) -> Line | None:
    """The words that state the figure asked for; None where the question holds more, or not just one value fits it.

    Where the question leaves out the place or the time, all figures that fit must be of one.
    """
    if question.kind not in _KINDS or question.quoted or len(question.regions) > 1 or len(question.periods) > 1:
        return None
    # 旅游收入呢: what a follow-up names stands by itself, its place and time in the question before.
    metric = clarify.metric_of(question, library) or clarify.metric_of(
        replace(question, standalone=question.text), library
    )
    if metric is None:
        return None
    fitting = [figure for figure in told(metric, question, library) if unit_fit(question, figure) > 0]
    if len({(figure.region, figure.period) for figure in fitting}) > 1 or len(trends.told_alike(fitting)) != 1:
        return None
    figure = next((each for each in fitting if "|" not in _statement(each, library)), fitting[0])
    if question.status == "actual" and is_intended(_statement(figure, library)):
        return None
    return stated(figure, metric, library)


def told(metric: str, question: Question, library: Library) -> list[Figure]:
    """The figures of the metric that are read for sure, and of the time, place and kind that the question names."""
    wanted = {"target", "plan"} if question.status == "target" else {"actual", "share", "cumulative"}
    named = of_metric(metric, library)
    printed = {(each.document_id, each.unit) for each in named if each.sure.metric >= _SURE["metric"]}
    return [
        figure
        for figure in named
        if figure.status in wanted
        and figure.region
        and all(figure.region == region for region in question.regions)
        and all(fit(period, figure.period) == Fit.EXACT for period in question.periods)
        and _is_sure(figure, repeated=(figure.document_id, figure.unit) in printed)
    ]


def _is_sure(figure: Figure, *, repeated: bool) -> bool:
    least = {**_SURE, "metric": _SURE_OF_REPEATED} if repeated else _SURE
    return all(getattr(figure.sure, field) >= value for field, value in least.items())


def _statement(figure: Figure, library: Library) -> str:
    quote = stating(figure, library)
    return library.document(figure.document_id).text[quote.start : quote.end]


def stated(figure: Figure, metric: str, library: Library, *, opening: str = "") -> Line:
    """The clauses that state the figure, from the one that tells its place and time; of a table's row, its number."""
    text = library.document(figure.document_id).text
    whole = stating(figure, library)
    if "|" in text[whole.start : whole.end]:
        return Line(f"{opening}{trends.said(figure, whole, metric, library)}", (whole,), (figure,))
    parts = clauses(text, whole.start, whole.end)
    at = next((n for n, (start, end) in enumerate(parts) if start <= figure.start < end), 0)
    end = next((stop for _, stop in parts[at:] if stop >= figure.end), whole.end)

    def tells(first: int) -> int:
        said = text[parts[first][0] : end]
        return any(each.value for each in periods(said)) + any(each.name for each in regions(said))

    def is_of_another(part: Span) -> bool:
        named = {each.name for each in regions(text[slice(*part)], home=home) if each.name}
        return bool(named) and figure.region not in named

    home = library.document(figure.document_id).regions
    others = [n for n in range(at) if is_of_another(parts[n])]
    since = others[-1] + 1 if others else 0
    first = max(range(at, since - 1, -1), key=tells) if parts else 0  # of those that tell as much, the nearest
    start = parts[first][0] if parts else whole.start
    quote = replace(whole, start=start, end=end)
    return Line(f"{opening}{as_sentence(text[start:end])}", (quote,), (figure,))
