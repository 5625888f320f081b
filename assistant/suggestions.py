"""Questions that the library at hand answers: to begin with, and to go on with after an answer.

What is offered was looked up: an example has been asked and answered surely, and a next question is of a figure that is
there. So nobody is led into a refusal by a button.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from assistant.answers import Answer
from index.catalog.moments import read_by, readers
from sources.figures.metrics import usual_names
from sources.mentions.periods import label

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.catalog.rows import DocumentInfo
    from sources.figures.figure import Figure

MOST = 4
_LOOKED_AT = 8
"""Documents that examples are taken from."""
_TRIED = 12
"""Examples that are asked, at most."""
_A_YEAR = re.compile(r"\d{4}")
_PLAIN_METRIC = re.compile(r"[一-鿿]{3,14}")
_COUNT = re.compile("[个条项家户套座所张种类件次轮批块辆台栋宗处村镇县市头名位]")
"""Units of what is merely counted, 3个, whose name is seldom one that somebody would ask for."""
_LEAST_TREND = 3
_WHAT_IS_HERE = "文库里有哪些文件？"
_SHORT_TITLE_CHARS = 40
logger = logging.getLogger(__name__)


def follow_ups(answer: Answer, assistant: Assistant, *, most: int = 3) -> tuple[str, ...]:
    """What may be asked next: the same figure of another year or place, its course; else of the document cited."""
    if answer.status != "answered" or not answer.citations:
        return ()
    asked = {answer.question, answer.standalone_question}
    offered = [*_other_figures(answer, assistant), *_of_the_document(answer)]
    return tuple(list(dict.fromkeys(each for each in offered if each not in asked))[:most])


class Examples:
    """The library's own example questions: looked for in the background, anew when the library has changed, and of what
    each reader may read."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._found: dict[frozenset[str] | None, tuple[str, ...]] = {}
        """By the readers' groups."""
        self._of: dict[frozenset[str] | None, int] = {}
        """The revision that they are being looked for, or were found, in."""
        self._closed = False

    def __call__(self) -> tuple[str, ...]:
        """Those that are known; it never waits."""
        revision, own = self._assistant.index.revision(), readers()
        with self._lock:
            known = self._found.get(own, ())
            if revision == self._of.get(own) or self._closed:
                return known
            self._of[own] = revision
        threading.Thread(target=self._look, args=(own,), daemon=True, name="examples").start()
        return known

    def close(self) -> None:
        """Looks no further."""
        self._closed = True

    def _look(self, own: frozenset[str] | None) -> None:
        found: list[str] = []
        try:
            with read_by(own):  # a thread knows nothing of who has started it
                for question in _candidates(self._assistant):
                    if self._closed or len(found) == MOST:
                        break
                    answer = self._assistant.ask(question, quoted=True)  # no model is asked for what nobody asked
                    if answer.status == "answered" and answer.sure:
                        found.append(question)
                        self._found[own] = (*found, *self._found.get(own, ())[len(found) :])[:MOST]
        except Exception:
            logger.exception("no example questions could be made")
            return
        self._found[own] = tuple(found)


def _candidates(assistant: Assistant) -> Iterator[str]:
    """Questions that the library ought to answer, of every kind in turn, the newest documents first."""
    documents = sorted(assistant.index.documents(), key=lambda each: each.published or "", reverse=True)[:_LOOKED_AT]
    if not documents:
        return
    figures = [question for each in documents if (question := _of_a_figure(each, assistant))]
    titles = [_summary_of(each) for each in documents if len(each.title) <= _SHORT_TITLE_CHARS]
    courses = [question for each in documents if (question := _course_in(each, assistant))]
    asked = (each for kinds in zip_longest(figures, titles, courses) for each in kinds if each)
    for number, question in enumerate(dict.fromkeys([*asked, _WHAT_IS_HERE])):
        if number == _TRIED:
            return
        yield question


def _of_a_figure(document: DocumentInfo, assistant: Assistant) -> str | None:
    best = max(
        (figure for figure in assistant.index.lookups.figures(document.id) if _is_plain(figure)),
        key=lambda figure: (bool(_A_YEAR.fullmatch(figure.period)), figure.sure.metric, -figure.start),
        default=None,
    )
    return _asking(best.region, best.period, best.key or best.metric) if best else None


def _course_in(document: DocumentInfo, assistant: Assistant) -> str | None:
    for figure in assistant.index.lookups.figures(document.id):
        if _is_plain(figure) and len(_years(_alike(figure.key, figure.region, assistant))) >= _LEAST_TREND:
            return _course(figure.region, figure.key or figure.metric)
    return None


def _is_plain(figure: Figure) -> bool:
    return (
        figure.is_sure()
        and figure.status == "actual"
        and bool(figure.region and figure.period and figure.unit)
        and not _COUNT.fullmatch(figure.unit)
        and bool(_PLAIN_METRIC.fullmatch(figure.metric))
        and figure.subject in ("", figure.region)
    )


def _other_figures(answer: Answer, assistant: Assistant) -> Iterator[str]:
    told = next((f for f in answer.figures if f.metric and f.region and f.period and f.verified), None)
    if told is None or len({f.metric for f in answer.figures if f.citation}) > 2:
        return
    key = usual_names(told.metric)
    alike = [figure for figure in assistant.index.lookups.store(keys=[key]) if figure.is_sure()]
    here = [figure for figure in alike if figure.region == told.region and figure.status == told.status]
    other_years = sorted(_years(here) - {told.period}, reverse=True)
    if other_years:
        yield _asking(told.region, other_years[0], told.metric)
    elsewhere = [f for f in alike if f.period == told.period and f.status == told.status and f.region != told.region]
    for region in dict.fromkeys(figure.region for figure in elsewhere if figure.region):
        yield _asking(region, told.period, told.metric)
        break
    if len(_years(here)) >= _LEAST_TREND:
        yield _course(told.region, told.metric)
    targets = [f for f in alike if f.status in ("target", "plan") and f.region == told.region and f.period]
    if targets and told.status == "actual":
        yield f"{told.region}{label(targets[0].period)}{told.metric}的目标是多少？"


def _of_the_document(answer: Answer) -> Iterator[str]:
    cited = answer.citations[0]
    if len(cited.title) > _SHORT_TITLE_CHARS:
        return
    yield f"《{cited.title}》主要讲了什么？"
    if cited.standing is not None:
        yield f"《{cited.title}》现在还有效吗？"


def _alike(key: str, region: str, assistant: Assistant) -> Sequence[Figure]:
    found = assistant.index.lookups.store(region=region, keys=[key], status="actual") if key else ()
    return [figure for figure in found if figure.is_sure()]


def _years(figures: Sequence[Figure]) -> set[str]:
    return {figure.period for figure in figures if _A_YEAR.fullmatch(figure.period)}


def _asking(region: str, period: str, metric: str) -> str:
    return f"{label(period)}{region}{metric}是多少？"


def _course(region: str, metric: str) -> str:
    return f"近几年{region}{metric}有什么变化？"


def _summary_of(document: DocumentInfo) -> str:
    return f"《{document.title}》主要讲了什么？"
