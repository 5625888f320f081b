"""An action plan with its aims by year, and the paper that explains it by questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

PLAN = """# 梧溪市缩小城乡差距行动方案（2024—2027年）

梧政发〔2024〕18号

## 一、重点任务

1. 做强特色产业。每年培育特色产业示范村10个，对新认定的示范村给予一次性奖补80万元。
2. 推广共富工坊。牵头单位：市委组织部；责任单位：市人力社保局、市妇联。
3. 市财政每年安排专项资金1.5亿元，比上一轮增加3000万元。每季度召开一次调度会。

本方案自2024年7月1日起施行，有效期至2027年12月31日。2021年印发的《梧溪市农村居民增收行动计划》同时废止。

附件：分年度目标分解表

| 指标 | 2023年（基数） | 2024年 | 2025年 | 2026年 | 2027年 |
| --- | --- | --- | --- | --- | --- |
| 城乡居民收入倍差 | 1.69 | 1.66 | 1.62 | 1.58 | 1.55 |
| 农村居民人均可支配收入（元） | 38640 | 41600 | 45000 | 48500 | 52000 |
| 共富工坊（家） | 146 | 190 | 235 | 280 | 320 |
"""
EXPLAINED = """《梧溪市缩小城乡差距行动方案（2024—2027年）》政策解读

市农业农村局　2024年6月20日

一、为什么出台？2023年我市城乡居民收入倍差1.69，仍比全省平均高0.08。经营性收入增长乏力。

二、和上一轮相比有什么不同？一是示范村奖补从50万元提高到80万元；二是取消了对小水果基地的补助。

三、群众怎么享受？补助由业主在完工后3个月内向所在乡镇提出。

咨询电话：市农业农村局 0571-6432 7788。
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("plan")
    (folder / "方案.md").write_text(PLAN, encoding="utf8")
    (folder / "解读.txt").write_text(EXPLAINED, encoding="utf8")
    with build(Config(data_dir=tmp_path_factory.mktemp("data")), sources=[folder]) as made:
        yield made


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("2026年共富工坊目标比2023年多多少家？", ("280家", "146家", "134家")),
        ("2023年收入倍差是多少？", ("1.69",)),
        ("示范村奖补以前是多少，现在多少？", ("50万元", "80万元")),
        ("多久开一次调度会？", ("每季度召开一次",)),
        ("专项资金每年多少，比上一轮多了多少？", ("1.5亿元", "3000万元")),
        ("为什么要出台这个方案？", ("1.69", "增长乏力")),
        ("废止了哪个文件？", ("增收行动计划", "废止")),
    ],
)
def test_it_is_answered(plan: Assistant, question: str, said: tuple[str, ...]) -> None:
    answer = plan.ask(question)
    assert answer.status == "answered"
    assert all(each in answer.answer for each in said), answer.answer


def test_nothing_is_missed_where_one_sentence_tells_both_days(plan: Assistant) -> None:
    answer = plan.ask("什么时候开始实施，到什么时候为止？").answer
    assert "2027年12月31日" in answer
    assert "没有找到" not in answer


def test_the_base_year_of_a_plan_is_no_aim(plan: Assistant) -> None:
    figures = [each.figure for each in plan.figures("城乡居民收入倍差")]
    assert {each.status for each in figures if each.period == "2023"} == {"actual"}
    assert {each.status for each in figures if each.period == "2025"} == {"target"}
