"""A question ends on the state of the index that it began with, whatever is written meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from tests.fakes.embedder import INTAKE, BigramEmbedder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    (made / "a.txt").write_text("补贴办法\n每亩补贴120元。", encoding="utf8")
    (made / "b.txt").write_text("图书馆\n周一闭馆。", encoding="utf8")
    return made


def texts(index: Index, query: str) -> set[str]:
    return {hit.passage.text for hit in index.search(query)}


def test_inside_it_nothing_changes_and_outside_all_is_new(index: Index, folder: Path) -> None:
    index.update([folder])
    (before,) = (info for info in index.documents() if info.title == "图书馆")
    moment = index.moment()
    (folder / "a.txt").write_text("补贴办法\n每亩补贴150元。", encoding="utf8")
    (folder / "b.txt").unlink()
    (folder / "c.txt").write_text("渡口\n每日6时开放。", encoding="utf8")
    index.update()
    with moment:
        assert "每亩补贴120元。" in texts(index, "每亩补贴多少")
        assert "每日6时开放。" not in texts(index, "每日几时开放")
        assert index.document(before.id).title == "图书馆"
        assert index.lookups.passages(before.id)[1].text == "周一闭馆。"
        assert {info.title for info in index.documents()} == {"补贴办法", "图书馆"}
        old = index.revision()
    assert "每亩补贴150元。" in texts(index, "每亩补贴多少")
    assert "每亩补贴120元。" not in texts(index, "每亩补贴多少")
    assert "周一闭馆。" not in texts(index, "周一闭馆吗")
    index.lookups.refresh()
    with pytest.raises(KeyError):
        index.lookups.document(before.id)
    assert index.revision() > old
    moment.close()


def test_it_is_held_from_one_thread_to_the_next(index: Index, folder: Path) -> None:
    index.update([folder])
    moment = index.moment()
    (folder / "a.txt").unlink()
    index.update()
    found: list[set[str]] = []
    pieces = moment.each(texts(index, "每亩补贴多少") for _ in range(3))
    for _ in range(3):
        context = copy_context()
        thread = threading.Thread(target=context.run, args=(lambda: found.append(next(pieces)),))
        thread.start()
        thread.join()
        assert "每亩补贴120元。" not in texts(index, "每亩补贴多少")
    assert all("每亩补贴120元。" in each for each in found)
    assert len(found) == 3
    moment.close()


def test_a_question_inside_another_sees_what_that_sees(index: Index, folder: Path) -> None:
    index.update([folder])
    outer = index.moment()
    (folder / "a.txt").unlink()
    index.update()
    with outer:
        inner = index.moment()
        with inner:
            assert "每亩补贴120元。" in texts(index, "每亩补贴多少")
        inner.close()
        assert "每亩补贴120元。" in texts(index, "每亩补贴多少")
    outer.close()
