"""The process that a file is read in: it may run out of time or memory, or crash, and only that file is lost

Over a socket it is told (function, path), or None for the end, and answers with messages: ("ready",) once; for each
path any number of ("step", done, total) and ("log", logger, level, text), and at its end ("failed", SourceError),
("memory",), or ("done", bytes held) with the pickled result after it.
"""

from __future__ import annotations

import logging
import os
import pickle
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from sources.documents import SourceError, printable
from sources.readers.steps import heard_by

Work = Callable[[Path], object]
_NO_MEMORY = ("bad_alloc", "Insufficient memory", "Failed to allocate memory")
"""How libraries in C++ say it, among them OpenCV and ONNX Runtime."""


def main(descriptor: int, memory_bytes: int, folder: str) -> None:
    """Reads files until whoever started it says so or is gone, and never returns. `folder` is for temporary files."""
    guard = _guard(descriptor, folder)
    _limit(memory_bytes)
    connection: Connection[object, tuple[Work, Path] | None] = Connection(descriptor)
    logging.getLogger().addHandler(_Forwarding(connection))
    try:
        connection.send(("ready",))
        while task := connection.recv():
            _answer(connection, *task)
    except (EOFError, OSError):
        pass
    finally:
        os.kill(guard, signal.SIGKILL)
        os.waitpid(guard, 0)
        os._exit(0)  # libraries may have left threads that nobody waits for


def _answer(connection: Connection[object, tuple[Work, Path] | None], work: Work, path: Path) -> None:
    try:
        with heard_by(lambda done, total: connection.send(("step", done, total))):
            result = pickle.dumps(work(path), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        connection.send(("memory",))
    except SourceError as error:
        connection.send(("failed", error))
    except RecursionError:
        connection.send(("failed", SourceError(printable(path), "内容嵌套得太深", "请另存为简单的格式再索引")))
    except Exception as error:  # noqa: BLE001 (a reader may fail in any way on a file that it didn't expect)
        if any(words in str(error) for words in _NO_MEMORY):
            connection.send(("memory",))
            return
        reason = f"读取时出错（{type(error).__name__}: {str(error)[:300]}）"
        connection.send(("failed", SourceError(printable(path), reason, "其余文件不受影响；请报告这个问题")))
    else:
        connection.send(("done", _bytes()))
        connection.send_bytes(result)


def _guard(descriptor: int, folder: str) -> int:
    """Starts a process that waits for the end of whoever started this one (its end of standard input is closed then),
    and then ends the whole group and clears up: their end leaves no LibreOffice behind. Gives back its id."""
    guard = os.fork()
    if not guard:
        os.close(descriptor)  # or nobody would see when its other holder crashes
        os.read(0, 1)
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    return guard


def _limit(memory_bytes: int) -> None:
    """Sets limits that programs started from here have, too: each by itself."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Not the address space: runtimes reserve far more of it than they use.
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def _bytes() -> int:
    """How much memory this process holds; at most held, where the system doesn't tell more."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


class _Forwarding(logging.Handler):
    """Hands on what is logged here, to be logged where the files were asked for."""

    def __init__(self, connection: Connection[object, tuple[Work, Path] | None]) -> None:
        super().__init__(logging.WARNING)
        self._connection = connection

    def emit(self, record: logging.LogRecord) -> None:
        self._connection.send(("log", record.name, record.levelno, record.getMessage()))
