"""Switching the embedder: the old one answers until the new one has everything, whatever happens in between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedders.embedder import EmbedderError
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import embedding as embedding_module
from index.upkeep.progress import Progress
from tests.fakes.embedder import INTAKE, BigramEmbedder

PASSAGES = 20


class Server(BigramEmbedder):
    """An embedder that fails after `calls` batches of passages, and on each question while `down`."""

    def __init__(self, name: str, dimension: int = 32, *, calls: int = 10**9) -> None:
        super().__init__(name, dimension)
        self.calls = calls
        self.down = False
        self.asked: list[str] = []
        self.between: Callable[[], None] = lambda: None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls -= 1
        if self.calls < 0:
            raise EmbedderError(f"{self.name} is out")
        self.between()
        rows = np.array([super(Server, self).encode_query(text) for text in texts], np.float32)
        self.encoded += len(texts)
        return rows.reshape(len(texts), self.dimension)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        if self.down:
            raise EmbedderError(f"{self.name} is out")
        self.asked.append(text)
        return super().encode_query(text)


OLD, NEW = "old@1", "new@1"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_module, "_EMBEDDED_AT_ONCE", 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    for n in range(PASSAGES):
        write(made, n)
    return made


def write(folder: Path, n: int) -> None:
    (folder / f"{n}.txt").write_text(f"编号{n}的收入是{n}元。", encoding="utf8")


def recall(origin: str) -> Server:
    return Server(origin, 64 if origin == OLD else 32)


def gone(origin: str) -> Server:
    raise EmbedderError(f"{origin} is gone")


def open_index(
    tmp_path: Path,
    embedder: BigramEmbedder,
    *,
    recall: Callable[[str], BigramEmbedder] = recall,
    exact_limit: int = 1000,
) -> Index:
    return Index.open(
        tmp_path / "data",
        embedder=embedder,
        recall=recall,
        ranker=Unranked(),
        intake=INTAKE,
        exact_limit=exact_limit,
    )


def begin(tmp_path: Path, folder: Path) -> None:
    """An index that the old embedder answers."""
    with open_index(tmp_path, Server(OLD, 64)) as index:
        index.update([folder])
        assert index.status().embedder == OLD


def assert_answers(index: Index, n: int = 7) -> None:
    """By words and by meaning."""
    (hit, *_) = index.search(f"编号{n}的收入是多少", k=1)
    assert hit.passage.text == f"编号{n}的收入是{n}元。"
    assert hit.dense > 0.3


@pytest.mark.parametrize("exact_limit", [1000, 5], ids=["exact", "with a graph"])
def test_the_old_one_answers_until_everything_is_embedded(tmp_path: Path, folder: Path, exact_limit: int) -> None:
    begin(tmp_path, folder)
    new = Server(NEW)
    seen: list[tuple[int, str]] = []
    with open_index(tmp_path, new, exact_limit=exact_limit) as index:

        def look(told: Progress) -> None:
            if told.stage in ("embedding", "building"):
                status = index.status()
                assert (status.embedder, status.switching_to) == (OLD, NEW)
                assert status.embedded == told.done or told.stage == "building"
                assert_answers(index)
                assert not new.asked
                seen.append((told.done, told.stage))

        assert index.switch(progress=look)
        assert [done for done, stage in seen if stage == "embedding"] == [*range(3, PASSAGES, 3), PASSAGES]
        assert any(stage == "building" for _, stage in seen) == (exact_limit == 5)
        status = index.status()
        assert (status.embedder, status.switching_to, status.words_only) == (NEW, None, None)
        assert (status.generation is not None) == (exact_limit == 5)
        assert_answers(index)
        assert new.asked
        assert index.switch()  # once is enough
        assert new.encoded == PASSAGES
    with open_index(tmp_path, Server(NEW), recall=gone, exact_limit=exact_limit) as index:
        assert_answers(index)


def test_an_update_finishes_the_switch_and_going_back_costs_nothing(tmp_path: Path, folder: Path) -> None:
    begin(tmp_path, folder)
    for name, dimension, encoded in ((NEW, 32, PASSAGES), (OLD, 64, 0)):
        embedder = Server(name, dimension)
        with open_index(tmp_path, embedder) as index:
            assert index.update().failed == {}
            assert index.status().embedder == name
            assert embedder.encoded == encoded
            assert_answers(index)


def test_a_server_that_fails_in_the_middle_is_told_of_and_the_next_update_goes_on_there(
    tmp_path: Path, folder: Path
) -> None:
    begin(tmp_path, folder)
    with open_index(tmp_path, Server(NEW, calls=4)) as index:
        assert index.update().failed == {NEW: f"{NEW} is out"}
        status = index.status()
        assert (status.embedder, status.switching_to, status.embedded) == (OLD, NEW, 12)
        assert_answers(index)
    again = Server(NEW)
    with open_index(tmp_path, again) as index:
        assert index.update().failed == {}
        assert again.encoded == PASSAGES - 12
        assert index.status().embedder == NEW
        assert_answers(index)


def test_switching_back_half_way(tmp_path: Path, folder: Path) -> None:
    begin(tmp_path, folder)
    with open_index(tmp_path, Server(NEW, calls=4)) as index, pytest.raises(EmbedderError, match="is out"):
        index.switch()
    back = Server(OLD, 64)
    with open_index(tmp_path, back, recall=gone) as index:
        assert index.update().failed == {}
        assert (index.status().embedder, index.status().switching_to) == (OLD, None)
        assert back.encoded == 0
        assert_answers(index)


def test_documents_may_come_and_go_meanwhile(tmp_path: Path, folder: Path) -> None:
    begin(tmp_path, folder)
    new = Server(NEW)
    steps = iter(range(100, 200))

    def elsewhere() -> None:
        step = next(steps)
        if step < 110:  # else each batch would bring one more
            write(folder, step)
            (folder / f"{step - 100}.txt").unlink()
            with open_index(tmp_path, Server(OLD, 64)) as other:  # still set to the old one
                other.update([folder])
                assert_answers(other, step)

    new.between = elsewhere
    with open_index(tmp_path, new) as index:
        assert index.switch()
        assert_answers(index, 109)
        assert not any("编号3的" in hit.passage.text for hit in index.search("编号3的收入"))
        assert index.status().embedded == index.status().passages == PASSAGES


@pytest.mark.parametrize("exact_limit", [1000, 5], ids=["exact", "with a graph"])
def test_what_comes_while_the_graph_is_built_is_embedded_before_the_flip(
    tmp_path: Path, folder: Path, exact_limit: int
) -> None:
    begin(tmp_path, folder)
    late = iter([77])

    with open_index(tmp_path, Server(NEW), exact_limit=exact_limit) as index:

        def adds(told: Progress) -> None:
            if told.done == told.total and (n := next(late, None)):
                write(folder, n)
                with open_index(tmp_path, Server(OLD, 64)) as other:
                    other.update([folder], build=False)

        assert index.switch(progress=adds)
        with index._catalog.reading() as connection:
            assert index._catalog.count_without_vector(connection, NEW) == 0
        assert_answers(index, 77)


def test_an_old_embedder_that_is_gone_leaves_words_until_the_new_one_is_ready(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begin(tmp_path, folder)
    with open_index(tmp_path, Server(NEW), recall=gone) as index:
        (hit, *_) = index.search("编号7的收入是多少", k=1)
        assert (hit.passage.text, hit.dense) == ("编号7的收入是7元。", 0)
        assert index.status().words_only == f"{OLD} is gone"
        assert "只按字词" in caplog.text
        write(folder, 50)
        assert index.update([folder]).failed == {}
        assert_answers(index, 50)
        assert index.status().words_only is None


def test_an_old_model_that_has_other_weights_now_is_not_asked(tmp_path: Path, folder: Path) -> None:
    begin(tmp_path, folder)
    with open_index(tmp_path, Server(NEW), recall=lambda _: Server("old@2", 64)) as index:
        assert [hit.dense for hit in index.search("编号7的收入是多少", k=1)] == [0]
        assert "which is now old@2" in str(index.status().words_only)


def test_a_server_that_fails_on_a_question_leaves_words_for_a_while(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(NEW)
    monkeypatch.setattr("index.answering.SILENT_S", 0.5)
    with open_index(tmp_path, server) as index:
        index.update([folder])
        server.down = True
        assert [hit.dense for hit in index.search("编号7的收入是多少", k=1)] == [0]
        assert index.status().words_only == f"{NEW} is out"
        server.down = False
        assert [hit.dense for hit in index.search("编号7的收入是多少", k=1)] == [0]  # not asked each time
        time.sleep(0.5)
        assert_answers(index)
        assert index.status().words_only is None


def test_files_are_found_by_words_when_their_embedder_is_out_and_embedded_later(tmp_path: Path, folder: Path) -> None:
    with open_index(tmp_path, Server(NEW, calls=0)) as index:
        done = index.update([folder])
        assert len(done.added) == PASSAGES
        assert done.failed == {NEW: f"{NEW} is out"}
        assert index.search("编号7的收入是多少", k=1)[0].passage.text == "编号7的收入是7元。"
        assert (index.status().switching_to, index.status().embedded) == (NEW, 0)
    with open_index(tmp_path, Server(NEW)) as index:
        assert index.update().failed == {}
        assert_answers(index)
        assert index.status().switching_to is None


def test_a_server_whose_model_was_changed_half_way_is_asked_for_everything_again(tmp_path: Path, folder: Path) -> None:
    begin(tmp_path, folder)
    with open_index(tmp_path, Server("served", calls=4)) as index, pytest.raises(EmbedderError):
        index.switch()
    other = Server("another model under that name")
    other.name = "served"  # no digest in it: only the vectors tell

    def differently(text: str) -> NDArray[np.float32]:
        return BigramEmbedder.encode_query(other, text)[::-1].copy()

    other.encode = lambda texts: np.array([differently(text) for text in texts], np.float32)  # type: ignore[method-assign]
    other.encode_query = differently  # type: ignore[method-assign]
    with open_index(tmp_path, other) as index:
        assert index.switch()
        rows = list(range(1, PASSAGES + 1))
        kept = index._catalog.vectors_at(rows, embedder="served")
        assert len(kept) == PASSAGES
        assert_answers(index)
        assert embedding_module.steady(index._catalog, other)


def test_two_at_it_do_the_work_once(tmp_path: Path, folder: Path) -> None:
    begin(tmp_path, folder)
    one, two = Server(NEW), Server(NEW)
    one.between = lambda: time.sleep(0.02)
    with open_index(tmp_path, one) as first, open_index(tmp_path, two) as second:
        thread = threading.Thread(target=first.switch)
        thread.start()
        wait_until(lambda: one.encoded > 0)
        assert second.switch()
        thread.join()
        assert second.status().embedder == NEW
        assert one.encoded + two.encoded == PASSAGES


WORKER = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.index import test_switch
from index.upkeep import embedding
embedding._EMBEDDED_AT_ONCE = 1
names = (test_switch.OLD, test_switch.NEW)

for line in sys.stdin:
    worker = os.fork()
    if not worker:
        for turn in range(1000):
            name = names[(int(line) + turn) % 2]
            embedder = test_switch.recall(name)
            with test_switch.open_index(Path(sys.argv[2]), embedder, exact_limit=int(sys.argv[3])) as index:
                index.update([Path(sys.argv[2]) / "files"])
                index._catalog.forget_vectors(names[names.index(name) - 1])
    print(worker, flush=True)
    os.waitpid(worker, 0)
    print("killed", flush=True)
"""


@pytest.mark.parametrize(("exact_limit", "kills"), [(1000, 10), (5, 2)], ids=["exact", "with a graph"])
def test_killed_at_any_instant_one_of_the_two_answers(
    tmp_path: Path, folder: Path, exact_limit: int, kills: int
) -> None:
    begin(tmp_path, folder)
    luck = random.Random(11)
    here = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", WORKER, here, str(tmp_path), str(exact_limit)]
    answered: set[str] = set()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for turn in range(kills):
            nursery.stdin.write(f"{turn}\n")
            nursery.stdin.flush()
            worker = int(nursery.stdout.readline())
            write(folder, 200 + turn)
            time.sleep(luck.uniform(0.05, 0.6) * (1 if exact_limit > 5 else 5))
            os.kill(worker, signal.SIGKILL)
            assert nursery.stdout.readline() == "killed\n"
            # Set to a third embedder that never answers: what does is what was recorded.
            with open_index(tmp_path, Server("third@1", calls=0), exact_limit=exact_limit) as index:
                assert_answers(index)
                answered.add(index.status().embedder)
                assert index.status().words_only is None
    assert answered <= {OLD, NEW}
    with open_index(tmp_path, Server(NEW), exact_limit=exact_limit) as index:
        index.update([folder])
        assert index.status().embedder == NEW
        for n in range(200, 200 + kills):
            assert_answers(index, n)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
