"""Two embedders one after the other: the first answers at once, the better one when it has embedded everything."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.cli import working
from index.embedders.contextual import shipped_contextual
from index.embedders.embedder import EmbedderError
from index.embedders.static import shipped
from index.embedders.succession import Succession, automatic
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import embedding as embedding_module
from tests.fakes.embedder import INTAKE, BigramEmbedder

FAST, SLOW = "fast@1", "slow@1"


class Slow(BigramEmbedder):
    """Embeds while `may` is set; keeps what it embedded."""

    def __init__(self) -> None:
        super().__init__(SLOW, 32)
        self.texts: list[str] = []
        self.may = threading.Event()
        self.may.set()
        self.fails = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self.may.wait(20)
        if self.fails:
            raise EmbedderError("slow is out")
        self.texts += texts
        return super().encode(texts)


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_module, "_EMBEDDED_AT_ONCE", 3)
    for name in ("_LOOK_EVERY_S", "_LAG_LOOK_EVERY_S", "_PAUSE_S"):
        monkeypatch.setattr(working, name, 0.01)


def write(folder: Path, numbers: range) -> Path:
    folder.mkdir(exist_ok=True)
    for n in numbers:
        (folder / f"{n}.txt").write_text(f"编号{n}的收入是{n}元。", encoding="utf8")
    return folder


def opened(tmp_path: Path, slow: Slow, *, at_once: int = 10, most: int = 1000) -> Index:
    succession = Succession(BigramEmbedder(FAST, 64), slow, most=most, at_once=at_once)
    return Index.open(tmp_path / "data", embedder=succession, ranker=Unranked(), intake=INTAKE)


@contextlib.contextmanager
def worked_on(index: Index) -> Iterator[None]:
    """What `youju serve` keeps going in a process of its own does its work here."""
    ended = threading.Event()
    thread = threading.Thread(target=working.work, args=(index, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(20)


def answers_by(index: Index, name: str, n: int = 3) -> bool:
    """Whether this embedder answers, and finds passage `n` by meaning."""
    (hit, *_) = index.search(f"编号{n}的收入是多少", k=1)
    return index.status().embedder == name and hit.passage.text == f"编号{n}的收入是{n}元。" and hit.dense > 0.3


def wait_until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_small_corpus_is_embedded_by_the_better_one_before_an_update_is_done(tmp_path: Path) -> None:
    with opened(tmp_path, slow := Slow()) as index:
        index.update([write(tmp_path / "files", range(10))])
        assert answers_by(index, SLOW)
        assert index.status().switching_to is None
        index.update([write(tmp_path / "files", range(8, 12))])
        assert answers_by(index, SLOW, 11)
    assert len(slow.texts) == len(set(slow.texts)) == 12


def test_a_large_one_is_answered_by_the_first_until_the_background_has_caught_up(tmp_path: Path) -> None:
    with opened(tmp_path, slow := Slow()) as index:
        index.update([write(tmp_path / "files", range(30))])
        assert answers_by(index, FAST)
        assert (index.status().switching_to, index.status().embedded, slow.texts) == (SLOW, 0, [])
        slow.may.clear()
        with worked_on(index):
            assert answers_by(index, FAST)
            slow.may.set()
            wait_until(lambda: answers_by(index, SLOW))
        assert len(slow.texts) == 30


def test_what_is_embedded_survives_and_a_restart_goes_on_there(tmp_path: Path) -> None:
    write(tmp_path / "files", range(30))
    with opened(tmp_path, first := Slow()) as index:
        index.update([tmp_path / "files"])
        with worked_on(index):
            wait_until(lambda: len(first.texts) >= 6)
            first.fails = True
    done = set(first.texts)
    with opened(tmp_path, again := Slow()) as index:
        assert answers_by(index, FAST) or len(done) == 30
        with worked_on(index):
            wait_until(lambda: answers_by(index, SLOW))
    assert not done & set(again.texts)
    assert len(done | set(again.texts)) == 30


def test_many_new_files_are_answered_by_the_first_again_and_the_background_notices_them(tmp_path: Path) -> None:
    with opened(tmp_path, slow := Slow()) as serving:
        serving.update([write(tmp_path / "files", range(10))])
        with worked_on(serving):
            wait_until(lambda: answers_by(serving, SLOW))
            slow.may.clear()
            with opened(tmp_path, beside := Slow()) as other:  # `youju index` while `youju serve` runs
                other.update([write(tmp_path / "files", range(40))])
                assert answers_by(other, FAST, 39)
                assert len(beside.texts) <= 10
            assert answers_by(serving, FAST, 39)
            slow.may.set()
            wait_until(lambda: answers_by(serving, SLOW, 39))
            assert len([*slow.texts, *beside.texts]) == 40
            (tmp_path / "files" / "39.txt").write_text("编号39的收入是390元。", encoding="utf8")
            serving.update()
            assert len([*slow.texts, *beside.texts]) == 41


def test_in_very_large_corpora_the_first_one_stays(tmp_path: Path) -> None:
    with opened(tmp_path, slow := Slow(), at_once=100, most=20) as index:
        index.update([write(tmp_path / "files", range(15))])
        assert answers_by(index, SLOW)
        with worked_on(index):
            index.update([write(tmp_path / "files", range(25))])
            assert answers_by(index, FAST, 24)
            assert index.status().switching_to is None
            for n in range(12, 25):
                (tmp_path / "files" / f"{n}.txt").unlink()
            index.update()
            assert answers_by(index, SLOW)
    assert len(slow.texts) == len(set(slow.texts))


def test_in_the_background_failures_are_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path, slow := Slow()) as index:
        index.update([write(tmp_path / "files", range(30))])
        slow.fails = True
        with worked_on(index):
            wait_until(lambda: "slow is out" in caplog.text)
            assert answers_by(index, FAST)
            slow.fails = False
            wait_until(lambda: answers_by(index, SLOW))


def test_where_the_better_one_fails_the_first_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path, slow := Slow()) as index:
        slow.fails = True
        assert index.update([write(tmp_path / "files", range(5))]).failed == {SLOW: "slow is out"}
        assert answers_by(index, FAST)
        slow.fails = False
        assert index.update().failed == {}
        assert answers_by(index, SLOW)


def test_the_shipped_ones_are_the_static_and_the_contextual_embedder(tmp_path: Path) -> None:
    succession = automatic()
    assert (succession.first, succession.then) == (shipped(), shipped_contextual())
    (tmp_path / "a.txt").write_text("电动自行车登记、号牌发放由公安机关交通管理部门办理。", encoding="utf8")
    with Index.open(tmp_path / "data", intake=INTAKE) as index:
        index.update([tmp_path / "a.txt"])
        assert index.status().embedder == shipped_contextual().name
        (hit,) = index.search("电瓶车去哪里上牌照")
        assert hit.dense > 0.3
