"""Answers as files, a Word document, Markdown or a workbook: of what is sent, or of a conversation that is kept.

POST /v1/export                       {"format": "docx", "answers": [{…}], "title": "…"}
GET  /v1/conversations/{id}/export    ?format=docx&turn=…: all answers of a conversation, or one
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from assistant.answers import Answer, Language
from assistant.exports.content import Export, known_of
from assistant.exports.forms import FORMS, make, name_of
from assistant.server.bodies import ExportBody, ExportQuery
from assistant.server.errors import error_response
from assistant.server.openapi import CONFLICT, NOT_FOUND, file_of
from assistant.server.owners import owner_of
from assistant.server.requests import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.ask import Assistant
    from assistant.conversations.store import Workspace


_TYPES = sorted({form.media_type.partition(";")[0] for form in FORMS.values()})


def export_routes(assistant: Assistant, workspace: Workspace) -> APIRouter:
    """POST /v1/export and GET /v1/conversations/{id}/export. NotKeptError is for the application to answer."""
    router = APIRouter()

    def whole(answers: Sequence[Answer], title: str, language: Language, *, figures: bool = True) -> Export:
        return Export(
            tuple(answers),
            date.today(),
            title=title,
            library=Path(assistant.name).name,
            language=language,
            figures=figures,
            known=known_of(answers, assistant.index.documents()),
        )

    @router.post("/v1/export", response_class=Response, responses=CONFLICT | file_of(*_TYPES))
    def export(body: ExportBody) -> Any:
        """The answers as one file, to be saved under the title."""
        return file_response(whole(body.answers, body.title, body.language, figures=body.figures), body.format)

    @router.get(
        "/v1/conversations/{conversation_id}/export",
        response_class=Response,
        responses=NOT_FOUND | CONFLICT | file_of(*_TYPES),
    )
    def export_kept(request: Request, conversation_id: str, asked: Annotated[ExportQuery, Query()]) -> Any:
        """The conversation's answers as one file, or with `turn` that turn's alone."""
        kept = workspace.conversation(owner_of(request), conversation_id)
        turns = [each for each in kept.turns if asked.turn in (None, each.id)]
        answers = [each.answer for each in turns if each.answer is not None]
        if not answers:
            return error_response(
                404, said("这里没有可以导出的回答", "there is no answer here to export"), "turn", "not_found"
            )
        return file_response(
            whole(answers, kept.info.title if asked.turn is None else "", asked.language), asked.format
        )

    return router


def file_response(export: Export, form: str) -> Response:
    """The file as a download; an error where it would be empty."""
    try:
        made = make(export, form)
    except ValueError as error:
        return error_response(409, str(error), "format", "nothing_to_export")
    # RFC 6266: the plain name is for clients that don't read the other one.
    name = f"attachment; filename=\"youju.{form}\"; filename*=UTF-8''{quote(name_of(export, form), safe='')}"
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(made, media_type=FORMS[form].media_type, headers=headers)
