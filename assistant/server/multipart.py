"""Bodies of uploads (multipart/form-data, RFC 7578): each file goes to the disk as it comes, none is held in memory"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from anyio import to_thread
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from assistant.server.load import LOAD
from assistant.uploads.store import Receiving, Staged, UploadError, Uploads

MAX_FILES = 500
MAX_UPLOAD_BYTES = 1024**3
"""Of a whole request; of a file see `store.most_bytes`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of the request."""

    given: str
    """Its name, as it was sent."""
    staged: Staged | None
    problem: UploadError | None
    """Why it isn't taken, though others may be."""


@asynccontextmanager
async def received(request: Request, uploads: Uploads) -> AsyncIterator[list[Sent]]:
    """The files of a request, each waiting on the disk to be kept; what isn't by the end is gone.

    Raises UploadError where the whole request can't be taken; ClientDisconnect where the client leaves before its end.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise UploadError("请用 multipart/form-data 上传文件", status=415)
    declared = request.headers.get("content-length", "")
    expected = int(declared) if declared.isdecimal() else 0
    if expected > MAX_UPLOAD_BYTES:
        raise UploadError(_too_much(), status=413)
    await to_thread.run_sync(uploads.check_room, expected)
    with ExitStack() as held:
        form = _Form(uploads, held)
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]  # by its own TypedDict
        try:
            async for chunk in pieces(request):
                await to_thread.run_sync(parser.write, chunk)
            parser.finalize()
        except FormParserError as error:
            why = f"上传的内容不完整（{error}），什么都没有保存。请重新上传"
            raise UploadError(why, status=400, code="incomplete") from error
        if not form.is_whole:
            raise UploadError("上传的内容不完整，什么都没有保存。请重新上传", status=400, code="incomplete")
        if not form.sent:
            raise UploadError("没有收到文件", status=400, code="no_file")
        _check_names(form.sent)
        yield form.sent


def _check_names(sent: list[Sent]) -> None:
    """Raises UploadError where one file would take another's place: nobody would know that it was lost."""
    known: dict[PurePosixPath, str] = {}
    for staged in (each.staged for each in sent if each.staged is not None):
        if known.setdefault(staged.name, staged.sha256) != staged.sha256:
            raise UploadError(
                f"{staged.name}: 一次上传里有两个这个名字的文件，内容不同，什么都没有保存。请改名，或分两次上传",
                code="same_name",
            )


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The body of an upload as it comes. Raises UploadError where it is too long, or its next piece doesn't come in
    time; ClientDisconnect where the client leaves before its end."""
    total = 0
    async for chunk in _in_time(request.stream(), LOAD.body_s):
        total += len(chunk)
        if total > MAX_UPLOAD_BYTES:
            raise UploadError(_too_much(), status=413)
        if chunk:
            yield chunk


def _too_much() -> str:
    return f"一次上传超过 {MAX_UPLOAD_BYTES / 1024**3:.0f} GB 的上限，什么都没有保存。请分几次上传"


async def _in_time(chunks: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    """The pieces of a body; raises UploadError where the next one doesn't come within so many seconds."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                chunk = await anext(chunks, None)
        except TimeoutError:
            raise UploadError(
                f"上传停了 {seconds:g} 秒没有动静，什么都没有保存。请检查网络后重新上传", status=408
            ) from None
        if chunk is None:
            return
        yield chunk


class _Headers:
    """The headers of a part, put together from the pieces in which the parser tells them."""

    def __init__(self) -> None:
        self._field, self._value = b"", b""
        self._known: dict[bytes, bytes] = {}

    def clear(self) -> None:
        """For the next part."""
        self._known = {}

    def callbacks(self) -> dict[str, Any]:
        """By the names that the parser has for them."""
        return {"on_header_field": self._add_field, "on_header_value": self._add_value, "on_header_end": self._end}

    def disposition(self) -> dict[bytes, bytes]:
        """What the part says of itself: `name`, `filename`."""
        told = self._known.get(b"content-disposition", b"").decode("latin-1")
        return parse_options_header(told)[1]

    def _add_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end(self) -> None:
        self._known[self._field.lower()] = self._value
        self._field, self._value = b"", b""


class FormDigest:
    """The digest of a form's parts, each by what it says of itself and its content: the same however a client draws the
    boundary between them, and in whatever pieces it comes."""

    def __init__(self, content_type: str) -> None:
        """Raises ValueError for what is no form."""
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise ValueError(content_type)
        self._headers = _Headers()
        self._all, self._part = hashlib.sha256(), hashlib.sha256()
        self._is_whole = self._is_broken = False
        told = {
            **self._headers.callbacks(),
            "on_part_begin": self._headers.clear,
            "on_headers_finished": self._begin,
            "on_part_data": lambda data, start, end: self._part.update(data[start:end]),
            "on_part_end": lambda: self._all.update(self._part.digest()),
            "on_end": self._end,
        }
        self._parser = MultipartParser(options[b"boundary"], told)  # type: ignore[arg-type]  # by its own TypedDict

    def write(self, chunk: bytes) -> None:
        """The next piece of the body."""
        if chunk and not self._is_broken:
            try:
                self._parser.write(chunk)
            except FormParserError:
                self._is_broken = True

    def whole(self) -> bytes | None:
        """The digest; None where the form isn't whole."""
        return self._all.digest() if self._is_whole and not self._is_broken else None

    def _begin(self) -> None:
        self._part = hashlib.sha256()
        said = json.dumps(sorted((k.hex(), v.hex()) for k, v in self._headers.disposition().items()))
        self._all.update(hashlib.sha256(said.encode()).digest())

    def _end(self) -> None:
        self._is_whole = True


class _Form:
    """What the parser tells, part by part."""

    def __init__(self, uploads: Uploads, held: ExitStack) -> None:
        self.sent: list[Sent] = []
        self.is_whole = False
        self._uploads = uploads
        self._held = held
        self._headers = _Headers()
        self._given: str | None = None
        self._file: Receiving | None = None
        self._problem: UploadError | None = None

    def callbacks(self) -> dict[str, Any]:
        """By the names that the parser has for them."""
        return {
            **self._headers.callbacks(),
            "on_part_begin": self._begin,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._data,
            "on_part_end": self._end,
            "on_end": self._whole,
        }

    def _begin(self) -> None:
        self._headers.clear()
        self._given, self._file, self._problem = None, None, None

    def _headers_finished(self) -> None:
        name = self._headers.disposition().get(b"filename")
        if name is None:
            return  # a field that is no file
        if len(self.sent) >= MAX_FILES:
            raise UploadError(f"一次最多上传 {MAX_FILES} 个文件，什么都没有保存。请分几次上传", status=413)
        # Browsers write the name in UTF-8, with the quotation mark as %22.
        self._given = _decoded(name).replace("%22", '"')
        try:
            self._file = self._held.enter_context(self._uploads.receiving(self._given))
        except UploadError as error:
            self._problem = _lasting(error)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None and self._problem is None:
            try:
                self._file.write(data[start:end])
            except UploadError as error:
                self._problem = _lasting(error)

    def _end(self) -> None:
        if self._given is None:
            return
        staged = None
        if self._file is not None and self._problem is None:
            staged = self._file.whole()
        self.sent.append(Sent(self._given, staged, self._problem))

    def _whole(self) -> None:
        self.is_whole = True


def _decoded(name: bytes) -> str:
    """UTF-8, or what older Chinese programs write."""
    try:
        return name.decode("utf8")
    except UnicodeDecodeError:
        try:
            return name.decode("gb18030")
        except UnicodeDecodeError:
            return name.decode("utf8", "replace")


def _lasting(error: UploadError) -> UploadError:
    """What is wrong with one file; what is wrong with the disk is raised, as it is with all of them."""
    if error.status >= 500:
        raise error
    return error
