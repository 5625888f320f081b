"""Documents asked about by name: what a number is the number of; and that the library has none of this name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.extractive.statements import HEAD_CHARS, printed_title
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import asked_for, flat, flattened, met
from index.catalog.rows import DocumentInfo
from index.standing import Bound
from sources.mentions.titles import Name, as_issued, name_of, names
from sources.sentences import sentences
from sources.words import units_of

_ASKS_WHAT = re.compile(
    r"^(?:到底|究竟)?(?:是|指)(?:一?[份个])?(?:什么|哪[份个]?)(?:文件|通知|文|东西)?[？?]?$|是(?:什么|哪)(?:样的|类|种|方面的)?(?:文件|通知|文)"
    r"|(?:叫|名称是|标题是|题目是|全称是)(?:什么|哪)|关于什么的|什么(?:标题|名称)"
)
_LEAST_MET = 0.5
"""From which on other words say the same: 补助 for 补贴."""
_MOST_NEAR = 3
_CONFIDENCE = 0.9


def answer(question: Question, library: Library) -> Draft | None:
    """That what the question names is not there; or, where it asks for no more, which document it is."""
    scope = library.scope
    if scope is None:
        return None
    if scope.unknown and not scope.documents:
        return _unknown(question, scope.unknown[0], scope.near, library)
    if len(scope.named) == 1 and question.whole and _ASKS_WHAT.search(question.text):
        (own,) = scope.named
        info = next(info for info in library.documents() if info.id == own)
        return Draft(question, (_what(info, library),), _CONFIDENCE)
    return _elsewhere(question, library) if scope.firm and scope.documents else None


def _elsewhere(question: Question, library: Library) -> Draft | None:
    """That the documents named don't speak of what is asked for, where others do; None where they do, or none does.

    Within one document some sentence is always the nearest, and little stands beside it that would be nearer.
    """
    assert library.scope is not None
    asked = asked_for(question.standalone)
    if asked is None or library.around is None:
        return None
    own = [flat(hit.passage.text) for hit in library.search(question.standalone)]
    whole = "".join(flattened(library.document(each).text) for each in library.scope.documents)
    if asked.text in whole or (own and float(met([asked], tuple(own)).max()) >= _LEAST_MET):
        return None
    units = units_of(asked.text)
    if any(figure.unit in units for each in library.scope.documents for figure in library.figures(each)):
        return None
    others = [hit for hit in library.around.search(question.standalone) if asked.text in flat(hit.passage.text)]
    if not others:
        return None
    text = others[0].passage.text
    span = next(each for each in sentences(text) if asked.text in flat(text[slice(*each)])) if others else None
    assert span is not None
    start = others[0].passage.start
    near = quoted(Quote(others[0].passage, start + span[0], start + span[1]), library.document)
    message = f"{'、'.join(_called(library))}里没有说到“{asked.text}”；别的文件里有。"
    return Draft(question, status="not_found", message=message, near=(near,), confidence=_CONFIDENCE)


def _called(library: Library) -> list[str]:
    assert library.scope is not None
    named = [info for info in library.documents() if info.id in library.scope.named]
    return [f"《{name_of(info.title)}》" for info in named]


def _what(info: DocumentInfo, library: Library) -> Line:
    """The document's title as it is printed, with its number."""
    text = library.document(info.id).text
    title = printed_title(text, info.title) or (0, min(len(text), HEAD_CHARS))
    number = next((name for name in names(text[:HEAD_CHARS]) if name.number and name.number == info.number), None)
    spans = [title, (number.start, number.end)] if number else [title]
    return Line(
        f"{info.number or ''}《{info.title}》。",
        tuple(Quote(library.passage_at(info.id, start), start, end) for start, end in spans),
    )


def _unknown(question: Question, name: Name, others: Sequence[str], library: Library) -> Draft:
    """That the library has no such document, with where others speak of it, or else those of like names."""
    named = name.number or (f"《{name.title}》" if name.title and "《" in question.in_full else f"“{name.title}”")
    mentions = library.standings().about(title=name.title, number=name.number)
    if mentions:
        lines = [_said(each, library) for each in mentions[:_MOST_NEAR]]
        if _ASKS_WHAT.search(question.text):
            return Draft(question, tuple(lines), _CONFIDENCE)
        message = f"文库里没有{named}的正文，只在别的文件里提到。"
        return Draft(question, status="not_found", message=message, near=tuple(lines), confidence=_CONFIDENCE)
    near = [info for info in _all(library) if info.id in others] or _alike(name, library)
    message = f"文库里没有{named}{'；相近的有：' if near else '。'}"
    message += "、".join(f"{info.number or ''}《{info.title}》" for info in near) + ("。" if near else "")
    lines = [_what(info, library) for info in near]
    return Draft(question, status="not_found", message=message, near=tuple(lines), confidence=_CONFIDENCE)


def _said(bound: Bound, library: Library) -> Line:
    ground = bound.ground
    quote = Quote(library.passage_at(ground.document_id, ground.start), ground.start, ground.end)
    return quoted(quote, library.document)


def _alike(name: Name, library: Library) -> Sequence[DocumentInfo]:
    """The documents of the same issuer, those with the same serial number or year first; or of a like title."""
    infos = _all(library)
    if not name.number:
        pairs = {name.title[at : at + 2] for at in range(len(name.title) - 1)}
        scored = [(sum(pair in info.title for pair in pairs) / max(len(pairs), 1), info) for info in infos]
        likely = sorted((each for each in scored if each[0] >= 0.5), key=lambda each: (-each[0], each[1].id))
        return [info for _, info in likely[:_MOST_NEAR]]
    issuer, year, serial = _parts(name.number)
    same = [(info, _parts(as_issued(info.number))) for info in infos if info.number]
    own = [(info, parts) for info, parts in same if parts[0] == issuer]
    own.sort(key=lambda each: (each[1][2] != serial, each[1][1] != year, each[0].id))
    return [info for info, _ in own[:_MOST_NEAR]]


def _all(library: Library) -> Sequence[DocumentInfo]:
    """Every document, those too that another one has taken the place of."""
    return (library.around or library).documents()


def _parts(number: str) -> tuple[str, str, str]:
    """Issuer, year and serial number."""
    found = re.match(r"(.+)〔(\d{4})〕(\d+)号", number)
    return (found[1], found[2], found[3]) if found else (number, "", "")
