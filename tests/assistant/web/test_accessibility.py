"""No serious or critical finding of axe-core on the chat page and the shared page, in each of their states."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.assistant import BROKEN, CLARIFY, NOT_FOUND, RURAL, SLOW, UNSURE, FakeAssistant
from tests.fakes.axe import grave_findings
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
