"""A disk that is too small for the engines: said before anything is written, with how much is needed and where."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from index.index import Index
from index.upkeep import space
from index.upkeep.space import SpaceError
from tests.fakes.embedder import INTAKE, BigramEmbedder


def test_building_on_a_disk_that_is_too_small_says_so_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "files").mkdir()
    for n in range(20):
        (tmp_path / "files" / f"{n}.txt").write_text(f"通知{n}\n第{n}号通知补助{n * 7}元。", encoding="utf8")
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), intake=INTAKE, exact_limit=5) as index:
        index.update([tmp_path / "files"])
        little = shutil.disk_usage(tmp_path)._replace(free=3_000_000)
        monkeypatch.setattr(space.shutil, "disk_usage", lambda _: little)
        with pytest.raises(SpaceError, match=r"generations: 建立检索引擎约需 1\d MB，磁盘只剩 3 MB。还什么都没有写"):
            index.build()
        assert not [path for path in (tmp_path / "data" / "generations").iterdir() if path.is_dir()]
        assert index.search("第7号通知补助多少")  # asking goes on
        monkeypatch.setattr("index.upkeep.generations.FRESH", 1)
        with caplog.at_level(logging.WARNING):
            index.update()  # the files are indexed; only the engines have to wait
        assert "磁盘只剩 3 MB" in caplog.text
        monkeypatch.undo()
        assert index.build()
        sizes = index.status().sizes
        assert sizes["engines"] > 0
        assert sizes["catalog"] > 0
        assert sum(sizes.values()) == index.status().bytes
