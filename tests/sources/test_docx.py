"""Word documents, made with python-docx and by hand: what a reader of the printed paper sees"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from docx import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from sources.documents import SourceError
from sources.parts import Grid, Line, Parsed
from sources.readers.docx import read_docx
from sources.readers.files import document_of
from sources.readers.word.numbers import written

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _saved(word: Any) -> bytes:
    raw = io.BytesIO()
    word.save(raw)
    return raw.getvalue()


def _of_xml(body: str, *, parts: dict[str, tuple[str, str]] | None = None, strict: bool = False) -> bytes:
    """A document with this body, and parts by their names: (kind, XML)."""
    space = "http://purl.oclc.org/ooxml" if strict else "http://schemas.openxmlformats.org"
    words = f"{space}/wordprocessingml/main" if strict else f"{space}/wordprocessingml/2006/main"
    offices = f"{space}/officeDocument/relationships" if strict else f"{space}/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"

    def relations(listed: list[tuple[str, str]]) -> str:
        inside = "".join(
            f'<Relationship Id="r{at}" Type="{offices}/{kind}" Target="{name}"/>'
            for at, (kind, name) in enumerate(listed, 1)
        )
        return f'<Relationships xmlns="{packages}">{inside}</Relationships>'

    named = parts or {}
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", relations([("officeDocument", "word/document.xml")]))
        archive.writestr("word/_rels/document.xml.rels", relations([(kind, name) for name, (kind, _) in named.items()]))
        for name, (_, text) in named.items():
            archive.writestr(f"word/{name}", text)
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{words}" xmlns:r="{offices}" '
            'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            'xmlns:v="urn:schemas-microsoft-com:vml" '
            'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
            f"<w:body>{body}</w:body></w:document>",
        )
    return raw.getvalue()


def _p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def _texts(parsed: Parsed) -> list[str]:
    return [part.text for part in parsed.parts if isinstance(part, Line)]


def _read(body: str, **given: Any) -> Parsed:
    return read_docx(_of_xml(body, **given), uri="x.docx")


def test_headings_have_the_levels_of_their_styles() -> None:
    word = Word()
    word.add_heading("关于做好防汛工作的通知", 0)
    word.add_heading("总体要求", 1)
    word.add_heading("目标", 2)
    word.add_paragraph("到2027年，水库除险加固全部完成。")
    parts = read_docx(_saved(word), uri="x.docx").parts
    assert [(part.text, part.level) for part in parts if isinstance(part, Line)] == [
        ("关于做好防汛工作的通知", 1),
        ("总体要求", 2),
        ("目标", 3),
        ("到2027年，水库除险加固全部完成。", 0),
    ]


def test_a_sentence_in_the_style_of_a_heading_is_a_paragraph() -> None:
    word = Word()
    word.add_heading("各地要落实责任，确保安全。", 1)
    (part,) = read_docx(_saved(word), uri="x.docx").parts
    assert isinstance(part, Line)
    assert part.level == 0


def test_the_large_lines_in_the_middle_are_the_title_and_a_red_head_is_not() -> None:
    word = Word()
    for text, size, red in (("某某市水务局文件", 40, True), ("关于印发供水计划", 22, False), ("的 通 知", 22, False)):
        paragraph = word.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        if red:
            run._r.get_or_add_rPr().append(parse_xml(f'<w:color {nsdecls("w")} w:val="FF0000"/>'))
    word.add_paragraph("各区县水务局：现将计划印发给你们，请认真执行，并按时报送进展情况。")
    document = document_of(_saved(word), uri="x.docx")
    assert document.title == "关于印发供水计划的通知"


_NUMBERING = f"""<w:numbering {_W}>
<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2.%3"/><w:isLgl/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="1">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="l"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="0"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="12"/></w:lvlOverride>
</w:num>
</w:numbering>"""


def _numbered(text: str, number: int, level: int = 0) -> str:
    return _p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def test_the_numbers_that_are_printed_stand_before_the_text() -> None:
    body = "".join(
        _numbered(text, number, level)
        for text, number, level in (
            ("目的", 1, 0),
            ("范围", 1, 0),
            ("城镇", 1, 1),
            ("乡村", 1, 1),
            ("道路", 1, 2),
            ("职责", 1, 0),
            ("水利", 1, 1),
            ("要点", 2, 0),
            ("附则", 3, 0),
        )
    )
    parsed = _read(body, parts={"numbering.xml": ("numbering", _NUMBERING)})
    assert _texts(parsed) == [
        "第一条 目的", "第二条 范围", "（一）城镇", "（二）乡村", "2.1 道路", "第三条 职责", "（一）水利", "要点",
        "第十二条 附则",
    ]  # fmt: skip
    assert [part.item for part in parsed.parts if isinstance(part, Line)].count(True) == 1


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (10, "chineseCounting", "十"),
        (21, "chineseCounting", "二十一"),
        (105, "chineseCountingThousand", "一百零五"),
        (12, "ideographDigital", "一二"),
        (3, "chineseLegalSimplified", "叁"),
        (4, "upperRoman", "IV"),
        (28, "lowerLetter", "bb"),
        (20, "decimalEnclosedCircleChinese", "⑳"),
        (21, "decimalEnclosedCircle", "㉑"),
        (2, "ideographTraditional", "乙"),
        (7, "unheardOf", "7"),
    ],
)
def test_numbers_are_written_in_the_form_of_their_list(number: int, form: str, shown: str) -> None:
    assert written(number, form) == shown


def test_merged_cells_stand_once_and_heads_are_marked() -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{_p(text)}</w:tc>"

    rows = (
        "<w:tr><w:trPr><w:tblHeader/></w:trPr>" + cell("地区") + cell("人数", '<w:gridSpan w:val="2"/>') + "</w:tr>"
        "<w:tr>" + cell("东县", '<w:vMerge w:val="restart"/>') + cell("城镇") + cell("120") + "</w:tr>"
        "<w:tr>" + cell("", "<w:vMerge/>") + cell("乡村") + cell("80") + "</w:tr>"
    )
    (grid,) = _read(f"<w:tbl>{rows}</w:tbl>").parts
    assert isinstance(grid, Grid)
    assert [(c.row, c.column, c.rows, c.columns, c.text, c.heads) for c in grid.cells] == [
        (0, 0, 1, 1, "地区", True),
        (0, 1, 1, 2, "人数", True),
        (1, 0, 2, 1, "东县", False),
        (1, 1, 1, 1, "城镇", False),
        (1, 2, 1, 1, "120", False),
        (2, 1, 1, 1, "乡村", False),
        (2, 2, 1, 1, "80", False),
    ]


def test_a_frame_of_one_cell_is_no_table_and_a_table_within_follows() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{_p('甲')}</w:tc><w:tc>{_p('1')}</w:tc></w:tr></w:tbl>"
    parts = _read(f"<w:tbl><w:tr><w:tc>{_p('框中的说明')}{inner}{_p('')}</w:tc></w:tr></w:tbl>").parts
    assert isinstance(parts[0], Line)
    assert parts[0].text == "框中的说明"
    assert isinstance(parts[1], Grid)


def test_changes_are_accepted_and_told() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    body = (
        "<w:p>" + run.format("补贴") + "<w:del><w:r><w:delText>800</w:delText></w:r></w:del>"
        "<w:ins>" + run.format("1000") + "</w:ins>" + run.format("元。") + "</w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
        + run.format("前半句，")
        + "</w:p><w:p>"
        + run.format("后半句。")
        + "</w:p>"
        "<w:p><w:moveFrom>"
        + run.format("移走的。")
        + "</w:moveFrom></w:p><w:p><w:moveTo>"
        + run.format("移走的。")
        + "</w:moveTo></w:p>"
    )
    parsed = _read(body)
    assert _texts(parsed) == ["补贴1000元。", "前半句，后半句。", "移走的。"]
    assert [(each.text, each.reason) for each in parsed.dropped] == [("800", "删去的修订")]


def test_notes_stand_under_their_paragraph() -> None:
    notes = f'<w:footnotes {_W}><w:footnote w:id="2">{_p("不含个体户。")}</w:footnote></w:footnotes>'
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = f"<w:p><w:r><w:t>企业320家</w:t></w:r>{mark}<w:r><w:t>。</w:t></w:r></w:p>" + _p("下一段。")
    parsed = _read(body, parts={"footnotes.xml": ("footnotes", notes)})
    assert _texts(parsed) == ["企业320家。", "注1：不含个体户。", "下一段。"]


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{_p('框里的话')}</w:txbxContent>"
    drawn = (
        f'<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent>"
    )
    assert _texts(_read(f"<w:p><w:r><w:t>正文</w:t></w:r><w:r>{drawn}</w:r></w:p>")) == ["正文", "框里的话"]


def test_fields_show_their_results_and_contents_are_dropped() -> None:
    def field(code: str, result: str) -> str:
        kinds = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
        return (
            f"{kinds[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{kinds[1]}<w:r><w:t>{result}</w:t></w:r>{kinds[2]}"
        )

    parsed = _read(f"<w:p>{field(' TOC o ', '第一章 总则 1')}</w:p><w:p>{field(' REF a ', '表2')}</w:p>")
    assert _texts(parsed) == ["表2"]
    assert [(each.text, each.reason) for each in parsed.dropped] == [("第一章 总则 1", "目录")]


def test_a_field_that_never_ends_takes_nothing_with_it() -> None:
    begun = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC</w:instrText></w:r>'
    assert _texts(_read(f"<w:p>{begun}</w:p>" + _p("正文还在。"))) == ["正文还在。"]


def test_hidden_text_headers_and_comments_are_out_and_told() -> None:
    parts = {
        "header1.xml": ("header", f"<w:hdr {_W}>{_p('内部资料')}</w:hdr>"),
        "comments.xml": ("comments", f"<w:comments {_W}><w:comment>{_p('再核实')}</w:comment></w:comments>"),
    }
    hidden = "<w:p><w:r><w:t>看得见</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r></w:p>"
    parsed = _read(hidden, parts=parts)
    assert _texts(parsed) == ["看得见"]
    assert {(each.text, each.reason) for each in parsed.dropped} == {
        ("看不见", "隐藏的文字"), ("内部资料", "页眉"), ("再核实", "批注")
    }  # fmt: skip


def test_boxes_of_forms_and_signs_of_fonts_are_written_out() -> None:
    ticked = '<w:ffData><w:checkBox><w:default w:val="1"/></w:checkBox></w:ffData>'
    box = f'<w:fldChar w:fldCharType="begin">{ticked}</w:fldChar>'
    body = (
        f'<w:p><w:r>{box}</w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>同意</w:t></w:r>'
        '<w:r><w:sym w:font="Wingdings" w:char="F0A8"/><w:t>不同意</w:t></w:r></w:p>'
    )
    assert _texts(_read(body)) == ["☑同意□不同意"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("chunk.html", "<html><body><h1>水法</h1><p>第一条 为了节约用水。</p></body></html>"),
        (
            "chunk.mht",
            'MIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="b"\n\n--b\n'
            'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n'
            "<html><body><h1>水法</h1><p>第一条 为了节约用水。</p></body></html>\n--b--\n",
        ),
    ],
)
def test_a_body_of_another_format_is_read(name: str, text: str) -> None:
    parsed = _read('<w:altChunk r:id="r1"/>', parts={name: ("aFChunk", text)})
    assert _texts(parsed) == ["水法", "第一条 为了节约用水。"]


def test_the_strict_form_of_the_standard_is_read_alike() -> None:
    assert _texts(_read(_p("严格格式"), strict=True)) == ["严格格式"]


def test_a_line_ended_by_hand_does_not_break_a_sentence() -> None:
    first, second = (
        "各地要加快推进病险水库除险加固，落实资金、用地和监测设施，压实责任，",
        "确保年底完工，并按月报送进展。",
    )
    broken = f"<w:p><w:r><w:t>{first}</w:t><w:br/><w:t>{second}</w:t></w:r></w:p>"
    assert document_of(_of_xml(broken), uri="x.docx").text == first + second


@pytest.mark.parametrize(("raw", "said"), [(b"PK\x03\x04 cut off", "损坏"), (b"", "损坏")])
def test_a_damaged_file_is_one_clear_line(raw: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_docx(raw, uri="x.docx")


@pytest.mark.parametrize("start", ["-5", "99999999999", "x"])
def test_a_list_that_begins_anywhere_costs_nothing(start: str) -> None:
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/>'
        '<w:numFmt w:val="upperLetter"/><w:lvlText w:val="%1."/></w:lvl>'
        for depth in (0, 40)
    )
    numbering = (
        f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    body = _numbered("甲", 1) + _numbered("乙", 1, 40)
    first, second = _texts(_read(body, parts={"numbering.xml": ("numbering", numbering)}))
    assert first.endswith("甲")
    assert len(first) < 2000
    assert second == "乙"
