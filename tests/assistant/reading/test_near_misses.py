"""Near misses: a sentence that has another word in a word's place doesn't answer, however it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.question.conversation import understand
from assistant.question.terms import is_said
from assistant.reading.near_misses import weighed
from assistant.reading.unmet import surroundings, unmet

ALLOWANCES = """# 柳塘县民生保障办法

## 一、津贴

育儿津贴每月400元，由镇便民中心受理。重度残疾人护理补贴每月480元。

## 二、收费

充电服务费每千瓦时最高不超过0.6元。住宅搬迁费每户2000元。

## 三、接待

国庆假期全县接待游客28.6万人次。走读学生午餐费每餐12元，教职工午餐费每餐15元。
"""


@pytest.fixture(scope="module")
def allowances(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("allowances")
    (folder / "办法.md").write_text(ALLOWANCES, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("育儿津贴每月多少元？", "400元"),
        ("重度残疾人护理补贴每月多少？", "480元"),
        ("充电服务费的上限是多少？", "0.6元"),
        ("国庆假期接待游客多少万人次？", "28.6万人次"),
        ("教职工午餐费每餐多少钱？", "15元"),
    ],
)
def test_its_own_words_are_answered(allowances: Assistant, question: str, told: str) -> None:
    assert told in allowances.ask(question).answer


@pytest.mark.parametrize(
    "question",
    ["高龄津贴每月多少元？", "住宅维修费每户多少？", "春节假期接待游客多少万人次？", "国庆假期接待入境游客多少人次？"],
)
def test_another_word_in_a_words_place_is_refused(allowances: Assistant, question: str) -> None:
    assert allowances.ask(question).status == "not_found"


def test_another_degree_is_never_told_without_a_doubt(allowances: Assistant) -> None:
    answer = allowances.ask("轻度残疾人护理补贴每月多少？")
    assert answer.status == "not_found" or "请对照原文核实" in (answer.notice or "")


def test_what_is_missing_lowers_the_probability_and_nothing_missing_leaves_it(allowances: Assistant) -> None:
    library = allowances._library.for_one_question()
    for text, lower in (("高龄津贴每月多少元？", True), ("育儿津贴每月多少元？", False)):
        question = understand(text)
        best = library.finding(question).best
        assert best is not None
        missing = unmet(question, best, surroundings(best.document, best.start, best.end)).words
        assert (missing == ("高龄",)) is lower
        assert (weighed(question, best, 0.7) < 0.7) is lower


def test_a_bound_is_said_by_the_words_that_set_it() -> None:
    assert is_said("上限", "每千瓦时最高不超过0.6元")
    assert not is_said("上限", "每千瓦时0.6元")
    assert is_said("津贴", "育儿津贴")


def test_another_number_is_another_thing(tmp_path: Path) -> None:
    (tmp_path / "公报.md").write_text("# 云栖市轨道交通公报\n\n1号线、2号线合计运营里程58.6公里。\n", encoding="utf8")
    with_lines = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    try:
        assert with_lines.ask("轨道交通5号线有多长？").status == "not_found"
        assert "58.6公里" in with_lines.ask("1号线、2号线合计运营里程是多少公里？").answer
    finally:
        with_lines.close()
