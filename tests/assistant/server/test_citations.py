"""Citations by their ids: what was quoted goes on being told, with what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.accounts.store import Accounts
from assistant.answers import Answer
from assistant.ask import Assistant, open_index
from assistant.config import Config
from assistant.conversations.store import Workspace
from assistant.server.app import create_app
from tests.fakes.assistant import BULLETIN, RURAL, FakeAssistant
from tests.fakes.passwords import quick_passwords

FEES = """云栖市停车收费办法
云栖市发展和改革委员会
2025年3月5日
第一条 小型车每小时收费5元。
第二条 本办法自2025年4月1日起施行。
"""
QUESTION = "云栖市小型车停车每小时收费多少？"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Any, Accounts, Assistant, Path]]:
    root = tmp_path / "文件"
    root.mkdir()
    (root / "停车.txt").write_text(FEES, encoding="utf8")
    config = Config(data_dir=tmp_path / "data")
    index = open_index(config, config.data_dir)
    index.update([root])
    with Workspace.open("memory") as workspace:
        assistant = Assistant(index, config)
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        app = create_app(assistant, web=False, workspace=workspace, accounts=accounts, environment={})
        yield app, accounts, assistant, root
        assistant.close()


def program(app: Any, accounts: Accounts, **given: Any) -> TestClient:
    secret, _ = accounts.add_key("程序", **given)
    return TestClient(app, base_url="http://localhost", headers={"authorization": f"Bearer {secret}"})


def test_a_citation_resolves_whatever_becomes_of_its_document(house: Any) -> None:
    app, accounts, assistant, root = house
    one, other = program(app, accounts), program(app, accounts)
    [citation, *_] = one.post("/v1/ask", json={"question": QUESTION}).json()["citations"]
    path = f"/v1/citations/{citation['id']}"
    found = one.get(path).json()
    assert (found["state"], found["quote"], found["start"]) == ("current", citation["quote"], citation["start"])
    assert found["uri"] == "文件/停车.txt", "no path of the server's"
    assert citation["uri"] == "文件/停车.txt"
    assert other.get(path).json()["state"] == "current", "who may read the document may know"

    (root / "停车.txt").write_text(FEES.replace("2025年3月5日", "2025年10月15日"), encoding="utf8")
    assistant.index.update([root])
    replaced = one.get(path).json()
    assert (replaced["state"], replaced["quote"]) == ("replaced", citation["quote"])
    now = one.get(f"/v1/documents/{replaced['now']['document_id']}").json()
    assert now["text"][replaced["now"]["start"] : replaced["now"]["end"]] == citation["quote"]

    (root / "停车.txt").unlink()
    assistant.index.update([root])
    removed = one.get(path, headers={"accept-language": "en"}).json()
    assert (removed["state"], removed["quote"], removed["now"]) == ("removed", citation["quote"], None)
    assert removed["message"].startswith("the document was removed")
    assert other.get(path).status_code == 404, "what is gone is told to whom it was quoted"


def test_who_may_not_read_the_document_any_more_gets_no_quote(house: Any) -> None:
    app, accounts, assistant, root = house
    client = program(app, accounts)
    [citation, *_] = client.post("/v1/ask", json={"question": QUESTION}).json()["citations"]
    assistant.index.label("group", "red", [root])
    assert client.get(f"/v1/citations/{citation['id']}").status_code == 404
    assert program(app, accounts, groups=["red"]).get(f"/v1/citations/{citation['id']}").status_code == 200


def test_what_was_read_anew_is_found_where_it_stands_now() -> None:
    assistant = FakeAssistant()
    client = TestClient(create_app(assistant, web=False, environment={}), base_url="http://localhost")
    told = client.post("/v1/ask", json={"question": RURAL.question}).json()
    citation = told["citations"][0]
    path = f"/v1/citations/{citation['id']}"
    assistant.index.held[BULLETIN.id] = replace(BULLETIN, text=f"新的抬头\n{BULLETIN.text}")
    moved = client.get(path).json()
    assert (moved["state"], moved["now"]["start"]) == ("moved", citation["start"] + 5)
    assistant.index.held[BULLETIN.id] = replace(BULLETIN, text="全都变了")
    assert client.get(path).json()["state"] == "changed"
    assert Answer.from_json(told) == RURAL, "an id is no field of an answer"


@pytest.mark.parametrize("given", ["x", "aaaa1111-0-5", "aaaa1111-0-5-00000000", "../../etc", "a-1-2-zzzzzzzz"])
def test_what_is_no_citation_is_not_found(given: str) -> None:
    client = TestClient(create_app(FakeAssistant(), web=False, environment={}), base_url="http://localhost")
    assert client.get(f"/v1/citations/{given}").status_code == 404
