"""Sections: which stretch of a document is about what a question asks, and which of its sentences tell it.

A stretch is a section under its heading, an article of a rule, or, where a section is long, a passage of it and each
of its paragraphs. Two small networks (`assets/sections.json`, `assets/section-sentences.json`, learned by
`python -m training.forms.sections`) weigh what the reader points at there, whether the sentence that answers best by
itself stands there, how near the question is to it, and which of its words stand nowhere.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from assistant.question.forms import FORMS, forms_of
from assistant.question.question import Question
from assistant.question.terms import flat, flattened, meaning, met, standing, total
from assistant.reading.agreement import agreement
from assistant.reading.candidates import worth_reading
from assistant.reading.findings import Finding
from assistant.reading.reader import Reading, shipped_reader
from assistant.reading.stretches import Stretch, chapters, stretches_of
from index.embedders.contextual import shipped_contextual
from index.embedders.embedder import Vectors
from index.hits import Hit, likelihoods
from index.ranking.networks import Floats, Network, load
from sources.documents import Document
from sources.instructions import instructions
from sources.sentences import Span, sentences, unmarked

_ASSETS = Path(__file__).parent / "assets"
_DOCUMENTS = 4
"""Of the first passages, whose other headings are looked at."""
_HEADINGS_LOOKED_AT = 12
_HEADINGS_KEPT = 4
_READ_CHARS = 300
_IN_PARAGRAPHS = 4
"""Of the first passages, whose paragraphs are stretches, too."""
_SURE = 5.0
"""Log-odds beyond which a sentence is as sure as it gets."""
_MOST_SENTENCES = 40
_MARK_CHARS = 8
"""Of a heading's number and marks, which its name lacks."""
_NEVER = -20.0
_GONE = "\ue000"
"""A character of private use."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a stretch as what is asked about."""

    there: float
    """The greatest log-odds, by the reader, of an answer in it, and how far beyond the next stretch's."""
    lead: float
    retrieval: float
    """Its best passage's score over the best one's; 0 where the search didn't find it."""
    likely: float
    """How likely its best passage is the one that answers, as the search has it."""
    best: float
    """Log-odds that the sentence which answers best by itself does, where that stands in it; and where elsewhere."""
    elsewhere: float
    headed: float
    """Share of the question's weighted words met by its heading."""
    above: float
    """Share met only by the headings further up and the title."""
    held: float
    """Share met only by its text, and by nothing of all these."""
    nowhere: float
    near: float
    """Cosine of the heading and what the question says beside the document's title, less the mean of all headings'."""
    bare: float
    """The same of its text."""
    size: float
    """ln of the characters over 200."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of a sentence of the stretch as part of the answer."""

    inside: float
    """The reader's log-odds of any piece of it, and what that lacks to the greatest in the stretch."""
    behind: float
    like: float
    """Cosine with the question, and what that lacks to the greatest in the stretch."""
    less: float
    first: float
    opens: float
    """Whether it opens a paragraph, or has the mark of an item."""
    place: float
    """0 for the first, 1 for the last one."""
    away: float
    """Sentences from the one that the reader points at, as ln(1 + n); another paragraph counts three."""
    best: float
    """How likely it answers by itself, if it is the one that does so best."""
    announces: float
    size: float
    """ln of the characters over 40."""
    headed: float
    named: float
    several: float
    """ln of the sentences in the stretch."""


_FEATURES = tuple(each.name for each in fields(Features))
_MARKS = (*(each.name for each in fields(Marks)), *FORMS)


@dataclass(frozen=True, slots=True)
class About:
    """A stretch with how surely it is what the question asks about."""

    stretch: Stretch
    confidence: float
    """0 to 1."""
    features: Features


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence of a stretch, with how likely it belongs to the answer, 0 to 1."""

    span: Span
    share: float


# --- which of them is asked about ---------------------------------------------------------------------------------


def candidates(question: Question, hits: Sequence[Hit], document: Callable[[str], Document]) -> list[Stretch]:
    """The stretches of the passages found, and those of the same documents whose headings come near the question."""
    found = dict.fromkeys(
        each
        for place, hit in enumerate(worth_reading(hits))
        for each in stretches_of(document(hit.passage.document_id), hit.passage, whole=place >= _IN_PARAGRAPHS)
    )
    around = [document(each) for each in dict.fromkeys(hit.passage.document_id for hit in hits[:_DOCUMENTS])]
    others = [each for own in around for each in chapters(own) if each not in found]
    likeness = meaning(question.standalone, tuple(each.heading for each in others)) if others else []
    by_words = [
        like + _named(question, each.heading) + float(_shares(question, (flat(each.heading),))[0])
        for each, like in zip(others, likeness, strict=True)
    ]
    near = [others[at] for at in np.argsort(by_words, kind="stable")[::-1][:_HEADINGS_LOOKED_AT]]
    cosines = _near(question, near)
    kept = [near[at] for at in np.argsort(cosines, kind="stable")[::-1][:_HEADINGS_KEPT]]
    return [*found, *kept]


def about(
    question: Question, hits: Sequence[Hit], document: Callable[[str], Document], finding: Finding
) -> list[About]:
    """The stretches that the question may ask about, the likeliest first, those of another time or place left out.

    `finding` is the sentence that answers best by itself.
    """
    every = [each for each in candidates(question, hits, document) if _agrees(question, each)]
    if not every:
        return []
    known = features(question, every, hits, finding)
    scores = _sections()(inputs(known))
    found = [
        About(stretch, 1 / (1 + math.exp(-float(score))), own)
        for stretch, score, own in zip(every, scores, known, strict=True)
    ]
    return sorted(found, key=lambda each: -each.confidence)


def _agrees(question: Question, stretch: Stretch) -> bool:
    """Whether it is of the time and place asked about, and has what the question sets in quotation marks."""
    path = stretch.section.path if stretch.section else ()
    here = " ".join((stretch.document.title, *path, stretch.document.text[stretch.start : stretch.end]))
    if not all(flattened(term) in flattened(here) for term in question.quoted):
        return False
    span = (stretch.start, min(stretch.end, stretch.start + _READ_CHARS))
    return not agreement(question, stretch.document, span, span, None).conflicts


def inputs(known: Sequence[Features]) -> Floats:
    """(n, inputs) what the network of stretches reads."""
    return np.array([[getattr(each, name) for name in _FEATURES] for each in known], np.float32)


def features(question: Question, every: Sequence[Stretch], hits: Sequence[Hit], finding: Finding) -> list[Features]:
    """What is known of each stretch."""
    best_hit = max((hit.score for hit in hits), default=0.0) or 1.0
    chances = likelihoods(hits)
    read = [_readings(question, each, hits) for each in every]
    theres = [max((reading.there for _, reading in each), default=_NEVER) for each in read]
    weights = np.array([term.weight for term in question.terms], np.float32) / total(question.terms)
    nearness, bareness = (each - each.mean() for each in _cosines(question, every))
    sure = _log_odds(finding.confidence) if finding.best else 0.0

    found = []
    for at, stretch in enumerate(every):
        path = stretch.section.path[:-1] if stretch.section else ()
        document = stretch.document
        texts = (
            flat(stretch.heading),
            flat(" ".join((document.title, document.publisher or "", *path))),
            flat(document.text[stretch.start : stretch.end]),
        )
        heading, higher, text = met(question.terms, texts) if question.terms else np.zeros((3, 0), np.float32)
        over = np.maximum(heading, higher)
        own = [place for place, hit in enumerate(hits) if not stretch.parts and stretch.meets(hit.passage)]
        inside = has_best(stretch, finding)
        others = [there for other, there in zip(every, theres, strict=True) if not _overlap(other, stretch)]
        found.append(
            Features(
                there=theres[at],
                lead=theres[at] - max(others, default=theres[at]),
                retrieval=max((hits[place].score / best_hit for place in own), default=0.0),
                likely=max((float(chances[place]) for place in own), default=0.0),
                best=sure if inside else 0.0,
                elsewhere=0.0 if inside else sure,
                headed=float(heading @ weights),
                above=float((over - heading) @ weights),
                held=float(np.maximum(text - over, 0) @ weights),
                nowhere=float((1 - np.maximum(text, over)) @ weights),
                near=float(nearness[at]),
                bare=float(bareness[at]),
                size=math.log(max(stretch.end - stretch.start, 20) / 200),
            )
        )
    return found


def _log_odds(probability: float) -> float:
    sure = min(max(probability, 1e-9), 1 - 1e-9)
    return min(max(math.log(sure / (1 - sure)), -_SURE), _SURE)


def has_best(stretch: Stretch, finding: Finding) -> bool:
    """Whether the sentence that answers best by itself stands in the stretch."""
    best = finding.best
    return best is not None and best.document.id == stretch.document.id and stretch.start <= best.start < stretch.end


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one.document.id == other.document.id and one.start < other.end and other.start < one.end


def _readings(question: Question, stretch: Stretch, hits: Sequence[Hit]) -> list[tuple[int, Reading]]:
    """What the reader makes of the stretch: of its passages that were found, else of its beginning; where each starts.

    What was found has been read already. Of a chapter, the headings are read.
    """
    passages = [hit.passage for hit in worth_reading(hits) if stretch.meets(hit.passage)]
    texts = [(each.start, each.text) for each in passages]
    if stretch.parts:
        texts = [(stretch.start, "\n".join((stretch.heading, *(each.heading for each in stretch.parts)))[:_READ_CHARS])]
    elif not texts:
        texts = [(stretch.start, stretch.document.text[stretch.start : stretch.end][:_READ_CHARS])]
    titles = [stretch.document.title] * len(texts)
    readings = shipped_reader().read(question.for_reading, [text for _, text in texts], titles=titles)
    if stretch.parts:
        return [(stretch.start, readings[0])]
    return [
        (start, reading.between(stretch.start - start, stretch.end - start))
        for (start, _), reading in zip(texts, readings, strict=True)
    ]


def _shares(question: Question, texts: tuple[str, ...]) -> Floats:
    """(texts,) share of the question's weighted words that stand in each."""
    weights = np.array([term.weight for term in question.terms], np.float32) / total(question.terms)
    shares: Floats = standing(question.terms, texts) @ weights
    return shares


def _named(question: Question, heading: str) -> float:
    """Share of the heading's pairs of characters, its number apart, that stand in the question."""
    plain = flat(re.sub(r"^[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]", "", heading))
    pairs = [plain[at : at + 2] for at in range(len(plain) - 1)]
    asked = flat(question.standalone)
    return sum(pair in asked for pair in pairs) / len(pairs) if pairs else 0.0


def _cosines(question: Question, every: Sequence[Stretch]) -> tuple[Floats, Floats]:
    """(n,) twice: of each heading and of each text with what the question asks of it."""
    beside = np.stack([_asked(_beside(question.standalone, each.document.title)) for each in every])
    headings = _vectors([each.heading or each.document.title for each in every])
    bodies = _vectors([each.document.text[each.start : each.end][:_READ_CHARS] for each in every])
    return (headings * beside).sum(axis=1), (bodies * beside).sum(axis=1)


def _near(question: Question, every: Sequence[Stretch]) -> Floats:
    """(n,) cosine of each heading with what the question asks beside the document's title."""
    if not every:
        return np.zeros(0, np.float32)
    beside = np.stack([_asked(_beside(question.standalone, each.document.title)) for each in every])
    cosines: Floats = (_vectors([each.heading for each in every]) * beside).sum(axis=1)
    return cosines


def _beside(text: str, title: str) -> str:
    """The question without the stretches that stand in the title, the longest first; whole where hardly any is left.

    旧改方案怎么保障 asks 怎么保障 of 《2026年旧改方案》.
    """
    plain, left = flat(title), text
    for size in range(len(text), 1, -1):
        at = 0
        while at + size <= len(left):
            if flat(left[at : at + size]) in plain and _GONE not in left[at : at + size]:
                left = left[:at] + _GONE + left[at + size :]
            at += 1
    left = left.replace(_GONE, "")
    return left if sum(map(str.isalnum, left)) > 1 else text


@lru_cache(maxsize=256)
def _asked(text: str) -> Vectors:
    return shipped_contextual().encode_query(text)


def _vectors(texts: Sequence[str]) -> Vectors:
    """(n, dimension) of headings, sentences or whole stretches, several at the same time."""
    return np.stack([*_workers().map(_vector, texts)])


@lru_cache(maxsize=16384)  # 1.5 KB each
def _vector(text: str) -> Vectors:
    vector: Vectors = shipped_contextual().encode([text])[0]
    return vector


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="sections")


# --- which of its sentences tell it -------------------------------------------------------------------------------


def stating(stretch: Stretch) -> list[Span]:
    """The sentences of the stretch without its headings, marks of lists, and orders to whoever reads it."""
    document = stretch.document
    headings = {each.start: len(each.heading) + _MARK_CHARS for each in document.sections}
    orders = instructions(document.text, stretch.start, stretch.end)
    found = []
    for whole in sentences(document.text, stretch.start, stretch.end):
        start, end = unmarked(document.text, whole)
        is_heading = whole[1] - whole[0] <= headings.get(whole[0], 0)
        is_order = any(whole[0] < stop and first < whole[1] for first, stop in orders)
        if not (is_heading or is_order) and any(map(str.isalnum, document.text[start:end])):
            found.append((start, end))
        if len(found) == _MOST_SENTENCES:
            break
    return found


def told(question: Question, found: About, hits: Sequence[Hit], finding: Finding) -> list[Told]:
    """The sentences of the stretch in order, each with how likely it belongs to the answer."""
    spans = stating(found.stretch)
    if not spans:
        return []
    scores = _sentences()(mark_inputs(question, marks(question, found, spans, hits, finding)))
    return [Told(span, 1 / (1 + math.exp(-float(score)))) for span, score in zip(spans, scores, strict=True)]


def mark_inputs(question: Question, known: Sequence[Marks]) -> Floats:
    """(n, inputs) what the network of sentences reads."""
    own = np.array([[getattr(each, name) for name in Marks.__slots__] for each in known], np.float32)
    shares = forms_of(question.standalone)
    return np.hstack([own, np.tile(np.array([shares[form] for form in FORMS], np.float32), (len(known), 1))])


def marks(
    question: Question, found: About, spans: Sequence[Span], hits: Sequence[Hit], finding: Finding
) -> list[Marks]:
    """What is known of each sentence."""
    stretch, text = found.stretch, found.stretch.document.text
    texts = tuple(text[start:end] for start, end in spans)
    inside = _pointed(question, stretch, spans, hits)
    greatest = int(np.argmax(inside))
    cosines = _vectors(texts) @ _asked(question.standalone)
    lines = [text.count("\n", stretch.start, start) for start, _ in spans]
    best = finding.best if has_best(stretch, finding) else None
    return [
        Marks(
            inside=float(inside[at]),
            behind=float(inside.max() - inside[at]),
            like=float(cosines[at]),
            less=float(cosines.max() - cosines[at]),
            first=float(at == 0),
            opens=float(at > 0 and lines[at] != lines[at - 1]),
            place=at / max(len(spans) - 1, 1),
            away=math.log1p(abs(at - greatest) + 2 * (lines[at] != lines[greatest])),
            best=finding.confidence if best and spans[at][0] < best.end and best.start < spans[at][1] else 0.0,
            announces=float(texts[at].rstrip().endswith(("：", ":"))),
            size=math.log(max(len(texts[at]), 4) / 40),
            headed=found.features.headed,
            named=_named(question, stretch.heading),
            several=math.log(len(spans)),
        )
        for at in range(len(spans))
    ]


def _pointed(question: Question, stretch: Stretch, spans: Sequence[Span], hits: Sequence[Hit]) -> Floats:
    """(n,) the reader's greatest log-odds in each sentence; what no passage found holds is read now."""
    inside = np.full(len(spans), _NEVER, np.float32)

    def read(readings: Sequence[tuple[int, Reading]]) -> None:
        for first, reading in readings:
            if len(reading.spans):
                pointed = reading.within_each([(start - first, end - first) for start, end in spans])
                inside[:] = np.maximum(inside, [each.inside for each in pointed])

    read(_readings(question, stretch, hits))
    unread = [span for span, value in zip(spans, inside, strict=True) if value <= _NEVER]
    text = stretch.document.text
    while unread:
        start = unread[0][0]
        inside_window = [span for span in unread if span[1] - start <= _READ_CHARS] or unread[:1]
        window = text[start : inside_window[-1][1]]
        (reading,) = shipped_reader().read(question.for_reading, [window], titles=[stretch.document.title])
        read([(start, reading)])
        unread = unread[len(inside_window) :]
    return inside


@cache
def _sections() -> Network:
    return load(_ASSETS / "sections.json", _FEATURES)


@cache
def _sentences() -> Network:
    return load(_ASSETS / "section-sentences.json", _MARKS)


def names() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The networks' files, each with the names of its inputs."""
    yield "sections", _FEATURES
    yield "section-sentences", _MARKS
