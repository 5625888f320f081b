"""kill -9 at every named step of what changes an index, and at any moment between: nothing acknowledged is lost,
doubled or stale, and a process that has the index open answers all the time. `make faults` does it a thousand times."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index.catalog.schema import SCHEMA
from index.index import Index
from index.upkeep.backups import back_up, restore
from tests.faults.watching import Asker, Nursery, Promise, State, nursery, state_of, verify
from tests.faults.worker import STEPS, opened, write

KILLS, MOST_S = int(os.environ.get("YOUJU_KILLS", "0")), float(os.environ.get("YOUJU_KILLS_S", "600"))
"""So many more at random steps and moments, unless that takes too long."""
FILES = 14
BY_STEP = {
    **dict.fromkeys(("reading", "committing", "embedding", "comparing", "queueing"), "update"),
    **dict.fromkeys(("building passages", "building documents", "verifying", "sealing", "going live"), "build"),
    **dict.fromkeys(("switching", "embedding anew"), "switch"),
    "removing": "build",
    "backup": "back up",
    "restore": "restore",
}
"""Step → what has to be done to come to it."""
EARLIER = Path(__file__).parents[1] / "index" / "earlier"


@dataclass
class Kills:
    """An index that workers are killed over, with whoever asks it meanwhile."""

    data: Path
    files: Path
    promise: Promise
    asker: Asker
    workers: Nursery
    luck: random.Random
    version: int = 1
    count: int = 0

    def kill(self, do: str, place: str = "", *, call: int = 1, after: bool = False, dense: bool = False) -> None:
        """Kills a worker and looks whether all is as was promised; at a random moment where no place is named."""
        backup = self.data.with_name("backup.zip")
        before = _state_in(backup) if do == "back up" and backup.exists() else None
        if do == "restore":
            back_up(self.data, backup)
            with opened(self.data) as index:
                self.promise.restored = state_of(index)
                write(self.files, dict.fromkeys(range(3), self.version))
                index.update([self.files])
            self.promise.settle(dict.fromkeys(range(3), self.version))
            self.version += 1
        order: dict[str, Any] = {
            "do": do, "place": place, "call": call, "after": after, "first": self.version, "files": FILES,
            "seed": self.luck.randrange(10**9), "exact_limit": 5 if dense else 100_000, "file": str(backup),
        }  # fmt: skip
        was_killed = self.workers.kill(order, self.promise, after_s=None if place else self.luck.uniform(0.0, 0.7))
        self.version += 10_000 if not place else 100
        self.count += was_killed
        try:
            verify(self.asker.index, self.promise, self.luck)
            with opened(self.data) as index:
                state = verify(index, self.promise, self.luck)
                if do == "back up" and backup.exists():
                    found = _state_in(backup)
                    assert found == before or found in self.promise.states
                self._finish(index, state)
        except AssertionError as error:
            error.add_note(f"after {do} was killed at {place or 'some moment'}, call {call}, after: {after}")
            raise
        assert not self.asker.wrong, (do, place, call, after, self.asker.wrong)

    def _finish(self, index: Index, state: State) -> None:
        """What was cut short is done; then the index says what the files say."""
        self.promise.states = []
        self.promise.kept, self.promise.under_way = state, dict(_on_disk(self.files, state))
        self.promise.restored = None
        assert index.jobs.finish(index.jobs.add("update", [self.files]), index.do).state == "done"
        self.promise.settle(self.promise.under_way)
        assert verify(index, self.promise, self.luck, most=2) == self.promise.kept
        if self.count % 8 == 7:
            wrong = [each for each in index.examine() if each.state == "broken"]
            assert not wrong


def _on_disk(files: Path, known: State) -> Iterator[tuple[int, int | None]]:
    for n in range(FILES):
        file = files / f"{n}.txt"
        if file.exists():
            yield n, int(file.read_text(encoding="utf8").split("第")[2].split("版")[0])
        elif n in known:
            yield n, None


def _state_in(backup: Path) -> State:
    scratch = backup.with_name("scratch")
    restore(backup, scratch)
    try:
        with opened(scratch) as index:
            return state_of(index)
    finally:
        shutil.rmtree(scratch)


@contextmanager
def killing(seed: int) -> Iterator[Kills]:
    # What a killed process has written the kernel holds, so that no disk need be waited for.
    with tempfile.TemporaryDirectory(prefix="youju-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as where:
        yield from _killing(Path(where), seed)


def _killing(where: Path, seed: int) -> Iterator[Kills]:
    data, files, promise = where / "data", where / "files", Promise()
    files.mkdir()
    first: dict[int, int | None] = dict.fromkeys(range(FILES), 0)
    write(files, first)
    with opened(data) as index:
        index.update([files])
    promise.settle(first)
    with nursery(data, files) as workers, Asker(data, promise, files=FILES) as asker:
        yield Kills(data, files, promise, asker, workers, random.Random(seed))
        assert asker.asked
        assert not asker.wrong


@pytest.fixture(scope="module")
def kills() -> Iterator[Kills]:
    with killing(7) as made:
        yield made


@pytest.mark.parametrize("step", BY_STEP)
def test_killed_at_a_named_step(kills: Kills, step: str) -> None:
    before = kills.count
    for place in STEPS[step]:
        kills.kill(BY_STEP[step], place, after=kills.count % 2 == 0)
        assert kills.count == (before := before + 1)


def test_killed_while_a_graph_is_built() -> None:
    with killing(5) as kills:
        for step in ("building vectors", "verifying vectors"):
            (place,) = STEPS[step]
            kills.kill("build", place, dense=True)
        assert kills.count == 2


@pytest.mark.parametrize("do", ["update", "build", "switch", "back up", "restore"])
def test_killed_at_some_moment(kills: Kills, do: str) -> None:
    kills.kill(do)


@pytest.mark.parametrize("call", [2, 4])
@pytest.mark.parametrize("place", STEPS["migration"])
def test_killed_while_an_older_index_is_brought_up_to_date(tmp_path: Path, place: str, call: int) -> None:
    shutil.copytree(EARLIER / "files", tmp_path / "files")
    data = tmp_path / "data"
    data.mkdir()
    dump = (EARLIER / "schema-2.sql").read_text(encoding="utf8").replace("@FILES@", str(tmp_path / "files"))
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(dump)
        titles = sorted(title for (title,) in connection.execute("SELECT title FROM documents"))
    with nursery(data, tmp_path / "files") as workers:
        order = {"do": "open", "place": place, "call": call, "after": call == 2, "first": 0, "seed": 1}
        assert workers.kill({**order, "exact_limit": 1000}, Promise())
    with opened(data) as index:
        assert sorted(info.title for info in index.documents()) == titles
        assert all(index.document(info.id).text for info in index.documents())
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone() == (str(SCHEMA),)


@pytest.mark.skipif(not KILLS, reason="make faults does it")
def test_killed_again_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    end, done = time.monotonic() + MOST_S, Counter[str]()
    with killing(KILLS) as kills:
        while kills.count < KILLS and time.monotonic() < end:
            before, do = (
                kills.count,
                kills.luck.choice(["update"] * 6 + ["switch"] * 2 + ["build", "back up", "restore"]),
            )
            dense = do == "build" and kills.luck.random() < 0.1
            steps = ["", "committing", *(each for each, by in BY_STEP.items() if by == do)]
            step = kills.luck.choice([*steps, "building vectors", "verifying vectors"] if dense else steps)
            place = kills.luck.choice(STEPS[step]) if step else ""
            call = kills.luck.choice([1, 1, 2, 3, 5, 8, 13])
            kills.kill(do, place, call=call, after=kills.luck.random() < 0.5, dense=dense)
            done[step or "some moment"] += kills.count - before
        told = [
            f"{kills.count} kills, {kills.promise.acknowledged} changes acknowledged, {kills.asker.asked} questions"
        ]
        told += [f"{count:6} {step}" for step, count in done.most_common()]
        with capsys.disabled():
            sys.stdout.write("\n" + "\n".join(told) + "\n")
