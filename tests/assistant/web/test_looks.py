"""How the chat page looks and is used: by keyboard, in two languages, light and dark, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.server.app import create_app
from tests.fakes.assistant import BULLETIN, NOT_FOUND, RURAL, FakeAssistant
from tests.fakes.server import Server
from tests.fakes.visitor import PHONE, ask_and_wait, come, visitor

TABLE = replace(
    RURAL,
    question="各地收入一览？",
    standalone_question="各地收入一览？",
    answer="农村居民人均可支配收入如下：\n\n| 地区 | 农村居民人均可支配收入 | 比上年增长 | 统计口径与说明 |\n"
    "|---|---|---|---|\n| 云栖市 | 54321元 | 6.1% | 按常住地区分的抽样调查结果[1] |\n"
    "| 城乡居民收入比 | 1.49 | 下降0.02 | 按可支配收入计算[2] |",
)


def is_dark(shown: Locator) -> bool:
    colour = shown.evaluate("shown => getComputedStyle(shown).backgroundColor")
    return max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 60


def reach(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """By keyboard alone."""
    for _ in range(60):
        if wanted.evaluate("wanted => wanted === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} doesn't lead there")


def test_the_keyboard_alone_is_enough(visit: Callable[..., Page]) -> None:
    page = visit()
    expect(page.locator("#yj-box textarea")).to_be_focused()
    page.keyboard.type(RURAL.question)
    page.keyboard.press("Enter")
    mark = page.locator(".yj-text .yj-mark").nth(1)
    expect(mark).to_have_attribute("aria-label", f"[2] {BULLETIN.title}")
    # What was answered is said to those who don't see it.
    expect(page.locator("#yj-said")).to_contain_text("54321元")
    reach(page, mark, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#yj-panel mark")).to_have_text("城乡居民收入比为1.49。")
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()
    # The menu of an answer opens, closes and stays where it was.
    menu = page.locator("#yj-log .yj-menu summary")
    reach(page, menu)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="分享这个回答")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="分享这个回答")).to_be_hidden()
    expect(menu).to_be_focused()
    # A conversation of the list is opened by Enter, too.
    page.get_by_role("button", name="新对话").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".yj-welcome")).to_be_visible()
    reach(page, page.locator(".yj-one").first, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#yj-log .yj-question")).to_have_text([RURAL.question])


def test_the_language_is_changed_and_kept(visit: Callable[..., Page]) -> None:
    page = visit()
    ask_and_wait(page, RURAL.question)
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.locator("#yj-box textarea")).to_have_attribute("placeholder", "Type a question and press Enter")
    expect(page.get_by_role("button", name="New chat")).to_be_visible()
    # The conversation is the same; answers keep their language.
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    expect(page.locator("#yj-panel .yj-facts")).to_contain_text("Publisher云栖市统计局")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="提问")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_light_and_dark_are_chosen_or_follow_the_system(visit: Callable[..., Page]) -> None:
    page = visit()
    top = page.locator("#yj-top")
    assert not is_dark(top)
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    assert is_dark(top)
    page.get_by_role("button", name="跟随系统，点按换为浅色").click()
    assert not is_dark(top)
    page.reload()
    expect(page.locator(".yj-welcome")).to_be_visible()
    assert not is_dark(top)
    page.get_by_role("button", name="浅色，点按换为深色").click()
    page.emulate_media(color_scheme="light")
    assert is_dark(top)
    page.get_by_role("button", name="深色，点按换为跟随系统").click()
    assert not is_dark(top)


def test_every_part_is_dark_in_the_dark(browser: Browser, url: str, tmp_path: Path) -> None:
    with visitor(browser, url, scheme="dark") as context:
        page = come(context)
        ask_and_wait(page, RURAL.question)
        expect(page.locator("#yj-panel mark")).to_be_visible()
        for part in ("body", "#yj-top", "#yj-side", "#yj-panel", "#yj-composer", "#yj-side .yj-search"):
            assert is_dark(page.locator(part)), part
        page.screenshot(path=tmp_path / "dark.png")


@pytest.mark.parametrize("size", [PHONE, (1024, 700), (1280, 800)], ids=str)
def test_nothing_is_wider_than_the_window_or_lies_under_the_box(
    browser: Browser, size: tuple[int, int], tmp_path: Path
) -> None:
    with (
        Server(create_app(FakeAssistant([RURAL, NOT_FOUND, TABLE]))) as url,
        visitor(browser, url, size=size) as context,
    ):
        page = come(context)
        for question in (RURAL.question, NOT_FOUND.question, TABLE.question):
            ask_and_wait(page, question)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= size[0]
        composer = page.locator("#yj-composer").bounding_box()
        footer = page.locator("#yj-log .yj-about").last
        footer.scroll_into_view_if_needed()
        last = footer.bounding_box()
        assert composer is not None
        assert last is not None
        assert last["y"] + last["height"] <= composer["y"]
        # No cell breaks one character a line.
        for cell in page.locator("#yj-log .yj-text td, #yj-log .yj-text th").all():
            box = cell.bounding_box()
            assert box is not None
            assert box["width"] > 60, cell.inner_text()
        page.screenshot(path=tmp_path / "table.png")


def test_on_a_phone_a_figure_is_a_card_whose_parts_are_named(browser: Browser, url: str, tmp_path: Path) -> None:
    with visitor(browser, url, size=PHONE) as context:
        page = come(context)
        ask_and_wait(page, RURAL.question)
        page.get_by_text("1 个数字的出处").click()
        cells = page.locator(".yj-figures tbody [data-label]")
        named = cells.evaluate_all("cells => cells.map(cell => getComputedStyle(cell, '::before').content)")
        assert [name.replace('" "', "") for name in named] == [
            f'"{name}："' for name in ("数值", "指标", "地区", "时期", "性质")
        ]
        # The box is reached with a thumb: nothing to press is smaller than 24 pixels.
        for button in page.locator("#yj-chat button:visible, #yj-top button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 24, button.inner_text()
        page.screenshot(path=tmp_path / "phone-figures.png", full_page=True)


def test_the_page_weighs_less_than_a_megabyte(visit: Callable[..., Page]) -> None:
    page = visit()
    weights: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda told: weights.append(told["encodedDataLength"]))
    page.reload()
    expect(page.locator(".yj-welcome")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 50_000 < sum(weights) < 1_000_000
