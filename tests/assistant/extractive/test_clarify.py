"""Questions back, where a metric stands in the documents for several places and years."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config


@pytest.fixture(scope="module")
def bulletins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Two years of one city, one of another."""
    folder = tmp_path_factory.mktemp("bulletins")
    for city, year, income in (("衢州", 2024, 33050), ("衢州", 2025, 35120), ("丽水", 2025, 31788)):
        text = f"# {city}市{year}年统计公报\n\n{year}年，{city}市农村居民人均可支配收入{income}元。\n"
        (folder / f"{city}{year}.md").write_text(text, encoding="utf8")
    lead = "# 衢州市收入位次\n\n2025年，衢州市农村居民人均可支配收入已连续21年居全省前列。\n"
    (folder / "位次.md").write_text(lead, encoding="utf8")
    rates = "# 参保情况\n\n2024年，衢州市参保率为96.3%，丽水市参保率为95.1%。\n"
    (folder / "参保.md").write_text(rates, encoding="utf8")
    (folder / "渔业.md").write_text("# 舟山渔业\n\n2023年，舟山市水产品产量12.5万吨。\n", encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "asked", "choices"),
    [
        ("农村居民人均可支配收入是多少？", "年份和地区", ["2024年衢州市", "2025年丽水市", "2025年衢州市"]),
        ("衢州农村居民人均可支配收入是多少？", "年份", ["2024年衢州市", "2025年衢州市"]),
        ("2025年农村居民人均可支配收入是多少？", "地区", ["2025年丽水市", "2025年衢州市"]),
        ("参保率是多少？", "地区", ["2024年丽水市", "2024年衢州市"]),
        (
            "What is the per capita disposable income of rural residents?",
            "year and place",
            ["2024年衢州市", "2025年丽水市", "2025年衢州市"],
        ),
    ],
)
def test_what_is_missing_is_asked_for_with_the_choices_there_are(
    bulletins: Assistant, question: str, asked: str, choices: list[str]
) -> None:
    answer = bulletins.ask(question)
    assert answer.status == "clarify"
    assert asked in answer.answer
    assert all(choice in answer.answer for choice in choices)
    assert answer.clarification is not None
    assert len(answer.clarification.choices) == len(answer.nearest) == len(choices)
    cited = {citation.number: citation.quote for citation in answer.citations}
    metric = "参保率" if "参保率" in question else "农村居民人均可支配收入"
    assert all(metric in cited[each.citation] for each in answer.nearest)
    assert all(cited[each.citation] in each.text for each in answer.nearest)


def test_each_choice_is_a_question_that_is_answered(bulletins: Assistant) -> None:
    clarification = bulletins.ask("农村居民人均可支配收入是多少？").clarification
    assert clarification is not None
    assert [bulletins.ask(choice).status for choice in clarification.choices] == ["answered"] * 3


@pytest.mark.parametrize(
    "question",
    [
        "2025年衢州农村居民人均可支配收入是多少？",
        "衢州市2025年统计公报里的农村居民人均可支配收入是多少？",
        "统计公报说的丽水农村居民人均可支配收入是多少？",
        "水产品产量是多少？",  # it stands there once
    ],
)
def test_nothing_is_asked_back_where_something_singles_one_out(bulletins: Assistant, question: str) -> None:
    assert bulletins.ask(question).status == "answered"


def test_a_follow_up_is_completed_and_not_asked_about(bulletins: Assistant) -> None:
    answer = bulletins.ask("农村居民人均可支配收入呢？", history=[Turn("2025年衢州城镇居民人均可支配收入是多少？")])
    assert answer.status != "clarify"
