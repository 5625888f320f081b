"""Whole lists as answers: marked in every usual way, nested, and told from a question about one item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.extractive.lists import enumerations
from sources.documents import Document, Section

RULES = """# 云栖市青年创业补助办法

第一条 为了支持青年创业，制定本办法。

第二条 申请补助应当具备下列条件：
（一）年龄在十八周岁以上四十五周岁以下；
（二）在本市登记注册并正常经营满六个月；
（三）近三年没有失信记录。

第三条 补助标准为每户五千元。

第四条 青年创业补助的发放方式：
（一）一次性发放；
（二）按季度发放。

# 云栖市乡村集市工作总结

**壮大集市经济。**一是统一摊位管理，新设摊位320个。

二是培育本地品牌。注册集体商标12个。

三是延长营业时间，周末开到晚上十点。

**改善集市环境。**重点抓了三件事。首先，改造排水管网。其次，更换老旧电线。最后，设置分类垃圾桶。

## 下一步打算

- 建设线上集市
- 开通夜间公交
- 组建志愿服务队

云栖集市的“五色服务”受到欢迎。

为扩大客源，集市将采取三项举措：一是增设夜市摊位；二是举办民俗表演；三是开设旅游专线。

云栖市推行三种摊位：“固定摊”由商户承租，“流动摊”按日轮换，“公益摊”由村集体管理。
"""


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("market")
    (folder / "rules.md").write_text(RULES, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


def _document(text: str, *sections: Section) -> Document:
    return Document("d", "题", text, "d.txt", "0" * 64, sections=sections)


def _items(text: str) -> list[list[str]]:
    return [[text[start:end].strip() for start, end in each.items] for each in enumerations(_document(text))]


@pytest.mark.parametrize(
    "text",
    [
        "要求：一是甲事。二是乙事。三是丙事。",
        "要求：\n第一，甲事。\n第二，乙事。\n第三，丙事。",
        "要求：首先，甲事。其次，乙事。最后，丙事。",
        "要求：\n（一）甲事\n（二）乙事\n（三）丙事",
        "要求：\n1. 甲事\n2. 乙事\n3. 丙事",
        "要求：①甲事；②乙事；③丙事。",
        "第一条 甲事\n第二条 乙事\n第三条 丙事",
        "要求：\n- 甲事\n- 乙事\n- 丙事",
    ],
)
def test_every_usual_mark_is_read(text: str) -> None:
    (items,) = _items(text)
    assert [next(word for word in ("甲事", "乙事", "丙事") if word in item) for item in items] == [
        "甲事",
        "乙事",
        "丙事",
    ]


def test_numbers_that_go_on_under_the_next_heading_make_a_list_of_their_own() -> None:
    lists = _items("一、甲\n（一）子\n（二）丑\n二、乙\n（三）寅\n（四）卯")
    assert [[item[:3] for item in items] for items in lists] == [
        ["一、甲", "二、乙"],
        ["（一）", "（二）"],
        ["（三）", "（四）"],
    ]


@pytest.mark.parametrize("text", ["统一是关键，第二天下雨。", "共1.5万人，2.3万户。", "一是甲事。三是丙事。"])
def test_what_only_looks_like_a_mark_makes_no_list(text: str) -> None:
    assert not enumerations(_document(text))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("怎样壮大集市经济？", ["统一摊位管理", "培育本地品牌", "延长营业时间"]),
        ("改善集市环境重点抓了哪三件事？", ["排水管网", "老旧电线", "分类垃圾桶"]),
        ("申请青年创业补助要具备哪些条件？", ["十八周岁", "满六个月", "失信记录"]),
        ("云栖集市采取了哪三项举措？", ["夜市摊位", "民俗表演", "旅游专线"]),
        ("青年创业补助的发放方式有哪些？", ["一次性发放", "按季度发放"]),
        ("集市下一步有哪些打算？", ["线上集市", "夜间公交", "志愿服务队"]),
    ],
)
def test_a_list_is_answered_whole_in_order_and_cited_item_by_item(
    market: Assistant, question: str, expected: list[str]
) -> None:
    answer = market.ask(question)
    assert answer.status == "answered"
    lines = answer.answer.splitlines()
    assert len(lines) == len(expected), answer.answer
    assert all(words in line and "[" in line for words, line in zip(expected, lines, strict=True)), answer.answer
    assert answer.verdict is not None
    assert answer.verdict.ok
    for citation in answer.citations:
        text = market.index.document(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_question_about_one_item_is_answered_by_that_item(market: Assistant) -> None:
    answer = market.ask("集体商标是怎样注册的，注册了多少个？")
    assert "12个" in answer.answer
    assert "统一摊位管理" not in answer.answer


def test_a_list_that_is_only_named_is_not_made_up(market: Assistant) -> None:
    assert market.ask("云栖集市的“五色服务”包括哪五项服务？").status == "not_found"


def test_a_long_list_says_how_many_items_it_leaves_out(tmp_path: Path) -> None:
    items = "\n".join(f"{n}. 第{n}号码头停靠{n}路渡船" for n in range(1, 16))
    (tmp_path / "piers.md").write_text(
        f"---\ntitle: 渡口手册\n---\n# 渡口手册\n\n## 云栖湖码头名单\n\n{items}\n", encoding="utf8"
    )
    assistant = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    answer = assistant.ask("云栖湖码头名单里有哪些码头？")
    assistant.close()
    assert len(answer.answer.splitlines()) == 12
    assert "还有 3 项" in (answer.notice or "")


def test_one_item_of_a_list_that_was_asked_for_before(market: Assistant) -> None:
    answer = market.ask("第二件具体是什么？", history=[Turn("改善集市环境重点抓了哪三件事？")])
    assert "更换老旧电线" in answer.answer
    assert len(answer.answer.splitlines()) == 1
