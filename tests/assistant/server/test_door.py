"""The door: two people and a program over one library, and nothing of the one's for the other on any route."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant.accounts.store import Accounts
from assistant.ask import Assistant, open_index
from assistant.config import Config
from assistant.conversations.store import Workspace
from assistant.conversations.writing import answered
from assistant.server.access import Access
from assistant.server.app import create_app
from assistant.server.owners import COOKIE, SESSION_COOKIE
from assistant.server.rights import ROUTES
from assistant.web.login_page import own_place
from index.catalog.moments import read_by
from tests.fakes.assistant import RURAL, FakeAssistant
from tests.fakes.passwords import quick_passwords
from tests.fakes.server import Server, app_with_page

PASSWORD = "correct horse 42"
TEXTS = {
    "all/办法.txt": "云岭市租房补贴办法\n第一条 租房补贴每月500元。",
    "red/名册.txt": "红山局内部名册\n红山局2025年经费总额为73918264万元。赤霞小组共17人。",
    "blue/纪要.txt": "蓝港署内部纪要\n蓝港署2025年经费总额为8765万元。",
}
SECRET = re.compile("红山|73918264|赤霞|名册|甲的|%E7%BA%A2%E5%B1%B1")
"""What nobody but 甲, who is of the red, may learn of."""
QUESTION = "2025年红山局经费总额是多少？"
STREAMS = ("/gradio_api/queue/data", "/gradio_api/heartbeat/{session_hash}", "/gradio_api/startup-events")


@dataclass(frozen=True)
class House:
    """A server with accounts, and what there is in it."""

    app: Any
    accounts: Accounts
    workspace: Workspace
    assistant: Assistant
    ids: dict[str, str]
    """Of documents, by the first two letters of their titles."""

    def visitor(self, name: str = "") -> TestClient:
        """A client of whoever has logged in under the name; of nobody without one."""
        client = TestClient(self.app, base_url="http://localhost", follow_redirects=False)
        if name:
            client.cookies.set(SESSION_COOKIE, self.accounts.sign_in(name, PASSWORD, "192.0.2.7"))
        return client

    def program(self, **given: Any) -> TestClient:
        """A client with a new key."""
        secret, _ = self.accounts.add_key("程序", **given)
        headers = {"authorization": f"Bearer {secret}"}
        return TestClient(self.app, base_url="http://localhost", follow_redirects=False, headers=headers)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root, data = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("data")
    for name, text in TEXTS.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf8")
    config = Config(data_dir=data)
    index = open_index(config, data)
    index.update([root])
    for group in ("red", "blue"):
        index.label("group", group, [root / group])
    with Workspace.open("memory") as workspace, pytest.MonkeyPatch.context() as patched:
        patched.setattr("assistant.accounts.records.PER_MINUTE", 100_000)  # every route is tried in a few seconds
        assistant = Assistant(index, config, name="云岭")
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        accounts.add_user("管理员", PASSWORD, role="admin")
        accounts.add_user("甲", PASSWORD, role="reader", groups=["red"])
        accounts.add_user("乙", PASSWORD, role="reader", groups=["blue"])
        app = app_with_page(assistant, workspace=workspace, accounts=accounts)
        ids = {info.title[:2]: info.id for info in index.documents()}
        yield House(app, accounts, workspace, assistant, ids)
        assistant.close()


@dataclass(frozen=True)
class Owned:
    """What is 甲's."""

    conversation_id: str
    turn_id: str
    token: str


@pytest.fixture
def owned(house: House) -> Owned:
    own = house.visitor("甲")
    conversation = own.post("/v1/conversations", json={"title": "甲的对话"}).json()["id"]
    # Not over HTTP: so many questions in a minute are refused.
    owner = house.accounts.user("甲").owner
    turn = house.workspace.begin_turn(owner, conversation, QUESTION)
    with read_by({"red"}):
        *_, last = answered(house.workspace, house.assistant, owner, conversation, turn, QUESTION)
    assert "73918264" in last.answer
    own.put(f"/v1/feedback/{turn}", json={"good": False, "reason": "甲的看法"})
    token = own.post(f"/v1/conversations/{conversation}/share", json={}).json()["token"]
    return Owned(conversation, turn, token)


def told_to(client: TestClient, method: str, path: str, **sent: Any) -> tuple[int, str]:
    response = client.request(method, path, **sent)
    return response.status_code, f"{response.text} {response.headers}"


def bodies(house: House, owned: Owned, path: str) -> list[dict[str, Any]]:
    """What is sent to a route, to get at what is 甲's."""
    red = house.ids["红山"]
    wide = {"groups": ["red"]}
    found: dict[str, list[dict[str, Any]]] = {
        "/v1/ask": [
            {"question": QUESTION},
            {"question": QUESTION, "filter": wide},
            {"question": QUESTION, "stream": True},
        ],
        "/v1/search": [{"query": "红山局经费"}, {"query": "经费", "filter": {"documents": [red]}}],
        "/v1/chat/completions": [
            {"messages": [{"role": "user", "content": QUESTION}]},
            {"messages": [{"role": "user", "content": QUESTION}], "stream": True, "filter": wide},
        ],
        "/v1/figures": [{"metric": "经费总额"}, {"metric": "经费总额", "filter": wide}],
        "/v1/conversations/{conversation_id}/turns": [{"question": QUESTION}],
        "/v1/conversations/{conversation_id}/share": [{}, {"turn_id": owned.turn_id, "alone": True}],
        "/v1/conversations/{conversation_id}": [{"title": "乙改的", "archived": True}],
        "/v1/feedback/{turn_id}": [{"good": True, "reason": "乙改的"}],
        "/v1/conversations": [{"title": "乙的"}],
        "/v1/documents/remove": [{"documents": [red]}],
        "/v1/documents/reread": [{"documents": [red]}],
        "/v1/documents": [{"documents": [red], "add": ["乙"]}],
        "/v1/documents/{document_id}/tags": [{"tags": ["乙"], "add": ["乙"]}],
        "/v1/export": [{"format": "md", "answers": [RURAL.to_json()]}],
    }
    return found.get(path, [{}])


def addresses(house: House, owned: Owned, path: str) -> list[str]:
    """The route at every id that is 甲's, and with every filter that might let more be seen."""
    red = house.ids["红山"]
    values = {
        "conversation_id": owned.conversation_id,
        "turn_id": owned.turn_id,
        "document_id": red,
        "table_id": f"{red}-1",
        "place": "8-30",
        "page": "1",
        "token": owned.token,
        "number": "1",
        "account_id": house.accounts.user("甲").id,
        "key_id": "x",
        "name": "base.css",
        "model": "youju",
    }
    plain = re.sub(r"\{(\w+)[^}]*\}", lambda found: values.get(found[1], "x"), path)
    queries = (
        "",
        f"?groups=red&document={red}&documents={red}&metric=经费总额&query=红山",
        "?metric=经费总额&token=" + owned.token,
    )
    return [plain + query for query in queries]


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, path, _ in ROUTES if path not in STREAMS and not path.startswith("/gradio_api")],
)
def test_nothing_of_the_one_is_told_to_the_other(house: House, owned: Owned, method: str, path: str) -> None:
    if "{token}" in path or path in ("/login", "/logout", "/mcp"):
        return  # for whoever has logged in and has the link: see below; MCP's tools are tried in test_mcp
    before = house.visitor("甲").get(f"/v1/conversations/{owned.conversation_id}").json()
    others = {"乙": house.visitor("乙"), "公": house.program(groups=[]), "蓝": house.program(groups=["blue"])}
    for name, client in others.items():
        for address in addresses(house, owned, path):
            for body in bodies(house, owned, path) if method in ("POST", "PUT", "PATCH") else [None]:
                status, told = told_to(client, method, address, json=body)
                # What was asked for comes back as it was sent; that tells nothing.
                for sent in (QUESTION, "红山局经费", "query=红山", "红山"):
                    told = told.replace(f'"{sent}"', "").replace(sent, "") if sent in f"{body}{address}" else told
                assert status < 500, (name, address)
                assert not SECRET.search(told), (name, method, address, body, told[:2000])
    own = house.visitor("甲")
    assert own.get(f"/v1/conversations/{owned.conversation_id}").json() == before
    assert own.get(f"/v1/shared/{owned.token}").status_code == 200
    assert own.get(f"/v1/documents/{house.ids['红山']}").status_code == 200
    assert house.assistant.index.labels("tag") == []


def test_each_reader_sees_their_own_and_what_is_for_everybody(house: House) -> None:
    def titles(client: TestClient) -> set[str]:
        return {each["title"][:2] for each in client.get("/v1/documents").json()["documents"]}

    assert titles(house.visitor("甲")) == {"云岭", "红山"}
    assert titles(house.visitor("乙")) == {"云岭", "蓝港"}
    assert titles(house.visitor("管理员")) == {"云岭", "红山", "蓝港"}
    assert titles(house.program(groups=["red", "blue"])) == {"云岭", "红山", "蓝港"}
    assert titles(house.program(groups=None)) == {"云岭", "红山", "蓝港"}
    assert titles(house.program()) == {"云岭"}
    assert "500元" in house.visitor("乙").post("/v1/ask", json={"question": "租房补贴每月多少？"}).json()["answer"]


def test_a_link_is_for_whoever_has_logged_in(house: House, owned: Owned) -> None:
    assert house.visitor("乙").get(f"/v1/shared/{owned.token}").json()["turns"][0]["question"] == QUESTION
    assert house.visitor().get(f"/v1/shared/{owned.token}").status_code == 401


def test_an_administrator_sees_feedback_of_all_and_conversations_of_nobody(house: House, owned: Owned) -> None:
    admin = house.visitor("管理员")
    assert "甲的看法" in admin.get("/v1/feedback").text
    assert admin.get(f"/v1/conversations/{owned.conversation_id}").status_code == 404
    assert "甲的看法" not in house.visitor("乙").get("/v1/feedback").text


# Sessions and keys that are none


def test_forged_expired_and_revoked_ones_open_nothing(house: House) -> None:
    user = house.accounts.add_user("丙", PASSWORD, role="reader")
    client = house.visitor("丙")
    token = client.cookies[SESSION_COOKIE]
    assert client.get("/v1/me").json()["name"] == "丙"
    forged = [
        "",
        token[:-1],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "local",
        user.id,
        user.owner,
        "a" * 43,
        "'--",
    ]
    for value in forged:
        response = house.visitor().get("/v1/me", headers={"cookie": f"{SESSION_COOKIE}={quote(value)}"})
        assert response.status_code == 401, value
    for header in (f"Bearer {token}", "Bearer", "Bearer ", f"Basic {token}", "Bearer yj_" + "a" * 43, token):
        assert house.visitor().get("/v1/me", headers={"authorization": header}).status_code == 401, header
    # A key that opens nothing isn't helped by a session.
    assert client.get("/v1/me", headers={"authorization": "Bearer yj_x"}).status_code == 401
    assert house.visitor().get("/v1/me", headers={"cookie": f"{COOKIE}={'a' * 32}"}).status_code == 401
    house.accounts.change_user("丙", disabled=True)
    assert client.get("/v1/me").status_code == 401
    house.accounts.remove_user("丙")

    program = house.program(days=1)
    assert program.get("/v1/me").json()["kind"] == "key"
    house.accounts.revoke_key(house.accounts.all_keys()[0].id)
    assert program.get("/v1/me").status_code == 401
    assert [each.what for each in house.accounts.log()].count("key-refused") == 1, "it isn't noted each time"


ENCODED = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%252f",
    "..\\",
    "%5c..%5c",
    "....//",
    "%c0%ae%c0%ae/",
    "..;/",
    "%00",
)
TARGETS = ("etc/passwd", "v1/settings", "v1/accounts", "workspace.sqlite3", "red/a.txt")
WITH_PARAMETERS = sorted({(method, path) for method, path, _ in ROUTES if "{" in path and "gradio" not in path})


def asked_as_it_stands(app: Any, method: str, raw: str, token: str) -> tuple[int, str, str]:
    """What the application answers to a path that no client has tidied up: status, type and text."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost")] + ([(b"cookie", f"{SESSION_COOKIE}={token}".encode())] if token else [])
    path = unquote(raw, errors="replace")
    scope = {"type": "http", "method": method, "path": path, "raw_path": raw.encode(), "query_string": b""}
    scope |= {"headers": headers, "scheme": "http", "client": ("192.0.2.7", 1), "server": ("localhost", 80)}
    asyncio.run(app(scope | {"root_path": "", "http_version": "1.1"}, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    kind = dict(sent[0]["headers"]).get(b"content-type", b"").decode()
    return sent[0]["status"], kind, body.decode("utf8", "replace")


@pytest.mark.parametrize("beside", ['prefs={"a": 1}', "word", "a=b=c", "name=中文", "x y=1", "=", ";;", '"', "a[b]=1"])
def test_cookies_of_other_applications_of_the_host_take_no_session_away(house: House, beside: str) -> None:
    token = house.visitor("甲").cookies[SESSION_COOKIE]
    for sent in (f"{beside}; {SESSION_COOKIE}={token}", f"{SESSION_COOKIE}={token}; {beside}"):
        assert house.visitor().get("/v1/me", headers={b"cookie": sent.encode()}).status_code == 200


def test_no_encoding_of_a_path_gets_anywhere(house: House) -> None:
    token = str(house.visitor("乙").cookies[SESSION_COOKIE])
    tried = 0
    for number, (method, path) in enumerate(WITH_PARAMETERS):
        for dots in ENCODED:
            for depth in (1, 3, 9):
                target = TARGETS[(number + depth + len(dots)) % len(TARGETS)]
                raw = re.sub(r"\{[^}]*\}", lambda _, d=dots, n=depth, to=target: d * n + to, path)  # type: ignore[misc]
                tried += 1
                status, kind, told = asked_as_it_stands(house.app, method, raw, token)
                assert status < 500, raw
                assert not SECRET.search(told), raw
                assert "root:" not in told, raw
                # What it comes to may be a route of its own, which is as open as it always is.
                assert status != 200 or kind == "application/json", raw
    assert tried >= 1000


# Logging in, with a form


def test_logging_in_leads_to_where_one_wanted_and_out_again(house: House) -> None:
    client = house.visitor()
    sent_on = client.get("/library/x?at=3", headers={"accept": "text/html"})
    assert sent_on.status_code == 303
    form = client.get(sent_on.headers["location"])
    assert form.status_code == 200
    assert form.headers["cache-control"] == "no-store"
    assert parse_qs(urlsplit(sent_on.headers["location"]).query)["next"] == ["/library/x?at=3"]
    [action] = re.findall(r'action="([^"]+)"', form.text)

    wrong = client.post(f"/{action}", data={"name": "甲<b>", "password": "wrong<b>"})
    assert wrong.status_code == 401
    assert "名字或密码不对" in wrong.text
    assert "甲&lt;b&gt;" in wrong.text
    assert "wrong" not in wrong.text

    right = client.post(f"/{action}", data={"name": "甲", "password": PASSWORD})
    assert (right.status_code, right.headers["location"]) == (303, "/library/x?at=3")
    cookie = right.headers["set-cookie"]
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert client.get("/v1/me").json() == {"kind": "user", "name": "甲", "scopes": ["ask", "read"], "groups": ["red"]}
    assert client.get(f"/{action}").status_code == 303, "who has logged in isn't asked again"

    token = client.cookies[SESSION_COOKIE]
    out = client.post("/logout")
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert client.get("/v1/me").status_code == 401
    again = house.visitor().get("/v1/me", headers={"cookie": f"{SESSION_COOKIE}={token}"})
    assert again.status_code == 401, "the session ended, not only its cookie"


def test_a_cookie_over_https_is_for_https_alone(house: House) -> None:
    client = TestClient(house.app, base_url="https://localhost", follow_redirects=False)
    cookie = client.post("/login", data={"name": "甲", "password": PASSWORD}).headers["set-cookie"]
    assert "Secure" in cookie.split("; ")


def test_too_many_failures_are_told_how_long_to_wait(house: House) -> None:
    house.accounts.add_user("丁", PASSWORD, role="reader")
    client = TestClient(house.app, base_url="http://localhost", client=("192.0.2.99", 5), follow_redirects=False)
    for _ in range(5):
        assert client.post("/login", data={"name": "丁", "password": "wrong"}).status_code == 401
    waits = client.post("/login", data={"name": "丁", "password": PASSWORD})
    assert waits.status_code == 429
    assert 1 <= int(waits.headers["retry-after"]) <= 2
    assert "登录失败的次数太多，请在 2 秒 后再试" in waits.text
    house.accounts.remove_user("丁")


@pytest.mark.parametrize("body", ["", "name", "name=%ff&password=%00", "&".join("a=b" for _ in range(99)), "name=甲"])
def test_a_form_that_is_none_is_a_failed_login(house: House, body: str) -> None:
    client = TestClient(house.app, base_url="http://localhost", client=(f"192.0.2.{len(body) % 250}", 5))
    assert client.post("/login", content=body.encode()).status_code in (401, 429)


def test_no_other_site_logs_anybody_in_or_acts_for_them(house: House) -> None:
    foreign = {"origin": "https://elsewhere.example"}
    client = house.visitor("甲")
    for method, path, body in (
        ("POST", "/login", None),
        ("POST", "/logout", None),
        ("DELETE", "/v1/conversations", None),
        ("PUT", "/v1/me/password", {"current": PASSWORD, "new": "x" * 9}),
    ):
        assert client.request(method, path, json=body, headers=foreign).status_code == 403, path
    assert client.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    ["/", "/library", "/library?words=a&b=c#d", "/s/abc", "/library/%E4%BA%91"],
)
def test_own_places_are_kept(wanted: str) -> None:
    assert own_place(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /x",
        "/ /x",
        "library",
        "/login?next=/login",
        "/logout",
        "/" + "x" * 3000,
        "//[",
    ],
)
def test_places_elsewhere_are_not(wanted: str) -> None:
    assert own_place(wanted) == "/"


# Limits


def test_who_asks_too_much_is_told_how_long_to_wait(house: House) -> None:
    program = house.program(per_minute=2, per_day=3)
    for _ in range(2):
        assert program.post("/v1/search", json={"query": "租房"}).status_code == 200
    refused = program.post("/v1/search", json={"query": "租房"})
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    error = refused.json()["error"]
    assert (error["code"], error["type"]) == ("rate_limit_exceeded", "rate_limit_error")
    assert "每分钟最多 2 次" in error["message"]
    assert program.get("/v1/documents").status_code == 200, "reading isn't asking"
    assert house.program().post("/v1/search", json={"query": "租房"}).status_code == 200, "others are"


# Accounts, made and changed


def test_accounts_and_keys_are_made_changed_and_ended(house: House) -> None:
    admin = house.visitor("管理员")
    made = admin.post("/v1/accounts", json={"name": "戊", "password": PASSWORD, "groups": ["red"]})
    assert made.status_code == 201
    user = made.json()
    assert (user["role"], user["groups"]) == ("reader", ["red"])
    taken = admin.post("/v1/accounts", json={"name": "戊", "password": PASSWORD})
    assert (taken.status_code, taken.json()["error"]["param"]) == (422, "name")
    theirs = house.visitor("戊")
    conversation = theirs.post("/v1/conversations", json={}).json()["id"]
    assert admin.patch(f"/v1/accounts/{user['id']}", json={"groups": None}).json()["groups"] is None
    assert theirs.get("/v1/me").json()["groups"] is None
    assert admin.patch(f"/v1/accounts/{user['id']}", json={"password": "another horse"}).status_code == 200
    assert theirs.get("/v1/me").status_code == 401
    assert admin.patch("/v1/accounts/none", json={"role": "admin"}).status_code == 404
    assert admin.patch(f"/v1/accounts/{user['id']}", json={"rolle": "admin"}).status_code == 422

    key = admin.post("/v1/keys", json={"name": "报表", "scopes": ["read"], "days": 9})
    assert key.headers["cache-control"] == "no-store"
    secret, shown = key.json()["secret"], key.json()["key"]
    assert secret not in admin.get("/v1/keys").text
    assert admin.delete(f"/v1/keys/{shown['id']}").json()["revoked"]

    assert admin.delete(f"/v1/accounts/{user['id']}").status_code == 204
    assert conversation not in [each.id for each in house.workspace.conversations(f"user-{user['id']}").conversations]
    log = admin.get("/v1/audit").json()["entries"]
    what = [(each["who"], each["what"].split("/")[0:3]) for each in log]
    for expected in ("POST /v1/accounts", "POST /v1/keys"):
        assert ("管理员", expected.split("/")) in what
    text = json.dumps(log, ensure_ascii=False)
    assert "戊: reader; groups red" in text
    assert not [hidden for hidden in (secret, PASSWORD, "another horse") if hidden in text]
    last = house.accounts.user("管理员").id
    for call in (admin.delete(f"/v1/accounts/{last}"), admin.patch(f"/v1/accounts/{last}", json={"role": "reader"})):
        assert (call.status_code, "唯一能用的管理员" in call.text) == (409, True)


def test_one_changes_ones_own_password_and_stays_logged_in(house: House) -> None:
    house.accounts.add_user("己", PASSWORD, role="reader")
    here, there = house.visitor("己"), house.visitor("己")
    assert here.put("/v1/me/password", json={"current": "wrong", "new": "another horse"}).status_code == 422
    assert here.put("/v1/me/password", json={"current": PASSWORD, "new": "short"}).status_code == 422
    assert here.put("/v1/me/password", json={"current": PASSWORD, "new": "another horse"}).status_code == 204
    assert here.get("/v1/me").status_code == 200
    assert there.get("/v1/me").status_code == 401
    assert house.program().put("/v1/me/password", json={"current": PASSWORD, "new": "x" * 9}).status_code == 409
    house.accounts.remove_user("己")


# Without accounts


@pytest.fixture
def fresh() -> Iterator[tuple[Accounts, Workspace]]:
    with Workspace.open("memory") as workspace:
        yield Accounts.of(workspace, passwords=quick_passwords()), workspace


def test_the_first_account_takes_over_and_closes_the_door(fresh: tuple[Accounts, Workspace]) -> None:
    accounts, workspace = fresh
    app = create_app(FakeAssistant(), web=False, workspace=workspace, accounts=accounts)
    client, other = (TestClient(app, base_url="http://localhost") for _ in range(2))
    kept = client.post("/v1/conversations", json={"title": "以前的"}).json()["id"]
    assert client.get("/v1/me").json()["kind"] == "local"
    assert other.get("/v1/audit").status_code == 200
    for role in ("reader", "writer"):
        refused = client.post("/v1/accounts", json={"name": "甲", "password": PASSWORD, "role": role})
        assert refused.status_code == 422
    assert client.post("/v1/keys", json={"name": "x"}).status_code == 409, "nobody could open a page any more"
    made = client.post("/v1/accounts", json={"name": "甲", "password": PASSWORD, "role": "admin"})
    assert made.status_code == 201
    assert client.get("/v1/me").json()["name"] == "甲"
    assert client.get(f"/v1/conversations/{kept}").json()["conversation"]["title"] == "以前的"
    assert other.get(f"/v1/conversations/{kept}").status_code == 401
    assert other.post("/v1/accounts", json={"name": "乙", "password": PASSWORD, "role": "admin"}).status_code == 401


@pytest.mark.parametrize(
    "access", [Access(open=True), Access(names=("localhost", "a.example")), Access(root_path="/y")]
)
def test_who_comes_from_elsewhere_may_ask_and_read_what_is_for_everybody(
    house: House, fresh: tuple[Accounts, Workspace], access: Access
) -> None:
    accounts, workspace = fresh
    app = create_app(house.assistant, web=False, workspace=workspace, accounts=accounts, access=access)
    client = TestClient(app, base_url="http://localhost")
    assert client.get("/v1/me").json() == {"kind": "anonymous", "name": "", "scopes": ["ask", "read"], "groups": []}
    assert [each["title"][:2] for each in client.get("/v1/documents").json()["documents"]] == ["云岭"]
    answer = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert "73918264" not in json.dumps(answer)
    assert client.get("/v1/jobs").json()["jobs"] == [], "they name files"
    for method, path in (
        ("PUT", "/v1/settings"),
        ("GET", "/v1/settings"),
        ("POST", "/v1/accounts"),
        ("GET", "/v1/audit"),
        ("POST", "/v1/documents/remove"),
        ("POST", "/v1/jobs/1/cancel"),
        ("POST", "/v1/sources"),
    ):
        assert client.request(method, path, json={}).status_code == 403, path


def test_where_a_request_came_from_only_a_proxy_here_says(house: House) -> None:
    def noted(peer: str, said: str) -> str:
        client = TestClient(house.app, base_url="http://localhost", client=(peer, 5))
        client.post("/login", data={"name": "庚", "password": PASSWORD}, headers={"x-forwarded-for": said})
        return house.accounts.log(limit=1)[0].address

    house.accounts.add_user("庚", PASSWORD, role="reader")
    assert noted("127.0.0.1", "198.51.100.9") == "198.51.100.9"
    assert noted("127.0.0.1", "10.0.0.1, 198.51.100.8") == "198.51.100.8", "what the browser says itself comes first"
    assert noted("192.0.2.50", "198.51.100.9") == "192.0.2.50"
    assert noted("127.0.0.1", "not an address") == "127.0.0.1"
    house.accounts.remove_user("庚")
    proxied = Access(proxies=("172.16.0.0/12",))
    assert proxied.believes("172.18.0.3")
    assert not proxied.believes("192.168.0.3")


# Gradio's queue


def test_a_session_of_gradios_is_its_owners_alone() -> None:
    with Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        for name in ("甲", "乙"):
            accounts.add_user(name, PASSWORD, role="admin")
        app = app_with_page(FakeAssistant(), workspace=workspace, accounts=accounts)
        with (
            Server(app) as url,
            httpx.Client(base_url=url, timeout=20) as own,
            httpx.Client(base_url=url, timeout=60) as other,
        ):
            for client, name in ((own, "甲"), (other, "乙")):
                client.cookies.set(SESSION_COOKIE, accounts.sign_in(name, PASSWORD, "192.0.2.7"))
            config = own.get("/config").json()
            [loads] = [each["id"] for each in config["dependencies"] if each["targets"][0][1] == "load"][:1]
            body = {"data": [{}], "fn_index": loads, "session_hash": "mine", "trigger_id": None}
            event = own.post("/gradio_api/queue/join", json=body).json()["event_id"]
            stop = {"session_hash": "mine", "fn_index": loads, "event_id": event}
            for method, path, sent in (
                ("GET", "/gradio_api/queue/data?session_hash=mine", None),
                ("GET", "/gradio_api/heartbeat/mine", None),
                ("POST", "/gradio_api/queue/join", body),
                ("POST", "/gradio_api/cancel", stop),
            ):
                assert other.request(method, path, json=sent).status_code == 404, path
                assert httpx.request(method, f"{url}{path}", json=sent, timeout=60).status_code == 401, path
            with own.stream("GET", "/gradio_api/queue/data", params={"session_hash": "mine"}) as stream:
                deadline, told = time.monotonic() + 15, ""
                for line in stream.iter_lines():
                    told += line
                    if "process_completed" in line or time.monotonic() > deadline:
                        break
            assert "process_completed" in told
            assert "甲" in told, "the bar says who has logged in"
