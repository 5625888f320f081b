"""`youju sources`, `youju remove` and `youju status DOCUMENT`: what they print, and their exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "共享"
    made.mkdir()
    text = (
        "某县2024年统计公报\n2024年，某县粮食总产量9.8万吨，比上年增长百分之三，农村居民收入继续增加，城乡差距缩小。\n"
    )
    for name in ("公报.txt", "公报副本.txt"):
        (made / name).write_text(text, encoding="utf8")
    (made / "教育.txt").write_text("某县教育现代化规划\n学前教育普及率达到百分之九十九。\n", encoding="utf8")
    return made


def test_index_tells_files_from_documents_and_names_the_copies(youju, folder: Path) -> None:
    status, out, err = youju("index", str(folder))
    assert (status, err) == (0, "")
    assert "同文  《某县2024年统计公报》用 " in out
    assert "公报副本.txt" in out
    assert "索引里现有 3 个文件，2 篇文档" in out
    assert "3 个文件，2 篇文档" in youju("status")[1]


def test_a_source_that_is_away_is_said_and_still_answers(youju, folder: Path) -> None:
    youju("index", str(folder))
    away = folder.rename(folder.parent / "别处")
    status, _, err = youju("index")
    assert status == 0
    assert f"连不上  {folder}: 现在不在那里，原来读进的文档都留着，照常回答。" in err
    assert f"youju remove {folder}" in err
    assert "9.8万吨" in youju("ask", "2024年某县粮食总产量是多少？")[1]
    assert "起连不上" in youju("status")[1]
    assert youju("sources")[1].startswith(f"{folder}  2 篇文档（")
    away.rename(folder)
    assert youju("index")[2] == ""
    assert youju("sources", "list")[1] == f"{folder}  2 篇文档\n"


def test_sources_are_added_and_removed(youju, folder: Path) -> None:
    assert "还没有登记过" in youju("sources")[1]
    assert youju("sources", "add", str(folder))[:2] == (0, "已登记 1 处，运行 youju index 读取。\n")
    assert youju("index")[0] == 0
    known = json.loads(youju("sources", "list", "--json")[1])["sources"]
    assert known == [{"path": str(folder), "documents": 2, "unreachable_since": None}]
    status, out, err = youju("remove", str(folder / "教育.txt"))
    assert (status, out) == (0, "去掉了 1 个文件，1 篇文档；还有 1 篇文档。\n")
    assert "仍登记着" in err
    assert youju("sources", "remove", str(folder))[1] == "去掉了 2 个文件，1 篇文档；还有 0 篇文档。\n"
    status, _, err = youju("remove", str(folder))
    assert (status, err) == (1, f"{folder}: 索引里没有它。已登记的可用 youju sources 列出\n")


def test_what_is_known_of_a_document(youju, folder: Path) -> None:
    (folder / "metadata.csv").write_text(
        "文件,发布机构\n公报.txt,某县统计局\n公报副本.txt,某县统计局\n", encoding="gbk"
    )
    youju("index", str(folder))
    for name in ("公报.txt", str(folder / "公报副本.txt"), "统计公报"):
        status, out, _ = youju("status", name)
        assert status == 0
        assert "标题    某县2024年统计公报（据" in out
        assert "发布    某县统计局（据metadata.csv）" in out
        assert "        同文 " in out
    told = json.loads(youju("status", "教育.txt", "--json")[1])
    assert told["title"] == "某县教育现代化规划"
    assert "text" not in told
    assert youju("status", told["id"])[0] == 0


def test_a_document_that_is_not_there_or_not_one_is_said(youju, folder: Path) -> None:
    youju("index", str(folder))
    status, _, err = youju("status", "没有这一篇")
    assert status == 1
    assert "没有叫“没有这一篇”的文档" in err
    status, _, err = youju("status", "某县")
    assert status == 1
    assert "有 2 篇，请写编号" in err
