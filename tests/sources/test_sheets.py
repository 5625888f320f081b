from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from sources.documents import Document, SourceError
from sources.readers import document_of
from sources.readers.tables.shown import shown
from sources.readers.tables.workbooks import column_letters, column_number


def workbook(fill: Callable[[Any], None]) -> bytes:
    """The bytes of an xlsx workbook that `fill` writes."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        fill(book)
    return made.getvalue()


def lines(raw: bytes, uri: str = "统计.xlsx") -> list[str]:
    return document_of(raw, uri=uri).text.split("\n")


def changed(raw: bytes, member: str, old: str, new: str) -> bytes:
    """The workbook with a stretch of one of its parts replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as given_, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name in given_.namelist():
            content = given_.read(name)
            if name == member:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            written.writestr(name, content)
    return made.getvalue()


def test_numbers_are_told_as_they_are_shown() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        rows: list[tuple[str, Any, str]] = [
            ("产值", 12553, "#,##0"), ("增速", 0.053, "0.0%"), ("标识码", 4133010335, "General"), ("代码", 7, "000"),
            ("比重", 5.287364812, "0.0"), ("日期", date(2024, 6, 30), "yyyy-mm-dd"),
            ("赤字", -81.5, "#,##0.0;(#,##0.0)"),
            ("月份", date(2024, 6, 1), 'yyyy"年"m"月"'), ("和", 0.1 + 0.2, "General"), ("带单位", 12, '0"个"'),
        ]  # fmt: skip
        sheet.write_row(0, 0, ["指标", "数值"])
        for number, (name, value, form) in enumerate(rows, 1):
            sheet.write(number, 0, name)
            write = sheet.write_datetime if isinstance(value, date) else sheet.write_number
            write(number, 1, value, book.add_format({"num_format": form}))

    assert lines(workbook(fill)) == [
        "| 指标 | 数值 |", "| 产值 | 12553 |", "| 增速 | 5.3% |", "| 标识码 | 4133010335 |", "| 代码 | 007 |",
        "| 比重 | 5.3 |", "| 日期 | 2024-06-30 |", "| 赤字 | -81.5 |", "| 月份 | 2024年6月 |", "| 和 | 0.3 |",
        "| 带单位 | 12个 |",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        ("5.2999999999999998", "General", "5.3"),
        ("4.133010335E9", "General", "4133010335"),
        ("1E-3", "General", "0.001"),
        ("12553", '_ * #,##0_ ;_ * \\-#,##0_ ;_ * "-"??_ ;_ @_ ', "12553"),
        ("0", '#,##0;-#,##0;"-"', "0"),
        ("1234567", '#,##0.0,"千"', "1234.6千"),
        ("12345", '0!.0,"万"', "12345"),
        ("12345", "0.00E+00", "12345"),
        ("0.5", "# ?/?", "0.5"),
        ("1234.5", "¥#,##0.00", "¥1234.50"),
        ("-3", '[Red]"减"0;[Red]-0', "-3"),
        ("2.5", "0", "3"),
        ("2.5", "0.##", "2.5"),
        ("45473", "m/d/yyyy", "2024-06-30"),
        ("45473.5", "yyyy/m/d h:mm", "2024-06-30 12:00"),
        ("0.75", "h:mm:ss", "18:00:00"),
        ("1.5", "[h]:mm", "36:00:00"),
        ("45473", 'yyyy"年"m"月"d"日";@', "2024年6月30日"),
        ("45473", "[$-804]aaaa", "45473"),
        ("1", "yyyy-mm-dd", "1900-01-01"),
        ("99999999", "yyyy-mm-dd", "99999999"),
        ("3", 'General"人"', "3人"),
        ("7", '"第"0"号"', "第7号"),
    ],
)
def test_formats(value: str, form: str, text: str) -> None:
    assert shown(value, form) == text


def test_days_since_1904() -> None:
    assert shown("44011", "yyyy-mm-dd", since_1904=True) == "2024-06-30"


@given(st.floats(allow_nan=False), st.text('0#?.,%"\\[];ymdhs年_*/@E+ -', max_size=12))
def test_any_number_in_any_format_is_told(value: float, form: str) -> None:
    assert isinstance(shown(value, form), str)


def test_the_title_and_the_unit_over_a_table_and_the_notes_under_it() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("表一")
        sheet.merge_range(0, 0, 0, 2, "2024年各市主要经济指标")
        sheet.write(1, 2, "单位：亿元")
        sheet.write_row(2, 0, ["地区", "地区生产\n总值", "财政收入"])
        sheet.write_row(3, 0, ["杭州市", 21860, 2640.5])
        sheet.write_row(4, 0, ["宁波市", 18147.7, 1800])
        sheet.write(6, 0, "注：数据为初步核算数。")

    made = document_of(workbook(fill), uri="文件夹/统计.xlsx")
    (table,) = made.tables
    assert made.title == "2024年各市主要经济指标"
    assert table.caption == "2024年各市主要经济指标 单位：亿元"
    assert table.columns == (("地区",), ("地区生产 总值",), ("财政收入",))
    assert table.units == ("", "亿元", "亿元")
    assert table.notes == ("注：数据为初步核算数。",)
    assert (table.sheet, table.cells[1].name, table.cells[1].text) == ("表一", "B4", "21860")
    assert made.text[table.cells[1].start : table.cells[1].end] == "21860"


def test_sheets_are_told_apart_by_their_names() -> None:
    def fill(book: Any) -> None:
        for name in ("杭州", "宁波", "空的"):
            sheet = book.add_worksheet(name)
            if name != "空的":
                sheet.write_row(0, 0, ["指标", "2024年"])
                sheet.write_row(1, 0, ["人口", 900])

    made = document_of(workbook(fill), uri="人口.xlsx")
    assert [section.heading for section in made.sections] == ["杭州", "宁波"]
    assert [table.sheet for table in made.tables] == ["杭州", "宁波"]
    assert made.title == "人口"


def test_what_is_hidden_is_left_out_and_said() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("公开")
        sheet.write_row(0, 0, ["项目", "内部数", "金额"])
        sheet.write_row(1, 0, ["修路", 11, 500])
        sheet.write_row(2, 0, ["作废项目", 22, 600])
        sheet.write_row(3, 0, ["架桥", 33, 700])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        secret = book.add_worksheet("底稿")
        secret.write_row(0, 0, ["底数", 999])
        secret.hide()

    made = document_of(workbook(fill), uri="项目.xlsx")
    assert made.text.split("\n") == ["| 项目 | 金额 |", "| 修路 | 500 |", "| 架桥 | 700 |"]
    assert [(each.reason, each.text) for each in made.dropped] == [
        ("隐藏的行", "作废项目 | 22 | 600"), ("隐藏的列", "内部数\n11\n33"), ("隐藏的工作表", "底数 | 999"),
    ]  # fmt: skip
    assert made.notices == (
        "工作表“公开”有 1 行是隐藏的，没有读入",
        "工作表“公开”有 1 列是隐藏的，没有读入",
        "工作表“底稿”是隐藏的，没有读入",
    )
    assert [cell.name for cell in made.tables[0].cells] == ["A2", "C2", "A4", "C4"]


def test_a_merged_cell_that_begins_in_a_hidden_row_is_still_shown() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["市", "县", "人口"])
        sheet.merge_range(1, 0, 3, 0, "嘉兴市")
        for row, county in enumerate(["海盐县", "嘉善县", "平湖市"], 1):
            sheet.write_row(row, 1, [county, 40 + row])
        sheet.set_row(1, None, None, {"hidden": True})

    assert lines(workbook(fill))[1:] == ["| 嘉兴市 | 嘉善县 | 42 |", "| 嘉兴市 | 平湖市 | 43 |"]


def test_several_tables_of_a_sheet_are_several() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["地区", "产值"])
        sheet.write_row(1, 0, ["甲县", 1])
        sheet.write_row(2, 0, ["乙县", 2])
        sheet.write(4, 0, "二、人口情况表")
        sheet.write_row(5, 0, ["乡镇", "人口"])
        sheet.write_row(6, 0, ["丙镇", 3])
        sheet.write_row(2, 4, ["村", "户数"])
        sheet.write_row(3, 4, ["丁村", 4])

    made = document_of(workbook(fill), uri="表.xlsx")
    assert [table.columns[0] for table in made.tables] == [("地区",), ("乡镇",), ("村",)]
    assert made.tables[1].caption == "二、人口情况表"


def test_an_empty_row_under_the_header_or_in_the_numbers_parts_no_table() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["地区", "产值", "", "人口"])
        sheet.write_row(2, 0, ["甲县", 1, "", 10])
        sheet.write_row(4, 0, ["乙县", 2, "", 20])

    made = document_of(workbook(fill), uri="表.xlsx")
    assert made.text.split("\n") == ["| 地区 | 产值 | 人口 |", "| 甲县 | 1 | 10 |", "| 乙县 | 2 | 20 |"]


def test_formulas_give_the_values_that_were_kept_and_others_are_said() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["项", "数"])
        sheet.write(1, 0, "合计")
        sheet.write_formula(1, 1, "=1+2", None, 3)
        sheet.write(2, 0, "未算")
        sheet.write_formula(2, 1, "=2+2", None, 4)

    raw = changed(workbook(fill), "xl/worksheets/sheet1.xml", "<f>2+2</f><v>4</v>", "<f>2+2</f>")
    made = document_of(raw, uri="表.xlsx")
    assert made.text.split("\n")[1:] == ["| 合计 | 3 |", "| 未算 |  |"]
    assert made.notices == ("表里有 1 个公式没有存下结果，请用 Excel 或 WPS 打开并保存一次",)


def test_a_million_empty_rows_and_a_last_cell_far_off_are_cheap() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["地区", "产值"])
        sheet.write_row(1, 0, ["甲县", 1])
        sheet.write(1_048_575, 16_383, "完")

    raw = workbook(fill)
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="A2:XFD1048575"/></mergeCells>'
    raw = changed(raw, "xl/worksheets/sheet1.xml", "</sheetData>", merged)
    assert len(document_of(raw, uri="表.xlsx").text) < 200


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda raw: raw[: len(raw) // 2], "已损坏"),
        (lambda raw: changed(raw, "xl/worksheets/sheet1.xml", "<sheetData>", "<sheetData"), "已损坏"),
        (lambda raw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "有密码"),
        (lambda raw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "已损坏"),
        (
            lambda raw: changed(
                raw, "xl/workbook.xml", "<workbook", '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><workbook'
            ),
            "已损坏",
        ),
    ],
)
def test_what_cannot_be_read_says_why(make: Callable[[bytes], bytes], reason: str) -> None:
    whole = workbook(lambda book: book.add_worksheet().write_row(0, 0, ["甲", "乙"]))
    with pytest.raises(SourceError, match=reason) as raised:
        document_of(make(whole), uri="某表.xlsx")
    assert str(raised.value).startswith("某表.xlsx: ")


def test_a_workbook_of_hidden_sheets_says_so() -> None:
    def fill(book: Any) -> None:
        book.add_worksheet("空")
        sheet = book.add_worksheet("藏")
        sheet.write(0, 0, "内容")
        sheet.hide()

    with pytest.raises(SourceError, match="全是隐藏的"):
        document_of(workbook(fill), uri="表.xlsx")


CSV = """指标：地区生产总值（亿元）
时间：2021-2022
地区,2022年,2021年
北京市, 41610.90,"40,269.6"
数据来源：国家统计局
"""


def check_csv(made: Document) -> None:
    (table,) = made.tables
    assert table.caption == "指标：地区生产总值（亿元） 时间：2021-2022"
    assert table.columns == (("地区",), ("2022年",), ("2021年",))
    assert [(cell.text, cell.name) for cell in table.cells][1:] == [("41610.90", "B4"), ("40,269.6", "C4")]
    assert table.units == ("", "亿元", "亿元")
    assert table.notes == ("数据来源：国家统计局",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_any_encoding(encoding: str) -> None:
    check_csv(document_of(CSV.encode(encoding), uri="分省.csv"))


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_values_set_apart_by_other_marks(delimiter: str) -> None:
    raw = CSV.replace('"40,269.6"', "40#269.6").replace(",", delimiter).replace("#", ",").encode()
    check_csv(document_of(raw, uri="分省.tsv"))
    check_csv(document_of(raw, uri="分省.xls"))  # many systems export text under this name


def test_a_quotation_mark_that_nothing_closes_loses_nothing() -> None:
    raw = '名称,数\n"甲,1\n' + "乙,2\n" * 40_000
    assert lines(raw.encode(), "表.csv")[1:3] == ['| "甲 | 1 |', "| 乙 | 2 |"]


def test_breaks_and_quotes_inside_a_value() -> None:
    assert lines('名称,说明\n甲,"一\n二,""三"""\n'.encode(), "表.csv") == ["| 名称 | 说明 |", '| 甲 | 一 二,"三" |']


@given(st.integers(0, 20_000))
def test_columns_are_named_as_workbooks_do(number: int) -> None:
    assert column_number(column_letters(number)) == number


def test_a_workbook_of_several_titled_sheets_is_called_by_its_file() -> None:
    def fill(book: Any) -> None:
        for name, title in (("8-1", "8-1 各县财政收支（2023年）"), ("8-2", "8-2 各县医疗机构（2023年末）")):
            sheet = book.add_worksheet(name)
            sheet.write(0, 0, title)
            sheet.write_row(1, 0, ["地区", "合计"])
            sheet.write_row(2, 0, ["松浦县", 42])

    assert document_of(workbook(fill), uri="芦川统计年鉴2024.xlsx").title == "芦川统计年鉴2024"
    assert document_of(workbook(fill), uri="新建1.xlsx").title == "8-1 各县财政收支（2023年）"
