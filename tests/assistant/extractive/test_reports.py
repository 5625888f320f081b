"""Reports of several places and years, and a table of money: aims, results and sums are told apart and put together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

TABLE = """# 2025年农业专项资金分配表

| 县（市） | 项目 | 金额（万元） | 责任单位 |
| --- | --- | --- | --- |
| 嘉善县 | 高标准农田 | 1250 | 农业农村局 |
| 嘉善县 | 农村公路 | 830 | 交通运输局 |
| 海盐县 | 高标准农田 | 980 | 农业农村局 |
| 桐乡市 | 高标准农田 | 1100 | 农业农村局 |
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("reports")
    for year in (2024, 2025):
        (folder / f"海盐{year}.md").write_text(
            f"# 海盐县{year}年政府工作报告\n\n## 一、{year - 1}年工作回顾\n\n"
            f"过去一年，农村居民人均可支配收入达到{30000 + year}元。\n\n## 二、{year}年主要目标\n\n"
            f"农村居民人均可支配收入力争达到{34000 + year}元。改造老旧小区21个，新增公办幼儿园学位450个。\n",
            "utf8",
        )
    (folder / "资金.md").write_text(TABLE, "utf8")
    with build(Config(data_dir=folder / ".data"), sources=[folder]) as built:
        yield built


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("海盐县2024年农村居民人均可支配收入是多少？", "32025元"),
        ("海盐县2025年农民收入目标是多少？", "36025元"),
        ("海盐县2024年农民收入目标是多少？", "36024元"),
        ("高标准农田资金合计多少？", "3330万元"),
        ("三个县高标准农田资金一共多少？", "3330万元"),
        ("嘉善县一共分到多少资金？", "2080万元"),
        ("高标准农田嘉善县分到多少钱？", "1250万元"),
        ("农业农村局负责的项目一共多少钱？", "3330万元"),
    ],
)
def test_what_is_asked_for_is_told(reports: Assistant, question: str, value: str) -> None:
    answer = reports.ask(question)
    assert answer.status == "answered"
    assert value in answer.answer


@pytest.mark.parametrize("question", ["海盐县农村公路资金是多少？", "嘉善县高标准农田面积是多少？"])
def test_what_the_table_does_not_have_is_refused(reports: Assistant, question: str) -> None:
    assert reports.ask(question).status == "not_found"


def test_an_aim_that_is_told_for_a_result_is_called_one(reports: Assistant) -> None:
    answer = reports.ask("2025年海盐县农村居民人均可支配收入是多少？")
    assert "36025元" in answer.answer
    assert answer.notice
    assert "目标" in answer.notice
    assert reports.ask("2025年海盐县农村居民人均可支配收入目标是多少？").notice is None


def test_the_same_words_of_another_years_report_are_no_second_source(reports: Assistant) -> None:
    answer = reports.ask("海盐县2025年改造多少老旧小区？")
    assert "21个" in answer.answer
    assert [each.title for each in answer.citations] == ["海盐县2025年政府工作报告"]
