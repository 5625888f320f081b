"""A running server answers from what was indexed, changed and removed elsewhere, without being started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.ask import open_index
from assistant.config import Config
from index.index import Index

ROOT = Path(__file__).parents[3]
SUBSIDY = "清溪镇2025年补贴办法\n清溪镇2025年水稻补贴标准为每亩{}元。"
MOST_S = 60.0
"""However busy the machine is; on an idle one it is a fraction of a second."""


class Running:
    """A server on a data directory, and commands beside it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._environment = {**os.environ, "YOUJU_DATA_DIR": str(self.data), "YOUJU_EMBEDDER": "static:"}
        self._command = [sys.executable, "-m", "assistant.cli"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, *arguments], capture_output=True, text=True, check=True, cwd=ROOT, env=self._environment
        )
        return done.stdout

    def serve(self) -> None:
        command = [*self._command, "serve", "--watch", "--port", str(self._port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stderr=subprocess.DEVNULL)
        self.until(lambda: self._call("GET", "/healthz") is not None)

    def index(self) -> Index:
        """The same index, opened here."""
        return open_index(Config(data_dir=self.data, embedder="static:"), self.data)

    def get(self, path: str) -> Any:
        found = self._call("GET", path)
        assert found is not None
        return found.json()

    def ask(self, question: str) -> str:
        found = self._call("POST", "/v1/ask", json={"question": question})
        assert found is not None
        return str(found.json()["answer"])

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + MOST_S
        while not true():
            assert time.monotonic() < end
            time.sleep(0.05)

    def _call(self, method: str, path: str, **more: object) -> httpx.Response | None:
        with contextlib.suppress(httpx.ConnectError):
            response = httpx.request(method, f"http://127.0.0.1:{self._port}{path}", timeout=60, **more)  # type: ignore[arg-type]
            return response.raise_for_status()
        return None


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    if made.process:
        made.process.send_signal(signal.SIGINT)
        assert made.process.wait(30) == 0


def test_what_changes_is_answered_from_at_once_and_what_is_removed_never_again(
    running: Running, tmp_path: Path
) -> None:
    folder, elsewhere = tmp_path / "文件", tmp_path / "别处"
    folder.mkdir()
    elsewhere.mkdir()
    (folder / "甲.txt").write_text(SUBSIDY.format(120), encoding="utf8")
    (folder / "乙.txt").write_text("龙潭乡图书馆\n龙潭乡图书馆周一闭馆。", encoding="utf8")
    running.serve()  # on the sample library, as nothing is indexed yet
    question = "清溪镇2025年水稻补贴标准是多少？"
    assert "120元" not in running.ask(question)
    assert running.command("index", str(folder)).startswith("新增 2，")
    running.until(lambda: "120元" in running.ask(question))
    (folder / "甲.txt").write_text(SUBSIDY.format(150), encoding="utf8")
    running.until(lambda: "150元" in running.ask(question))
    assert "120元" not in running.ask(question)
    (folder / "乙.txt").unlink()
    running.until(lambda: "周一" not in running.ask("龙潭乡图书馆哪天闭馆？"))
    (elsewhere / "丙.txt").write_text("白鹭湾渡口\n白鹭湾渡口每日6时开放。", encoding="utf8")
    with running.index() as index:
        job = index.jobs.finish(index.jobs.add("update", [elsewhere]), index.do)
        assert "6时" in running.ask("白鹭湾渡口每日几时开放？")  # no later than the job is done
    assert job.outcome
    assert len(job.outcome.added) == 1
    (elsewhere / "丙.txt").write_text("白鹭湾渡口\n白鹭湾渡口每日7时开放。", encoding="utf8")
    running.until(lambda: "7时" in running.ask("白鹭湾渡口每日几时开放？"))
    jobs = running.get("/v1/jobs")["jobs"]
    assert not any(job["state"] == "failed" for job in jobs)
    assert any(str(elsewhere) in job["paths"] for job in jobs)


def test_a_job_that_a_server_was_killed_in_is_finished_by_the_next(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "文件"
    folder.mkdir()
    (folder / "0.txt").write_text(SUBSIDY.format(0), encoding="utf8")
    with running.index() as index:
        index.update([folder])
        for number in range(1, 80):
            text = "".join(f"第{line}村2025年收入{line * number}元。" for line in range(80))
            (folder / f"{number}.txt").write_text(SUBSIDY.format(number) + text, encoding="utf8")
        running.serve()  # which looks for what has changed
        running.until(lambda: index.counts()[0] > 1)  # what has been read is told before it is kept
        number = index.jobs.all()[0].number
        assert running.process
        os.kill(running.process.pid, signal.SIGKILL)
        running.process.wait()
        running.serve()
        running.until(lambda: index.jobs.get(number).has_ended)
        job = index.jobs.get(number)
        assert (job.state, job.attempts) == ("done", 1)  # the first was let go of, so it is none
        assert job.outcome
        assert len(job.outcome.added) < 79
        assert index.status().documents == 80
