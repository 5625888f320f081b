"""Trust: an answer looks sure where it is what was asked for, and not where it is only called alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answers import SURE
from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.doubts import doubts

NOTES = """# 岚溪县2025年民生简报

岚溪县城乡居民基本养老保险基础养老金的最低标准为每人每月196元。

全县现有病床1840张，其中民营医院420张。

农民工返乡创业贷款最高30万元，由县人力社保局受理。
"""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("notes")
    (folder / "简报.md").write_text(NOTES, encoding="utf8")
    built = build(Config(data_dir=folder / ".data"), sources=[folder])
    yield built
    built.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("岚溪县的基础养老金最低标准是多少？", "196元"),
        ("岚溪县现有病床多少张？", "1840张"),
        ("返乡创业贷款最高多少？", "30万元"),
    ],
)
def test_what_was_asked_for_looks_sure(notes: Assistant, question: str, told: str) -> None:
    answer = notes.ask(question)
    assert told in answer.answer
    assert answer.sure


@pytest.mark.parametrize("question", ["岚溪县的最低工资是多少？", "岚溪县最低生活费是多少？"])
def test_another_quantity_of_a_like_name_looks_less_sure(notes: Assistant, question: str) -> None:
    assert notes.ask(question).confidence < notes.ask("岚溪县的基础养老金最低标准是多少？").confidence - 0.1


def test_a_pension_for_a_wage_is_doubted(sample_library: Assistant) -> None:
    answer = sample_library.ask("浙江的最低工资是多少？")
    assert answer.status == "not_found" or (answer.confidence < SURE and "工资" in doubts(answer))
