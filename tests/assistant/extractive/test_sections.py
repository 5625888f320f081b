"""What a section tells: its own sentences, in their order, and nothing where no section is about what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

MARKET = """# 柳塘街道农贸市场管理办法

## 一、摊位租赁

摊位每年公开抽签一次，租期一年。经营者持身份证和健康证到市场管理处报名，中签后三日内签订合同并缴纳押金。转租、转借摊位的，收回摊位，押金不退。

## 二、卫生保洁

经营者负责摊位前两米的清扫，收市后把垃圾分类投放到指定地点。公共通道由保洁公司每天清洗两次。活禽区实行一日一清洗、一周一消毒、一月一休市。

## 三、食品检测

市场设快检室，每天抽检蔬菜、水产、豆制品不少于二十批次，结果在入口大屏公布。检测不合格的当场封存，由市场监管所依法处理。

## 四、投诉处理

消费者可以拨打公示牌上的电话或者到服务台投诉。管理处当日受理，三日内答复处理结果。
"""
NOTICE = """关于青禾路封闭施工的通告

因青禾路雨水管道塌陷，需开挖修复，经公安交管部门同意，自2025年3月3日至4月20日对青禾路（兰亭街至学院路段）封闭施工。施工期间机动车绕行北环路，行人走东侧临时便道。公交9路、21路停靠站迁至兰亭街口。

柳塘街道办事处
2025年2月26日
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("market")
    (folder / "农贸市场.md").write_text(MARKET, encoding="utf8")
    (folder / "通告.txt").write_text(NOTICE, encoding="utf8")
    assistant = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield assistant
    assistant.close()


@pytest.mark.parametrize(
    ("question", "told", "untold"),
    [
        ("市场的卫生保洁怎么做？", ("两米", "清洗两次", "一周一消毒"), ("抽签", "投诉")),
        ("食品检测有什么要求？", ("快检室", "封存"), ("押金", "保洁公司")),
        ("想投诉的话怎么处理？", ("服务台", "三日内答复"), ("快检室",)),
    ],
)
def test_a_section_tells_what_it_is_about(
    market: Assistant, question: str, told: tuple[str, ...], untold: tuple[str, ...]
) -> None:
    answer = market.ask(question)
    assert answer.status == "answered"
    assert all(each in answer.answer for each in told)
    assert not any(each in answer.answer for each in untold)
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)


def test_a_reason_is_told_by_the_sentence_that_has_it(market: Assistant) -> None:
    answer = market.ask("青禾路为什么要封闭施工？")
    assert "雨水管道塌陷" in answer.answer
    assert "抽签" not in answer.answer


@pytest.mark.parametrize("question", ["市场的消防设施怎么管理？", "摊位失火以后怎么赔偿？"])
def test_what_no_section_is_about_is_not_told(market: Assistant, question: str) -> None:
    assert market.ask(question).status == "not_found"


def test_a_chapter_is_told_by_a_sentence_of_each_section(market: Assistant) -> None:
    answer = market.ask("总结一下农贸市场管理办法")
    assert len(answer.answer.splitlines()) == 4
    assert all(each in answer.answer for each in ("摊位", "清", "检", "投诉"))


def test_a_notice_of_a_page_is_summed_up_in_few_lines(market: Assistant) -> None:
    answer = market.ask("青禾路的通告主要说了什么？")
    assert len(answer.answer.splitlines()) <= 3
    assert "4月20日" in answer.answer
