"""Asking on the chat page, in a real Chromium: an answer as it comes, what is said of it, and asking otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.config import MAX_QUESTION_CHARS
from tests.fakes.assistant import BROKEN, BULLETIN, CLARIFY, NOT_FOUND, RURAL, SLOW, UNSURE, FakeAssistant
from tests.fakes.visitor import ask, ask_and_wait, copied, wait_until

FIRST = RURAL.citations[0]


@pytest.fixture
def slow(scripted: FakeAssistant) -> Iterator[FakeAssistant]:
    """The assistant, taking its time."""
    scripted.drafts[SLOW] = "这是一段慢慢写出来的文字。" * 300
    scripted.piece_s = 0.05
    yield scripted
    scripted.piece_s = 0.0


def times_asked(assistant: FakeAssistant, question: str) -> int:
    return sum(1 for asked, _ in assistant.asked if asked == question)


def test_asking_opening_a_mark_and_seeing_the_words(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    expect(page).to_have_title("有据 Youju")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    expect(page.locator(".yj-library")).to_have_text("云栖文件2 份文件")
    ask_and_wait(page, RURAL.question)
    turn = page.locator("#yj-log .yj-turn")
    expect(turn.locator(".yj-question")).to_have_text(RURAL.question)
    expect(turn.locator(".yj-text")).to_have_text("2025年云栖市农村居民人均可支配收入54321元。1城乡居民收入比为1.49。2")
    expect(turn.locator(".yj-cite")).to_have_count(2)
    # Figures are folded unless asked for.
    row = turn.locator(".yj-figures tbody tr")
    expect(row).to_be_hidden()
    turn.get_by_text("1 个数字的出处").click()
    expect(row).to_have_text("54321元农村居民人均可支配收入云栖市2025年实际与原文一致1")
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
    ask_and_wait(page, RURAL.question)
    waits = []
    for turns in range(2, 7):
        start = time.monotonic()
        ask(page, RURAL.question)
        page.locator("#yj-log .yj-turn").nth(turns - 1).wait_for()
        waits.append(time.monotonic() - start)
    assert min(waits) < 1.0


def test_the_answer_streams_and_is_kept_as_far_as_it_came_when_stopped(
    visit: Callable[..., Page], slow: FakeAssistant, tmp_path: Path
) -> None:
    page = visit()
    ask(page, SLOW)
    live = page.locator("#yj-live")
    expect(live.locator(".yj-text")).to_contain_text("慢慢写出来的文字。这是")
    expect(live).to_contain_text("正在回答")
    page.screenshot(path=tmp_path / "streaming.png")
    # Its text is kept every half second.
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="停止").click()
    stopped = page.locator("#yj-log .yj-turn")
    expect(stopped.get_by_role("alert")).to_have_text("已停止回答。")
    expect(stopped.locator(".yj-broken")).to_contain_text("这是一段慢慢写出来的文字。")
    expect(live.locator(".yj-turn")).to_have_count(0)
    assert slow.ended.wait(5), "the answer went on being written for nobody"
    slow.piece_s = 0.0
    # That it was cut off is no failure of the server's.
    page.wait_for_timeout(1000)
    expect(page.locator("#yj-lost, .yj-toast")).to_have_count(0)
    # It stays so, and the page is ready for the next question.
    page.reload()
    expect(stopped.locator(".yj-broken")).to_contain_text("这是一段慢慢写出来的文字。")
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-turn").nth(1).locator(".yj-text")).to_contain_text("54321元")


def test_who_reads_elsewhere_is_not_pulled_to_the_end(visit: Callable[..., Page], slow: FakeAssistant) -> None:
    page = visit()
    slow.piece_s = 0.0
    for _ in range(4):
        ask_and_wait(page, RURAL.question)
    slow.piece_s = 0.05
    ask(page, SLOW)
    expect(page.locator("#yj-live .yj-text")).to_contain_text("慢慢写出来的文字。这是")
    page.locator("#yj-scroll").hover()
    page.mouse.wheel(0, -4000)
    page.wait_for_timeout(400)
    assert page.locator("#yj-scroll").evaluate("scroller => scroller.scrollTop") < 10
    page.wait_for_timeout(400)
    assert page.locator("#yj-scroll").evaluate("scroller => scroller.scrollTop") < 10
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_role("alert")).to_have_text("已停止回答。")


def test_asking_again_replaces_the_answer_and_what_came_after(
    visit: Callable[..., Page], scripted: FakeAssistant
) -> None:
    page = visit()
    for question in (RURAL.question, NOT_FOUND.question, UNSURE.question):
        ask_and_wait(page, question)
    before = times_asked(scripted, NOT_FOUND.question)
    page.locator("#yj-log .yj-turn").nth(1).get_by_role("button", name="重新回答").click()
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question, NOT_FOUND.question])
    expect(page.locator("#yj-live .yj-turn")).to_have_count(0)
    assert times_asked(scripted, NOT_FOUND.question) == before + 1
    assert [turn.question for turn in scripted.asked[-1][1]] == [RURAL.question]


def test_a_question_is_edited_where_it_stands(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    for question in (CLARIFY.question, NOT_FOUND.question):
        ask_and_wait(page, question)
    first = page.locator("#yj-log .yj-turn").first
    first.hover()
    first.get_by_role("button", name="修改").click()
    area = first.locator("textarea")
    expect(area).to_be_focused()
    expect(area).to_have_value(CLARIFY.question)
    # Esc leaves it as it is.
    area.press("Escape")
    expect(area).to_have_count(0)
    expect(first.locator(".yj-question")).to_be_visible()
    first.hover()
    first.get_by_role("button", name="修改").click()
    area.fill(RURAL.question)
    area.press("Enter")
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    assert scripted.asked[-1] == (RURAL.question, ())


def test_a_choice_of_a_question_back_asks_it_once(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    ask_and_wait(page, CLARIFY.question)
    expect(page.locator(".yj-choices")).to_have_count(1)
    expect(page.locator(".yj-clarify")).to_contain_text("您想问哪一种？")
    page.get_by_role("button", name=RURAL.question).click()
    expect(page.locator("#yj-log .yj-turn").nth(1).locator(".yj-text")).to_contain_text("54321元")
    question, history = scripted.asked[-1]
    assert question == RURAL.question
    assert [turn.question for turn in history] == [CLARIFY.question]
    # What was chosen isn't offered any more.
    expect(page.locator(".yj-choices")).to_have_count(0)


def test_nothing_found_is_said_calmly_and_leaves_no_old_source_open(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    expect(page.locator("#yj-panel mark")).to_have_text(FIRST.quote)
    ask_and_wait(page, NOT_FOUND.question)
    reply = page.locator(".yj-not-found")
    expect(reply.locator(".yj-text")).to_have_text(NOT_FOUND.answer)
    expect(reply.locator(".yj-nearest li")).to_have_text("文件中有2024年和2025年的数字1")
    expect(page.locator("#yj-panel")).to_be_hidden()
    assert "#" not in page.url
    reply.locator(".yj-nearest .yj-mark").click()
    # A table's row: every cell of it is highlighted.
    expect(page.locator("#yj-panel mark")).to_have_text(["农村", "51198元", "54321元"])


def test_an_answer_that_is_not_sure_says_so_before_it_in_both_languages(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    turn = page.locator("#yj-log .yj-turn")
    expect(turn.nth(0).locator(".yj-ok")).not_to_have_count(0)
    expect(turn.nth(0).locator(".yj-unsure")).to_have_count(0)
    ask_and_wait(page, UNSURE.question)
    unsure = turn.nth(1)
    expect(unsure.locator(".yj-unsure")).to_have_text("可能相关，请核对：所引原文里没有“最低工资”这一说法")
    above, below = unsure.locator(".yj-unsure").bounding_box(), unsure.locator(".yj-text").bounding_box()
    assert above["y"] < below["y"]
    expect(unsure.locator(".yj-ok")).to_have_count(0)
    page.get_by_role("button", name="English").click()
    expect(unsure.locator(".yj-unsure")).to_have_text(
        "possibly related, please check: what is quoted doesn't say “最低工资”"
    )


def test_an_error_is_a_friendly_line_and_can_be_tried_again(
    visit: Callable[..., Page], scripted: FakeAssistant
) -> None:
    page = visit()
    ask_and_wait(page, BROKEN)
    alert = page.get_by_role("alert").filter(has_text="这次没能回答")
    expect(alert).to_be_visible()
    expect(page.locator(".yj-broken")).to_have_text("开了头")
    assert "hunter2" not in page.content()
    asked = times_asked(scripted, BROKEN)
    page.get_by_role("button", name="重新回答").click()
    wait_until(lambda: times_asked(scripted, BROKEN) == asked + 1)
    expect(alert).to_have_count(1)
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-turn").nth(1).locator(".yj-text")).to_contain_text("54321元")


def test_one_question_at_a_time(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    scripted.piece_s = 0.3
    try:
        ask(page, CLARIFY.question)
        expect(page.locator("#yj-live [aria-busy]")).to_be_visible()
        asked = times_asked(scripted, RURAL.question)
        ask(page, RURAL.question)
        expect(page.locator("#yj-log .yj-turn")).to_have_count(1)
        # What was typed meanwhile is still there to be sent.
        expect(page.locator("#yj-box textarea")).to_have_value(RURAL.question)
        assert times_asked(scripted, RURAL.question) == asked
    finally:
        scripted.piece_s = 0.0


def test_an_enter_that_ends_chinese_input_does_not_ask(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    asked = len(scripted.asked)
    box = page.locator("#yj-box textarea")
    box.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "jiaxing", "selectionStart": 7, "selectionEnd": 7})
    session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "Process", "windowsVirtualKeyCode": 229})
    session.send("Input.insertText", {"text": "嘉兴"})
    expect(box).to_have_value("嘉兴")
    page.wait_for_timeout(300)
    assert len(scripted.asked) == asked


def test_shift_enter_makes_a_line_and_enter_asks(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    page.locator("#yj-box textarea").press_sequentially("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    page.keyboard.press("Enter")
    expect(page.locator("#yj-log .yj-question")).to_have_text("第一行\n第二行")
    assert scripted.asked[-1][0] == "第一行\n第二行"


def test_a_question_over_the_limit_is_not_asked_and_stays_in_the_box(
    visit: Callable[..., Page], scripted: FakeAssistant
) -> None:
    page = visit()
    asked = len(scripted.asked)
    ask(page, "长" * 2345)
    expect(page.get_by_role("alert")).to_have_text(
        "问题有 2,345 字，最多 2,000 字，所以还没有提问。写好的仍在输入框里，请删短后再问。"
    )
    expect(page.locator("#yj-box textarea")).to_have_value("长" * 2345)
    assert len(scripted.asked) == asked
    # Shortened, it is asked as it stands.
    ask_and_wait(page, "长" * MAX_QUESTION_CHARS)
    assert scripted.asked[-1][0] == "长" * MAX_QUESTION_CHARS
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_answer_is_copied_with_its_sources(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    button = page.get_by_role("button", name="复制", exact=True)
    button.click()
    expect(page.get_by_role("button", name="已复制", exact=True)).to_be_visible()
    text = copied(page)
    assert text.startswith(RURAL.answer)
    for number, citation in enumerate(RURAL.citations, 1):
        assert f"[{number}] 《云栖市2025年国民经济公报》，云栖市统计局，2026年2月10日" in text
        assert citation.quote in text


def test_the_answer_is_copied_with_formatting_and_as_markdown(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    menu = page.get_by_text("带走", exact=True)
    done = page.get_by_role("status").filter(has_text="已复制")
    menu.click()
    page.get_by_role("button", name="复制为带格式文字（Word、WPS）").click()
    expect(done).to_be_visible()
    rich = page.evaluate(
        "navigator.clipboard.read().then(([item]) => item.getType('text/html')).then(blob => blob.text())"
    )
    assert "54321元" in rich
    assert "<table" in rich
    assert "54321元" in copied(page)
    page.evaluate("navigator.clipboard.writeText('')")
    menu.click()
    page.get_by_role("button", name="复制为 Markdown").click()
    wait_until(lambda: RURAL.question in copied(page))
    assert "54321元" in copied(page)


def test_the_answer_is_taken_along_as_a_file(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    for label, suffix in (("导出 Word 文档", ".docx"), ("导出 Markdown 文件", ".md")):
        page.locator("#yj-log").get_by_text("带走", exact=True).click()
        with page.expect_download() as download:
            page.locator("#yj-log").get_by_role("button", name=label).click()
        assert download.value.suggested_filename.endswith(suffix)
        assert download.value.path().stat().st_size > 200
