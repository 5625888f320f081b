"""Errors as clients expect them: our own form, and OpenAI's on its routes

    {"error": {"message": "question: 不能是空的", "type": "invalid_request_error", "param": "question",
               "code": "string_too_short", "request_id": "5f0c…"}}

`message` is for people, in the language that they read, and says the way out; `param` names the field; `code` is for
programs, and stays; `request_id` is what the server's log has the request under.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from assistant.conversations.records import NotKeptError
from assistant.in_english import in_english
from assistant.server.requests import is_openais, request_id, said

CHAT_PATH = "/v1/chat/completions"
logger = logging.getLogger(__name__)
_NAMED = re.compile(r"([a-z_]+): ")
"""What a check of several fields says of which it is."""

_WRONG: dict[str, str] = {
    "missing": "没有写，请补上",
    "string_type": "要是文字",
    "string_too_short": "至少要有 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字，请缩短",
    "string_pattern_mismatch": "写法不对，要合于 {pattern}",
    "string_unicode": "不是 UTF-8 的文字",
    "int_type": "要是整数",
    "int_parsing": "要是整数",
    "int_parsing_size": "这个数太大",
    "int_from_float": "要是整数",
    "float_type": "要是数",
    "float_parsing": "要是数",
    "finite_number": "要是有限的数",
    "decimal_parsing": "要是数",
    "decimal_type": "要是数",
    "bool_type": "要是 true 或 false",
    "bool_parsing": "要是 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "只能是 {expected}",
    "list_type": "要是列表",
    "dict_type": "要是 JSON 对象",
    "model_attributes_type": "要是 JSON 对象",
    "model_type": "要是 JSON 对象",
    "dataclass_type": "要是 JSON 对象",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项，请分几次",
    "extra_forbidden": "没有这个字段：请检查拼写",
    "json_invalid": "请求的内容不是 JSON（{error}）",
}
"""Kind of problem, as pydantic calls it → what is told in Chinese; in English pydantic says it itself."""


class ErrorDetail(BaseModel):
    """What went wrong."""

    message: str = Field(description="For people, in the language of Accept-Language: what is wrong, and the way out.")
    type: str = Field(description="The sort of error: invalid_request_error, authentication_error, server_error …")
    param: str | None = Field(description="The field that is wrong, as in filter.since; null where it is none.")
    code: str | None = Field(description="For programs; null where the status says it all.")
    request_id: str = Field("", description="What the server's log has the request under: X-Request-ID.")


class ErrorReply(BaseModel):
    """An error, as on every route."""

    error: ErrorDetail


def error_body(
    message: str, param: str | None = None, code: str | None = None, *, kind: str = "invalid_request_error"
) -> dict[str, Any]:
    """An error as OpenAI's clients read it, and on our own routes with the request's id; `param` is the field that is
    wrong."""
    told: dict[str, Any] = {"message": said(message, in_english(message)), "type": kind, "param": param, "code": code}
    if (own := request_id()) and not is_openais():
        told["request_id"] = own
    return {"error": told}


def error_response(
    status: int, message: str, param: str | None = None, code: str | None = None, *, kind: str = "invalid_request_error"
) -> JSONResponse:
    """An error as a whole reply."""
    return JSONResponse(error_body(message, param, code, kind=kind), status)


async def on_bad_request(request: Request, error: Exception) -> JSONResponse:
    """Which field of a request is wrong, and why."""
    assert isinstance(error, RequestValidationError)
    # Of the readings that were tried, the one that got furthest is what was meant.
    furthest = max(error.errors(), key=lambda tried: len(tried["loc"]))
    # Names of types, such as list[PartBody], stand among the names of fields; of broken JSON it is where it breaks.
    steps = [] if furthest["type"] == "json_invalid" else [str(step) for step in furthest["loc"][1:]]
    where = ".".join(step for step in steps if step.isdecimal() or (step.isidentifier() and step.islower()))
    where = (furthest.get("ctx") or {}).get("where", where)  # of a check of everything that was sent
    told = _told(furthest)
    if (named := _NAMED.match(told)) and furthest["type"] == "value_error":
        where, told = f"{where}.{named[1]}" if where else named[1], told[named.end() :]
    # Behind a proxy the path may stand below another one.
    status = 400 if request.url.path.endswith(CHAT_PATH) else 422
    return error_response(status, f"{where or 'body'}: {told}", where or None, str(furthest["type"]))


def _told(problem: Mapping[str, Any]) -> str:
    """What is wrong, in words. The value itself isn't repeated: it may be long, or not be Unicode at all."""
    context = problem.get("ctx") or {}
    if problem["type"] == "value_error":
        return str(context.get("error") or problem["msg"])
    english = str(problem["msg"])
    try:
        return said(_WRONG[problem["type"]].format(**context), english)
    except (KeyError, IndexError):
        return english


async def on_not_kept(_: Request, error: Exception) -> JSONResponse:
    """A conversation, turn or share that isn't there for whoever asks: whether it is somebody else's isn't told."""
    assert isinstance(error, NotKeptError)
    name = _KEPT_NAMES.get(str(error), str(error))
    return error_response(404, said(f"没有这个{name}，或者它已经删除", f"there is no such {error}"), code="not_found")


_KEPT_NAMES = {"conversation": "对话", "turn": "问答", "share": "分享链接", "link": "分享链接", "feedback": "反馈"}


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's own errors in our form."""
    assert isinstance(error, HTTPException)
    reply = error_response(error.status_code, str(error.detail))
    reply.headers.update(error.headers or {})
    return reply


def no_such_document(document_id: str) -> JSONResponse:
    """404 for a document that isn't there."""
    shown = document_id[:80]
    message = said(
        f"没有 id 是 {shown!r} 的文档，或已从文库移出：GET /v1/documents 列出现有的",
        f"no document has the id {shown!r}; GET /v1/documents lists them",
    )
    return error_response(404, message, "document_id", "not_found")


def no_such_route(method: str, path: str) -> JSONResponse:
    """404 for a path that nothing is at."""
    shown = f"{method[:20]} {path[:200]}"
    return error_response(
        404, said(f"没有 {shown}：GET /openapi.json 列出都有什么", f"there is no {shown}"), code="not_found"
    )


def no_such_table(table_id: str) -> JSONResponse:
    """404 for a table that isn't there."""
    shown = table_id[:80]
    message = said(
        f"没有 id 是 {shown!r} 的表格：GET /v1/tables 列出现有的",
        f"no table has the id {shown!r}; GET /v1/tables lists them",
    )
    return error_response(404, message, "table_id", "not_found")
