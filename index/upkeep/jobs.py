"""Jobs: long work on an index, waiting in its catalog until a process takes it up, one job after the other

    queued ──▶ running ──▶ done | failed | cancelled
       ▲          │            failed and cancelled ones can be queued again
       └──────────┘  its process was killed, or another job goes before it

Whoever holds the lock file runs them: a command in the foreground, or the worker of a server. The lock goes with its
holder, so that a job which is running while nobody holds it was cut short; it goes on where it was, as the work itself
keeps what it has done.
"""

from __future__ import annotations

import contextlib
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from index.catalog.catalog import Catalog
from index.catalog.locks import locked
from index.catalog.schema import JOBS, CatalogError, IndexBusyError
from index.upkeep.copies import Copies
from index.upkeep.progress import Progress, Stopped
from index.upkeep.updates import Update
from sources.documents import Unread

Kind = Literal["update", "embed"]
"""update: files are read, their passages embedded and engines built; embed: a slower embedder catches up."""
State = Literal["queued", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
_MOST_ATTEMPTS = 3
"""So often may the process that runs a job end in the middle of it before the job counts as the reason."""
_TOLD_EVERY_S = 0.3
_LOOK_EVERY_S = 0.1
_KEPT = 100
"""Ended jobs that are remembered."""
_WORDS = {"update": "索引文件", "embed": "补算向量"}


class JobFailedError(RuntimeError):
    """A job that another process ran has failed: `str(error)` says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the catalog knows it."""

    number: int
    kind: Kind
    state: State
    paths: tuple[str, ...] = ()
    """What is to be brought up to date; empty: everything registered."""
    follow_links: bool = False
    is_change: bool = False
    """Whether `paths` lie in what is registered and have changed, and nothing else is to be looked at."""
    progress: Progress = field(default_factory=lambda: Progress("waiting", 0, 0))
    created: float = 0.0
    """Seconds since 1970, as are the others."""
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    """How often a process took it up."""
    is_stopping: bool = False
    """Whether it is to be cancelled while it runs."""
    reason: str | None = None
    """Why it failed."""
    outcome: Update | None = None
    """What an update that is done came to."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in ENDED

    @property
    def in_words(self) -> str:
        """What is to be done, for people."""
        if self.is_change and not self.paths:
            return "重建检索引擎"
        about = "、".join(self.paths[:3]) + (f" 等 {len(self.paths)} 处" if len(self.paths) > 3 else "")
        return f"{_WORDS[self.kind]} {about or '（全部登记的）' if self.kind == 'update' else ''}".strip()


Work = Callable[[Job, Callable[[Progress], None], Callable[[], bool]], Update | bool]
"""Does a job: told how to tell its progress, which may raise Stopped, and how to see that it is to stop. Gives back an
update's outcome, or whether it is complete."""


class Jobs:
    """The jobs of one index. Safe to share between threads and processes."""

    def __init__(self, catalog: Catalog, lock_file: Path) -> None:
        self._catalog = catalog
        self._lock_file = lock_file
        self._worker_file = lock_file.with_name("worker.lock")

    def add(
        self, kind: Kind, paths: Sequence[Path] = (), *, follow_links: bool = False, is_change: bool = False
    ) -> int:
        """Queues a job and gives back its number. Changes join those that still wait."""
        given = [str(path) for path in paths]
        with self._catalog.noting() as connection:
            j = JOBS.c
            waiting = sa.select(j.n, j.asked).where((j.kind == kind) & (j.state == "queued")).order_by(j.n)
            for number, asked in connection.execute(waiting).all():
                before = json.loads(asked)
                if kind == "embed":
                    return int(number)
                if is_change and before["is_change"]:
                    before["paths"] = list(dict.fromkeys([*before["paths"], *given]))
                    connection.execute(sa.update(JOBS).where(j.n == number).values(asked=_json(before)))
                    return int(number)
            asked = _json({"paths": given, "follow_links": follow_links, "is_change": is_change})
            values = {"kind": kind, "asked": asked, "state": "queued", "progress": "", "created": time.time()}
            added = connection.execute(sa.insert(JOBS).values(**values, attempts=0, stopping=False))
            last = sa.select(j.n).where(j.state.in_(ENDED)).order_by(j.n.desc()).offset(_KEPT)
            connection.execute(sa.delete(JOBS).where(j.n.in_(last)))
            return int(added.lastrowid)

    def all(self) -> list[Job]:
        """Those that are remembered, the newest first; without their outcomes."""
        columns: list[sa.ColumnElement[Any]] = [column for column in JOBS.c if column.name != "outcome"]
        query = sa.select(*columns, sa.null().label("outcome")).order_by(JOBS.c.n.desc())
        with self._catalog.reading() as connection:
            return [_job(row) for row in connection.execute(query).all()]

    def under_way(self) -> list[Job]:
        """Those that run or wait, in the order in which they are done."""
        j = JOBS.c
        query = sa.select(JOBS).where(j.state.in_(("running", "queued")))
        with self._catalog.reading() as connection:
            rows = connection.execute(query.order_by(j.state == "queued", j.kind == "embed", j.n)).all()
        return [_job(row) for row in rows]

    def get(self, number: int) -> Job:
        """The job of this number; raises KeyError when there is none."""
        with self._catalog.reading() as connection:
            row = connection.execute(sa.select(JOBS).where(JOBS.c.n == number)).one_or_none()
        if row is None:
            raise KeyError(number)
        return _job(row)

    def cancel(self, number: int) -> bool:
        """Has a job not be done, or stopped when it is running: what is done by then is kept. False when it has ended.

        Raises KeyError for a number that isn't known.
        """
        self.get(number)
        own = JOBS.c.n == number
        with self._catalog.noting() as connection:
            ended = {"state": "cancelled", "ended": time.time()}
            dropped = connection.execute(sa.update(JOBS).where(own & (JOBS.c.state == "queued")).values(ended))
            stopped = connection.execute(sa.update(JOBS).where(own & (JOBS.c.state == "running")).values(stopping=True))
            return bool(dropped.rowcount or stopped.rowcount)

    def retry(self, number: int) -> bool:
        """Queues a job again that failed or was cancelled. False when it is in another state; KeyError: not known."""
        self.get(number)
        again = (JOBS.c.n == number) & JOBS.c.state.in_(("failed", "cancelled"))
        values = {"state": "queued", "attempts": 0, "stopping": False, "reason": None, "ended": None, "progress": ""}
        with self._catalog.noting() as connection:
            return bool(connection.execute(sa.update(JOBS).where(again).values(values)).rowcount)

    def waiting(self, kind: Kind | None = None) -> bool:
        """Whether one is queued, of this kind."""
        query = sa.select(JOBS.c.n).where(JOBS.c.state == "queued")
        with self._catalog.reading() as connection:
            return connection.execute(query if kind is None else query.where(JOBS.c.kind == kind)).first() is not None

    @contextlib.contextmanager
    def taking(self, *, wait_s: float = 0.0) -> Iterator[Callable[[Work], Job | None]]:
        """The right to run jobs, for this process alone: a function that does the next one that is queued, if any, and
        gives it back as it ended. Raises IndexBusyError when another process has it for `wait_s` seconds."""
        with locked(self._lock_file, wait_s=wait_s):
            self._take_up_again()
            yield self._run_next

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """While this process does whatever is queued, others that wait for a job leave it to it: it stays behind those
        who wait for answers."""
        with contextlib.ExitStack() as held:
            with contextlib.suppress(IndexBusyError):  # another one does
                held.enter_context(locked(self._worker_file, wait_s=1.0))
            yield

    def _has_worker(self) -> bool:
        try:
            with locked(self._worker_file, wait_s=0.0):
                return False
        except IndexBusyError:
            return True

    def finish(self, number: int, work: Work, *, progress: Callable[[Progress], None] = lambda _: None) -> Job:
        """Sees to it that a job ends, and those before it: does them here, or waits for the process that does, or will.

        Raises what the work raises, JobFailedError where it failed elsewhere. An interruption cancels the job.
        """

        def aloud(job: Job, tell: Callable[[Progress], None], stopped: Callable[[], bool]) -> Update | bool:
            def both(at: Progress) -> None:
                progress(at)
                tell(at)

            return work(job, both, stopped)

        try:
            while not (job := self.get(number)).has_ended:
                with contextlib.ExitStack() as held:
                    run_next = None
                    if not self._has_worker():
                        with contextlib.suppress(IndexBusyError):
                            run_next = held.enter_context(self.taking())
                    if run_next is None:
                        progress(job.progress)
                        time.sleep(_LOOK_EVERY_S)
                    else:
                        self._run_upto(number, run_next, aloud)
        except KeyboardInterrupt:
            with contextlib.suppress(CatalogError):
                self.cancel(number)
            raise
        if job.state == "failed":
            raise JobFailedError(job.reason)
        return job

    def _run_upto(self, number: int, run_next: Callable[[Work], Job | None], work: Work) -> None:
        """Runs jobs until this one has ended; what goes wrong with those before it is theirs."""
        while (left := {job.number for job in self.under_way()}) and number in left:
            try:
                if run_next(work) is None:
                    return
            except Exception:
                # Where none has ended, as on a full disk, the next attempt would come to the same.
                still = {job.number for job in self.under_way()}
                if number not in still or still >= left:
                    raise

    def _take_up_again(self) -> None:
        """Those whose process has ended in the middle: they are queued as before, but for those that end it each time
        or were to be cancelled."""
        j, now = JOBS.c, time.time()
        cut = j.state == "running"
        why = f"处理它的进程 {_MOST_ATTEMPTS} 次中途结束。请看看是哪个文件，或内存够不够；可以重试"
        with self._catalog.noting() as connection:
            if connection.execute(sa.select(j.n).where(cut)).first() is None:
                return
            given_up = {"state": "failed", "reason": why, "ended": now}
            connection.execute(sa.update(JOBS).where(cut & j.stopping).values(state="cancelled", ended=now))
            # A command that was killed and given again does the same work, from where it stopped.
            again = JOBS.alias()
            same = (again.c.kind == j.kind) & (again.c.asked == j.asked) & (again.c.state == "queued")
            later = sa.exists().where(same & (again.c.n > j.n))
            connection.execute(sa.update(JOBS).where(cut & later).values(state="cancelled", ended=now))
            connection.execute(sa.update(JOBS).where(cut & (j.attempts >= _MOST_ATTEMPTS)).values(given_up))
            connection.execute(sa.update(JOBS).where(cut).values(state="queued"))

    def _run_next(self, work: Work) -> Job | None:
        job = self._claim()
        if job is None:
            return None
        teller = _Teller(self, job)
        values: dict[str, Any]
        try:
            done = work(job, teller, teller.stopped)
        except Stopped:
            values = {"state": "cancelled"}
        except KeyboardInterrupt:  # another process, or this one when it is started again, goes on
            with contextlib.suppress(CatalogError):
                self._end(job, {"state": "queued", "attempts": job.attempts - 1})
            raise
        except Exception as error:
            with contextlib.suppress(CatalogError):  # on a full disk this can't be kept either
                self._end(job, {"state": "failed", "reason": str(error) or type(error).__name__})
            raise
        else:
            if done is False:
                values = {"state": "cancelled"} if teller.is_stopping() else {"state": "queued", "attempts": 0}
            else:
                values = {"state": "done", "outcome": _packed(done) if isinstance(done, Update) else None}
        self._end(job, values)
        return self.get(job.number)

    def _claim(self) -> Job | None:
        j = JOBS.c
        first = sa.select(JOBS).where(j.state == "queued").order_by(j.kind == "embed", j.n).limit(1)
        with self._catalog.noting() as connection:
            row = connection.execute(first).one_or_none()
            if row is None:
                return None
            values = {"state": "running", "started": time.time(), "attempts": row.attempts + 1}
            connection.execute(sa.update(JOBS).where(j.n == row.n).values(values))
        return replace(_job(row), state="running", attempts=row.attempts + 1)

    def _end(self, job: Job, values: Mapping[str, Any]) -> None:
        ended = {"ended": time.time()} if values["state"] in ENDED else {}
        with self._catalog.noting() as connection:
            connection.execute(sa.update(JOBS).where(JOBS.c.n == job.number).values({**values, **ended}))

    def tell(self, number: int, progress: Progress) -> bool:
        """Keeps how far a job has come; whether it is to be stopped."""
        own = JOBS.c.n == number
        with self._catalog.noting() as connection:
            connection.execute(sa.update(JOBS).where(own).values(progress=_json(asdict(progress))))
            return bool(connection.execute(sa.select(JOBS.c.stopping).where(own)).scalar())


class _Teller:
    """Keeps the progress of the job that runs here, now and then, and raises Stopped when it is to be cancelled."""

    def __init__(self, jobs: Jobs, job: Job) -> None:
        self._jobs = jobs
        self._job = job
        self._told = 0.0
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told < _TOLD_EVERY_S and progress.stage == self._stage:
            return
        self._told, self._stage = now, progress.stage
        if self._jobs.tell(self._job.number, progress):
            raise Stopped

    def is_stopping(self) -> bool:
        """Whether the job is to be cancelled."""
        return self._jobs.get(self._job.number).is_stopping

    def stopped(self) -> bool:
        """Whether work that can be put off is to stop: when it is cancelled, or something else waits."""
        return self.is_stopping() or (self._job.kind == "embed" and self._jobs.waiting("update"))


def _job(row: Any) -> Job:
    asked = json.loads(row.asked)
    progress = Progress(**json.loads(row.progress)) if row.progress else Progress("waiting", 0, 0)
    return Job(
        number=row.n,
        kind=row.kind,
        state=row.state,
        paths=tuple(asked["paths"]),
        follow_links=asked["follow_links"],
        is_change=asked["is_change"],
        progress=progress,
        created=row.created,
        started=row.started,
        ended=row.ended,
        attempts=row.attempts,
        is_stopping=row.stopping,
        reason=row.reason,
        outcome=_unpacked(row.outcome) if row.outcome else None,
    )


def _packed(update: Update) -> bytes:
    return zlib.compress(_json(asdict(update)).encode("utf8", "surrogatepass"))


def _unpacked(kept: bytes) -> Update:
    found: dict[str, Any] = json.loads(zlib.decompress(kept).decode("utf8", "surrogatepass"))
    lists: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    lists["passed_over"] = tuple(Unread(**each) for each in found["passed_over"])
    lists["copies"] = tuple(Copies(each["title"], each["path"], tuple(each["others"])) for each in found["copies"])
    return Update(**lists)


def _json(values: Any) -> str:
    return json.dumps(values, separators=(",", ":"))  # in ASCII: names of files needn't be UTF-8
