"""Who issued a document, and when: asked of the document itself, not of what it says."""

from __future__ import annotations

import re

from assistant.compose import Line, Quote, as_sentence
from assistant.library import Library
from assistant.question import Question
from assistant.terms import flat
from index.catalog import DocumentInfo

_ASKS_WHEN = re.compile(
    r"(?:发文|印发|发布|成文|出台|公布|刊发|发表)(?:的)?(?:日期|时间)|(?:何时|什么时候|哪一?[天年日])(?:印发|发布|出台|公布|发文|刊发|发表|发的)"
    r"|(?:when|what date).{0,60}(?:issued|published|released)",
    re.IGNORECASE,
)
_ASKS_WHO = re.compile(
    r"(?:发文|印发|发布|出台|制定)(?:的)?(?:机关|单位|部门|机构)|(?:谁|哪个?(?:部门|单位|机关|机构|些部门))(?:印发|发布|出台|发文|制定|发的)"
    r"|who (?:issued|published|released)",
    re.IGNORECASE,
)
_MIN_TITLE_SHARE = 0.6
_MAX_QUOTE_CHARS = 80


def lines(question: Question, library: Library) -> list[Line]:
    """The issuer and the date that the named document prints, cited where it prints them; else nothing."""
    if not (_ASKS_WHEN.search(question.text) or _ASKS_WHO.search(question.text)):
        return []
    named = _named(question, library)
    if named is None:
        return []
    document = library.document(named.id)
    date = _printed_date(document.text, named.published)
    issuer = _printed(document.text, named.publisher, before=date[0] if date else len(document.text))
    if date is None and (issuer is None or not _ASKS_WHO.search(question.text)):
        return []
    spans = [span for span in (issuer, date) if span is not None]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    if end - start > _MAX_QUOTE_CHARS:  # they stand apart: each is cited by itself
        quotes = tuple(Quote(library.passage_at(named.id, s), s, e) for s, e in spans)
    else:
        quotes = (Quote(library.passage_at(named.id, start), start, end),)
    said = " ".join(document.text[s:e].replace("\n", " ") for s, e in sorted(spans))
    return [Line(as_sentence(f"《{document.title}》：{said}"), quotes)]


def _named(question: Question, library: Library) -> DocumentInfo | None:
    """The document whose title the question quotes, or most of it."""
    asked = flat(question.text)
    best: tuple[float, DocumentInfo] | None = None
    for info in library.documents():
        title = flat(info.title)
        pairs = {title[i : i + 2] for i in range(len(title) - 1)}
        share = sum(pair in asked for pair in pairs) / max(len(pairs), 1)
        if len(title) >= 6 and share >= _MIN_TITLE_SHARE and (best is None or share > best[0]):
            best = (share, info)
    return best[1] if best else None


def _printed_date(text: str, published: str | None) -> tuple[int, int] | None:
    if not published or published.count("-") != 2:
        return None
    year, month, day = published.split("-")
    pattern = rf"{year}\s*[-年/.]\s*0?{int(month)}\s*[-月/.]\s*0?{int(day)}\s*日?"
    found = list(re.finditer(pattern, text))
    return found[-1].span() if found else None


def _printed(text: str, name: str | None, *, before: int) -> tuple[int, int] | None:
    """Where the name stands last before `before`, its parts perhaps on lines of their own."""
    if not name:
        return None
    pattern = r"\s*".join(map(re.escape, name.split()))
    found = [match.span() for match in re.finditer(pattern, text) if match.end() <= before]
    return found[-1] if found else None
