from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sources.cleaning.blocks import lines_of
from sources.cleaning.grids import lay_out, parted
from sources.cleaning.structure import document
from sources.documents import Document
from sources.parts import Grid, GridCell, Line, Parsed, Part
from sources.tables import Table


def grid(rows: str, *, merged: dict[tuple[int, int], tuple[int, int]] | None = None, sheet: str | None = None) -> Grid:
    """A grid of lines with commas; `merged` gives rows and columns of the cells that cover several."""
    cells = []
    for row, line in enumerate(rows.strip().split("\n")):
        for column, text in enumerate(line.split(",")):
            if text.strip():
                cells.append(GridCell(row, column, text.strip(), *(merged or {}).get((row, column), (1, 1))))
    return Grid(tuple(cells), sheet=sheet)


def read(*parts: Part) -> Document:
    made = document(Parsed(parts), uri="表.txt", sha256="0" * 64)
    for table in made.tables:
        for cell in table.cells:
            assert made.text[cell.start : cell.end] == cell.text
    return made


def table_of(*parts: Part) -> Table:
    (table,) = read(*parts).tables
    return table


def test_a_title_over_the_whole_width_and_a_unit_become_the_caption() -> None:
    made = read(
        grid(
            "表3 各市主要指标,,\n,,单位：亿元\n地区,生产总值,增速\n"
            "杭州市,20059,5.6\n宁波市,16452.8,5.5\n注：增速按可比价计算。,,",
            merged={(0, 0): (1, 3), (5, 0): (1, 3)},
        )
    )
    assert made.text.split("\n") == [
        "表3 各市主要指标", "单位：亿元", "| 地区 | 生产总值 | 增速 |", "| 杭州市 | 20059 | 5.6 |",
        "| 宁波市 | 16452.8 | 5.5 |", "注：增速按可比价计算。",
    ]  # fmt: skip
    (table,) = made.tables
    assert table.caption == "表3 各市主要指标 单位：亿元"
    assert table.columns == (("地区",), ("生产总值",), ("增速",))
    assert table.rows == (("杭州市",), ("宁波市",))
    assert table.units == ("", "亿元", "")  # a rate isn't counted in 亿元
    assert table.notes == ("注：增速按可比价计算。",)
    assert made.text[table.start : table.end].startswith("| 地区")


def test_lines_over_an_export_are_its_caption_and_years_are_headers() -> None:
    table = table_of(
        grid(
            "数据库：年度数据,,\n时间：最近3年,,\n指标,2022,2021\n能源消费总量(万吨标准煤),541000,525896\n数据来源：统计局,,"
        )
    )
    assert table.caption == "数据库：年度数据 时间：最近3年"
    assert table.columns == (("指标",), ("2022",), ("2021",))
    assert [cell.text for cell in table.cells] == ["能源消费总量(万吨标准煤)", "541000", "525896"]
    assert table.notes == ("数据来源：统计局",)


def test_an_upper_header_stands_over_each_lower_one() -> None:
    rows = (
        "地区,2023年,,2024年,\n,总量（亿元）,增速（%）,总量（亿元）,增速（%）\n"
        "嘉兴市,7062,6.3,7569,5.8\n湖州市,4015,5.8,4213,5.8"
    )
    marked = table_of(grid(rows, merged={(0, 0): (2, 1), (0, 1): (1, 2), (0, 3): (1, 2)}))
    assert marked.columns == (
        ("地区",), ("2023年", "总量（亿元）"), ("2023年", "增速（%）"),
        ("2024年", "总量（亿元）"), ("2024年", "增速（%）"),
    )  # fmt: skip
    assert marked.units == ("", "亿元", "%", "亿元", "%")
    assert marked.rows == (("嘉兴市",), ("湖州市",))
    plain = table_of(grid(rows))  # as csv and Markdown have it, nothing is marked as merged
    assert (plain.columns, plain.rows, plain.units) == (marked.columns, marked.rows, marked.units)


def test_merged_cells_are_told_in_each_row_and_column_that_they_cover() -> None:
    made = read(grid("省,市,人口\n浙江省,杭州市,1262\n,宁波市,977", merged={(1, 0): (2, 1)}))
    assert made.text.split("\n")[1:] == ["| 浙江省 | 杭州市 | 1262 |", "| 浙江省 | 宁波市 | 977 |"]
    assert made.tables[0].rows == (("浙江省", "杭州市"), ("浙江省", "宁波市"))


def test_a_label_that_stands_once_holds_for_the_rows_below_it() -> None:
    table = table_of(grid("省,市,人口\n浙江省,杭州市,1262\n,宁波市,977\n江苏省,南京市,957"))
    assert table.rows == (("浙江省", "杭州市"), ("浙江省", "宁波市"), ("江苏省", "南京市"))


def test_a_row_of_one_cell_is_the_outer_label_of_the_rows_that_follow() -> None:
    table = table_of(
        grid(
            "序号,学校名称,标识码\n北京市（2所）,,\n1,甲大学,4111010001\n2,乙大学,4111010002\n上海市（1所）,,\n1,丙大学,4131010003",
            merged={(1, 0): (1, 3), (4, 0): (1, 3)},
        )
    )
    assert table.rows == (
        ("北京市（2所）",), ("北京市（2所）", "甲大学"), ("北京市（2所）", "乙大学"),
        ("上海市（1所）",), ("上海市（1所）", "丙大学"),
    )  # fmt: skip


def test_a_form_gives_a_row_for_each_label() -> None:
    table = table_of(
        grid(
            "来文单位,市政府,来文字号,府办〔2024〕2号\n标题,关于防汛的通知,,\n拟办意见,请农业局阅,,\n签收人,王某,日期,3月2日",
            merged={(1, 1): (1, 3), (2, 1): (1, 3)},
        )
    )
    assert {table.rows[cell.row][0]: cell.text for cell in table.cells} == {
        "来文单位": "市政府", "来文字号": "府办〔2024〕2号", "标题": "关于防汛的通知", "拟办意见": "请农业局阅",
        "签收人": "王某", "日期": "3月2日",
    }  # fmt: skip


def test_numbers_alone_have_no_header() -> None:
    assert table_of(grid("1,2\n3,4\n5,6")).columns == ((), ())


def test_headers_that_the_format_marks_are_taken_at_its_word() -> None:
    cells = (GridCell(0, 0, "1", heads=True), GridCell(0, 1, "2", heads=True), GridCell(1, 0, "3"), GridCell(1, 1, "4"))
    assert table_of(Grid(cells)).columns == (("1",), ("2",))


def test_a_markdown_table_stays_as_it_is_written() -> None:
    rows = "| 指标 | 2024年 |\n|---|---:|\n| 财政收入 | 133.9 |"
    made = read(*lines_of(f"# 公报\n\n表1 主要指标（单位：亿元）\n\n{rows}\n\n资料来源：市统计局\n"))
    (table,) = made.tables
    assert made.text[table.start : table.end] == rows
    assert (table.caption, table.units, table.notes) == (
        "公报 表1 主要指标（单位：亿元）",
        ("", "亿元"),
        ("资料来源：市统计局",),
    )


def test_two_markdown_tables_in_a_row_are_two() -> None:
    made = read(*lines_of("| 甲 | 数 |\n|---|---|\n| 东 | 1 |\n\n| 乙 | 数 |\n|---|---|\n| 西 | 2 |\n"))
    assert [table.columns[0] for table in made.tables] == [("甲",), ("乙",)]


def test_a_markdown_table_without_bars_at_its_ends_keeps_its_lines() -> None:
    made = read(*lines_of("各县情况如下。\n\n县 | 产值\n--- | ---\n东县 | 12\n西县 | 15\n"))
    assert made.text.split("\n")[1:] == ["县 | 产值", "--- | ---", "东县 | 12", "西县 | 15"]
    assert made.tables[0].rows == (("东县",), ("西县",))


def test_columns_set_apart_by_tabs_or_spaces_become_rows() -> None:
    tabs = read(*lines_of("指标\t2023\t2024\n\t亿元\t亿元\n产值\t10.5\t\n"))
    assert tabs.text.split("\n") == ["| 指标 | 2023 | 2024 |", "|  | 亿元 | 亿元 |", "| 产值 | 10.5 |  |"]
    assert tabs.tables[0].columns == (("指标",), ("2023", "亿元"), ("2024", "亿元"))
    spaces = read(*lines_of("水库      水位    库容\n东水库　　156.0　　10850\n西水库    98.5    3460\n"))
    assert spaces.text.split("\n")[1] == "| 东水库 | 156.0 | 10850 |"


def test_names_set_apart_by_spaces_are_no_table() -> None:
    assert read(*lines_of("出席：\n张三  李四  王五\n赵六  孙七  周八\n吴九  郑十  冯某\n")).tables == ()


def test_a_bar_inside_a_cell_parts_nothing() -> None:
    assert lay_out(grid("甲|乙,1\n丙,2")).text == "| 甲｜乙 | 1 |\n| 丙 | 2 |"


def test_a_cell_merged_over_a_sheet_costs_no_more_than_what_stands_beside_it() -> None:
    cells = (GridCell(0, 0, "合", rows=1_000_000, columns=16_000), GridCell(5, 3, "1"), GridCell(900_000, 9_000, "2"))
    assert len(lay_out(Grid(cells)).text) < 200


def test_an_all_but_empty_grid_is_written_without_its_gaps() -> None:
    cells = tuple(GridCell(number, number, "某") for number in range(3_000))
    assert len(lay_out(Grid(cells)).text) == 3_000 * len("| 某 |\n") - 1


def test_long_text_merged_over_many_rows_stands_once() -> None:
    long = "说明" * 100
    cells = [GridCell(0, 0, long, rows=50), *(GridCell(row, 1, str(row)) for row in range(50))]
    assert lay_out(Grid(tuple(cells))).text.count(long) == 1


def test_what_stands_over_and_under_a_table_is_split_off_only_where_a_table_is_left() -> None:
    titles, table, notes = parted(grid("说明,\n甲,1\n乙,2"))
    assert ([line.text for line in titles], notes) == (["说明"], [])
    assert table is not None
    assert table.caption == "说明"
    assert parted(grid("甲\n乙\n丙"))[0] == []


WORDS = st.sampled_from(
    ["", "", "地区", "2024年", "12.5", "单位：亿元", "增速（%）", "甲|乙", "注：略", "浙江省", "长" * 130, " "]
)


@given(
    st.lists(st.lists(st.tuples(WORDS, st.integers(1, 3), st.integers(1, 3)), max_size=5), max_size=7),
    st.booleans(),
)
def test_any_grid_gives_cells_that_stand_in_the_text(rows: list[list[tuple[str, int, int]]], on_sheet: bool) -> None:
    cells = [
        GridCell(row, column, text, *size)
        for row, line in enumerate(rows)
        for column, (text, *size) in enumerate(line)
        if text
    ]
    made = read(Line("某市的报告。", whole=True), Grid(tuple(cells), sheet="表" if on_sheet else None))
    flat = "".join(made.text.split()).replace("｜", "|")
    for cell in cells:
        assert "".join(cell.text.split()) in flat
    for table in made.tables:
        assert len(table.units) == len(table.columns)
        assert all(cell.row < len(table.rows) and cell.column < len(table.columns) for cell in table.cells)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=5), max_size=7))
def test_any_written_table_is_left_as_it_is(rows: list[list[str]]) -> None:
    raw = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    made = read(Line("某市的报告。"), *lines_of(raw))
    assert made.text == "\n".join(["某市的报告。", *(line.strip() for line in raw.split("\n") if line.strip())])


def test_the_sample_of_the_docstring() -> None:
    table = table_of(*lines_of("| 地区 | 地区生产总值（亿元） | 增速（%） |\n| 浙江省 | 82553.2 | 6.0 |"))
    assert (table.rows, table.units) == ((("浙江省",),), ("", "亿元", "%"))
