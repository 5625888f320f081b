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


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("county")
    (folder / "year.md").write_text(
        "# 岚谷县2024年统计公报\n\n岚谷县统计局\n2025年3月12日\n\n"
        "全年水利投资3.27亿元，下降12.5%，粮食播种面积48.6万亩。年末常住人口62.35万人（上年末为62.76万人）。\n"
        "2025年水利投资计划增长6%。\n",
        encoding="utf8",
    )
    (folder / "half.md").write_text(
        "# 2025年上半年岚谷县经济运行情况\n\n2025年7月20日\n\n上半年，全县社会消费品零售总额41.3亿元，增长4.2%。\n",
        encoding="utf8",
    )
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("岚谷县2024年水利投资是多少？", "全年水利投资3.27亿元。[1]"),
        ("岚谷县2024年水利投资增长多少？", "全年水利投资3.27亿元，下降12.5%。[1]"),
        ("2023年末岚谷县常住人口有多少？", "年末常住人口62.35万人（上年末为62.76万人）。[1]"),
        ("2025年上半年岚谷县社会消费品零售总额是多少？", "上半年，全县社会消费品零售总额41.3亿元。[1]"),
        (
            "岚谷县2024年粮食播种面积是多少公顷？",
            "粮食播种面积48.6万亩。[1]\n即3.24万公顷（48.6万亩 ÷ 15 = 3.24万公顷）。[1]",
        ),
        ("岚谷县2024年水利投资是多少万元？", "全年水利投资3.27亿元。[1]\n即32700万元（3.27 × 10000 = 32700）。[1]"),
    ],
)
def test_a_document_that_the_question_names_is_looked_up_in(county: Assistant, question: str, told: str) -> None:
    answer = county.ask(question)
    assert (answer.status, answer.answer) == ("answered", told)
    assert answer.verdict is not None
    assert answer.verdict.ok


@pytest.mark.parametrize(
    "question",
    [
        "岚谷县2025年社会消费品零售总额是多少？",  # told of its first half
        "2025年一季度岚谷县社会消费品零售总额是多少？",
        "岚谷县2025年水利投资实际增长了多少？",  # only what is intended
        "2024年末岚谷县社会消费品零售总额是多少？",
        "2022年末岚谷县常住人口有多少？",
    ],
)
def test_another_time_is_refused_and_shown(county: Assistant, question: str) -> None:
    answer = county.ask(question)
    assert answer.status == "not_found"
    assert answer.nearest
