"""Conversations: what a question leaves out is taken from those before it; what leaves out nothing takes nothing.

`dialogues.jsonl` holds conversations of five questions each, made up for this, with what each question means: nothing
where it stands by itself, `completed` in full, `told` items of a list gone on with.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.question.conversation import understand, understood_as, wants_answer
from assistant.question.earlier import items_of, paired
from assistant.question.holdings import holdings
from assistant.question.sketch import sketch
from sources.mentions.periods import periods
from sources.mentions.regions import regions

DIALOGUES = Path(__file__).parent / "dialogues.jsonl"
_SAID_ANYWAY = "的呢了吗么是有"
LEAST_RIGHT = 0.52
"""Of all follow-ups in the dialogues, nearly to the letter; 0.21 were when questions were glued together by rule."""
LEAST_TOLD_APART = 0.9


def turns() -> list[tuple[str, list[Turn], dict[str, object]]]:
    found = []
    for line in DIALOGUES.read_text(encoding="utf8").splitlines():
        history: list[Turn] = []
        for turn in json.loads(line)["turns"]:
            found.append((turn["asked"], list(history), turn))
            history.append(Turn(turn["asked"], turn.get("answer", "")))
    return found


def letters(text: str) -> Counter[str]:
    return Counter(c for c in text.lower() if c.isalnum() and c not in _SAID_ANYWAY)


def means_the_same(one: str, two: str) -> bool:
    """Nearly the same words, and the same times and places."""
    a, b = letters(one), letters(two)
    alike = 2 * sum((a & b).values()) / max(sum(a.values()) + sum(b.values()), 1)
    times = [{each.value or each.text for each in periods(text)} for text in (one, two)]
    places = [{each.name for each in regions(text)} for text in (one, two)]
    return alike >= 0.86 and times[0] == times[1] and places[0] == places[1]


def test_dialogues_are_understood() -> None:
    right, apart = [], []
    for asked, history, wanted in turns():
        found = understood_as(asked, history)
        if not history:
            assert found.relation == "alone"
            continue
        full = str(wanted.get("completed", asked))
        apart.append((found.relation == "alone") == ("completed" not in wanted))
        told_right = "told" not in wanted or (found.relation, found.told) == ("goes on", wanted["told"])
        right.append(apart[-1] and told_right and (found.relation == "alone" or means_the_same(found.text, full)))
    assert sum(right) / len(right) >= LEAST_RIGHT
    assert sum(apart) / len(apart) >= LEAST_TOLD_APART


@pytest.mark.parametrize(
    ("history", "asked"),
    [
        (["2025年衢州农村居民人均可支配收入是多少？"], "什么是共同富裕？"),
        (["公租房怎么申请？"], "舟山市出台了多少个配套政策？"),
        (["公租房怎么申请？", "要多久"], "谢谢"),
        (["What was the grain output of Lishui in 2023?"], "What is the retirement age in Zhejiang?"),
    ],
)
def test_what_stands_by_itself_is_left_alone(history: list[str], asked: str) -> None:
    assert understand(asked, history=[Turn(each) for each in history]).standalone == understand(asked).standalone


@pytest.mark.parametrize(
    ("history", "asked", "completed"),
    [
        (["2024年丽水粮食产量是多少？"], "那衢州呢？", "2024年衢州粮食产量是多少？"),
        (["2024年丽水粮食产量是多少？", "那衢州呢？"], "2023年的呢", "2023年衢州粮食产量是多少？"),
        (["湖州的森林覆盖率是多少？"], "不是湖州，是衢州", "衢州的森林覆盖率是多少？"),
        (["2025年丽水前三季度粮食产量是多少？"], "我问的是2023年", "2023年丽水前三季度粮食产量是多少？"),
        (["老年食堂怎么申请？"], "要交多少钱", "老年食堂要交多少钱？"),
        (["《云岭市租房补贴办法》由谁发布？"], "它什么时候施行", "《云岭市租房补贴办法》什么时候施行？"),
        (["《云岭市租房补贴办法》第二条怎么规定的？"], "第五条呢", "《云岭市租房补贴办法》第五条怎么规定的？"),
        (
            ["What was the grain output of Lishui in 2023?"],
            "What about 2024?",
            "What was the grain output of Lishui in 2024?",
        ),
    ],
)
def test_what_is_left_out_is_taken_from_before(history: list[str], asked: str, completed: str) -> None:
    assert understood_as(asked, [Turn(each) for each in history]).text == completed


def test_a_list_goes_on_behind_what_was_told() -> None:
    first = Turn("今年有哪些民生实事？", "1. 新增托位2000个。[1]\n2. 改造农村公路120公里。[1]\n3. 加装电梯200台。[1]")
    question = understand("还有呢", history=[first])
    assert (question.standalone, question.told) == ("今年有哪些民生实事？", 3)
    again = understand("继续", history=[first, Turn("还有呢", "4. 新建城市书房3座。[1]\n5. 新增车位800个。[1]")])
    assert (again.standalone, again.told) == ("今年有哪些民生实事？", 5)


def test_an_item_of_the_answer_is_asked_about() -> None:
    told = "一是新建城市书房。二是改造农村公路。三是加装电梯。"
    asked = understood_as("第二项由谁负责", [Turn("今年有哪些民生实事？", told)])
    assert asked.text.rstrip("？") == "改造农村公路由谁负责"


def test_a_paper_that_the_answer_cites_is_asked_about() -> None:
    history = [Turn("租房每月补多少？", "每月500元。[1]", ("云岭市租房补贴办法",))]
    assert understood_as("那个办法什么时候失效", history).text.rstrip("？") == "《云岭市租房补贴办法》什么时候失效"


def test_an_answer_is_wanted_only_where_the_question_rests_on_it() -> None:
    asked = [Turn("今年有哪些民生实事？")]
    assert wants_answer("还有呢", asked)
    assert wants_answer("第三件由谁牵头", asked)
    assert not wants_answer("总投资多少", asked)
    assert not wants_answer("什么是共同富裕？", asked)


def test_a_question_is_cut_into_words_of_sorts() -> None:
    words = sketch("那2023年衢州呢")
    assert [(words.word(at), words.sorts[at]) for at in range(len(words))] == [
        ("那", "word"), ("2023年", "time"), ("衢州", "place"), ("呢", "word"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        ("2024年甲县产量是多少", "2024年乙县产量是多少", "2024年甲县和乙县产量是多少"),
        ("图书馆几点开门", "公租房怎么申请", ""),
    ],
)
def test_two_questions_that_differ_in_one_thing_are_one(one: str, two: str, both: str) -> None:
    assert paired(one, two) == both


@pytest.mark.parametrize(
    ("answer", "items"),
    [
        ("包括：1. 身份证；2. 户口簿。[1]", ["身份证", "户口簿"]),
        ("（一）申请；[1]\n（二）审核，公示。[2]", ["申请", "审核"]),
        ("共有3个。[1]", []),
    ],
)
def test_the_items_of_an_answer(answer: str, items: list[str]) -> None:
    assert items_of(answer) == items


@pytest.mark.parametrize("asked", ["有哪些文件？", "一共有几份文件？", "总结一下2026年的工作方案", "介绍一下飞地"])
def test_what_asks_of_the_documents_or_for_a_summary_of_what_it_names_stands_alone(asked: str) -> None:
    before = [Turn("2025年青禾市农村居民人均可支配收入是多少？", "3万元。")]
    assert understand(asked, history=before).standalone == asked


@pytest.mark.parametrize("asked", ["城镇的呢？", "目标是多少？"])
def test_what_names_nothing_to_sum_up_leans_on_what_was_asked(asked: str) -> None:
    before = [Turn("2025年青禾市农村居民人均可支配收入是多少？", "3万元。")]
    assert "人均可支配收入" in understand(asked, history=before).standalone


def test_a_request_for_a_summary_asks_for_no_listing() -> None:
    assert holdings("总结一下2026年的工作方案", today="2026-11-27") is None
    assert holdings("介绍一下有哪些文件", today="2026-11-27") is not None


@pytest.mark.parametrize("asked", ["总结一下", "主要内容是什么？", "那份通知主要讲了什么？", "帮我概括一下这份文件"])
def test_a_summary_of_nothing_named_is_of_the_paper_cited_last(asked: str) -> None:
    history = [
        Turn("养老补贴多少钱？", "每月180元。[1]", ("《某县养老补贴实施细则》", "关于发放养老补贴的通知")),
        Turn("什么时候停发？"),
    ]
    means = understood_as(asked, history)
    assert means.relation == "leans"
    assert means.text.startswith("《关于发放养老补贴的通知》" if "通知" in asked else "《某县养老补贴实施细则》")
    assert not wants_answer(asked, history[:1])
    assert wants_answer(asked, [Turn("养老补贴多少钱？", "每月180元。[1]")])


def test_a_summary_of_what_is_named_is_of_that() -> None:
    history = [Turn("养老补贴多少钱？", "每月180元。[1]", ("某县养老补贴实施细则",))]
    for asked in ("总结一下2026年的工作方案", "某县的林长制主要讲了什么？"):
        assert understood_as(asked, history).relation == "alone"
