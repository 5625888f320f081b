"""Word documents: footnotes that Word knows as such, styles, language, pages; read back by two other programs."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import pytest

from assistant.answers import Answer
from assistant.exports.content import Export
from assistant.exports.docx import as_docx
from index.catalog.rows import DocumentInfo
from sources.parts import Grid
from sources.readers.docx import read_docx
from sources.readers.pdf import read_pdf
from tests.fakes.assistant import CLARIFY, NOT_FOUND, RURAL

DAY = date(2026, 11, 27)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
KNOWN = {"aaaa1111": DocumentInfo("aaaa1111", "", "", None, None, 0, 0, number="云统〔2026〕1号", kind="公报")}


def part(raw: bytes, name: str) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return ET.fromstring(archive.read(name))


def text(element: ET.Element) -> str:
    return "".join(each.text or "" for each in element.iter(f"{W}t"))


def many(count: int) -> tuple[Answer, ...]:
    return tuple(
        replace(
            RURAL, question=f"第{n}问？", citations=tuple(replace(c, quote=f"{c.quote}{n}") for c in RURAL.citations)
        )
        for n in range(count)
    )


def test_a_mark_is_a_footnote_with_the_quote_and_where_it_stands() -> None:
    raw = as_docx(Export((RURAL,), DAY, library="云栖文件", known=KNOWN))
    notes = {each.get(f"{W}id"): text(each) for each in part(raw, "word/footnotes.xml")}
    assert notes["1"] == (
        " “农村居民人均可支配收入54321元，增长6.1%。”——《云栖市2025年国民经济公报》，云栖市统计局，2026年2月10日，"
        "二、居民收入，来源[1]"
    )
    body = part(raw, "word/document.xml")
    assert [each.get(f"{W}id") for each in body.iter(f"{W}footnoteReference")] == ["1", "2"]
    assert notes.keys() == {"-1", "0", "1", "2"}  # the lines above the notes, too
    # The figure's mark leads to the first one's note instead of telling the quote again.
    assert [each.text for each in body.iter(f"{W}instrText")] == [" NOTEREF note1 \\f \\h "]
    paragraphs = [text(each) for each in body.iter(f"{W}p")]
    assert paragraphs[0] == RURAL.question
    assert paragraphs[1] == "文库：云栖文件　导出日期：2026年11月27日"
    assert paragraphs[-2:] == [
        "来源",
        "[1] 云栖市统计局. 云栖市2025年国民经济公报: 云统〔2026〕1号[R]. 2026-02-10. 文件: aaaa1111.txt.",
    ]


def test_two_marks_in_a_row_are_set_apart() -> None:
    raw = as_docx(Export((replace(RURAL, answer="两处都说。[1][2]"),), DAY))
    runs = list(part(raw, "word/document.xml").iter(f"{W}r"))
    at = next(number for number, run in enumerate(runs) if run.find(f"{W}footnoteReference") is not None)
    assert text(runs[at + 1]) == ","
    assert runs[at + 2].find(f"{W}footnoteReference") is not None


def test_fonts_language_and_page_numbers_are_those_of_a_chinese_paper() -> None:
    raw = as_docx(Export((RURAL, CLARIFY), DAY, title="收入问答"))
    opened = docx.Document(io.BytesIO(raw))
    assert opened.core_properties.title == "收入问答"
    assert opened.core_properties.language == "zh-CN"
    assert [each.text for each in opened.paragraphs if each.style.name == "Heading 1"] == [
        RURAL.question, CLARIFY.question, "来源"
    ]  # fmt: skip
    styles = part(raw, "word/styles.xml")
    fonts = {each.get(f"{W}styleId"): each.find(f".//{W}rFonts") for each in styles.iter(f"{W}style")}
    assert fonts["Heading1"].get(f"{W}eastAsia") == "黑体"
    assert styles.find(f"{W}docDefaults//{W}rFonts").get(f"{W}eastAsia") == "宋体"
    assert styles.find(f"{W}docDefaults//{W}lang").get(f"{W}eastAsia") == "zh-CN"
    assert [each.text for each in part(raw, "word/footer.xml").iter(f"{W}instrText")] == [" PAGE "]
    assert len(opened.tables) == 1
    assert opened.tables[0].style.name == "Table Grid"


def test_a_refusal_is_a_refusal_with_what_is_nearest() -> None:
    raw = as_docx(Export((NOT_FOUND,), DAY))
    lines = [each.text for each in read_docx(raw, uri="导出.docx").parts if not isinstance(each, Grid)]
    assert lines[2:6] == [
        "没有找到答案",
        NOT_FOUND.answer,
        "文件中最接近的内容",
        "文件中有2024年和2025年的数字",
    ]
    assert "农村｜51198元｜54321元" in lines[6]


def test_the_same_answers_give_the_same_bytes() -> None:
    export = Export((RURAL, NOT_FOUND), DAY)
    assert as_docx(export) == as_docx(export)


def test_a_hundred_turns_and_long_quotes_take_little_time_and_lose_nothing() -> None:
    long = replace(RURAL, citations=(replace(RURAL.citations[0], quote="长" * 2_000), RURAL.citations[1]))
    answers = (*many(100), long)
    begun = time.process_time()
    raw = as_docx(Export(answers, DAY, title="长谈"))
    assert time.process_time() - begun < 5
    notes = list(part(raw, "word/footnotes.xml"))[2:]
    assert [each.get(f"{W}id") for each in notes] == [str(number) for number in range(1, 203)]
    assert "长" * 2_000 in text(notes[200])
    assert text(part(raw, "word/document.xml")).count("[R]") + text(part(raw, "word/document.xml")).count("[Z]") == 1


def test_no_table_has_more_columns_than_a_page_holds() -> None:
    head = "|".join(f"指标名称{number}" for number in range(80))
    answer = replace(RURAL, answer=f"|{head}|\n|{'---|' * 80}\n|{'|'.join(map(str, range(80)))}|")
    opened = docx.Document(io.BytesIO(as_docx(Export((answer,), DAY))))
    assert max(len(table.columns) for table in opened.tables) <= 10
    cells = {cell.text for table in opened.tables for row in table.rows for cell in row.cells}
    assert cells >= {f"指标名称{number}" for number in range(80)} | set(map(str, range(80)))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it_and_prints_the_notes_at_the_foot(tmp_path: Path) -> None:
    path = tmp_path / "导出.docx"
    path.write_bytes(as_docx(Export((RURAL, NOT_FOUND), DAY, title="收入问答")))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    parts = read_pdf(path.with_suffix(".pdf").read_bytes(), uri="导出.pdf").parts
    told = "".join("".join(each.text.split()) for each in parts if not isinstance(each, Grid))
    assert "农村居民人均可支配收入54321元，增长6.1%。" in told
    assert told.index("没有找到答案") < told.index("来源[1]") < told.rindex("来源")
