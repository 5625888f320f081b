"""Our own routes over the library: its documents, their versions and tables, and by what they can be chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from assistant.exports.tables import table_as_csv
from assistant.server.bodies import FilterFields, ListingQuery, TablesQuery
from assistant.server.errors import no_such_document, no_such_table
from assistant.server.library_replies import (
    DocumentReply,
    DocumentsReply,
    FacetsReply,
    FoundsReply,
    TablesReply,
    VersionsReply,
    WholeTableReply,
)
from assistant.server.openapi import NOT_FOUND, file_of
from index.overview import Wanted

if TYPE_CHECKING:
    from assistant.ask import Assistant


_MOST_FOUND = 100
_AROUND_CHARS = 16


def places_of(query: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `query` stands in `text`, first to last, half-open; white space between characters doesn't count, nor does
    the case of letters."""
    letters = [re.escape(each) for each in query if not each.isspace()]
    if letters:
        for found in re.finditer(r"\s*".join(letters), text, re.IGNORECASE):
            yield found.span()


def library_routes(assistant: Assistant) -> APIRouter:
    """GET /v1/documents, /v1/documents/{id}, /v1/facets, /v1/tables, /v1/tables/{id}."""
    router = APIRouter()

    def standing(document_id: str) -> dict[str, Any] | None:
        """Whether a document is in force today, and by whose words."""
        found = assistant.index.standings().today(document_id)
        return asdict(found) if found else None

    @router.get("/v1/documents", response_model=DocumentsReply)
    def documents(asked: Annotated[ListingQuery, Query()]) -> Any:
        """Every document of the index that meets the filter, without its text; `unread` are the files beside them that
        couldn't be read, and `unreachable` the sources that can't be reached, with since when in seconds since 1970.

        With a `limit`, so many of them after the first `offset`, with how many figures and which tags each has;
        `total` counts all."""
        if asked.limit is not None:
            return a_page(asked, asked.limit)
        with assistant.index.seen(asked.made()):
            unread = [asdict(file) for file in assistant.index.unread()]
            away = [
                {"path": source.path, "since": source.unreachable_since}
                for source in assistant.index.sources()
                if source.unreachable_since is not None
            ]
            listed = assistant.index.documents()
            found = [{**document._asdict(), "standing": standing(document.id)} for document in listed]
        return JSONResponse({"documents": found, "total": len(found), "unread": unread, "unreachable": away})

    def a_page(asked: ListingQuery, limit: int) -> Any:
        wanted = Wanted(
            words=asked.query,
            kinds=frozenset(asked.kinds),
            standings=frozenset(asked.states),
            sort=asked.sort or "title",
            descending=asked.order == "desc" if asked.sort else False,
            limit=limit,
            offset=asked.offset,
        )
        with assistant.index.seen(asked.made()):
            found = assistant.index.overview(wanted)
        listed = [
            {
                **each.info._asdict(),
                "figures": each.figures,
                "tags": list(each.tags),
                "entered": each.entered,
                "standing": asdict(each.standing) if each.standing else None,
            }
            for each in found.documents
        ]
        return JSONResponse({"documents": listed, "total": found.total})

    @router.get("/v1/facets", response_model=FacetsReply)
    def facets(asked: Annotated[FilterFields, Query()]) -> Any:
        """By which values the documents that meet the filter can be filtered further, each with how many have it:
        publishers, years, regions, tags, groups of readers, folders."""
        with assistant.index.seen(asked.made()):
            return JSONResponse(asdict(assistant.index.facets()))

    @router.get("/v1/documents/{document_id}", response_model=DocumentReply, responses=NOT_FOUND)
    def document(document_id: str, asked: Annotated[FilterFields, Query()]) -> Any:
        """One document with its text, into which every `start` and `end` of this API counts characters. Where it stands
        on its pages is told a page at a time."""
        try:
            with assistant.index.seen(asked.made()):
                found, own = assistant.index.document(document_id, whole=True), standing(document_id)
        except LookupError:
            return no_such_document(document_id)
        told = {key: value for key, value in asdict(replace(found, places=())).items() if key != "places"}
        return JSONResponse({**told, "standing": own})

    @router.get("/v1/documents/{document_id}/find", response_model=FoundsReply, responses=NOT_FOUND)
    def find(document_id: str, query: Annotated[str, Query(min_length=1, max_length=100)]) -> Any:
        """Where the words of `query` stand in the document, as they are written but for white space: the
        first 100 places, and how many there are."""
        try:
            text = assistant.index.document(document_id).text
        except LookupError:
            return no_such_document(document_id)
        spans = list(islice(places_of(query, text), _MOST_FOUND + 1))
        hits = [
            {
                "start": start,
                "end": end,
                "before": text[max(0, start - _AROUND_CHARS) : start],
                "text": text[start:end],
                "after": text[end : end + _AROUND_CHARS],
            }
            for start, end in spans[:_MOST_FOUND]
        ]
        return JSONResponse({"hits": hits, "total": sum(1 for _ in places_of(query, text))})

    @router.get("/v1/tables", response_model=TablesReply)
    def tables(asked: Annotated[TablesQuery, Query()]) -> Any:
        """The tables of the index, without their cells: `limit` of them, after the first `offset`; `total` counts all
        that were asked for."""
        total, listed = 0, []
        for total, found in enumerate(assistant.tables(asked.document, query=asked.query, through=asked.made()), 1):
            if asked.offset < total <= asked.offset + asked.limit:
                listed.append(found.summary())
        return JSONResponse({"tables": listed, "total": total})

    @router.get("/v1/tables/{table_id}", response_model=WholeTableReply, responses=NOT_FOUND)
    def table(table_id: str, asked: Annotated[FilterFields, Query()]) -> Any:
        """One table: its headers, its labels and its cells, each with its place in the document's text; a cell with a
        number that was read tells its value in the base unit."""
        try:
            found = assistant.table(table_id, through=asked.made())
        except LookupError:
            return no_such_table(table_id)
        return JSONResponse(found.record(assistant.index.lookups.figures(found.document.id)))

    @router.get("/v1/tables/{table_id}/csv", response_class=Response, responses=NOT_FOUND | file_of("text/csv"))
    def table_as_a_file(table_id: str) -> Any:
        """The same as CSV, for a spreadsheet."""
        try:
            found = assistant.table(table_id)
        except LookupError:
            return no_such_table(table_id)
        name = quote(f"{found.table.caption or found.document.title}.csv", safe="")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "X-Content-Type-Options": "nosniff"}
        return Response(table_as_csv(found).encode(), media_type="text/csv", headers=headers)

    @router.get("/v1/documents/{document_id}/versions", response_model=VersionsReply, responses=NOT_FOUND)
    def versions(document_id: str) -> Any:
        """The versions of the rule that a document is one of, the oldest first; of any other document it alone."""
        try:
            assistant.index.document(document_id)
        except LookupError:
            return no_such_document(document_id)
        standings = assistant.index.standings()
        listed = [standings.info(each) for each in standings.versions(document_id) or (document_id,)]
        return {
            "versions": [
                {
                    "id": each.id,
                    "title": each.title,
                    "number": each.number,
                    "published": each.published,
                    "standing": standings.today(each.id),
                }
                for each in listed
            ]
        }

    return router
