"""Our own routes over the library: its documents, and whether it can be read."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from assistant.server.bodies import FilterFields, TablesQuery
from assistant.server.errors import error_response, logger

if TYPE_CHECKING:
    from assistant.ask import Assistant


def library_routes(assistant: Assistant) -> APIRouter:
    """GET /v1/documents, /v1/documents/{id}, /v1/facets, /v1/tables, /v1/tables/{id} and /healthz."""
    router = APIRouter()

    def standing(document_id: str) -> dict[str, Any] | None:
        """Whether a document is in force today, and by whose words."""
        found = assistant.index.standings().today(document_id)
        return asdict(found) if found else None

    @router.get("/v1/documents")
    def documents(asked: Annotated[FilterFields, Query()]) -> Any:
        """Every document of the index that meets the filter, without its text; `unread` are the files beside them that
        couldn't be read, and `unreachable` the sources that can't be reached, with since when in seconds since 1970."""
        with assistant.index.seen(asked.made()):
            unread = [asdict(file) for file in assistant.index.unread()]
            away = [
                {"path": source.path, "since": source.unreachable_since}
                for source in assistant.index.sources()
                if source.unreachable_since is not None
            ]
            listed = assistant.index.documents()
            found = [{**asdict(document), "standing": standing(document.id)} for document in listed]
        return {"documents": found, "unread": unread, "unreachable": away}

    @router.get("/v1/facets")
    def facets(asked: Annotated[FilterFields, Query()]) -> Any:
        """By which values the documents that meet the filter can be filtered further, each with how many have it:
        publishers, years, regions, tags, groups of readers, folders."""
        with assistant.index.seen(asked.made()):
            return asdict(assistant.index.facets())

    @router.get("/v1/documents/{document_id}")
    def document(document_id: str, asked: Annotated[FilterFields, Query()]) -> Any:
        """One document with its text, into which every `start` and `end` of this API counts characters. Where it stands
        on its pages is told a page at a time."""
        try:
            with assistant.index.seen(asked.made()):
                found, own = assistant.index.document(document_id, whole=True), standing(document_id)
        except LookupError:
            return error_response(
                404, f"no document has the id {document_id!r}; GET /v1/documents lists them", "document_id"
            )
        told = {key: value for key, value in asdict(replace(found, places=())).items() if key != "places"}
        return {**told, "standing": own}

    @router.get("/v1/tables")
    def tables(asked: Annotated[TablesQuery, Query()]) -> Any:
        """The tables of the index, without their cells: `limit` of them, after the first `offset`; `total` counts all
        that were asked for."""
        total, listed = 0, []
        for total, found in enumerate(assistant.tables(asked.document, query=asked.query, through=asked.made()), 1):
            if asked.offset < total <= asked.offset + asked.limit:
                listed.append(found.summary())
        return {"tables": listed, "total": total}

    @router.get("/v1/tables/{table_id}")
    def table(table_id: str, asked: Annotated[FilterFields, Query()]) -> Any:
        """One table: its headers, its labels and its cells, each with its place in the document's text; a cell with a
        number that was read tells its value in the base unit."""
        try:
            found = assistant.table(table_id, through=asked.made())
        except LookupError:
            return error_response(404, f"no table has the id {table_id!r}; GET /v1/tables lists them", "table_id")
        return found.record(assistant.index.lookups.figures(found.document.id))

    @router.get("/healthz")
    def healthz() -> Any:
        """Whether the index can be read, and how many documents it holds."""
        try:
            count = assistant.index.status().documents
        except Exception:  # noqa: BLE001  a client gets an error it can read, whatever went wrong
            logger.exception("the index can't be read")
            return error_response(503, "the index can't be read; see the server's log", kind="server_error")
        return {"status": "ok", "documents": count}

    return router
