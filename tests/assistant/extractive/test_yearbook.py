"""A yearbook, a speech and a paper of questions and answers: headers in two rows, whose words, what is meant by one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config

INCOMES = """地区,城镇常住居民,城镇常住居民,农村常住居民,农村常住居民,城乡收入比
地区,绝对值,比上年增长(%),绝对值,比上年增长(%),城乡收入比
松浦县,51230,5.1,27410,7.4,1.87
白沙区,60118,4.3,36902,6.2,1.63
岩门县,49870,5.6,25655,8.1,1.94
"""
VILLAGES = """# {year}年各县村集体经济

| 地区 | 行政村数 | 经营性收入50万元以上村数 | 农家乐{suffix} |
|---|---:|---:|---:|
| 松浦县 | 182 | {fifty} | {inns} |
| 岩门县 | 205 | {other} | 97 |
"""
SPEECH = """在缩小差距座谈会上的讲话

芦川市委书记　周明远

同志们：差距要用三面镜子来照：一面是百姓的镜子，一面是数据的镜子，一面是人口的镜子。
2023年，全市强村公司实现营业收入4.18亿元，净利润3,960万元。
"""
ANSWERS = """来料加工点扶持政策问答

1. 场地租金补多少？
答：按实际租金的四成补助，每个加工点每年最高2万元。
2. 超过时限没有申请怎么办？
答：视为放弃，当年不再受理，下一年度可以重新申请。
"""
TERMS = """芦川市主要指标解释

财产净收入　指住户把房屋、资金等交给别人使用而得到的回报，扣除有关费用之后的净额。
注：“共享食堂”是指由村集体提供场地、三个以上村合用的老年助餐点，由镇街评定。
2023年，全市新增共享食堂21个，财产净收入占可支配收入的2.9%。
"""
AIMS = """# 芦川市2022年缩小差距工作要点

| 序号 | 指标 | 单位 | 2021年实际 | 2022年目标 |
|---|---|---|---:|---:|
| 1 | 乡镇卫生院就诊率 | % | 61.5 | 64以上 |
| 2 | 结对学校数 | 所 | 120 | 135 |
"""
CAME = """芦川市关于2022年主要指标完成情况的通报

1.乡镇卫生院就诊率63.7%，比目标低0.3个百分点，未完成。
2.结对学校138所，超目标3所。
"""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("county")
    texts = {
        "2023年各县居民人均可支配收入（单位：元）.csv": INCOMES,
        "2022村.md": VILLAGES.format(year=2022, suffix="经营户", fifty=64, inns=141, other=71),
        "2023村.md": VILLAGES.format(year=2023, suffix="经营户数", fifty=80, inns=133, other=92),
        "讲话.txt": SPEECH,
        "问答.txt": ANSWERS,
        "解释.txt": TERMS,
        "要点.md": AIMS,
        "通报.txt": CAME,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf8")
    with build(Config(data_dir=tmp_path_factory.mktemp("data")), sources=[folder]) as made:
        yield made


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("松浦县2023年农村居民人均可支配收入是多少？比上年增长多少？", ("27410", "7.4")),
        ("2023年农村居民收入增速排前两位的是哪些县？", ("岩门县", "8.1", "松浦县", "7.4")),
        ("2023年白沙跟岩门的农民人均收入差多少钱？", ("11247",)),
        ("2023年岩门县城乡收入比是多少？", ("1.94",)),
        ("2023年哪个县经营性收入50万以上的村最多？", ("岩门县", "92")),
        ("松浦县的农家乐2023年比2022年多了还是少了，变了几家？", ("141", "133", "减少8")),
        ("书记说的三面镜子是哪三面？", ("百姓的镜子", "数据的镜子", "人口的镜子")),
        ("2022年乡镇卫生院就诊率是多少？", ("63.7%",)),
        ("2022年乡镇卫生院就诊率的目标是多少？", ("64以上",)),
        ("2022年乡镇卫生院就诊率的目标完成了吗？", ("63.7%", "64%以上", "没有达到目标")),
        ("2021年乡镇卫生院就诊率是多少？", ("61.5%",)),
        ("什么是共享食堂？", ("由村集体提供场地、三个以上村合用的老年助餐点",)),
        ("共享食堂是个什么地方？", ("由村集体提供场地、三个以上村合用的老年助餐点",)),
        ("财产净收入到底指什么？", ("交给别人使用而得到的回报",)),
        ("加工点的租金能补多少？", ("四成", "2万元")),
        ("加工点错过时间没申请怎么办？", ("下一年度可以重新申请",)),
    ],
)
def test_it_is_answered(county: Assistant, question: str, said: tuple[str, ...]) -> None:
    answer = county.ask(question)
    assert answer.status == "answered"
    assert all(each in answer.answer for each in said), answer.answer
    assert "1.94元" not in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "松浦县2023年农村居民的财产净收入是多少？",
        "2023年全市强村公司一共交了多少税？",
        "加工点的设备补贴要交什么材料？",
    ],
)
def test_what_only_sounds_like_it_is_refused(county: Assistant, question: str) -> None:
    assert county.ask(question).status == "not_found"
