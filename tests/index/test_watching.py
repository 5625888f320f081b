"""Watching: a folder that went and came back, or gave way to another one, is watched like before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.watching import watch
from tests.fakes.embedder import INTAKE, BigramEmbedder

_WAIT_S = 10.0


@pytest.fixture
def folders(tmp_path: Path) -> Sequence[Path]:
    made = [tmp_path / "a", tmp_path / "b"]
    for folder in made:
        folder.mkdir()
        (folder / "1.txt").write_text("第一号通知说补助七元。", encoding="utf8")
    return made


@pytest.fixture
def told(tmp_path: Path, folders: Sequence[Path]) -> Iterator[Callable[[Path], bool]]:
    """Whether a path, or the folder it lies in, is told to have changed since this was last asked."""
    ended = threading.Event()
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE) as index:
        index.update(folders)
        watching = threading.Thread(target=watch, args=(index.jobs, index.sources, ended))
        watching.start()

        def is_told(path: Path) -> bool:
            since = time.monotonic()
            while time.monotonic() - since < _WAIT_S:
                for job in index.jobs.all():
                    if job.state == "queued" and {str(path), str(path.parent)} & {*job.paths}:
                        index.jobs.cancel(job.number)
                        return True
                time.sleep(0.05)
            return False

        time.sleep(0.5)
        yield is_told
        ended.set()
        watching.join(_WAIT_S)


def test_a_folder_that_was_away_is_watched_again(told: Callable[[Path], bool], folders: Sequence[Path]) -> None:
    away = folders[1].with_name("away")
    folders[1].rename(away)
    time.sleep(2.5)
    (away / "2.txt").write_text("第二号通知说补助八元。", encoding="utf8")
    away.rename(folders[1])
    assert told(folders[1] / "2.txt")  # what came while it was away
    (folders[1] / "3.txt").write_text("第三号通知说补助九元。", encoding="utf8")
    assert told(folders[1] / "3.txt")


def test_a_folder_that_takes_the_place_of_another_is_watched(
    told: Callable[[Path], bool], folders: Sequence[Path]
) -> None:
    other = folders[1].with_name("other")
    other.mkdir()
    (other / "2.txt").write_text("第二号通知说补助八元。", encoding="utf8")
    folders[1].rename(folders[1].with_name("old"))
    other.rename(folders[1])
    assert told(folders[1] / "2.txt")
    (folders[1] / "3.txt").write_text("第三号通知说补助九元。", encoding="utf8")
    assert told(folders[1] / "3.txt")
