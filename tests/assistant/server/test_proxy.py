"""The server below a path of a reverse proxy: a real nginx, and a proxy's headers without one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from assistant.server.access import Access, read_root_path
from tests.fakes.assistant import BULLETIN, RURAL, FakeAssistant
from tests.fakes.nginx import NGINX, PATHS, Nginx, locations
from tests.fakes.server import Server, app_with_page


@pytest.fixture(scope="module")
def said() -> Iterator[str]:
    """A server that hears of its path from the proxy."""
    with Server(app_with_page(FakeAssistant())) as url:
        yield url


@pytest.fixture(scope="module")
def told() -> Iterator[str]:
    """A server that was started with its path."""
    with Server(app_with_page(FakeAssistant(), Access(root_path="/told"))) as url:
        yield url


@pytest.fixture(scope="module")
def nginx(said: str, told: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if NGINX is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    with Nginx(tmp_path_factory.mktemp("nginx"), locations(said=said, told=told)) as url:
        yield url


def root_of(page: str) -> str:
    """Where the page's script calls."""
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", page)
    assert found
    return str(json.loads(found[1])["root"])


def asked_on_the_page(client: httpx.Client, root: str) -> str:
    """What Gradio's stream sends after RURAL's question, asked through its queue as the page's script does it."""
    config = client.get(f"{root}/config").json()
    assert config["root"] == root
    asks = next(each for each in config["dependencies"] if "submit" in [event for _, event in each["targets"]])
    session = {"language": "zh", "turns": [], "asking": "", "place": ""}
    own = uuid4().hex
    body = {"data": [RURAL.question, session], "fn_index": asks["id"], "session_hash": own, "trigger_id": None}
    joined = client.post(f"{root}/gradio_api/queue/join", json=body)
    assert joined.status_code == 200, joined.text
    with client.stream("GET", f"{root}/gradio_api/queue/data", params={"session_hash": own}) as stream:
        lines = [json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line.startswith("data: ")]
    assert lines[-1]["msg"] == "close_stream"
    return json.dumps(lines, ensure_ascii=False)


def check_the_page(client: httpx.Client, address: str) -> None:
    """Everything that the page loads and calls lies below `address`."""
    page = client.get(f"{address}/")
    assert page.status_code == 200
    assert root_of(page.text) == address
    loaded = re.findall(r'(?:src|href)="(\./assets/[^"]+)"', page.text)
    assert len(loaded) >= 2
    for name in loaded:
        assert client.get(page.url.join(name)).status_code == 200
    assert f"{BULLETIN.id}:{RURAL.citations[0].start}" in asked_on_the_page(client, address)


# Behind nginx


@pytest.mark.parametrize("path", PATHS)
def test_the_page_and_gradios_queue_work_below_a_path(nginx: str, path: str) -> None:
    with httpx.Client(timeout=20) as client:
        check_the_page(client, nginx + path)


@pytest.mark.parametrize("path", PATHS)
def test_a_citation_of_the_api_opens_below_a_path(nginx: str, path: str) -> None:
    with httpx.Client(timeout=20) as client:
        asked = {"messages": [{"role": "user", "content": RURAL.question}]}
        reply = client.post(f"{nginx}{path}/v1/chat/completions", json=asked).json()
        link = reply["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
        assert link == f"{nginx}{path}/v1/documents/{BULLETIN.id}"
        assert client.get(link).json()["title"] == BULLETIN.title


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_streams_through_nginx(nginx: str, path: str) -> None:
    asked = {"question": RURAL.question, "stream": True}
    with httpx.Client(timeout=20) as client:
        lines = client.post(f"{nginx}{path}/v1/ask", json=asked, headers={"origin": nginx}).text
    assert lines.count("event: delta") > 2
    assert lines.count("event: answer") == 1


@pytest.mark.parametrize("path", PATHS)
def test_another_site_is_refused_through_nginx(nginx: str, path: str) -> None:
    refused = httpx.post(
        f"{nginx}{path}/v1/search", json={"query": "x"}, headers={"origin": "https://elsewhere.example"}, timeout=60
    )
    assert refused.status_code == 403


@pytest.mark.parametrize("path", ["/kept", "/told"])
def test_the_path_without_its_slash_leads_to_the_page(nginx: str, path: str) -> None:
    page = httpx.get(nginx + path, follow_redirects=True, timeout=60)
    assert page.status_code == 200
    assert page.url.path == f"{path}/"


# The same without nginx: what a proxy passes on, sent to the server itself


@pytest.mark.parametrize("kept", [False, True], ids=["stripped", "kept"])
def test_a_prefix_in_a_header(said: str, kept: bool) -> None:
    with httpx.Client(timeout=20, headers={"x-forwarded-prefix": "/youju/"}) as client:
        page = client.get(f"{said}/youju/" if kept else f"{said}/").text
        assert root_of(page) == f"{said}/youju"
        assert client.get(f"{said}/youju").status_code == 307
        assert client.get(f"{said}/youju/v1/models" if kept else f"{said}/v1/models").status_code == 200
        unknown = client.get(f"{said}/youju/v1/x" if kept else f"{said}/v1/x")
        assert unknown.json()["error"]["message"] == "没有 GET /v1/x：GET /openapi.json 列出都有什么"
        bad = client.post(f"{said}/youju/v1/chat/completions" if kept else f"{said}/v1/chat/completions", json={})
        assert bad.status_code == 400


def test_the_whole_page_with_a_prefix_that_is_kept(said: str) -> None:
    with httpx.Client(timeout=20, headers={"x-forwarded-prefix": "/youju"}) as client:
        check_the_page(client, f"{said}/youju")


def test_a_path_that_the_server_was_told_holds_whatever_a_header_says(told: str) -> None:
    page = httpx.get(f"{told}/", headers={"x-forwarded-prefix": "/elsewhere"}, timeout=60)
    assert root_of(page.text) == f"{told}/told"
    with httpx.Client(timeout=20) as client:
        check_the_page(client, f"{told}/told")


def test_behind_https_everything_is_https(said: str) -> None:
    sent = {"x-forwarded-proto": "https, http", "x-forwarded-host": "localhost:8443, 127.0.0.1"}
    assert root_of(httpx.get(f"{said}/", headers=sent, timeout=60).text) == "https://localhost:8443"
    assert root_of(httpx.get(f"{said}/", headers={"x-forwarded-proto": "javascript"}, timeout=60).text) == said


@pytest.mark.parametrize(
    "prefix",
    [
        "//elsewhere.example",
        "https://elsewhere.example",
        "youju",
        "/a//b",
        "/../x",
        "/a/..",
        "/./a",
        '/"><script>alert(1)</script>',
        "/a b",
        "/%2e%2e",
        "/a?b",
        "/a#b",
        "/a\\b",
        "/" + "a" * 300,
    ],
)
def test_a_prefix_that_is_no_plain_path_is_refused(said: str, prefix: str) -> None:
    for path in ("/", "/v1/models", "/config"):
        response = httpx.get(said + path, headers={"x-forwarded-prefix": prefix}, timeout=60)
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "bad_prefix"
        assert response.headers["content-type"] == "application/json"
    with pytest.raises(ValueError, match="请写成 /youju 这样"):
        read_root_path(prefix)


@pytest.mark.parametrize(
    ("text", "path"), [("", ""), ("/", ""), ("/youju", "/youju"), ("/a/b-c_d.e~f/", "/a/b-c_d.e~f")]
)
def test_plain_paths(text: str, path: str) -> None:
    assert read_root_path(text) == path
