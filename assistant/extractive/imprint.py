"""Who issued a document, when, under which number and from when on: asked of the document, not of what it says."""

from __future__ import annotations

import re

from assistant.extractive.compose import Draft, Line, Quote, as_sentence, quoted
from assistant.extractive.statements import dated_line, printed_date
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat
from index.catalog.rows import DocumentInfo
from sources.mentions.regions import regions
from sources.sentences import Span, sentences, unmarked

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
_ASKS_NUMBER = re.compile(r"文号|发文字号|文件编号|document number", re.IGNORECASE)
_NUMBER = re.compile(r"[一-鿿]{2,12}[〔\[［（(](?:19|20)\d{2}[〕\]］）)]\s*第?\d{1,5}号")
_WHEN = r"(?:何时|什么时候|什么时间|哪一?[天年日])"
_ASKS_EFFECT = re.compile(
    rf"(?:施行|实施|生效|执行)(?:的)?(?:日期|时间)|{_WHEN}(?:起|开始)?(?:正式)?(?:施行|实施|生效|执行|失效|废止)|有效期"
    r"|when .{0,60}(?:take effect|in force|valid)",
    re.IGNORECASE,
)
_EFFECT = re.compile(
    r"自[^。；\n]{1,24}?起(?:正式)?(?:施行|实施|生效|执行)|(?:方案|办法|规定|细则|意见|通知|规划)有效期"
)
_ASKS_EXPLAINER = re.compile(
    r"谁(?:来)?(?:负责)?(?:具体)?解释|解释(?:的)?(?:机关|单位|部门)|哪个?(?:部门|单位|机关)(?:负责)?(?:具体)?解释"
)
_EXPLAINER = re.compile(r"由[^。；，\n]{2,40}?(?:负责)?(?:具体)?解释")
_PASSED_ON = re.compile(r"《(.+)》的(?:通知|公告|决定)$")
"""关于印发《……办法》的通知: the name is that of what is passed on."""
_IN_BRACKETS = re.compile(r"[（(][^）)]*[）)]$")
"""（2025—2027年） at the end of a title, which nobody says."""
_SAID_WITHIN = ((_ASKS_NUMBER, _NUMBER), (_ASKS_EFFECT, _EFFECT), (_ASKS_EXPLAINER, _EXPLAINER))
_LEAST_NAME = 6
_MIN_TITLE_SHARE = 0.6
_MAX_QUOTE_CHARS = 80
_CONFIDENCE = 0.9


def answer(question: Question, library: Library) -> Draft | None:
    """What the named document prints of itself; that there is nothing, where a number is asked for: it stands nowhere
    else."""
    lines = _lines(question, library)
    if lines:
        return Draft(question, tuple(lines), _CONFIDENCE)
    return Draft(question, status="not_found", confidence=_CONFIDENCE) if _ASKS_NUMBER.search(question.text) else None


def _lines(question: Question, library: Library) -> list[Line]:
    """What the named document prints of itself that is asked for, cited where it stands; else nothing."""
    question_text = question.in_full
    by_pattern = next((words for asking, words in _SAID_WITHIN if asking.search(question_text)), None)
    if not (by_pattern or _ASKS_WHEN.search(question_text) or _ASKS_WHO.search(question_text)):
        return []
    named = _named(question, library)
    if named is None:
        return []
    document = library.document(named.id)
    if by_pattern:
        span = _standing(document.text, by_pattern, whole=by_pattern is not _NUMBER)
        return [quoted(Quote(library.passage_at(named.id, span[0]), *span), library.document)] if span else []
    date = printed_date(document.text, named.published) or dated_line(document.text)
    issuer = _printed(document.text, named.publisher, before=date[0] if date else len(document.text))
    if date is None and (issuer is None or not _ASKS_WHO.search(question_text)):
        return []
    spans = [span for span in (issuer, date) if span is not None]
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    if end - start > _MAX_QUOTE_CHARS:  # they stand apart: each is cited by itself
        quotes = tuple(Quote(library.passage_at(named.id, s), s, e) for s, e in spans)
    else:
        quotes = (Quote(library.passage_at(named.id, start), start, end),)
    words = " ".join(document.text[s:e].replace("\n", " ") for s, e in sorted(spans))
    return [Line(as_sentence(f"《{document.title}》：{words}"), quotes)]


def _named(question: Question, library: Library) -> DocumentInfo | None:
    """The document that the question is limited to, or whose title it quotes, or most of it."""
    if library.scope and len(library.scope.named) == 1:
        (own,) = library.scope.named
        return next((info for info in library.documents() if info.id == own), None)
    asked = flat(question.text)
    best: tuple[float, DocumentInfo] | None = None
    for info in library.documents():
        title = flat(_name_of(info.title))
        places = {each.name for each in regions(info.title) if each.name}
        if question.regions and places and places.isdisjoint(question.regions):
            continue
        pairs = {title[i : i + 2] for i in range(len(title) - 1)}
        share = sum(pair in asked for pair in pairs) / max(len(pairs), 1)
        if len(title) >= _LEAST_NAME and share >= _MIN_TITLE_SHARE and (best is None or share > best[0]):
            best = (share, info)
    return best[1] if best else None


def _name_of(title: str) -> str:
    """What people call it: without the place it is of, the years it is for, and the notice that passes it on."""
    passed_on = _PASSED_ON.search(title)
    name = _IN_BRACKETS.sub("", passed_on[1] if passed_on else title)
    place = next((each for each in regions(name) if each.start == 0 and each.name), None)
    return name[place.end :] if place and len(name) - place.end >= _LEAST_NAME else name


def _standing(text: str, pattern: re.Pattern[str], *, whole: bool) -> Span | None:
    """Where the pattern stands first; with `whole`, its sentence."""
    match = pattern.search(text)
    if match is None or not whole:
        return match.span() if match else None
    within = ((start, end) for start, end in sentences(text) if start <= match.start() < end)
    return unmarked(text, next(within, match.span()))


def _printed(text: str, name: str | None, *, before: int) -> Span | None:
    """Where the name stands last before `before`, its parts perhaps on lines of their own."""
    if not name:
        return None
    pattern = r"\s*".join(map(re.escape, name.split()))
    spans = [match.span() for match in re.finditer(pattern, text) if match.end() <= before]
    return spans[-1] if spans else None
