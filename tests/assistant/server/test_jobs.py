"""The API's jobs: listed, told, stopped, done again."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from assistant.server.app import create_app
from assistant.web.chinese import ZH
from assistant.web.english import EN
from assistant.web.shell import bar
from index.upkeep.jobs import Job
from index.upkeep.progress import Progress
from tests.fakes.assistant import FakeAssistant, FakeJobs
from tests.fakes.server import Server

DONE = Job(1, "update", "done", ("/文件",), created=1.0, started=2.0, ended=3.0, attempts=1)
FAILED = Job(2, "update", "failed", ("/别处",), created=4.0, started=5.0, ended=6.0, attempts=3, reason="磁盘已满")
RUNNING = Job(3, "embed", "running", progress=Progress("embedding", 64, 3000), created=7.0, started=8.0, attempts=1)


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    assistant = FakeAssistant()
    assistant.index.jobs = FakeJobs(DONE, FAILED, RUNNING)
    with Server(create_app(assistant, web=False)) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


def test_jobs_are_listed_and_told(http: httpx.Client) -> None:
    jobs = http.get("/v1/jobs").raise_for_status().json()["jobs"]
    assert [job["number"] for job in jobs] == [3, 2, 1]
    assert jobs[0]["progress"] == {
        "stage": "embedding", "done": 64, "total": 3000, "path": "", "page": 0, "pages": 0,
    }  # fmt: skip
    told = http.get("/v1/jobs/2").raise_for_status().json()
    assert (told["state"], told["reason"], told["paths"], told["outcome"]) == ("failed", "磁盘已满", ["/别处"], None)
    missing = http.get("/v1/jobs/9")
    assert (missing.status_code, missing.json()["error"]["param"]) == (404, "number")
    assert http.get("/v1/jobs/x").status_code == 422


def test_jobs_are_stopped_and_done_again_where_they_can_be(http: httpx.Client) -> None:
    assert http.post("/v1/jobs/3/cancel").raise_for_status().json()["state"] == "cancelled"
    assert http.post("/v1/jobs/2/retry").raise_for_status().json()["state"] == "queued"
    for path in ("/v1/jobs/1/cancel", "/v1/jobs/1/retry"):
        refused = http.post(path)
        assert (refused.status_code, refused.json()["error"]["message"][:10]) == (409, "任务 1（done）")
    assert http.post("/v1/jobs/9/cancel").status_code == 404
    assert http.post("/v1/jobs/2/cancel", headers={"origin": "https://elsewhere.example"}).status_code == 403


def test_every_reply_has_a_schema(http: httpx.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    for path, method in (
        ("/v1/jobs", "get"), ("/v1/jobs/{number}", "get"), ("/v1/jobs/{number}/cancel", "post"),
        ("/v1/jobs/{number}/retry", "post"),
    ):  # fmt: skip
        replies = paths[path][method]["responses"]
        assert "$ref" in replies["200"]["content"]["application/json"]["schema"]


def test_the_bar_of_every_page_has_the_words_for_what_is_being_done() -> None:
    assert 'role="status" data-waiting="正在等待处理…" data-reading="正在读取文件…"' in bar(ZH, active="chat", up="")
    assert 'data-embedding="Taking in what is new…"' in bar(EN, active="library", up="./")


def test_only_what_is_not_done_yet_is_listed_where_that_is_asked(http: httpx.Client) -> None:
    told = http.get("/v1/jobs", params={"open": True}).raise_for_status().json()["jobs"]
    assert [job["number"] for job in told] == [3]
