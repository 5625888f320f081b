"""The registries of engines and embedders are the only doors: a new kind is one file and one line."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

from index.embedders.embedder import Embedder
from index.embedders.registry import EMBEDDERS, load_embedder, recalled
from index.engines.exact import ExactVectors
from index.engines.protocols import EngineError
from index.engines.registry import DENSE, Choice
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.generations import open_generation
from index.upkeep.sealing import read_manifest
from tests.fakes.embedder import INTAKE, BigramEmbedder
from tests.fakes.engine import ENGINE

ROOT = Path(__file__).parents[2]
LINE = "from index.engines.registry import DENSE\nfrom tests.fakes.engine import ENGINE\nDENSE['saved'] = ENGINE\n"


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an engine that is registered here, and in the processes that build and verify generations."""
    monkeypatch.setitem(DENSE, "saved", ENGINE)
    started = tmp_path / "started"
    started.mkdir()
    (started / "sitecustomize.py").write_text(LINE, encoding="utf8")  # runs when a process starts
    monkeypatch.setattr(sys, "path", [sys.path[0], str(started), *sys.path[1:]])
    return "saved"


def open_index(tmp_path: Path, *, dense: str = "chroma", exact_limit: int = 3) -> Index:
    return Index.open(
        tmp_path / "data",
        embedder=BigramEmbedder(),
        ranker=Unranked(),
        exact_limit=exact_limit,
        dense=dense,
        intake=INTAKE,
    )


def write_files(folder: Path) -> Path:
    folder.mkdir()
    for n in range(6):
        (folder / f"{n}.txt").write_text(f"编号{n}的收入是{n * 7}元。", encoding="utf8")
    return folder


def test_a_second_engine_builds_verifies_opens_and_searches(tmp_path: Path, saved: str) -> None:
    with open_index(tmp_path, exact_limit=1000) as index:
        index.update([write_files(tmp_path / "files")])
        expected = [(hit.passage.id, hit.dense) for hit in index.search("编号3的收入")]
    with open_index(tmp_path, dense=saved) as index:
        assert index.build()
        path = tmp_path / "data" / "generations" / str(index.status().generation)
        assert [(hit.passage.id, hit.dense) for hit in index.search("编号3的收入")] == expected
    manifest = read_manifest(path)
    assert (manifest.dense, manifest.libraries["numpy"]) == ("saved", ENGINE.library()[1])
    assert "chromadb" not in manifest.libraries
    assert isinstance(open_generation(path).dense, ExactVectors)
    (path / "dense" / "vectors.npz").write_bytes(b"damaged")
    damaged = open_generation(path)  # its words still answer
    assert damaged.dense is None
    assert "vectors.npz" in (damaged.problem or "")


def test_an_engine_that_does_not_verify_is_not_made_live(tmp_path: Path, saved: str) -> None:
    lossy = LINE + (
        "from dataclasses import replace\n"
        "build = lambda path, rows, vectors, progress: ENGINE.build(path, rows[:2], vectors[:2], progress=progress)\n"
        "DENSE['saved'] = replace(ENGINE, build=build)\n"
    )
    (tmp_path / "started" / "sitecustomize.py").write_text(lossy, encoding="utf8")
    with open_index(tmp_path, dense=saved) as index:
        index.update([write_files(tmp_path / "files")], build=False)
        with pytest.raises(EngineError, match="doesn't find itself"):
            index.build()
        assert index.status().generation is None


def test_a_generation_of_an_engine_that_is_gone_is_passed_over(
    tmp_path: Path, saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_index(tmp_path, dense=saved) as index:
        index.update([write_files(tmp_path / "files")], build=False)
        assert index.build()
        path = tmp_path / "data" / "generations" / str(index.status().generation)
    monkeypatch.delitem(DENSE, saved)
    with pytest.raises(EngineError, match="'saved'"):
        open_generation(path)
    with open_index(tmp_path, exact_limit=1000) as index:
        assert index.search("编号3的收入", k=1)[0].passage.text == "编号3的收入是21元。"


def test_one_place_chooses_the_engine_by_size() -> None:
    choice = Choice(exact_limit=10)
    assert [choice.dense(passages) for passages in (0, 10, 11)] == [None, None, "signs"]
    with pytest.raises(ValueError, match=r"'milk'.*chroma"):
        Choice(large="milk")


def test_a_new_kind_of_embedder_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str, str | None, str | None]] = []

    def load(model: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
        loaded.append((model, base_url, api_key))
        return BigramEmbedder(model)

    monkeypatch.setitem(EMBEDDERS, "bigrams", load)
    assert load_embedder("bigrams:small", base_url="http://here", api_key="k").name == "small"
    origin = json.dumps({"model": "bigrams:small", "base_url": "http://here"})
    assert recalled(origin, base_url="http://elsewhere", api_key="k").name == "small"
    assert loaded == [("small", "http://here", "k"), ("small", "http://here", None)]


def test_a_name_of_no_kind_is_a_hub_name_or_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EMBEDDERS, "sentence-transformers", lambda model, **_: BigramEmbedder(model))
    for name in ("BAAI/bge-m3", r"D:\models\bge-m3", "sentence-transformers:BAAI/bge-m3"):
        assert load_embedder(name).name == name.removeprefix("sentence-transformers:")


def test_the_shipped_embedder_has_no_other_name() -> None:
    with pytest.raises(ValueError, match="YOUJU_EMBEDDER"):
        load_embedder("static:other")


@pytest.mark.parametrize(
    ("implementation", "doors"),
    [
        ("index.engines.chroma", {"index/engines/registry.py"}),
        ("index.embedders.hub", {"index/embedders/registry.py", "index/embedders/__init__.py"}),
        ("index.embedders.server", {"index/embedders/registry.py", "index/embedders/__init__.py"}),
    ],
)
def test_nothing_but_its_registry_imports_an_implementation(implementation: str, doors: set[str]) -> None:
    package, _, name = implementation.rpartition(".")
    importers = set()
    for stage in ("index", "assistant", "eval"):
        for file in (ROOT / stage).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf8"))):
                is_from = isinstance(node, ast.ImportFrom) and (
                    node.module == implementation
                    or (node.module == package and any(alias.name == name for alias in node.names))
                )
                if is_from or (
                    isinstance(node, ast.Import) and any(alias.name == implementation for alias in node.names)
                ):
                    importers.add(str(file.relative_to(ROOT)))
    assert importers == doors
