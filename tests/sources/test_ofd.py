from __future__ import annotations

import io
import zipfile

import pytest

from sources.documents import SourceError
from sources.parts import Grid, Line, Parsed
from sources.readers.files import READERS
from sources.readers.kinds import kind_of

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def text(words: str, x: float, y: float, *, size: float = 5, deltas: str | None = None, more: str = "") -> str:
    steps = f"g {len(words) - 1} {size}" if deltas is None else deltas
    return (
        f'<ofd:TextObject Boundary="{x} {y} 150 {size}" Size="{size}" {more}>'
        f'<ofd:TextCode X="0" Y="{size * 0.88}" DeltaX="{steps}">{words}</ofd:TextCode></ofd:TextObject>'
    )


def line(left: float, top: float, right: float, bottom: float) -> str:
    return (
        f'<ofd:PathObject Boundary="{left} {top} {right - left + 0.3} {bottom - top + 0.3}">'
        f"<ofd:AbbreviatedData>M 0 0 L {right - left} {bottom - top}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def page(content: str, *, template: str = "") -> str:
    return (
        f"<ofd:Page {NAMESPACE}>{template}<ofd:Area><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:Area>"
        f"<ofd:Content><ofd:Layer>{content}</ofd:Layer></ofd:Content></ofd:Page>"
    )


def package(pages: list[str], *, more: dict[str, str] | None = None, common: str = "", title: str = "") -> bytes:
    listed = "".join(f'<ofd:Page ID="{k}" BaseLoc="/Doc_0/Seiten/{k}.xml"/>' for k in range(len(pages)))
    files = {
        "OFD.xml": f"<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocInfo><ofd:Title>{title}</ofd:Title></ofd:DocInfo>"
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {NAMESPACE}><ofd:CommonData>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        **{f"Doc_0/Seiten/{k}.xml": each for k, each in enumerate(pages)},
        **(more or {}),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def parsed(raw: bytes) -> Parsed:
    assert kind_of(raw, suffix=".ofd") == "ofd"
    return READERS["ofd"](raw, uri="文.ofd")


def lines(found: Parsed) -> list[tuple[str, int | None]]:
    return [(part.text, part.page) for part in found.parts if isinstance(part, Line)]


def test_lines_come_in_reading_order_with_page_and_place() -> None:
    pages = [page(text("第二行的文字在下面。", 30, 60) + text("第一行", 30, 40)), page(text("另一页", 30, 40))]
    found = parsed(package(pages, title="某市的批复"))
    assert lines(found) == [("第一行", 1), ("第二行的文字在下面。", 1), ("另一页", 2)]
    assert (found.pages, found.stated, found.trusted) == (2, {"title": "某市的批复"}, False)
    box = found.parts[0].box if isinstance(found.parts[0], Line) else None
    assert box is not None
    assert (round(box.left * 210), round(box.right * 210), round(box.top * 297), round(box.bottom * 297)) == (
        30,
        45,
        40,
        45,
    )


def test_a_glyph_an_object_and_matrices_give_whole_lines() -> None:
    glyphs = "".join(text(each, 30 + 5 * k, 40, deltas="") for k, each in enumerate("关于同意设立某县医院的批复"))
    matrix = (
        '<ofd:TextObject Boundary="30 60 90 6" Size="10" CTM="0.5 0 0 0.5 0 0">'
        '<ofd:TextCode X="0" Y="8.8" DeltaX="g 6 10">你县的请示收悉</ofd:TextCode></ofd:TextObject>'
    )
    assert lines(parsed(package([page(glyphs + matrix)]))) == [("关于同意设立某县医院的批复", 1), ("你县的请示收悉", 1)]


def test_glyphs_drawn_for_several_characters_keep_the_places_right() -> None:
    joined = (
        '<ofd:TextObject Boundary="30 40 90 6" Size="5"><ofd:CGTransform CodePosition="2" CodeCount="2" GlyphCount="1">'
        "<ofd:Glyphs>7</ofd:Glyphs></ofd:CGTransform>"
        '<ofd:TextCode X="0" Y="4.4" DeltaX="2.5 2.5 2.5 2.5 2.5">\noffice</ofd:TextCode>'
        "</ofd:TextObject>"
    )
    assert lines(parsed(package([page(joined)]))) == [("office", 1)]


def test_ruled_lines_make_a_table() -> None:
    rules = [line(30, y, 150, y) for y in (50, 60, 70, 80)] + [line(x, 50, x, 80) for x in (30, 70, 110, 150)]
    cells = [["县", "标准", "人数"], ["甲县", "150", "3200"], ["乙县", "140", "2100"]]
    words = [
        text(each, 35 + 40 * k, 52 + 10 * row, deltas="g 9 2.8" if each.isdigit() else None)
        for row, names in enumerate(cells)
        for k, each in enumerate(names)
    ]
    (grid,) = [part for part in parsed(package([page("".join(words + rules))])).parts if isinstance(part, Grid)]
    assert [[cell.text for cell in grid.cells if cell.row == row] for row in range(3)] == cells
    assert grid.page == 1


def test_templates_are_read_once_and_watermarks_left_out() -> None:
    used = '<ofd:Template TemplateID="9"/>'
    slanted = text("内部资料", 60, 150, size=20, more='CTM="0.7 -0.7 0.7 0.7 0 0"')
    faint = text("样稿", 60, 200, more='Alpha="60"')
    unseen = text("看不见", 60, 220, more='Visible="false"')
    content = text("正文的第一行", 30, 60)
    found = parsed(
        package(
            [page(content + slanted + faint + unseen, template=used), page(content, template=used)],
            common='<ofd:TemplatePage ID="9" BaseLoc="Tpls/T/Content.xml"/>',
            more={"Doc_0/Tpls/T/Content.xml": page(text("某县某局用笺", 30, 30))},
        )
    )
    assert lines(found) == [("某县某局用笺", 1), ("正文的第一行", 1), ("正文的第一行", 2)]
    assert [(each.text, each.reason, each.page) for each in found.dropped] == [
        ("内部资料 样稿", "水印", 1),
        ("看不见", "隐藏的内容", 1),
        ("T", "与第 1 页相同的底版", 2),
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (package([page("")]), "只有图片，没有文字"),
        (package([]), "没有页"),
        (package([page(text("字", 30, 40))], more={"Encryptions.xml": "<a/>"}), "加了密"),
        (package(["页"]), "损坏"),
        (package([page(text("字", 30, 40))])[:-40], "损坏"),
    ],
    ids=["no text", "no pages", "encrypted", "no XML", "cut off"],
)
def test_what_cannot_be_read_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        READERS["ofd"](raw, uri="文.ofd")
    assert caught.value.remedy


def test_graphics_that_hold_themselves_end() -> None:
    again = '<ofd:CompositeObject Boundary="0 0 9 9" ResourceID="5"/>' * 30
    resources = (
        f'<ofd:Res {NAMESPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5"><ofd:Content>{again}'
        f"{text('印章', 30, 40)}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>"
    )
    raw = package([page(again)], common="<ofd:DocumentRes>R.xml</ofd:DocumentRes>", more={"Doc_0/R.xml": resources})
    with pytest.raises(SourceError, match="个图形"):
        READERS["ofd"](raw, uri="文.ofd")
