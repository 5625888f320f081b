"""Answers as files: what was answered is sent, and comes back as a Word document, as Markdown or as a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response

from assistant.exports.content import Export, known_of
from assistant.exports.forms import FORMS, make, name_of
from assistant.server.bodies import ExportBody
from assistant.server.errors import error_response

if TYPE_CHECKING:
    from assistant.ask import Assistant


def export_routes(assistant: Assistant) -> APIRouter:
    """POST /v1/export."""
    router = APIRouter()

    @router.post("/v1/export", response_class=Response)
    def export(body: ExportBody) -> Any:
        """The answers as one file, to be saved under the title."""
        whole = Export(
            tuple(body.answers),
            date.today(),
            title=body.title,
            library=Path(assistant.name).name,
            language=body.language,
            figures=body.figures,
            known=known_of(body.answers, assistant.index.documents()),
        )
        return file_response(whole, body.format)

    return router


def file_response(export: Export, form: str) -> Response:
    """The file as a download; an error where it would be empty."""
    try:
        made = make(export, form)
    except ValueError as error:
        return error_response(422, str(error), "format")
    # RFC 6266: the plain name is for clients that don't read the other one.
    name = f"attachment; filename=\"youju.{form}\"; filename*=UTF-8''{quote(name_of(export, form), safe='')}"
    headers = {"Content-Disposition": name, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(made, media_type=FORMS[form].media_type, headers=headers)
