"""POST /v1/export, over a real socket."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from assistant.server.app import create_app
from tests.fakes.assistant import ATTACK, CLARIFY, RURAL, FakeAssistant
from tests.fakes.server import Server


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with Server(create_app(FakeAssistant(), web=False)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def post(http: httpx.Client, form: str, *answers: Any, **more: Any) -> httpx.Response:
    return http.post("/v1/export", json={"format": form, "answers": [each.to_json() for each in answers], **more})


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
        ("md", "text/markdown; charset=utf-8", "# 收入：".encode()),
        ("txt", "text/plain; charset=utf-8", "收入：".encode()),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("csv", "text/csv; charset=utf-8", "\ufeff".encode()),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ],
)
def test_answers_come_back_as_a_file(http: httpx.Client, form: str, media_type: str, begins: bytes) -> None:
    asked = http.post("/v1/ask", json={"question": RURAL.question}).json()
    response = http.post("/v1/export", json={"format": form, "answers": [asked], "title": "收入：2025/2026"})
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["x-content-type-options"] == "nosniff"
    plain, named = response.headers["content-disposition"].split("; ")[1:]
    assert plain == f'filename="youju.{form}"'
    assert unquote(named.removeprefix("filename*=UTF-8''")) == f"收入：2025 2026.{form}"
    assert response.content.startswith(begins)


def test_the_language_and_the_table_of_figures_can_be_chosen(http: httpx.Client) -> None:
    text = post(http, "md", RURAL, language="en", figures=False).text
    assert "Exported: " in text
    assert "Figures in the answer" not in text
    assert "Figures in the answer" in post(http, "md", RURAL, language="en").text


def test_a_hostile_answer_breaks_neither_the_file_nor_the_header(http: httpx.Client) -> None:
    response = post(http, "docx", ATTACK, title='a"; filename=evil.exe\r\nSet-Cookie: x=1\u202e')
    assert "set-cookie" not in response.headers
    assert "%22" not in response.headers["content-disposition"]
    assert zipfile.ZipFile(io.BytesIO(response.content)).testzip() is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({"answers": []}, "answers"),
        ({"answers": [{"id": "1"}]}, "answers.0"),
        ({"answers": [{**RURAL.to_json(), "citations": [{"number": "x"}]}]}, "answers.0.citations.0"),
        ({"answers": [{**RURAL.to_json(), "status": "sure"}]}, "answers.0.status"),
        ({"title": "长" * 2001}, "title"),
        ({"language": "fr"}, "language"),
    ],
)
def test_what_is_no_answer_is_refused_by_the_name_of_its_field(
    http: httpx.Client, change: dict[str, Any], field: str
) -> None:
    body = {"format": "txt", "answers": [RURAL.to_json()]} | change
    response = http.post("/v1/export", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["param"].startswith(field)


def test_a_spreadsheet_without_numbers_is_refused(http: httpx.Client) -> None:
    response = post(http, "xlsx", CLARIFY)
    assert response.status_code == 409
    assert response.json()["error"]["message"].startswith("这些回答里没有表格")
