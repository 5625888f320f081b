"""Places and schools that each have their own rule: all are told, set side by side, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.extractive.owners import Owner, owner_of, stranger

PAPERS = {
    "云台.md": "# 云台县公共租赁住房管理细则\n\n家庭人均月收入不超过2400元。合同期限3年。\n",
    "石桥.txt": "石桥县公租房申请公告\n\n家庭人均月收入在3000元以下的可以申请。合同期限2年。\n",
    "一中.txt": "青禾市第一中学作息安排\n\n早自习7:20开始。校服每套180元。\n",
    "二中.txt": "青禾市第二中学学生手册\n\n早自习7:40开始。校服每套150元。图书馆周末开放。\n",
    "指南.md": "# 青禾市公园指南\n\n2023年，人民公园接待游客45万人次。\n",
    "年报.txt": "青禾市园林工作报告\n\n2023年，人民公园接待游客47.2万人次。\n",
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("papers")
    for name, text in PAPERS.items():
        (folder / name).write_text(text, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("校服多少钱一套？", ["第一中学", "180元", "第二中学", "150元"]),
        ("云台县和石桥县的收入上限差多少？", ["2400元", "3000元", "600元"]),
        ("第一中学的校服比第二中学贵多少？", ["180元", "150元", "30元"]),
        ("2023年人民公园接待了多少游客？", ["说法不一", "45万人次", "47.2万人次"]),
    ],
)
def test_each_owner_is_told_with_its_source(papers: Assistant, question: str, told: list[str]) -> None:
    answer = papers.ask(question)
    assert answer.status == "answered"
    assert [words for words in told if words not in answer.answer] == []
    assert len({citation.document_id for citation in answer.citations}) == 2
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_a_fact_of_one_document_picks_the_case_of_another_ones_rule(tmp_path) -> None:
    small, large = "床位在100张以下的，每张床位每月补贴150元", "床位在100张以上的，每张床位每月补贴200元"
    rule = f"青禾市养老机构补贴办法\n\n{small}；{large}。\n"
    (tmp_path / "rule.txt").write_text(rule, "utf8")
    rows = "| 机构 | 床位数 |\n| --- | --- |\n| 康乐园 | 80张 |\n| 福寿居 | 160张 |\n"
    (tmp_path / "list.md").write_text(f"# 养老机构名册\n\n{rows}", "utf8")
    built = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    of_small, of_large = (built.ask(f"{name}每张床位每月补贴多少钱？") for name in ("康乐园", "福寿居"))
    built.close()
    assert [each in of_small.answer for each in ("80张", "150元", "200元")] == [True, True, False]
    assert [each in of_large.answer for each in ("160张", "150元", "200元")] == [True, False, True]
    assert {citation.title for citation in of_small.citations} == {"青禾市养老机构补贴办法", "养老机构名册"}


@pytest.mark.parametrize("question", ["第三中学的校服多少钱一套？", "第一中学图书馆周末开放吗？"])
def test_nobody_is_answered_for_by_another(papers: Assistant, question: str) -> None:
    assert papers.ask(question).status == "not_found"


@pytest.mark.parametrize(
    ("title", "owner"),
    [
        ("云台县公共租赁住房管理细则", Owner("云台县", "县")),
        ("嘉兴市南湖区凤桥镇工作方案", Owner("凤桥镇", "镇")),
        ("青禾市第一中学作息安排", Owner("第一中学", "中学")),
        ("嘉兴市南湖区和平村章程", Owner("和平村", "村")),
        ("永和镇工作方案", Owner("永和镇", "镇")),
        ("向阳村公告", Owner("向阳村", "村")),
        ("三家村村规民约", Owner("三家村", "村")),
        ("三个县专项资金", None),
        ("于家村村规", Owner("于家村", "村")),
        ("云台县和石桥县公租房政策对比", Owner("云台县", "县")),
        ("向云台县移交档案的通知", None),
        ("县和村两级工作方案", None),
        ("学校和社区共建方案", None),
        ("城市规划条例", None),
    ],
)
def test_a_title_begins_with_its_owner(title: str, owner: Owner | None) -> None:
    assert owner_of(title, None) == owner


def test_owners_are_called_by_name_and_for_short() -> None:
    first, second = Owner("第一中学", "中学"), Owner("云台县", "县")
    assert (first.called_in("一中几点上课"), second.called_in("云台的押金"), second.called_in("柳泉区的押金")) == (
        "一中", "云台", "",
    )  # fmt: skip
    assert second.is_like(Owner("柳泉区", "区"))
    assert not second.is_like(first)
    assert stranger("莲花县的押金", [first, second]) == Owner("莲花县", "县")
    assert stranger("哪个县的押金", [second]) is None
    assert stranger("云台县的押金", [second]) is None


def test_an_ordinary_word_is_nobodys_name(papers: Assistant) -> None:
    assert "文库里没有" not in papers.ask("申请小区的住房，家庭人均月收入不超过多少？").answer


def test_what_answers_best_may_be_nobodys(tmp_path: Path) -> None:
    texts = {
        "甲.md": "# 云台县稳岗通知\n\n对中小企业给予稳岗补贴，每人每年300元。\n",
        "乙.md": "# 石桥县稳岗通知\n\n对中小企业给予稳岗补贴，每人每年260元。\n",
        "丙.md": "# 海关总署公告\n\n海关总署对防控物资设立专门窗口，随到随验。\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    built = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    try:
        answer = built.ask("海关总署对防控物资设立了什么窗口？")
        assert "专门窗口" in answer.answer
        assert "云台县" not in answer.answer
    finally:
        built.close()


def test_words_between_two_places_are_no_name() -> None:
    assert owner_of("云南省对赴湖北省支援的人员", None) == Owner("云南省", "省")


def test_many_owners_may_be_called_by_the_same_words(tmp_path: Path) -> None:
    for number in range(40):
        text = f"# 青禾市第{number}号园区管理办法\n\n第一条 第{number}号园区的入园押金为{1000 + number}元。\n"
        (tmp_path / f"{number}.md").write_text(text, encoding="utf8")
    built = build(Config(data_dir=tmp_path / ".data", embedder="static:"), sources=[tmp_path])
    assert "1019元" in built.ask("第19号园区的入园押金是多少元？").answer
    built.close()


def test_neighbouring_villages_neither_contradict_nor_answer_for_one_another(tmp_path: Path) -> None:
    villages = ["上坞村", "下坞村", "石桥头村", "石板桥村", "枫树岭村", "枫林晚村"]
    for at, name in enumerate(villages):
        lines = (
            f"{name}2025年集体经济分红方案", f"{name}2025年集体经济总收入为{120 + at * 7}万元。",
            f"养老食堂每餐收费{5 + at}元，80岁以上老人免费。",
        )  # fmt: skip
        (tmp_path / f"{name}.txt").write_text("\n\n".join(lines), "utf8")
    built = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    own = [built.ask(f"{name}2025年集体经济总收入是多少？") for name in villages]
    meal = built.ask("石板桥村的养老食堂每餐收费多少？")
    absent = [built.ask(f"{name}2025年集体经济总收入是多少？") for name in ("中坞村", "石桥村")]
    built.close()
    assert [f"{120 + at * 7}万元" in answer.answer for at, answer in enumerate(own)] == [True] * len(villages)
    assert [len({each.document_id for each in answer.citations}) for answer in [*own, meal]] == [1] * 7
    assert "8元" in meal.answer
    assert [answer.status for answer in absent] == ["not_found", "not_found"]


def test_a_company_is_called_without_what_its_name_ends_in(tmp_path: Path) -> None:
    companies = ["恒达机械有限公司", "恒通机械有限公司", "瑞丰纺织股份有限公司"]
    for at, name in enumerate(companies):
        text = f"{name}2024年度报告摘要\n\n报告期内，公司净利润为{32 + at}00万元。公司员工{400 + at}人。\n"
        (tmp_path / f"{at}.txt").write_text(text, "utf8")
    with build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path]) as built:
        short = [built.ask(f"{name}的净利润是多少？") for name in ("恒通机械", "瑞丰纺织", "恒达公司")]
        absent = built.ask("恒源公司有多少员工？")
    assert [value in answer.answer for value, answer in zip(("3300", "3400", "3200"), short, strict=True)] == [True] * 3
    assert [len(answer.citations) for answer in short] == [1, 1, 1]
    assert absent.status == "not_found"
