"""The library's pages: their HTML, and the pages themselves in a real headless Chromium, as people use them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from assistant.ask import Assistant
from assistant.web.chinese import ZH
from assistant.web.document import PART_CHARS, About, document_page, part_at, parts_of
from assistant.web.languages import WORDS
from assistant.web.library import FACETS, Choice, Shelf, library_page
from index.catalog.rows import DocumentInfo
from index.overview import Listed, Overview, Wanted
from sources.documents import Unread
from sources.parts import Dropped
from tests.fakes.assistant import BULLETIN
from tests.fakes.library import FEES, SUBSIDY, app_of_pages, drain, own_library, worker
from tests.fakes.server import Server

HOSTILE = "<img src=x onerror='window.hacked=1'>"
SHELF = Shelf(
    documents=1, figures=2, files=1, unread=(), roots=("/srv/文件",), uploads_root="/data/uploads", is_sample=False,
    why_closed="", may_change=True, takes_folders=True, most_bytes=20 * 2**20, most_zip_bytes=2**28,
)  # fmt: skip


def overview(*texts: str) -> Overview:
    """One document, and facets, in which all is as it is given."""
    text = "".join(texts)
    info = DocumentInfo("aaaa1111", text, text, text, text, 10, 1, number=text, kind=text)
    counts = ((text, 1),)
    return Overview(1, (Listed(info, 2, (text,), None, has_notices=True),), *[counts] * 7)


def about(text: str) -> About:
    document = replace(
        BULLETIN, title=text, uri=text, publisher=text, number=text, kind=text, notices=(text,), copies=(text,),
        dropped=(Dropped(text, text, 1),), found_by={"number": text}, text=text, sections=(),
    )  # fmt: skip
    other = (("bbbb2222", text),)
    return About(
        document=document, standing=None, tables=(), figures=(), tags=(text,), tags_of_folders=(),
        entered=None, folder=text, replaces=other, replaced_by=other, amended_by=other, other_versions=other,
        earlier=((0.0, 1),), is_uploaded=True, why_fixed="",
    )  # fmt: skip


# The HTML


class Structure(HTMLParser):
    """The tags of a page, each with the names of its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))


@given(st.text(alphabet="<>&\"'`=/ab{}[]#|-\n元", min_size=1, max_size=40))
def test_no_text_from_outside_becomes_markup(text: str) -> None:
    harmless = text.translate(str.maketrans("<>&\"'`=", "甲乙丙丁戊己庚"))

    def pages(told: str) -> list[list[tuple[str, ...]]]:
        shelf = replace(SHELF, unread=(Unread(told, "kind", told),), roots=(told,), why_closed=told)
        choice = Choice(Wanted(words=told, tags=frozenset({told})))
        made = (library_page(overview(told), choice, shelf, ZH), document_page(about(told), ZH))
        return [Structure(page).tags for page in made]

    assert pages(text) == pages(harmless)


@given(
    st.fixed_dictionaries(
        {}, optional={field: st.frozensets(st.text(min_size=1, max_size=8)) for field in FACETS.values()}
    ),
    st.text(max_size=20).map(str.strip),
    st.sampled_from(["added", "title", "published", "figures"]),
    st.booleans(),
)
def test_the_address_holds_what_was_chosen(
    chosen: dict[str, frozenset[str]], words: str, sort: str, descending: bool
) -> None:
    wanted = Wanted(words=words, **chosen, sort=sort, descending=descending)  # type: ignore[arg-type]
    address = Choice(wanted).address(page=3)
    again = Choice.read(parse_qsl(urlsplit(address).query))
    assert again.page == 3
    assert replace(again.wanted, offset=0) == wanted


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=9999999999", "sort=evil", "order=evil", "year="]
)
def test_an_address_that_cannot_be_meant_is_the_plain_page(query: str) -> None:
    assert Choice.read(parse_qsl(query, keep_blank_values=True)).is_open


def test_a_long_text_is_shown_in_parts_that_make_it_up() -> None:
    text = "\n".join(f"第{number}条 {'内容' * 50}" for number in range(1500))
    starts = parts_of(text)
    assert len(starts) > 1
    assert all(text[start - 1] == "\n" for start in starts[1:])
    assert all(end - start <= PART_CHARS for start, end in zip(starts, [*starts[1:], len(text)], strict=True))
    assert [part_at(start, starts) for start in starts] == list(range(1, len(starts) + 1))
    assert parts_of("甲" * (PART_CHARS + 1)) == [0, PART_CHARS]


@pytest.mark.parametrize("language", WORDS)
def test_both_languages_have_all_words(language: str) -> None:
    words = WORDS[language]
    page = library_page(overview("甲"), Choice(Wanted(words="甲")), SHELF, words)
    assert f'lang="{words.language}"' in page
    assert "{" not in re.sub(r'data-\w+="[^"]*"|<script>.*?</script>', "", page)


# The pages in a browser


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    made = own_library(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def url(assistant: Assistant) -> Iterator[str]:
    with Server(app_of_pages(assistant)) as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("request", lambda request: None if request.url.startswith(url) else wrong.append(request.url))
    yield made
    assert made.evaluate("window.hacked") is None
    assert [each for each in wrong if not each.startswith(("blob:", "data:"))] == []
    context.close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder to be brought: two documents, one that can't be read, and what a system leaves."""
    folder = tmp_path / "通知"
    (folder / "民政").mkdir(parents=True)
    (folder / "停车.txt").write_text(FEES, encoding="utf8")
    (folder / "民政" / "养老.txt").write_text(SUBSIDY, encoding="utf8")
    (folder / "坏.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def state_of(page: Page, name: str) -> object:
    return page.locator("#yj-uploads li", has_text=name)


def test_several_files_are_brought_while_somebody_asks(page: Page, url: str, assistant: Assistant, files: Path) -> None:
    (files.parent / "已有.txt").write_text(
        "云栖市图书馆管理办法\n云栖市文化局\n2023年1月5日\n第一条 每人最多借书20册。\n", encoding="utf8"
    )
    with worker(assistant):
        page.goto(f"{url}/library")
        expect(page.get_by_text("文库还是空的")).to_be_visible()
        page.set_input_files("#yj-files", [files.parent / "已有.txt"])
        expect(page.locator(".yj-up-indexed")).to_have_count(1)
        page.set_input_files("#yj-files", [files / "停车.txt", files / "民政" / "养老.txt", files / "坏.pdf"])
        asked = page.context.request.post(f"{url}/v1/ask", data={"question": "每人最多借书多少册？"})
        assert "20册" in asked.json()["answer"]
        expect(page.locator(".yj-up-indexed")).to_have_count(3)
        expect(page.locator(".yj-up-failed")).to_contain_text("坏.pdf")
        expect(page.locator(".yj-uploads-count")).to_have_text("3 个读好了 · 1 个没有成")
        answer = page.context.request.post(f"{url}/v1/ask", data={"question": "机动车停放每小时收费多少元？"})
        assert "5元" in answer.json()["answer"]
        # The list has what is read, and says what isn't.
        expect(page.locator(".yj-documents tbody tr")).to_have_count(3)
        expect(page.locator("#yj-unread")).to_contain_text("坏.pdf")
        page.locator(".yj-up-indexed a").first.click()
        expect(page.locator("h1")).to_contain_text("办法")


def test_a_folder_is_brought_with_its_folders(page: Page, url: str, assistant: Assistant, files: Path) -> None:
    with worker(assistant):
        page.goto(f"{url}/library")
        page.set_input_files("#yj-folder", files)
        expect(page.locator(".yj-up-indexed")).to_have_count(2)
        expect(page.locator(".yj-documents tbody tr")).to_have_count(2)
        facet = page.locator(".yj-facet", has_text="文件夹")
        expect(facet).to_contain_text("上传的文件")
        facet.get_by_role("link", name="民政").click()
        expect(page.locator(".yj-documents tbody tr")).to_have_count(1)
        assert (assistant.config.data_dir / "uploads" / "通知" / "民政" / "养老.txt").is_file()
        assert not (assistant.config.data_dir / "uploads" / "通知" / ".DS_Store").exists()


def test_a_file_is_dropped_on_the_page_and_taken_back(page: Page, url: str, assistant: Assistant) -> None:
    page.goto(f"{url}/library")
    page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["云栖市停车收费办法"], "拖来的.txt", { type: "text/plain" }));
            for (const type of ["dragenter", "dragover", "drop"]) {
                const event = { dataTransfer: transfer, bubbles: true, cancelable: true };
                document.body.dispatchEvent(new DragEvent(type, event));
            }
        }"""
    )
    line = page.locator("#yj-uploads li", has_text="拖来的.txt")
    expect(line).to_contain_text("等待读取")  # nobody does the jobs here
    # Another page shows what is under way.
    page.reload()
    expect(line).to_contain_text("等待读取")
    line.get_by_role("button", name="取消").click()
    expect(line).to_contain_text("已取消")
    assert list((assistant.config.data_dir / "uploads").iterdir()) == []


@pytest.fixture
def shelf(assistant: Assistant, files: Path, url: str) -> Assistant:
    """The library with a folder of the server's."""
    (files / "坏.pdf").unlink()
    (files / f"{HOSTILE.replace('/', '')}.txt").write_text(f"{HOSTILE}办法\n第一条 {HOSTILE}共3项。\n", encoding="utf8")
    assistant.gathering.jobs.add("update", [files])
    drain(assistant)
    return assistant


def test_documents_are_tagged_chosen_and_removed(page: Page, url: str, shelf: Assistant) -> None:
    page.goto(f"{url}/library?sort=title")
    row = page.locator(".yj-documents tr", has_text="养老补贴")
    row.get_by_role("checkbox").check()
    expect(page.locator(".yj-selected")).to_have_text("已选 1 篇")
    page.get_by_role("button", name="加标签").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(f"民生 {HOSTILE.replace(' ', '')}")
    page.get_by_role("dialog").get_by_role("button", name="加标签").click()
    expect(row).to_contain_text("民生")
    page.locator(".yj-facet", has_text="标签").get_by_role("link", name="民生").click()
    expect(page.locator(".yj-documents tbody tr")).to_have_count(1)
    assert "tag=" in page.url
    page.locator(".yj-chip", has_text="民生").click()
    expect(page.locator(".yj-documents tbody tr")).to_have_count(3)
    page.get_by_role("searchbox").fill("停车")
    page.keyboard.press("Enter")
    expect(page.locator(".yj-documents tbody tr")).to_have_count(1)
    # Removing asks first, and can be undone where the file stays.
    page.get_by_label("选择本页全部").check()
    page.get_by_role("button", name="移出文库").click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    expect(page.locator(".yj-documents tbody tr")).to_have_count(1)
    page.get_by_role("button", name="移出文库").click()
    page.get_by_role("dialog").get_by_role("button", name="移出文库").click()
    expect(page.get_by_text("没有符合这些条件的文档")).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("恢复了，正在重新读取")).to_be_visible()
    drain(shelf)
    expect(page.locator(".yj-documents tbody tr")).to_have_count(1)


def test_the_page_of_a_document_tells_of_it_and_finds_in_it(page: Page, url: str, shelf: Assistant) -> None:
    page.goto(f"{url}/library")
    page.get_by_role("link", name="云栖市停车收费办法").click()
    facts = page.locator(".yj-facts")
    expect(facts).to_contain_text("云栖市发展和改革委员会")
    expect(facts).to_contain_text("2025年3月5日")
    expect(facts).to_contain_text("停车.txt")
    expect(page.locator("#yj-figures")).to_contain_text("5元")
    ask = page.get_by_role("link", name="就这份文件提问")
    assert re.fullmatch(r"\.\./\?document=[0-9a-f]{16}", ask.get_attribute("href") or "")
    box = page.get_by_label("在正文里找")
    box.fill("每小时")
    expect(page.locator(".yj-doc-find [role=status]")).to_have_text("1 处")
    box.press("Enter")
    assert page.evaluate("[...CSS.highlights.get('yj-current')].map((range) => range.toString())") == ["每小时"]
    box.fill("没有这几个字")
    expect(page.locator(".yj-doc-find [role=status]")).to_have_text("没有找到")
    page.get_by_label("加标签，按回车").fill("收费")
    page.keyboard.press("Enter")
    expect(page.locator(".yj-tags .yj-tag")).to_contain_text("收费")
    page.get_by_role("button", name="去掉标签 收费").click()
    expect(page.locator(".yj-tags")).to_contain_text("没有标签")
    with page.expect_download() as saved:
        page.get_by_role("link", name="下载原件").click()
    assert Path(saved.value.path()).read_text(encoding="utf8") == FEES
    page.goto(f"{url}/library/0000000000000000")
    expect(page.get_by_text("文库里没有这份文件")).to_be_visible()


def test_titles_and_names_with_markup_stay_text(page: Page, url: str, shelf: Assistant) -> None:
    page.goto(f"{url}/library")
    page.locator(".yj-documents a", has_text="onerror").click()
    expect(page.locator("h1")).to_contain_text("<img src=x")
    expect(page.locator(".yj-doc-text")).to_contain_text("<img src=x")
    page.get_by_label("在正文里找").fill("onerror")
    expect(page.locator(".yj-doc-find li mark").first).to_have_text("onerror")
    assert page.locator("main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    browser: Browser, url: str, shelf: Assistant, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    context.add_cookies([{"name": "youju_language", "value": "en", "url": url}])
    page = context.new_page()
    page.goto(f"{url}/library")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.classList.contains('dark')") == (scheme == "dark")
    expect(page.locator(".yj-facet").first).to_be_hidden()
    page.get_by_text("Filter", exact=True).click()
    expect(page.locator(".yj-facet").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".yj-documents a", has_text="停车收费").click()
    expect(page.locator("h1")).to_contain_text("停车收费")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_where_nothing_may_be_brought_the_page_says_why(page: Page, url: str, assistant: Assistant) -> None:
    assistant.config = replace(assistant.config, uploads=False)
    page.goto(f"{url}/library")
    expect(page.get_by_text("管理员关闭了上传")).to_be_visible()
    expect(page.get_by_role("button", name="上传文件", exact=True)).to_have_count(0)


def test_the_english_page_says_in_english_what_is_wrong_with_files(page: Page, url: str, assistant: Assistant) -> None:
    page.context.add_cookies([{"name": "youju_language", "value": "en", "url": url}])  # the browser itself is Chinese
    page.goto(f"{url}/library")
    page.set_input_files(
        "#yj-files",
        [
            {"name": "坏.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nnothing"},
            {"name": "program.exe", "mimeType": "application/octet-stream", "buffer": b"MZ\x90\x00" + bytes(200)},
        ],
    )
    expect(page.locator("#yj-uploads li", has_text="program.exe")).to_contain_text("of a kind that can't be read")
    with worker(assistant):
        expect(page.locator("#yj-uploads li", has_text="坏.pdf")).to_contain_text("the PDF is damaged")
        expect(page.locator("#yj-unread")).to_contain_text("the PDF is damaged")
    said = page.locator("#yj-uploads, #yj-unread").all_inner_texts()
    assert re.findall("[一-鿿]+", " ".join(said).replace("坏.pdf", "")) == []
    assistant.config = replace(assistant.config, uploads=False)
    page.reload()
    expect(page.get_by_text("an administrator has closed uploads")).to_be_visible()


def test_many_uploads_on_a_phone_stand_below_one_another(page: Page, url: str, assistant: Assistant) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{url}/library")
    page.set_input_files(
        "#yj-files",
        [{"name": f"通知{n}.txt", "mimeType": "text/plain", "buffer": f"{n}\n{FEES}".encode()} for n in range(12)],
    )
    expect(page.locator("#yj-uploads li .yj-up-state", has_text="等待读取")).to_have_count(12)
    assert page.evaluate(
        "[...document.querySelectorAll('#yj-uploads li')].every(li => li.scrollHeight <= li.clientHeight + 1)"
    )
