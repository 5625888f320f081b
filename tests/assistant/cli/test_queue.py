"""What is waiting, under way and failed can be seen at the command line, stopped, and done again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.commands import app
from index.catalog.schema import CatalogError
from index.index import Index
from index.upkeep.jobs import Job


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(tmp_path / "data"))
    with Index.open(tmp_path / "data") as opened:
        yield opened


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def fails(job: Job, tell: object, stopped: object) -> bool:
    raise CatalogError("磁盘已满")


def test_jobs_are_listed_cancelled_and_tried_again(index: Index, tmp_path: Path) -> None:
    assert said("jobs") == "还没有任务。\n"
    failed = index.jobs.add("update", [tmp_path / "甲"])
    with pytest.raises(CatalogError):
        index.jobs.finish(failed, fails)
    waits = index.jobs.add("update", [tmp_path / "乙"])
    newest, oldest = said("jobs").splitlines()
    assert newest.endswith(f"排队  索引文件 {tmp_path / '乙'}")
    assert oldest.endswith(f"失败  索引文件 {tmp_path / '甲'}：磁盘已满")
    assert f"排队  索引文件 {tmp_path / '乙'}" in said("status")
    assert said("jobs", "cancel", str(waits)) == f"任务 {waits} 已取消。\n"
    assert said("jobs", "cancel", str(waits)) == f"任务 {waits} 已经结束了，没有什么可取消。\n"
    assert said("jobs", "retry", str(failed)) == f"任务 {failed} 重新排队了。\n"
    assert said("jobs", "retry", str(failed)) == f"任务 {failed} 没有失败，也没有取消，不用重试。\n"
    states = {each["number"]: each["state"] for each in json.loads(said("jobs", "list", "--json"))["jobs"]}
    assert states == {failed: "queued", waits: "cancelled"}
    assert isinstance(CliRunner().invoke(app, ["jobs", "cancel", "99"]).exception, ValueError)
