"""Who may ask for what: every route with the scope that it needs. What doesn't stand here is for administrators alone,
and for others it isn't there.

A principal's groups aren't told here: what they mustn't read isn't there for any route (`door.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.accounts.records import Scope

Need = Literal["public"] | Scope


@dataclass(frozen=True, slots=True)
class Right:
    """What a request needs."""

    need: Need
    """"public": nobody has to say who they are."""
    is_asking: bool = False
    """Whether it counts among the questions that may be asked in a minute and a day."""


_TABLE: tuple[tuple[Need, bool, str], ...] = (
    (
        "public",
        False,
        """
            GET /login · POST /login · POST /logout · GET /login/away · GET /login/back · GET /login/leave
            GET /widget.js · GET /page/{name} · GET /favicon.ico · GET /healthz · GET /readyz
            """,
    ),
    (
        "ask",
        True,
        """
            POST /v1/ask · POST /v1/search · POST /v1/chat/completions
            POST /v1/conversations/{conversation_id}/turns
            """,
    ),
    (
        "ask",
        False,
        """
            POST /mcp
            GET /v1/models · GET /v1/models/{model:path}
            GET /v1/conversations · POST /v1/conversations · DELETE /v1/conversations
            GET /v1/conversations/{conversation_id} · PATCH /v1/conversations/{conversation_id}
            DELETE /v1/conversations/{conversation_id}
            DELETE /v1/conversations/{conversation_id}/turns/{turn_id} · POST /v1/turns/{turn_id}/stop
            POST /v1/conversations/{conversation_id}/share · GET /v1/conversations/{conversation_id}/share
            DELETE /v1/conversations/{conversation_id}/share · GET /v1/shares
            GET /v1/conversations/{conversation_id}/export
            GET /v1/feedback · PUT /v1/feedback/{turn_id} · DELETE /v1/feedback/{turn_id} · GET /feedback
            POST /gradio_api/queue/join · POST /gradio_api/cancel · POST /gradio_api/reset
            """,
    ),
    (
        "read",
        False,
        """
            GET / · GET /s/{token} · GET /v1/shared/{token} · GET /settings · GET /openapi.json
            GET /library · GET /library/{document_id}
            GET /figures · GET /figures/table.csv · GET /figures/table.xlsx
            GET /v1/figures · POST /v1/figures · GET /v1/figures/{document_id}/{place}
            GET /v1/metrics · GET /v1/metrics/table
            GET /v1/documents · GET /v1/documents/{document_id} · GET /v1/documents/{document_id}/find
            GET /v1/documents/{document_id}/pages/{page} · GET /v1/documents/{document_id}/status
            GET /v1/documents/{document_id}/file · GET /v1/documents/{document_id}/tags
            GET /v1/documents/{document_id}/versions · GET /v1/citations/{citation_id} · GET /metrics
            GET /v1/facets · GET /v1/tables · GET /v1/tables/{table_id} · GET /v1/tables/{table_id}/csv
            POST /v1/export · GET /v1/jobs · GET /v1/jobs/{number} · GET /v1/me · PUT /v1/me/password
            GET /gradio_api/queue/data · GET /gradio_api/heartbeat/{session_hash}
            GET /gradio_api/startup-events · GET /gradio_api/app_id · GET /gradio_api/info
            GET /config · GET /theme.css · GET /manifest.json
            GET /assets/{path:path} · GET /static/{path:path} · GET /svelte/{path:path}
            """,
    ),
    (
        "write",
        False,
        """
            POST /v1/documents · PATCH /v1/documents · PUT /v1/documents/{document_id}
            DELETE /v1/documents/{document_id}
            POST /v1/documents/remove · POST /v1/documents/restore · POST /v1/documents/reread
            PUT /v1/documents/{document_id}/tags · PATCH /v1/documents/{document_id}/tags
            GET /v1/uploads · DELETE /v1/uploads/{document_id} · POST /v1/uploads/{document_id}/retry
            GET /v1/sources
            POST /v1/jobs/{number}/cancel · POST /v1/jobs/{number}/retry
            """,
    ),
    (
        "admin",
        False,
        """
            GET /v1/settings · PUT /v1/settings · POST /v1/settings/test
            GET /v1/accounts · POST /v1/accounts · PATCH /v1/accounts/{account_id} · DELETE /v1/accounts/{account_id}
            GET /v1/keys · POST /v1/keys · DELETE /v1/keys/{key_id}
            GET /v1/audit · GET /audit · POST /v1/sources
            """,
    ),
)
"""Scope, whether it is a question, and the routes: method and path as FastAPI writes it."""
ROUTES: tuple[tuple[str, str, Right], ...] = tuple(
    (method, path, Right(need, is_asking=is_asking))
    for need, is_asking, lines in _TABLE
    for method, path in (route.split() for line in lines.strip().splitlines() for route in line.split("·"))
)
"""Method, path, and what it needs."""
UNKNOWN = Right("admin")


def right_of(method: str, path: str) -> Right:
    """What a request needs; HEAD needs what GET does."""
    wanted = "GET" if method == "HEAD" else method
    return next((right for of, matches, right in _MATCHING if of == wanted and matches.fullmatch(path)), UNKNOWN)


def methods_of(path: str) -> frozenset[str]:
    """The methods that a path has; none where it isn't known."""
    route = route_of(path)
    return frozenset(method for method, of, _ in ROUTES if of == route)


def route_of(path: str) -> str:
    """The path as ROUTES writes it, without anybody's ids; "other" where it isn't known."""
    # A plain path goes before one with a place for an id: /v1/documents/remove is no document.
    found = [of for (_, of, _), (_, matches, _) in zip(ROUTES, _MATCHING, strict=True) if matches.fullmatch(path)]
    return min(found, key=lambda of: of.count("{"), default="other")


def _matching(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\})", path)
    taken = (
        ".*" if part.endswith(":path}") else "[^/]+" if part.startswith("{") else re.escape(part) for part in parts
    )
    return re.compile("".join(taken))


_MATCHING = tuple((method, _matching(path), right) for method, path, right in ROUTES)
