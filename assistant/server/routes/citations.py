"""Citations by their ids, for ever: what was quoted, and whether it still stands there.

GET /v1/citations/{id}            the id is that of a citation of an answer
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from assistant.conversations.citations import Citations, Place
from assistant.server.errors import ErrorReply, error_response
from assistant.server.library_replies import CitationReply, PlaceReply
from assistant.server.owners import principal_of
from assistant.server.requests import said
from index.catalog.moments import apart
from sources.documents import Document

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.index import Index


def citation_routes(assistant: Assistant, citations: Citations) -> APIRouter:
    """GET /v1/citations/{citation_id}."""
    router = APIRouter()

    @router.get("/v1/citations/{citation_id}", response_model=CitationReply, responses={404: {"model": ErrorReply}})
    def resolve(request: Request, citation_id: str) -> Any:
        """What a citation quotes, with whether its document still has these words there. It goes on resolving when the
        document is read anew, replaced or removed, and says so."""
        place = Place.of(citation_id)
        if place is None:
            why = said(
                "这不是引文的 id：它写在回答的 citations[].id 里",
                "no id of a citation: answers have them in citations[].id",
            )
            return error_response(404, why, "citation_id", "not_found")
        index, who = assistant.index, principal_of(request)
        try:
            document = index.document(place.document_id, whole=True)
        except LookupError:
            document = None
        if document is None and _is_hidden(index, place.document_id):
            return _unknown(citation_id)
        # Whoever may read the document may know what was quoted of it; of one that is gone, who was told.
        kept = citations.kept(citation_id, None if document is not None or who.is_admin else who.owner)
        if document is not None:
            return _of_document(citation_id, place, document, kept) or _unknown(citation_id)
        if kept is None:
            return _unknown(citation_id)
        now = _in_its_place(index, kept)
        return _reply(citation_id, "replaced" if now else "removed", kept, now)

    return router


def _unknown(citation_id: str) -> Any:
    why = said(
        f"没有 id 是 {citation_id[:80]!r} 的引文：文档不在文库里，也没有对您引用过它",
        f"no citation has the id {citation_id[:80]!r}: its document isn't there, and it wasn't quoted to you",
    )
    return error_response(404, why, "citation_id", "not_found")


def _is_hidden(index: Index, document_id: str) -> bool:
    """Whether the document is there for others."""
    with apart():
        try:
            index.document(document_id)
        except LookupError:
            return False
    return True


def _of_document(
    citation_id: str, place: Place, document: Document, kept: Mapping[str, Any] | None
) -> CitationReply | None:
    quote = document.text[place.start : place.end]
    if hashlib.sha256(quote.encode("utf8", "surrogatepass")).hexdigest()[:8] == place.digest and quote:
        return _reply(citation_id, "current", _told(document, place.start, quote) | {"created": _created(kept)}, None)
    if kept is None:
        return None
    at = document.text.find(kept["quote"])
    if at < 0:
        return _reply(citation_id, "changed", kept, None)
    moved = _told(document, at, kept["quote"]) | {"created": _created(kept)}
    now = PlaceReply(document_id=document.id, title=document.title, start=at, end=at + len(kept["quote"]))
    return _reply(citation_id, "moved", moved, now)


def _told(document: Document, start: int, quote: str) -> dict[str, Any]:
    section = document.section_at(start)
    return {
        "document_id": document.id,
        "title": document.title,
        "publisher": document.publisher,
        "published": document.published,
        "section": " › ".join(section.path) if section else "",
        "page": document.page_at(start),
        "quote": quote,
        "start": start,
        "end": start + len(quote),
        "uri": document.uri,
    }


def _created(kept: Mapping[str, Any] | None) -> float | None:
    return kept["created"] if kept else None


def _in_its_place(index: Index, kept: Mapping[str, Any]) -> PlaceReply | None:
    """What lies in a removed document's file today, and where the words stand in it."""
    row = index.files([kept["uri"]]).get(kept["uri"])
    if row is None or row.document_id in (None, kept["document_id"]):
        return None
    try:
        document = index.document(str(row.document_id))
    except LookupError:
        return None
    at = document.text.find(kept["quote"])
    found = (at, at + len(kept["quote"])) if at >= 0 else (None, None)
    return PlaceReply(document_id=document.id, title=document.title, start=found[0], end=found[1])


def _reply(citation_id: str, state: Any, told: Mapping[str, Any], now: PlaceReply | None) -> CitationReply:
    words = {
        "current": ("原文现在仍在这个位置", "the document has these words at this place"),
        "moved": ("文档重新读取过，原文换了位置", "the document was read anew, and has these words at another place"),
        "changed": ("文档还在，但已没有这段原文", "the document is there, and doesn't have these words any more"),
        "replaced": (
            "文档已由新版替换，这里是当时引用的原文",
            "the document was replaced; this is what was quoted then",
        ),
        "removed": ("文档已从文库移出，这里是当时引用的原文", "the document was removed; this is what was quoted then"),
    }
    return CitationReply(id=citation_id, state=state, message=said(*words[state]), now=now, **told)
