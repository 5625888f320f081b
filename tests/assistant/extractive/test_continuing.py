"""What comes after the items of a list that were told before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config

NOTICE = """# 关于下达2025年云岭县民生实事项目的通知

2025年全县实施以下四件民生实事：

1. 新建老年食堂12个，由县民政局牵头。
2. 改造农村公路86公里，由县交通运输局牵头。
3. 新增公办托位300个，由县卫生健康局牵头。
4. 新建城市书房3座，由县文化广电旅游局牵头。
"""
ASKED = "2025年云岭县民生实事有哪些？"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "notice.md").write_text(NOTICE, encoding="utf8")
    assistant = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield assistant
    assistant.close()


def test_the_rest_of_a_list_is_told(assistant: Assistant) -> None:
    told = "1. 新建老年食堂12个，由县民政局牵头。[1]\n2. 改造农村公路86公里，由县交通运输局牵头。[1]"
    answer = assistant.ask("还有呢", history=[Turn(ASKED, told)])
    assert answer.standalone_question == ASKED
    assert "新增公办托位300个" in answer.answer
    assert "新建城市书房3座" in answer.answer
    assert "老年食堂" not in answer.answer


def test_there_is_no_more_than_all(assistant: Assistant) -> None:
    whole = assistant.ask(ASKED)
    assert "城市书房" in whole.answer
    for history in ([Turn(ASKED, whole.answer)], [Turn(ASKED)]):  # the answer is looked up where it isn't sent along
        answer = assistant.ask("还有呢", history=history)
        assert answer.answer == "前面已经列全，没有更多了。[1]"
        assert "城市书房" in answer.citations[0].quote


def test_an_item_is_asked_about_by_its_number(assistant: Assistant) -> None:
    answer = assistant.ask("第三件由谁牵头", history=[Turn(ASKED)])
    assert "县卫生健康局" in answer.answer
    assert "民政局" not in answer.answer


def test_the_same_of_something_that_is_not_spoken_of_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pool.md").write_text("# 青禾市游泳馆须知\n\n节假日开放时间为9:00至17:00。\n", encoding="utf8")
    (tmp_path / "rink.md").write_text("# 青禾市滑冰场须知\n\n门票每人30元。\n", encoding="utf8")
    assistant = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    asked = [Turn("游泳馆节假日几点开门？")]
    assert "9:00" in assistant.ask(asked[0].question).answer
    assert assistant.ask("体育馆呢？", history=asked).status == "not_found"
    assistant.close()


def test_what_may_stand_by_itself_is_asked_so_where_nothing_else_answers(tmp_path: Path) -> None:
    (tmp_path / "waste.md").write_text("# 青禾市生活垃圾收运公告\n\n生活垃圾每天18时收运。\n", encoding="utf8")
    assistant = build(Config(data_dir=tmp_path / ".data"), sources=[tmp_path])
    answer = assistant.ask("垃圾几点收运？", history=[Turn("流浪猫可以喂吗？")])
    assert "18时" in answer.answer
    assert "流浪猫" not in answer.standalone_question
    assistant.close()
