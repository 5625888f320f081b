"""Bringing documents by the API, over real sockets: whole or not at all, and what is done with them afterwards."""

from __future__ import annotations

import io
import os
import shutil
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.server.access import Access
from assistant.server.app import create_app
from assistant.server.multipart import MAX_FILES
from assistant.server.once import Replies
from assistant.uploads.store import Uploads
from tests.fakes.library import FEES, FEES_NEW, SUBSIDY, drain, own_library
from tests.fakes.server import Server


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    made = own_library(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def http(assistant: Assistant) -> Iterator[httpx.Client]:
    with Server(create_app(assistant, web=False)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def send(http: httpx.Client, *files: tuple[str, str | bytes]) -> httpx.Response:
    bodies = [("files", (name, body.encode() if isinstance(body, str) else body)) for name, body in files]
    return http.post("/v1/documents", files=bodies)


def message_of(response: httpx.Response) -> str:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code", "request_id"}
    return str(error["message"])


class Listed(NamedTuple):
    total: int
    by_title: dict[str, Any]


def listed(http: httpx.Client, **asked: Any) -> Listed:
    found = http.get("/v1/documents", params={"limit": 50, **asked}).json()
    return Listed(found["total"], {each["title"]: each for each in found["documents"]})


def kept_files(assistant: Assistant) -> list[str]:
    folder = assistant.config.data_dir / "uploads"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def staged(assistant: Assistant) -> list[Path]:
    return list((assistant.config.data_dir / "uploads.part").glob("*"))


# Bringing


def test_files_are_brought_read_and_answered_from(http: httpx.Client, assistant: Assistant) -> None:
    reply = send(http, ("收费/停车.txt", FEES), ("养老.txt", SUBSIDY))
    assert reply.status_code == 202
    parking, pension = reply.json()["files"]
    assert (parking["name"], parking["outcome"], parking["state"]) == ("收费/停车.txt", "new", "waiting")
    assert http.get(f"/v1/documents/{parking['id']}/status").json()["state"] == "waiting"
    drain(assistant)
    assert http.get(f"/v1/documents/{parking['id']}/status").json()["state"] == "indexed"
    assert {each["state"] for each in http.get("/v1/uploads").json()["files"]} == {"indexed"}
    assert "300元" in http.post("/v1/ask", json={"question": "八十岁以上老人每月补贴多少元？"}).json()["answer"]
    assert listed(http, query="停车").by_title["云栖市停车收费办法"]["id"] == parking["id"]
    assert pension["id"] == listed(http, query="养老").by_title["云栖市养老补贴办法"]["id"]
    assert kept_files(assistant) == ["养老.txt", "收费/停车.txt"]
    assert staged(assistant) == []


def test_the_same_is_the_same_and_other_bytes_are_a_new_version(http: httpx.Client, assistant: Assistant) -> None:
    first = send(http, ("停车.txt", FEES)).json()["files"][0]
    drain(assistant)
    again = send(http, ("停车.txt", FEES)).json()["files"][0]
    assert (again["outcome"], again["id"], again["replaced"]) == ("same", first["id"], None)
    newer = send(http, ("停车.txt", FEES_NEW)).json()["files"][0]
    assert (newer["outcome"], newer["replaced"]) == ("version", first["id"])
    drain(assistant)
    assert "8元" in http.post("/v1/ask", json={"question": "机动车停放每小时收费多少元？"}).json()["answer"]
    assert listed(http).total == 1
    assert kept_files(assistant) == ["停车.txt"]
    (earlier,) = (assistant.config.data_dir / "uploads.earlier" / "停车.txt").iterdir()
    assert earlier.read_text(encoding="utf8") == FEES


def test_a_name_can_neither_lead_out_nor_stand_in_the_way(http: httpx.Client, assistant: Assistant) -> None:
    reply = send(http, ("../../出逃.txt", FEES), ("通知", SUBSIDY), ("a.txt", FEES), ("a.txt/b.txt", SUBSIDY))
    out, bare, first, within = reply.json()["files"]
    assert (out["name"], out["renamed_from"]) == ("出逃.txt", "../../出逃.txt")
    assert bare["outcome"] == "refused"  # text without an ending may be a program as well
    assert (first["name"], within["name"]) == ("a.txt", "a (2).txt/b.txt")
    assert {path.name for path in assistant.config.data_dir.parent.iterdir()} == {"data"}
    assert kept_files(assistant) == ["a (2).txt/b.txt", "a.txt", "出逃.txt"]


def test_a_name_in_gb18030_is_read(http: httpx.Client, assistant: Assistant) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="' + "养老办法.txt".encode("gb18030")
    body = head + b'"\r\n\r\n' + SUBSIDY.encode() + b"\r\n--x--\r\n"
    reply = http.post("/v1/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert reply.json()["files"][0]["name"] == "养老办法.txt"
    assert kept_files(assistant) == ["养老办法.txt"]


def test_no_file_takes_anothers_place_in_the_same_upload(http: httpx.Client, assistant: Assistant) -> None:
    for other in ("办法.txt", "../办法.txt", "办法.txt "):
        reply = send(http, ("办法.txt", FEES), (other, SUBSIDY))
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "same_name")
        assert "请改名" in message_of(reply)
    assert kept_files(assistant) == []
    assert staged(assistant) == []
    assert send(http, ("办法.txt", FEES), ("办法.txt", FEES), ("二/办法.txt", SUBSIDY)).status_code == 202
    assert kept_files(assistant) == ["二/办法.txt", "办法.txt"]


def test_what_no_reader_takes_is_refused_and_the_others_are_taken(http: httpx.Client, assistant: Assistant) -> None:
    reply = send(http, ("程序.exe", b"MZ\x90\x00" + bytes(200)), (".DS_Store", b"x"), ("停车.txt", FEES))
    program, system, taken = reply.json()["files"]
    assert (program["outcome"], program["state"]) == ("refused", "failed")
    assert "还不能读取" in program["why"]
    assert system["outcome"] == "refused"
    assert taken["outcome"] == "new"
    alone = send(http, ("程序.exe", b"MZ\x90\x00" + bytes(200)))
    assert alone.status_code == 415
    assert "还不能读取" in message_of(alone)
    assert kept_files(assistant) == ["停车.txt"]


def test_hostile_files_are_told_of(http: httpx.Client, assistant: Assistant) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", bytes(60_000_000))
        packed.writestr("[Content_Types].xml", "<Types/>")
    files = (
        ("空.txt", b""),
        ("坏.pdf", b"%PDF-1.7\nnothing"),
        ("炸弹.docx", bomb.getvalue()),
        ("其实是文字.xlsx", "abc"),
    )
    reply = send(http, *files, ("好.txt", FEES))
    assert reply.status_code == 202
    drain(assistant)
    states = {each["name"]: each for each in http.get("/v1/uploads").json()["files"]}
    assert {name for name, each in states.items() if each["state"] == "indexed"} == {"好.txt"}
    assert all(each["why"] for each in states.values() if each["state"] == "failed")
    assert len(http.get("/v1/documents").json()["unread"]) == 4
    again = http.post(f"/v1/uploads/{states['坏.pdf']['id']}/retry")
    assert again.status_code == 202
    drain(assistant)
    assert http.get(f"/v1/documents/{states['坏.pdf']['id']}/status").json()["state"] == "failed"
    assert http.delete(f"/v1/uploads/{states['坏.pdf']['id']}").json()["deleted"] == 1
    drain(assistant)
    assert len(http.get("/v1/documents").json()["unread"]) == 3
    assert "坏.pdf" not in kept_files(assistant)


def test_an_archive_is_read_as_a_folder(http: httpx.Client, assistant: Assistant) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("停车.txt", FEES)
        into.writestr("养老.txt", SUBSIDY)
    sent = send(http, ("归档.zip", packed.getvalue())).json()["files"][0]
    drain(assistant)
    assert http.get(f"/v1/documents/{sent['id']}/status").json() | {"documents": 2} == {
        "state": "indexed", "why": "", "document_id": None, "documents": 2, "page": 0, "pages": 0,
    }  # fmt: skip
    one = listed(http, query="停车").by_title["云栖市停车收费办法"]["id"]
    refused = http.delete(f"/v1/documents/{one}")
    assert refused.status_code == 409
    assert "压缩包" in message_of(refused)


# Limits


def test_a_file_that_is_too_long_is_refused_and_nothing_is_kept(http: httpx.Client, assistant: Assistant) -> None:
    reply = send(http, ("长.txt", b"a" * (20 * 2**20 + 1)))
    assert reply.status_code == 413
    assert "长.txt" in message_of(reply)
    assert "20 MB" in message_of(reply)
    assert reply.json()["error"]["code"] == "too_large"
    assert kept_files(assistant) == []
    assert staged(assistant) == []


def test_too_many_files_are_refused_whole(http: httpx.Client, assistant: Assistant) -> None:
    reply = send(http, *((f"{number}.txt", "甲") for number in range(MAX_FILES + 1)))
    assert reply.status_code == 413
    assert str(MAX_FILES) in message_of(reply)
    assert kept_files(assistant) == []
    assert staged(assistant) == []


def test_a_long_body_is_refused_before_it_is_sent(http: httpx.Client) -> None:
    address = urlsplit(str(http.base_url))
    head = (
        f"POST /v1/documents HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {5 * 2**30}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=20) as client:
        client.sendall(head.encode())
        assert b" 413 " in client.recv(200)


def test_a_client_that_leaves_in_the_middle_leaves_nothing(http: httpx.Client, assistant: Assistant) -> None:
    address = urlsplit(str(http.base_url))
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="half.txt"\r\n\r\n' + b"half" * 1000
    head = (
        f"POST /v1/documents HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(part) + 5000}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=20) as client:
        client.sendall(head.encode() + part)
        deadline = time.monotonic() + 20
        while not staged(assistant) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert staged(assistant)
    while staged(assistant) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert staged(assistant) == []
    assert kept_files(assistant) == []
    cut = http.post(
        "/v1/documents", content=part, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )  # whole as a body, cut as a form
    assert (cut.status_code, cut.json()["error"]["code"]) == (400, "incomplete")
    assert kept_files(assistant) == []
    assert assistant.index.jobs.all() == []


def test_a_full_disk_keeps_nothing(http: httpx.Client, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(assistant.config.data_dir)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type(usage)(usage.total, usage.total, 1000))
    reply = send(http, ("停车.txt", FEES))
    assert reply.status_code == 507
    assert "磁盘满了" in message_of(reply)
    assert kept_files(assistant) == []
    assert staged(assistant) == []


def test_what_a_killed_server_left_goes_and_what_it_had_kept_is_read(assistant: Assistant) -> None:
    data = assistant.config.data_dir
    half = data / "uploads.part" / f"{os.getpid()}-dead" / "half.txt"
    whole = data / "uploads" / "停车.txt"
    for path in (half, whole):
        path.parent.mkdir(parents=True)
        path.write_text(FEES, encoding="utf8")
    Uploads(assistant).recover()
    assert staged(assistant) == []
    drain(assistant)
    assert [info.title for info in assistant.index.documents()] == ["云栖市停车收费办法"]


# Afterwards


@pytest.fixture
def read(http: httpx.Client, assistant: Assistant, tmp_path: Path) -> dict[str, str]:
    """One document that was brought, and one in a folder of the server's; their ids."""
    folder = tmp_path / "文件夹"
    folder.mkdir()
    (folder / "养老.txt").write_text(SUBSIDY, encoding="utf8")
    send(http, ("停车.txt", FEES))
    assert http.post("/v1/sources", json={"path": str(folder)}).status_code == 202
    drain(assistant)
    found = listed(http).by_title
    return {"own": found["云栖市停车收费办法"]["id"], "folder": found["云栖市养老补贴办法"]["id"]}


def test_removing_deletes_what_was_brought_and_leaves_out_the_rest(
    http: httpx.Client, assistant: Assistant, read: dict[str, str], tmp_path: Path
) -> None:
    done = http.post("/v1/documents/remove", json={"documents": [read["own"], read["folder"]]}).json()
    path = str(tmp_path / "文件夹" / "养老.txt")
    assert done == {"deleted": 1, "left_out": [path], "is_done": True}
    assert listed(http).total == 0
    assert kept_files(assistant) == []
    assert Path(path).exists()
    drain(assistant)
    assistant.index.update()
    assert listed(http).total == 0
    assert http.post("/v1/documents/restore", json={"paths": [path]}).status_code == 202
    drain(assistant)
    assert set(listed(http).by_title) == {"云栖市养老补贴办法"}
    assert http.delete(f"/v1/documents/{read['own']}").status_code == 404


def test_a_new_version_takes_the_place_of_what_was_brought(
    http: httpx.Client, assistant: Assistant, read: dict[str, str]
) -> None:
    body = {"file": ("另一个名字.txt", FEES_NEW.encode())}
    moved_on = http.put(f"/v1/documents/{read['own']}", files=body, headers={"If-Match": '"0000000000000000"'})
    assert moved_on.status_code == 412
    reply = http.put(f"/v1/documents/{read['own']}", files=body).json()
    assert (reply["name"], reply["outcome"], reply["replaced"]) == ("停车.txt", "version", read["own"])
    drain(assistant)
    assert http.get(f"/v1/documents/{read['own']}").status_code == 404
    assert http.get(f"/v1/documents/{reply['id']}").status_code == 200
    elsewhere = http.put(f"/v1/documents/{read['folder']}", files=body)
    assert elsewhere.status_code == 409
    assert "文件夹" in message_of(elsewhere)


def test_the_file_is_given_back_to_be_saved_and_only_as_it_was_read(
    http: httpx.Client, read: dict[str, str], tmp_path: Path
) -> None:
    reply = http.get(f"/v1/documents/{read['folder']}/file")
    assert reply.content.decode() == SUBSIDY
    assert reply.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E5%85%BB")
    assert (reply.headers["content-type"], reply.headers["x-content-type-options"]) == (
        "application/octet-stream", "nosniff",
    )  # fmt: skip
    same = http.get(f"/v1/documents/{read['folder']}/file", headers={"If-None-Match": reply.headers["etag"]})
    assert same.status_code == 304
    path = tmp_path / "文件夹" / "养老.txt"
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert http.get(f"/v1/documents/{read['folder']}/file").status_code == 410


def test_tags_are_given_and_taken(http: httpx.Client, assistant: Assistant, read: dict[str, str]) -> None:
    own = f"/v1/documents/{read['own']}/tags"
    assert http.patch(own, json={"add": ["急", " 收费 "]}).json() == {"tags": ["急", "收费"], "from_folders": []}
    assert http.put(own, json={"tags": ["收费", "2025"]}).json()["tags"] == ["2025", "收费"]
    both = {"documents": [*read.values()], "add": ["<b>甲</b>"]}
    assert http.patch("/v1/documents", json=both).json() == {"count": 2}
    assert listed(http, tags="<b>甲</b>").total == 2
    assistant.index.label("tag", "全部", [assistant.config.data_dir / "uploads"])
    inherited = http.patch(own, json={"remove": ["全部"]})
    assert inherited.status_code == 409
    assert "整个文件夹" in message_of(inherited)
    assert http.patch(own, json={"add": [""]}).status_code == 422


def test_only_folders_that_are_there_and_nobody_elses_are_added(http: httpx.Client, assistant: Assistant) -> None:
    for path in ("相对/路径", "/没有/这个", str(assistant.config.data_dir)):
        assert http.post("/v1/sources", json={"path": path}).status_code == 422
    assert assistant.index.jobs.all() == []


# Who may


@pytest.mark.parametrize("uploads", [None, True, False])
def test_where_others_reach_the_server_nobody_may_who_hasnt_logged_in(tmp_path: Path, uploads: bool | None) -> None:
    made = own_library(tmp_path / "data")
    made.config = Config(data_dir=made.config.data_dir, uploads=uploads)
    app = create_app(made, web=False, access=Access(open=True))
    with Server(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert send(client, ("停车.txt", FEES)).status_code == 403
        assert client.post("/v1/sources", json={"path": str(tmp_path)}).status_code == 403
        assert client.post("/v1/documents/remove", json={"documents": []}).status_code in (200, 403)
        foreign = client.post(
            "/v1/documents", files={"f": ("a.txt", b"a")}, headers={"Origin": "https://elsewhere.example"}
        )
        assert foreign.status_code == 403
    made.close()


def test_the_first_file_begins_a_library_of_ones_own(tmp_path: Path) -> None:
    made = build(Config(data_dir=tmp_path / "data", embedder="static:"))
    assert made.is_sample
    with Server(create_app(made, web=False)) as url, httpx.Client(base_url=url, timeout=60) as client:
        sample = listed(client)
        refused = client.delete(f"/v1/documents/{next(iter(sample.by_title.values()))['id']}")
        assert refused.status_code == 403
        assert "示例文库" in message_of(refused)
        assert send(client, ("停车.txt", FEES)).status_code == 202
        assert listed(client).total == sample.total
        drain(made)
        time.sleep(0.5)
        assert set(listed(client).by_title) == {"云栖市停车收费办法"}
    made.close()


# Once


def form(content: bytes, *, boundary: str = "x", name: str = "养老.txt") -> dict[str, Any]:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return {"content": body, "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}}


def keyed(http: httpx.Client, key: str, sent: dict[str, Any], *, piece: int = 0) -> httpx.Response:
    """With `piece`, chunked in pieces of so many bytes."""
    content = sent["content"]
    pieces = (content[at : at + piece] for at in range(0, len(content), piece)) if piece else content
    return http.post("/v1/documents", content=pieces, headers={**sent["headers"], "Idempotency-Key": key})


@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("piece", [0, 1000, 300_000])
def test_an_upload_is_known_by_its_parts(http: httpx.Client, assistant: Assistant, size: int, piece: int) -> None:
    text = SUBSIDY.encode() + "补".encode() * (size // 3)
    first = keyed(http, "k", form(text), piece=piece)
    assert first.status_code == 202
    again = keyed(http, "k", form(text, boundary="another"), piece=piece and 7777)
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.json() == first.json()
    other_content = form(text[:-3] + "贴".encode())
    other_name = form(text, name="补贴.txt")
    cut_off = form(text) | {"content": form(text)["content"][:-9]}
    for other in (other_content, other_name, cut_off):
        reply = keyed(http, "k", other, piece=piece)
        assert (reply.status_code, reply.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert kept_files(assistant) == ["养老.txt"]


def test_an_upload_that_failed_may_be_tried_again_with_its_key(http: httpx.Client) -> None:
    whole = form(SUBSIDY.encode())
    assert keyed(http, "k", whole | {"content": whole["content"][:-9]}).status_code == 400
    assert keyed(http, "k", whole).status_code == 202


def test_the_same_upload_at_the_same_time_is_not_done_twice(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = form(SUBSIDY.encode())
    during: list[httpx.Response] = []
    begun, begin = threading.Event(), Replies.begin

    def beginning(self: Replies, *asked: str) -> dict[str, Any] | None:
        known = begin(self, *asked)
        begun.set()
        return known

    monkeypatch.setattr(Replies, "begin", beginning)

    def slowly() -> Iterator[bytes]:
        yield whole["content"][:100]
        assert begun.wait(60)  # it may take its time to be heard of
        during.append(keyed(http, "k", whole))
        yield whole["content"][100:]

    headers = {**whole["headers"], "Idempotency-Key": "k"}
    assert http.post("/v1/documents", content=slowly(), headers=headers).status_code == 202
    assert during[0].json()["error"]["code"] == "still_being_done"
    assert keyed(http, "k", whole).headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ({"x": (None, "1")}, 400, "no_file"),
        ({"files": ("Thumbs.db", b"x")}, 422, "system_file"),
        ({"files": ("程序.exe", b"MZ" + bytes(9))}, 415, "not_readable"),
    ],
)
def test_what_is_not_taken_has_a_code(http: httpx.Client, files: Any, status: int, code: str) -> None:
    reply = http.post("/v1/documents", files=files)
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
