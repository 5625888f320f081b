"""The table of rights: every route stands in it, and nobody gets through who hasn't what it says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.accounts.records import SCOPES, Scope
from assistant.accounts.store import Accounts
from assistant.conversations.store import Workspace
from assistant.server.app import create_app
from assistant.server.oidc import LogIns, Provider
from assistant.server.rights import ROUTES, UNKNOWN, right_of
from tests.fakes.assistant import FakeAssistant
from tests.fakes.passwords import quick_passwords

_PROVIDER = Provider("https://id.example.cn", "youju")
UNLISTED = {(method, "/v1/{path:path}") for method in ("GET", "POST", "PUT", "PATCH", "DELETE")}
"""What says that there is nothing."""


def routes_of(routes: Any) -> Iterator[tuple[str, str]]:
    """(method, path) of each; Gradio's, which are mounted, apart."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from routes_of(included.routes)
        else:
            yield from ((method, route.path) for method in getattr(route, "methods", None) or ())


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[TestClient, Accounts, set[tuple[str, str]]]]:
    """The whole application with an account, a client that says nothing of itself, and its routes."""
    with Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        accounts.add_user("管理员", "correct horse", role="admin")

        async def made() -> Any:
            return create_app(FakeAssistant(), workspace=workspace, accounts=accounts, log_ins=LogIns(_PROVIDER))

        app = asyncio.run(made())
        client = TestClient(app, base_url="http://localhost", follow_redirects=False, raise_server_exceptions=False)
        yield client, accounts, set(routes_of(app.routes))


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


NEEDING = [(method, path, right.need) for method, path, right in ROUTES if right.need != "public"]


def test_every_route_stands_in_the_table_once(served: tuple[Any, Any, set[tuple[str, str]]]) -> None:
    listed = [(method, path) for method, path, _ in ROUTES]
    assert len(listed) == len(set(listed))
    there = {(method, path) for method, path in served[2] if method not in ("HEAD", "OPTIONS")}
    assert there - UNLISTED - set(listed) == set(), "routes without a line in rights.py: for administrators alone"
    gradios = {(m, p) for m, p in listed if p.startswith(("/gradio_api/", "/assets/", "/static/", "/svelte/"))}
    gradios |= {("GET", p) for p in ("/", "/config", "/theme.css", "/manifest.json", "/favicon.ico")}
    assert set(listed) - there == gradios, "lines without a route"


def test_each_line_is_found_by_a_request(served: Any) -> None:
    for method, path, right in ROUTES:
        assert right_of(method, filled(path)) == right, path
    assert right_of("HEAD", "/v1/documents").need == "read"
    for method, path in (
        ("GET", "/v1/new"),
        ("TRACE", "/v1/ask"),
        ("GET", "/v1/documents/a/b/c/d"),
        ("GET", "/v1/documents/"),
        ("GET", "/V1/documents"),
        ("POST", "/healthz"),
        ("GET", "/login/"),
        ("GET", "//healthz"),
        ("GET", "/page/a/../../v1/documents"),
        ("GET", ""),
    ):
        assert right_of(method, path) is UNKNOWN, path


@pytest.mark.parametrize(("method", "path", "need"), NEEDING)
def test_nobody_gets_through(served: Any, method: str, path: str, need: str) -> None:
    client = served[0]
    response = client.request(method, filled(path), json={})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_authenticated"
    assert response.headers["www-authenticate"] == 'Bearer realm="youju"'
    page = client.request(method, filled(path), headers={"accept": "text/html"})
    if method == "GET":
        assert page.status_code == 303
        assert page.headers["location"].startswith("/login?next=%2F")
    else:
        assert page.status_code == 401


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_gets_through_where_its_scope_says_so_and_nowhere_else(served: Any, scope: Scope) -> None:
    client, accounts, _ = served
    secret, _ = accounts.add_key(f"只有{scope}", scopes=[scope], per_minute=10_000)
    wrong = []
    for method, path, need in NEEDING:
        if path in ("/gradio_api/queue/data", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/startup-events"):
            continue  # streams that don't end: see test_door
        body = {"content": "not JSON"} if scope == "admin" else {"json": {}}  # and nothing is done by it
        response = client.request(method, filled(path), headers={"authorization": f"Bearer {secret}"}, **body)
        is_let_in = response.status_code not in (401, 403)
        if is_let_in != (scope in (need, "admin")):
            wrong.append((method, path, response.status_code))
    assert not wrong


def test_what_is_not_listed_is_not_there(served: Any) -> None:
    client, accounts, _ = served
    secret, _ = accounts.add_key("读", scopes=["ask", "read", "write"])
    own = {"authorization": f"Bearer {secret}"}
    for path in ("/v1/embeddings", "/v1/documents/a/b/c", "/v1/", "/v1/ask/x"):
        assert client.get(path, headers=own).status_code == 404
        assert client.get(path).status_code in (401, 404)
    for path in ("/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://x/", "/monitoring"):
        assert client.get(path, headers=own).status_code == 404
        assert client.get(path).status_code == 404


def test_what_is_public_tells_of_nothing(served: Any) -> None:
    client = served[0]
    assert client.get("/login").status_code == 200
    assert client.get("/page/base.css").status_code == 200
    assert client.get("/healthz").json()["status"] == "ok"
