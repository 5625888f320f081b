"""Who may reach the server: its own names only, and no other site's page. Over real sockets, on Gradio's routes too."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httpx
import pytest

from assistant.server.access import Access
from assistant.server.app import create_app
from tests.fakes.assistant import RURAL, FakeAssistant
from tests.fakes.server import Server, app_with_page

FOREIGN = "https://elsewhere.example"
READ = ["/", "/config", "/gradio_api/info", "/v1/documents", "/v1/models", "/healthz", "/openapi.json", "/theme.css"]
ASK = {
    "/v1/ask": {"question": RURAL.question},
    "/v1/search": {"query": "经济"},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": RURAL.question}]},
    "/gradio_api/queue/join": {"data": [], "fn_index": 0, "session_hash": "x"},
}


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def local(assistant: FakeAssistant) -> Iterator[httpx.Client]:
    """A server for this machine only, which also goes by the name of a proxy."""
    app = app_with_page(assistant, Access(names=("youju.example.cn",)))
    with Server(app) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def opened(assistant: FakeAssistant) -> Iterator[httpx.Client]:
    """A server that other machines reach."""
    app = create_app(assistant, web=False, access=Access(open=True))
    with Server(app) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield client


def code_of(response: httpx.Response) -> str:
    return str(response.json()["error"]["code"])


def cors_headers(response: httpx.Response) -> list[str]:
    return [name for name in response.headers if name.startswith("access-control")]


# Other sites' pages


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("host", ["", "youju.example.cn"])
def test_no_other_site_reads_a_reply(local: httpx.Client, path: str, host: str) -> None:
    # Gradio's own middleware would let any site read where the host isn't localhost.
    named = {"host": host} if host else {}
    assert local.get(path, headers=named).status_code == 200
    response = local.get(path, headers={"origin": FOREIGN, **named})
    assert response.status_code == 403
    assert not cors_headers(response)


@pytest.mark.parametrize("path", [*READ, *ASK])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_preflight_is_refused(local: httpx.Client, path: str, method: str) -> None:
    asks = {"origin": FOREIGN, "access-control-request-method": method, "access-control-request-headers": "x"}
    response = local.options(path, headers=asks)
    assert response.status_code == 403
    assert not cors_headers(response)


@pytest.mark.parametrize("path", ASK)
@pytest.mark.parametrize(
    "origin",
    [FOREIGN, "null", "http://127.0.0.1:1", "http://localhost.elsewhere.example", "chrome-extension://abc", "x"],
)
def test_no_other_site_asks(local: httpx.Client, assistant: FakeAssistant, path: str, origin: str) -> None:
    asked = len(assistant.asked)
    response = local.post(path, json=ASK[path], headers={"origin": origin})
    assert response.status_code == 403
    assert code_of(response) == "foreign_origin"
    assert len(assistant.asked) == asked
    assert not cors_headers(response)


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search", "/v1/chat/completions"])
def test_the_own_page_and_a_program_may_ask(local: httpx.Client, path: str) -> None:
    own = str(local.base_url).rstrip("/")
    assert local.post(path, json=ASK[path]).status_code == 200
    response = local.post(path, json=ASK[path], headers={"origin": own})
    assert response.status_code == 200
    assert not cors_headers(response)


def test_a_reply_to_the_own_page_grants_nothing_to_others(local: httpx.Client) -> None:
    own = str(local.base_url).rstrip("/")
    for path in READ:
        response = local.get(path, headers={"origin": own})
        assert response.status_code == 200
        assert not cors_headers(response)


def test_what_the_browser_says_of_the_site_counts_before_the_origin(local: httpx.Client) -> None:
    # A proxy that passes on another host makes the own page's origin look foreign; no page can write Sec-Fetch-Site.
    sent = {"origin": "https://portal.example.cn", "sec-fetch-site": "same-origin"}
    assert local.post("/v1/ask", json=ASK["/v1/ask"], headers=sent).status_code == 200
    for site in ("cross-site", "same-site"):
        response = local.post("/v1/ask", json=ASK["/v1/ask"], headers=sent | {"sec-fetch-site": site})
        assert response.status_code == 403


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("http://youju.example.cn", "youju.example.cn", 200),
        ("https://youju.example.cn", "youju.example.cn", 200),
        ("https://youju.example.cn", "youju.example.cn:443", 200),
        ("http://youju.example.cn:8080", "youju.example.cn", 403),
        ("http://youju.example.cn", "youju.example.cn:8080", 403),
        ("https://YOUJU.example.cn", "youju.EXAMPLE.cn", 200),
    ],
)
def test_an_origin_is_host_and_port(local: httpx.Client, origin: str, host: str, status: int) -> None:
    response = local.post("/v1/ask", json=ASK["/v1/ask"], headers={"origin": origin, "host": host})
    assert response.status_code == status


# Names


@pytest.mark.parametrize(
    "name", ["localhost", "localhost:7860", "127.0.0.1", "127.8.9.1:80", "[::1]:7860", "a.localhost"]
)
def test_names_of_this_machine(local: httpx.Client, name: str) -> None:
    assert local.get("/healthz", headers={"host": name}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/v1/documents"])
@pytest.mark.parametrize(
    "name", ["rebound.example", "127.0.0.1.rebound.example:7860", "192.168.1.5", "0.0.0.0", "2130706433"]
)
def test_a_name_that_is_not_the_servers_is_refused_with_the_way_out(local: httpx.Client, path: str, name: str) -> None:
    response = local.get(path, headers={"host": name})
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["code"] == "unknown_host"
    host = name.partition(":")[0]
    assert error["message"] == (
        f"本服务不认识主机名 {host}。若这是本服务的地址，请在启动时写明：youju serve --allow-host {host}"
    )


@pytest.mark.parametrize("name", ["", "a b", "user@localhost", "localhost/x", "localhost:port", "<script>"])
def test_a_host_that_is_none_is_refused(local: httpx.Client, name: str) -> None:
    response = local.get("/healthz", headers={"host": name})
    assert response.status_code == 400
    assert "<" not in response.text


def test_two_hosts_are_refused(local: httpx.Client) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: rebound.example\r\nConnection: close\r\n\r\n"
    with socket.create_connection((local.base_url.host, local.base_url.port), timeout=10) as connection:
        connection.sendall(request)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_an_opened_server_goes_by_any_address_and_its_own_name(opened: httpx.Client) -> None:
    for name in ("192.168.1.5:7860", "10.0.0.1", "[fe80::1]:7860", socket.gethostname(), "localhost"):
        assert opened.get("/healthz", headers={"host": name}).status_code == 200
    assert opened.get("/healthz", headers={"host": "rebound.example"}).status_code == 400


# What a proxy says


def test_a_forwarded_host_counts_where_it_is_one_of_the_servers(local: httpx.Client) -> None:
    sent = {"origin": "https://youju.example.cn", "x-forwarded-host": "youju.example.cn", "x-forwarded-proto": "https"}
    assert local.post("/v1/ask", json=ASK["/v1/ask"], headers=sent).status_code == 200
    foreign = sent | {"origin": FOREIGN}
    assert local.post("/v1/ask", json=ASK["/v1/ask"], headers=foreign).status_code == 403


@pytest.mark.parametrize("header", ["x-forwarded-host", "host"])
def test_an_unknown_forwarded_host_is_refused_and_cannot_hide_an_unknown_host(local: httpx.Client, header: str) -> None:
    names = {"host": "localhost", "x-forwarded-host": "localhost"} | {header: "rebound.example"}
    response = local.get("/", headers=names)
    assert response.status_code == 400
    assert code_of(response) == "unknown_host"


def test_gradio_takes_no_address_from_headers_of_its_own(local: httpx.Client) -> None:
    page = local.get("/", headers={"x-gradio-server": "http://elsewhere.example"}).text
    assert "elsewhere.example" not in page
