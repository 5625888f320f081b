"""Questions over tables, as a user asks them: what the answer says, and the rows that it cites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

SUBSIDIES = """# 青崖县2025年农机购置补贴额一览表

青崖县农业农村局　2025年3月

| 机具品目 | 单台补贴额（元） | 补贴台数（台） | 受理窗口 | 截止日期 |
|---|---:|---:|---|---|
| 轮式拖拉机 | 12,500 | 86 | 县农机站 | 2025年10月31日 |
| 水稻插秧机 | 8,300 | 142 | 镇便民中心 | 2025年6月30日 |
| 谷物烘干机 | 36,000 | 27 | 县农机站 | 2025年9月15日 |
| 植保无人机 | 6,000 | 95 | 镇便民中心 | 2025年11月20日 |
"""
EARLIER = SUBSIDIES.replace("2025", "2024").replace("36,000", "33,000")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("subsidies")
    (folder / "2025年补贴.md").write_text(SUBSIDIES, encoding="utf8")
    (folder / "2024年补贴.md").write_text(EARLIER, encoding="utf8")
    config = Config(data_dir=tmp_path_factory.mktemp("data"))
    made = build(config, sources=[folder])
    yield made
    made.close()


def test_a_cell_is_told_with_its_unit_and_its_row_cited(assistant: Assistant) -> None:
    answer = assistant.ask("2025年谷物烘干机单台补贴额是多少？")
    assert "36,000元" in answer.answer
    assert "33,000" not in answer.answer
    assert [citation.quote for citation in answer.citations] == ["谷物烘干机 | 36,000 | 27 | 县农机站 | 2025年9月15日"]
    assert [(figure.text, figure.verified) for figure in answer.figures] == [("36,000", True)]


def test_words_of_a_cell_are_told(assistant: Assistant) -> None:
    answer = assistant.ask("2025年植保无人机的补贴在哪里受理，截止到什么时候？")
    assert "镇便民中心" in answer.answer
    assert "2025年11月20日" in answer.answer


def test_rows_that_meet_a_condition_are_a_table_with_a_mark_in_each_cell(assistant: Assistant) -> None:
    answer = assistant.ask("2025年单台补贴额超过1万元的机具有哪些？")
    assert "| 轮式拖拉机 | 12,500元[1] |" in answer.answer
    assert "| 谷物烘干机 | 36,000元[2] |" in answer.answer
    assert "水稻插秧机" not in answer.answer
    assert answer.table is not None
    assert (answer.table.kind, answer.table.rows) == ("rows", ("轮式拖拉机", "谷物烘干机"))
    assert [[cell.value for cell in row if cell] for row in answer.table.cells] == [["12500"], ["36000"]]


def test_a_sum_shows_its_formula(assistant: Assistant) -> None:
    answer = assistant.ask("2025年各机具补贴台数合计多少台？")
    assert "350台" in answer.answer
    assert [figure.formula for figure in answer.figures if figure.formula] == ["86台 + 142台 + 27台 + 95台 = 350台"]


def test_where_no_year_is_asked_the_newest_answers_and_the_others_are_named(assistant: Assistant) -> None:
    answer = assistant.ask("谷物烘干机单台补贴额是多少？")
    assert "36,000元" in answer.answer
    assert answer.notice is not None
    assert "2024年" in answer.notice


@pytest.mark.parametrize("question", ["2025年青贮收割机单台补贴额是多少？", "2025年谷物烘干机的报废年限是多少？"])
def test_what_no_row_or_column_tells_is_not_answered(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).status == "not_found"
