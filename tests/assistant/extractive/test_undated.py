"""A part of a year without its year: told where the documents have it of one year, asked back where of several."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config


def briefing(year: int, month: int, sales: int) -> str:
    return (
        f"云岭市{year}年{month}月份经济运行简报\n\n云岭市统计局  {year}年{month}月28日\n\n"
        f"1—{month}月，全市社会消费品零售总额{sales}亿元，增长4.{month}%。\n"
    )


def library(folder: Path, *briefings: tuple[int, int, int]) -> Assistant:
    for year, month, sales in briefings:
        (folder / f"{year}-{month}.txt").write_text(briefing(year, month, sales), "utf8")
    return build(Config(data_dir=folder / ".data"), sources=[folder])


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("前三季度社会消费品零售总额是多少？", "1612亿元"),
        ("上半年社会消费品零售总额多少？", "1088亿元"),
        ("1到9月全市社会消费品零售总额多少", "1612亿元"),
    ],
)
def test_of_one_year_it_is_answered(tmp_path: Path, question: str, value: str) -> None:
    with library(tmp_path, (2025, 6, 1088), (2025, 8, 1444), (2025, 9, 1612), (2025, 12, 2200)) as assistant:
        answer = assistant.ask(question)
    assert answer.status == "answered"
    assert value in answer.answer
    assert "2025年" in answer.standalone_question


def test_of_several_years_it_is_asked_back_and_each_choice_is_answered(tmp_path: Path) -> None:
    with library(tmp_path, (2024, 9, 1500), (2025, 8, 1444), (2025, 9, 1612)) as assistant:
        answer = assistant.ask("前三季度社会消费品零售总额是多少？")
        assert answer.status == "clarify"
        assert answer.clarification
        told = [assistant.ask(each).answer for each in answer.clarification.choices]
    assert ["1612亿元" in told[0], "1500亿元" in told[1]] == [True, True]


@pytest.mark.parametrize("question", ["下半年社会消费品零售总额是多少？", "前三季度进出口总额是多少？"])
def test_what_no_document_tells_of_that_part_is_refused(tmp_path: Path, question: str) -> None:
    with library(tmp_path, (2025, 6, 1088), (2025, 9, 1612)) as assistant:
        assert assistant.ask(question).status == "not_found"
