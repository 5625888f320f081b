"""The process beside a server that does the jobs of its index: reading, embedding, building, watching for changes"""

from __future__ import annotations

import _thread
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import load
from index.catalog.schema import CatalogError, IndexBusyError

if TYPE_CHECKING:
    from index import Index

_LOOK_EVERY_S = 0.2
"""Between looks for a job that was queued."""
_LAG_LOOK_EVERY_S = 2.0
_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0
"""Before what failed is tried again: the worker, or the embedder that it waits for."""
_BEHIND = 10
"""How many steps of niceness it stays behind whoever waits for an answer."""
_END_S = 10.0
"""What it may take to keep what it has read when it is told to end."""
_log = logging.getLogger(__name__)


@contextlib.contextmanager
def working(data_dir: Path, *, watch: bool = False) -> Iterator[None]:
    """Keeps such a process going for the index in `data_dir`; it is started again when it crashes, and ends with this
    one, however that ends."""
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(data_dir, watch, ended), name="youju-jobs", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join(_END_S + 2)


def main(arguments: list[str]) -> None:
    """`DATA_DIR WATCH`, as a child of `working`: until its standard input is closed."""
    from assistant.ask import open_index

    ended = threading.Event()
    with contextlib.suppress(KeyboardInterrupt):  # by which `_end_with_parent` ends it, as soon as it has begun
        threading.Thread(target=_end_with_parent, args=(ended,), daemon=True).start()
        with contextlib.suppress(OSError):
            os.nice(_BEHIND)
        with open_index(load(), Path(arguments[0])) as index, contextlib.ExitStack() as held:
            index.stay_ready()
            held.enter_context(index.jobs.working())
            if arguments[1] == "watch":
                from index.upkeep.watching import watch

                index.jobs.add("update")  # what has changed while nobody looked
                threading.Thread(target=watch, args=(index.jobs, index.sources, ended), daemon=True).start()
            work(index, ended)


def work(index: Index, ended: threading.Event) -> None:
    """Does what is queued, and has the slower embedder catch up, until it is `ended`."""
    embedding = _Embedding(index)
    while not ended.wait(_LOOK_EVERY_S):
        try:
            embedding.queue_if_due()
            if index.jobs.waiting():
                with index.jobs.taking() as run_next:
                    while not ended.is_set() and (job := run_next(index.do)) is not None:
                        embedding.note(failed=False, was_embedding=job.kind == "embed")
        except IndexBusyError:
            continue  # a command in the foreground does them
        except KeyboardInterrupt:
            raise
        except Exception as error:  # noqa: BLE001 (the job tells it; the next one may go well)
            _log.warning("后台任务没有完成（%s）", error)
            embedding.note(failed=True, was_embedding=not isinstance(error, CatalogError))


class _Embedding:
    """When the slower embedder is to catch up: after each change, and later each time that it has failed."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._settled = -1
        """The revision at which nothing was left to do."""
        self._next = 0.0
        self._pause = _PAUSE_S

    def queue_if_due(self) -> None:
        """Queues it where passages wait for it."""
        if time.monotonic() < self._next or self._index.jobs.waiting():
            return
        self._next = time.monotonic() + _LAG_LOOK_EVERY_S
        revision = self._index.revision()
        if revision == self._settled:
            return
        if self._index.lags():
            self._index.jobs.add("embed")
        else:
            self._settled = revision

    def note(self, *, failed: bool, was_embedding: bool) -> None:
        """What came of a job."""
        if not failed:
            self._pause = _PAUSE_S
        elif was_embedding:
            self._next = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)


def _keep(data_dir: Path, watch: bool, ended: threading.Event) -> None:
    pause = 0.5
    while not ended.is_set():
        began = time.monotonic()
        process = _started(data_dir, watch)
        while process.poll() is None and not ended.wait(_LOOK_EVERY_S):
            pass
        if ended.is_set():
            _end(process)
            return
        pause = 0.5 if time.monotonic() - began > _LONGEST_PAUSE_S else min(2 * pause, _LONGEST_PAUSE_S)
        _log.warning("后台进程中断了（退出码 %s），%.0f 秒后再开", process.returncode, pause)
        ended.wait(pause)


def _started(data_dir: Path, watch: bool) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([path or str(Path.cwd()) for path in sys.path])
    code = "import sys; from assistant.cli.working import main; main(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(data_dir), "watch" if watch else ""],
        stdin=subprocess.PIPE,  # the child ends when it closes, as it does when this process is killed
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths},
        start_new_session=True,  # an interruption from the terminal is for the server, which then ends it
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()
    _thread.interrupt_main()  # a job under way keeps what it has read, and goes on when it is taken up again
    time.sleep(_END_S)
    os._exit(1)
