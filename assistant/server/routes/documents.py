"""Our own routes that change the library, and give its files back.

POST   /v1/documents                multipart: files, each with its folders in its name; replies what became of each
PUT    /v1/documents/{id}           multipart: one file, in the place of one that was brought
DELETE /v1/documents/{id}           what was brought is deleted; what lies in a folder is left out of the library
GET    /v1/documents/{id}/status    how far it has come · GET /v1/documents/{id}/file the original
PUT    /v1/documents/{id}/tags      {"tags": ["…"]} · PATCH {"add": ["…"], "remove": ["…"]}
PATCH  /v1/documents                {"documents": ["…"], "add": ["…"], "remove": ["…"]}
POST   /v1/documents/remove         {"documents": ["…"]} · /reread {"documents": […], "paths": […]} · /restore {"paths"}
GET    /v1/uploads                  files brought of late, with how far each has come · DELETE /v1/uploads/{id}
GET    /v1/sources                  · POST {"path": "/srv/文件"}: a folder of the server's, where that is allowed
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from assistant.ask import Assistant
from assistant.in_english import in_english
from assistant.server.bodies import ChosenBody, PathsBody, SourceBody, TagsBody, TagsChange, TagsChangeOfMany
from assistant.server.errors import ErrorReply, error_response, no_such_document
from assistant.server.multipart import Sent, received
from assistant.server.openapi import CONFLICT, GONE, NOT_FOUND, Responses, file_of
from assistant.server.paths import meant
from assistant.server.permissions import Permissions
from assistant.server.replies import (
    CountReply,
    FileStateReply,
    QueuedReply,
    RemovedReply,
    SourceReply,
    SourcesReply,
    TagsReply,
    UploadReply,
    UploadsReply,
)
from assistant.server.requests import said
from assistant.server.routes.pages import unchanged
from assistant.uploads.states import Brought, FileState, states
from assistant.uploads.store import Kept, UploadError, Uploads
from index.catalog.listing import lies_in
from index.catalog.schema import CatalogError
from sources.documents import Document

_ERRORS: Responses = {
    **NOT_FOUND,
    **CONFLICT,
    412: {"model": ErrorReply, "description": "If-Match names another document."},
    415: {"model": ErrorReply, "description": "No reader takes it, or it is no multipart/form-data."},
    507: {"model": ErrorReply, "description": "The disk is full."},
}
_FILES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                            "description": "Each with its folders in its name: 政策/2024/办法.pdf.",
                        }
                    },
                }
            }
        },
    }
}
"""The body of an upload, which FastAPI doesn't read itself: it goes to the disk as it comes."""


def document_routes(assistant: Assistant, uploads: Uploads) -> APIRouter:
    """The routes above."""
    router = APIRouter()
    brought = Brought()

    def refusal(of: Literal["bring", "change", "folders"] = "change") -> JSONResponse | None:
        why: str = getattr(Permissions.of(assistant), of)
        return error_response(403, why, code="not_allowed") if why else None

    def paths_of(document: Document) -> list[str]:
        return [document.uri, *document.copies]

    def found(ids: Iterable[str]) -> list[Document]:
        """The documents, raising KeyError with the id of one that isn't there."""
        return [assistant.index.document(each) for each in dict.fromkeys(ids)]

    # -- bringing --------------------------------------------------------------------------------------------------

    @router.post("/v1/documents", response_model=UploadsReply, status_code=202, responses=_ERRORS, openapi_extra=_FILES)
    async def bring(request: Request) -> Any:
        """Takes files, each whole or not at all, and has them read. The same bytes under the same name are the same
        file; other bytes are a new version, which takes the place of the one before. One that can't be taken doesn't
        keep the others from being; where none can, that is the error."""
        if refused := refusal("bring"):
            return refused
        try:
            async with received(request, uploads) as sent:
                kept = await to_thread.run_sync(_kept_all, uploads, sent)
        except UploadError as error:
            return _error(error)
        except CatalogError as error:
            return error_response(507, str(error), kind="server_error")
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        if all(isinstance(each, UploadError) for _, each in kept):
            return _error(next(each for _, each in kept if isinstance(each, UploadError)))
        for _, each in kept:
            if isinstance(each, Kept):
                brought.note(each)
        return UploadsReply(files=[_told(given, each, FileState("waiting")) for given, each in kept])

    @router.put(
        "/v1/documents/{document_id}",
        response_model=UploadReply,
        status_code=202,
        responses=_ERRORS,
        openapi_extra=_FILES,
    )
    async def replace(request: Request, document_id: str) -> Any:
        """Puts a new version in the place of a document that was brought: it keeps its folder and its name. With
        If-Match, only where the document is still the one with this id."""
        if refused := refusal():
            return refused
        if (expected := request.headers.get("if-match")) and expected.strip('"') not in ("*", document_id):
            return error_response(
                412,
                said(
                    f"If-Match 写的是 {expected[:80]}，而文档是 {document_id[:80]}：请先重新读取",
                    f"If-Match names {expected[:80]}, the document is {document_id[:80]}",
                ),
                "If-Match",
                "precondition_failed",
            )
        try:
            document = assistant.index.document(document_id)
        except KeyError:
            return no_such_document(document_id)
        own = next((path for path in paths_of(document) if uploads.holds(path) and Path(path).is_file()), None)
        if own is None:
            return error_response(
                409,
                said(
                    "这份文件不是上传来的，请在它所在的文件夹里替换，替换后会自动重新读取",
                    "this file wasn't uploaded: replace it in its folder, and it is read anew",
                ),
                "document_id",
                "not_brought",
            )
        try:
            async with received(request, uploads) as sent:
                if len(sent) != 1:
                    why = said(f"替换要的是一个文件，收到了 {len(sent)} 个", f"one file is needed, {len(sent)} came")
                    return error_response(422, why, "files", "one_file")
                kept = await to_thread.run_sync(_kept, uploads, sent[0], Path(own))
        except UploadError as error:
            return _error(error)
        except CatalogError as error:
            return error_response(507, str(error), kind="server_error")
        except ClientDisconnect:
            return Response(status_code=400)
        if isinstance(kept, UploadError):
            return _error(kept)
        brought.note(kept)
        return _told(sent[0].given, kept, FileState("waiting"))

    @router.get("/v1/uploads", response_model=UploadsReply)
    def brought_of_late() -> Any:
        """The files that were brought since the server began, the newest first."""
        files = brought.all()
        known = states(uploads.index, files)
        return UploadsReply(files=[_told("", each, state) for each, state in zip(files, known, strict=True)])

    @router.delete("/v1/uploads/{document_id}", response_model=RemovedReply, responses=_ERRORS)
    def take_back(document_id: str) -> Any:
        """Takes a file back that was brought, whether it has been read or not; it is deleted."""
        if refused := refusal("bring"):
            return refused
        kept = brought.of(document_id)
        if kept is None:
            return no_such_document(document_id)
        return _deleted(uploads, brought, [str(kept.path)], [])

    @router.post("/v1/uploads/{document_id}/retry", response_model=UploadReply, status_code=202, responses=_ERRORS)
    def retry(document_id: str) -> Any:
        """Has a file that was brought, and couldn't be read, read again."""
        if refused := refusal("bring"):
            return refused
        kept = brought.of(document_id)
        if kept is None:
            return no_such_document(document_id)
        brought.note(uploads.again(kept))
        return _told("", kept, FileState("waiting"))

    @router.get("/v1/documents/{document_id}/status", response_model=FileStateReply, responses=NOT_FOUND)
    def status(document_id: str) -> Any:
        """How far a document has come: waiting, reading, indexed, failed."""
        if (kept := brought.of(document_id)) is not None:
            return asdict(_in_words(states(uploads.index, [kept])[0]))
        try:
            assistant.index.document(document_id)
        except KeyError:
            return no_such_document(document_id)
        return asdict(FileState("indexed", document_id=document_id, documents=1))

    # -- what is there ---------------------------------------------------------------------------------------------

    @router.get(
        "/v1/documents/{document_id}/file",
        response_class=Response,
        responses=NOT_FOUND | GONE | file_of("application/octet-stream"),
    )
    async def file(request: Request, document_id: str) -> Any:
        """The file itself, as it was read, to be saved; 410 where it has changed since or can't be reached."""
        try:
            document = await to_thread.run_sync(assistant.index.document, document_id)
        except KeyError:
            return no_such_document(document_id)
        if request.headers.get("if-none-match", "").strip('"') == document.sha256:
            return Response(status_code=304)
        there = await to_thread.run_sync(unchanged, document)
        if isinstance(there, str):
            return error_response(410, there, code="gone")
        path, raw = there
        # Whatever it is, no browser shows it as a page of this server's.
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "ETag": f'"{document.sha256}"',
            "Cache-Control": "private, no-cache",
        }
        return Response(raw, media_type="application/octet-stream", headers=headers)

    @router.delete("/v1/documents/{document_id}", response_model=RemovedReply, responses=_ERRORS)
    def remove(document_id: str) -> Any:
        """Takes a document out of the library with its copies: see `/v1/documents/remove`."""
        return remove_several(ChosenBody(documents=[document_id], paths=[]))

    @router.post("/v1/documents/remove", response_model=RemovedReply, responses=_ERRORS)
    def remove_several(body: ChosenBody) -> Any:
        """Takes documents out of the library with their copies. Files that were brought are deleted for good; what lies
        in a folder stays there and is left out, until it is restored by its path."""
        if refused := refusal():
            return refused
        try:
            paths = [path for document in found(body.documents) for path in paths_of(document)]
        except KeyError as error:
            return no_such_document(str(error.args[0]))
        own = [path for path in paths if uploads.holds(path)]
        return _deleted(uploads, brought, own, [path for path in paths if path not in own])

    @router.post("/v1/documents/restore", response_model=QueuedReply, status_code=202, responses=_ERRORS)
    def restore(body: PathsBody) -> Any:
        """Has files read again that were left out."""
        if refused := refusal():
            return refused
        return QueuedReply(job=assistant.index.take_back(meant(body.paths)), files=len(body.paths))

    @router.post("/v1/documents/reread", response_model=QueuedReply, status_code=202, responses=_ERRORS)
    def reread(body: ChosenBody) -> Any:
        """Has documents, and files that couldn't be read, read again though they haven't changed."""
        if refused := refusal():
            return refused
        roots = [source.path for source in uploads.index.sources()]
        if strange := [path for path in meant(body.paths) if not any(lies_in(path, root) for root in roots)]:
            return error_response(
                422, said(f"{strange[0]} 不在登记过的文件夹里", f"{strange[0]} lies in no registered folder"), "paths"
            )
        try:
            paths = [path for document in found(body.documents) for path in paths_of(document)]
        except KeyError as error:
            return no_such_document(str(error.args[0]))
        job = uploads.index.reread([*paths, *meant(body.paths)])
        return QueuedReply(job=job, files=len(paths) + len(body.paths))

    # -- tags ------------------------------------------------------------------------------------------------------

    @router.patch("/v1/documents", response_model=CountReply, responses=_ERRORS)
    def tag_several(body: TagsChangeOfMany) -> Any:
        """Gives documents tags, and takes others away."""
        if refused := refusal():
            return refused
        try:
            documents = found(body.documents)
            paths = [Path(path) for document in documents for path in paths_of(document)]
            for name in body.add:
                assistant.index.label("tag", name, paths)
        except KeyError as error:
            return no_such_document(str(error.args[0]))
        except ValueError as error:
            return error_response(422, str(error), "add")
        for name in body.remove:
            assistant.index.unlabel("tag", name, paths)
        return CountReply(count=len(documents))

    def tags(document: Document) -> TagsReply:
        """The tags of a document, and those of them that it has from a folder."""
        own, given = set(), set()
        paths = paths_of(document)
        for label in assistant.index.labels("tag"):
            if label.path in paths:
                own.add(label.name)
            elif any(lies_in(path, label.path) for path in paths):
                given.add(label.name)
        return TagsReply(tags=sorted(own | given), from_folders=sorted(given))

    @router.get("/v1/documents/{document_id}/tags", response_model=TagsReply, responses=NOT_FOUND)
    def tags_of(document_id: str) -> Any:
        """The tags of a document."""
        try:
            return tags(assistant.index.document(document_id))
        except KeyError:
            return no_such_document(document_id)

    @router.put("/v1/documents/{document_id}/tags", response_model=TagsReply, responses=_ERRORS)
    def set_tags(document_id: str, body: TagsBody) -> Any:
        """Gives a document these tags and no others; those of its folders stay."""
        try:
            now = tags(assistant.index.document(document_id))
        except KeyError:
            return no_such_document(document_id)
        own = set(now.tags) - set(now.from_folders)
        wanted = set(body.tags)
        return change_tags(document_id, TagsChange(add=sorted(wanted - set(now.tags)), remove=sorted(own - wanted)))

    @router.patch("/v1/documents/{document_id}/tags", response_model=TagsReply, responses=_ERRORS)
    def change_tags(document_id: str, body: TagsChange) -> Any:
        """Gives a document tags, and takes others away: 409 for one that is of its folder."""
        try:
            document = assistant.index.document(document_id)
        except KeyError:
            return no_such_document(document_id)
        now = tags(document)
        if inherited := set(body.remove) & set(now.from_folders):
            return error_response(
                409,
                said(
                    f"标签“{min(inherited)}”是整个文件夹的，不能只从这一份去掉",
                    f"the tag {min(inherited)!r} is its whole folder's, and can't be taken from this document alone",
                ),
                "remove",
            )
        done = tag_several(TagsChangeOfMany(documents=[document_id], add=body.add, remove=body.remove))
        return done if isinstance(done, JSONResponse) else tags(document)

    # -- folders of the server -------------------------------------------------------------------------------------

    @router.get("/v1/sources", response_model=SourcesReply)
    def sources() -> Any:
        """The files and folders that are registered."""
        return SourcesReply(
            sources=[
                SourceReply(path=each.path, documents=each.documents, unreachable_since=each.unreachable_since)
                for each in assistant.index.sources()
            ]
        )

    @router.post("/v1/sources", response_model=QueuedReply, status_code=202, responses=_ERRORS)
    def add_source(body: SourceBody) -> Any:
        """Registers a folder of the server's disk, or a file, and has it read; its files stay where they are."""
        if refused := refusal("folders"):
            return refused
        path = Path(body.path).expanduser()
        if not path.is_absolute():
            return error_response(
                422,
                said(
                    f"{body.path}: 请写完整的路径，如 /home/用户/文件",
                    f"{body.path}: write the whole path, as in /home/me/files",
                ),
                "path",
            )
        try:
            there = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return error_response(
                422,
                said(
                    f"{body.path}: 服务器上没有这个文件夹，请检查拼写",
                    f"{body.path}: the server has no such folder; check its spelling",
                ),
                "path",
            )
        if lies_in(str(there), str(assistant.config.data_dir.resolve())):
            return error_response(
                422,
                said(
                    f"{body.path}: 是有据自己存放数据的地方，请换一个文件夹",
                    f"{body.path}: Youju keeps its own data there; take another folder",
                ),
                "path",
            )
        return QueuedReply(job=uploads.index.jobs.add("update", [there]), files=0)

    def _deleted(uploads: Uploads, brought: Brought, own: list[str], others: list[str]) -> Any:
        try:
            uploads.delete(own)
        except UploadError as error:
            return _error(error)
        brought.forget(own)
        known = [path for path, row in uploads.index.files(own).items() if row]
        is_done = uploads.index.leave_out([*others]) if others else True
        if own:
            is_done = uploads.forget(known) and is_done
            uploads.index.jobs.add("update", [Path(path) for path in own], is_change=True)
        return RemovedReply(deleted=len(own), left_out=others, is_done=is_done)

    return router


def _kept_all(uploads: Uploads, sent: list[Sent]) -> list[tuple[str, Kept | UploadError]]:
    return [(each.given, _kept(uploads, each, None)) for each in sent]


def _kept(uploads: Uploads, sent: Sent, replacing: Path | None) -> Kept | UploadError:
    if sent.staged is None:
        assert sent.problem is not None
        return sent.problem
    try:
        return uploads.keep(sent.staged, given=sent.given, replacing=replacing)
    except UploadError as error:
        if error.status >= 500:
            raise
        return error


def _told(given: str, kept: Kept | UploadError, state: FileState) -> UploadReply:
    if isinstance(kept, UploadError):
        why = said(str(kept), in_english(str(kept)))
        return UploadReply(
            name=given, id=None, outcome="refused", replaced=None, renamed_from="", state="failed", why=why
        )
    return UploadReply(
        name=kept.name,
        id=kept.document_id,
        outcome=kept.outcome,
        replaced=kept.replaced if kept.outcome == "version" else None,
        renamed_from=kept.renamed_from,
        **asdict(_in_words(state)),
    )


def _in_words(state: FileState) -> FileState:
    """Of whoever asked."""
    return dataclasses.replace(state, why=said(state.why, in_english(state.why)))


def _error(error: UploadError) -> JSONResponse:
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    return error_response(error.status, str(error), code=error.code, kind=kind)
