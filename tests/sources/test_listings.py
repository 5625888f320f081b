"""Lists of a document: by every usual mark, line by line, within a sentence; nested, with what they are of."""

from __future__ import annotations

import pytest

from sources.cleaning.blocks import lines_of
from sources.cleaning.structure import document
from sources.documents import Document
from sources.lists import Listing, lists
from sources.parts import Parsed


def _document(text: str) -> Document:
    return document(Parsed(lines_of(text)), uri="d.txt", sha256="0" * 64)


def _plain(text: str) -> Document:
    return Document("d", "题", text, "d.txt", "0" * 64)


def _items(text: str, *, form: str = "marked") -> list[list[str]]:
    own = _plain(text)
    return [[text[item.start : item.end].strip() for item in each.items] for each in lists(own) if each.form == form]


def _named(own: Document, lead: str) -> list[str]:
    """The names of the list whose lead ends so."""
    (found,) = (each for each in lists(own) if own.text[slice(*each.lead)].rstrip("：:。").endswith(lead))
    return [own.text[slice(*item.name)] for item in found.items]


@pytest.mark.parametrize(
    "text",
    [
        "要求：一是甲事。二是乙事。三是丙事。",
        "要求：\n第一，甲事。\n第二，乙事。\n第三，丙事。",
        "要求：首先，甲事。其次，乙事。最后，丙事。",
        "要求：\n（一）甲事\n（二）乙事\n（三）丙事",
        "要求：\n1. 甲事\n2. 乙事\n3. 丙事",
        "要求：\n1、甲事；2、乙事；3、丙事。",
        "要求：\na. 甲事；b. 乙事；c. 丙事。",
        "要求：①甲事；②乙事；③丙事。",
        "第一条 甲事\n第二条 乙事\n第三条 丙事",
        "要求：\n- 甲事\n- 乙事\n- 丙事",
        "流程：\n第一步，甲事。\n第二步，乙事。\n第三步，丙事。",
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
    found = _items("一、甲\n（一）子\n（二）丑\n二、乙\n（三）寅\n（四）卯")
    assert [[item[:3] for item in items] for items in found] == [
        ["一、甲", "二、乙"],
        ["（一）", "（二）"],
        ["（三）", "（四）"],
    ]


@pytest.mark.parametrize("text", ["统一是关键，第二天下雨。", "共1.5万人，2.3万户。", "一是甲事。三是丙事。"])
def test_what_only_looks_like_a_mark_makes_no_list(text: str) -> None:
    assert not lists(_plain(text))


def test_the_last_item_takes_no_more_lines_than_the_others() -> None:
    (items,) = _items("项目如下：\n1. 修桥，投资3万元。\n2. 挖渠，投资5万元。\n各村每月报送进展。\n以上由水利站负责。")
    assert items[-1] == "2. 挖渠，投资5万元。"


def test_bullets_under_another_line_are_another_list() -> None:
    found = _items("材料：\n- 甲表\n- 乙表\n条件：\n- 满三年\n- 无欠费")
    assert [len(items) for items in found] == [2, 2]
    assert found[1] == ["- 满三年", "- 无欠费"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("全年举办了桃花节、龙舟赛和冰雪节等节庆活动。", ["桃花节", "龙舟赛", "冰雪节"]),
        ("参加人员：李建、王海燕、赵鹏", ["李建", "王海燕", "赵鹏"]),
        ("服务包括助餐、助浴、助洁和代办四类服务。", ["助餐", "助浴", "助洁", "代办"]),
        ("优惠：满百减二十；会员打九折；旧书五元起。", ["满百减二十", "会员打九折", "旧书五元起"]),
    ],
)
def test_a_run_within_a_sentence_is_a_list(sentence: str, expected: list[str]) -> None:
    assert _items(sentence, form="run")[0] == expected


def test_what_is_in_brackets_or_quotes_sets_nothing_apart() -> None:
    assert _items("授予“爱岗、敬业、奉献”称号。", form="run") == []


def test_unmarked_paragraphs_of_one_build_are_a_list_under_what_announces_them() -> None:
    own = _document(
        "项目进展\n\n已开工的项目情况是：\n\n海纳材料项目。总投资12亿元，主要生产隔膜，计划三月投产。\n\n"
        "恒泰纺织项目。总投资4亿元，主要生产面料，计划十月投产。\n\n困难：一些项目用地指标紧张。\n"
    )
    assert _named(own, "已开工的项目情况是") == ["海纳材料项目", "恒泰纺织项目"]


def test_lines_with_labels_under_a_heading_are_a_list() -> None:
    own = _document(
        "公交公告\n因道路施工，现调整部分公交线路，自八月一日起执行，请大家留意。\n二、新增线路\n"
        "K11路：车站至杨家湾村，全程14公里。\nK12路：车站至大坝村，全程22公里。\nK15路：医院至石岭村，全程9公里。\n"
    )
    assert _named(own, "二、新增线路") == ["K11路", "K12路", "K15路"]


def test_short_lines_after_an_announcement_stay_apart() -> None:
    own = _document("公告\n经研究，自八月一日起取消部分站点，请大家留意。\n取消的站点：\n老街口站\n粮站\n南桥头站\n")
    assert _named(own, "取消的站点") == ["老街口站", "粮站", "南桥头站"]


def test_headings_of_one_level_are_a_list_under_the_one_above() -> None:
    own = _document("# 手册\n\n## 主题活动\n\n### 见面会\n\n下午两点开始。\n\n### 旧书市集\n\n设摊位60个。\n")
    assert _named(own, "主题活动") == ["见面会", "旧书市集"]


def _nested() -> tuple[Document, Listing]:
    own = _document(
        "# 评选方案\n\n## 一、标准\n\n（一）基本条件\n1. 守法\n2. 和睦\n\n（二）优先条件\n1. 荣誉\n2. 志愿\n"
    )
    return own, next(each for each in lists(own) if "荣誉" in own.text[each.start : each.start + 8])


def test_a_nested_list_knows_what_it_is_nested_in() -> None:
    own, inner = _nested()
    assert inner.above(own)[0] == "（二）优先条件"
    assert any("标准" in words for words in inner.above(own))


def test_an_item_says_by_itself_what_stands_before_the_list_in_it() -> None:
    own, inner = _nested()
    outer = next(each for each in lists(own) if each.at(inner.start) is not None and each is not inner)
    item = outer.items[outer.at(inner.start) or 0]
    assert "荣誉" not in own.text[item.start : item.own_end]
    assert item.start < item.own_end <= item.end
