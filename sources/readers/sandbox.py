"""Sandbox: files read in processes of their own, several at a time, each with a limit of time and of memory

What goes wrong with a file (it hangs, it asks for all the memory there is, the library that reads it crashes) is that
file's error and nobody else's trouble. It is no wall against an attacker who takes the process over: that has the
rights of the user who started it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, Generic, TypeVar

from sources.documents import SourceError, printable

T = TypeVar("T")
_START = (
    "import sys; sys.path[:] = sys.argv[4:]\n"
    "from sources.readers.worker import main; main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])"
)
_AHEAD = 64
"""Files for each process that are taken on before the results of those before them are fetched."""
_HELD_BYTES = 64 * 2**20
_TOLD_EVERY_S = 0.2
_START_S = 120.0
_END_S = 2.0


class SandboxError(RuntimeError):
    """No process can be started to read files in."""


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _most_memory() -> int:
    return min(4 * 2**30, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading may take."""

    processes: int = field(default_factory=_cores)
    """At a time."""
    silent_s: float = 120.0
    """For a small file, from one page to the next where its reader tells of pages."""
    silent_s_per_mb: float = 60.0
    """More of it for each MB of the file."""
    total_s: float = 4 * 3600.0
    """For a file, however far it comes."""
    memory_bytes: int = field(default_factory=_most_memory)
    """For one process and for each program that it starts; held by Linux only."""
    alone_s: float = 1.0
    """How long one process works alone: a few small files are read sooner than a second one has started."""
    patience_s: float = 5.0
    """Results come in the order of the files, so that one folder gives one index; a file that takes longer than this
    has those behind it given before."""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """Those that YOUJU_READ_PROCESSES, YOUJU_READ_TIMEOUT_S and YOUJU_READ_MEMORY_GB choose.

        Raises ValueError naming the variable whose value can't be used.
        """
        chosen: dict[str, Any] = {}
        for variable, name, unit in (
            ("YOUJU_READ_PROCESSES", "processes", 1),
            ("YOUJU_READ_TIMEOUT_S", "silent_s", 1),
            ("YOUJU_READ_MEMORY_GB", "memory_bytes", 2**30),
        ):
            if value := environment.get(variable, "").strip():
                try:
                    number = float(value) * unit
                except ValueError:
                    number = 0
                if not 0 < number < float("inf"):
                    raise ValueError(f"{variable}={value!r} 不行：请写成大于 0 的数字")
                chosen[name] = number if name == "silent_s" else max(1, int(number))
        return cls(**chosen)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A file that is being read."""

    path: Path
    since: float
    """By time.monotonic()."""
    done: int = 0
    """Pages, sheets or members that are read; 0 where its reader doesn't tell."""
    total: int = 0


class Ready:
    """A process that stays when its files are read, for those that come next: starting one takes most of a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._closed = False

    def take(self) -> _Worker | None:
        """The process, if it is there and nobody has it."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker and not worker.is_alive():
            worker.end()
            return None
        return worker

    def keep(self, worker: _Worker) -> bool:
        """Whether this process stays."""
        with self._lock:
            if self._closed or self._worker is not None:
                return False
            self._worker = worker
            return True

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._closed = True
        if worker := self.take():
            worker.end()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Reads files in other processes. Without `ready` it keeps none: they are there while `each` goes on."""

    limits: Limits = field(default_factory=Limits.of)
    ready: Ready | None = None
    """Keeps one for the next call; whoever gives it closes it."""

    def each(
        self,
        paths: Iterable[Path],
        work: Callable[[Path], T],
        *,
        tell: Callable[[UnderWay], None] = lambda _: None,
    ) -> Generator[tuple[Path, T | SourceError]]:
        """What `work` gives for each of the paths, or why it gave nothing; close it when you leave before its end.

        `work` is a function of a module, or a `partial` of one, and what it gives can be pickled. Results come in
        order, but one file that takes long doesn't hold up those that are done. Reading runs ahead while the caller is
        at work, so far that what waits to be fetched stays small. While there is nothing to give, `tell` is told which
        file is waited for. Raises SandboxError when no process can be started.
        """
        pool: _Pool[T] = _Pool(self.limits, work, self.ready)
        try:
            yield from pool.outcomes(paths, tell)
        finally:
            pool.close()


class _Pool(Generic[T]):
    """The processes of one call, a thread for each; `_changed` guards all that the threads share."""

    def __init__(self, limits: Limits, work: Callable[[Path], T], ready: Ready | None) -> None:
        self._limits = limits
        self._ready = ready
        self._work = work
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._workers: set[_Worker] = set()
        self._waiting: deque[tuple[int, Path]] = deque()
        self._under_way: dict[int, UnderWay] = {}
        self._done: dict[int, bytes | SourceError] = {}
        self._held = 0
        self._stopped = False
        self._broken: SandboxError | None = None

    def outcomes(
        self, paths: Iterable[Path], tell: Callable[[UnderWay], None]
    ) -> Generator[tuple[Path, T | SourceError]]:
        coming = enumerate(paths)
        taken: dict[int, Path] = {}
        began = time.monotonic()
        more = True
        while True:
            while more and len(taken) < self._limits.processes * _AHEAD and self._held < _HELD_BYTES:
                if (following := next(coming, None)) is None:
                    more = False
                    break
                taken[following[0]] = following[1]
                with self._changed:
                    self._waiting.append(following)
                    self._changed.notify_all()
                if not self._threads:
                    self._start()
            if not taken:
                return
            number, outcome = self._next(taken, began, tell)
            yield (
                taken.pop(number),
                pickle.loads(outcome) if isinstance(outcome, bytes) else outcome,
            )

    def close(self) -> None:
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            busy = list(self._workers) if self._under_way else []
            self._changed.notify_all()
        for worker in busy:
            worker.kill()
        for thread in self._threads:
            thread.join()

    def _next(
        self, taken: Mapping[int, Path], began: float, tell: Callable[[UnderWay], None]
    ) -> tuple[int, bytes | SourceError]:
        """The next result to be given: that of the first file, or of another when that one takes long."""
        first = next(iter(taken))
        while True:
            with self._changed:
                if self._broken:
                    raise self._broken
                at_work = self._under_way.get(first)
                late = at_work is not None and time.monotonic() - at_work.since > self._limits.patience_s
                number = first if first in self._done else min(self._done, default=first) if late else first
                if number in self._done:
                    outcome = self._done.pop(number)
                    self._held -= len(outcome) if isinstance(outcome, bytes) else 0
                    return number, outcome
                self._changed.wait(_TOLD_EVERY_S)
                at_work = self._under_way.get(first)
                wanted = min(self._limits.processes, len(self._threads) + len(self._waiting))
            if at_work:
                tell(at_work)
            if time.monotonic() - began > self._limits.alone_s:
                while len(self._threads) < wanted:
                    self._start()

    def _start(self) -> None:
        thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        """Takes files as long as there are some, with one process after the other."""
        worker: _Worker | None = None
        try:
            while task := self._take():
                number, path = task
                worker = worker or self._open()
                outcome = worker.run(self._work, path, limits=self._limits, tell=lambda at: self._tell(number, at))  # noqa: B023
                if worker.spent:
                    self._end(worker)
                    worker = None
                with self._changed:
                    self._under_way.pop(number, None)
                    self._done[number] = outcome
                    self._held += len(outcome) if isinstance(outcome, bytes) else 0
                    self._changed.notify_all()
        except Exception as error:  # noqa: BLE001 (raised where results are fetched)
            with self._changed:
                self._broken = (
                    error if isinstance(error, SandboxError) else SandboxError(f"不能另开进程来读文件：{error}")
                )
                self._changed.notify_all()
        finally:
            if worker:
                self._end(worker)

    def _take(self) -> tuple[int, Path] | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            number, path = self._waiting.popleft()
            self._under_way[number] = UnderWay(path, time.monotonic())
            return number, path

    def _tell(self, number: int, at: UnderWay) -> None:
        with self._changed:
            self._under_way[number] = at

    def _open(self) -> _Worker:
        worker = (self._ready.take() if self._ready else None) or _Worker(self._limits.memory_bytes)
        with self._changed:
            self._workers.add(worker)
            if self._stopped:
                worker.kill()
        return worker

    def _end(self, worker: _Worker) -> None:
        with self._changed:
            self._workers.discard(worker)
        if worker.spent or not (self._ready and self._ready.keep(worker)):
            worker.end()


class _Worker:
    """One process, its connection, and a folder of its own for temporary files."""

    def __init__(self, memory_bytes: int) -> None:
        self.spent = False
        """Whether it has ended, or grown so large that it is better ended."""
        self._memory_bytes = memory_bytes
        self._folder = Path(tempfile.mkdtemp(prefix="youju-"))
        ours, theirs = Pipe()
        self._connection: Connection[object, Any] = ours
        paths = [path or str(Path.cwd()) for path in sys.path]
        with theirs, (self._folder / "stderr").open("wb") as said:
            # Not multiprocessing's: it would run the caller's main module once more.
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), str(memory_bytes), str(self._folder), *paths],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, pass_fds=[theirs.fileno()],
                start_new_session=True, env={**os.environ, "TMPDIR": str(self._folder)},
            )  # fmt: skip
        self._killing = threading.Lock()
        self._started = False

    def run(
        self, work: Callable[[Path], object], path: Path, *, limits: Limits, tell: Callable[[UnderWay], None]
    ) -> bytes | SourceError:
        """The pickled result, or why there is none. Raises SandboxError when the process doesn't come up."""
        try:
            if not self._started:
                if not self._connection.poll(_START_S):
                    raise EOFError
                self._connection.recv()
                self._started = True
            self._connection.send((work, path))
            return self._listen(path, limits, tell)
        except (EOFError, OSError):
            self.spent = True
            self.kill()
            code = self._process.wait()
            if not self._started:
                raise SandboxError(f"不能另开进程来读文件：{self._last_words() or f'退出码 {code}'}") from None
            return _crash(path, code)

    def is_alive(self) -> bool:
        """Whether it hasn't ended."""
        with self._killing:
            return self._process.poll() is None

    def kill(self) -> None:
        """End it and all that it has started, now."""
        self.spent = True
        with self._killing:
            if self._process.returncode is None:  # until it is waited for, nobody else has its number
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Let it end by itself, or else end it; and clear up."""
        with contextlib.suppress(EOFError, OSError):
            self._connection.send(None)
            self._connection.poll(_END_S)
        self.kill()
        with self._killing:
            self._process.wait()
        self._connection.close()
        if self._process.stdin:
            self._process.stdin.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self, path: Path, limits: Limits, tell: Callable[[UnderWay], None]) -> bytes | SourceError:
        """Waits for the result, as long as the process shows that it comes forward."""
        silent_s = limits.silent_s + limits.silent_s_per_mb * _size(path) / 2**20
        began = time.monotonic()
        furthest = 0
        heard = began
        while True:
            now = time.monotonic()
            if not self._connection.poll(max(0.0, min(heard + silent_s, began + limits.total_s) - now)):
                self.spent = True
                self.kill()
                return _late(path, silent_s, limits, told=time.monotonic() - began >= limits.total_s)
            message = self._connection.recv()
            if message[0] == "done":
                result = self._connection.recv_bytes()
                self.spent = message[1] > self._memory_bytes // 2  # memory that was freed is seldom given back
                return result
            if message[0] == "step" and message[1] > furthest:
                furthest, heard = message[1], time.monotonic()
                tell(UnderWay(path, began, furthest, message[2]))
            elif message[0] == "log":
                logging.getLogger(message[1]).log(message[2], "%s", message[3])
            elif message[0] == "failed":
                error: SourceError = message[1]
                return error
            elif message[0] == "memory":
                self.spent = True
                most = f"{self._memory_bytes / 2**30:.3g} GB"
                remedy = "请拆成几个文件，或把 YOUJU_READ_MEMORY_GB 设大些再索引"
                return SourceError(printable(path), f"解析需要超过 {most} 内存", remedy)

    def _last_words(self) -> str:
        lines = (self._folder / "stderr").read_text(encoding="utf8", errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _late(path: Path, silent_s: float, limits: Limits, *, told: bool) -> SourceError:
    if told:
        return SourceError(printable(path), f"解析超过 {limits.total_s:.0f} 秒", "请拆成几个文件再索引")
    remedy = "请另存一份或拆成几个文件，或把 YOUJU_READ_TIMEOUT_S 设大些再索引"
    return SourceError(printable(path), f"解析超过 {silent_s:.0f} 秒没有进展", remedy)


def _crash(path: Path, code: int) -> SourceError:
    """Of a process that has ended with this code: a signal's number, negative, or an exit status."""
    if code == -signal.SIGKILL:
        return SourceError(printable(path), "解析时被系统终止，多半是内存不够", "请关掉一些程序，或拆成几个文件再索引")
    how = f"信号 {-code}" if code < 0 else f"退出码 {code}"
    return SourceError(printable(path), f"解析时崩溃（{how}）", "文件可能已损坏，请另存一份或转成 .txt 再索引")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
