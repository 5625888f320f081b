"""The figures page in a real Chromium, as a person uses it: find a metric, read where a value stands, turn the table,
filter, look at the chart, take it along."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assistant.ask import build
from assistant.config import Config
from assistant.server.app import create_app
from tests.fakes.axe import grave_findings
from tests.fakes.bulletins import HOSTILE, write_bulletins
from tests.fakes.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("figures")
    assistant = build(Config(data_dir=folder / "data"), sources=[write_bulletins(folder / "files")])
    with Server(create_app(assistant)) as url:
        yield url
    assistant.close()


@pytest.fixture
def context(browser: Browser, server: str) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, accept_downloads=True)
    elsewhere: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith((server, "data:")) else elsewhere.append(sent.url))
    yield context
    context.close()
    assert not elsewhere


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    yield page
    assert not wrong


def row(page: Page, name: str) -> list[str]:
    """The cells of a row of the table."""
    found = page.locator(".fg-pivot tbody tr", has=page.locator(f"th:text-is('{name}')"))
    return [text.strip() for text in found.locator("td").all_inner_texts()]


def test_a_metric_is_found_and_a_value_leads_to_its_sentence(page: Page, server: str) -> None:
    page.goto(f"{server}/figures")
    expect(page.locator(".yj-lead")).to_contain_text("项指标")
    expect(page.locator("#yj-top a[aria-current]")).to_have_text("数据")
    page.get_by_label("查指标").press_sequentially("人口")
    expect(page.locator("#fg-names option")).to_have_count(1)
    page.get_by_label("查指标").press("Enter")
    expect(page).to_have_url(f"{server}/figures?q=%E4%BA%BA%E5%8F%A3")
    page.get_by_role("link", name="常住人口").click()
    expect(page.locator("h1")).to_have_text("常住人口")
    assert row(page, "桐乡市") == ["103.1万人", "", "104.2万人", ""]
    # Two bulletins differ, and an aim is no result.
    cells = row(page, "嘉善县")
    assert cells[2].startswith("出处不一")
    assert "65.8万人" in cells[2]
    assert "66.4万人" in cells[2]
    assert "目标" in cells[3]
    page.get_by_role("link", name="66.4万人").click()
    source = page.get_by_role("dialog")
    expect(source.locator("mark")).to_have_text("66.4万人")
    expect(source.locator("blockquote")).to_have_text("2023年，嘉善县常住人口为66.4万人。")
    expect(source).to_contain_text("嘉善县人口简报")
    page.keyboard.press("Escape")
    expect(source).to_have_count(0)
    expect(page.get_by_role("link", name="66.4万人")).to_be_focused()
    page.keyboard.press("Enter")
    source.get_by_role("link", name="在原文中查看").click()
    expect(page.locator("#yj-panel mark")).to_contain_text("66.4万人")
    page.go_back()
    expect(page.locator("h1")).to_have_text("常住人口")


def test_the_table_is_turned_filtered_and_sorted_in_the_address(page: Page, server: str) -> None:
    page.goto(f"{server}/figures?metric=常住人口")
    page.get_by_role("group", name="行").get_by_role("link", name="时间").click()
    assert row(page, "2021年") == ["64.9万人", "103.1万人"]
    page.go_back()
    assert row(page, "桐乡市")[0] == "103.1万人"
    page.get_by_text("筛选", exact=True).first.click()
    page.get_by_label("从").fill("2022年")
    page.get_by_label("性质").select_option(label="实际（6）")
    page.locator(".fg-filters form button").click()
    expect(page.locator(".fg-pivot thead th")).to_have_text(["地区", "2022年", "2023年"])
    assert "from=2022" in page.url
    assert "publisher" not in page.url
    page.get_by_role("link", name="2023年").click()
    assert page.locator(".fg-pivot tbody th").all_inner_texts() == ["桐乡市", "嘉善县"]
    page.get_by_role("link", name="2023年").click()
    assert page.locator(".fg-pivot tbody th").all_inner_texts() == ["嘉善县", "桐乡市"]
    address = page.url
    page.locator(".fg-chip", has_text="从").click()
    expect(page.locator(".fg-pivot thead th").nth(1)).to_have_text("2021年")
    page.goto(address)
    expect(page.locator(".fg-pivot thead th").nth(1)).to_have_text("2022年")


def test_the_chart_tells_in_words_what_it_draws(page: Page, server: str) -> None:
    page.goto(f"{server}/figures?metric=出口总额")
    chart = page.get_by_role("img", name="折线图")
    expect(chart).to_be_visible()
    told = chart.get_attribute("aria-label") or ""
    assert "海宁市，2022年 3.7%，2023年 5.1%，2024年前三季度 8.8%" in told
    expect(page.locator(".yj-chart")).to_contain_text("时长与其余不同，不连线")
    assert row(page, "嘉善县")[1] == "6.5%\n下降"
    page.get_by_role("group", name="图").get_by_role("link", name="条形").click()
    bars = page.get_by_role("img", name="条形图")
    expect(bars).to_be_visible()
    assert "嘉善县 下降6.5%" in (bars.get_attribute("aria-label") or "")
    page.get_by_role("group", name="图").get_by_role("link", name="不画").click()
    expect(page.locator(".yj-chart")).to_have_count(0)


def test_what_is_shown_is_taken_along(page: Page, server: str) -> None:
    page.goto(f"{server}/figures?metric=播种面积")
    page.get_by_role("link", name="万亩").click()
    shown = [row(page, name) for name in ("水稻", "小麦")]
    assert shown == [["12.05"], ["4.53"]]
    expect(page.locator("h1")).to_contain_text("嘉善县")
    with page.expect_download() as waited:
        page.get_by_role("link", name="CSV").click()
    text = Path(waited.value.path()).read_text("utf-8-sig")
    assert waited.value.suggested_filename == "播种面积（万亩）.csv"
    rows = list(csv.reader(io.StringIO(text)))
    assert ["水稻", "12.05"] in rows
    with page.expect_download() as waited:
        page.get_by_role("link", name="Excel").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(waited.value.path()).read_bytes()))
    assert [[cell.value for cell in each] for each in book["数据"].iter_rows()] == [
        [rows[0][0], rows[0][1]], *([name, float(value)] for name, value in rows[1:])
    ]  # fmt: skip


def test_hostile_names_stay_text(page: Page, server: str) -> None:
    page.goto(f"{server}/figures?metric=播种面积&rows=subject&chart=bar")
    expect(page.locator(".fg-pivot tbody th", has_text=HOSTILE)).to_be_visible()
    expect(page.locator(".yj-chart")).to_be_visible()
    page.locator(".fg-pivot tbody tr", has_text=HOSTILE).locator("a.fg-value").click()
    expect(page.get_by_role("dialog").locator("blockquote")).to_contain_text(HOSTILE)
    assert page.locator("main img, .yj-dialog img").count() == 0


def test_nothing_found_leads_on(page: Page, server: str) -> None:
    page.goto(f"{server}/figures?q=常住人囗数")
    expect(page.get_by_text("没有符合条件的指标")).to_be_visible()
    page.locator(".fg-near a").first.click()
    expect(page.locator(".fg-pivot")).to_be_visible()
    page.goto(f"{server}/figures?metric=常住人口&from=很久以前")
    expect(page.get_by_role("alert")).to_contain_text("很久以前")
    expect(page.locator(".fg-pivot")).to_be_visible()


def test_a_source_that_cannot_be_had_is_said(page: Page, server: str) -> None:
    page.goto(f"{server}/figures?metric=常住人口")
    page.route("**/v1/figures/**", lambda route: route.abort())
    page.locator("a.fg-value").first.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("连不上服务")


def test_a_phone_has_all_of_it_without_sideways_scrolling(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    for address in ("figures", "figures?metric=常住人口", "figures?metric=播种面积&chart=bar"):
        page.goto(f"{server}/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, address
    expect(page.locator("svg.yj-narrow")).to_be_visible()
    expect(page.locator("svg.yj-wide")).to_be_hidden()
    page.locator("a.fg-value").first.click()
    expect(page.get_by_role("dialog").locator("mark")).to_be_visible()
    assert page.get_by_role("dialog").bounding_box()["width"] <= 390  # type: ignore[index]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, server: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    for address in ("figures", "figures?q=x", "figures?metric=常住人口&from=2020", "figures?metric=出口总额&chart=bar"):
        page.goto(f"{server}/{address}")
        if "metric" in address:
            page.locator("a.fg-value").first.click()
            expect(page.get_by_role("dialog").locator("mark")).to_be_visible()
            assert grave_findings(page) == [], address
            page.keyboard.press("Escape")
        assert grave_findings(page) == [], address
    context.close()
