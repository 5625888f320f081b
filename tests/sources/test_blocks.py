from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.cleaning.blocks import blocks, lines_of

PARAGRAPH = "某县围绕茶叶产业延伸链条，新建加工厂房三座，带动周边农户就近就业，村集体收入比上年明显增加。"


def texts(raw: str) -> list[str]:
    return [block.text for block in blocks(lines_of(raw))[0]]


def kinds(raw: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks(lines_of(raw))[0]]


def test_lines_of_a_newspaper_column_are_joined() -> None:
    column = (
        "五年来，某市锚定城乡融合发\n\n展目标，攻坚突破、实干笃\n\n行，取得显著成效。首先在空\n\n间规划上，深化改革，形成\n\n"
        "新的布局，城乡空间蓝图持\n\n续明晰，土地整治纵深推进，\n\n发展动能不断释放。\n\n另起一段的文字。"
    )
    assert texts(column) == [column.replace("\n\n另", "\0另").replace("\n", "").split("\0")[0], "另起一段的文字。"]


def test_a_sentence_broken_between_pages_is_joined_over_the_gap() -> None:
    long = "某市认真贯彻落实一体化发展的各项要求，确立了新的总体思路，坚定不移把全"
    assert texts(f"{long}\n\n面融入作为首位战略。\n") == [f"{long}面融入作为首位战略。"]


def test_a_page_copied_as_one_line_gets_its_paragraphs_and_headings_back() -> None:
    body = "对受影响的企业，主管部门要加快审核进度，符合条件的尽快办理。" * 8
    other = "对农贸市场和超市，所在街道要派专人值守，进出人员一律登记。" * 8
    raw = (
        f"某市发布支持企业的通知 各县（市、区）主管部门： \xa0 现就有关事项通知如下： 一、减轻负担 {body} "
        f"二、加强保障　　{other} （记者 某某）某市办公室 2020年2月16日"
    )
    assert kinds(raw) == [
        ("heading", "某市发布支持企业的通知"),
        ("paragraph", "各县（市、区）主管部门："),
        ("paragraph", "现就有关事项通知如下："),
        ("heading", "一、减轻负担"),
        ("paragraph", body),
        ("heading", "二、加强保障"),
        ("paragraph", other),
        ("paragraph", "（记者 某某）某市办公室"),
        ("paragraph", "2020年2月16日"),
    ]


def test_a_long_scanned_line_with_stray_spaces_is_left_whole() -> None:
    line = "某县 围绕 茶叶产业 延伸链条，新建 加工厂房 三座，带动 周边农户 就近就业，村集体 收入比上年 明显增加，" * 6
    assert len(kinds(f"{line}成效明显。")) == 1


def test_headings_numbered_marked_and_bare() -> None:
    raw = (
        "# 总标题\n\n一、总体要求\n坚持稳中求进，做好各项工作。\n（一）目标任务\n到2026年完成改造。\n\n"
        "创新驱动发展\n\n近年来，该市持续深化改革，成效明显。\n"
    )
    assert [text for kind, text in kinds(raw) if kind == "heading"] == [
        "总标题", "一、总体要求", "（一）目标任务", "创新驱动发展",
    ]  # fmt: skip


def test_a_heading_run_into_its_paragraph_is_known_and_stays_in_it() -> None:
    (bold, numbered), _ = blocks(lines_of("**打通要素通道。**一是统筹进城和入乡。\n3.加快县城建设。分类推进城镇化。\n"))
    assert (bold.lead, bold.text) == ("打通要素通道", "打通要素通道。一是统筹进城和入乡。")
    assert (numbered.lead, numbered.text) == ("加快县城建设", "3.加快县城建设。分类推进城镇化。")


def test_a_repeated_paragraph_is_dropped() -> None:
    assert texts(f"{PARAGRAPH}\n\n中间的另一段话。\n\n{PARAGRAPH}\n") == [PARAGRAPH, "中间的另一段话。"]


def test_a_garbled_copy_loses_only_what_is_repeated() -> None:
    long = PARAGRAPH + "游客人数逐年上升，民宿经营户收入稳定增长，电商销售渠道也逐步打开。"
    assert texts(f"{long}\n\n乡村的新面貌令人欣喜。{long}\n") == [long, "乡村的新面貌令人欣喜。"]


def test_short_sentences_may_recur() -> None:
    raw = "第一条 由县级人民政府责令改正。\n第二条 拒不停止的。\n由县级人民政府责令改正。\n"
    assert "".join(texts(raw)).count("由县级人民政府责令改正。") == 2


def test_spaces_that_a_scan_left_inside_words_are_removed() -> None:
    raw = "统筹推进污水系 统治理和交通提升等六大工程，新增覆盖行政村二百个，农村面貌持续改善。"
    assert texts(raw) == [raw.replace("系 统", "系统")]


def test_the_rows_of_a_table_stay_together() -> None:
    raw = "下表为收入情况。\n| 年份 | 收入 |\n| --- | --- |\n| 2024 | 5万元 |\n以上为初步数。\n"
    assert kinds(raw)[1] == ("table", "| 年份 | 收入 |\n| --- | --- |\n| 2024 | 5万元 |")


MEASURES = (
    "镇里组织机关干部分片包干，逐户走访低收入农户，摸清就业意愿和技能情况，建立台账并按月更新。"
    "对有劳动能力的家庭，优先安排公益性岗位；对缺少资金的家庭，协调银行给予贴息贷款，并由农技人员上门指导。"
)


@pytest.mark.parametrize(
    ("first", "second"),
    [("龙潭镇", "南丰镇"), ("# 龙潭镇", "# 南丰镇"), ("一、龙潭镇", "二、南丰镇"), ("龙潭镇：", "南丰镇：")],
)
def test_the_same_measures_under_two_headings_both_stay(first: str, second: str) -> None:
    raw = f"全县各镇帮扶措施\n\n{first}\n\n{MEASURES}\n\n{second}\n\n{MEASURES}\n\n以上由县政府负责解释。\n"
    kept, dropped = blocks(lines_of(raw))
    assert [block.text for block in kept].count(MEASURES) == 2
    assert dropped == []


def test_sections_of_two_towns_that_differ_in_nothing_but_the_name_both_stay() -> None:
    sections = f"一、组织领导\n{MEASURES}\n二、工作要求\n{PARAGRAPH}\n"
    raw = f"# 全县各镇帮扶措施\n## 龙潭镇\n{sections}## 南丰镇\n{sections}"
    assert texts(raw).count(MEASURES) == 2
    assert texts(raw).count(PARAGRAPH) == 2


def test_a_page_scanned_twice_stands_once_with_its_heading() -> None:
    page = f"{MEASURES}\n\n二、工作要求\n\n1.要按时上报。\n\n{PARAGRAPH}\n\n"
    kept, dropped = blocks(lines_of(f"一、组织领导\n\n{page}{page}三、附则\n\n本办法由县政府负责解释。\n"))
    assert [block.text for block in kept] == [
        "一、组织领导", MEASURES, "二、工作要求", "1.要按时上报。", PARAGRAPH, "三、附则", "本办法由县政府负责解释。",
    ]  # fmt: skip
    assert [each.text for each in dropped] == [MEASURES, "二、工作要求", "1.要按时上报。", PARAGRAPH]
    assert {each.reason for each in dropped} == {"重复的内容"}


def test_a_second_copy_of_the_whole_stands_once_wherever_it_begins() -> None:
    body = f"# 关于做好帮扶工作的通知\n{MEASURES}\n## 工作要求\n{PARAGRAPH}\n"
    assert texts(f"{body}## 相关链接\n{body}") == [
        "关于做好帮扶工作的通知", MEASURES, "工作要求", PARAGRAPH, "相关链接",
    ]  # fmt: skip


def test_rows_and_articles_recur_for_good_reason() -> None:
    row = "责任单位：省工业和信息化厅、省财政厅，各市、县（区）人民政府，各开发区管理委员会"
    article = "第七条　拒不改正的，由县级以上人民政府责令限期拆除，并处每平方米一百元以上三百元以下的罚款。"
    raw = f"一、扩大生产\n先做第一件事。\n{row}\n再做第二件事。\n{row}\n{article}\n另行规定。\n{article}\n"
    assert "".join(texts(raw)).count(row) == 2
    assert "".join(texts(raw)).count(article) == 2


@given(st.lists(st.text(alphabet="甲乙丙2025年。，；？“”#|- 一、", max_size=40), max_size=12).map("\n".join))
def test_every_character_is_in_the_text_or_among_what_was_dropped(raw: str) -> None:
    kept, dropped = blocks(lines_of(f"{raw}\n{MEASURES}\n{raw}\n{MEASURES}\n"))

    def letters(texts: list[str]) -> Counter[str]:
        return Counter(re.sub(r"[\s#]", "", "".join(texts)))

    found = letters([block.text for block in kept]) + letters([each.text for each in dropped])
    assert found == letters([f"{raw}{MEASURES}{raw}{MEASURES}"])


@given(st.lists(st.text(alphabet="甲乙丙2025年。，；？“”#|- 一、", max_size=40), max_size=12).map("\n".join))
def test_nothing_is_invented_and_nothing_but_marks_and_spaces_is_changed(raw: str) -> None:
    def letters(text: str) -> str:
        return re.sub(r"[\s#]", "", text)

    kept = letters("".join(texts(raw)))
    rest = iter(letters(raw))
    assert all(character in rest for character in kept), "the cleaned text must be a subsequence of the raw one"
