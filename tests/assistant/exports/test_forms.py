"""Every form of file holds all that the page shows of an answer, whatever stands in it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import Answer, AnswerVerdict, Checked, Table, TableCell
from assistant.exports.characters import clean, file_name, in_line
from assistant.exports.content import Export, Grid, Piece, exchange
from assistant.exports.docx import as_docx
from assistant.exports.forms import FORMS, make, name_of
from assistant.exports.markdown import answer_as_markdown, as_markdown, escaped
from assistant.exports.rich import answer_as_fragment, as_fragment, as_page
from assistant.exports.text import answer_as_text, as_text
from assistant.exports.words import EN, ZH
from assistant.web import turns as page
from assistant.web.chinese import ZH as PAGE_ZH
from assistant.web.english import EN as PAGE_EN
from assistant.web.words import Words
from sources.parts import Grid as ReadGrid
from sources.readers.docx import read_docx
from tests.fakes.assistant import ATTACK, CLARIFY, NOT_FOUND, RURAL

DAY = date(2026, 11, 27)
UNSURE = replace(RURAL, confidence=0.3)
MODEL = replace(
    RURAL,
    answer="## 结论\n收入如下：[1]\n- **城镇**81200元\n  - 其中市区[1]\n1. 农村54321元[2]\n\n"
    "| 指标 | 值 |\n|---|---|\n| 比 | 1.49[2] |",
    standalone_question="云栖市农村居民2025年收入？",
    notice="改用了另一种检索",
    engine="某模型",
    verdict=AnswerVerdict(ok=True, statements=(Checked("收入如下", (1,), supported=True),)),
)
FAILED = replace(
    MODEL,
    verdict=AnswerVerdict(ok=False, statements=(Checked("没有依据的话", (), supported=False, problems=("no_mark",)),)),
)
ANSWERS = {
    "plain": RURAL,
    "unsure": UNSURE,
    "refused": NOT_FOUND,
    "asked back": CLARIFY,
    "of a model": MODEL,
    "failed": FAILED,
    "hostile": ATTACK,
}


def read_back(raw: bytes) -> str:
    """What our own reader sees in a Word document, footnotes and cells included."""
    found = []
    for part in read_docx(raw, uri="导出.docx").parts:
        found += [cell.text for cell in part.cells] if isinstance(part, ReadGrid) else [part.text]
    return "\n".join(found)


class _Shown(HTMLParser):
    """The text of a page, a piece of it a line, without what stands on buttons that are no answer."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append("" if "yj-copy" in (dict(attrs).get("class") or "") else tag)

    def handle_endtag(self, tag: str) -> None:
        self.opened.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and "" not in self.opened:
            self.texts.append(data)


def bare(text: str) -> str:
    """Letters and digits alone: what a form may set around them is its own affair."""
    return "".join(character for character in text if character.isalnum())


def text_of_html(text: str) -> str:
    shown = _Shown()
    shown.feed(re.sub(r"<(?:br|img|meta)[^>]*>", " ", text.removeprefix("<!doctype html>")))
    return "".join(shown.texts)


READERS: dict[str, Callable[[Export], str]] = {
    "docx": lambda export: read_back(as_docx(export)),
    "md": lambda export: re.sub(r"\\(.)", r"\1", as_markdown(export)),
    "txt": as_text,
    "html": lambda export: text_of_html(as_fragment(export)),
}


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("words", [PAGE_ZH, PAGE_EN], ids=["zh", "en"])
def test_no_form_drops_what_the_page_shows(form: str, name: str, words: Words) -> None:
    answer = ANSWERS[name]
    shown = _Shown()
    markup = page.conversation([page.Shown(answer.question, answer)], words)
    shown.feed(re.sub("<template.*?</template>", "", markup))  # the words of a form that isn't shown
    told = bare(READERS[form](Export((answer, answer), DAY, language="zh" if words is PAGE_ZH else "en")))
    # What the page calls checked is said more exactly in files; how long it took isn't said at all.
    own = (
        {words.verified, words.unverified, words.to_check, words.quotes_checked, words.figures_checked}
        | {words.figures_counted(len(answer.figures)), words.looked_in(answer.searched or 0)}
        | (set() if answer.citations else {words.extractive})
    )
    missing = [
        text
        for text in shown.texts
        if bare(text) not in told
        and not any(word in text for word in own)
        and not re.search(r"\d (?:ms|毫秒)", text)
        and not re.fullmatch(r"\d+", text)
    ]
    assert missing == []


@pytest.mark.parametrize("form", READERS)
def test_quotes_and_their_places_are_there(form: str) -> None:
    told = bare(READERS[form](Export((RURAL, MODEL), DAY, title="收入", library="云栖文件")))
    for citation in RURAL.citations:
        assert bare(citation.quote) in told
        assert bare(citation.title) in told
    for fact in ("云栖市统计局", "2026年2月10日", "云栖文件", "2026年11月27日", "收入"):
        assert fact in told


@pytest.mark.parametrize("form", READERS)
def test_what_is_not_sure_or_was_not_found_says_so_in_the_file(form: str) -> None:
    def told(answer: Answer, language: str = "zh") -> str:
        return READERS[form](Export((answer,), DAY, language=language))

    assert "可能相关，请核对" in told(UNSURE)
    assert "可能相关" not in told(RURAL)
    assert "没有找到答案" in told(NOT_FOUND)
    assert "No answer was found" in told(NOT_FOUND, "en")
    assert "引文与原文一致" in told(MODEL)
    assert "引文与原文一致" not in told(replace(MODEL, confidence=0.3))
    assert "引文与原文一致" not in told(FAILED)
    assert "没有依据的话" in told(FAILED)


@pytest.mark.parametrize("form", READERS)
def test_a_long_question_is_no_heading_of_half_a_page(form: str) -> None:
    question = "问" * 500
    told = READERS[form](Export((replace(RURAL, question=question), RURAL), DAY))
    assert told.count("问" * 80) == 7  # once as a heading, and six times eighty in the whole of it
    assert f"{'问' * 80}…" in told
    assert question in told
    assert question not in answer_as_text(replace(RURAL, question=question, standalone_question=question))


def test_the_copied_answer_is_the_answer_without_its_question() -> None:
    assert answer_as_text(MODEL).startswith(
        "（理解为：云栖市农村居民2025年收入？）\n（改用了另一种检索）\n\n结论\n收入如下：[1]"
    )
    assert "指标\t值\n比\t1.49[2]" in answer_as_text(MODEL)
    assert RURAL.question not in answer_as_text(RURAL)
    assert answer_as_markdown(RURAL).startswith(
        "2025年云栖市农村居民人均可支配收入54321元。[^1]城乡居民收入比为1.49。[^2]"
    )
    assert answer_as_fragment(RURAL, "en").startswith('<div lang="en" style=')


def test_markdown_of_a_conversation_has_a_footnote_for_every_mark() -> None:
    text = as_markdown(Export(tuple(ANSWERS.values()), DAY))
    notes = re.findall(r"^\[\^([\d-]+)\]:", text, re.M)
    marks = set(re.findall(r"\[\^([\d-]+)\](?!:)", text))
    assert len(notes) == len(set(notes))
    assert set(notes) == marks
    assert "| 比 | 1.49[^5-2] |" in text
    assert "\n- **城镇**81200元\n    - 其中市区[^5-1]\n1. 农村" in text


def test_a_citation_that_no_sentence_marks_is_led_to_all_the_same() -> None:
    answer = replace(RURAL, answer="收入54321元。[1]", figures=())
    assert "另见：[^2]" in answer_as_markdown(answer)
    assert "城乡居民收入比为1.49" in read_back(as_docx(Export((answer,), DAY)))


@pytest.mark.parametrize(
    "text",
    ["# 标题", "1. 项", "- 项", "> 引", "<script>x</script>", "[甲](http://a)", "![](x)", "a*b*c", "|", "$x$", "&lt;"],
)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    written = escaped(text)
    assert re.sub(r"\\(.)", r"\1", written) == text
    assert not re.search(r"(?<!\\)[<>\[\]*|$&]|^(?:#|-|\d+\.)", written)


def test_a_hostile_answer_is_text_in_every_form() -> None:
    export = Export((ATTACK, ATTACK), DAY, title='<img src=x onerror="a()">', library="<b>库</b>")
    document = as_page(export)
    assert re.findall(r"<(?:script|img|a|b|i|u|em|link|iframe)\b", document) == []
    assert "javascript" not in document
    assert "http://" not in document
    for form in FORMS:
        made = make(export, form)
        if form in {"docx", "xlsx"}:
            assert made[:2] == b"PK"
        elif form != "csv":
            assert b"<script>" not in made or form == "txt"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_text_makes_a_sound_file(text: str) -> None:
    answer = replace(
        RURAL,
        question=text,
        answer=f"{text}[1]\n- {text}\n| {text} |\n|---|\n| {text}[2] |",
        notice=text,
        citations=tuple(replace(each, title=text, quote=text, section=text, uri=text) for each in RURAL.citations),
    )
    export = Export((answer, answer), DAY, title=text, library=text)
    assert read_back(as_docx(export))
    for form in FORMS:
        assert make(export, form)
    ET.fromstring(as_fragment(export).replace("<br>", "<br/>"))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("收入/支出: 2025?", "收入 支出 2025.docx"),
        ("../../etc/passwd", "etc passwd.docx"),
        ("报告\u202excod.exe\x00\n", "报告xcod.exe.docx"),
        ("长" * 300, "长" * 60 + ".docx"),
        ("...", "有据.docx"),
    ],
)
def test_a_file_is_named_so_that_every_system_can_keep_it(title: str, name: str) -> None:
    assert file_name(title, ".docx") == name


def test_a_file_is_called_by_its_title_or_its_only_question() -> None:
    assert name_of(Export((RURAL,), DAY), "md") == "2025年云栖农村居民收入是多少？.md"
    assert name_of(Export((RURAL, NOT_FOUND), DAY), "md") == "有据问答.md"
    assert name_of(Export((RURAL, NOT_FOUND), DAY, title="收入"), "md") == "收入.md"


def test_an_unknown_form_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"不能导出成 \.pdf；可以是 \.docx、"):
        make(Export((RURAL,), DAY), "pdf")


def test_a_wide_table_is_cut_with_its_first_column_on_each_part() -> None:
    rows = [[(Piece(f"第{row}行第{column}列的内容"),) for column in range(30)] for row in range(3)]
    grid = Grid(tuple(rows[0]), tuple(map(tuple, rows[1:])), "大表")
    parts = grid.within(96)
    assert [part.header[0] for part in parts] == [grid.header[0]] * len(parts)
    assert [cell for part in parts for cell in part.header[1:]] == list(grid.header[1:])
    assert all(sum(part.widths(96)) == 96 for part in parts)
    assert all(min(part.widths(96)) >= 12 for part in parts)
    assert (parts[0].caption, parts[-1].caption) == (f"大表（1/{len(parts)}）", f"大表（{len(parts)}/{len(parts)}）")
    assert Grid(grid.header[:2], ()).within(96) == [Grid(grid.header[:2], ())]


def test_both_languages_have_every_word() -> None:
    for words in (ZH, EN):
        assert all(vars(words).values())
        assert len(words.figure_columns) == len(ZH.figure_columns)
        assert len(words.figure_headings) == len(ZH.figure_headings)


def test_rows_of_tables_in_a_line_lose_their_bars_alone() -> None:
    assert in_line("目标：| 粮食产量 | 125亿斤 |。") == "目标：粮食产量｜125亿斤。"
    assert in_line("|x| 与 a|b") == "|x| 与 a|b"
    assert clean("a\x00b\ud800c\ufffe\r\nd\re") == "abc\nd\ne"


def test_a_table_that_the_text_does_not_show_is_shown() -> None:
    table = Table(
        "收入", "元", "trend", ("云栖市",), ("2024", "2025"), ((None,), (TableCell("54321元", "54321", "元", 1),))
    )
    blocks = exchange(replace(RURAL, table=table), ZH).blocks
    grid = next(block for block in blocks if isinstance(block, Grid))
    assert [cell[0].text for row in (grid.header, *grid.rows) for cell in row] == [
        "",
        "云栖市",
        "2024年",
        "",
        "2025年",
        "54321元",
    ]
    shown = replace(RURAL, answer="| 时间 | 云栖市 |\n| --- | --- |\n| 2025年 | 54321元[1] |", table=table, figures=())
    assert len(exchange(shown, ZH).blocks) == 1
