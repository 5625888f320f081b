"""Care of an index from the command line: looked at, put right, backed up and put back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.conftest import SAMPLES

QUESTION = "2025年衢州农村居民人均可支配收入是多少？"


def test_an_index_is_backed_up_lost_and_put_back(youju, tmp_path: Path) -> None:
    file = tmp_path / "备份.zip"
    status, _, err = youju("backup", str(file))
    assert status == 1
    assert "这里没有索引，没有什么可备份" in err
    assert youju("index", str(SAMPLES))[0] == 0
    status, out, _ = youju("backup", str(file))
    assert status == 0
    assert out.startswith("备份好了：")
    status, _, err = youju("restore", str(file))
    assert status == 1
    assert "确定要换掉它，请加 --force" in err
    shutil.rmtree(tmp_path / "data")
    status, out, _ = youju("restore", str(file))
    assert status == 0
    assert out.startswith("恢复好了：")
    assert "35120元" in youju("ask", QUESTION)[1]
    file.write_bytes(file.read_bytes()[:-100])
    status, _, err = youju("restore", str(file), "--force")
    assert status == 1
    assert "不是 youju 的备份，或已经损坏" in err
    assert "35120元" in youju("ask", QUESTION)[1]


def test_doctor_puts_a_damaged_catalog_right_and_says_what_it_did(youju, tmp_path: Path) -> None:
    assert youju("index", str(SAMPLES))[0] == 0
    assert "正常    原文：" in youju("doctor")[1]
    catalog = tmp_path / "data" / "catalog.sqlite3"
    content = bytearray(catalog.read_bytes())
    for page in range(len(content) // 8192, len(content) // 4096 - 1, 5):
        if b"CREATE " not in content[page * 4096 : (page + 1) * 4096]:  # what the tables are is beyond repair
            content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    catalog.write_bytes(content)
    status, out, _ = youju("doctor")
    assert status == 1
    assert "不行    目录库：" in out
    status, out, _ = youju("doctor", "--repair")
    assert status == 0
    assert "修复    目录库：已损坏（" in out
    status, out, _ = youju("doctor", "--json")
    assert status == 0
    assert {each["state"] for each in json.loads(out)["remarks"]} <= {"正常", "提示"}
    assert youju("index", str(SAMPLES))[0] == 0  # what was lost is read again
    assert "35120元" in youju("ask", QUESTION)[1]


def test_status_tells_sizes_models_and_jobs_as_json(youju) -> None:
    assert youju("index", str(SAMPLES))[0] == 0
    found = json.loads(youju("status", "--json")[1])
    assert found["sizes"]["catalog"] > 0
    assert sum(found["sizes"].values()) == found["bytes"]
    assert found["jobs"] == []
    assert found["models"]["embedder"] == found["embedder"]
    assert found["free_bytes"] > 0
