"""The library's pages, for people: what there is, and each document by itself."""

from __future__ import annotations

from pathlib import Path, PurePath

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from assistant.ask import Assistant
from assistant.server.owners import name_of, principal_of
from assistant.server.permissions import Permissions
from assistant.uploads.store import Uploads, most_bytes
from assistant.web.document import About, document_page, part_at, parts_of
from assistant.web.library import Choice, Shelf, library_page
from assistant.web.shell import words_of
from index.catalog.listing import lies_in
from index.index import Index
from index.tables import FoundTable
from sources.documents import Document

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}


def library_page_routes(assistant: Assistant, uploads: Uploads) -> APIRouter:
    """GET /library and GET /library/{id}."""
    router = APIRouter(include_in_schema=False)

    @router.get("/library", response_class=HTMLResponse)
    def library(request: Request) -> HTMLResponse:
        index, choice = assistant.index, Choice.read(request.query_params.multi_items())
        allowed = Permissions.of(assistant, principal_of(request))
        found = index.overview(choice.wanted)
        documents, figures, files = index.counts()
        unread = index.unread() if index is uploads.index else [*index.unread(), *uploads.index.unread()]
        shelf = Shelf(
            documents=documents,
            figures=figures,
            files=files,
            unread=unread,
            roots=[source.path for source in index.registered()],
            uploads_root=str(uploads.folder),
            is_sample=assistant.is_sample,
            why_closed=allowed.bring,
            may_change=not allowed.change,
            takes_folders=not allowed.folders,
            most_bytes=most_bytes("a.pdf"),
            most_zip_bytes=most_bytes("a.zip"),
        )
        return HTMLResponse(
            library_page(found, choice, shelf, words_of(request.cookies), who=name_of(request)), headers=_HEADERS
        )

    @router.get("/library/{document_id}", response_class=HTMLResponse)
    def document(document_id: str, request: Request) -> HTMLResponse:
        words = words_of(request.cookies)
        try:
            about = _about(
                assistant.index, uploads, document_id, Permissions.of(assistant, principal_of(request)).change
            )
        except KeyError:
            return HTMLResponse(document_page(None, words, who=name_of(request)), status_code=404, headers=_HEADERS)
        at = request.query_params.get("at", "0")
        part = part_at(int(at) if at.isdecimal() and len(at) < 10 else 0, parts_of(about.document.text))
        return HTMLResponse(document_page(about, words, part=part, who=name_of(request)), headers=_HEADERS)

    return router


def _about(index: Index, uploads: Uploads, document_id: str, why_fixed: str) -> About:
    """What is told of a document; raises KeyError where there is none."""
    document = index.document(document_id, whole=True)
    standings = index.standings()
    paths = [document.uri, *document.copies]
    files = [each for each in index.files(paths).values() if each.document_id == document_id]
    own = standings.today(document_id)
    amended = own.amended_by if own else ()
    following = [own.by] if own and own.by else []
    versions = [each for each in standings.versions(document_id) if each != document_id]
    replaced = [
        bound.target
        for bound in standings.stated_by(document_id)
        if bound.target and bound.relation.kind == "repeals" and bound.target != document_id
    ]
    labels = index.labels("tag")
    given = {each.name for each in labels if any(each.path != path and lies_in(path, each.path) for path in paths)}
    tags = {each.name for each in labels if each.path in paths} | given

    def titled(ids: list[str] | tuple[str, ...]) -> list[tuple[str, str]]:
        return [(each, standings.title(each)) for each in dict.fromkeys(ids) if standings.knows(each)]

    told = {*following, *amended, *replaced}
    is_uploaded = uploads.holds(document.uri)
    return About(
        document=document,
        standing=own,
        tables=[FoundTable(document, number, table) for number, table in enumerate(document.tables, 1)],
        figures=sorted(index.figures(document_id=document_id), key=lambda figure: figure.start),
        tags=sorted(tags),
        tags_of_folders=sorted(given),
        entered=min((each.entered for each in files if each.entered), default=None),
        folder=_folder(document, [source.path for source in index.registered()], uploads),
        replaces=titled(replaced),
        replaced_by=titled(following),
        amended_by=titled(amended),
        other_versions=titled([each for each in versions if each not in told]),
        earlier=uploads.earlier(document.uri) if is_uploaded else (),
        is_uploaded=is_uploaded and Path(document.uri).is_file(),
        why_fixed=why_fixed,
    )


def _folder(document: Document, roots: list[str], uploads: Uploads) -> str:
    """Where it lies, from what is registered on: no more of the server's disk is told."""
    over = [root for root in roots if lies_in(document.uri, root) and root != document.uri]
    if not over:
        return ""
    root = max(over, key=len)
    within = PurePath(document.uri).relative_to(root).parent
    above = "" if root == str(uploads.folder) else PurePath(root).name
    return " / ".join(filter(None, (above, *within.parts)))
