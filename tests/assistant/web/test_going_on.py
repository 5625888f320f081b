"""A conversation that goes on: after a reload, in a second tab, at its address, and after the server was away."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.web.html import Spot
from tests.fakes.assistant import BULLETIN, NOT_FOUND, RURAL, SLOW, FakeAssistant
from tests.fakes.served import Process
from tests.fakes.visitor import ask, ask_and_wait, come, visitor

FIRST = RURAL.citations[0]
SENTENCE = "这是一段慢慢写出来的文字。"


@pytest.fixture
def slow(scripted: FakeAssistant) -> Iterator[FakeAssistant]:
    """The assistant, taking some seconds over SLOW."""
    scripted.drafts[SLOW] = SENTENCE * 30
    scripted.piece_s = 0.05
    yield scripted
    scripted.piece_s = 0.0


def test_a_reload_keeps_the_conversation_and_the_open_citation(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    page.locator(".yj-text .yj-mark").nth(1).click()
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    page.reload()
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    expect(page.locator(".yj-mark[aria-current]")).to_have_text("2")


def test_an_answer_goes_on_while_the_page_is_loaded_anew(visit: Callable[..., Page], slow: FakeAssistant) -> None:
    page = visit()
    ask(page, SLOW)
    expect(page.locator("#yj-live .yj-text")).to_contain_text(SENTENCE)
    asked = len(slow.asked)
    page.reload()
    expect(page.locator("#yj-live .yj-question")).to_have_text(SLOW)
    expect(page.locator("#yj-live .yj-text")).to_contain_text(SENTENCE * 4)
    slow.piece_s = 0.0
    expect(page.locator("#yj-log .yj-turn[data-turn] .yj-reply")).to_be_visible()
    expect(page.locator("#yj-live .yj-turn")).to_have_count(0)
    assert len(slow.asked) == asked, "it was asked anew"


def test_an_answer_that_is_followed_can_be_stopped(visit: Callable[..., Page], slow: FakeAssistant) -> None:
    slow.drafts[SLOW] = SENTENCE * 300
    page = visit()
    ask(page, SLOW)
    expect(page.locator("#yj-live .yj-text")).to_contain_text(SENTENCE)
    page.reload()
    expect(page.locator("#yj-live .yj-text")).to_contain_text(SENTENCE)
    page.get_by_role("button", name="停止").click()
    expect(page.locator("#yj-log").get_by_role("alert")).to_have_text("已停止回答。")
    assert slow.ended.wait(5), "the answer went on being written for nobody"


def test_a_second_tab_shows_the_same_and_goes_on_with_it(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    first = visit()
    ask_and_wait(first, RURAL.question)
    second = visit(first.url)
    expect(second.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    ask_and_wait(second, NOT_FOUND.question)
    assert [turn.question for turn in scripted.asked[-1][1]] == [RURAL.question]
    first.reload()
    expect(first.locator("#yj-log .yj-question")).to_have_text([RURAL.question, NOT_FOUND.question])


def test_a_tab_opened_afresh_is_another_conversation(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    first, second = visit(), visit()
    ask_and_wait(first, RURAL.question)
    ask_and_wait(second, NOT_FOUND.question)
    assert scripted.asked[-1] == (NOT_FOUND.question, ())
    second.reload()
    expect(second.locator("#yj-log .yj-question")).to_have_text([NOT_FOUND.question])
    assert first.url != second.url


def test_leaving_for_another_conversation_leaves_the_answer_to_be_written(
    visit: Callable[..., Page], slow: FakeAssistant
) -> None:
    page = visit()
    slow.piece_s = 0.0
    ask_and_wait(page, RURAL.question)
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(".yj-welcome")).to_be_visible()
    slow.piece_s = 0.05
    ask(page, SLOW)
    expect(page.locator("#yj-live .yj-text")).to_contain_text(SENTENCE)
    slow_address = page.url
    page.locator(".yj-one").filter(has_text=RURAL.question).click()
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    rural_address = page.url
    slow.piece_s = 0.0
    assert slow.ended.wait(10)
    page.wait_for_timeout(600)
    # What is finished there doesn't come in here, and is there when one goes back.
    assert page.url == rural_address
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    expect(page.locator("#yj-live .yj-turn")).to_have_count(0)
    page.go_back()
    expect(page.locator("#yj-log .yj-question")).to_have_text([SLOW])
    expect(page.locator("#yj-log .yj-reply")).to_be_visible()
    assert page.url.split("#")[0] == slow_address
    page.go_forward()
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])


def test_the_address_opens_the_same_again(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    page.locator(".yj-text .yj-mark").nth(1).click()
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    other = visit(page.url)
    expect(other.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    expect(other.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    # A place alone, as in a mail, opens the document there.
    alone = visit(f"/?from=mail#{Spot(FIRST.document_id, FIRST.start, FIRST.end)}")
    expect(alone.locator("#yj-panel mark")).to_have_text(FIRST.quote)
    whole = visit(f"/#{BULLETIN.id}")
    expect(whole.locator("#yj-panel .yj-excerpt")).to_contain_text("本公报数据为初步统计数。")
    expect(whole.locator("#yj-panel mark")).to_have_count(0)


def test_an_address_of_nothing_says_so_and_can_be_asked_from(visit: Callable[..., Page]) -> None:
    page = visit("/?c=0123456789abcdef0123456789abcdef")
    expect(page.locator("#yj-log")).to_contain_text("没有这个对话：它可能已被删除，或者属于别人。")
    ask_and_wait(page, RURAL.question)
    assert "0123456789abcdef" not in page.url
    page.reload()
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    for address in ("/?c=%00", "/?c=" + "x" * 300, "/#%E0%A4%A", "/#:::", "/#gone:1-2"):
        page.goto(address)
        expect(page.locator("#yj-log .yj-welcome")).to_be_visible()
    expect(page.locator("#yj-panel")).to_contain_text("文库中没有这份文件")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Process]:
    """A process of its own, at a port that stays."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Process(port, tmp_path)
    server.start()
    yield server
    server.kill()


def test_a_server_that_was_away_is_told_calmly_and_nothing_is_lost(
    browser: Browser, served: Process, tmp_path: Path
) -> None:
    with visitor(browser, served.url) as context:
        page = come(context)
        ask_and_wait(page, RURAL.question)
        ask(page, SLOW)
        expect(page.locator("#yj-live .yj-text")).to_contain_text(SENTENCE * 6)
        page.locator("#yj-box textarea").fill("打了一半的问题")
        served.kill()
        lost = page.locator("#yj-lost")
        expect(lost).to_have_text("连不上服务，正在重新连接。写好的字会留着。")
        # Gradio's own word of it, in English, isn't shown beside.
        expect(page.locator(".toast-body")).to_be_hidden()
        page.screenshot(path=tmp_path / "away.png")
        served.start()
        # Gradio loads the page anew by itself; who wrote the answer is gone, which shows after some silence.
        expect(lost).to_have_count(0)
        expect(page.locator("#yj-log .yj-question").first).to_have_text(RURAL.question)
        expect(page.locator("#yj-box textarea")).to_have_value("打了一半的问题")
        expect(page.locator("#yj-log .yj-broken")).to_contain_text(SENTENCE)
        # The next time nothing is going on: it is noticed when somebody asks, and what was asked stays in the box.
        served.kill()
        page.locator("#yj-box textarea").press("Enter")
        expect(lost).to_be_visible()
        served.start()
        expect(lost).to_have_count(0)
        expect(page.locator("#yj-box textarea")).to_have_value("打了一半的问题")
        page.locator("#yj-box textarea").press("Enter")
        expect(page.locator("#yj-log .yj-question").last).to_have_text("打了一半的问题")
        expect(page.locator("#yj-log .yj-reply").last).to_contain_text("没有找到")


def test_what_was_typed_stays_while_one_looks_at_another_page(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator("#yj-box textarea").press_sequentially("还没写完的问题")
    page.reload()
    expect(page.locator("#yj-box textarea")).to_have_value("还没写完的问题")
    page.locator("#yj-box textarea").press("Enter")
    expect(page.locator("#yj-log .yj-question")).to_have_text("还没写完的问题")
    page.reload()
    expect(page.locator("#yj-log .yj-question")).to_have_text("还没写完的问题")
    expect(page.locator("#yj-box textarea")).to_have_value("")


def test_being_offline_is_told_until_it_is_over(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    page.context.set_offline(True)
    expect(page.locator("#yj-lost")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#yj-lost")).to_have_count(0)


def test_a_long_conversation_shows_its_end_first(visit: Callable[..., Page], scripted: FakeAssistant, url: str) -> None:
    page = visit()
    made = page.request.post("/v1/conversations", data={"title": "很长"}).json()["id"]
    for number in range(63):
        page.request.post(f"/v1/conversations/{made}/turns", data={"question": f"第{number}个问题？"})
    start = time.monotonic()
    page.goto(f"/?c={made}")
    expect(page.locator("#yj-log .yj-turn")).to_have_count(60)
    assert time.monotonic() - start < 20
    expect(page.locator("#yj-log .yj-turn").last).to_be_in_viewport()
    page.get_by_role("button", name="显示更早的 3 轮").click()
    expect(page.locator("#yj-log .yj-turn")).to_have_count(63)
