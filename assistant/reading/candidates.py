"""Candidate sentences: how well each one, with what it stands under, meets a question."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from assistant.question.question import Question
from assistant.question.terms import Term, flat, flats, flattened, meaning, met, news, standing, terms, total
from assistant.reading.agreement import Conflict, agreement, unit_fit
from assistant.reading.expected import has_expected
from assistant.reading.passages import PassageSentence, TakenApart, take_apart
from assistant.reading.reader import Pointed, Reading, shipped_reader
from assistant.reading.scoring import FIGURE_KINDS, Features, scores
from index.hits import Hit, likelihoods
from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.periods import periods, tells
from sources.passages import Passage
from sources.sentences import Span, clauses

Floats = NDArray[np.float32]

_POOL = 32
"""Reading figures, dates and places takes longer than comparing words: only for what the words leave."""
_POINTED = 8
"""And for the sentences that the reader points at."""
_MOST_READ = 6
_LEAST_READ = 3
_ENOUGH = 0.95
"""Passages are read, the likeliest first, until one of those read answers with this probability, as the search has it:
reading takes most of an answer's time. Of 2,500 questions of people's, 97 to 100 in a hundred find the answer among two
to five, as they do among ten; where the search is in doubt, six are read."""
_NEIGHBOUR = 0.6
"""How much a word of the question counts that stands in the sentence before, not in the sentence itself."""
_ABOVE = (0.45, 0.6, 0.5, 0.5)
"""How much a word counts that stands in the title, in the heading, where the part opens or where the document does."""
_ABOVE_CHARS = 400
_EXPLAINING_CHARS = 24
_ORDINAL = re.compile(r"第[\d一二三四五六七八九十]+|首位|榜首|居首|前列|最[高低小大]")
_ITEM_MARK = re.compile(r"[一二三四五六七八九十]是|第[一二三四五六七八九十]，|[①-⑩]|[（(][一二三四五六七八九十\d][）)]")
_NAMED_LIST = re.compile(r"[”」』》][^，。？的]{0,10}?(?:是|指|包括|包含|分别|各|有)[^，。？]{0,4}(?:哪|什么)")
_QUOTE_MARKS = re.compile("[“”‘’「」『』]")
_ITEM_START = re.compile(
    r"[一二三四五六七八九十]是|第[一二三四五六七八九十]，|首先|其次|[①-⑳]|[（(]?[一二三四五六七八九十\d]{1,2}[）)、.．]"
)
_PREAMBLE = re.compile(r"(?:如下|以下|下列|下面)[^，。]{0,8}[：:。]$|[：:]$|^为.{10,}(?:制定|印发|发布|通知|提出)")
"""What only announces the answer."""
_SEGMENTS = re.compile("[，,；;。：:（）()]")
_ITEMS = re.compile("[、—]")
_AND = re.compile(r"\S(?:和|与|及|以及)\S")
_QUOTED_RUN = re.compile(r"(?:“[^”]{1,30}”(?:[、和与及，,]|以及)?[^“”，。；]{0,4}){2,}")
_EQUATION = re.compile(r"即|指|包括|主要为|分别为|分为|也就是|统称|称为|是|[：:（(]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may answer."""

    document: Document
    passage: Passage
    start: int
    end: int
    features: Features
    typed: bool
    """Whether it holds the kind of answer that is asked for."""
    figure: Figure | None
    """The figure that answers, where a number is asked for."""
    conflicts: tuple[Conflict, ...]
    score: float
    """Higher is better; comparable between the candidates of one question."""

    @property
    def text(self) -> str:
        """The sentence."""
        return self.document.text[self.start : self.end]

    @property
    def coverage(self) -> float:
        """Share of the question's weighted words met, 0 to 1."""
        return self.features.own + self.features.context


@dataclass(frozen=True, slots=True)
class _Rough:
    """A sentence of a passage, before its figures, dates and places are looked at."""

    hit: Hit
    own: PassageSentence
    taken: TakenApart
    met: Floats
    """(terms,) How far the sentence meets each term."""
    around: Floats
    """(terms,) How far what it stands under does."""
    headed: Floats
    after: Floats
    """(terms,) How far the heading it stands right under, and the sentence before it do."""
    retrieval: float
    pointed: Pointed
    """What the reader of its passage points at in it."""


def candidates(
    question: Question,
    hits: Sequence[Hit],
    *,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> list[Sentence]:
    """The sentences of `hits` that come into question, best first. `figures` gives a document's figures in order."""
    gathered = gather(question, hits, document=document, figures=figures)
    marks = scores(question.kind, [each.features for each in gathered])
    marked = [replace(each, score=float(mark)) for each, mark in zip(gathered, marks, strict=True)]
    return sorted(marked, key=lambda each: (-each.score, each.document.id, each.start))


def gather(
    question: Question,
    hits: Sequence[Hit],
    *,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> list[Sentence]:
    """The same in no particular order, with no score yet."""
    hits = worth_reading(hits)
    weights = np.array([term.weight for term in question.terms], dtype=np.float32) / total(question.terms)
    best_hit = max((hit.score for hit in hits), default=0.0) or 1.0
    titles = [document(hit.passage.document_id).title for hit in hits]
    readings = shipped_reader().read(question.for_reading, [hit.passage.text for hit in hits], titles=titles)
    rough = [
        sentence
        for hit, reading in zip(hits, readings, strict=True)
        for sentence in _sentences(
            question.terms, take_apart(document(hit.passage.document_id), hit.passage), reading, hit, best_hit
        )
    ]
    rough.sort(key=lambda each: -float(np.maximum(each.met, each.around) @ weights) - 0.1 * each.retrieval)
    pool, rest = rough[:_POOL], rough[_POOL:]
    # What says it in other words shares few of them.
    pool += sorted(rest, key=lambda each: -each.pointed.odds)[:_POINTED]
    there = {hit.passage.id: reading.there for hit, reading in zip(hits, readings, strict=True)}
    novelty = news(question.terms, tuple(each.own.plain for each in pool))
    likeness = meaning(question.standalone, tuple(each.own.text for each in pool))
    whole = {each.taken.document.id: each.taken.document for each in pool}
    standing_in = dict(zip(whole, standing(question.terms, [_whole(each) for each in whole.values()]), strict=True))
    return [
        _candidate(
            question,
            each,
            weights,
            figures(each.taken.document.id),
            news=novelty[at],
            meaning=likeness[at],
            there=there[each.hit.passage.id],
            document_share=float(standing_in[each.taken.document.id] @ weights),
        )
        for at, each in enumerate(pool)
    ]


def worth_reading(hits: Sequence[Hit]) -> Sequence[Hit]:
    """The first of the hits, as many as are likely to hold the answer, if any does."""
    reached = np.cumsum(likelihoods(hits))
    return hits[: min(max(int(np.searchsorted(reached, _ENOUGH)) + 1, _LEAST_READ), _MOST_READ)]


def _sentences(
    asked: Sequence[Term], taken: TakenApart, reading: Reading, hit: Hit, best_hit: float
) -> Iterator[_Rough]:
    """The sentences of one passage with how far they meet the question's terms."""
    own = taken.sentences
    first = hit.passage.start
    pointed = reading.within_each([(each.start - first, each.end - first) for each in own])
    over = standing(asked, taken.above)
    above = np.max([share * row for share, row in zip(_ABOVE, over, strict=True)], axis=0)
    before = [*standing(asked, taken.before)]
    shares = met(asked, tuple(each.plain for each in own))
    headed = standing(asked, [each.heading for each in own])
    for at, each in enumerate(own):
        yield _Rough(
            hit,
            each,
            taken,
            met=shares[at],
            around=np.max([above, *(_NEIGHBOUR * row for row in before)], axis=0),
            headed=headed[at],
            after=before[-1] if before else np.zeros_like(shares[at]),
            retrieval=hit.score / best_hit,
            pointed=pointed[at],
        )
        before = [*before, shares[at]][-2:]


def _candidate(
    question: Question,
    sentence: _Rough,
    weights: Floats,
    figures: Sequence[Figure],
    *,
    news: float,
    meaning: float,
    there: float,
    document_share: float,
) -> Sentence:
    document, own, pointed = sentence.taken.document, sentence.own, sentence.pointed
    span, text, plain = (own.start, own.end), own.text, own.plain
    answering: _Answering = _Answering(None, span, 0.0, 0.0, 0.0)
    typed, listed = True, 0.0
    if question.kind in FIGURE_KINDS:
        first = bisect_left(figures, span[0], key=lambda each: each.start)
        last = bisect_left(figures, span[1], key=lambda each: each.start)
        answering = _best_figure(question, document, span, figures[first:last], weights)
        typed = answering.figure is not None or (question.kind == "rank" and bool(_ORDINAL.search(text)))
    elif question.kind == "date":
        typed = _has_date(question, text)
    elif question.kind in {"list", "definition"}:
        typed, listed = _enumerates(question, document, span)
    typed = typed and has_expected(question, text, document.regions)
    agreed = agreement(question, document, span, answering.lead_up, answering.figure)
    either = np.maximum(sentence.met, sentence.around)
    figure = answering.figure
    features = Features(
        own=float(sentence.met @ weights),
        context=float((either - sentence.met) @ weights),
        key=float(either[int(np.argmax(weights))]) if len(weights) else 1.0,
        quoted=_quoted_share(question, sentence),
        run=_longest_run(question, plain),
        meaning=meaning,
        retrieval=sentence.retrieval,
        untyped=float(not typed),
        unit=answering.unit,
        near=answering.near,
        metric=answering.metric,
        subject=_subject_missed(question, document, answering),
        listed=listed,
        period=max(agreed.period, 0.0),
        other_period=float("period" in agreed.conflicts),
        region=max(agreed.region, 0.0),
        other_region=float("region" in agreed.conflicts),
        other_scope=float("scope" in agreed.conflicts),
        other_status=_other_status(question, figure) if figure is not None else 0.0,
        length=float(np.log(max(len(text), 5) / 50)),
        heading=float(own.heading_like),
        headed=float(sentence.headed @ weights),
        after=float(sentence.after @ weights),
        first=float(own.opens),
        news=news,
        preamble=float(bool(_PREAMBLE.search(text))),
        asking=float(text.endswith(("？", "?"))),
        item=float(bool(_ITEM_START.match(text))),
        document=document_share,
        unmet=float(np.max((1 - either) * weights, initial=0.0)),
        read=pointed.odds,
        inside=pointed.inside,
        there=there,
    )
    return Sentence(document, sentence.hit.passage, *span, features, typed, figure, agreed.conflicts, score=0.0)


@dataclass(frozen=True, slots=True)
class _Answering:
    """The figure of a sentence that answers best, what it is about, and how well it fits."""

    figure: Figure | None
    lead_up: Span
    unit: float
    near: float
    metric: float


def _best_figure(
    question: Question,
    document: Document,
    span: Span,
    figures: Sequence[Figure],
    weights: Floats,
) -> _Answering:
    best = _Answering(None, span, 0.0, 0.0, 0.0)
    best_score = -1.0
    spans = clauses(document.text, *span)
    since = span[0]
    for figure in figures:
        clause = next(((s, e) for s, e in spans if s <= figure.start < e), span)
        lead_up = (min(since, clause[0]), clause[1])
        since = clause[1] if figure.end + 8 >= clause[1] else figure.end
        unit = unit_fit(question, figure)
        if unit <= 0 or _given(question, figure):
            continue
        texts = flats((document.text[lead_up[0] : lead_up[1]], figure.metric))
        near, metric = (standing(question.terms, texts) @ weights).tolist()
        score = 0.6 * near + 0.4 * metric + 0.3 * unit - 0.1 * _other_status(question, figure)
        score += 0.3 * any(tells(asked, figure.period) for asked in question.periods)
        if score > best_score:
            best_score = score
            best = _Answering(figure, lead_up, unit, near, metric)
    return best


def _subject_missed(question: Question, document: Document, answering: _Answering) -> float:
    if answering.figure is None or not question.subject:
        return 0.0
    subject = terms(question.subject)
    named = flat(document.text[answering.lead_up[0] : answering.lead_up[1]] + answering.figure.metric)
    return 1.0 - sum(term.weight for term in subject if term.text in named) / total(subject)


def _given(question: Question, figure: Figure) -> bool:
    """Is the figure one that the question itself states?"""
    return bool(figure.text) and figure.text in question.text


def _other_status(question: Question, figure: Figure) -> float:
    """1 for an aim where a result was asked for or the other way round; half for an aim where neither was."""
    planned = figure.status in {"target", "plan"}
    if question.status == "target":
        return float(not planned)
    return (1.0 if question.status == "actual" else 0.5) if planned else 0.0


def _quoted_share(question: Question, sentence: _Rough) -> float:
    """A term quoted counts half where it stands above the sentence, in a title or heading or not far up."""
    if not question.quoted:
        return 1.0
    document, own = sentence.taken.document, sentence.own
    part = document.part_start(own.start)
    heads = f"{document.title}{document.publisher or ''}{sentence.hit.passage.heading}"
    here, above = (
        _QUOTE_MARKS.sub("", text)
        for text in (own.plain, flat(f"{heads}{document.text[part : own.start][-_ABOVE_CHARS:]}"))
    )
    asked = [_QUOTE_MARKS.sub("", flat(term)) for term in question.quoted]
    return sum(1.0 if term in here else 0.5 if term in above else 0.0 for term in asked) / len(asked)


def _longest_run(question: Question, plain: str) -> float:
    """Longest stretch of the question, in characters, that stands in the sentence, over the question's length."""
    asked = flat(question.standalone if question.language == "en" else question.text)
    longest = at = 0
    while at + longest < len(asked):
        if asked[at : at + longest + 1] in plain:
            longest += 1
        else:
            at += 1
    return longest / max(len(asked), 1)


@lru_cache(maxsize=64)
def _whole(document: Document) -> str:
    return flattened(f"{document.title}\n{document.publisher or ''}\n{document.text}")


def _has_date(question: Question, text: str) -> bool:
    if re.search(r"几月几[日号]|哪一?天|哪一?日|几[日号]|what day|which day", question.text):
        return bool(re.search(r"\d{1,2}月\d{1,2}日", text))
    asked = set(question.periods)
    return any(period.value not in asked for period in periods(text))


def _enumerates(question: Question, document: Document, span: Span) -> tuple[bool, float]:
    """Whether the sentence (with those that go on counting) lists what is asked for, and how well, 0 to 1."""
    text = document.text[span[0] : span[1]]
    counts = enumerations(text)
    marked = len(set(_ITEM_MARK.findall(document.text[span[0] : span[1] + 400]))) if _ITEM_MARK.search(text) else 0
    if marked > 1:
        counts.add(marked)
    if asks_what_is_named(question) and not _explains(question, text):
        # “甲+乙”是哪几个: that the sentence lists something else doesn't answer
        return question.items in counts, 0.0
    if question.items:
        if question.items in counts:
            return True, 1.0
        return (question.items == 1 or max(counts, default=0) >= question.items), 0.2 * bool(counts)
    if question.kind == "definition":
        explains = _explains(question, text)
        return explains, 0.5 * explains + 0.3 * bool(counts)
    return bool(counts), 0.5 * bool(counts)


def asks_what_is_named(question: Question) -> bool:
    """Whether the list asked for is what a term stands for (“甲+乙”是哪几个), not something about it."""
    return question.kind == "list" and bool(_NAMED_LIST.search(question.text))


def _explains(question: Question, text: str) -> bool:
    """Does the sentence say what a term means: 即…… right after it, or what it stands for listed right before it?"""
    # Without marks: “‘三美’兴村” is asked about, “三美”兴村 printed.
    plain = _QUOTE_MARKS.sub("", text)
    named = [term for term in (_QUOTE_MARKS.sub("", each) for each in question.quoted) if term in plain]
    if not named:
        return not question.quoted and bool(_EQUATION.search(text))
    for term in named:
        at = plain.index(term)
        after = plain[at + len(term) : at + len(term) + _EXPLAINING_CHARS]
        before = re.split(r"[，,；;：:]", plain[:at])[-1].rstrip("等")
        if _EQUATION.search(after) or max(enumerations(before), default=0) > 1 or question.items in enumerations(after):
            return True
    return False


def enumerations(text: str) -> set[int]:
    """How many things each enumeration in `text` lists: {3} for 科创飞地、消薄飞地、产业飞地."""
    counts: set[int] = set()
    for segment in _SEGMENTS.split(text):
        items = _ITEMS.split(segment)
        if len(items) > 1:
            counts.add(len(items))
            if _AND.search(items[-1]):
                counts.add(len(items) + 1)
        elif _AND.search(segment):
            counts.add(2)
    counts.update(run.count("“") for run in _QUOTED_RUN.findall(text))
    counts.update(_begun_alike(_SEGMENTS.split(text)))
    return counts


def _begun_alike(parts: Sequence[str]) -> Iterator[int]:
    """How many parts in a row begin with the same two characters: 一把是统计的尺子，一把是群众的尺子，一把是……."""
    for begun, run in groupby(part.strip()[:2] for part in parts):
        if len(begun) == 2 and (count := sum(1 for _ in run)) > 1:
            yield count
