"""Damaged engines: whatever was done to their files, questions are answered, and the next update builds them anew."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.engines.protocols import EngineError
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import probing
from tests.fakes.embedder import INTAKE, BigramEmbedder

TEXTS = [f"第{n}号通知\n第{n}号通知说，{n}年起补助{n * 7}元。" for n in range(1, 30)]
QUESTION = "第9号通知说补助多少元"


def opened(where: Path) -> Index:
    return Index.open(where, embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE, exact_limit=5, dense="chroma")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("built")
    (where / "files").mkdir()
    for n, text in enumerate(TEXTS):
        (where / "files" / f"{n}.txt").write_text(text, encoding="utf8")
    with opened(where / "data") as index:
        index.update([where / "files"])
        assert index.build()
    return where


@pytest.fixture
def data(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built / "data", tmp_path / "data")
    return tmp_path / "data"


def dense(data: Path) -> Path:
    (live,) = (path for path in (data / "generations").iterdir() if path.is_dir())
    return live / "dense"


def flip(file: Path, at: float) -> None:
    content = bytearray(file.read_bytes())
    start = int(at * (len(content) - 300))
    content[start : start + 300] = bytes(byte ^ 0xFF for byte in content[start : start + 300])
    file.write_bytes(content)


def flip_every_page(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 16] = bytes(byte ^ 0xFF for byte in content[start : start + 16])
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "its first bytes flipped": lambda file: flip(file, 0.0),
    "bytes of every page flipped": flip_every_page,
    "cut short": lambda file: os.truncate(file, file.stat().st_size // 2),
    "removed": lambda file: file.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_database_is_answered_around(data: Path, damage: str) -> None:
    DAMAGES[damage](dense(data) / "chroma.sqlite3")
    with opened(data) as index:
        assert "补助63元" in index.search(QUESTION)[0].passage.text
        generation = index._snapshots.current().generation
        assert generation is not None  # its words still answer
        assert generation.dense is None
        assert generation.problem
        assert [job.in_words for job in index.jobs.all() if job.state == "queued"] == ["重建检索引擎"]


def test_a_damaged_generation_is_built_anew_by_the_job_that_its_damage_queues(data: Path) -> None:
    (dense(data) / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with opened(data) as index:
        index.search(QUESTION)
        before = index.status().generation
        index.jobs.finish(index.jobs.all()[0].number, index.do)
        assert index.status().generation != before
        rebuilt = index._snapshots.current().generation
        assert rebuilt is not None
        assert rebuilt.dense is not None


def test_a_graph_that_ends_the_process_ends_only_the_probe(data: Path) -> None:
    graph = next(dense(data).glob("*/header.bin"))
    flip(graph, 0.0)
    with pytest.raises(EngineError):
        probing.check("chroma", dense(data))


def test_what_was_probed_is_not_probed_again_until_it_changes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    probing.check("chroma", dense(data))
    monkeypatch.setattr(sys, "executable", "/bin/false")  # what starts a child now fails
    probing.check("chroma", dense(data))
    probing.opened("chroma", dense(data)).close()
    probing.check("chroma", dense(data))
    os.utime(dense(data) / "chroma.sqlite3")
    with pytest.raises(EngineError, match="ended with 1"):
        probing.check("chroma", dense(data))
    monkeypatch.undo()
    with pytest.raises(EngineError):  # kept, until it is forgotten
        probing.check("chroma", dense(data))
    probing.forget(dense(data))
    probing.check("chroma", dense(data))
