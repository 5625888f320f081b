"""The source panel in a real Chromium: the words lit in their document, and finding one's way in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.answers import Answer
from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.server.app import create_app
from assistant.web.html import Spot
from tests.fakes.assistant import BULLETIN, NOT_FOUND, RURAL, FakeAssistant
from tests.fakes.pdfs import pdf, text
from tests.fakes.server import Server
from tests.fakes.visitor import PHONE, ask_and_wait, come, visitor

FIRST, SECOND = RURAL.citations
LINES = [
    ["云栖市教育发展公报", "一、学前教育", "全市共有幼儿园512所，在园幼儿9.8万人。"],
    ["二、义务教育", "全市共有小学318所，在校学生31.6万人。", "三、高中教育", "全市共有普通高中46所。"],
]
_YELLOW = """picture => {
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth; canvas.height = picture.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let yellow = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at] > 200 && data[at] - data[at + 2] > 60) yellow += 1;
  return yellow;
}"""
"""How many pixels of a picture are yellow."""


def test_finding_in_the_document(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    panel = page.locator("#yj-panel")
    search = panel.get_by_role("searchbox", name="在文件中查找")
    search.fill("居民 人均")
    search.press("Enter")
    hits = panel.locator(".yj-hit")
    expect(hits).to_have_count(2)
    expect(panel.locator(".yj-found .yj-note")).to_have_text("2 处")
    expect(hits.first.locator("mark")).to_have_text("居民人均")
    # Neither the bars of a table nor the dashes of a list are shown.
    expect(hits.first).to_contain_text("二、居民收入 城镇居民人均可支配收入")
    hits.first.click()
    expect(panel.locator(".yj-excerpt mark")).to_have_text("居民人均")
    expect(panel.locator(".yj-excerpt mark")).to_be_in_viewport()
    # What was looked for stays, and another Enter leads on, round and round.
    expect(search).to_have_value("居民 人均")
    expect(panel.locator(".yj-stepping")).to_have_text("‹1 / 2›")
    first = page.url
    search.press("Enter")
    expect(panel.locator(".yj-stepping")).to_have_text("‹2 / 2›")
    expect(search).to_be_focused()
    assert page.url != first
    panel.get_by_role("button", name="下一处", exact=True).click()
    expect(panel.locator(".yj-stepping")).to_have_text("‹1 / 2›")
    assert page.url == first
    search.fill("没有的字")
    search.press("Enter")
    expect(panel.locator(".yj-found")).to_have_text("文件里没有这几个字。")
    # Esc empties the search before it closes the panel.
    search.press("Escape")
    expect(panel).to_be_visible()
    panel.locator("h2").focus()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_outline_leads_through_the_document(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    panel = page.locator("#yj-panel")
    panel.get_by_text("目录", exact=True).click()
    panel.get_by_role("link", name="三、说明").click()
    expect(panel.locator("mark")).to_have_text("三、说明")
    expect(panel.locator("mark")).to_be_in_viewport()
    page.go_back()
    expect(panel.locator("mark")).to_have_text(FIRST.quote)


def test_stepping_from_citation_to_citation(visit: Callable[..., Page]) -> None:
    page = visit()
    # An older answer that cites the same comes in between no more than once.
    ask_and_wait(page, NOT_FOUND.question)
    ask_and_wait(page, RURAL.question)
    mark = page.locator("#yj-panel mark")
    expect(mark).to_have_text(FIRST.quote)
    page.get_by_role("button", name="下一处出处").click()
    expect(mark).to_have_text(SECOND.quote)
    page.get_by_role("button", name="下一处出处").click()
    expect(mark).to_have_text(FIRST.quote)
    page.get_by_role("button", name="上一处出处").click()
    expect(mark).to_have_text(SECOND.quote)
    # The same by the arrows, among the numbers under the answer.
    number = page.locator("#yj-log .yj-turn").last.locator(".yj-cite")
    number.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(mark).to_have_text(FIRST.quote)
    expect(number.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(mark).to_have_text(SECOND.quote)
    expect(number.nth(1)).to_be_focused()


def test_closing_it_goes_back_to_where_it_was_opened(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    mark = page.locator(".yj-text .yj-mark").nth(1)
    mark.click()
    expect(page.locator("#yj-panel mark")).to_have_text(SECOND.quote)
    page.keyboard.press("Escape")
    expect(page.locator("#yj-panel")).to_be_hidden()
    expect(mark).to_be_focused()
    assert "#" not in page.url
    mark.click()
    page.get_by_role("button", name="关闭出处").click()
    expect(page.locator("#yj-panel")).to_be_hidden()


def test_on_a_phone_back_closes_the_sheet(browser: Browser, url: str, tmp_path: Path) -> None:
    with visitor(browser, url, size=PHONE) as context:
        page = come(context)
        ask_and_wait(page, RURAL.question)
        panel, mark = page.locator("#yj-panel"), page.locator(".yj-text .yj-mark").first
        expect(mark).to_be_visible()
        # Nothing lies over the answer before it is asked for.
        expect(panel).to_be_hidden()
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
        mark.click()
        expect(panel.locator("mark")).to_be_in_viewport()
        page.screenshot(path=tmp_path / "phone-source.png")
        page.go_back()
        expect(panel).to_be_hidden()
        expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
        mark.click()
        expect(panel).to_be_visible()
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(mark).to_be_focused()
        mark.click()
        panel.get_by_role("button", name="关闭出处").click()
        expect(panel).to_be_hidden()


def test_what_left_the_library_is_shown_from_its_citation(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    held = scripted.index.held.pop(BULLETIN.id)
    try:
        page.reload()
        panel = page.locator("#yj-panel")
        expect(panel).to_contain_text("这份文件已不在文库中，以下是当时引用的段落。")
        expect(panel.locator("mark")).to_have_text(FIRST.quote)
    finally:
        scripted.index.held[BULLETIN.id] = held


def test_a_source_that_cannot_be_shown_is_told(
    visit: Callable[..., Page], scripted: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the catalog is damaged")

    page = visit()
    ask_and_wait(page, RURAL.question)
    monkeypatch.setattr(scripted.index, "document", broken)
    page.locator(".yj-text .yj-mark").nth(1).click()
    expect(page.get_by_role("alert")).to_have_text("服务出了问题，请刷新页面再试。")
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A real assistant over a report of two pages."""
    folder = tmp_path_factory.mktemp("reports")
    (folder / "教育公报.pdf").write_bytes(printed(LINES))
    assistant = build(Config(data_dir=tmp_path_factory.mktemp("data")), sources=[folder])
    yield assistant
    assistant.close()


def printed(pages: list[list[str]]) -> bytes:
    """A PDF with these lines on its pages."""
    drawn = [b"".join(text(60, 80 + 30 * at, line) for at, line in enumerate(lines)) for lines in pages]
    return pdf(drawn)


def quoted(assistant: Assistant, words: str) -> Spot:
    document = assistant.index.document(assistant.index.documents()[0].id)
    at = document.text.index(words)
    return Spot(document.id, at, at + len(words))


def test_a_pdf_is_seen_as_its_pages_with_the_words_boxed(browser: Browser, reports: Assistant, tmp_path: Path) -> None:
    with Server(create_app(reports)) as url, visitor(browser, url, told="410") as context:
        page = come(context, f"/#{quoted(reports, '小学318所')}")
        panel = page.locator("#yj-panel")
        expect(panel.locator("mark")).to_have_text("小学318所")
        expect(panel.locator(".yj-facts")).to_contain_text("页码2")
        panel.get_by_role("button", name="看原页").click()
        picture = panel.locator(".yj-pageview")
        expect(picture).to_have_attribute("alt", "第 2 页，共 2 页")
        page.wait_for_function("document.querySelector('.yj-pageview')?.naturalWidth > 0")
        expect(panel.locator(".yj-excerpt")).to_be_hidden()
        # The box on it is yellow; the page itself is black and white.
        assert picture.evaluate(_YELLOW) > 100
        page.screenshot(path=tmp_path / "pages.png")
        panel.get_by_role("button", name="上一页").click()
        expect(picture).to_have_attribute("alt", "第 1 页，共 2 页")
        expect(panel.get_by_role("button", name="上一页")).to_be_disabled()
        page.wait_for_function("document.querySelector('.yj-pageview')?.naturalWidth > 0")
        assert picture.evaluate(_YELLOW) == 0
        panel.get_by_role("button", name="看原页").click()
        expect(panel.locator(".yj-excerpt mark")).to_be_visible()
        # Once the file is another one its pages can't be shown, its text can.
        file = Path(reports.index.documents()[0].uri)
        kept = file.read_bytes()
        file.write_bytes(printed([["另一份文件"]]))
        try:
            page.goto("/")
            page.goto(f"/#{quoted(reports, '幼儿园512所')}")
            panel.get_by_role("button", name="看原页").click()
            expect(panel.locator(".yj-sheet")).to_contain_text("看不了原页：原文件读入后改动过")
        finally:
            file.write_bytes(kept)


def test_a_table_is_shown_as_one_with_the_cell_lit(visit: Callable[..., Page]) -> None:
    at = BULLETIN.text.index("54321元 |")
    page = visit(f"/#{Spot(BULLETIN.id, at, at + 6)}")
    table = page.locator("#yj-panel table")
    expect(table.locator("tr")).to_have_count(3)
    expect(table.locator("mark")).to_have_text("54321元")
    expect(page.locator("#yj-panel")).not_to_contain_text("|")


def test_standing_is_told(browser: Browser, tmp_path: Path) -> None:
    old = "云栖市节约用水办法\n云栖市人民政府\n第一条 本办法自2020年1月1日起施行，有效期3年。\n第二条 用水应当节约。"
    (tmp_path / "办法.txt").write_text(old, "utf-8")
    assistant = build(Config(data_dir=tmp_path / "data"), sources=[tmp_path / "办法.txt"])
    with Server(create_app(assistant)) as url, visitor(browser, url) as context:
        page = come(context, f"/#{assistant.index.documents()[0].id}")
        expect(page.locator("#yj-panel .yj-facts")).to_contain_text("已过期")
    assistant.close()


def test_an_answer_without_sources_opens_none(browser: Browser) -> None:
    plain: Answer = replace(RURAL, citations=(), figures=(), answer="文库里共有2份文件。")
    with Server(create_app(FakeAssistant([plain]))) as url, visitor(browser, url) as context:
        page = come(context)
        ask_and_wait(page, RURAL.question)
        expect(page.locator("#yj-panel")).to_be_hidden()
        expect(page.locator("#yj-log .yj-citations")).to_have_count(0)
