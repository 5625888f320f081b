"""Errors as clients expect them: our own form, and OpenAI's on its routes"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.conversations.records import NotKeptError

CHAT_PATH = "/v1/chat/completions"
logger = logging.getLogger(__name__)


def error_body(
    message: str, param: str | None = None, code: str | None = None, *, kind: str = "invalid_request_error"
) -> dict[str, Any]:
    """An error as OpenAI's clients read it; `param` is the field that is wrong."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


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
    steps = [str(step) for step in furthest["loc"][1:]]
    # Names of types, such as list[PartBody], stand among the names of fields.
    where = ".".join(step for step in steps if step.isdecimal() or (step.isidentifier() and step.islower()))
    # The value itself isn't repeated: it may be long, or not be Unicode at all.
    # Behind a proxy the path may stand below another one.
    status = 400 if request.url.path.endswith(CHAT_PATH) else 422
    return error_response(status, f"{where or 'body'}: {furthest['msg']}", where or None)


async def on_not_kept(_: Request, error: Exception) -> JSONResponse:
    """A conversation, turn or share that isn't there for whoever asks: whether it is somebody else's isn't told."""
    assert isinstance(error, NotKeptError)
    return error_response(404, f"there is no such {error}", code="not_found")


async def on_http_error(_: Request, error: Exception) -> JSONResponse:
    """Starlette's own errors in our form."""
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, str(error.detail))
