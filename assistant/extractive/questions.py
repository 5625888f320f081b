"""Questions: what a document of questions and answers says to the question nearest to the one that is asked

    5. 要交哪些材料？            工坊去领补贴要带什么材料？
    答：兑现申请表、……

What both share with the document's title, which all its questions are about, is left out before they are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.library import Library
from assistant.question.kinds import kind_of
from assistant.question.question import Question
from assistant.question.terms import flat, flattened, met
from index.embedders.contextual import shipped_contextual
from index.ranking.networks import Floats
from sources.documents import Document
from sources.sentences import Span, sentences

_GAP = r"[ \t　*#]*"
_MARK = rf"(?:(?:问|Q)?{_GAP}[:：]?{_GAP}(?:第?[\d一二三四五六七八九十]{{1,3}}[.、．）)问]?)?{_GAP}(?:问|Q)?[:：]?)"
_ASKED = r"[^\n。]{2,60}[？?]"
_PAIR = re.compile(
    rf"^{_GAP}{_MARK}{_GAP}(?P<asked>{_ASKED}){_GAP}\n+{_GAP}(?:答|A){_GAP}[:：]{_GAP}"
    rf"(?P<told>[^\n]+(?:\n(?!{_ASKED})[^\n]+)*)",
    re.MULTILINE,
)
_ITEM = rf"{_GAP}(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|\d{{1,2}}[.．、]){_GAP}"
_NUMBERED = re.compile(
    rf"^{_ITEM}(?P<asked>[^\n。？?]{{3,40}}[？?]){_GAP}"
    rf"(?:(?P<beside>[^\n]{{6,}})|\n+(?P<below>[^\n]{{6,}}(?:\n(?!{_ITEM}|{_ASKED})[^\n]+)*))",
    re.MULTILINE,
)
"""Headings that ask, as in papers that explain a policy: 三、资金从哪来？市财政每年安排……"""
_LEAST_NUMBERED = 3
_LEAST_ALIKE, _SURELY_ALIKE = 0.4, 0.6
_AHEAD = 0.1
"""By how much the nearest of a document's questions is nearer than the next of its kind."""
_MOST_CHARS = 400
_LEAST_MET, _TELLING = 0.4, 2.0
"""How far a word of this weight must be met in the document for a question to be one to it."""
_MOST_SHARED = 8


@dataclass(frozen=True, slots=True)
class _Pair:
    document: Document
    asked: str
    told: Span


def surely(question: Question, library: Library) -> Draft | None:
    """The answer that a document gives to a question that is hardly another one."""
    draft = answer(question, library)
    return draft if draft and draft.confidence >= _SURELY_ALIKE else None


def answer(question: Question, library: Library) -> Draft | None:
    """The answer that a document gives to the same question; None where none asks it."""
    if question.language != "zh" or question.parts:
        return None
    documents = dict.fromkeys(hit.passage.document_id for hit in library.search(question.standalone))
    near = [found for each in documents if (found := _nearest(question, library.document(each)))]
    if not near:
        return None
    alike, pair = max(near, key=lambda each: each[0])
    return Draft(question, tuple(_lines(pair, library)), alike)


def _nearest(question: Question, document: Document) -> tuple[float, _Pair] | None:
    """The document's question of the same kind that is nearest, with how near; None where none is near enough."""
    pairs = [each for each in _pairs(document) if kind_of(each.asked) == question.kind]
    if not pairs or not _is_about(question, document):
        return None
    own = _vectors(question.standalone, document.title)
    alike = sorted(
        ((max(float((own * _vectors(each.asked, document.title)).sum(axis=1).max()), 0.0), at)
         for at, each in enumerate(pairs)),
        reverse=True,
    )  # fmt: skip
    (best, at), *others = alike
    if best < _LEAST_ALIKE or (others and best - others[0][0] < _AHEAD):
        return None
    return best, pairs[at]


def _pairs(document: Document) -> Iterator[_Pair]:
    numbered = list(_NUMBERED.finditer(document.text))
    for match in _PAIR.finditer(document.text):
        yield _Pair(document, match["asked"], match.span("told"))
    for match in numbered if len(numbered) >= _LEAST_NUMBERED else ():
        yield _Pair(document, match["asked"], match.span("beside" if match["beside"] else "below"))


def _is_about(question: Question, document: Document) -> bool:
    """Whether the document speaks of all that the question speaks of."""
    telling = [term for term in question.terms if term.weight >= _TELLING and len(term.text) > 1]
    return not telling or bool(
        (met(telling, (flattened(f"{document.title}\n{document.text}"),))[0] >= _LEAST_MET).all()
    )


def _vectors(text: str, title: str) -> Floats:
    """(2, dimension) of the text as it is, and without what it shares with the title."""
    encoder = shipped_contextual()
    vectors: Floats = encoder.encode([text, _without(flat(text), flat(title))])
    return vectors


def _without(text: str, title: str) -> str:
    left, at = "", 0
    while at < len(text):
        sizes = range(min(_MOST_SHARED, len(text) - at), 1, -1)
        shared = next((size for size in sizes if text[at : at + size] in title), 0)
        left += "" if shared else text[at]
        at += shared or 1
    return left if len(left) > 2 else text


def _lines(pair: _Pair, library: Library) -> Iterator[Line]:
    start, end = pair.told
    text = pair.document.text
    for first, last in sentences(text, start, end):
        if last - start > _MOST_CHARS and first > start:
            break
        passage = library.passage_at(pair.document.id, first)
        yield quoted(Quote(passage, first, min(last, passage.end)), library.document)
