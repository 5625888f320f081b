"""Definitions: the sentence in which a document says what it means by a word

什么是康养联合体？      “康养联合体”是指……的服务综合体。
财产净收入指什么？      财产净收入　指住户……获得的回报。
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.library import Library
from assistant.question.question import Question
from sources.sentences import sentences

_CONFIDENCE = 0.9
_QUOTES = "“”\"'‘’「」《》"
_ASKED = (
    re.compile(r"(?:什么是|何谓|何为|啥是|啥叫|什么叫(?:做|作)?)(?P<name>[^，。？?]{2,24}?)(?:呢|啊)?[？?。]?$"),
    re.compile(
        r"^(?P<name>[^，。？?]{2,24}?)(?:到底|究竟|具体|主要|这个词|一词)*(?:是|的)?"
        r"(?:指(?:的是)?(?:什么|啥|哪)|什么意思|啥意思|(?:含义|定义|意思|概念)(?:是(?:什么|啥))?|怎么理解|怎么定义)"
    ),
    re.compile(
        r"^(?P<name>[^，。？?的]{2,16}?)(?:到底|究竟)?是(?:一?个|一种)?(?:什么|啥)(?:样的)?(?:东西|[一-鿿]{1,4})?(?:呢|啊)?[？?。]?$"
    ),
)
_LEADS = re.compile(r"^(?:请问|文件|文中|材料|资料|方案|通知|报告|年鉴)?(?:里|中|上)?(?:所?说的|提到的|讲的|的)?")
_MEANS = r"(?:(?:主要|具体)?(?:是指|指的是|系指|指)|[，,]?(?:就是指?|即(?!将|使|可|日|时)))"
_NOT_MEANS = r"(?!标|导|示|出|挥|引|望|数|南|定|派|明|点|战|向|令|责)"
_MOST_DOCUMENTS, _MOST = 50, 3
_LONGEST = 600
"""Characters of a definition after its first words."""


def answer(question: Question, library: Library) -> Draft | None:
    """The sentences that say what the word means, one a document; None where none does so in so many words."""
    if question.language != "zh" or question.parts:
        return None
    name = _name_in(question.standalone)
    if not name:
        return None
    lines = list(_lines(name, library))[:_MOST]
    return Draft(question, tuple(lines), _CONFIDENCE) if lines else None


def _name_in(text: str) -> str:
    """The word that the question asks for the meaning of."""
    found = next((match for pattern in _ASKED if (match := pattern.search(text))), None)
    return _LEADS.sub("", found["name"]).strip(f"{_QUOTES} 的") if found else ""


def _lines(name: str, library: Library) -> Iterator[Line]:
    known = {info.id for info in library.documents()}
    gap = r"[ \t　*]*"
    says = re.compile(
        rf"(?<![一-鿿]){gap}[{_QUOTES}]?{re.escape(name)}[{_QUOTES}]?{gap}(?:[（(][^（）()]{{0,40}}[）)])?{gap}"
        rf"[，,：:]?{gap}{_MEANS}{_NOT_MEANS}"
    )
    told: set[str] = set()
    for document_id, _ in library.mentioning(name)[:_MOST_DOCUMENTS]:
        if document_id not in known:
            continue
        document = library.document(document_id)
        match = says.search(document.text)
        if match is None:
            continue
        line = document.text.rfind("\n", 0, match.end()) + 1
        around = sentences(document.text, line, min(len(document.text), match.end() + _LONGEST))
        start, end = next((span for span in around if match.end() <= span[1]), (line, match.end()))
        text = document.text[start:end]
        if text not in told:
            told.add(text)
            yield quoted(Quote(library.passage_at(document_id, start), start, end), library.document)
