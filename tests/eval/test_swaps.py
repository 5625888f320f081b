"""Questions changed to what the documents don't have, and whether they are declined with what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.config import Config
from eval import libraries
from eval.cases import Case
from eval.parts import swaps
from index.index import Index
from tests.fakes.embedder import BigramEmbedder

TEXT = """2024年，湖州市农村居民人均可支配收入51000元，比上年增长5.5%。全市建成美丽乡村示范带32条。
到2025年，湖州市农村居民人均可支配收入力争达到5.5万元。
"""
CASE = Case(
    id="hz-1",
    question="2024年湖州农村居民人均可支配收入是多少？",
    figures=("51000元",),
    docs=("公报",),
    evidence=("湖州市农村居民人均可支配收入51000元",),
)


@pytest.fixture
def library(tmp_path: Path) -> libraries.Library:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "公报.txt").write_text(f"湖州市统计公报\n\n{TEXT}", encoding="utf8")
    return libraries.opened(folder)


@pytest.fixture
def assistant(tmp_path: Path, library: libraries.Library):
    index = Index.open(tmp_path / "data", embedder=BigramEmbedder())
    index.update([library.folder])
    made = Assistant(index, Config(data_dir=tmp_path))
    yield made
    made.close()


def test_swaps_ask_of_what_the_documents_lack(library, assistant) -> None:
    made = list(swaps.swaps([CASE], assistant, library))
    assert {swap.kind for swap in made} == {"year", "place", "level"}
    for swap in made:
        assert swap.question != CASE.question
        assert [figure.text for figure in swap.original] == ["51000元"]
        assert "2024年湖州农村" not in swap.question
        assert "2025年" not in swap.question  # a year that the documents do have, if only as a target
    assert made == list(swaps.swaps([CASE], assistant, library))


def test_each_is_declined_and_the_original_figure_is_shown(library, assistant) -> None:
    outcomes = list(swaps.measure(list(swaps.swaps([CASE], assistant, library)), assistant))
    assert outcomes
    assert all(outcome.refused and outcome.near for outcome in outcomes), [
        (outcome.swap.question, outcome.answer.answer) for outcome in outcomes if not (outcome.refused and outcome.near)
    ]


def test_a_citys_figure_does_not_answer_for_its_province_nor_a_result_for_a_target(assistant) -> None:
    assert assistant.ask("湖州建成多少条美丽乡村示范带？").status == "answered"
    province = assistant.ask("浙江省建成多少条美丽乡村示范带？")
    assert province.status == "not_found"
    assert "32条" in province.nearest[0].text
    assert assistant.ask("2024年湖州农村居民人均可支配收入的目标是多少？").status == "not_found"


def test_questions_of_several_documents_or_turns_are_left_alone(library, assistant) -> None:
    others = [CASE.model_copy(update=change) for change in (
        {"type": "multi_doc"}, {"history": ("前一问",)}, {"answerable": False}, {"lang": "en"},
    )]  # fmt: skip
    assert list(swaps.swaps(others, assistant, library)) == []


def test_the_command_says_when_the_cases_are_not_here(tmp_path, capsys) -> None:
    assert swaps.main([str(tmp_path / "none.jsonl")]) == 1
    assert "not here" in capsys.readouterr().out
