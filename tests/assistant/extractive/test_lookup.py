"""Single figures: looked up where a question is nothing but a metric, a place and a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config

REPORT = """# 湖州市水利工作情况

2024年12月30日

2022年，全市用水总量为12.7亿立方米。规划提出，到2030年，全市用水总量控制在13亿立方米以内。
2020年，全市灌溉面积为81万亩，2023年为84万亩。
德清县2022年用水总量为2.1亿立方米，节水投资3.4亿元；安吉县用水总量为1.8亿立方米，节水投资2.6亿元。

2022—2024年，湖州市新改建农村公路1486公里。分年度看，2022年新改建412公里，2023年新改建506公里，2024年新改建568公里。
下一个三年（2025—2027年），湖州市计划新改建农村公路1600公里。
"""


@pytest.fixture(scope="module")
def water(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("water")
    (folder / "report.md").write_text(REPORT, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("2022年湖州用水总量是多少？", "2022年，全市用水总量为12.7亿立方米。[1]"),
        ("2022年德清县用水总量是多少？", "德清县2022年用水总量为2.1亿立方米。[1]"),
        ("安吉县2022年节水投资多少亿元？", "安吉县用水总量为1.8亿立方米，节水投资2.6亿元。[1]"),
        ("2023年灌溉面积是多少？", "2023年为84万亩。[1]"),
        ("2023年湖州灌溉面积是多少万亩？", "2023年为84万亩。[1]"),
        ("2023年湖州新改建农村公路多少公里？", "2023年新改建506公里。[1]"),
    ],
)
def test_the_clauses_that_state_the_figure_answer(water: Assistant, question: str, said: str) -> None:
    answer = water.ask(question)
    assert (answer.status, answer.answer) == ("answered", said)
    assert answer.verdict is not None
    assert answer.verdict.ok


def test_a_follow_up_that_names_another_metric_is_looked_up_too(water: Assistant) -> None:
    history = [Turn("德清县2022年用水总量是多少？"), Turn("安吉县呢？")]
    assert "2.6亿元" in water.ask("节水投资呢？", history=history).answer


@pytest.mark.parametrize(
    "question",
    [
        "2030年湖州用水总量实际是多少？",  # only what is intended
        "2021年湖州用水总量是多少？",
        "2022年长兴县用水总量是多少？",
        "2025年湖州新改建农村公路多少公里？",  # told of three years together
    ],
)
def test_what_is_not_there_is_not_looked_up(water: Assistant, question: str) -> None:
    assert water.ask(question).status == "not_found"


@pytest.fixture(scope="module")
def meetings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("meetings")
    text = (
        "# 丽水市公路建设简报\n\n2024年11月5日，丽水市在松阳县召开公路建设现场会，副市长孙立群到会。\n\n"
        "2024年上半年，丽水市公路客运量为486万人次，同比下降3.1%；举办招聘会215场。\n"
    )
    (folder / "brief.md").write_text(text, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("谁在什么时候、什么地方召开了公路建设现场会？", ["2024年11月5日", "松阳县", "孙立群"]),
        ("丽水2024年上半年公路客运量是多少、同比变化多少？", ["486万人次", "3.1%"]),
    ],
)
def test_all_that_one_question_asks_is_told(meetings: Assistant, question: str, told: list[str]) -> None:
    answer = meetings.ask(question).answer
    assert all(words in answer for words in told), answer
