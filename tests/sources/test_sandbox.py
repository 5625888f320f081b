"""Files are read in other processes: whatever happens there is one file's error, and nothing is left running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sources.documents import SourceError
from sources.readers.sandbox import Limits, Ready, Sandbox, UnderWay
from sources.taking import take
from tests.fakes.works import behave, whose

ROOT = Path(__file__).parents[2]
TIGHT = Limits(processes=2, silent_s=1.5, total_s=4.0, memory_bytes=400 * 2**20)


def files(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{n:03}.txt" for n in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf8")
    return paths


def outcomes(paths: list[Path], limits: Limits = TIGHT) -> dict[str, object]:
    found = {path.name: outcome for path, outcome in Sandbox(limits).each(paths, behave)}
    assert len(found) == len(paths)
    return found


def wait_until(true: Callable[[], bool], *, most_s: float = 20.0) -> None:
    end = time.monotonic() + most_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


WRONG = {
    "refuse": "不是文档。请换一个文件",
    "fail x": "读取时出错（LookupError: x）。其余文件不受影响；请报告这个问题",
    "nest": "内容嵌套得太深。请另存为简单的格式再索引",
    "hang": "解析超过 2 秒没有进展。请另存一份或拆成几个文件，或把 YOUJU_READ_TIMEOUT_S 设大些再索引",
    "circle": "解析超过 2 秒没有进展。",
    "creep 100": "解析超过 4 秒。请拆成几个文件再索引",
    "crash": "解析时崩溃（信号 11）。文件可能已损坏，请另存一份或转成 .txt 再索引",
    "leave": "解析时崩溃（退出码 3）。",
}
"""What a reader does → why the file has no text."""


def test_what_goes_wrong_is_one_files_error(tmp_path: Path) -> None:
    texts = [text for n, wrong in enumerate(WRONG) for text in (f"第{n}份", wrong, f"又{n}份")]
    paths = files(tmp_path, *texts)
    found = outcomes(paths)
    for path, text in zip(paths, texts, strict=True):
        if text in WRONG:
            assert str(found[path.name]).startswith(f"{path}: {WRONG[text]}")
        else:
            assert found[path.name] == text


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
def test_a_file_that_asks_for_all_memory_is_an_error(tmp_path: Path) -> None:
    # Filling it takes a loaded machine longer than the time that is short on purpose elsewhere.
    found = outcomes(files(tmp_path, "eat", "一"), replace(TIGHT, silent_s=60.0, total_s=60.0))
    assert str(found["000.txt"]) == (
        f"{tmp_path / '000.txt'}: 解析需要超过 0.391 GB 内存。请拆成几个文件，或把 YOUJU_READ_MEMORY_GB 设大些再索引"
    )
    assert found["001.txt"] == "一"


def test_a_reader_that_tells_of_its_pages_has_time_for_each(tmp_path: Path) -> None:
    heard: list[UnderWay] = []
    (path,) = files(tmp_path, "creep 12")  # longer than a silent one has
    assert [*Sandbox(TIGHT).each([path], behave, tell=heard.append)] == [(path, "creep 12")]
    assert heard[-1].path == path
    assert 6 < heard[-1].done < heard[-1].total == 12


def test_results_come_in_order_and_a_slow_file_holds_up_none(tmp_path: Path) -> None:
    paths = files(tmp_path, *(f"第{n}份" for n in range(300)))
    assert [*Sandbox(TIGHT).each(paths, behave)] == [(path, f"第{n}份") for n, path in enumerate(paths)]
    paths[0].write_text("creep 10", encoding="utf8")
    some = paths[:60]  # which a loaded machine, too, reads in the two seconds that the first takes
    order = [path.name for path, _ in Sandbox(replace(TIGHT, patience_s=0.5)).each(some, behave)]
    assert order == [*(path.name for path in some[1:]), "000.txt"]


def test_large_results_are_fetched_before_more_is_read(tmp_path: Path) -> None:
    paths = files(tmp_path, *["large 10000000"] * 8)
    assert [len(str(text)) for _, text in Sandbox().each(paths, behave)] == [10_000_000] * 8


def test_one_process_is_enough_for_a_few_files(tmp_path: Path) -> None:
    paths = files(tmp_path, *"一二三四五六七八九十" * 4)
    for alone_s, processes in ((60.0, 1), (0.0, 2)):
        sandbox = Sandbox(replace(TIGHT, alone_s=alone_s))
        assert len({outcome for _, outcome in sandbox.each(paths, whose)}) == processes


def test_what_is_logged_there_is_logged_here(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outcomes(files(tmp_path, "warn"))
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("sources.fake", "000.txt: 看一看")]


def test_leaving_early_ends_the_processes_and_what_they_started(tmp_path: Path) -> None:
    told = tmp_path / "told"
    going = Sandbox(replace(TIGHT, silent_s=60.0)).each(files(tmp_path, "一", f"start {told}"), behave)
    next(going)
    wait_until(lambda: told.exists() and told.read_text(encoding="utf8").count("\n") == 1)
    going.close()
    started = [int(line) for line in told.read_text(encoding="utf8").splitlines()]
    wait_until(lambda: not any(map(is_running, started)))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_parent_leaves_nothing_running(tmp_path: Path) -> None:
    told = tmp_path / "told"
    (path,) = files(tmp_path, f"start {told}")
    script = (
        "import sys; from pathlib import Path\n"
        "from sources.readers.sandbox import Sandbox; from tests.fakes.works import behave\n"
        "list(Sandbox().each([Path(sys.argv[1])], behave))"
    )
    (temporary := tmp_path / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT, env=environment) as parent:
        wait_until(lambda: told.exists() and told.read_text(encoding="utf8").count("\n") == 1)
        parent.send_signal(signal.SIGKILL)
    started = [int(line) for line in told.read_text(encoding="utf8").splitlines()]
    wait_until(lambda: not any(map(is_running, started)))
    wait_until(lambda: not [*temporary.iterdir()])


def test_a_program_without_a_main_guard_can_read(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "甲县的收入增长了。")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys; from pathlib import Path\n"
        "from sources.readers.sandbox import Sandbox; from sources.readers.files import read\n"
        "print([document.text for _, document in Sandbox().each([Path(sys.argv[1])], read)])",
        encoding="utf8",
    )
    done = subprocess.run(
        [sys.executable, str(script), str(path)], env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "['甲县的收入增长了。']\n"


def test_all_that_an_index_keeps_comes_over(tmp_path: Path) -> None:
    (path,) = files(tmp_path, "甲县公报\n2024年甲县农村居民人均可支配收入54939元。\n")
    ((_, taken),) = Sandbox(TIGHT).each([path], take)
    assert taken == take(path)


def test_an_error_keeps_its_parts(tmp_path: Path) -> None:
    ((_, error),) = Sandbox(TIGHT).each([tmp_path / "没有.txt"], take)
    assert isinstance(error, SourceError)
    assert error.reason == "文件在读取时不见了"


def test_limits_come_from_the_environment() -> None:
    limits = Limits.of({"YOUJU_READ_PROCESSES": "3", "YOUJU_READ_TIMEOUT_S": "7.5", "YOUJU_READ_MEMORY_GB": "0.5"})
    assert (limits.processes, limits.silent_s, limits.memory_bytes) == (3, 7.5, 2**29)
    assert Limits.of({}) == Limits()
    for wrong in ("-1", "0", "many", "nan", "inf"):
        with pytest.raises(ValueError, match=f"YOUJU_READ_TIMEOUT_S='{wrong}'"):
            Limits.of({"YOUJU_READ_TIMEOUT_S": wrong})


def test_nothing_is_started_where_there_is_nothing_to_read() -> None:
    with contextlib.closing(Sandbox(TIGHT).each([], behave)) as going:
        assert [*going] == []


def test_one_process_stays_ready_for_the_next_files(tmp_path: Path) -> None:
    ready = Ready()
    sandbox = Sandbox(replace(TIGHT, processes=1), ready)
    paths = files(tmp_path, "甲", "乙")

    def processes() -> set[int]:
        return {int(str(process)) for _, process in sandbox.each(paths, whose)}

    (held,) = processes()
    assert processes() == {held}
    os.kill(held, signal.SIGKILL)  # it may end while nobody looks
    wait_until(lambda: not is_running(held))
    (other,) = processes()
    assert other != held
    assert is_running(other)
    ready.close()
    assert not is_running(other)
