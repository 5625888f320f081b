"""Handing on and judging in a real Chromium: links that others open, and what people say of answers."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from assistant.server.access import Access
from assistant.server.app import create_app
from tests.fakes.assistant import NOT_FOUND, RURAL, UNSURE, FakeAssistant
from tests.fakes.server import Server
from tests.fakes.visitor import ask_and_wait, come, copied, visitor


def shared_answer(page: Page, turn: int = 0) -> str:
    """The link to an answer, from its menu."""
    page.evaluate("navigator.clipboard.writeText('')")
    each = page.locator("#yj-log .yj-turn").nth(turn)
    each.get_by_text("带走", exact=True).click()
    each.get_by_role("button", name="分享这个回答").click()
    expect(
        page.get_by_role("status")
        .filter(has_text="链接已复制：能用本服务的人打开后只能看，看到的是您有权看的引文。")
        .first
    ).to_be_visible()
    return copied(page)


def said_of(page: Page) -> list[tuple[bool, list[str], str]]:
    """What was said of the answer on the page; what was said in other tests outlives their conversations."""
    turn = page.locator("#yj-log .yj-turn").last.get_attribute("data-turn")
    kept = page.request.get("/v1/feedback").json()["feedback"]
    return [(each["good"], sorted(each["tags"]), each["right_answer"]) for each in kept if each["turn_id"] == turn]


def test_one_answer_is_shared_read_only_with_its_citations(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    ask_and_wait(page, UNSURE.question)
    other = page.context.new_page()
    other.goto(shared_answer(page, 1))
    expect(other.locator("h1")).to_have_text(UNSURE.question)
    expect(other.locator(".yj-question")).to_have_text([UNSURE.question])
    expect(other.locator(".yj-unsure")).to_contain_text("可能相关，请核对")
    expect(other.locator("main")).to_contain_text("分享的对话，只供阅读")
    # The quotes stand under it, lit, and a mark leads there.
    expect(other.locator(".yj-quoted mark")).to_have_text([c.quote for c in UNSURE.citations])
    other.locator(".yj-text .yj-mark").nth(1).click()
    expect(other.locator(".yj-quoted li:target mark")).to_have_text(UNSURE.citations[1].quote)
    # Nothing can be asked, changed or judged there.
    expect(other.get_by_role("textbox")).to_have_count(0)
    for name in ("重新回答", "修改", "有用", "有误", "带走"):
        expect(other.get_by_text(name, exact=True)).to_have_count(0)
    other.get_by_role("button", name="复制", exact=True).click()
    expect(other.get_by_role("button", name="已复制", exact=True)).to_be_visible()
    assert copied(other).startswith("（可能相关，请核对")


def test_a_shared_link_stays_as_it_was_and_is_gone_with_its_conversation(
    browser: Browser, visit: Callable[..., Page], url: str
) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    link = shared_answer(page)
    ask_and_wait(page, NOT_FOUND.question)
    with visitor(browser, url, told="404") as stranger:
        other = stranger.new_page()
        other.goto(link)
        expect(other.locator(".yj-question")).to_have_text([RURAL.question])
        page.request.delete("/v1/conversations")
        assert other.reload().status == 404
        expect(other.locator("main")).to_contain_text("这个链接没有内容：它可能已被收回，或者没有复制完整。")
        assert other.goto("/s/never-made").status == 404


def test_where_others_reach_the_server_each_browser_has_its_own(browser: Browser) -> None:
    app = create_app(FakeAssistant(), access=Access(open=True))
    with Server(app) as url, visitor(browser, url) as mine, visitor(browser, url) as others:
        page, other = come(mine), come(others)
        ask_and_wait(page, RURAL.question)
        expect(page.locator(".yj-one")).to_have_text([RURAL.question])
        other.goto(page.url)
        expect(other.locator("#yj-log")).to_contain_text("没有这个对话：它可能已被删除，或者属于别人。")
        expect(other.locator(".yj-none")).to_have_text("还没有对话。")
        # What is shared with a link is there for whoever has it.
        other.goto(shared_answer(page))
        expect(other.locator(".yj-question")).to_have_text([RURAL.question])


def test_an_answer_is_called_good_and_that_is_taken_back(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    good = page.get_by_role("button", name="有用")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status").filter(has_text="已记下，谢谢。")).to_be_visible()
    assert said_of(page) == [(True, [], "")]
    page.reload()
    expect(good).to_have_attribute("aria-pressed", "true")
    good.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("status").filter(has_text="已撤回。")).to_be_visible()
    assert said_of(page) == []


def test_an_answer_is_called_wrong_with_the_reason_and_the_right_one(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    bad = page.get_by_role("button", name="有误")
    bad.click()
    form = page.get_by_role("form", name="哪里不对？")
    # The keyboard is in it at once.
    expect(form.get_by_label("数字不对")).to_be_focused()
    form.get_by_label("数字不对").check()
    form.get_by_label("年份或地区不对").check()
    form.get_by_label("正确的回答是（可不填）").fill("  54,000元  ")
    form.get_by_role("button", name="提交").click()
    expect(form).to_have_count(0)
    assert said_of(page) == [(False, ["number", "time"], "54,000元")]
    expect(bad).to_have_attribute("aria-pressed", "true")
    # Changing one's mind leaves one word of it.
    page.get_by_role("button", name="有用").click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    assert [good for good, _, _ in said_of(page)] == [True]


def test_a_form_left_alone_keeps_the_bare_word(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, NOT_FOUND.question)
    page.get_by_role("button", name="有误").click()
    form = page.get_by_role("form", name="哪里不对？")
    form.get_by_role("button", name="取消").click()
    expect(form).to_have_count(0)
    assert said_of(page) == [(False, [], "")]
