"""Summaries: the key sentences of a document or of one of its sections, as printed and in their order.

《……工作方案》主要讲了什么？
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.answers import Clarification
from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.library import Library
from assistant.question.forms import FRAME, REQUESTS, form_of, forms_of
from assistant.question.question import Question
from assistant.question.terms import Term, flat, terms, total
from index.catalog.rows import DocumentInfo
from index.embedders.static import shipped
from sources.documents import Document, Section
from sources.instructions import instructions
from sources.sentences import Span, clauses, sentences, unmarked

_CONFIDENCE = 0.8
_LEAST_LINES, _MOST_LINES = 3, 6
_MOST_SECTIONS = 8
_CHARS_A_LINE = 600
"""A text of so many characters earns one more line, within the bounds above."""
_SENTENCE_CHARS = (12, 160)
_LINE_CHARS = 140
_MARK_CHARS = 12
"""Of the marks and white space around a heading."""
_MAY_BE = 0.25
_NAMED_SHARE = 0.75
"""Of a question's words, by weight, that a title or heading must hold to be what it names."""
_LEAST_HELD = 0.3
"""Of a title's or heading's own character pairs that the question must hold."""
_WHOLLY_NAMED = 0.9
_TELLING_CHARS = 4
"""Or else so many characters of the question stand in it, and hardly any word of the question does not."""
_OPENING_BONUS = 0.15
_PARAGRAPH_BONUS = 0.05
_MARKED_BONUS = 0.04
_ALIKE = 0.8
"""Cosine of two sentences that say the same."""
_MOST_SENTENCES = 2000
_THIS = re.compile(
    r"[这该本此]?(?:一?[份篇个则])?(?:文档|文件|文章|材料|资料|报告|报道|通知|方案|文|稿件?)|全文|它|document|article|file|text|report",
    re.IGNORECASE,
)
_POINTED = re.compile(
    r"[这该本此那](?:一?[份篇个则节段部])(?:分|文档|文件|文章|材料|报告|报道|通知)?|[一那]节|部分|章节?"
)
_ABSTRACT = re.compile(r"(?:^|[\n［\[【〔])\s*(?:内容)?(?:摘\s*要|提\s*要)\s*[］\]】〕:：]+\s*")
_ABSTRACT_WITHIN = 1500
"""Characters of a text within which its own summary begins, if it has one."""
_NUMBERED = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]")
_HEADING_CHARS = 40
_CREDIT = re.compile(r"(?:记者|通讯员|编者按|来源|作者|责任编辑|（?样本)[:：　 ]?|^第[一二三四五六七八九十\d]+期")


@dataclass(frozen=True, slots=True)
class _Target:
    """What is to be summed up."""

    document: Document
    section: Section | None
    """None for the whole document."""


def answer(question: Question, library: Library) -> Draft | None:
    """The key sentences of what the question names; None where it asks for no summary, or names nothing we have."""
    if not _is_one_request(question) or not _asked_for(question, library):
        return None
    documents = library.documents()
    if library.scope and library.scope.named:
        documents = [info for info in documents if info.id in library.scope.named]
    bare = question.text if question.language == "zh" else question.standalone
    # 这份文件, 全文: whichever document is there.
    if len(FRAME.sub("", _THIS.sub("", bare))) <= 1:
        if len(documents) != 1:
            return _which(question, documents) if documents else None
        target = _Target(library.document(documents[0].id), None)
    else:
        named = _named(question, bare, documents, library)
        alone = library.scope is not None and len(library.scope.named) == 1
        if named is None and alone and form_of(bare) == "summary":  # 《……》主要讲了什么？请概括其观点
            (own,) = library.scope.named  # type: ignore[union-attr]
            named = _Target(library.document(own), None)
        if named is None:
            return None
        target = named
    lines = _lines(target, library)
    return Draft(question, tuple(lines), _CONFIDENCE) if lines else None


def _is_one_request(question: Question) -> bool:
    """Whether it asks for one thing only; 请概括其观点 after 主要讲了什么 asks for the same again."""
    return all(REQUESTS.search(part.text) or form_of(part.text) == "summary" for part in question.parts)


def _asked_for(question: Question, library: Library) -> bool:
    """Whether a summary is what is likeliest asked for; of one document that is named, whether it may well be."""
    shares = forms_of(question.standalone)
    named = library.scope is not None and len(library.scope.named) == 1
    return form_of(question.standalone) == "summary" or (named and shares["summary"] >= _MAY_BE)


def _which(question: Question, documents: Sequence[DocumentInfo]) -> Draft:
    """The question back which document is meant."""
    titles = [f"《{info.title}》" for info in documents[:_MOST_SECTIONS]]
    if question.language == "en":
        asked = f"Please name the document: there are {', '.join(titles)}."
        choices = tuple(f"Summarise {title}" for title in titles)
    else:
        asked = f"请说明要总结哪一份：文库里有{'、'.join(titles)}{'等' if len(documents) > len(titles) else ''}。"
        choices = tuple(f"{title}主要讲了什么？" for title in titles)
    clarification = Clarification(asked, choices)
    return Draft(question, status="clarify", message=asked, clarification=clarification, confidence=_CONFIDENCE)


# --- what is named ------------------------------------------------------------------------------------------------


def _named(question: Question, bare: str, documents: Sequence[DocumentInfo], library: Library) -> _Target | None:
    """The document or section that the question names; None where it names none, or several alike."""
    asked = terms(FRAME.sub(" ", _POINTED.sub(" ", bare)))
    plain = flat(bare)
    scored: list[tuple[float, _Target]] = []
    if library.scope and len(library.scope.named) == 1 and len(documents) == 1:
        title = flat(documents[0].title)
        unmet = sum(term.weight for term in asked if term.text not in title)
        if unmet <= (1 - _NAMED_SHARE) * total(asked):
            return _Target(library.document(documents[0].id), None)
    for info in documents:
        share = _named_share(asked, plain, info.title, "")
        if share:
            scored.append((share, _Target(library.document(info.id), None)))
    best = max((share for share, _ in scored), default=0.0)
    for hit in library.search(question.standalone):
        document = library.document(hit.passage.document_id)
        section = document.section_at(hit.passage.start)
        while section is not None:
            share = _named_share(asked, plain, section.heading, document.title)
            if share > best:
                scored.append((share, _Target(document, section)))
            section = _above(document, section)
    if not scored:
        return None
    best = max(share for share, _ in scored)
    targets = list(dict.fromkeys(target for share, target in scored if share >= best - 1e-6))
    return targets[0] if len({(each.document.id, each.section) for each in targets}) == 1 else None


def _named_share(asked: Sequence[Term], plain: str, name: str, above: str) -> float:
    """How surely the question names this title or heading, 0 to 2; 0 where it does not."""
    title, context = flat(name), flat(above)
    if len(title) < 2 or not asked:
        return 0.0
    covered = sum(term.weight for term in asked if term.text in title or term.text in context) / total(asked)
    in_title = sum(term.weight for term in asked if term.text in title)
    pairs = [title[at : at + 2] for at in range(len(title) - 1)]
    share_held = sum(pair in plain for pair in pairs) / len(pairs)
    if not in_title or covered < _NAMED_SHARE:
        return 0.0
    # 2026年工作方案 names a title many times as long; what shares one common word with it does not.
    whole = covered >= _WHOLLY_NAMED and sum(len(term.text) for term in asked if term.text in title) >= _TELLING_CHARS
    return covered + share_held if share_held >= _LEAST_HELD or whole else 0.0


def _above(document: Document, section: Section) -> Section | None:
    before = [each for each in document.sections if each.start < section.start and each.level < section.level]
    return before[-1] if before else None


# --- its key sentences --------------------------------------------------------------------------------------------


def _lines(target: _Target, library: Library) -> list[Line]:
    document = target.document
    start, end = _extent(target)
    if target.section is None and (own := _abstract(document)):
        return _quoted(document, own, library)
    parts = _top_sections(document, target.section, start, end)
    if len(parts) > 1:
        each_most = -(-_LEAST_LINES // len(parts))
        return [
            line for each in parts[:_MOST_SECTIONS] for line in told_under_heading(document, each, library, each_most)
        ]
    most = min(_MOST_LINES, max(_LEAST_LINES, (end - start) // _CHARS_A_LINE))
    return _quoted(document, key_sentences(document, start, end, most=most), library)


def _abstract(document: Document) -> list[Span]:
    """The sentences of the summary that the document itself begins with; none where it has none."""
    found = _ABSTRACT.search(document.text, 0, _ABSTRACT_WITHIN)
    if found is None:
        return []
    end = document.text.find("\n", found.end())
    own = sentences(document.text, found.end(), end if end > 0 else len(document.text))
    return own[:_MOST_SECTIONS] if len(own) > 1 else []


def told_under_heading(document: Document, part: Span, library: Library, most: int = 1) -> list[Line]:
    """The key sentences of a section, the first with the heading before it where nothing else stands between."""
    start, end = part
    chosen = key_sentences(document, start, end, most=most)
    if not chosen:
        return []
    (first, stop), *others = chosen
    section = document.section_at(start)
    if section is None or section.start != start or not section.heading:
        return _quoted(document, chosen, library)
    between = first - start - len(section.heading)
    if between <= _MARK_CHARS and stop - start <= _LINE_CHARS:
        return _quoted(document, [(start, stop), *others], library)
    head, line, *rest = _quoted(document, [(start, start + len(section.heading)), (first, stop), *others], library)
    words = f"{head.text.rstrip('。')}：{line.text}"
    return [replace(line, text=words, quotes=(*head.quotes, *line.quotes)), *rest]


def _quoted(document: Document, spans: Sequence[Span], library: Library) -> list[Line]:
    return [quoted(Quote(library.passage_at(document.id, s), s, e), library.document) for s, e in spans]


def _extent(target: _Target) -> Span:
    if target.section is None:
        return 0, len(target.document.text)
    section = target.section
    end = len(target.document.text)
    # A heading may be followed by a line of its own level, its author's; what it heads comes after that.
    for each in target.document.sections:
        ends = each.start > section.start and each.level <= section.level
        if ends and _sentences(target.document, section.start, each.start):
            end = each.start
            break
    return section.start, end


def _top_sections(document: Document, within: Section | None, start: int, end: int) -> list[Span]:
    """The stretches of the outermost sections below `within`; a lone heading at the top is the title."""
    inner = [each for each in document.sections if start <= each.start < end and each is not within]
    while inner:
        level = min(each.level for each in inner)
        top = [each for each in inner if each.level == level]
        if len(top) > 1:
            starts = [each.start for each in top]
            return [(first, last) for first, last in zip(starts, [*starts[1:], end], strict=True)]
        inner = [each for each in inner if each.level > level]
    return []


def key_sentences(document: Document, start: int, end: int, *, most: int) -> list[Span]:
    """Up to `most` sentences that say most of what the stretch says, in order; none twice."""
    spans = _sentences(document, start, end)
    if not spans:
        return []
    vectors = shipped().encode([document.text[s:e] for s, e in spans])
    centre = vectors.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
    scores = vectors @ centre
    scores[0] += _OPENING_BONUS
    for at, (first, _) in enumerate(spans):
        scores[at] += _PARAGRAPH_BONUS * (document.text[first - 1 : first] == "\n")
        scores[at] += _MARKED_BONUS * bool(re.search(r"\d", document.text[slice(*spans[at])]))
    chosen: list[int] = []
    for at in np.argsort(-scores, kind="stable").tolist():
        if all(float(vectors[at] @ vectors[other]) < _ALIKE for other in chosen):
            chosen.append(at)
        if len(chosen) == most:
            break
    return [_cut(document.text, spans[at]) for at in sorted(chosen)]


def _sentences(document: Document, start: int, end: int) -> list[Span]:
    """The sentences of the stretch that state something: no headings, credits or orders to the reader, no tables."""
    text = document.text
    headings = {each.start for each in document.sections}
    orders = instructions(text, start, end)
    least, most = _SENTENCE_CHARS
    spans: list[Span] = []
    for first, last in sentences(text, start, end):
        begin, stop = unmarked(text, (first, last))
        sentence = text[begin:stop]
        is_heading = first in headings and not sentence.endswith(("。", "！", "？", ".", "；"))
        is_heading |= len(sentence) <= _HEADING_CHARS and bool(_NUMBERED.match(sentence))
        if is_heading or len(sentence) < least or "|" in sentence or _CREDIT.search(sentence[:20]):
            continue
        if not sentence.endswith(("。", "！", "？", ".", "!", "?", "；", "”", "）")):
            continue
        if sentence.endswith(("？", "?")) or any(begin < stopped and started < stop for started, stopped in orders):
            continue
        spans.append((begin, stop))
        if len(spans) == _MOST_SENTENCES:
            break
    return [span for span in spans if span[1] - span[0] <= most] or spans


def _cut(text: str, span: Span) -> Span:
    """The sentence, or its first clauses where it is long."""
    start, end = span
    if end - start <= _LINE_CHARS:
        return span
    upto = [stop for _, stop in clauses(text, start, end) if stop - start <= _LINE_CHARS]
    return (start, upto[-1]) if upto else span
