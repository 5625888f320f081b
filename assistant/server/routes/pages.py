"""Pages of documents as pictures, with boxes around what is quoted.

    GET /v1/documents/{id}/pages/{n}?start=120&end=188   the picture, the boxes drawn on it
    the same with Accept: application/json               {"page": 3, "width": 1000, "height": 1414,
                                                          "boxes": [[81, 204, 919, 229], …]}

A picture is made from the file as it lies there now; when that isn't the one that was read, there is none.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from assistant.server.errors import error_response, no_such_document
from assistant.server.library_replies import BoxesReply
from assistant.server.openapi import GONE, NOT_FOUND, file_of
from assistant.server.requests import said
from index.filters import Filter
from sources.documents import Document, Place, SourceError
from sources.readers.archives import bytes_of
from sources.readers.pages.drawn import page_picture

if TYPE_CHECKING:
    from assistant.ask import Assistant

_WIDTH = 1000
"""Of a picture, in pixels, unless another one is asked for."""
_COLOUR = (255, 200, 0, 90)


def page_routes(assistant: Assistant) -> APIRouter:
    """GET /v1/documents/{id}/pages/{n}."""
    router = APIRouter()

    @router.get(
        "/v1/documents/{document_id}/pages/{page}",
        response_class=Response,
        responses=NOT_FOUND | GONE | file_of("image/png", also=BoxesReply),
    )
    def page(
        request: Request,
        document_id: str,
        page: int,
        width: Annotated[int, Query(ge=100, le=4000)] = _WIDTH,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        quote: Annotated[str | None, Query(pattern=r"^\d{1,9}-\d{1,9}$")] = None,
        groups: Annotated[list[str] | None, Query()] = None,
    ) -> Any:
        """A page as a PNG `width` pixels wide; the document's text from `start` to `end` (or `quote`, both in one, as
        in 120-188) is marked on it, or told in JSON where that is asked for: boxes in pixels, left, top, right, bottom.
        """
        try:
            with assistant.index.seen(Filter.of(groups=groups)):
                document = assistant.index.document(document_id, whole=True)
        except LookupError:
            return no_such_document(document_id)
        if not document.pages:
            return error_response(
                404,
                said(f"{_name(document)} 没有页：这种格式只有文字", f"{_name(document)} has no pages, only text"),
                "page",
                "no_pages",
            )
        if not 1 <= page <= len(document.pages):
            return error_response(
                404,
                said(
                    f"{_name(document)} 只有第 1 到 {len(document.pages)} 页，没有第 {page} 页",
                    f"{_name(document)} has pages 1 to {len(document.pages)}, not {page}",
                ),
                "page",
                "no_such_page",
            )
        found = unchanged(document)
        if isinstance(found, str):
            return error_response(410, found, code="gone")
        path, raw = found
        try:
            picture = page_picture(raw, page, uri=str(path), width=width)
        except (SourceError, ValueError) as error:
            reason = error.reason if isinstance(error, SourceError) else str(error)
            return error_response(
                404,
                said(
                    f"{_name(document)} 不能按页显示：{reason}", f"{_name(document)} can't be shown as pages: {reason}"
                ),
                "page",
            )
        if quote is not None:
            start, end = map(int, quote.split("-"))
        from PIL import Image

        image = Image.open(io.BytesIO(picture))
        boxes = [
            (left * image.width, top * image.height, right * image.width, bottom * image.height)
            for left, top, right, bottom in _boxes(document, page, start, end)
        ]
        if "application/json" in request.headers.get("accept", ""):
            rounded = [[round(side, 1) for side in box] for box in boxes]
            return JSONResponse({"page": page, "width": image.width, "height": image.height, "boxes": rounded})
        # The same address may show another file later, so a browser asks again; the id is of the bytes.
        headers = {"Cache-Control": "private, max-age=300"}
        return Response(_marked(picture, boxes) if boxes else picture, media_type="image/png", headers=headers)

    return router


def unchanged(document: Document) -> tuple[Path, bytes] | str:
    """The first of the document's files that still holds what was read, or why there is none."""
    changed = False
    for path in map(Path, (document.uri, *document.copies)):
        try:
            raw = bytes_of(path)
        except (OSError, SourceError):
            continue
        if hashlib.sha256(raw).hexdigest() == document.sha256:
            return path, raw
        changed = changed or str(path) == document.uri
    name = _name(document)
    if changed:
        return said(
            f"{name} 读取之后改动过：请运行 youju index 重新读取",
            f"{name} has changed since it was read; run `youju index` to read it again",
        )
    return said(
        f"{name} 已经打不开，文字还在，原件和页面看不到了：请检查它所在的文件夹",
        f"{name} can't be reached any more; its text is still there, its pages are not",
    )


def _boxes(document: Document, page: int, start: int, end: int) -> Iterator[tuple[float, float, float, float]]:
    """Where on a page the text from `start` to `end` stands, in shares of its width and height."""
    for place in document.places:
        if place.box.page == page and place.start < end and start < place.end:
            left, right = _part(document.text, place, start, end)
            yield left, place.box.top, right, place.box.bottom


def _part(text: str, place: Place, start: int, end: int) -> tuple[float, float]:
    """Left and right of what lies between `start` and `end` in a line: its characters are taken to be evenly set."""
    before = _cells(text[place.start : max(place.start, start)])
    within = _cells(text[max(place.start, start) : min(place.end, end)])
    total = _cells(text[place.start : place.end]) or 1
    width = place.box.right - place.box.left
    left = place.box.left + width * before / total
    return left, left + width * within / total


def _cells(text: str) -> int:
    """How wide the text is, a Chinese character being two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def _marked(picture: bytes, boxes: Sequence[tuple[float, float, float, float]]) -> bytes:
    """The picture with the boxes laid over it, as a PNG."""
    from PIL import Image, ImageDraw

    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    layer = Image.new("RGBA", image.size)
    drawn = ImageDraw.Draw(layer)
    for box in boxes:
        drawn.rectangle(box, fill=_COLOUR)
    made = io.BytesIO()
    Image.alpha_composite(image, layer).convert("RGB").save(made, "PNG")
    return made.getvalue()


def _name(document: Document) -> str:
    # Only the name: where the server keeps its files is no visitor's business.
    return document.uri.replace("\\", "/").rsplit("/", 1)[-1]
