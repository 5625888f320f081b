"""The tables of a library: listed, shown, and written so that what is read back is what was printed."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.ask import Assistant
from assistant.config import Config
from assistant.exports.figures import COLUMNS, figures_as_csv, figures_as_json, write_figures
from assistant.exports.tables import table_as_csv, table_as_json, table_as_markdown, write_table
from assistant.server.app import create_app
from index.index import Index
from sources.figures.figure import Figure
from tests.fakes.embedder import BigramEmbedder

GRAIN = """# 清河县2024年粮食生产

表1 主要农作物（单位：万吨）

| 作物 | 播种面积（万亩） | 产量 | 增长（%） | 电话 |
| --- | --- | --- | --- | --- |
| 早稻 | 12.3 | 5.04 | -2.1 | 0571 |
| 晚稻 | 1,020.5 | 10.3 | 3.4 | 0572 |

表2 各镇存栏（头）

| 镇 | 2023年 | 2024年 |
| --- | --- | --- |
| 白沙镇 | 120 | =130 |
"""
STAFF = "# 清河县学校\n\n| 学校 | 教师（人） |\n| --- | --- |\n| 清河一中 | 260 |\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    library = tmp_path / "library"
    library.mkdir()
    (library / "粮食.md").write_text(GRAIN, encoding="utf8")
    (library / "学校.md").write_text(STAFF, encoding="utf8")
    return library


@pytest.fixture
def assistant(tmp_path: Path, folder: Path):
    index = Index.open(tmp_path / "data", embedder=BigramEmbedder())
    index.update([folder])
    made = Assistant(index, Config(data_dir=tmp_path))
    yield made
    made.close()


def test_tables_are_listed_with_what_they_are(assistant) -> None:
    grain, towns, staff = sorted(
        assistant.tables(), key=lambda found: (found.document.title != "清河县2024年粮食生产", found.number)
    )
    assert (grain.document.title, grain.number, len(grain.rows), len(grain.header)) == ("清河县2024年粮食生产", 1, 2, 5)
    assert (towns.table.caption, towns.unit, staff.number) == ("表2 各镇存栏（头）", "头", 1)
    assert grain.summary()["id"] == f"{grain.document.id}-1"
    assert [found.id for found in assistant.tables("粮食.md")] == [grain.id, towns.id]
    assert [found.id for found in assistant.tables(query="早稻 产量")] == [grain.id]
    assert assistant.table(towns.id).rows == (("白沙镇", "120", "=130"),)
    for wrong in ("nobody-1", f"{grain.document.id}-3", f"{grain.document.id}-0", grain.document.id):
        with pytest.raises(KeyError):
            assistant.table(wrong)


def test_a_table_is_read_back_as_it_was_printed(assistant, tmp_path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    grain, towns = assistant.tables("粮食.md")
    written = table_as_csv(grain)
    assert [tuple(row) for row in csv.reader(io.StringIO(written[1:]))] == [grain.header, *grain.rows]
    assert "'=130" in table_as_csv(towns)  # no spreadsheet takes it for a formula
    path = tmp_path / "表.xlsx"
    write_table(grain, path)
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    assert rows == [grain.header, ("早稻", 12.3, 5.04, -2.1, "0571"), ("晚稻", 1020.5, 10.3, 3.4, "0572")]
    lines = table_as_markdown(grain).splitlines()
    assert lines[0].endswith("表1 主要农作物（单位：万吨）")
    assert lines[2:5] == [
        "| 作物 | 播种面积（万亩） | 产量 | 增长（%） | 电话 |",
        "| --- | --- | --- | --- | --- |",
        "| 早稻 | 12.3 | 5.04 | -2.1 | 0571 |",
    ]


def test_json_tells_where_each_cell_stands_and_what_it_is_worth(assistant) -> None:
    grain, _ = assistant.tables("粮食.md")
    told = json.loads(table_as_json(grain, assistant.index.lookups.figures(grain.document.id)))
    assert told["headers"][1] == {"path": ["播种面积（万亩）"], "unit": "万亩"}
    cells = {(cell["row"], cell["column"]): cell for cell in told["cells"]}
    assert all(grain.document.text[cell["start"] : cell["end"]] == cell["text"] for cell in told["cells"])
    fall = cells[0, 3]
    assert (fall["value"], fall["unit"], fall["subject"], fall["metric"]) == ("-2.1", "%", "早稻", "产量")
    assert cells[1, 1]["value"] == "10205000"
    assert "value" not in cells[0, 0]


def _figures(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    names = ("value", "upper", "unit", "text", "subject", "metric", "region", "period", "start", "end", "document_id")
    return [tuple(str(row[name]).removeprefix("'") for name in names) for row in rows]


def test_figures_are_read_back_with_values_signs_units_and_places(assistant, tmp_path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    found = assistant.figures("产量")
    original = _figures([each.row() for each in found])
    assert ("-2.1", "%", "早稻") in {(row[0], row[2], row[4]) for row in original}
    assert _figures(json.loads(figures_as_json(found))) == original
    names = {heading: name for name, heading in COLUMNS.items()}
    table = csv.DictReader(io.StringIO(figures_as_csv(found)[1:]))
    assert _figures([{names[heading]: said for heading, said in row.items()} for row in table]) == original
    write_figures(found, tmp_path / "数据.xlsx")
    head, *rows = openpyxl.load_workbook(tmp_path / "数据.xlsx").active.iter_rows(values_only=True)
    for row, each in zip(rows, found, strict=True):
        told = dict(zip(head, row, strict=True))
        assert Decimal(str(told["数值"])) == each.figure.value
        assert (told["单位"], told["对象"], told["起"]) == (each.figure.unit, each.figure.subject, each.figure.start)


def test_a_subject_narrows_what_is_found(assistant) -> None:
    found = assistant.figures("产量", subject="晚稻")
    assert {(row["text"], row["direction"], row["standing"]) for row in (each.row() for each in found)} == {
        ("10.3", "", ""),
        ("3.4", "up", ""),
    }
    assert {each.figure.subject for each in found} == {"晚稻"}
    assert found[0].row()["dimensions"][0] == ["作物", "晚稻"]


def test_the_catalog_gives_back_what_a_table_says_of_its_figures(assistant) -> None:
    figures: list[Figure] = assistant.index.figures(document_id=next(iter(assistant.tables("学校.md"))).document.id)
    (teachers,) = [each for each in figures if each.text == "260"]
    assert (teachers.subject, teachers.metric, teachers.unit) == ("清河一中", "教师", "人")
    assert teachers.dimensions == (("学校", "清河一中"), ("列", "教师"), ("标题", "清河县学校"))


def test_the_command_lists_tables_and_shows_one(youju, folder, tmp_path) -> None:
    there = ("--sources", str(folder))
    status, out, err = youju("figures", "--table", *there)
    assert (status, err) == (0, "")
    assert "《清河县2024年粮食生产》 表 2  表2 各镇存栏（头）" in out
    assert "1 行 × 3 列  单位 头" in out
    status, out, _ = youju("figures", "粮食.md", "--table", "--show", "2", *there)
    assert out.splitlines()[-1] == "| 白沙镇 | 120 | =130 |"
    status, out, _ = youju("figures", "学校", "--table", "--csv", *there)
    assert out.splitlines()[-1] == "清河一中,260"
    status, out, _ = youju("figures", "粮食.md", "--table", "--show", "1", "--json", *there)
    assert json.loads(out)["number"] == 1
    status, out, _ = youju("figures", "学校", "--table", "--xlsx", str(tmp_path / "a.xlsx"), *there)
    assert (status, (tmp_path / "a.xlsx").exists()) == (0, True)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("林业", "--table"), "没有“林业”这个文档"),
        (("粮食.md", "--table", "--csv"), "有 2 张表，请用 --show N 选一张"),
        (("粮食.md", "--table", "--show", "7"), "没有第 7 张表"),
        (("--table", "--show", "1"), "都有第 1 张表，请写明是哪个文档"),
    ],
)
def test_the_command_says_what_is_not_there(youju, folder, asked, said) -> None:
    status, out, err = youju("figures", *asked, "--sources", str(folder))
    assert (status, out) == (1, "")
    assert said in err


def test_the_api_lists_tables_and_gives_one(assistant) -> None:
    client = TestClient(create_app(assistant, web=False), base_url="http://localhost")
    listed = client.get("/v1/tables", params={"document": "粮食.md", "limit": 1, "offset": 1}).json()
    assert (listed["total"], [table["number"] for table in listed["tables"]]) == (2, [2])
    found = client.get(f"/v1/tables/{listed['tables'][0]['id']}").json()
    assert [cell["text"] for cell in found["cells"] if cell["row"] == 0] == ["白沙镇", "120", "=130"]
    assert client.get("/v1/tables", params={"query": "教师"}).json()["total"] == 1
    missing = client.get("/v1/tables/nobody-1")
    assert missing.status_code == 404
    assert "nobody-1" in missing.json()["error"]["message"]
    figures = client.get("/v1/figures", params={"metric": "产量", "subject": "早稻"}).json()["figures"]
    assert {row["subject"] for row in figures} == {"早稻"}
