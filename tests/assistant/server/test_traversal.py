"""Hostile requests: paths that lead out of what is served, in a thousand encodings, and strings that make slow patterns
explode

The requests are handed to the application as they come off the wire: clients put `..` in order before they send it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from assistant.ask import Assistant
from assistant.server.rights import ROUTES
from assistant.web.shell import ASSETS
from tests.fakes.library import FEES, drain, own_library
from tests.fakes.server import app_with_page

ROOT = Path(__file__).parents[3]
SECRET = "只有管理员知道的口令是云雀七三九一"
WORDS = (SECRET, "root:x:0")
"""Of the file beside the data directory, and of one that most machines have."""
SLASHES = (
    *("/", "%2f", "%2F", "%252f", "%25252F", "//", "/./", "/;/", "\\", "%5c", "%5C", "%255c"),
    *("%c0%af", "%C0%2F", "%e0%80%af", "%f0%80%80%af", "%c1%9c", "%u2215", "%u005c"),
    *("%ef%bc%8f", "%e2%88%95", "%E2%81%84", "%ef%bc%bc", "%a5", "%00/", "/%20"),
)
"""Plain, encoded once, twice and thrice, backward, overlong, as unmoved relatives decode them, and what looks alike."""
DOTS = (
    *("..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae"),
    *("%u002e%u002e", "%ef%bc%8e%ef%bc%8e", "%e2%80%a5", "%e3%80%82%e3%80%82", "....", "..;", "..%00", "%00.."),
    *(".%20.", "..%0d%0a", "%2e%2e%09"),
)
ENDS = ("", "%00", "%00.css", "?", "#", "%23.js", "%20", "/", "%2f.", "::$DATA", "..css")
PLACES = [(method, path) for method, path, _ in ROUTES if "{" in path]
SERVING_FILES = [(method, path) for method, path in PLACES if re.search(r"\{path|\{name|/file|/pages/|/library/", path)]


def encodings(secret: Path) -> list[str]:
    """Ways to write the secret's place, from wherever files are served."""
    inside = str(secret).lstrip("/")
    found, ends = [], itertools.cycle(ENDS)
    for slash, dots in itertools.product(SLASHES, DOTS):
        for steps, target in ((24, inside), (1, secret.name)):
            way = slash.join([*[dots] * steps, *(quote(part) for part in target.split("/"))])
            found.append(way + (next(ends) if found else ""))
    for slash in SLASHES:
        for start in ("", "file:", "file://", "C:", "~", "/proc/self/root", "%00"):
            found.append(start + slash + slash.join(map(quote, inside.split("/"))))  # noqa: PERF401
    found += ["/etc/passwd", "%2fetc%2fpasswd", "%2Fetc/PassWD", "..%2f" * 24 + "etc%2fpasswd", "data/../secret.txt"]
    found += [
        ".",
        "..",
        "%2e",
        "%00",
        "%",
        "%2",
        "%zz",
        "%ff%fe",
        "%ed%a0%80",
        "%f4%90%80%80",
        "CON",
        "NUL.txt",
        "a" * 999,
    ]
    return list(dict.fromkeys(found))


class Wire:
    """An application that gets requests byte by byte as a client wrote them."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def send(
        self, method: str, target: str, body: bytes | None = None, *, kind: str = "application/json"
    ) -> tuple[int, str]:
        """Status and body of the reply."""
        before, _, query = target.partition("#")[0].partition("?")
        raw = before.encode("utf8", "surrogateescape")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(before),
            "raw_path": raw,
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"localhost"), (b"content-type", kind.encode())],
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
            "state": {},
        }
        coming = [{"type": "http.request", "body": body or b"", "more_body": False}]
        status, said = 0, b""

        async def receive() -> Any:
            return coming.pop() if coming else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal status, said
            status = message.get("status", status)
            said += message.get("body", b"")

        with contextlib.suppress(Exception):  # raised once more for the log, when 500 has been answered
            await self._app(scope, receive, send)
        return status, said.decode("utf8", "replace")


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file beside the data directory that nobody is to read."""
    file = tmp_path_factory.mktemp("house") / "secret.txt"
    file.write_text(SECRET, encoding="utf8")
    return file


@pytest.fixture(scope="module")
def library(secret: Path) -> Iterator[Assistant]:
    made = own_library(secret.parent / "data")
    (documents := secret.parent / "documents").mkdir()
    (documents / "fees.txt").write_text(FEES, encoding="utf8")
    made.index.update([documents])
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(library: Assistant) -> Any:
    return app_with_page(library, environment={})


async def test_a_careless_server_would_give_the_secret_away(secret: Path, library: Assistant) -> None:
    def careless(request: Request) -> Response:
        return Response(Path(ASSETS, request.path_params["path"].replace("\\", "/").rstrip("/.\0 ")).read_bytes())

    wire, ways = Wire(Starlette(routes=[Route("/assets/{path:path}", careless)])), encodings(secret)
    given = [way for way in ways if SECRET in (await wire.send("GET", f"/assets/{way}"))[1]]
    assert len(given) > 20
    assert len(ways) > 1000
    assert len(PLACES) > 30
    assert len(SERVING_FILES) > 6
    assert (library.config.data_dir / ".." / "secret.txt").read_text(encoding="utf8") == SECRET


async def test_no_path_leads_out_of_what_is_served(app: Any, secret: Path) -> None:
    wire, ways, wrong = Wire(app), encodings(secret), []
    for some, places in ((ways, SERVING_FILES), (ways[::2], PLACES)):
        for way, (method, path) in zip(some, itertools.cycle(places), strict=False):
            target = re.sub(r"\{[^}]*\}", lambda _, way=way: way, path)
            status, said = await wire.send(method, target, None if method in ("GET", "DELETE") else b"{}")
            if not 200 <= status < 500 or any(words in said for words in WORDS):
                wrong.append((method, target, status, said[:200]))
    assert not wrong


async def test_nor_does_a_parameter(app: Any, secret: Path) -> None:
    named = [
        (path, parameter["name"])
        for path, methods in app.openapi()["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if parameter["in"] == "query"
    ]
    assert len({path for path, _ in named}) > 10
    wire, wrong = Wire(app), []
    for way, (path, name) in zip(encodings(secret)[::4], itertools.cycle(named), strict=False):
        target = f"{re.sub('{[^}]*}', '1', path)}?{name}={way.replace('#', '').replace('?', '')}"
        status, said = await wire.send("GET", target)
        if not 200 <= status < 500 or any(words in said for words in WORDS):
            wrong.append((target, status, said[:200]))
    assert not wrong


async def test_nor_does_a_folder_an_id_or_the_name_of_a_file(app: Any, secret: Path, library: Assistant) -> None:
    def outside() -> set[Path]:
        return {path for path in secret.parent.rglob("*") if library.config.data_dir not in (path, *path.parents)}

    wire, wrong, before = Wire(app), [], outside()
    for way in encodings(secret)[::120]:
        name = unquote(way).replace("\0", "")
        form = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n{FEES}\r\n--x--\r\n'
        for path, body in (
            ("/v1/search", json.dumps({"query": "口令", "filter": {"folders": [name]}}).encode()),
            ("/v1/ask", json.dumps({"question": "管理员的口令是什么？", "filter": {"documents": [name]}}).encode()),
            ("/v1/documents/reread", json.dumps({"documents": [name]}).encode()),
            ("/v1/documents/remove", json.dumps({"documents": [name]}).encode()),
            ("/v1/documents", form.encode("utf8", "replace")),
        ):
            kind = "multipart/form-data; boundary=x" if body.startswith(b"--x") else "application/json"
            status, said = await wire.send("POST", path, body, kind=kind)
            if not 200 <= status < 500 or any(words in said for words in WORDS):
                wrong.append((path, name, status, said[:200]))
    assert not wrong
    assert outside() == before
    assert secret.read_text(encoding="utf8") == SECRET
    drain(library)
    assert not library.search("云雀七三九一")[0].passage.text.count(SECRET)


# --- strings that make slow patterns explode ----------------------------------------------------------------------

MOST_S = 60
"""For one request, however busy the machine is: what explodes takes years."""
EXPLODING = [
    (head + unit * (1900 // len(unit)))[:1950] + tail
    for head, unit, tail in (
        ("", "a", "!"),
        ("", "1", "年"),
        ("", "1,", "元"),
        ("", "0.", "%"),
        ("2025", "年", "？"),
        ("", "2025年", "是多少"),
        ("", "1-", "月"),
        ("", "万亿", "元"),
        ("第", "一百", "条"),
        ("", "第一条", "x"),
        ("", "（", "）"),
        ("", "“", "”"),
        ("", "《", "》"),
        ("", "[1]", "["),
        ("<", "a ", ">"),
        ("", "<think>", "</think"),
        ("http://", "a.", "/"),
        ("", "a@a.", "@"),
        ("", " ", "x"),
        ("", "\t\n", "x"),
        ("", "的", "？"),
        ("", "和", "分别是多少？"),
        ("", "甲和乙、", "哪个多？"),
        ("", "比上年增长", "多少？"),
        ("", "还有呢", "？"),
        ("", "yi er san ", "duo shao"),
        ("", "|-", "|"),
        ("", "#*_", "\n"),
        ("", "%25", "%"),
        ("", "\u200b\u0301", "x"),
        ("", "((a+)+)+", "$"),
    )
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server in a process of its own: a pattern that explodes in this one would hold up its clocks, too."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "fees.txt").write_text(FEES, encoding="utf8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "YOUJU_DATA_DIR": str(folder / "data"), "YOUJU_EMBEDDER": "static:"}
    command = [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port), "--sources", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=MOST_S) as client:
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline, "the server did not start"
            try:
                client.get("/healthz").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield client
    process.kill()
    process.wait()


@pytest.mark.parametrize("words", EXPLODING, ids=lambda words: repr(words[:6]))
def test_no_words_make_a_pattern_explode(served: httpx.Client, words: str) -> None:
    short = words[:80] + words[-20:]  # as long as names may be; and the reader takes its time for long questions
    replies = [
        served.post("/v1/ask", json={"question": words, "filter": {"documents": ["none"]}}),
        served.post("/v1/ask", json={"question": short}),
        served.post("/v1/search", json={"query": words}),
        served.post("/v1/search", json={"query": "停车", "filter": {"publishers": [words], "regions": [words]}}),
        served.post("/v1/search", json={"query": "停车", "filter": {"since": words}}),
        served.post("/v1/figures", json={"metric": short, "region": short}),
        served.post("/v1/figures", json={"metric": "收费", "period": short}),
        served.get("/v1/metrics", params={"q": short}),
        served.get("/v1/conversations", params={"query": words}),
    ]
    assert {reply.status_code for reply in replies} <= {200, 422}
