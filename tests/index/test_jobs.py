"""Jobs wait in the catalog, are done by one process at a time, and outlive the process that does them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalog.schema import CatalogError, IndexBusyError
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep.jobs import Job, JobFailedError
from index.upkeep.progress import Progress
from index.upkeep.updates import Update
from tests.fakes.embedder import INTAKE, BigramEmbedder

Tell = Callable[[Progress], None]
Stopped = Callable[[], bool]
ROOT = Path(__file__).parents[2]
RUNNER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from index import Index
from index.upkeep import updates
from tests.fakes.embedder import INTAKE, BigramEmbedder
from tests.index import test_jobs
updates._BATCH_PASSAGES = 1  # a commit for each file
with Index.open(Path(sys.argv[2]), embedder=BigramEmbedder(), intake=INTAKE) as index:
    def do(job, tell, stopped):
        def slowly(at):
            print("at", at.done, flush=True)
            time.sleep(float(sys.argv[3]))
            tell(at)
        return index.do(job, slowly, stopped)
    with index.jobs.taking(wait_s=20) as run_next:
        while (job := run_next(do)) is not None:
            print(job.state, job.number, flush=True)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def index(data: Path) -> Iterator[Index]:
    with opened(data) as found:
        yield found


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number:02}.txt").write_text(f"第{number}份文件\n编号{number}的收入是{number}元。", encoding="utf8")
    return folder


def opened(data: Path) -> Index:
    return Index.open(data, embedder=BigramEmbedder(), ranker=Unranked(), intake=INTAKE)


def runner(data: Path, *, pause_s: float = 0.0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUNNER, str(ROOT), str(data), str(pause_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout is not None
    while (said := process.stdout.readline()) and said.strip() != line:
        pass
    assert said, f"ended before it said {line!r}"


def test_a_job_is_done_where_it_is_waited_for(index: Index, files: Path) -> None:
    number = index.jobs.add("update", [files])
    assert index.jobs.get(number).state == "queued"
    seen: list[Progress] = []
    job = index.jobs.finish(number, index.do, progress=seen.append)
    assert (job.state, job.attempts) == ("done", 1)
    assert job.outcome is not None
    assert len(job.outcome.added) == 12
    assert seen[-1].stage in ("reading", "embedding")
    assert job.ended is not None
    assert job.started is not None
    assert job.created <= job.started <= job.ended


def test_what_an_update_came_to_is_told_to_another_process(index: Index, files: Path) -> None:
    (files / "坏.txt").write_bytes(b"\0")
    (files / "副本.txt").write_bytes((files / "00.txt").read_bytes())
    done = index.update([files])
    number = index.jobs.add("update")

    def give(job: Job, tell: Tell, stopped: Stopped) -> Update:
        return done

    assert index.jobs.finish(number, give).outcome == done


def test_jobs_are_done_in_order_and_what_catches_up_comes_last(index: Index, files: Path) -> None:
    order: list[str] = []

    def note(job: Job, tell: Tell, stopped: Stopped) -> bool:
        order.append(f"{job.kind} {job.number}")
        return True

    index.jobs.add("embed")
    index.jobs.add("update", [files])
    last = index.jobs.add("update", [files / "00.txt"])
    assert index.jobs.add("embed") == 1  # one is enough
    with index.jobs.taking() as run_next:
        while run_next(note) is not None:
            pass
    assert order == ["update 2", f"update {last}", "embed 1"]


def test_changes_that_wait_are_one_job(index: Index, files: Path) -> None:
    first = index.jobs.add("update", [files / "00.txt"], is_change=True)
    assert index.jobs.add("update", [files / "01.txt", files / "00.txt"], is_change=True) == first
    assert index.jobs.get(first).paths == (str(files / "00.txt"), str(files / "01.txt"))
    assert index.jobs.add("update", [files]) != first


def test_catching_up_lets_an_update_go_first(index: Index, files: Path) -> None:
    number = index.jobs.add("embed")

    def stopping(job: Job, tell: Tell, stopped: Stopped) -> bool:
        assert not stopped()
        index.jobs.add("update", [files])
        assert stopped()
        return False

    with index.jobs.taking() as run_next:
        ran = run_next(stopping)
    assert ran is not None
    assert (ran.number, ran.state) == (number, "queued")


def test_a_failure_is_told_and_can_be_tried_again(index: Index, files: Path) -> None:
    number = index.jobs.add("update", [files])

    def fails(job: Job, tell: Tell, stopped: Stopped) -> Update:
        raise CatalogError("磁盘已满")

    with pytest.raises(CatalogError, match="磁盘已满"):
        index.jobs.finish(number, fails)
    job = index.jobs.get(number)
    assert (job.state, job.reason) == ("failed", "磁盘已满")
    assert not index.jobs.cancel(number)
    assert index.jobs.retry(number)
    assert not index.jobs.retry(number)
    job = index.jobs.finish(number, index.do)
    assert (job.state, job.reason) == ("done", None)
    with pytest.raises(KeyError):
        index.jobs.retry(99)


def test_what_goes_wrong_with_another_job_keeps_nobody_from_his(index: Index, files: Path) -> None:
    other = index.jobs.add("update", [files])
    own = index.jobs.add("update", [files / "00.txt"])

    def do(job: Job, tell: Tell, stopped: Stopped) -> Update | bool:
        if job.number == other:
            raise CatalogError("别人的")
        return index.do(job, tell, stopped)

    assert index.jobs.finish(own, do).state == "done"
    assert index.jobs.get(other).state == "failed"


def test_a_job_that_waits_is_cancelled_at_once_and_one_that_runs_keeps_what_it_has_read(
    index: Index, data: Path, files: Path
) -> None:
    waits = index.jobs.add("update", [files])
    assert index.jobs.cancel(waits)
    assert index.jobs.finish(waits, index.do).state == "cancelled"
    runs = index.jobs.add("update", [files])
    with runner(data, pause_s=0.4) as process:
        until(process, "at 3")
        assert index.jobs.get(runs).state == "running"
        assert index.jobs.cancel(runs)
        until(process, f"cancelled {runs}")
    assert 3 <= index.status().documents < 12


def test_two_processes_never_do_one_job(index: Index, data: Path, files: Path) -> None:
    number = index.jobs.add("update", [files])
    with runner(data, pause_s=0.1) as process:
        until(process, "at 1")
        with pytest.raises(IndexBusyError), index.jobs.taking():
            pass
        seen: list[Progress] = []

        def never(job: Job, tell: Tell, stopped: Stopped) -> Update:
            raise AssertionError("done here, too")

        job = index.jobs.finish(number, never, progress=seen.append)
        until(process, f"done {number}")
    assert (job.state, job.attempts) == ("done", 1)
    assert job.outcome is not None
    assert len(job.outcome.added) == 12
    assert any(at.stage == "reading" and at.total == 12 for at in seen)


def test_a_job_that_is_killed_goes_on_where_it_was(index: Index, data: Path, files: Path) -> None:
    number = index.jobs.add("update", [files])
    with runner(data, pause_s=0.1) as process:
        until(process, "at 5")
        os.kill(process.pid, signal.SIGKILL)
    assert index.jobs.get(number).state == "running"
    held = index.status().documents
    assert held >= 4
    job = index.jobs.finish(number, index.do)
    assert (job.state, job.attempts) == ("done", 2)
    assert job.outcome is not None
    assert (len(job.outcome.added), len(job.outcome.unchanged)) == (12 - held, held)
    assert index.status().documents == 12


def test_a_job_that_ends_its_process_each_time_is_given_up(index: Index, data: Path, files: Path) -> None:
    number = index.jobs.add("update", [files])
    for _ in range(3):
        with runner(data, pause_s=0.2) as process:
            until(process, "at 1")
            os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(JobFailedError, match="3 次中途结束"):
        index.jobs.finish(number, index.do)


def test_an_interruption_leaves_the_job_to_be_taken_up_again(index: Index, data: Path, files: Path) -> None:
    number = index.jobs.add("update", [files])
    with runner(data, pause_s=0.2) as process:
        until(process, "at 3")
        os.kill(process.pid, signal.SIGINT)
        process.wait(20)
    job = index.jobs.get(number)
    assert (job.state, job.attempts) == ("queued", 0)
    assert index.status().documents >= 3


def test_an_interrupted_wait_cancels(index: Index, files: Path) -> None:
    number = index.jobs.add("update", [files])

    def interrupted(job: Job, tell: Tell, stopped: Stopped) -> Update:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.jobs.finish(number, interrupted)
    assert index.jobs.get(number).state == "cancelled"


def test_many_may_queue_at_once(data: Path, files: Path) -> None:
    with opened(data) as index:
        threads = [
            threading.Thread(target=index.jobs.add, args=("update", [files / f"{number:02}.txt"]))
            for number in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [job.state for job in index.jobs.all()] == ["queued"] * 12
        began = time.monotonic()
        index.jobs.finish(max(job.number for job in index.jobs.all()), index.do)
        assert time.monotonic() - began < 60
        assert {job.state for job in index.jobs.all()} == {"done"}
        assert index.status().documents == 12


def test_work_that_is_asked_for_again_after_a_kill_is_done_once(index: Index, data: Path, files: Path) -> None:
    first = index.jobs.add("update", [files])
    with runner(data, pause_s=0.2) as process:
        until(process, "at 1")
        os.kill(process.pid, signal.SIGKILL)
    again = index.jobs.add("update", [files])
    with index.jobs.taking(wait_s=20) as run_next:
        done = run_next(index.do)
        assert done is not None
        assert (done.number, done.state) == (again, "done")
        assert run_next(index.do) is None
    assert index.jobs.get(first).state == "cancelled"


def test_where_not_even_a_failure_can_be_kept_nobody_waits_for_ever(
    index: Index, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = index.jobs.add("update", [files])

    def full(_: Job, __: object) -> None:
        raise CatalogError("磁盘已满")

    monkeypatch.setattr(index.jobs, "_end", full)
    with pytest.raises(CatalogError, match="磁盘已满"):
        index.jobs.finish(number, index.do)
