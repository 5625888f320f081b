"""The OpenAPI document: what FastAPI makes of the routes, with what all of them share

Errors, headers, keys and limits are the same on every route, so they are said once, here, and put into each. OpenAI's
routes keep OpenAI's form.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from assistant.server.errors import ErrorReply
from assistant.server.once import ONLY_ASK
from assistant.server.rights import ROUTES, Right

Responses = dict[int | str, dict[str, Any]]
NOT_FOUND: Responses = {404: {"model": ErrorReply, "description": "There is none, or none for whoever asks."}}
CONFLICT: Responses = {
    409: {"model": ErrorReply, "description": "It can't be done as things are; the message says why."}
}
GONE: Responses = {410: {"model": ErrorReply, "description": "The file has changed since it was read, or is gone."}}
DISK_FULL: Responses = {507: {"model": ErrorReply, "description": "The disk is full."}}
TOO_LONG: Responses = {504: {"model": ErrorReply, "description": "The answer took too long and was broken off."}}
STREAMED: Responses = {
    200: {
        "description": "The answer; with `stream`, server-sent events: pieces of it that have been checked, then the "
        "whole, or an error.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "description": "An event; `data` is JSON.",
                    "required": ["event", "data"],
                    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
                },
                "example": 'event: delta\ndata: {"text": "…"}\n\nevent: answer\ndata: {"id": "…", "answer": "…"}\n\n',
            }
        },
    }
}
_ABOUT = """Answers about policies and figures from a folder of documents, each sentence with a citation.

**Keys**: `Authorization: Bearer yj_…`, once there are accounts or keys. **Language**: errors are in the language of
`Accept-Language`, Chinese or English. **Versions**: what is under `/v1` stays: fields, routes and optional parameters
may be added, none is renamed, removed or given another meaning; what has to be will stand under `/v2`, beside it.
**Repeating**: a write with an `Idempotency-Key` is done once. **Limits**: 429 and 503 come with `Retry-After`.
"""
_SHARED: tuple[tuple[str, str], ...] = (
    ("400", "The request isn't whole, or names no host of the server's."),
    ("401", "Nobody said who they are, or the key or session is over."),
    ("403", "Whoever asks may not, or it comes from another site's page."),
    ("408", "The body didn't come in time."),
    ("413", "The body is too long."),
    ("422", "A field can't be used; `param` names it."),
    ("429", "Too many questions from whoever asks; Retry-After says how long to wait."),
    ("500", "The server failed; its log has it under the request_id."),
    ("503", "Too many requests are waiting; Retry-After says how long to wait."),
)
_ANSWERS = (
    *(
        "Answer",
        "Citation",
        "AnswerFigure",
        "Clarification",
        "Nearest",
        "AnswerTable",
        "AnswerTableCell",
        "AnswerVerdict",
    ),
    *("Checked", "Usage", "Standing", "Ground"),
)
"""What an answer is made of."""
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_ID = {"description": "What the server's log has the request under.", "schema": {"type": "string"}}
_EXAMPLES: dict[str, Any] = {
    "AskBody": {"question": "2025年嘉兴农村居民人均可支配收入是多少？", "history": [], "filter": {"since": "2025"}},
    "SearchBody": {"query": "高校毕业生租房补贴", "k": 5},
    "FiguresBody": {"metric": "农村居民人均可支配收入", "region": "嘉兴市", "period": "2025"},
    "ConversationBody": {"title": "租房补贴"},
    "TurnAskBody": {"question": "那2024年呢？"},
    "FeedbackBody": {"good": False, "reason": "数字不对", "right_answer": "51198元", "tags": ["数字"]},
    "TagsBody": {"tags": ["住房", "2025"]},
    "KeyBody": {"name": "门户网站", "scopes": ["ask", "read"], "days": 365},
    "ErrorReply": {
        "error": {
            "message": "question: 没有写，请补上",
            "type": "invalid_request_error",
            "param": "question",
            "code": "missing",
            "request_id": "5f0c1e0a7d3b4c8f9a2e6b1d0c4f7a85",
        }
    },
    "HitsReply": {
        "hits": [
            {
                "document_id": "3fa94c0d1b2e5f60",
                "title": "2025年嘉兴市国民经济和社会发展统计公报",
                "uri": "公报/2025.pdf",
                "section": "九、人民生活",
                "text": "农村居民人均可支配收入54939元。",
                "start": 1203,
                "end": 1221,
                "score": 0.83,
            }
        ]
    },
}


def file_of(*media_types: str, also: type[BaseModel] | None = None) -> Responses:
    """What a route says that replies with a file of one of these types, and with `also` where JSON is asked for."""
    told: dict[str, Any] = {
        "description": "The file.",
        "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types},
    }
    if also is not None:
        told["model"] = also
    return {200: told}


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once."""
    if app.openapi_schema:
        return app.openapi_schema
    try:
        number = version("youju")
    except PackageNotFoundError:
        number = "0"
    made = _plainly_named(get_openapi(title="有据 Youju", version=number, description=_ABOUT, routes=app.routes))
    parts = made.setdefault("components", {})
    schemas: dict[str, Any] = parts.setdefault("schemas", {})
    for name, model in ErrorReply.model_json_schema(ref_template="#/components/schemas/{model}")["$defs"].items():
        schemas.setdefault(name, model)
    own = ErrorReply.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas["ErrorReply"] = {key: value for key, value in own.items() if key != "$defs"}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _as_told(schemas)
    for name, example in _EXAMPLES.items():
        if name in schemas:
            schemas[name]["examples"] = [example]
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key: youju key add, or POST /v1/keys."}
    }
    rights = {(method, path): right for method, path, right in ROUTES}
    for path, method, operation in _operations(made):
        _complete(operation, path, method, rights.get((method, path)))
    app.openapi_schema = made
    return made


def _plainly_named(made: dict[str, Any]) -> dict[str, Any]:
    """The document, what is called Answer-Output and Answer-Input in it called Answer and AnswerSent, and the two
    kinds of tables AnswerTable and DocumentTable."""
    text = json.dumps(made, ensure_ascii=False)
    for name in made.get("components", {}).get("schemas", {}):
        of, _, way = name.partition("-")
        plain = of.replace("assistant__answers__", "Answer").replace("sources__tables__", "Document")
        plain += "Sent" if way == "Input" else ""
        text = text.replace(f'"{name}"', f'"{plain}"').replace(f'schemas/{name}"', f'schemas/{plain}"')
    told: dict[str, Any] = json.loads(text)
    for name, schema in told.get("components", {}).get("schemas", {}).items():
        # Generators call their classes by the title.
        schema["title"] = name
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
    return told


def _as_told(schemas: dict[str, Any]) -> None:
    """Has an answer's schema say what its JSON has beside its fields, and that all of it is always there."""
    answer, citation = schemas.get("Answer"), schemas.get("Citation")
    if answer is None or citation is None:
        return
    answer["properties"]["sure"] = {"type": "boolean", "description": "Whether it may be shown as checked."}
    citation["properties"]["id"] = {"type": "string", "description": "For ever: see GET /v1/citations/{id}."}
    for name in _ANSWERS:
        if name in schemas:
            schemas[name]["required"] = list(schemas[name]["properties"])


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in made.get("paths", {}).items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _complete(operation: dict[str, Any], path: str, method: str, right: Right | None) -> None:
    words = [word for word in path.split("/") if word and not word.startswith("{")]
    by = f"_by_{path.rsplit('{', 1)[1][:-1]}" if path.endswith("}") else ""
    named = "_".join(words[1:] if words[0] == "v1" else ["server", *words])
    operation["operationId"] = f"{method.lower()}_{named}{by}"  # what generators call their functions
    operation.setdefault("tags", [words[1] if words[0] == "v1" and len(words) > 1 else "server"])
    need = right.need if right else "admin"
    if need != "public":
        operation["security"] = [{"key": []}, {}]
        operation["x-youju-scope"] = need
    responses = operation.setdefault("responses", {})
    for status, why in _SHARED:
        told = responses.setdefault(status, {"description": why})
        told.setdefault("description", why)
        if status == "422" or "content" not in told:
            told["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorReply"}}}
        if status in ("429", "503"):
            told["headers"] = copy.deepcopy(_RETRY)
    for status, told in responses.items():
        told.setdefault("headers", {})["X-Request-ID"] = _ID
        if int(status) >= 400 and "content" not in told:
            told["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorReply"}}}
    if method in ("POST", "PUT", "PATCH", "DELETE") and path.startswith("/v1/") and path not in ONLY_ASK:
        conflict = {
            "description": "It can't be done as things are, or the same request is being done, or was.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorReply"}}},
            "headers": {"X-Request-ID": _ID},
        }
        responses.setdefault("409", conflict)
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key with the same request, within a day: it is done once.",
                "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
            }
        )
