"""The chat page over real libraries, with nothing faked: the sample, one's own, and an empty one."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.server.app import create_app
from assistant.web.chat import EXAMPLES
from tests.fakes.server import Server
from tests.fakes.visitor import ask_and_wait, come, examples_are_found, visitor


def test_the_examples_answer_and_the_last_is_not_found(sample_library: Assistant) -> None:
    *answered, unknown = (sample_library.ask(question) for question in EXAMPLES)
    for answer in answered:
        assert answer.status == "answered", answer.question
        assert answer.citations
    assert "54939元" in answered[0].answer
    assert unknown.status == "not_found"


def test_a_first_visit_to_the_sample_library(sample_library: Assistant, browser: Browser, tmp_path: Path) -> None:
    with Server(create_app(sample_library)) as url, visitor(browser, url) as context:
        page = come(context)
        expect(page.locator(".yj-library")).to_have_text("示例文库5 份文件")
        expect(page.locator("#yj-log")).to_contain_text("现在问的是随附的示例文库。")
        page.get_by_role("button", name=EXAMPLES[0]).click()
        expect(page.locator(".yj-text")).to_contain_text("54939元")
        page.locator(".yj-text .yj-mark").first.click()
        lit = page.locator("#yj-panel mark").first
        expect(lit).to_contain_text("54939元")
        expect(lit).to_be_in_viewport()
        # What is offered next is of this library, and one of it is answered.
        offered = page.locator(".yj-next button")
        expect(offered.first).to_be_visible()
        offered.first.click()
        expect(page.locator("#yj-log .yj-turn")).to_have_count(2)
        expect(page.locator("#yj-log .yj-turn").nth(1).locator(".yj-answered")).to_be_visible()
        # A wrong figure near the right one is told as such before it is read.
        ask_and_wait(page, "浙江省2025年最低工资标准是多少？")
        last = page.locator("#yj-log .yj-turn").last
        expect(last.locator(".yj-ok")).to_have_count(0)
        page.screenshot(path=tmp_path / "sample.png")


def test_ones_own_library_offers_its_own_questions(assistant: Assistant, browser: Browser, tmp_path: Path) -> None:
    with Server(create_app(assistant)) as url, visitor(browser, url) as context:
        page = come(context)
        examples_are_found()
        page.reload()
        examples = page.locator(".yj-example")
        expect(examples.first).to_be_visible()
        for example in EXAMPLES:
            expect(page.get_by_role("button", name=example)).to_have_count(0)
        expect(page.locator("#yj-log")).not_to_contain_text("示例文库")
        page.screenshot(path=tmp_path / "own.png")
        examples.first.click()
        expect(page.locator("#yj-log .yj-answered")).to_be_visible()


def test_an_empty_library_leads_to_bringing_documents(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    assistant = build(Config(data_dir=tmp_path / "data"), sources=[tmp_path / "docs"])
    with Server(create_app(assistant)) as url, visitor(browser, url) as context:
        page = come(context)
        expect(page.locator("#yj-log")).to_contain_text("文库里还没有文件。")
        expect(page.get_by_role("link", name="换成自己的文件")).to_have_attribute("href", "library")
        expect(page.locator(".yj-example")).to_have_count(0)
        ask_and_wait(page, "最低工资是多少？")
        expect(page.locator(".yj-not-found")).to_be_visible()
        page.screenshot(path=tmp_path / "empty.png")
    assistant.close()
