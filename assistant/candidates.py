"""Candidate sentences: how well each one, with what it stands under, meets a question."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.agreement import Conflict, agreement, unit_fit
from assistant.question import Question
from assistant.terms import Term, flat, met, total
from index.hits import Hit
from sources.documents import Document
from sources.figures import Figure
from sources.passages import Passage
from sources.periods import periods
from sources.sentences import Span, clauses, sentences

_NEIGHBOUR = 0.55
"""How much a question word counts that stands in the sentence before, not in the sentence itself."""
_HEADING = 0.6
_TITLE = 0.45
_PERIOD = 0.15
_REGION = 0.1
_POOL = 24
_SHORT_CHARS = 10
_CLOSERS = ("。", "；", "！", "？", ".", "!", "?", ";", "”")
_KEY_SHARE = 1.6
"""A word stands out when it tells this much more than the third most telling one."""
_KEY_MET = 0.4
_FIGURE_KINDS = {"number", "rank", "duration"}
_ORDINAL = re.compile(r"第[\d一二三四五六七八九十]+|首位|榜首|居首|前列|最[高低小大]")
_ITEM_MARK = re.compile(r"[一二三四五六七八九十]是|第[一二三四五六七八九十]，|[①-⑩]|[（(][一二三四五六七八九十\d][）)]")
_EQUATION = re.compile(r"即|指|包括|主要为|分为|也就是|统称|称为|[：:]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer. Scores are higher for better and comparable between the candidates of one question."""

    document: Document
    passage: Passage
    start: int
    end: int
    own: float
    """Share, 0 to 1, of the question's weighted words that stand in the sentence."""
    context: float
    """Share that stands only in what it is under: the sentences before, its headings, its document's title and date."""
    typed: bool
    """Whether it holds the kind of answer that is asked for."""
    figure: Figure | None
    """The figure that answers, where a number is asked for."""
    conflicts: tuple[Conflict, ...]
    score: float

    @property
    def text(self) -> str:
        """The sentence."""
        return self.document.text[self.start : self.end]

    @property
    def coverage(self) -> float:
        """Share of the question's weighted words met, 0 to 1."""
        return self.own + self.context


def candidates(
    question: Question,
    hits: Sequence[Hit],
    *,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> list[Candidate]:
    """Every sentence of `hits` as a candidate, best first. `figures` gives a document's figures in order."""
    asked = question.terms
    weights = np.array([term.weight for term in asked], dtype=np.float32) / total(asked)
    best_hit = max((hit.score for hit in hits), default=0.0) or 1.0
    rough: list[_Sentence] = []
    for hit in hits:
        doc = document(hit.passage.document_id)
        headings = {each.start for each in doc.sections if each.end - each.start > len(each.heading)}
        above = np.maximum(
            _TITLE * _standing(asked, flat(f"{doc.title} {doc.publisher or ''} {doc.published or ''}")),
            _HEADING * _standing(asked, flat(hit.passage.heading)),
        )
        section = doc.section_at(hit.passage.start)
        opening = max(section.start if section else 0, hit.passage.start - 160)
        before = [_standing(asked, flat(doc.text[s:e])) for s, e in sentences(doc.text, opening, hit.passage.start)][-2:]
        for start, end in sentences(doc.text, hit.passage.start, hit.passage.end):
            text = doc.text[start:end]
            if (start in headings or end - start < _SHORT_CHARS) and not text.endswith(_CLOSERS):
                before = [*before, _standing(asked, flat(text))][-2:]
                continue
            here = met(asked, flat(text))
            around = np.max([above, *(_NEIGHBOUR * each for each in before)], axis=0)
            rough.append(_Sentence(doc, hit.passage, (start, end), here, around, 0.15 * hit.score / best_hit))
            before = [*before, here][-2:]
    # Reading figures, dates and places takes longer than comparing words: only for what is left of the words.
    rough.sort(key=lambda each: -float((np.maximum(each.here, each.around)) @ weights) - each.retrieval)
    found = [_candidate(question, each, weights, figures(each.document.id)) for each in rough[:_POOL]]
    return sorted(found, key=lambda each: (-each.score, each.document.id, each.start))


@dataclass(frozen=True, slots=True)
class _Sentence:
    document: Document
    passage: Passage
    span: Span
    here: NDArray[np.float32]
    """How far the sentence meets each term."""
    around: NDArray[np.float32]
    """How far what it stands under does."""
    retrieval: float


def _candidate(
    question: Question, sentence: _Sentence, weights: NDArray[np.float32], figures: Sequence[Figure]
) -> Candidate:
    document, span = sentence.document, sentence.span
    text = document.text[span[0] : span[1]]
    own = float(sentence.here @ weights)
    context = float(np.maximum(sentence.around - sentence.here, 0) @ weights)
    figure: Figure | None = None
    lead_up = span
    fit = 0.0
    typed = True
    if question.kind in _FIGURE_KINDS:
        first = bisect_left(figures, span[0], key=lambda each: each.start)
        last = bisect_left(figures, span[1], key=lambda each: each.start)
        figure, lead_up, fit = _best_figure(question, document, span, figures[first:last], weights)
        typed = figure is not None or (question.kind == "rank" and bool(_ORDINAL.search(text)))
    elif question.kind == "date":
        typed = _has_date(question, text)
        fit = 0.15 if typed else 0.0
    elif question.kind in {"list", "definition"}:
        typed, fit = _enumerates(question, document, span)
    agreed = agreement(question, document, span, lead_up, figure)
    clash = agreed.conflicts
    if len(weights) and _misses_key(sentence, weights):
        clash = (*clash, "term")
    fit += _PERIOD * max(agreed.period, 0) + _REGION * max(agreed.region, 0)
    score = own + context + sentence.retrieval + fit - (0.0 if typed else 0.3) - 0.35 * len(clash)
    return Candidate(document, sentence.passage, span[0], span[1], own, context, typed, figure, clash, score)


def _misses_key(sentence: _Sentence, weights: NDArray[np.float32]) -> bool:
    """Is the word that tells most, by far, met nowhere near?"""
    order = np.argsort(-weights)
    key = int(order[0])
    stands_out = len(order) < 3 or weights[key] > _KEY_SHARE * weights[order[2]]
    return bool(stands_out and max(sentence.here[key], sentence.around[key]) < _KEY_MET)


def _best_figure(
    question: Question,
    document: Document,
    span: Span,
    figures: Sequence[Figure],
    weights: NDArray[np.float32],
) -> tuple[Figure | None, Span, float]:
    """The figure of the sentence that answers best, what it is said of, and what it adds to the sentence's score."""
    best: tuple[float, Figure, Span] | None = None
    spans = clauses(document.text, *span)
    since = span[0]
    for figure in figures:
        clause = next(((s, e) for s, e in spans if s <= figure.start < e), span)
        lead_up = (min(since, clause[0]), clause[1])
        since = clause[1] if figure.end + 8 >= clause[1] else figure.end
        unit = unit_fit(question, figure)
        if unit <= 0 or _given(question, figure):
            continue
        near = float(_standing(question.terms, flat(document.text[lead_up[0] : lead_up[1]])) @ weights)
        named = float(_standing(question.terms, flat(figure.metric)) @ weights)
        score = 0.6 * near + 0.4 * named + 0.3 * unit
        if best is None or score > best[0]:
            best = (score, figure, lead_up)
    if best is None:
        return None, span, 0.0
    return best[1], best[2], 0.4 * best[0]


def _given(question: Question, figure: Figure) -> bool:
    """Is the figure one that the question itself states?"""
    return bool(figure.text) and figure.text in question.text


def _standing(asked: Sequence[Term], text: str) -> NDArray[np.float32]:
    """Which terms stand in `text` (flat) word for word, (n,) float32 of 0 and 1."""
    return np.array([term.text in text for term in asked], dtype=np.float32)


def _has_date(question: Question, text: str) -> bool:
    asked = set(question.periods)
    found = [period for period in periods(text) if period.value not in asked]
    if re.search(r"几月几[日号]|哪一?天|哪一?日|几[日号]|what day|which day", question.text):
        return bool(re.search(r"\d{1,2}月\d{1,2}日", text))
    return bool(found)


def _enumerates(question: Question, document: Document, span: Span) -> tuple[bool, float]:
    """Whether the sentence (with those that go on counting) lists what is asked for, and what that adds to its score."""
    text = document.text[span[0] : span[1]]
    counts = enumerations(text)
    marked = len(set(_ITEM_MARK.findall(document.text[span[0] : span[1] + 400]))) if _ITEM_MARK.search(text) else 0
    if marked > 1:
        counts.add(marked)
    explains = bool(_EQUATION.search(text))
    if question.items:
        if question.items in counts:
            return True, 0.25
        return (question.items == 1 or max(counts, default=0) >= question.items), 0.0
    if question.kind == "definition":
        return explains or bool(counts), 0.1 * explains + 0.05 * bool(counts)
    return bool(counts), 0.1 if counts else 0.0


def enumerations(text: str) -> set[int]:
    """How many things each enumeration in `text` lists: {3} for 科创飞地、消薄飞地、产业飞地."""
    counts: set[int] = set()
    for segment in re.split(r"[，,；;。：:（）()]", text):
        items = segment.count("、")
        if items:
            tail = segment.rsplit("、", 1)[1]
            counts.add(items + 1)
            if re.search(r"(?:和|与|及|以及)\S", tail):
                counts.add(items + 2)
        elif re.search(r"\S(?:和|与|及|以及)\S", segment):
            counts.add(2)
    quoted = re.findall(r"(?:“[^”]{1,30}”(?:[、和与及，,]|以及)?[^“”，。；]{0,4}){2,}", text)
    counts.update(len(re.findall("“", run)) for run in quoted)
    return counts
