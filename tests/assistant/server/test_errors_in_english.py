"""Whoever reads English is told in English what is wrong, on every route and on the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.accounts.store import Accounts
from assistant.ask import Assistant
from assistant.conversations.store import Workspace
from assistant.server.app import create_app
from assistant.server.rights import ROUTES
from assistant.server.routes.login import login_routes
from tests.fakes.library import own_library
from tests.fakes.passwords import quick_passwords

_HAN = re.compile("[一-鿿]")
_BODIES: tuple[Any, ...] = (None, {}, [], {"question": 5, "paths": [], "documents": [], "good": "x"})


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    made = own_library(tmp_path_factory.mktemp("data"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def http(assistant: Assistant) -> Iterator[TestClient]:
    with Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        app = create_app(assistant, workspace=workspace, accounts=accounts, web=False)
        with TestClient(
            app, base_url="http://127.0.0.1", headers={"Accept-Language": "en"}, raise_server_exceptions=False
        ) as client:
            yield client


def told(reply: Any) -> str:
    return str(reply.json()["error"]["message"])


@pytest.mark.parametrize(("method", "path"), sorted((m, p) for m, p, _ in ROUTES if p.startswith("/v1/")))
def test_every_route_refuses_in_english(http: TestClient, method: str, path: str) -> None:
    address = re.sub(r"\{[^}]*\}", "nothing", path)
    for body in _BODIES:
        for query in ("", "?limit=x&since=2024-13&offset=-1&standing=soon&before=%21"):
            reply = http.request(method, address + query, json=body)
            if reply.status_code >= 400 and reply.headers.get("content-type", "").startswith("application/json"):
                assert not _HAN.search(told(reply)), (method, address, body)


@pytest.mark.parametrize(
    ("method", "path", "body", "why"),
    [
        ("GET", "/v1/documents?since=2024-13", None, "since: '2024-13' is no date"),
        ("GET", "/v1/documents?since=2025&until=2024", None, "since is 2025, later than until, 2024"),
        ("GET", "/v1/documents?standing=soon", None, "standing: 'soon' should be today, or a date"),
        ("GET", "/v1/figures?metric=GDP&period=whenever", None, "the period whenever can't be read"),
        ("POST", "/v1/figures", {"metric": "GDP", "filter": {"until": "soon"}}, "until: 'soon' is no date"),
        ("GET", "/v1/conversations?before=0~x~1", None, "no place to go on from"),
        ("PUT", "/v1/settings", {"embedder": "best:"}, "there are no such vectors as 'best:'"),
        ("POST", "/v1/settings/test", {}, "name the model first"),
        ("PUT", "/v1/settings", {"model": "no-such:model"}, "the model 'no-such:model' can't be used"),
        ("POST", "/v1/users", {"name": "", "password": "x"}, ""),
        ("POST", "/v1/documents", None, "multipart/form-data"),
        ("DELETE", "/v1/jobs/77", None, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_english(http: TestClient, method: str, path: str, body: Any, why: str) -> None:
    reply = http.request(method, path, json=body)
    assert reply.status_code >= 400
    assert why in told(reply)
    assert not _HAN.search(told(reply))


def test_other_hosts_and_sites_are_refused_in_english(http: TestClient) -> None:
    for headers, why in (
        ({"Host": "evil.example"}, "this server doesn't know the host name evil.example; if it is"),
        ({"Origin": "https://evil.example"}, "pages of https://evil.example may not call the server at"),
    ):
        reply = http.get("/v1/documents", headers=headers)
        assert reply.status_code in (400, 403)
        assert why in told(reply)
        assert not _HAN.search(told(reply))


def test_a_page_that_is_not_there_is_told_as_a_page_to_people(http: TestClient) -> None:
    assert told(http.get("/nothing/here")) == "there is nothing at /nothing/here"
    for language, why in (("en", "There is no such page"), ("zh", "这里没有这一页")):
        headers = {"Accept": "text/html", "Cookie": f"youju_language={language}"}
        reply = http.get("/nothing/<here>", headers=headers)
        assert reply.status_code == 404
        assert why in reply.text
        assert 'href="../page/base.css' in reply.text
        assert "<here>" not in reply.text
        assert "unsafe-eval" not in reply.headers["content-security-policy"]


def test_a_model_that_is_tried_and_fails_is_told_in_english(http: TestClient) -> None:
    body = {"model": "any", "base_url": "http://127.0.0.1:9/v1", "api_key": "any"}
    for language, why in (("en", "the service can't be reached"), ("zh-CN", "连不上服务")):
        reply = http.post("/v1/settings/test", json=body, headers={"Accept-Language": language}).json()
        assert not reply["ok"]
        assert why in reply["message"]


def test_the_log_in_page_says_in_english_that_the_password_is_wrong(tmp_path: Path) -> None:
    made = own_library(tmp_path)
    with Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        accounts.add_user("admin", "correct horse battery", role="admin")
        app = create_app(made, workspace=workspace, accounts=accounts, web=False)
        app.include_router(login_routes(accounts))
        with TestClient(app, base_url="http://127.0.0.1", cookies={"youju_language": "en"}) as client:
            page = client.post("/login", content="name=admin&password=wrong").text
            assert 'role="alert"' in page
            assert not _HAN.search(re.sub(r"<(script|style).*?</\1>|中文|有据", "", page, flags=re.DOTALL))
            reply = client.get("/v1/documents", headers={"Accept-Language": "en"})
            assert reply.status_code == 401
            assert not _HAN.search(told(reply))
    made.close()
