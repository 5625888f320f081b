"""The tools of the MCP server: ask, search, figures, read_document, list_documents"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.accounts.records import Scope
from assistant.answers import Answer
from assistant.integrations.mcp.arguments import (
    Arguments,
    AskArguments,
    FiguresArguments,
    ListArguments,
    ReadArguments,
    SearchArguments,
)
from assistant.integrations.mcp.results import (
    Asked,
    Cited,
    Documents,
    Figures,
    Heading,
    Listed,
    Number,
    Passage,
    Read,
    Result,
    Searched,
    Stated,
)
from index.overview import Wanted

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.standing import Standing
    from sources.documents import Document

_MOST_SECTIONS = 200
_MOST_NAMED = 10


class ToolError(ValueError):
    """What can't be done as it was asked for: `str(error)` says why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One of them."""

    name: str
    title: str
    description: str
    takes: type[Arguments]
    gives: type[Result]
    need: Scope
    """What its caller has to be allowed."""
    is_asking: bool
    """Whether a call counts as a question; see `assistant.server.rights`."""
    call: Callable[[Assistant, Any], Result] | None
    """None of the one that is answered piece by piece."""


def asked(answer: Answer) -> Asked:
    """An answer as the tool gives it back."""
    return Asked(
        status=answer.status,
        answer=answer.answer,
        sure=answer.sure,
        confidence=round(answer.confidence, 3),
        question=answer.standalone_question,
        citations=[
            Cited(
                number=each.number,
                document_id=each.document_id,
                title=each.title,
                section=each.section,
                page=each.page,
                start=each.start,
                end=each.end,
                publisher=each.publisher,
                published=each.published,
                quote=each.quote,
                standing=each.standing.in_words if each.standing else "",
            )
            for each in answer.citations
        ],
        figures=[Stated(**{name: getattr(each, name) for name in Stated.model_fields}) for each in answer.figures],
        nearest=[each.text for each in answer.nearest],
        choices=list(answer.clarification.choices) if answer.clarification else [],
        doubts=list(answer.doubts),
        notice=answer.notice,
        engine=answer.engine,
    )


def _search(assistant: Assistant, given: SearchArguments) -> Searched:
    found = []
    for hit in assistant.search(given.query, k=given.k, through=given.through()):
        passage, document = hit.passage, assistant.index.document(hit.passage.document_id)
        found.append(
            Passage(
                document_id=document.id,
                title=document.title,
                section=passage.heading,
                page=document.page_at(passage.start),
                start=passage.start,
                end=passage.end,
                text=passage.text,
                score=round(hit.score, 4),
            )
        )
    return Searched(passages=found)


def _figures(assistant: Assistant, given: FiguresArguments) -> Figures:
    conditions = ("subject", "region", "period", "status", "unit", "at_least", "at_most")
    wanted = {name: getattr(given, name) for name in conditions}
    try:
        found = assistant.figures(given.metric, **wanted, through=given.through())
    except ValueError as error:
        raise ToolError(str(error)) from None
    nearest = [] if found else assistant.metrics_near(given.metric, through=given.through())
    shown = found[given.offset : given.offset + given.limit]
    numbers = [Number.model_validate({**each.row(), "page": each.page}) for each in shown]
    return Figures(
        figures=numbers, total=len(found), next_offset=_next(given.offset, len(shown), len(found)), nearest=nearest
    )


def _read(assistant: Assistant, given: ReadArguments) -> Read:
    document = _named(assistant, given.document)
    start = given.start
    if given.page is not None:
        if not document.pages:
            raise ToolError(f"page: 《{document.title}》没有页码。请用 start（从第几个字读起）")
        if given.page > len(document.pages):
            raise ToolError(f"page: 《{document.title}》只有 {len(document.pages)} 页")
        start = document.pages[given.page - 1]
    total = len(document.text)
    if start and start >= total:
        raise ToolError(f"start: 《{document.title}》只有 {total} 个字，{start} 已经过了结尾")
    end = min(total, start + given.length)
    # The outline from where it is read on: what comes before has been read.
    first = max(0, bisect_right(document.sections, start, key=lambda section: section.start) - 1)
    return Read(
        document_id=document.id,
        title=document.title,
        publisher=document.publisher,
        published=document.published,
        number=document.number,
        standing=_in_words(assistant.index.standings().today(document.id)),
        content=document.text[start:end],
        start=start,
        end=end,
        total_chars=total,
        next_start=end if end < total else None,
        pages=len(document.pages),
        sections=[
            Heading(heading=each.heading, level=each.level, start=each.start)
            for each in document.sections[first : first + _MOST_SECTIONS]
        ],
    )


def _named(assistant: Assistant, name: str) -> Document:
    """The one document that goes by this id or title."""
    found = assistant.index.named(name)
    if not found:
        raise ToolError(f"document: 没有叫“{name}”的文档。list_documents 列出有哪些，search 给出 document_id")
    if len(found) > 1:
        choices = "；".join(f"{each.id} 《{each.title}》" for each in found[:_MOST_NAMED])
        raise ToolError(f"document: “{name}”有 {len(found)} 篇，请写 document_id：{choices}")
    return found[0]


def _list(assistant: Assistant, given: ListArguments) -> Documents:
    wanted = Wanted(words=given.query, sort="title", descending=False, limit=given.limit, offset=given.offset)
    with assistant.index.seen(given.through()):
        found = assistant.index.overview(wanted)
    documents = [
        Listed(
            document_id=each.info.id,
            title=each.info.title,
            publisher=each.info.publisher,
            published=each.info.published,
            kind=each.info.kind,
            number=each.info.number,
            characters=each.info.characters,
            figures=each.figures,
            tags=list(each.tags),
            standing=_in_words(each.standing),
        )
        for each in found.documents
    ]
    return Documents(
        documents=documents, total=found.total, next_offset=_next(given.offset, len(documents), found.total)
    )


def _next(offset: int, shown: int, total: int) -> int | None:
    return offset + shown if shown and offset + shown < total else None


def _in_words(standing: Standing | None) -> str:
    return standing.in_words if standing else ""


TOOLS: tuple[Tool, ...] = (
    Tool(
        "ask",
        "提问",
        "问资料库一个政策或数据的问题，得到核对过的回答：每句有引文和出处，每个数有来历；资料里没有的，明说没有。"
        "转述时请保留 [1] 这样的出处。Answers a question from the document library, with verbatim citations.",
        AskArguments,
        Asked,
        "ask",
        True,
        None,
    ),
    Tool(
        "search",
        "查找段落",
        "在资料库里找最相关的原文段落，不作回答。Finds passages of the documents, best first.",
        SearchArguments,
        Searched,
        "ask",
        True,
        _search,
    ),
    Tool(
        "figures",
        "查数据",
        "按指标、地区、时间查文档里印着的数字，每个带原文出处。适合取一列数、比较和核对。"
        "Finds the numbers that the documents print, by metric, place and time.",
        FiguresArguments,
        Figures,
        "read",
        False,
        _figures,
    ),
    Tool(
        "read_document",
        "读文档",
        "读一篇文档的全文，可从引文的位置（start）或某一页读起，一次一段。"
        "Reads a document's text, a stretch at a time.",
        ReadArguments,
        Read,
        "read",
        False,
        _read,
    ),
    Tool(
        "list_documents",
        "列出文档",
        "列出资料库里的文档，可按标题、机构、地区、日期、标签、是否有效筛选。Lists the documents of the library.",
        ListArguments,
        Documents,
        "read",
        False,
        _list,
    ),
)
