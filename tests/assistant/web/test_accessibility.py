"""No serious or critical finding of axe-core on any page, in each of their states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.accounts.store import Accounts
from assistant.ask import build
from assistant.config import Config
from assistant.conversations.store import Workspace
from assistant.server.app import create_app
from tests.fakes.assistant import BROKEN, CLARIFY, NOT_FOUND, RURAL, SLOW, UNSURE, FakeAssistant
from tests.fakes.axe import grave_findings
from tests.fakes.passwords import quick_passwords
from tests.fakes.server import Server
from tests.fakes.visitor import DESKTOP, PHONE, ask, ask_and_wait, come, examples_are_found, visitor


def all_of_it(page: Page) -> None:
    """Every kind of answer, with its figures unfolded."""
    for question in (RURAL.question, UNSURE.question, NOT_FOUND.question, BROKEN, CLARIFY.question):
        ask_and_wait(page, question)
    page.evaluate("document.querySelectorAll('details.yj-folded').forEach(each => { each.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_chat_page(browser: Browser, url: str, scripted: FakeAssistant, size: tuple[int, int], scheme: str) -> None:
    with visitor(browser, url, size=size, scheme=scheme) as context:
        context.request.delete("/v1/conversations")
        page = come(context)
        examples_are_found()
        page.reload()
        expect(page.locator(".yj-welcome")).to_be_visible()
        assert grave_findings(page) == []
        all_of_it(page)
        assert grave_findings(page) == []
        # With a source open, its outline and what was found in it.
        page.locator("#yj-log .yj-turn").first.locator(".yj-mark").first.click()
        panel = page.locator("#yj-panel")
        panel.get_by_text("目录", exact=True).click()
        panel.get_by_role("searchbox").fill("居民")
        panel.get_by_role("searchbox").press("Enter")
        expect(panel.locator(".yj-hit").first).to_be_visible()
        assert grave_findings(page) == []
        page.locator("#yj-panel h2").focus()
        page.keyboard.press("Escape")
        # While something is being written, judged, renamed.
        page.get_by_role("button", name="有误").first.click()
        expect(page.get_by_role("form", name="哪里不对？")).to_be_visible()
        if size == PHONE:
            page.get_by_role("button", name="对话列表").click()
        page.locator("#yj-side summary").first.click()
        assert grave_findings(page) == []
        page.locator("#yj-side").get_by_role("button", name="改名").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert grave_findings(page) == []
        page.keyboard.press("Escape")
        scripted.drafts[SLOW] = "慢慢写。" * 200
        scripted.piece_s = 0.05
        ask(page, SLOW)
        expect(page.locator("#yj-live .yj-text")).to_contain_text("慢慢写。")
        assert grave_findings(page) == []
        page.get_by_role("button", name="停止").click()
        scripted.piece_s = 0.0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_shared_page(browser: Browser, url: str, scheme: str) -> None:
    with visitor(browser, url, scheme=scheme, told="404") as context:
        page = come(context)
        all_of_it(page)
        conversation = page.url.split("?c=")[1].split("#")[0]
        token = context.request.post(f"/v1/conversations/{conversation}/share", data={}).json()["token"]
        page.goto(f"/s/{token}")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert grave_findings(page) == []
        page.goto("/s/none")
        assert grave_findings(page) == []


PASSWORD = "correct horse 42"
PAGES = ("library", "library?q=年报", "figures", "settings", "feedback", "audit")
"""All but the chat page, the one to log in, and those of each document."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with accounts, a key, and documents in one of which there is a table."""
    folder = tmp_path_factory.mktemp("files")
    rows = "".join(f"| 澄江{place} | {20 + at}亿元 | {place}局 |\n" for at, place in enumerate("东西南北"))
    table = f"# 投资\n\n| 地区 | 2024年投资额 | 责任单位 |\n| --- | --- | --- |\n{rows}"
    (folder / "年报.md").write_text(f"# 澄江市2024年年报\n\n2024年，澄江市投资增长5.5%。\n\n{table}", encoding="utf8")
    (folder / "坏.pdf").write_bytes(b"%PDF-1.7\nnothing")
    config = Config(data_dir=tmp_path_factory.mktemp("data"), embedder="static:")
    with Workspace.open("memory") as workspace, closing(build(config, sources=[folder])) as assistant:
        accounts = Accounts.of(workspace, passwords=quick_passwords())
        accounts.add_user("管理员", PASSWORD, role="admin")
        accounts.add_user("甲", PASSWORD, role="reader", groups=["red"])
        accounts.add_key("程序")
        with Server(create_app(assistant, workspace=workspace, accounts=accounts)) as url:
            yield url


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_every_other_page(browser: Browser, house: str, size: tuple[int, int], scheme: str) -> None:
    with visitor(browser, house, size=size, scheme=scheme, told="40[1-4]") as context:
        page = context.new_page()
        page.goto("/login")
        assert grave_findings(page) == []
        page.get_by_label("名字").fill("管理员")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{house}/")
        documents = context.request.get("/v1/documents").json()["documents"]
        assert documents
        for name in (*PAGES, *(f"library/{each['id']}" for each in documents)):
            page.goto(f"/{name}")
            page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
            assert (name, grave_findings(page)) == (name, [])
