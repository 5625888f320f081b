from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace

import pytest
from PIL import Image

from sources.documents import SourceError
from sources.parts import Grid, Line, Part
from sources.readers.files import document_of
from sources.readers.pages.drawn import page_picture
from sources.readers.pdf import read_pdf
from tests.fakes.pdfs import flat, grey, latin, line, pdf, rules, text, unmapped, upwards


def lines(*pages: bytes, rotate: int = 0) -> list[str]:
    return [part.text for part in read_pdf(pdf(pages, rotate=rotate), uri="甲.pdf").parts if isinstance(part, Line)]


def grids(*pages: bytes) -> list[Grid]:
    return [part for part in read_pdf(pdf(pages), uri="甲.pdf").parts if isinstance(part, Grid)]


def table(grid: Grid) -> list[list[str]]:
    """The texts by rows; what is merged stands where it begins."""
    height = max(cell.row + cell.rows for cell in grid.cells)
    width = max(cell.column + cell.columns for cell in grid.cells)
    rows = [[""] * width for _ in range(height)]
    for cell in grid.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def row(y: float, *cells: str, xs: tuple[float, ...] = (60, 210, 310)) -> bytes:
    return b"".join(text(x, y, cell) for x, cell in zip(xs, cells, strict=False))


def test_a_line_knows_its_page_and_its_place() -> None:
    parsed = read_pdf(pdf([b"", text(60, 400, "全县完成投资3亿元。", size=20)]), uri="甲.pdf")
    (found,) = parsed.parts
    assert parsed.pages == 2
    assert isinstance(found, Line)
    assert found.box is not None
    assert (found.text, found.page, found.box.page) == ("全县完成投资3亿元。", 2, 2)
    assert found.box.left == pytest.approx(60 / 600, abs=0.005)
    assert found.box.right == pytest.approx((60 + 9.5 * 20) / 600, abs=0.005)
    assert found.box.top < 400 / 800 < found.box.bottom


def test_points_and_commas_stay_in_their_numbers_where_a_font_does_not_know_its_height() -> None:
    words = "收入47,286元，增长5.0%。“一是——价格·下行”，一、二"
    assert lines(flat(60, 400, words)) == [words]


def test_places_are_those_of_the_page_as_it_is_shown() -> None:
    # Turned clockwise, what stood at the bottom left stands at the top left, and reads downwards.
    (found,) = read_pdf(pdf([upwards(60, 700, "横着看的一页，共有若干指标。")], rotate=90), uri="甲.pdf").parts
    assert isinstance(found, Line)
    assert found.box is not None
    assert found.box.left == pytest.approx(100 / 800, abs=0.01)
    assert found.box.right > 0.3
    assert found.box.bottom - found.box.top < 0.03


def test_columns_are_read_one_after_the_other() -> None:
    left = [f"左栏第{n}行文字一直写到栏的边上" for n in range(6)]
    right = [f"右栏第{n}行文字一直写到栏的边上" for n in range(6)]
    page = text(60, 60, "横跨两栏的一行说明文字" * 4)
    for n in range(6):
        page += text(60, 100 + 20 * n, left[n]) + text(320, 107 + 20 * n, right[n])
    assert lines(page) == ["横跨两栏的一行说明文字" * 4, *left, *right]


def test_labels_beside_their_values_are_no_columns() -> None:
    page = b"".join(text(60, 100 + 20 * n, f"项目{n}") + text(200, 100 + 20 * n, f"由第{n}单位负责") for n in range(6))
    assert lines(page) == [f"项目{n} 由第{n}单位负责" for n in range(6)]


def test_a_ruled_table_with_cells_that_wrap() -> None:
    page = rules([50, 200, 300, 420], [100, 130, 190])
    page += row(120, "企业", "营业收入", "说明") + row(150, "甲公司", "1,200", "由于市场需求明显")
    page += text(310, 166, "增长而提高。")
    (grid,) = grids(page)
    assert table(grid) == [["企业", "营业收入", "说明"], ["甲公司", "1,200", "由于市场需求明显增长而提高。"]]
    assert grid.page == 1
    assert grid.cells[0].box is not None
    assert grid.cells[0].box.left == pytest.approx(50 / 600, abs=0.002)


def test_merged_cells_stand_once() -> None:
    page = b"".join(line(50, y, 420, y) for y in (100, 160, 190)) + line(200, 130, 420, 130)
    page += b"".join(line(x, top, x, 190) for x, top in ((50, 100), (200, 100), (300, 130), (420, 100)))
    page += text(60, 135, "地区") + text(260, 120, "增长") + text(210, 150, "2023年") + text(310, 150, "2024年")
    page += row(180, "某县", "5.1", "6.2")
    (grid,) = grids(page)
    spans = {cell.text: (cell.row, cell.column, cell.rows, cell.columns) for cell in grid.cells}
    assert spans["地区"] == (0, 0, 2, 1)
    assert spans["增长"] == (0, 1, 1, 2)
    assert spans["6.2"] == (2, 2, 1, 1)


def test_values_beneath_each_other_in_one_row_of_rules_are_rows() -> None:
    page = rules([50, 200, 300, 420], [100, 130, 190]) + row(120, "行业", "指标", "界限")
    page += text(60, 164, "工业") + row(152, "", "从业人员", "X≥1000") + row(176, "", "营业收入", "Y≥40000")
    (grid,) = grids(page)
    assert [cell.text for cell in grid.cells if cell.row == 2] == ["营业收入", "Y≥40000"]
    assert next(cell.rows for cell in grid.cells if cell.text == "工业") == 2


def test_a_table_open_at_the_sides_and_one_of_level_rules_only() -> None:
    body = row(120, "地区", "产值", "增速") + row(150, "甲县", "12", "1.5") + row(180, "乙县", "34", "2.5")
    expected = [["地区", "产值", "增速"], ["甲县", "12", "1.5"], ["乙县", "34", "2.5"]]
    level = b"".join(line(50, y, 420, y) for y in (100, 130, 160, 190))
    for drawn in (level + line(200, 100, 200, 190) + line(300, 100, 300, 190), level):
        (grid,) = grids(drawn + body)
        assert table(grid) == expected


def test_rules_above_sums_cut_no_table_out_of_another() -> None:
    page = row(100, "", "2023年", "2024年")
    for n in range(6):
        page += row(120 + 20 * n, f"第{n}项", f"1,{n}00", f"2,{n}00") + (
            line(200, 125 + 20 * n, 360, 125 + 20 * n) if n % 2 else b""
        )
    (grid,) = grids(page)
    assert table(grid)[1:] == [[f"第{n}项", f"1,{n}00", f"2,{n}00"] for n in range(6)]


def test_columns_of_figures_are_a_table_without_rules() -> None:
    page = row(100, "", "2023年", "2024年")
    page += b"".join(row(120 + 20 * n, f"第{n}项支出…………", f"1,{n}00", f"2,{n}00") for n in range(4))
    (grid,) = grids(page)
    assert table(grid) == [["", "2023年", "2024年"], *([f"第{n}项支出", f"1,{n}00", f"2,{n}00"] for n in range(4))]


def test_a_table_of_contents_is_no_table() -> None:
    page = b"".join(
        text(60, 100 + 20 * n, f"第{n}章总体要求……………………") + text(400, 100 + 20 * n, str(n * 3)) for n in range(5)
    )
    assert lines(page) == [f"第{n}章总体要求 {n * 3}" for n in range(5)]


def test_a_frame_around_text_is_no_table() -> None:
    assert lines(rules([50, 500], [80, 200]) + text(60, 120, "框里的一段话。")) == ["框里的一段话。"]


def test_a_table_goes_on_over_pages_with_its_header_once() -> None:
    pages = []
    for n in range(3):
        page = (
            text(60, 40, "某市统计年鉴") + text(290, 780, f"— {n + 11} —") + rules([50, 200, 300], [60, 90, 120, 150])
        )
        page += row(80, "地区", "产值") + row(110, f"甲{n}县", f"{n}1.5") + row(140, f"乙{n}县", f"{n}2.5")
        pages.append(page)
    parsed = read_pdf(pdf(pages), uri="甲.pdf")
    (grid,) = parsed.parts
    assert isinstance(grid, Grid)
    assert table(grid)[:4] == [["地区", "产值"], ["甲0县", "01.5"], ["乙0县", "02.5"], ["甲1县", "11.5"]]
    assert [cell.box.page for cell in grid.cells if cell.box and cell.column == 0] == [1, 1, 1, 2, 2, 3, 3]
    dropped = {(each.reason, each.text) for each in parsed.dropped}
    assert dropped >= {("页眉", "某市统计年鉴"), ("页码", "— 11 —"), ("续表的表头", "地区 产值")}


def test_what_stands_once_at_the_head_of_a_page_stays() -> None:
    pages = [text(60, 40, head) + text(60, 300, "正文。") for head in ("总体要求", "重点任务", "保障措施")]
    assert lines(*pages) == ["总体要求", "正文。", "重点任务", "正文。", "保障措施", "正文。"]


def test_a_large_title_over_two_lines_is_one() -> None:
    page = text(80, 60, "某市人民政府文件", size=36) + text(60, 120, "关于加强农村工作的", size=22)
    page += text(60, 150, "若干意见", size=22) + b"".join(
        text(60, 200 + 20 * n, "正文一行，讲工作要求。") for n in range(5)
    )
    parts = read_pdf(pdf([page]), uri="甲.pdf").parts
    assert [(part.text, part.level) for part in parts[:3] if isinstance(part, Line)] == [
        ("某市人民政府文件", 2),
        ("关于加强农村工作的若干意见", 1),
        ("正文一行，讲工作要求。", 0),
    ]


def test_blanks_are_told_by_what_the_page_shows() -> None:
    assert lines(text(60, 100, "第一章 总 则")) == ["第一章 总则"]
    assert lines(text(60, 100, "到 2025 年底")) == ["到2025年底"]
    assert lines(latin(60, 100, b"of the rings")) == ["of the rings"]


def test_gbk_in_a_font_of_latin_letters_is_read() -> None:
    page = latin(60, 100, "全国人民代表大会常务委员会".encode("gbk")) + latin(60, 130, "国务院办公厅".encode("gbk"))
    assert lines(page) == ["全国人民代表大会常务委员会", "国务院办公厅"]


class NotInstalledError(RuntimeError):
    pass


def ocr(monkeypatch: pytest.MonkeyPatch, seen: list[Part] | None) -> None:
    """Let OCR see these parts on each page; None for OCR that isn't installed."""

    def recognised(image: Image.Image, *, page: int) -> SimpleNamespace:
        assert image.width > 1000
        if seen is None:
            raise NotInstalledError
        return SimpleNamespace(parts=tuple(seen), dropped=())

    for name, held in (
        ("ocr", {"recognised": recognised}),
        ("pictures.engine", {"MissingOcrError": NotInstalledError}),
    ):
        module = ModuleType(f"sources.readers.{name}")
        vars(module).update(held)
        monkeypatch.setitem(sys.modules, module.__name__, module)


@pytest.mark.parametrize("page", [unmapped(60, 100, 40), grey(), grey() + text(60, 100, "扫描软件")])
def test_pages_without_a_layer_to_trust_go_to_ocr(monkeypatch: pytest.MonkeyPatch, page: bytes) -> None:
    ocr(monkeypatch, [Line("从图片里读出的一行字", page=1)])
    assert lines(page) == ["从图片里读出的一行字"]


def test_without_ocr_a_scan_is_an_error_and_a_page_of_one_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    ocr(monkeypatch, None)
    with pytest.raises(SourceError, match=r"甲.pdf: 是扫描件，没有文字层。请安装 youju\[ocr\]"):
        read_pdf(pdf([grey(), unmapped(60, 100, 40)]), uri="甲.pdf")
    parsed = read_pdf(pdf([text(60, 100, "正文一行。"), grey()]), uri="甲.pdf")
    assert [part.text for part in parsed.parts if isinstance(part, Line)] == ["正文一行。"]
    assert parsed.notices == ("第 2 页（共 1 页）是图片或文字层不可用，没有读取；安装 youju[ocr] 后重新索引即可读取",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (pdf([text(60, 100, "密")], encrypt=True), "PDF 有密码，打不开"),
        (b"", "文件是空的"),
        (b"%PDF-1.7\nnothing that could be repaired", "PDF 已损坏，打不开"),
        (pdf([b""]), "文件是空的"),
    ],
    ids=["locked", "no-bytes", "damaged", "no-text"],
)
def test_what_cannot_be_read_says_so(raw: bytes, reason: str) -> None:
    with pytest.raises(SourceError, match=f"^甲.pdf: {reason}"):
        document_of(raw, uri="甲.pdf")


def test_a_damaged_table_of_places_is_repaired() -> None:
    raw = pdf([text(60, 100, "仍然读得出来。")])
    damaged = raw.replace(b"startxref\n", b"startxref\n9")
    assert [part.text for part in read_pdf(damaged, uri="甲.pdf").parts if isinstance(part, Line)] == ["仍然读得出来。"]


def test_many_pages_keep_their_numbers() -> None:
    parsed = read_pdf(pdf([text(60, 300, f"这是第{n}页的内容。") for n in range(1, 206)]), uri="甲.pdf")
    assert parsed.pages == 205
    assert [(part.text, part.page) for part in parsed.parts if isinstance(part, Line)] == [
        (f"这是第{n}页的内容。", n) for n in range(1, 206)
    ]


def test_the_title_of_the_file_counts_where_its_first_page_shows_it() -> None:
    page = text(60, 100, "某市粮食安全保障办法")
    assert read_pdf(pdf([page], title="某市粮食安全保障办法"), uri="甲.pdf").stated == {"title": "某市粮食安全保障办法"}
    broken = pdf([page], title="某市").replace("某市".encode("utf-16-be").hex().encode(), b"d8006751")
    assert read_pdf(broken, uri="甲.pdf").stated == {}
    assert read_pdf(pdf([page], title="Microsoft Word - 模板.doc"), uri="甲.pdf").stated == {}


def test_a_page_as_a_picture() -> None:
    raw = pdf([text(60, 100, "一页。"), grey()])
    shown = Image.open(io.BytesIO(page_picture(raw, 2, uri="甲.pdf", width=300)))
    assert (shown.format, shown.size) == ("PNG", (300, 400))
    assert shown.getpixel((150, 200)) == (128, 128, 128)
    with pytest.raises(ValueError, match="there is no page 3: the file has 2"):
        page_picture(raw, 3, uri="甲.pdf")
    with pytest.raises(SourceError, match="不能按页显示"):
        page_picture(b"# x", 1, uri="甲.md")
