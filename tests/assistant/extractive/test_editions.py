"""A city and its county that no gazetteer has, a rule with its draft, and a list of what is repealed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

DOCUMENTS = {
    "市2023.txt": (
        "2023年澄溪市国民经济和社会发展统计公报\n澄溪市统计局\n（2024年3月18日）\n"
        "全年全体居民人均可支配收入61706元，比上年增长6.0%。按常住地分，城镇居民人均可支配收入72379元，"
        "农村居民人均可支配收入44291元，增长7.8%。城乡居民收入比由上年的1.68缩小为1.63。\n"
        "固定资产投资比上年增长4.8%。年末共有幼儿园987所。\n"
    ),
    "市2024.txt": (
        "2024年澄溪市国民经济和社会发展统计公报\n澄溪市统计局\n（2025年3月11日）\n"
        "全年全体居民人均可支配收入64915元，比上年增长5.2%。按常住地分，城镇居民人均可支配收入75636元，"
        "农村居民人均可支配收入47258元，增长6.7%。城乡居民收入比由上年的1.63缩小为1.60。\n"
        "一般公共预算收入446.5亿元。年末共有幼儿园951所。第五次全国经济普查已经完成。\n"
        "附表 各县主要指标\n"
        "| 县（市、区） | 生产总值（亿元） |\n| --- | --- |\n| 岚山县 | 492.6 |\n| 鹤浦区 | 931.4 |\n"
    ),
    "县2024.txt": (
        "岚山县2024年国民经济和社会发展统计公报\n岚山县统计局　2025年3月25日\n"
        "财政总收入58.7亿元，一般公共预算收入36.2亿元。固定资产投资下降2.4%。\n"
        "农村居民人均可支配收入42886元，增长7.2%，城乡收入比1.57。为65周岁以上海岛老人助餐3.4万人次。\n"
    ),
    "征求意见.txt": (
        "关于公开征求《澄溪市帮扶资金管理办法（征求意见稿）》意见的公告\n2023年11月6日\n"
        "第五条 低收入农户发展产业的，每户每年最高补助8000元。\n"
        "第十三条 原《澄溪市帮扶资金管理办法（试行）》（澄财农〔2021〕37号）同时废止。\n"
    ),
    "办法.txt": (
        "澄溪市帮扶资金管理办法\n澄财农〔2024〕12号\n（2024年3月29日印发）\n"
        "第六条 低收入农户发展产业的，每户每年最高补助6000元。\n第十六条 本办法自2024年5月1日起施行，有效期5年。\n"
    ),
    "清理.txt": (
        "澄溪市人民政府办公室关于废止部分行政规范性文件的通知\n澄政办发〔2025〕31号\n"
        "根据清理结果，决定废止下列文件：\n一、自本通知印发之日起废止的文件（1件）\n"
        "1.《澄溪市来料加工扶持办法》（澄政办发〔2017〕95号）\n二、自2026年1月1日起废止的文件（1件）\n"
        "1.《澄溪市农村居家养老服务补贴办法》（澄政办发〔2020〕40号），由《澄溪市城乡养老服务补贴办法》替代。\n"
        "澄溪市人民政府办公室\n2025年8月25日\n"
    ),
    "调整.txt": (
        "澄溪市安居搬迁实施方案调整说明\n2024年6月2日\n"
        "集聚小区由5个减少为4个，其中县城由2个减为1个；五年累计搬迁人数由8400人调整为6900人。\n"
    ),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("city")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf8")
    with build(Config(data_dir=tmp_path_factory.mktemp("data")), sources=[folder]) as made:
        yield made


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("澄溪2023年农民一年人均收入多少？", ("44291",)),
        ("2024年岚山县和澄溪市的城乡收入比哪个小？", ("1.57", "1.60")),
        ("从2022到2024，澄溪城乡收入比一共降了多少", ("1.68", "1.60", "0.08")),
        ("2024年岚山固定资产投资涨了还是跌了？幅度多少", ("下降2.4%",)),
        ("2024年澄溪市的幼儿园多了还是少了", ("951", "987", "减少36")),
        ("低收入农户发展产业每户一年最多补多少？", ("6000元",)),
        ("征求意见稿里低收入农户发展产业最多补多少？", ("8000元",)),
        ("农村居家养老服务补贴办法还有效吗？", ("已废止", "自2026年1月1日起", "替代")),
        ("来料加工扶持办法作废了吗？", ("已废止", "2025年8月25日")),
        ("集聚小区从几个改成了几个？", ("由5个减少为4个",)),
    ],
)
def test_it_is_answered(city: Assistant, question: str, said: tuple[str, ...]) -> None:
    answer = city.ask(question)
    assert answer.status == "answered"
    assert all(each in answer.answer for each in said), answer.answer
    assert "说法不一" not in answer.answer


@pytest.mark.parametrize(
    "question", ["澄溪市2024年财政总收入是多少亿元？", "2023年岚山县农村居民人均可支配收入是多少？"]
)
def test_a_county_does_not_answer_for_its_city_nor_one_year_for_another(city: Assistant, question: str) -> None:
    assert city.ask(question).status == "not_found"


def test_a_draft_ends_nothing(city: Assistant) -> None:
    standings = city.index.standings()
    draft = next(each for each in standings.documents() if "征求意见" in each.title)
    assert standings.of(draft.id, "2026-01-01") is None
    assert not standings.about(title="澄溪市帮扶资金管理办法（试行）")


def test_figures_are_of_the_city_or_of_the_county(city: Assistant) -> None:
    incomes = [
        each.figure for each in city.figures("农村居民人均可支配收入", period="2024年") if each.figure.unit == "元"
    ]
    assert {(each.region, each.text) for each in incomes if each.key.startswith("农村")} == {
        ("澄溪市", "47258元"),
        ("岚山县", "42886元"),
    }
    rows = [each.figure for each in city.figures("地区生产总值")]
    assert {each.region for each in rows} == {"岚山县", "鹤浦区"}
