"""What can only be answered in a form of its own: digits to call, a time of day, a place, an age, money."""

from __future__ import annotations

import pytest

from assistant.question.question import single
from assistant.reading.expected import has_expected


@pytest.mark.parametrize(
    ("question", "answers", "others"),
    [
        (
            "投诉打什么电话？",
            ["监督电话：0575-8123 4560。", "拨打12345。", "联系人：何晓棠，8120 3366。"],
            ["由社区受理。"],
        ),
        ("报名的邮箱是多少？", ["发到ynpx@example.cn。"], ["联系人：何晓棠，电话8120 3366。"]),
        ("窗口几点下班？", ["下午14:00—17:30。", "下午5点下班。"], ["5月12日至16日，为期5天。", "一点建议。"]),
        ("在哪里办高龄津贴？", ["清河路88号。", "政务服务中心二楼。"], ["依据云政办发〔2023〕16号《办法》。"]),
        ("培训要多大年纪？", ["18至55周岁。"], ["共招60人。"]),
        ("60岁能参加培训吗？", ["18至55周岁的农户。"], ["共招60人，优先录取。"]),
        ("要交钱吗？", ["不收费。", "每人100元。"], ["工作日办理。"]),
        ("年龄最大的学员是谁？", ["年龄最大的是丁海明。"], ["| 1 | 方小兰 | 24 |"]),
        ("什么时候开始发？", ["次月起发放。"], ["云浦县农业农村局　2025年4月9日。"]),
        ("哪些人不能领？", ["已领取护理费的老年人不再享受。"], ["收费：不收费。"]),
        ("多久开一次会？", ["每季度召开一次。"], ["会期为三天。"]),
        ("津贴怎么申请？", ["由社区受理。", "每月25日前提交。"], []),
    ],
)
def test_a_sentence_without_the_form_answers_nothing(question: str, answers: list[str], others: list[str]) -> None:
    asked = single(question)
    assert [text for text in answers if not has_expected(asked, text)] == []
    assert [text for text in others if has_expected(asked, text)] == []


def test_the_place_that_a_document_is_of_is_no_answer_to_where() -> None:
    asked = single("在哪里办高龄津贴？")
    text = "具有嘉善县户籍的老年人。"
    assert has_expected(asked, text)
    assert not has_expected(asked, text, ("嘉善县",))
