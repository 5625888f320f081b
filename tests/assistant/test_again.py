"""The same question of the same state of a library is answered once, for each reader and each state by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.ask import Assistant, build
from assistant.config import Config
from index.filters import Filter
from index.index import Index

QUESTION = "枫溪镇2024年村集体收入是多少？"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "总结.md").write_text("# 枫溪镇2024年总结\n\n2024年，枫溪镇村集体收入3120万元。\n", "utf8")
    return tmp_path / "docs"


@pytest.fixture
def town(folder: Path) -> Iterator[Assistant]:
    with build(Config(data_dir=folder.parent / "data"), sources=[folder]) as built:
        yield built


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    search = Index.search

    def noted(self: Index, query: str, **given: object) -> object:
        seen.append(query)
        return search(self, query, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Index, "search", noted)
    return seen


def test_it_is_made_once_and_told_as_an_answer_of_its_own(town: Assistant, searches: list[str]) -> None:
    first = town.ask(QUESTION)
    count = len(searches)
    second = town.ask(QUESTION)
    assert count
    assert len(searches) == count
    assert (second.answer, second.citations) == (first.answer, first.citations)
    assert second.id != first.id


def test_what_was_asked_before_and_what_is_seen_make_another_question(town: Assistant, searches: list[str]) -> None:
    assert "3120万元" in town.ask(QUESTION).answer
    assert town.ask(QUESTION, through=Filter(since="2030")).status == "not_found"
    count = len(searches)
    town.ask(QUESTION, history=[Turn("有哪些文件？")])
    assert len(searches) > count


def test_a_changed_document_is_answered_from_at_once(town: Assistant, folder: Path) -> None:
    assert "3120万元" in town.ask(QUESTION).answer
    (folder / "总结.md").write_text("# 枫溪镇2024年总结\n\n2024年，枫溪镇村集体收入3350万元。\n", "utf8")
    town.index.update([folder])
    assert "3350万元" in town.ask(QUESTION).answer


def test_many_at_once_wait_for_one(town: Assistant, searches: list[str]) -> None:
    town.ask("有哪些文件？")
    searches.clear()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(town.ask(QUESTION).answer)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    together = len(searches)
    assert len(answers) == 6
    assert len(set(answers)) == 1
    searches.clear()
    town.ask("枫溪镇2024年集体收入有多少？")
    assert together <= 2 * max(len(searches), 1)
