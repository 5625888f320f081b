"""What a reader may do to the process that it runs in; importable there by name."""

from __future__ import annotations

import ctypes
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

from sources.documents import SourceError
from sources.readers.steps import step


def behave(path: Path) -> str:
    """Does what the file's first word says, and gives back its text."""
    text = path.read_text(encoding="utf8")
    word, _, rest = text.partition(" ")
    if word == "refuse":
        raise SourceError(str(path), "不是文档", "请换一个文件")
    if word == "fail":
        raise LookupError(rest)
    if word == "nest":
        behave_deeply(0)
    if word == "hang":
        time.sleep(3600)
    if word == "crash":
        ctypes.string_at(0)
    if word == "leave":
        os._exit(3)
    if word == "eat":
        return "x".join(["", *("y" * 2**20 for _ in range(2**20))])
    if word == "creep":
        for n in range(int(rest)):
            time.sleep(0.2)
            step(n + 1, int(rest))
    if word == "circle":
        for n in range(3600):
            time.sleep(0.05)
            step(n % 2, 2)
    if word == "start":  # as LibreOffice is started
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        Path(rest).write_text(f"{child.pid}\n{os.getpid()}", encoding="utf8")
        child.wait()
    if word == "warn":
        logging.getLogger("sources.fake").warning("%s: 看一看", path.name)
    if word == "large":
        return "字" * int(rest)
    return text


def behave_deeply(n: int) -> int:
    return behave_deeply(n + 1) + 1


def whose(path: Path) -> int:
    """The id of the process."""
    time.sleep(0.05)
    return os.getpid()
