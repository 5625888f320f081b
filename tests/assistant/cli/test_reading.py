"""`youju read`: a line for each file, read or not, and nothing else touched."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from assistant.cli.reading import fields, summary
from assistant.cli.terminal import Pace
from index.upkeep.progress import Progress
from sources.documents import Document
from sources.parts import Dropped
from sources.tables import Table, TableCell

ROOT = Path(__file__).parents[3]
PLAN = """---
title: 某县方案
publisher: 某县人民政府
published: 2025-01-02
---
# 某县方案

一、目标

| 乡镇 | 收入（元） |
|---|---|
| 甲镇 | 54939 |
"""


@pytest.fixture
def youju(youju, tmp_path: Path):
    """The command; it leaves the data directory as it is: not there."""
    yield youju
    assert not (tmp_path / "data").exists()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "文件" / "下").mkdir(parents=True)
    (tmp_path / "文件" / "下" / "方案.md").write_text(PLAN, encoding="utf8")
    (tmp_path / "文件" / "空.txt").write_bytes(b"")
    (tmp_path / "文件" / "怪.bin").write_bytes(b"\0")
    os.mkfifo(tmp_path / "文件" / "管.txt")
    return tmp_path / "文件"


def test_as_json_each_file_is_a_line(youju, folder: Path) -> None:
    status, out, _ = youju("read", str(folder), "--json")
    records = {record["path"]: record for record in map(json.loads, out.splitlines())}
    assert status == 0
    assert sorted(records) == ["下/方案.md", "怪.bin", "空.txt", "管.txt"]
    plan = records["下/方案.md"]
    assert (plan["title"], plan["publisher"], plan["published"]) == ("某县方案", "某县人民政府", "2025-01-02")
    assert {"text", "number", "kind", "in_force", "expires", "regions", "pages", "tables", "dropped", "notices",
            "found_by"} <= plan.keys()  # fmt: skip
    assert plan["pages"] is None
    for name in ("怪.bin", "空.txt", "管.txt"):
        assert records[name].keys() == {"path", "error"}
        assert records[name]["error"].startswith(str(folder / name))


def test_pages_and_tables_are_given_with_their_places() -> None:
    text = "收入\n甲镇 | 54939\n完"
    cell = TableCell(0, 1, "54939", 8, 13)
    table = Table(3, 13, "收入", (("乡镇",), ("收入（元）",)), (("甲镇",),), ("", "元"), (cell,), page=1)
    document = Document(
        "0" * 16, "收入", text, "收入.pdf", "0" * 64, pages=(0, 14), tables=(table,), dropped=(Dropped("1", "页码", 1),)
    )
    record = json.loads(json.dumps(fields(document)))
    assert record["pages"] == [[0, 14], [14, 15]]
    assert record["tables"][0]["cells"][0] == {
        "row": 0, "column": 1, "text": "54939", "start": 8, "end": 13, "name": ""
    }  # fmt: skip
    assert record["dropped"] == [{"text": "1", "reason": "页码", "page": 1}]
    assert summary({"path": "收入.pdf", **record}) == [
        "收入.pdf  《收入》", "    15 字  2 页  1 个表格", "    没有收入：页码 1 处",
    ]  # fmt: skip


def test_a_file_is_named_as_it_was_given(youju, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    status, out, _ = youju("read", "--json", "下/方案.md", "没有.txt", "管.txt")
    assert status == 0
    assert [json.loads(line)["path"] for line in out.splitlines()] == ["下/方案.md", "没有.txt", "管.txt"]
    assert [json.loads(line).get("error") for line in out.splitlines()][1:] == [
        "没有.txt: 路径不存在。请检查拼写，或先把文件放到这里",
        "管.txt: 是管道，不是普通文件。请把它移出文件夹",
    ]


def test_for_people_it_says_what_was_read_and_what_was_not(youju, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "读到.jsonl"
    status, told, err = youju("read", str(folder), "--out", str(out))
    assert status == 0
    lines = told.splitlines()
    assert lines[0] == "下/方案.md  《某县方案》"
    assert lines[1].startswith("    某县人民政府  2025-01-02  ")
    assert lines[-1] == f"4 个文件，读了 1 个；结果在 {out}"
    assert f"管.txt  未能读取：{folder / '管.txt'}: 是管道，不是普通文件，请把它移出文件夹" in err
    assert len(out.read_text(encoding="utf8").splitlines()) == 4


def test_where_nothing_could_be_read_it_fails(youju, folder: Path) -> None:
    assert youju("read", str(folder / "空.txt"))[0] == 1
    (folder / "没有").mkdir()
    assert youju("read", str(folder / "没有"), "--json") == (1, "", f"{folder / '没有'}: 里面没有文件\n")
    status, _, err = youju("read", str(folder), "--out", str(folder / "无" / "x.jsonl"))
    assert (status, err) == (1, f"{folder / '无'}: 文件夹不存在。请先建好，或换一个 --out\n")


@pytest.mark.parametrize(
    ("done", "passed", "words"),
    [
        (0, 5.0, ""),
        (5, 0.5, ""),
        (50, 10.0, "5.0 个/秒，还要 3 分钟"),
        (200, 10.0, "20.0 个/秒，还要 40 秒"),
        (2, 60.0, "30 秒/个，还要 8 小时"),
        (1000, 10.0, "100.0 个/秒"),
    ],
)
def test_the_bar_tells_the_rate_and_what_remains(done: int, passed: float, words: str) -> None:
    pace = Pace()
    pace.words(Progress("reading", 0, 1000), now=100.0)
    assert pace.words(Progress("reading", done, 1000), now=100.0 + passed) == words


def test_an_index_that_is_stopped_says_what_it_has_kept_and_goes_on_from_there(tmp_path: Path) -> None:
    (tmp_path / "文件").mkdir()
    for n in range(400):
        text = f"第{n}乡公报\n" + "".join(f"{n}号村{m}组的收入是{n * m}元。\n" for m in range(60))
        (tmp_path / "文件" / f"{n:04}.txt").write_text(text, encoding="utf8")
    command = [sys.executable, "-m", "assistant.cli", "index", str(tmp_path / "文件")]
    environment = {**os.environ, "YOUJU_DATA_DIR": str(tmp_path / "data")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment, "cwd": ROOT}
    with subprocess.Popen(command, **pipes) as stopped:
        end = time.monotonic() + 180
        while not documents(tmp_path / "data") and time.monotonic() < end:
            time.sleep(0.05)
        stopped.send_signal(signal.SIGINT)
        _, err = stopped.communicate(timeout=180)
    assert stopped.returncode == 130
    assert (said := re.fullmatch(r"已停下。已保存 (\d+) 个文件，再次运行会接着做\n", err)), err
    assert 0 < int(said[1]) < 400
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)
    assert done.stdout.splitlines()[0] == f"新增 {400 - int(said[1])}，更新 0，移除 0，未变 {said[1]}，失败 0"


def documents(data: Path) -> int:
    """How many documents the catalog in the folder holds."""
    if not (catalog := data / "catalog.sqlite3").exists():
        return 0
    with closing(sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
