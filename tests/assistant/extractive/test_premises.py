"""Figures that a question states, against those that the documents print."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config


@pytest.mark.parametrize(
    ("question", "opening", "value"),
    [
        ("2025年衢州农村居民人均可支配收入是35120元吗？", "是的：", "35120元"),
        ("2025年衢州农村居民人均可支配收入是3.51万元吗？", "是的：", "35120元"),
        ("2025年衢州农村居民人均可支配收入超过3万元了吗？", "是的：", "35120元"),
        ("2025年衢州农村居民人均可支配收入是41000元吗？", "不是：", "35120元"),
        ("2025年衢州农村居民人均可支配收入不到3万元，对吗？", "不是：", "35120元"),
        ("2024年衢州农村居民人均可支配收入是35120元吗？", "不对，文档给出的是：", "2025年"),
        ("Was the per capita disposable income of rural residents in Quzhou in 2025 41000 yuan?", "No: ", "35120元"),
        ("Was the per capita disposable income of rural residents in Quzhou in 2025 35120 yuan?", "Yes: ", "35120元"),
    ],
)
def test_a_stated_figure_is_confirmed_or_denied_with_its_ground(
    assistant: Assistant, question: str, opening: str, value: str
) -> None:
    answer = assistant.ask(question)
    assert answer.answer.startswith(opening), answer.answer
    assert value in answer.answer
    assert value in answer.citations[0].quote
    assert answer.verdict is not None
    assert answer.verdict.ok


@pytest.mark.parametrize(
    "question",
    [
        "2025年衢州农村居民人均可支配收入是4万元吗？",  # neither the value nor a rounding that one would take for it
        "2025年温州农村居民人均可支配收入是35120元以上吗？",  # another place: the documents don't tell
        "衢州农村居民人均可支配收入增速居全省前三吗？",  # no value stated
    ],
)
def test_no_verdict_where_the_figures_leave_it_open(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question).answer
    assert not answer.startswith(("是的", "不对")), answer


def test_a_wrong_figure_on_the_way_is_put_right_before_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("衢州农村居民人均可支配收入在2025年达到41000元，连续几年增速居全省前三？")
    assert answer.answer.startswith("不对，文档给出的是：")
    assert "35120元" in answer.answer
    assert "连续6年" in answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok


@pytest.fixture(scope="module")
def tourism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("tourism")
    text = (
        "# 舟山市旅游业情况\n\n2024年，舟山市接待国内游客4215.6万人次，同比增长12.4%。\n\n"
        "2022年，舟山市用水总量为15.1亿立方米。2020年，舟山市用水总量为16.3亿立方米。\n"
    )
    (folder / "tourism.md").write_text(text, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("2024年舟山市接待国内游客为什么下降？", ["12.4%"]),
        ("2022年舟山市用水总量为什么比2020年增加了？", ["15.1亿立方米", "16.3亿立方米"]),
    ],
)
def test_what_moved_the_other_way_is_put_right(tourism: Assistant, question: str, values: list[str]) -> None:
    answer = tourism.ask(question)
    assert answer.answer.startswith("不对，文档给出的是："), answer.answer
    assert all(value in answer.answer for value in values)
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_what_did_move_so_is_not_put_right(tourism: Assistant) -> None:
    assert not tourism.ask("2024年舟山市接待国内游客为什么增长？").answer.startswith("不对")
