"""Minutes of a meeting and a report: what is counted, whose a number is, the second of two questions, a summary."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

MINUTES = """枫溪镇专题会议纪要

2025年3月20日，镇长沈立在镇政府二楼主持召开专题会议。现将议定事项纪要如下：

一、关于强村项目
会议认为，一季度全镇14个强村富民项目开工11个，完成投资2050万元，但下坞村果品加工厂、石岭村民宿和里湾村共享食堂3个项目因用地指标没有落实，尚未动工。
二、关于饮水改造
会议同意改造三个村的管网，概算总投资410万元，力争9月底前通水。
"""
REPORT = """枫溪镇2025年上半年工作总结

上半年，枫溪镇聚焦强村富民，各项工作取得较好成效。

一、主要成效
全镇村级集体经济总收入3120万元，同比增长12.4%。
二、存在问题
村与村发展不平衡，年轻人外出较多。
三、下半年打算
力争全年村级集体经济总收入突破6000万元。
"""
PAPER = """城乡要素流动研究

［摘要］城乡要素流动决定收入差距的走向。本文提出“土地—人口—资金”的分析框架，认为财产性收入是差距的主要来源。

一、问题的提出
近十年来，城乡居民收入倍差逐步缩小，但财产净收入的差距没有缩小。
二、对策
推进集体经营性建设用地入市，健全增值收益分配机制。
"""
RULE_2020 = """枫溪镇帮扶资金管理办法

枫政发〔2020〕8号

第二条 每户每年补助最高不超过3000元。
第九条 本办法自2020年5月1日起施行。
"""
RULE_2024 = """枫溪镇帮扶资金管理办法

枫政发〔2024〕11号

第二条 按实际投入的60%给予补助，每户每年最高不超过5000元。
第十条 本办法自2024年6月1日起施行。《枫溪镇帮扶资金管理办法》（枫政发〔2020〕8号）同时废止。
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("town")
    texts = {"纪要": MINUTES, "总结": REPORT, "论文": PAPER, "办法2020": RULE_2020, "办法2024": RULE_2024}
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, "utf8")
    with build(Config(data_dir=folder / ".data"), sources=[folder]) as built:
        yield built


@pytest.mark.parametrize("question", ["全镇一共有多少个村？", "会议讨论了几个议题？"])
def test_a_number_of_other_things_is_no_answer(town: Assistant, question: str) -> None:
    answer = town.ask(question)
    assert answer.status == "not_found"
    assert "14个" not in answer.answer


def test_what_is_named_after_a_turn_only_has_not_the_number_before_it(town: Assistant) -> None:
    assert town.ask("下坞村果品加工厂投资多少？").status == "not_found"
    assert "2050万元" in town.ask("强村富民项目完成投资多少？").answer


def test_the_second_question_leans_on_the_first(town: Assistant) -> None:
    answer = town.ask("哪几个项目还没动工？为什么？").answer
    assert "用地指标没有落实" in answer
    assert "没有找到" not in answer


def test_a_report_by_part_of_its_name_is_summed_up_under_its_headings(town: Assistant) -> None:
    answer = town.ask("半年总结主要讲了什么？")
    assert answer.status == "answered"
    for heading in ("一、主要成效", "二、存在问题", "三、下半年打算"):
        assert heading in answer.answer


def test_a_paper_is_summed_up_by_its_own_abstract(town: Assistant) -> None:
    answer = town.ask("《城乡要素流动研究》主要讲了什么？请概括其观点。").answer
    assert "土地—人口—资金" in answer
    assert "入市" not in answer


def test_a_rule_of_the_same_title_repeals_the_earlier_one(town: Assistant) -> None:
    answer = town.ask("2020年那个帮扶资金管理办法现在还有效吗？").answer
    assert answer.startswith("已废止")
    assert "同时废止" in answer


def test_a_share_is_what_is_asked_for_by_name(town: Assistant) -> None:
    answer = town.ask("2024年的帮扶资金管理办法里，补助比例是多少？").answer
    assert "60%" in answer
