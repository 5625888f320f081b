"""The conversation on paper, as Chromium prints it: read back with our own reader of PDFs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.answers import Answer
from assistant.server.app import create_app
from sources.parts import Grid
from sources.readers.pdf import read_pdf
from tests.fakes.assistant import CLARIFY, NOT_FOUND, RURAL, FakeAssistant
from tests.fakes.server import Server

LONG = replace(
    RURAL,
    question="收入的情况怎样？",
    standalone_question="收入的情况怎样？",
    answer="\n".join(
        f"第{number}条说的是收入的另外某个方面，写得比较长，好占满纸上的整整两行，看它会不会在页边断开。[1]"
        for number in range(1, 60)
    ),
)
UNSURE = replace(RURAL, question="多少算高？", standalone_question="多少算高？", confidence=0.3)
ASKED_BACK = replace(CLARIFY, answer="文件中有城镇和农村的居民收入，您想问谁的？")
TURNS = (RURAL, LONG, NOT_FOUND, ASKED_BACK, UNSURE)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A conversation in the dark, in a window as narrow as a phone's."""
    with Server(create_app(FakeAssistant(TURNS))) as url:
        page = browser.new_page(
            base_url=url, locale="zh-CN", color_scheme="dark", viewport={"width": 390, "height": 844}
        )
        page.goto("/")
        for number, answer in enumerate(TURNS):
            page.locator("#yj-box textarea").fill(answer.question)
            page.locator("#yj-box textarea").press("Enter")
            expect(page.locator("#yj-log .yj-turn .yj-about")).to_have_count(number + 1)
        page.emulate_media(media="print")
        yield page
        page.close()


def test_what_is_for_clicking_is_not_printed(page: Page) -> None:
    for gone in ("#yj-composer", "#yj-panel", "#yj-new", "#yj-language", ".yj-copy >> nth=0"):
        expect(page.locator(gone)).to_be_hidden()
    for kept in (".yj-question >> nth=0", ".yj-citations >> nth=0", ".yj-choice >> nth=0", ".yj-unsure"):
        expect(page.locator(kept)).to_be_visible()


def test_the_paper_holds_every_turn_with_its_sources(page: Page) -> None:
    parsed = read_pdf(page.pdf(prefer_css_page_size=True), uri="对话.pdf")
    cells = [cell.text for part in parsed.parts if isinstance(part, Grid) for cell in part.cells]
    text = "".join([*(part.text for part in parsed.parts if not isinstance(part, Grid)), *cells])
    shown = "".join(text.split())
    for answer in TURNS:
        assert answer.question in shown
        assert _plain(answer) in _unmarked(shown)
    assert RURAL.citations[0].title in shown
    assert "可能相关，请核对" in shown
    assert any("54321元" in cell for cell in cells), "the figures are a table, not a phone's cards"


def _plain(answer: Answer) -> str:
    return _unmarked("".join(answer.answer.splitlines()[-1].split()))


def _unmarked(text: str) -> str:
    """Without marks, whose brackets the style sheet writes."""
    return text.translate(str.maketrans("", "", "[]0123456789"))
