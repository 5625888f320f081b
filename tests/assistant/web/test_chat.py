"""The chat page: its HTML, and the page itself in a real headless Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from assistant.answers import SURE, AnswerVerdict, Checked
from assistant.ask import Assistant, build
from assistant.citations import marks
from assistant.config import MAX_QUESTION_CHARS, Config
from assistant.server.app import create_app
from assistant.web import html
from assistant.web.chat import EXAMPLES
from assistant.web.chinese import ZH
from assistant.web.english import EN
from assistant.web.html import Spot
from assistant.web.languages import WORDS
from assistant.web.words import Words
from tests.fakes.assistant import ATTACK, BULLETIN, CLARIFY, HOSTILE, NOT_FOUND, RURAL, Failure, FakeAssistant
from tests.fakes.server import Server

BROKEN = "会出错的问题？"

SLOW = "写得很慢的问题？"
FIRST = RURAL.citations[0]
UNSURE = replace(
    RURAL, question="云栖市农村收入大约多少？", standalone_question="云栖市农村收入大约多少？", confidence=SURE - 0.1
)


# The HTML


def text_of(fragment: str) -> str:
    return re.sub(r"<[^>]+>", "", fragment)


def test_marks_are_numbers_of_citations_and_nothing_else() -> None:
    assert list(marks("嘉政发[2023]12号。[1][2]见[3]。", {1, 2})) == [(1, 13, 16), (2, 16, 19)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("aaaa1111:3-12", Spot("aaaa1111", 3, 12)),
        ("aaaa1111:3-12:all", Spot("aaaa1111", 3, 12, whole=True)),
        ("aaaa1111", Spot("aaaa1111")),
        ("", None),
        ("aaaa1111:x", None),
        ("a:1-99999999999999999999", None),
    ],
)
def test_a_place_is_written_and_read(text: str, place: Spot | None) -> None:
    assert Spot.read(text) == place
    assert place is None or str(place) == text


@given(st.data())
def test_the_panel_highlights_exactly_the_quote(data: st.DataObject) -> None:
    text = BULLETIN.text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    panel = html.source(Spot(BULLETIN.id, start, end), BULLETIN, ZH)
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", panel))
    # A table's bars and its rule are drawn, not written.
    written = re.sub(r"(?m)^[|-]+$|\|", lambda drawn: " " * len(drawn[0]), text)
    assert re.sub(r"\s", "", marked) == re.sub(r"\s", "", written[start:end])


@given(st.text(alphabet="<>&\"'`=/ab[1]#|-*\n 元", max_size=60))
def test_no_text_from_outside_becomes_markup(text: str) -> None:
    citation = replace(ATTACK.citations[0], title=text, publisher=text, section=text, passage=text, document_id=text)
    figure = replace(ATTACK.figures[0], text=text, metric=text, region=text, period=text, status=text, formula=text)
    answer = replace(
        ATTACK, question=text, answer=f"{text}[1]", citations=(citation,), figures=(figure,), notice=text, engine=text
    )
    fragment = html.conversation([answer], ZH) + html.source(Spot("x", 0, 1), None, ZH, citation=citation)
    fragment += html.unanswered(text, text, ZH) + html.writing(text, text, ZH) + html.header(text, 2, ZH)
    allowed = "a article button caption dd div dl dt footer h2 h3 header li mark ol p section span strong"
    tables = "table tbody td th thead tr ul"
    assert set(re.findall(r"</?([^\s>]*)", fragment)) <= {*allowed.split(), *tables.split()}
    assert not re.search(r"<[^>]*\son\w+=", fragment)


def test_an_answer_of_a_model_keeps_its_lists_and_tables() -> None:
    text = "## 结论\n收入如下：[1]\n- **城镇**81200元\n- 农村54321元[1]\n\n| 指标 | 值 |\n|---|---|\n| 比 | 1.49[1] |"
    fragment = html.conversation([replace(RURAL, answer=text, figures=())], ZH)
    assert "<p><strong>结论</strong></p>" in fragment
    assert "<ul><li><strong>城镇</strong>81200元</li><li>农村54321<span" in fragment
    assert "<td>1.4<span" in fragment
    assert "|" not in text_of(fragment)


def test_the_copied_text_names_its_sources() -> None:
    assert html.copied(replace(RURAL, citations=RURAL.citations[:1], figures=()), ZH) == (
        f"{RURAL.answer}\n\n来源\n[1] 《云栖市2025年国民经济公报》，云栖市统计局，2026年2月10日，二、居民收入\n"
        "    “农村居民人均可支配收入54321元，增长6.1%。”\n\n摘自原文"
    )


def test_a_long_document_is_shown_around_the_quote() -> None:
    text = "开头。\n" + "无关的一段话。" * 30_000 + "\n要引用的话。\n" + "后面的话。" * 30_000
    document = replace(BULLETIN, text=text, sections=())
    at = text.index("要引用")
    short = html.source(Spot("x", at, at + 6), document, ZH)
    whole = html.source(Spot("x", at, at + 6, whole=True), document, ZH)
    assert "<mark>要引用的话。</mark>" in short
    assert len(short) < 3_000
    assert f"此处略去 {at - html.CONTEXT_CHARS:,} 字" in short
    assert "<mark>要引用的话。</mark>" in whole
    assert len(whole) < 2 * html.WHOLE_CHARS + 3_000


def test_a_document_that_has_left_the_library_is_shown_from_its_citation() -> None:
    panel = html.source(Spot(FIRST.document_id, FIRST.start, FIRST.end), None, ZH, citation=FIRST)
    assert ZH.document_gone in panel
    assert f"<mark>{FIRST.quote}</mark>" in panel
    assert ZH.no_such_place in html.source(Spot("gone", 1, 2), None, ZH)
    # A place past the end is of another version of the document, so nothing of it may be marked.
    assert "<mark>" not in html.source(Spot(BULLETIN.id, 1, 10**6), BULLETIN, ZH)


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2025", "2025年", "2025"),
        ("2025-11", "2025年11月", "2025-11"),
        ("2025-Q1", "2025年一季度", "2025-Q1"),
        ("2025-Q1..Q3", "2025年一至三季度", "2025-Q1–Q3"),
        ("2021..2025", "2021—2025年", "2021–2025"),
        ("..2025-11", "截至2025年11月", "–2025-11"),
        ("近年", "近年", "近年"),
        ("", "", ""),
    ],
)
def test_periods_in_words(period: str, zh: str, en: str) -> None:
    assert (ZH.period(period), EN.period(period)) == (zh, en)


def test_both_languages_have_every_word() -> None:
    assert ZH.blanks.keys() == EN.blanks.keys()
    assert ZH.kinds.keys() == EN.kinds.keys()
    assert len(ZH.figure_columns) == len(EN.figure_columns)
    for words in WORDS.values():
        assert all(vars(words).values())


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_only_a_sure_answer_is_shown_as_checked(words: Words) -> None:
    verdict = AnswerVerdict(ok=True, statements=(Checked("2025年54321元。", (1,), supported=True),))
    for confidence, sure in ((SURE, True), (SURE - 0.001, False)):
        answer = replace(RURAL, confidence=confidence, verdict=verdict)
        shown = text_of(html.conversation([answer], words))
        assert answer.sure is sure
        assert (f"✓ {words.verified}" in shown) is sure
        assert (words.unsure in shown) is not sure
        assert (words.unsure in html.copied(answer, words)) is not sure
        assert (f">{words.to_check}<" in html.conversation([answer], words)) is not sure
    refused = replace(NOT_FOUND, confidence=0.1)
    assert words.unsure not in html.conversation([refused], words)
    # A number that doesn't stand in its quote stays unverified, however sure the answer.
    wrong = replace(RURAL, figures=(replace(RURAL.figures[0], verified=False),))
    assert words.unverified in html.conversation([wrong], words)


# The page in Chromium


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    answers = (RURAL, NOT_FOUND, CLARIFY, ATTACK, UNSURE)
    return FakeAssistant(answers, failures={BROKEN: Failure(RuntimeError("password=hunter2"), after="开了头")})


@pytest.fixture(scope="module")
def url(assistant: FakeAssistant) -> Iterator[str]:
    with Server(create_app(assistant)) as url:
        yield url


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A visitor, who sees no error in the console and whose browser never reaches past this machine."""
    context = browser.new_context(base_url=url, locale="zh-CN", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    outside: list[str] = []
    errors: list[str] = []

    def seen(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            outside.append(request.url)

    context.on("request", seen)
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert not outside
    assert not errors


@pytest.fixture
def visit(context: BrowserContext) -> Callable[..., Page]:
    """Opens the page in a tab of its own."""

    def visit(address: str = "/") -> Page:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#yj-panel .yj-source")).to_be_visible()
        return page

    return visit


def ask(page: Page, question: str) -> None:
    page.locator("#yj-box textarea").fill(question)
    page.locator("#yj-box textarea").press("Enter")


def wait_until(met: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_asking_opening_a_mark_and_seeing_the_words(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    expect(page).to_have_title("有据 Youju")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    expect(page.locator(".yj-library")).to_have_text("云栖文件2 份文件")
    ask(page, RURAL.question)
    turn = page.locator("#yj-log .yj-turn")
    expect(turn.locator(".yj-question")).to_have_text(RURAL.question)
    expect(turn.locator(".yj-text")).to_have_text("2025年云栖市农村居民人均可支配收入54321元。1城乡居民收入比为1.49。2")
    expect(turn.locator(".yj-figures tbody tr")).to_have_text("54321元农村居民人均可支配收入云栖市2025年实际✓ 已核对1")
    expect(turn.locator(".yj-cite")).to_have_count(2)
    # The first citation opens by itself.
    expect(page.locator("#yj-panel mark")).to_have_text(FIRST.quote)
    turn.locator(".yj-text .yj-mark").nth(1).click()
    panel = page.locator("#yj-panel")
    expect(panel.locator("mark")).to_have_text("城乡居民收入比为1.49。")
    expect(panel.locator("mark")).to_be_in_viewport()
    expect(panel.locator("h2")).to_have_text(BULLETIN.title)
    expect(panel.locator(".yj-facts")).to_have_text("发布云栖市统计局日期2026年2月10日章节二、居民收入")
    expect(panel.locator(".yj-excerpt")).to_contain_text("全市经济平稳运行。")
    expect(turn.locator(".yj-mark[aria-current]")).to_have_text("2")
    page.screenshot(path=tmp_path / "desktop.png")


def test_a_warm_answer_is_there_well_under_a_second(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
    waits = []
    for turns in range(2, 7):
        start = time.monotonic()
        ask(page, RURAL.question)
        page.locator("#yj-log .yj-turn").nth(turns - 1).wait_for()
        waits.append(time.monotonic() - start)
    assert min(waits) < 0.8


def test_the_keyboard_alone_is_enough(visit: Callable[..., Page]) -> None:
    page = visit()
    expect(page.locator("#yj-box textarea")).to_be_focused()
    page.keyboard.type(RURAL.question)
    page.keyboard.press("Enter")
    mark = page.locator(".yj-text .yj-mark").nth(1)
    expect(mark).to_have_attribute("aria-label", f"[2] {BULLETIN.title}")
    for _ in range(30):
        if mark.evaluate("mark => mark === document.activeElement"):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    expect(page.locator("#yj-said")).to_contain_text("54321元")


def test_an_enter_that_ends_chinese_input_does_not_ask(visit: Callable[..., Page], assistant: FakeAssistant) -> None:
    page = visit()
    asked = len(assistant.asked)
    box = page.locator("#yj-box textarea")
    box.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "jiaxing", "selectionStart": 7, "selectionEnd": 7})
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229})
    session.send("Input.insertText", {"text": "嘉兴"})
    expect(box).to_have_value("嘉兴")
    page.wait_for_timeout(300)
    assert len(assistant.asked) == asked


def test_nothing_found_is_said_calmly_with_what_is_nearest(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, NOT_FOUND.question)
    reply = page.locator(".yj-not-found")
    expect(reply.locator(".yj-text")).to_have_text(NOT_FOUND.answer)
    expect(reply.locator(".yj-nearest li")).to_have_text("文件中有2024年和2025年的数字1")
    expect(page.locator("#yj-panel h2")).to_have_text("文库")
    reply.locator(".yj-nearest .yj-mark").click()
    # A table's row: every cell of it is highlighted.
    expect(page.locator("#yj-panel mark")).to_have_text(["农村", "51198元", "54321元"])


def test_a_choice_of_a_question_back_asks_it(visit: Callable[..., Page], assistant: FakeAssistant) -> None:
    page = visit()
    ask(page, CLARIFY.question)
    page.get_by_role("button", name=RURAL.question).click()
    expect(page.locator("#yj-log .yj-turn").nth(1).locator(".yj-text")).to_contain_text("54321元")
    question, history = assistant.asked[-1]
    assert question == RURAL.question
    assert [turn.question for turn in history] == [CLARIFY.question]


def test_documents_and_questions_cannot_put_markup_into_the_page(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, ATTACK.question)
    expect(page.locator(".yj-question")).to_have_text(ATTACK.question)
    expect(page.locator(".yj-text")).to_contain_text("<script>window.hacked = 4</script>")
    expect(page.locator("#yj-panel mark")).to_have_text(ATTACK.citations[0].quote)
    expect(page.locator("#yj-panel h2")).to_have_text(HOSTILE.title)
    expect(page.locator(".yj-figures .yj-doubt")).to_have_text("未核对")
    assert page.evaluate("window.hacked") is None


def test_the_answer_streams_and_can_be_stopped(
    visit: Callable[..., Page], assistant: FakeAssistant, tmp_path: Path
) -> None:
    page = visit()
    assistant.drafts[SLOW] = "这是一段慢慢写出来的文字。" * 300
    assistant.piece_s = 0.05
    try:
        ask(page, SLOW)
        expect(page.locator("#yj-live .yj-text")).to_contain_text("慢慢写出来的文字。这是")
        expect(page.locator("#yj-live")).to_contain_text("正在回答")
        page.screenshot(path=tmp_path / "streaming.png")
        page.get_by_role("button", name="停止").click()
        expect(page.locator("#yj-live")).to_contain_text("已停止回答。")
        assert assistant.ended.wait(5), "the answer went on being written for nobody"
    finally:
        assistant.piece_s = 0.0
    # The page is ready for the next question.
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    expect(page.locator("#yj-live .yj-turn")).to_have_count(0)


def test_an_error_is_a_friendly_line_and_can_be_tried_again(
    visit: Callable[..., Page], assistant: FakeAssistant
) -> None:
    page = visit()
    ask(page, BROKEN)
    alert = page.get_by_role("alert").filter(has_text="这次没能回答")
    expect(alert).to_be_visible()
    assert "hunter2" not in page.content()
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    expect(alert).to_have_count(0)
    ask(page, BROKEN)
    expect(alert).to_be_visible()
    asked = len(assistant.asked)
    page.get_by_role("button", name="再问一次").click()
    wait_until(lambda: len(assistant.asked) > asked)
    assert assistant.asked[-1][0] == BROKEN


def test_one_question_at_a_time(visit: Callable[..., Page], assistant: FakeAssistant) -> None:
    page = visit()
    assistant.piece_s = 0.3
    try:
        ask(page, CLARIFY.question)
        expect(page.locator("#yj-live [aria-busy]")).to_be_visible()
        asked = len(assistant.asked)
        ask(page, RURAL.question)
        expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
        # What was typed meanwhile is still there to be sent.
        expect(page.locator("#yj-box textarea")).to_have_value(RURAL.question)
        assert len(assistant.asked) == asked
    finally:
        assistant.piece_s = 0.0


def test_a_reload_keeps_the_conversation_and_the_open_citation(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, RURAL.question)
    page.locator(".yj-text .yj-mark").nth(1).click()
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    page.reload()
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    expect(page.locator(".yj-mark[aria-current]")).to_have_text("2")


def test_another_tab_is_another_conversation(visit: Callable[..., Page], assistant: FakeAssistant) -> None:
    first, second = visit(), visit()
    ask(first, RURAL.question)
    expect(first.locator("#yj-log .yj-turn")).to_have_count(1)
    ask(second, NOT_FOUND.question)
    expect(second.locator("#yj-log .yj-turn")).to_have_count(1)
    assert assistant.asked[-1] == (NOT_FOUND.question, ())
    second.reload()
    expect(second.locator("#yj-log .yj-question")).to_have_text([NOT_FOUND.question])


def test_a_new_conversation_starts_afresh(visit: Callable[..., Page], assistant: FakeAssistant) -> None:
    page = visit()
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(".yj-welcome")).to_be_visible()
    expect(page.locator("#yj-panel h2")).to_have_text("文库")
    ask(page, NOT_FOUND.question)
    expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
    assert assistant.asked[-1] == (NOT_FOUND.question, ())


def test_a_link_opens_the_document_at_the_words(visit: Callable[..., Page]) -> None:
    page = visit(f"/?from=mail#{Spot(FIRST.document_id, FIRST.start, FIRST.end)}")
    expect(page.locator("#yj-panel mark")).to_have_text(FIRST.quote)
    page.get_by_role("link", name="文库", exact=True).click()
    page.get_by_role("link", name=BULLETIN.title).click()
    expect(page.locator("#yj-panel .yj-excerpt")).to_contain_text("本公报数据为初步统计数。")
    expect(page.locator("#yj-panel mark")).to_have_count(0)
    page.go_back()
    page.go_back()
    expect(page.locator("#yj-panel mark")).to_have_text(FIRST.quote)


def test_a_damaged_store_in_the_browser_is_a_new_conversation(visit: Callable[..., Page]) -> None:
    page = visit()
    for stored in ("{", "[]", '{"turns": [{"id": 3}], "language": "zh"}', '{"language": "xx", "turns": 7}'):
        page.evaluate("stored => sessionStorage.setItem('youju-session', stored)", stored)
        page.reload()
        expect(page.locator(".yj-welcome")).to_be_visible()


def test_the_page_in_english(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="New chat")).to_be_visible()
    expect(page.locator(".yj-facts")).to_contain_text("Publisher云栖市统计局")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.screenshot(path=tmp_path / "english.png")
    page.reload()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")


def test_the_copy_button_copies_the_answer_with_its_sources(
    visit: Callable[..., Page], context: BrowserContext
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit()
    ask(page, RURAL.question)
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == html.copied(RURAL, ZH)


def test_on_a_narrow_window_the_sources_lie_over_the_conversation(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, RURAL.question)
    panel, mark = page.locator("#yj-panel"), page.locator(".yj-text .yj-mark").first
    expect(mark).to_be_visible()
    expect(panel).to_be_hidden()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.screenshot(path=tmp_path / "narrow.png")
    mark.click()
    expect(panel.locator("mark")).to_be_in_viewport()
    page.screenshot(path=tmp_path / "narrow-source.png")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(mark).to_be_focused()
    mark.click()
    panel.get_by_role("button", name="关闭出处").click()
    expect(panel).to_be_hidden()


def test_the_page_follows_a_dark_desktop(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.locator("#yj-panel .yj-source")).to_be_visible()
    ask(page, RURAL.question)
    expect(page.locator("#yj-panel mark")).to_be_visible()
    page.screenshot(path=tmp_path / "dark.png")
    background = page.locator("#yj-panel").evaluate("panel => getComputedStyle(panel).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", background)[:3]) < 60


def test_a_question_over_the_limit_is_not_asked_and_stays_in_the_box(
    visit: Callable[..., Page], assistant: FakeAssistant
) -> None:
    page = visit()
    asked = len(assistant.asked)
    ask(page, "长" * 2345)
    expect(page.get_by_role("alert")).to_have_text(
        "问题有 2,345 字，最多 2,000 字，所以还没有提问。写好的仍在输入框里，请删短后再问。"
    )
    expect(page.locator("#yj-box textarea")).to_have_value("长" * 2345)
    assert len(assistant.asked) == asked
    # Shortened, it is asked as it stands.
    ask(page, "长" * MAX_QUESTION_CHARS)
    expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
    assert assistant.asked[-1][0] == "长" * MAX_QUESTION_CHARS
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_answer_that_is_not_sure_says_so_in_both_languages(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, RURAL.question)
    turn = page.locator("#yj-log .yj-turn")
    expect(turn.nth(0).locator(".yj-figures")).to_contain_text("✓ 已核对")
    expect(turn.nth(0).locator(".yj-unsure")).to_have_count(0)
    ask(page, UNSURE.question)
    expect(turn.nth(1).locator(".yj-unsure")).to_have_text("可能相关，请核对")
    expect(turn.nth(1)).not_to_contain_text("已核对")
    page.get_by_role("button", name="English").click()
    expect(turn.nth(1).locator(".yj-unsure")).to_have_text("possibly related, please check")


# The page on the sample library, with nothing faked


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = build(Config(data_dir=tmp_path_factory.mktemp("data")))
    yield assistant
    assistant.close()


def test_the_examples_answer_and_the_last_is_not_found(sample: Assistant) -> None:
    *answered, unknown = (sample.ask(question) for question in EXAMPLES)
    for answer in answered:
        assert answer.status == "answered", answer.question
        assert answer.citations
    assert "54939元" in answered[0].answer
    assert unknown.status == "not_found"


def test_a_first_visit_to_the_sample_library(sample: Assistant, context: BrowserContext, tmp_path: Path) -> None:
    with Server(create_app(sample)) as url:
        page = context.new_page()
        page.goto(url)
        expect(page.locator(".yj-library")).to_have_text("示例文库5 份文件")
        page.get_by_role("button", name=EXAMPLES[0]).click()
        expect(page.locator(".yj-text")).to_contain_text("54939元")
        page.locator(".yj-text .yj-mark").first.click()
        quote = page.locator("#yj-panel mark").first
        expect(quote).to_contain_text("54939元")
        expect(quote).to_be_in_viewport()
        page.screenshot(path=tmp_path / "sample.png")
        page.close()
