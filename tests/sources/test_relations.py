"""What documents say of the standing of others."""

from __future__ import annotations

import pytest

from sources.documents import Document
from sources.relations import heading_of, relations


def document(text: str, *, title: str = "云岭市某某规定", number: str | None = None) -> Document:
    return Document("0" * 16, title, text, "a.txt", "0" * 64, number=number)


def said(text: str, *, title: str = "云岭市某某规定") -> list[tuple[str, str, str]]:
    return [(each.kind, each.title, each.number) for each in relations(document(text, title=title))]


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("《云岭市公租房办法》（云政发〔2018〕3号）同时废止。", ("repeals", "云岭市公租房办法", "云政发〔2018〕3号")),
        ("本办法自2024年1月1日起施行，云政发〔2017〕3号文件同时废止。", ("repeals", "", "云政发〔2017〕3号")),
        ("2020年印发的《云岭市农机补贴办法》停止执行。", ("repeals", "云岭市农机补贴办法", "")),
        ("市政府决定废止《云岭市物业管理办法》。", ("repeals", "云岭市物业管理办法", "")),
        ("以本标准代替《云岭市绿化标准》。", ("repeals", "云岭市绿化标准", "")),
        ("将《云岭市供水条例》第五条修改为：“……”。", ("amends", "云岭市供水条例", "")),
        ("对《云岭市养老补贴办法》的有关标准作如下调整：", ("amends", "云岭市养老补贴办法", "")),
        ("《云岭市税务规定》第一条、第三条同时废止。", ("amends", "云岭市税务规定", "")),
        ("《云岭市创业补贴办法》有效期延长至2026年12月31日。", ("extends", "云岭市创业补贴办法", "")),
    ],
)
def test_a_sentence_says_so(text: str, relation: tuple[str, str, str]) -> None:
    assert said(text) == [relation]


@pytest.mark.parametrize(
    "text",
    [
        "环保局正在抓紧修改完善《云岭市森林基金管理办法》。",
        "建议废止《云岭市森林基金管理办法》。",
        "根据《云岭市立法条例》，制定本规定。",
        "现将修订后的《云岭市某某规定》印发给你们，请遵照执行。",
        "2012年11月9日《国务院关于修改和废止部分行政法规的决定》第一次修订",
        "违反《云岭市养犬管理条例》的，许可证失效前应当重新申请。",
    ],
)
def test_wishes_grounds_and_histories_say_nothing(text: str) -> None:
    assert said(text) == []


def test_all_in_a_row_are_repealed() -> None:
    text = "《云岭市甲类管理办法》《云岭市乙类管理办法》和《云岭市丙类管理办法》同时废止。"

    assert [title for _, title, _ in said(text)] == ["云岭市甲类管理办法", "云岭市乙类管理办法", "云岭市丙类管理办法"]


LIST = """一、继续有效的规范性文件1件：
《云岭市租房补贴办法》（云政办发〔2023〕4号）。
二、废止的规范性文件2件：
1.《云岭市拆迁补偿办法》（云政发〔2009〕12号）；
2.云岭市三轮车管理规定（云政发〔2011〕5号）。
三、失效的规范性文件1件：
《云岭市旅游奖励办法》（云政办发〔2019〕25号，有效期至2023年12月31日）。
四、需要修改的5件，由起草部门在年内完成。
"""


def test_a_list_says_what_its_heading_says() -> None:
    found = relations(document(LIST))

    assert [(each.kind, each.title, each.number, each.since) for each in found] == [
        ("repeals", "云岭市拆迁补偿办法", "云政发〔2009〕12号", ""),
        ("repeals", "云岭市三轮车管理规定", "云政发〔2011〕5号", ""),
        ("expires", "云岭市旅游奖励办法", "云政办发〔2019〕25号", "2023-12-31"),
    ]
    head = heading_of(LIST, found[0].start)
    assert head is not None
    assert LIST[slice(*head)] == "二、废止的规范性文件2件："


def test_a_heading_says_since_when() -> None:
    text = (
        "决定废止下列文件：\n一、自2026年1月1日起废止的文件\n《云岭市搬迁办法》（云政发〔2019〕8号）\n"
        "二、自印发之日起废止的文件\n《云岭市助学办法》（云政发〔2018〕6号）\n"
    )
    assert [(each.title, each.since) for each in relations(document(text))] == [
        ("云岭市搬迁办法", "2026-01-01"),
        ("云岭市助学办法", ""),
    ]


def test_a_title_says_whom_it_amends() -> None:
    title = "关于修改《云岭市供水条例》的决定"
    found = relations(document(f"{title}\n一、第五条改写。", title=title))

    assert [(each.kind, each.title) for each in found] == [("amends", "云岭市供水条例")]


def test_a_document_says_nothing_of_itself() -> None:
    assert said("《云岭市某某规定》同时废止。") == []
