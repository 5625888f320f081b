"""The chat bubble, in a real Chromium, on the page of another site that allows no style but its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.accounts.store import Accounts
from assistant.conversations.store import Workspace
from assistant.server.access import LOCAL, Access, read_origin
from assistant.server.app import create_app
from assistant.web.shell import ASSETS
from tests.fakes.assistant import ATTACK, BROKEN, CLARIFY, RURAL, UNSURE, Failure, FakeAssistant
from tests.fakes.axe import PLACES, grave_findings
from tests.fakes.passwords import quick_passwords
from tests.fakes.server import Server
from tests.fakes.visitor import DESKTOP, PHONE, visitor

SITE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>云栖市政务网</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>云栖市政务网</h1><p>办事指南</p></main>
<script src="{server}/widget.js" {more}></script></body></html>"""
WEIGHT = 20_000


def violations(page: Page) -> list[str]:
    """What axe finds, where it is there."""
    return grave_findings(page) if any(place.is_file() for place in PLACES) else []


class Site:
    """A site of its own: another port is another origin. Its pages take scripts and replies from one server alone."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.server = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = site.pages.get(self.path)
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                policy = f"default-src 'none'; script-src {site.server}; connect-src {site.server}; img-src data:"
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_: object) -> None:
                pass

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._httpd.server_address[1]}"
        threading.Thread(target=self._httpd.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, name: str, more: str = "", *, lang: str = "zh-CN") -> str:
        """The address of a page with the bubble."""
        self.pages[f"/{name}"] = SITE.format(server=self.server, more=more, lang=lang)
        return f"{self.url}/{name}"

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="module")
def server(site: Site) -> Iterator[str]:
    answers = (RURAL, CLARIFY, ATTACK, UNSURE)
    assistant = FakeAssistant(answers, failures={BROKEN: Failure(RuntimeError("x"), after="开了头")})
    with Server(create_app(assistant, web=False, access=Access(origins=(site.url,)))) as url:
        site.server = url
        yield url


@contextmanager
def at(
    browser: Browser, address: str, *, size: tuple[int, int] = DESKTOP, told: str = "^$", scheme: str = "light"
) -> Iterator[Page]:
    told = f"{told}|favicon"
    with visitor(browser, address, size=size, told=told, scheme=scheme) as context:
        page = context.new_page()
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(address)
        yield page


def ask(page: Page, question: str) -> None:
    page.get_by_label("输入问题").fill(question)
    page.keyboard.press("Enter")


def test_a_question_from_another_site_by_the_keyboard(browser: Browser, site: Site, server: str) -> None:
    with at(
        browser, site.put("a", f'data-title="问政策" data-questions="{RURAL.question}|第二个？" data-library')
    ) as page:
        bubble = page.get_by_role("button", name="打开问答")
        page.keyboard.press("Tab")
        expect(bubble).to_be_focused()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="问政策")
        expect(dialog.get_by_label("输入问题")).to_be_focused()
        expect(dialog.get_by_role("button", name="第二个？")).to_be_visible()
        assert not violations(page)
        page.get_by_label("输入问题").fill(RURAL.question)
        page.keyboard.press("Shift+Enter")
        expect(page.get_by_role("log")).not_to_contain_text("54321")
        page.keyboard.press("Enter")
        expect(page.get_by_role("log")).to_contain_text("2025年云栖市农村居民人均可支配收入54321元。")
        expect(dialog.get_by_role("button", name="第二个？")).to_have_count(0)
        mark = page.get_by_role("button", name="出处 1：云栖市2025年国民经济公报")
        mark.focus()
        page.keyboard.press("Enter")
        paper = page.get_by_role("region", name="出处")
        expect(paper).to_be_focused()
        expect(paper.locator("mark")).to_have_text(RURAL.citations[0].quote)
        expect(paper.locator("blockquote")).to_have_text(RURAL.citations[0].passage)
        expect(paper).to_contain_text("云栖市统计局")
        link = paper.get_by_role("link", name="在资料库里打开全文")
        expect(link).to_have_attribute("href", f"{server}/library/aaaa1111?at={RURAL.citations[0].start}")
        assert not violations(page)
        page.keyboard.press("Escape")
        expect(mark).to_be_focused()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(bubble).to_be_focused()
        page.reload()
        page.get_by_role("button", name="打开问答").click()
        expect(page.get_by_role("log")).to_contain_text("54321元")  # kept as long as the tab is open
        page.get_by_role("button", name="新对话").click()
        expect(page.get_by_role("log")).not_to_contain_text("54321元")


def test_it_asks_back_doubts_and_goes_on(browser: Browser, site: Site, server: str) -> None:
    with at(browser, site.put("b", "data-open"), size=PHONE) as page:
        ask(page, CLARIFY.question)
        page.get_by_role("log").get_by_role("button", name=RURAL.question).click()
        expect(page.get_by_role("log")).to_contain_text("54321元")
        ask(page, UNSURE.question)
        expect(page.get_by_role("log")).to_contain_text("不确定，只是可能相关")
        box = page.get_by_role("dialog").bounding_box()
        assert box is not None
        assert (box["x"], box["width"]) == (0, PHONE[0])


def test_what_goes_wrong_is_told_and_can_be_tried_again(browser: Browser, site: Site, server: str) -> None:
    with at(browser, site.put("c", "data-open")) as page:
        ask(page, BROKEN)
        expect(page.get_by_role("log")).to_contain_text("开了头")
        expect(page.get_by_role("button", name="再试一次")).to_be_visible()
        ask(page, ATTACK.question)
        expect(page.get_by_role("log")).to_contain_text("<script>window.hacked = 4</script>目标是")
        page.get_by_role("button", name="出处 1：").click()
        expect(page.get_by_role("region", name="出处").locator("mark")).to_contain_text("<b>70000元</b>")
        assert page.evaluate("window.hacked") is None


def test_in_english_and_in_the_dark(browser: Browser, site: Site, server: str) -> None:
    with at(browser, site.put("d", 'data-accent="#1d6fa5" data-side="left"', lang="en"), scheme="dark") as page:
        page.get_by_role("button", name="Open the chat").click()
        expect(page.get_by_role("dialog", name="Ask the documents")).to_be_visible()
        assert page.locator("youju-chat").get_attribute("dark") == ""
        assert (
            page.get_by_role("button", name="Close").last.evaluate("e => getComputedStyle(e).backgroundColor")
            == "rgb(29, 111, 165)"
        )
        assert not violations(page)


def test_with_accounts_a_key_is_needed(browser: Browser, site: Site) -> None:
    with Workspace.open("memory") as workspace:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        accounts.add_user("管理员", "correct horse", role="admin")
        key, _ = accounts.add_key("网站", scopes=["ask"])
        app = create_app(
            FakeAssistant(), web=False, access=Access(origins=(site.url,)), workspace=workspace, accounts=accounts
        )
        with Server(app) as url:
            before, site.server = site.server, url
            with at(browser, site.put("e", f'data-open data-key="{key}"')) as page:
                ask(page, RURAL.question)
                expect(page.get_by_role("log")).to_contain_text("54321元")
            with at(browser, site.put("f", "data-open"), told="401") as page:
                ask(page, RURAL.question)
                expect(page.get_by_role("log")).to_contain_text("请网站管理员检查密钥")
            site.server = before


def test_a_site_that_was_not_named_gets_nothing(browser: Browser, site: Site) -> None:
    assistant = FakeAssistant()
    with Server(create_app(assistant, web=False, access=LOCAL)) as url:
        before, site.server = site.server, url
        with at(browser, site.put("g", "data-open"), told="CORS|403|Failed to load") as page:
            ask(page, RURAL.question)
            expect(page.get_by_role("log")).to_contain_text("没有连上")
        site.server = before
    assert assistant.asked == []


def test_what_another_site_may_ask_for_and_how(site: Site, server: str) -> None:
    """Only the one route, without anybody's cookies; see `assistant.server.access`."""
    own = {"origin": site.url}
    asked = {"question": RURAL.question}
    with httpx.Client(base_url=server, timeout=60) as client:
        before = client.options("/v1/ask", headers={**own, "access-control-request-method": "POST"})
        assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, site.url)
        assert "access-control-allow-credentials" not in before.headers
        reply = client.post("/v1/ask", json=asked, headers=own)
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (200, site.url)
        assert "Origin" in reply.headers["vary"]
        wrong = client.post("/v1/ask", json={}, headers=own)
        assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (422, site.url)
        for method, path in (
            ("GET", "/v1/documents"),
            ("POST", "/v1/search"),
            ("OPTIONS", "/v1/search"),
            ("GET", "/v1/ask"),
            ("PUT", "/v1/settings"),
            ("GET", "/"),
        ):
            refused = client.request(method, path, headers=own, json=asked if method == "POST" else None)
            assert refused.status_code == 403, path
            assert "access-control-allow-origin" not in refused.headers
        for origin in ("https://evil.example", f"{site.url}.evil.example", "null", site.url.replace("http", "https")):
            assert client.post("/v1/ask", json=asked, headers={"origin": origin}).status_code == 403
        script = client.get("/widget.js")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert client.get("/page/shell.js").headers.get("cross-origin-resource-policy") != "cross-origin"


@pytest.mark.parametrize("text", ["https://www.example.cn", "HTTPS://www.example.cn:443/", "http://[::1]:8080"])
def test_an_origin(text: str) -> None:
    assert read_origin(text).startswith(("https://www.example.cn", "http://[::1]:8080"))
    assert not read_origin(text).endswith(("/", ":443"))


@pytest.mark.parametrize(
    "text",
    ["", "*", "www.example.cn", "https://", "https://a.cn/path", "https://a.cn:99999", "ftp://a.cn", "https://a@b.cn"],
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match="请写成 https://www"):
        read_origin(text)


def test_it_is_light() -> None:
    assert (ASSETS / "widget.js").stat().st_size < WEIGHT
