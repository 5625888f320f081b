"""The list of conversations beside the chat, in a real Chromium: as a person finds, names, keeps and deletes them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from assistant.conversations.store import Workspace, address_of
from assistant.server.owners import LOCAL_OWNER
from tests.fakes.assistant import NOT_FOUND, RURAL, UNSURE, FakeAssistant
from tests.fakes.visitor import PHONE, ask, ask_and_wait, come, copied, visitor


@contextmanager
def kept_by(assistant: FakeAssistant) -> Iterator[Workspace]:
    """What the server keeps, from outside of it."""
    with Workspace.open(address_of(assistant.config)) as workspace:
        yield workspace


def have(assistant: FakeAssistant, *questions: str) -> None:
    """A conversation for each, the last one the newest."""
    with kept_by(assistant) as workspace:
        for question in questions:
            conversation = workspace.create(LOCAL_OWNER).id
            workspace.finish_turn(workspace.begin_turn(LOCAL_OWNER, conversation, question), RURAL)


def row(page: Page, title: str) -> Locator:
    return page.locator("#yj-side li").filter(has=page.locator(".yj-one", has_text=title))


def choose(page: Page, title: str, action: str) -> None:
    """From its menu."""
    row(page, title).hover()
    row(page, title).locator("summary").click()
    row(page, title).get_by_role("button", name=action, exact=True).click()


def titles(page: Page) -> Locator:
    return page.locator("#yj-side .yj-one")


def test_it_fills_as_one_asks_and_opens_what_is_chosen(visit: Callable[..., Page]) -> None:
    page = visit()
    expect(page.locator(".yj-none")).to_have_text("还没有对话。")
    ask_and_wait(page, RURAL.question)
    expect(titles(page)).to_have_text([RURAL.question])
    expect(page.locator(".yj-one[aria-current=page]")).to_have_text(RURAL.question)
    expect(page).to_have_title(f"{RURAL.question} · 有据")
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(".yj-welcome")).to_be_visible()
    expect(page.locator("#yj-box textarea")).to_be_focused()
    expect(page.locator("#yj-panel")).to_be_hidden()
    expect(page).to_have_title("有据 Youju")
    ask_and_wait(page, NOT_FOUND.question)
    expect(titles(page)).to_have_text([NOT_FOUND.question, RURAL.question])
    titles(page).nth(1).click()
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])
    page.go_back()
    expect(page.locator("#yj-log .yj-question")).to_have_text([NOT_FOUND.question])


def test_the_last_one_clicked_is_the_one_that_is_shown(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    names = [f"第{number}个对话" for number in range(6)]
    page = visit()
    have(scripted, *names)
    page.reload()
    expect(titles(page)).to_have_count(6)
    for name in names:
        row(page, name).locator(".yj-one").click(no_wait_after=True)
    expect(page.locator("#yj-log .yj-question")).to_have_text([names[-1]])
    page.wait_for_timeout(500)
    expect(page.locator("#yj-log .yj-question")).to_have_text([names[-1]])
    expect(page.locator(".yj-one[aria-current=page]")).to_have_text(names[-1])


def test_it_is_searched_by_what_was_asked_and_answered(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    have(scripted, "养老金有多少？", "粮食补贴怎么领？")
    page.reload()
    expect(titles(page)).to_have_count(2)
    search = page.get_by_role("searchbox", name="搜索对话")
    search.press_sequentially("粮食")
    expect(titles(page)).to_have_text(["粮食补贴怎么领？"])
    search.fill("54321元")  # stands in both answers
    expect(titles(page)).to_have_count(2)
    search.fill("没有这样的")
    expect(page.locator(".yj-none")).to_have_text("没有找到这样的对话。")
    search.fill("")
    expect(titles(page)).to_have_count(2)


def test_it_is_renamed(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    have(scripted, "养老金有多少？")
    page.reload()
    choose(page, "养老金", "改名")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    # Esc changes nothing, and closes nothing else.
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(titles(page)).to_have_text(["养老金有多少？"])
    choose(page, "养老金", "改名")
    dialog.get_by_role("textbox").fill("  给处长的材料  ")
    page.keyboard.press("Enter")
    expect(titles(page)).to_have_text(["给处长的材料"])
    page.reload()
    expect(titles(page)).to_have_text(["给处长的材料"])


def test_it_is_pinned_and_archived_and_brought_back(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    have(scripted, "甲事怎么办？", "乙事怎么办？", "丙事怎么办？")
    page.reload()
    expect(titles(page)).to_have_text(["丙事怎么办？", "乙事怎么办？", "甲事怎么办？"])
    choose(page, "甲事", "置顶")
    expect(titles(page)).to_have_text(["甲事怎么办？", "丙事怎么办？", "乙事怎么办？"])
    expect(page.locator("#yj-side .yj-group")).to_have_text(["置顶", "今天"])
    choose(page, "甲事", "取消置顶")
    expect(titles(page)).to_have_text(["丙事怎么办？", "乙事怎么办？", "甲事怎么办？"])
    choose(page, "乙事", "归档")
    expect(titles(page)).to_have_text(["丙事怎么办？", "甲事怎么办？"])
    page.get_by_role("button", name="已归档的对话").click()
    expect(titles(page)).to_have_text(["乙事怎么办？"])
    choose(page, "乙事", "移回列表")
    expect(titles(page)).to_have_count(0)
    page.get_by_role("button", name="已归档的对话").click()
    expect(titles(page)).to_have_count(3)


def test_it_is_deleted_only_when_that_is_confirmed(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    address = page.url
    choose(page, RURAL.question, "删除")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("删除后不能恢复，分享过的链接也会失效。")
    dialog.get_by_role("button", name="取消").click()
    expect(titles(page)).to_have_count(1)
    choose(page, RURAL.question, "删除")
    dialog.get_by_role("button", name="删除").click()
    expect(titles(page)).to_have_count(0)
    expect(page.locator(".yj-welcome")).to_be_visible()
    page.goto(address)
    expect(page.locator("#yj-log")).to_contain_text("没有这个对话")


def test_it_is_shared_by_a_link(visit: Callable[..., Page]) -> None:
    page = visit()
    for question in (RURAL.question, UNSURE.question):
        ask_and_wait(page, question)
    choose(page, RURAL.question, "分享链接")
    expect(page.get_by_role("status").filter(has_text="链接已复制")).to_be_visible()
    shared = page.context.new_page()
    shared.goto(copied(page))
    expect(shared.locator(".yj-question")).to_have_text([RURAL.question, UNSURE.question])


def test_what_was_deleted_elsewhere_says_so_instead_of_doing_nothing(
    browser: Browser, url: str, scripted: FakeAssistant
) -> None:
    with visitor(browser, url, told="404") as context:
        have(scripted, "养老金有多少？")
        page = come(context)
        expect(row(page, "养老金")).to_have_count(1)
        context.request.delete("/v1/conversations")
        choose(page, "养老金", "置顶")
        expect(page.get_by_role("alert")).to_have_text("没有这个对话了：它可能已在别处删除。")
        expect(titles(page)).to_have_count(0)


def test_its_menus_stay_inside_the_window(visit: Callable[..., Page], scripted: FakeAssistant) -> None:
    page = visit()
    have(scripted, *(f"第{number}个对话" for number in range(30)))
    page.reload()
    expect(titles(page)).to_have_count(30)
    for at in (0, 10, 18, 29):
        name = f"第{29 - at}个对话"
        row(page, name).scroll_into_view_if_needed()
        row(page, name).hover()
        row(page, name).locator("summary").click()
        menu = row(page, name).locator(".yj-menu-list")
        expect(menu).to_be_visible()
        box = menu.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 800
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()


def test_on_a_phone_it_comes_and_goes(browser: Browser, url: str, scripted: FakeAssistant, tmp_path: Path) -> None:
    with visitor(browser, url, size=PHONE) as context:
        context.request.delete("/v1/conversations")
        have(scripted, "养老金有多少？")
        page = come(context)
        side = page.locator("#yj-side")
        expect(side).to_be_hidden()
        opener = page.get_by_role("button", name="对话列表")
        opener.click()
        expect(side).to_be_visible()
        page.screenshot(path=tmp_path / "phone-list.png")
        page.keyboard.press("Escape")
        expect(side).to_be_hidden()
        opener.click()
        titles(page).first.click()
        expect(side).to_be_hidden()
        expect(page.locator("#yj-log .yj-question")).to_have_text(["养老金有多少？"])


def test_500_are_there_at_once_and_scrolled_through(
    visit: Callable[..., Page], scripted: FakeAssistant, tmp_path: Path
) -> None:
    page = visit()
    have(scripted, *(f"第{number}个对话里问的问题是什么？" for number in range(500)))
    start = time.monotonic()
    page.reload()
    titles(page).nth(39).wait_for(state="attached")
    assert time.monotonic() - start < 15  # a second and a half on a machine that does nothing else
    expect(titles(page)).to_have_count(40)
    shown = page.locator("#yj-side .yj-list")
    for _ in range(40):
        if titles(page).count() == 500:
            break
        shown.evaluate("list => { list.scrollTop = list.scrollHeight }")
        page.wait_for_timeout(50)
    expect(titles(page)).to_have_count(500)
    expect(titles(page).last).to_have_text("第0个对话里问的问题是什么？")
    page.screenshot(path=tmp_path / "many.png")
    # Far down, what is changed is shown there, and the list doesn't jump.
    row(page, "第100个对话").scroll_into_view_if_needed()
    far = shown.evaluate("list => list.scrollTop")
    assert far > 8_000
    choose(page, "第100个对话", "改名")
    page.get_by_role("dialog").get_by_role("textbox").fill("改了名的")
    page.keyboard.press("Enter")
    expect(row(page, "改了名的")).to_be_in_viewport()
    assert abs(shown.evaluate("list => list.scrollTop") - far) < 40
    # What is asked comes to the top of it.
    ask(page, RURAL.question)
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    expect(titles(page).first).to_have_text(RURAL.question)


def test_a_high_window_is_filled_without_scrolling(browser: Browser, url: str, scripted: FakeAssistant) -> None:
    with visitor(browser, url, size=(1280, 3000)) as context:
        context.request.delete("/v1/conversations")
        have(scripted, *(f"第{number}个对话" for number in range(90)))
        page = come(context)
        expect(titles(page)).to_have_count(90)
