"""Speakers: whose words a question asks for, by whom a document names at its head as its author or speaker

书记讲话里说，…多了多少      许知远为什么说…      王市长在推进会上提到的三件事是什么
"""

from __future__ import annotations

import re

from assistant.library import Library
from sources.sentences import Span

_SAYS = r"(?:说|讲|提到|提出|认为|指出|强调|介绍|觉得|写)"
_OPENS = re.compile(
    r"^(?:请问|按照?|根据)?(?P<who>[一-鿿·]{2,6}?)"
    r"(?P<lead>(?:在[^，。？?]{2,14}?(?:上|里|中))?(?:的?(?:讲话|报告|文章|发言|文中)(?:里面?|中|上)?)?"
    rf"(?:里|中)?{_SAYS}(?:到|过|了)?(?:[的，,：:]|(?=[^，。？?]{{4}})))"
)
_WHY = re.compile(r"^(?:请问)?(?P<who>[一-鿿·]{2,6}?)(?=(?:为什么|为何|怎么|如何)(?:会|要)?(?:说|讲|认为|觉得))")
_NO_NAME = re.compile(r"谁|哪|什么|怎|多少|几|文件|通知|办法|规定|方案|意见|材料|资料|文档|报告|[里中上]$")
_HEAD_CHARS = 300


def speaker(text: str, library: Library) -> tuple[Span, frozenset[str]] | None:
    """The words that name a speaker, and the ids of the documents found for the question that name him at their head;
    None where none does."""
    told = _WHY.search(text) or _OPENS.search(text)
    if told is None or _NO_NAME.search(told["who"]):
        return None
    who = told["who"]
    found = dict.fromkeys(hit.passage.document_id for hit in library.search(text))
    ids = frozenset(each for each in found if _is_named(who, each, library))
    return ((told.start("who"), told.end()), ids) if ids else None


def _is_named(who: str, document_id: str, library: Library) -> bool:
    document = library.document(document_id)
    return who in f"{document.title} {document.publisher or ''} {document.text[:_HEAD_CHARS]}"
