"""The routes of conversations, shares and feedback, over real sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.answers import Answer, Turn
from assistant.conversations.records import FeedbackPage
from assistant.conversations.store import Workspace
from assistant.server.access import Access
from assistant.server.app import create_app
from assistant.server.owners import COOKIE
from assistant.server.replies import FeedbackPageReply, TurnReply, WholeConversationReply
from eval.cases import read
from tests.fakes.assistant import ATTACK, NOT_FOUND, RURAL, Failure, FakeAssistant
from tests.fakes.server import Server

BROKEN = "会出错的问题"
HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE turns; --%_\\{{7*7}}"


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant(failures={BROKEN: Failure(RuntimeError("password=hunter2"), after="开了头")})


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace.open("memory") as opened:
        yield opened


@pytest.fixture
def http(assistant: FakeAssistant, workspace: Workspace) -> Iterator[httpx.Client]:
    app = create_app(assistant, web=False, workspace=workspace)
    with Server(app) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


def begun(http: httpx.Client, *questions: str) -> tuple[str, list[dict[str, Any]]]:
    """A conversation in which the questions were asked: its id, and its turns."""
    conversation_id = http.post("/v1/conversations", json={}).json()["id"]
    path = f"/v1/conversations/{conversation_id}/turns"
    return conversation_id, [http.post(path, json={"question": question}).json() for question in questions]


def events(text: str) -> list[tuple[str, Any]]:
    """Server-sent events as (event, data)."""
    blocks = (dict(line.split(": ", 1) for line in block.split("\n")) for block in text.split("\n\n") if block)
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_an_answer_is_kept_as_ask_gives_it(http: httpx.Client) -> None:
    conversation_id, [turn] = begun(http, RURAL.question)
    assert turn["answer"] == http.post("/v1/ask", json={"question": RURAL.question}).json()
    whole = http.get(f"/v1/conversations/{conversation_id}").json()
    assert whole["turns"] == [turn]
    assert whole["conversation"]["title"] == RURAL.question
    assert WholeConversationReply.model_validate(whole).turns[0].answer == RURAL


def test_what_was_asked_before_is_the_conversation(http: httpx.Client, assistant: FakeAssistant) -> None:
    begun(http, RURAL.question, NOT_FOUND.question, "那城镇呢？")
    assert assistant.asked[-1] == (
        "那城镇呢？",
        (
            Turn(RURAL.question, RURAL.answer, RURAL.titles),
            Turn(NOT_FOUND.question, NOT_FOUND.answer, NOT_FOUND.titles),
        ),
    )


def test_a_streamed_turn_tells_its_id_its_pieces_and_its_answer(http: httpx.Client) -> None:
    conversation_id, _ = begun(http)
    body = {"question": RURAL.question, "stream": True}
    first, *deltas, last = events(http.post(f"/v1/conversations/{conversation_id}/turns", json=body).text)
    assert "".join(data["text"] for _, data in deltas) == RURAL.answer
    assert last[0] == "answer"
    assert Answer.from_json(last[1]) == RURAL
    [kept] = http.get(f"/v1/conversations/{conversation_id}").json()["turns"]
    assert first == ("turn", {"id": kept["id"]})
    assert kept["state"] == "answered"


def test_an_answer_is_finished_and_kept_when_its_reader_leaves(http: httpx.Client, assistant: FakeAssistant) -> None:
    assistant.piece_s = 0.05
    conversation_id, _ = begun(http)
    path = f"/v1/conversations/{conversation_id}"
    with http.stream("POST", f"{path}/turns", json={"question": RURAL.question, "stream": True}) as response:
        next(response.iter_lines())
    [turn] = http.get(path).json()["turns"]
    assert turn["state"] == "asking", "it isn't written any longer"
    deadline = time.monotonic() + 10
    while turn["state"] == "asking" and time.monotonic() < deadline:
        time.sleep(0.05)
        [turn] = http.get(path).json()["turns"]
    assert TurnReply.model_validate(turn).answer == RURAL


def test_a_turn_is_stopped_from_another_tab(http: httpx.Client, assistant: FakeAssistant) -> None:
    assistant.drafts["慢问题"] = "很长的答案" * 2000
    assistant.piece_s = 0.02
    conversation_id, _ = begun(http)
    path = f"/v1/conversations/{conversation_id}"
    with http.stream("POST", f"{path}/turns", json={"question": "慢问题", "stream": True}) as response:
        lines = response.iter_lines()
        turn_id = json.loads(next(line for line in lines if line.startswith("data"))[6:])["id"]
        while not http.get(path).json()["turns"][0]["text"]:
            time.sleep(0.05)
        assert http.post(f"/v1/turns/{turn_id}/stop").json() == {"stopped": True}
        assert "event: stopped" in list(lines)
    assert assistant.ended.wait(5), "it went on being written"
    [turn] = http.get(path).json()["turns"]
    assert (turn["state"], turn["answer"]) == ("stopped", None)
    assert turn["text"].startswith("很长的答案")
    assert http.post(f"/v1/turns/{turn_id}/stop").json() == {"stopped": False}


def test_a_question_that_fails_is_kept_with_what_was_written(http: httpx.Client) -> None:
    conversation_id, _ = begun(http)
    path = f"/v1/conversations/{conversation_id}"
    failed = http.post(f"{path}/turns", json={"question": BROKEN})
    assert failed.status_code == 500
    assert "hunter2" not in failed.text
    assert events(http.post(f"{path}/turns", json={"question": BROKEN, "stream": True}).text)[-1][0] == "error"
    kept = http.get(path).json()["turns"]
    assert [(turn["state"], turn["text"]) for turn in kept] == [("failed", "开了头")] * 2


def test_conversations_are_renamed_pinned_archived_and_deleted(http: httpx.Client) -> None:
    old, _ = begun(http, RURAL.question)
    new, _ = begun(http, ATTACK.question)

    def listed(**asked: Any) -> list[str]:
        return [each["id"] for each in http.get("/v1/conversations", params=asked).json()["conversations"]]

    assert listed() == [new, old]
    changed = http.patch(f"/v1/conversations/{old}", json={"title": " 农村  收入 ", "pinned": True}).json()
    assert (changed["title"], changed["pinned"], changed["archived"]) == ("农村 收入", True, False)
    assert listed() == [old, new]
    http.patch(f"/v1/conversations/{new}", json={"archived": True})
    assert (listed(), listed(archived=True)) == ([old], [new])
    assert http.delete(f"/v1/conversations/{old}").status_code == 204
    assert http.get(f"/v1/conversations/{old}").status_code == 404
    assert http.delete("/v1/conversations").json() == {"count": 1}
    assert (listed(), listed(archived=True)) == ([], [])


def test_pages_follow_one_another(http: httpx.Client) -> None:
    made = [http.post("/v1/conversations", json={"title": f"第{n}个"}).json()["id"] for n in range(7)]
    http.patch(f"/v1/conversations/{made[3]}", json={"pinned": True})
    found: list[str] = []
    before = None
    while True:
        page = http.get("/v1/conversations", params={"limit": 3} | ({"before": before} if before else {})).json()
        found += [each["id"] for each in page["conversations"]]
        if (before := page["next"]) is None:
            break
    assert found == [made[3], *(each for each in reversed(made) if each != made[3])]
    wrong = http.get("/v1/conversations", params={"before": "x~y"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (422, "before")


def test_a_turn_and_those_after_it_are_cut(http: httpx.Client) -> None:
    conversation_id, [first, second, _] = begun(http, RURAL.question, ATTACK.question, NOT_FOUND.question)
    path = f"/v1/conversations/{conversation_id}"
    assert http.delete(f"{path}/turns/{second['id']}").json() == {"count": 2}
    assert http.get(path).json()["turns"] == [first]
    assert http.delete(f"{path}/turns/{second['id']}").status_code == 404


def test_a_link_shows_what_there_was_until_it_is_taken_back(http: httpx.Client) -> None:
    conversation_id, [first, second] = begun(http, RURAL.question, ATTACK.question)
    path = f"/v1/conversations/{conversation_id}"
    http.put(f"/v1/feedback/{first['id']}", json={"good": False, "reason": "机密的理由"})
    whole = http.post(f"{path}/share", json={}).json()
    one = http.post(f"{path}/share", json={"turn_id": second["id"], "alone": True}).json()
    http.delete(f"{path}/turns/{first['id']}")
    http.patch(path, json={"title": "后来的名字"})
    shown = http.get(f"/v1/shared/{whole['token']}")
    assert [Answer.from_json(turn["answer"]) for turn in shown.json()["turns"]] == [RURAL, ATTACK]
    assert shown.json()["title"] == RURAL.question
    assert "机密的理由" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert [turn["question"] for turn in http.get(f"/v1/shared/{one['token']}").json()["turns"]] == [ATTACK.question]
    assert [share["token"] for share in http.get("/v1/shares").json()["shares"]] == [one["token"], whole["token"]]
    assert one["path"] == f"/s/{one['token']}"
    assert http.delete(f"{path}/share", params={"token": one["token"]}).json() == {"count": 1}
    assert http.get(f"/v1/shared/{one['token']}").status_code == 404
    http.delete(path)
    assert http.get(f"/v1/shared/{whole['token']}").status_code == 404


def test_feedback_is_given_changed_listed_and_taken_back(http: httpx.Client) -> None:
    _, [turn] = begun(http, RURAL.question)
    http.put(f"/v1/feedback/{turn['id']}", json={"good": True})
    said = {"good": False, "reason": "年份不对", "right_answer": "54321元", "tags": ["年份"]}
    given = http.put(f"/v1/feedback/{turn['id']}", json=said).json()
    assert {name: given[name] for name in said} == said
    assert Answer.from_json(given["answer"]) == RURAL
    assert given["versions"]["revision"] == "7"
    listed = http.get("/v1/feedback", params={"good": False, "tag": "年份", "query": "54321"}).json()
    assert listed == {"feedback": [given], "total": 1}
    assert FeedbackPageReply.model_validate(listed).feedback[0].answer == RURAL
    assert http.get("/v1/feedback", params={"good": True}).json() == {"feedback": [], "total": 0}
    assert http.delete(f"/v1/feedback/{turn['id']}").status_code == 204
    assert http.delete(f"/v1/feedback/{turn['id']}").status_code == 404
    assert http.get("/v1/feedback").json()["total"] == 0


def test_feedback_comes_as_cases_to_evaluate_on(http: httpx.Client, tmp_path: Path) -> None:
    _, turns = begun(http, RURAL.question, ATTACK.question)
    for turn in turns:
        http.put(f"/v1/feedback/{turn['id']}", json={"good": True})
    file = tmp_path / "cases.jsonl"
    file.write_text(http.get("/v1/feedback", params={"format": "cases"}).text, encoding="utf8")
    assert [case.question for case in read(file)] == [ATTACK.question, RURAL.question]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "message"),
    [
        ("GET", "/v1/conversations/none", None, 404, "没有这个对话"),
        ("PATCH", "/v1/conversations/none", {"pinned": True}, 404, "没有这个对话"),
        ("DELETE", "/v1/conversations/none", None, 404, "没有这个对话"),
        ("POST", "/v1/conversations/none/turns", {"question": "好"}, 404, "没有这个对话"),
        ("DELETE", "/v1/conversations/none/turns/none", None, 404, "没有这个对话"),
        ("POST", "/v1/conversations/none/share", {}, 404, "没有这个对话"),
        ("POST", "/v1/turns/none/stop", None, 404, "没有这个问答"),
        ("GET", "/v1/shared/none", None, 404, "没有这个分享链接"),
        ("PUT", "/v1/feedback/none", {"good": True}, 404, "没有这个问答"),
        ("PUT", "/v1/feedback/none", {}, 422, "good: 没有写"),
        ("POST", "/v1/conversations", {"title": "长" * 201}, 422, "title: 最多 200 个字"),
        ("POST", "/v1/conversations/none/turns", {"question": " "}, 422, "question: 至少要有 1 个字"),
    ],
)
def test_what_is_not_there_or_wrong_is_told(
    http: httpx.Client, method: str, path: str, body: object, status: int, message: str
) -> None:
    response = http.request(method, path, json=body)
    assert response.status_code == status
    assert response.json()["error"]["message"].startswith(message)


def test_hostile_text_stays_text(http: httpx.Client) -> None:
    conversation_id, [turn] = begun(http, HOSTILE)
    http.patch(f"/v1/conversations/{conversation_id}", json={"title": HOSTILE})
    http.put(f"/v1/feedback/{turn['id']}", json={"good": False, "reason": HOSTILE, "tags": [HOSTILE[:40]]})
    whole = http.get(f"/v1/conversations/{conversation_id}")
    assert whole.headers["content-type"] == "application/json"
    assert whole.json()["conversation"]["title"] == whole.json()["turns"][0]["question"] == HOSTILE
    assert http.get("/v1/feedback", params={"query": "DROP TABLE", "tag": HOSTILE[:40]}).json()["total"] == 1
    assert len(http.get("/v1/conversations", params={"query": "--%_\\"}).json()["conversations"]) == 1
    assert http.get("/v1/conversations", params={"query": "D%P"}).json()["conversations"] == []


def test_the_replies_are_in_the_schema(http: httpx.Client) -> None:
    schema = http.get("/openapi.json").json()
    reply = schema["paths"]["/v1/conversations/{conversation_id}"]["get"]["responses"]["200"]
    assert reply["content"]["application/json"]["schema"]["$ref"].endswith("/WholeConversationReply")
    assert {"citations", "figures", "standalone_question"} <= set(
        schema["components"]["schemas"]["Answer"]["properties"]
    )


# Whose they are


def test_on_this_machine_all_is_one_persons(http: httpx.Client, workspace: Workspace) -> None:
    begun(http)
    assert len(workspace.conversations("local").conversations) == 1
    assert not http.cookies


@pytest.mark.parametrize(
    "access",
    [Access(open=True), Access(names=("127.0.0.1",)), Access(root_path="/youju")],
    ids=["open", "name", "path"],
)
def test_where_others_reach_the_server_each_browser_has_its_own(
    assistant: FakeAssistant, workspace: Workspace, access: Access
) -> None:
    with (
        Server(create_app(assistant, web=False, access=access, workspace=workspace)) as url,
        httpx.Client(base_url=f"{url}{access.root_path}", timeout=60) as one,
        httpx.Client(base_url=f"{url}{access.root_path}", timeout=60) as other,
    ):
        conversation_id, [turn] = begun(one, RURAL.question)
        begun(other, RURAL.question)
        secret = one.cookies[COOKIE]
        assert secret != other.cookies[COOKIE]
        path = f"/v1/conversations/{conversation_id}"
        assert one.get(path).status_code == 200
        theirs, nobodys = other.get(path), other.get("/v1/conversations/none")
        assert theirs.status_code == 404
        same = [{**each.json()["error"], "request_id": ""} for each in (theirs, nobodys)]
        assert same[0] == same[1]
        for method, wanted, body in (
            ("PATCH", path, {"title": "我的"}),
            ("DELETE", path, None),
            ("POST", f"{path}/turns", {"question": "好"}),
            ("POST", f"{path}/share", {}),
            ("GET", f"{path}/share", None),
            ("DELETE", f"{path}/turns/{turn['id']}", None),
            ("POST", f"/v1/turns/{turn['id']}/stop", None),
            ("PUT", f"/v1/feedback/{turn['id']}", {"good": True}),
        ):
            assert other.request(method, wanted, json=body).status_code == 404, (method, wanted)
        one.put(f"/v1/feedback/{turn['id']}", json={"good": True})
        assert one.get("/v1/feedback").json()["total"] == 1
        assert other.get("/v1/feedback").json()["total"] == 0
        token = one.post(f"{path}/share", json={}).json()["token"]
        assert other.get(f"/v1/shared/{token}").json()["turns"][0]["question"] == RURAL.question
        assert other.delete(f"{path}/share", params={"token": token}).status_code == 404
        # The database doesn't say what opens it.
        found: FeedbackPage = workspace.feedback()
        assert secret not in found.feedback[0].owner


def test_the_cookie_is_no_scripts_and_no_other_sites(assistant: FakeAssistant, workspace: Workspace) -> None:
    app = create_app(assistant, web=False, access=Access(open=True), workspace=workspace)
    with Server(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        given = client.get("/v1/conversations").headers["set-cookie"]
        assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(given.split("; "))
        assert "set-cookie" not in client.get("/v1/conversations").headers
        assert "set-cookie" not in httpx.get(f"{url}/healthz", timeout=60).headers
        assert "set-cookie" in httpx.get(f"{url}/", headers={"accept": "text/html"}, timeout=60).headers
        forged = httpx.get(f"{url}/v1/conversations", headers={"cookie": f"{COOKIE}=local"}, timeout=60)
        assert forged.headers["set-cookie"].startswith(f"{COOKIE}=")
