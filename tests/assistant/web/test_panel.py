"""The source panel's HTML: the quote lit in its surroundings, and what helps to find one's way in the document."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.web import excerpts, panel
from assistant.web.chinese import ZH
from assistant.web.html import Spot
from index.standing import Standing
from tests.fakes.assistant import BULLETIN, RURAL

FIRST = RURAL.citations[0]


@given(st.data())
def test_the_panel_highlights_exactly_the_quote(data: st.DataObject) -> None:
    text = BULLETIN.text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    shown = panel.source(Spot(BULLETIN.id, start, end), BULLETIN, ZH)
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", shown))
    # A table's bars, its rule and the dash of an item are drawn, not written.
    written = re.sub(r"(?m)^[|-]+$|\||^- ", lambda drawn: " " * len(drawn[0]), text)
    assert re.sub(r"\s", "", marked) == re.sub(r"\s", "", written[start:end])


def test_a_long_document_is_shown_around_the_quote() -> None:
    text = "开头。\n" + "无关的一段话。" * 30_000 + "\n要引用的话。\n" + "后面的话。" * 30_000
    document = replace(BULLETIN, text=text, sections=())
    at = text.index("要引用")
    short = panel.source(Spot("x", at, at + 6), document, ZH)
    whole = panel.source(Spot("x", at, at + 6, whole=True), document, ZH)
    assert "<mark>要引用的话。</mark>" in short
    assert len(short) < 4_000
    assert f"此处略去 {at - excerpts.CONTEXT_CHARS:,} 字" in short
    assert "<mark>要引用的话。</mark>" in whole
    assert len(whole) < 2 * excerpts.WHOLE_CHARS + 4_000


def test_a_document_that_has_left_the_library_is_shown_from_its_citation() -> None:
    shown = panel.source(Spot(FIRST.document_id, FIRST.start, FIRST.end), None, ZH, citation=FIRST)
    assert ZH.document_gone in shown
    assert f"<mark>{FIRST.quote}</mark>" in shown
    assert ZH.no_such_place in panel.source(Spot("gone", 1, 2), None, ZH)
    # A place past the end is of another version of the document, so nothing of it may be marked.
    assert "<mark>" not in panel.source(Spot(BULLETIN.id, 1, 10**6), BULLETIN, ZH)


def test_a_table_is_a_table_with_the_cell_lit() -> None:
    at = BULLETIN.text.index("54321元 |")
    shown = panel.source(Spot(BULLETIN.id, at, at + 6), BULLETIN, ZH)
    assert "<td> <mark>54321元</mark> </td>" in shown
    assert "|" not in re.sub(r"<[^>]+>", "", shown)


def test_the_outline_leads_to_each_heading() -> None:
    shown = panel.source(Spot(BULLETIN.id), BULLETIN, ZH)
    outline = shown[shown.index("yj-outline") :]
    places = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', outline[: outline.index("</details>")])
    assert [name for _, name in places] == ["一、综合", "二、居民收入", "三、说明"]
    for place, name in places:
        spot = Spot.read(place)
        assert spot is not None
        assert BULLETIN.text[spot.start : spot.end] == name


@pytest.mark.parametrize("page", [1, 2])
def test_a_document_with_pages_can_be_seen_as_them(page: int) -> None:
    middle = BULLETIN.text.index("三、说明")
    document = replace(BULLETIN, pages=(0, middle))
    start = 0 if page == 1 else middle
    shown = panel.source(Spot(BULLETIN.id, start, start + 4), document, ZH)
    assert f'data-pages="2" data-page="{page}"' in shown
    assert f'data-quote="{start}-{start + 4}"' in shown
    assert f"<dt>页码</dt><dd>{page}</dd>" in shown
    assert "data-pages" not in panel.source(Spot(BULLETIN.id, 0, 4), BULLETIN, ZH)


def test_standing_copies_and_versions_are_told() -> None:
    document = replace(BULLETIN, copies=("folder/副本.txt",), uri="/home/somebody/公报.txt")
    standing = Standing(BULLETIN.id, "已废止", since="2026-03-01", why="由《新办法》废止")
    shown = panel.source(Spot(BULLETIN.id), document, ZH, standing=standing, versions=[("bbbb2222", "新<办法>")])
    assert f"<dt>效力</dt><dd>{standing.in_words}</dd>" in shown
    assert "内容相同的文件：副本.txt" in shown
    assert '其他版本：<a href="#bbbb2222">新&lt;办法&gt;</a>' in shown
    # Where the server keeps its files is no visitor's business.
    assert "公报.txt" in shown
    assert "somebody" not in shown
