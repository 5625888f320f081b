"""`youju tag`, `youju group`, and the options that say which documents count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An open file and one that is for a group."""
    made = tmp_path / "资料"
    for name, text in {
        "公开/公报.txt": "嘉兴市2024年统计公报\n嘉兴市统计局\n2025年2月1日\n2024年，全市粮食总产量98万吨。",
        "内部/精简.txt": "嘉兴市人员精简方案\n嘉兴市人事局\n2024年6月1日\n2024年遣散费总额为360万元。",
    }.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf8")
    return made


def test_groups_and_tags_are_given_listed_and_taken_away(youju, folder: Path) -> None:
    youju("index", str(folder))
    assert youju("group", "list")[1] == "还没有读者组。请写：youju group add 名字 文件夹\n"
    assert youju("group", "add", "人事", str(folder / "内部"))[:2] == (0, "读者组“人事”现有 1 篇文档。\n")
    assert youju("tag", "add", "年报", str(folder))[:2] == (0, "标签“年报”现有 2 篇文档。\n")
    assert youju("tag", "list")[1] == f"年报  {folder}  2 篇文档\n"
    listed = json.loads(youju("group", "list", "--json")[1])["groups"]
    assert listed == [{"name": "人事", "path": str(folder / "内部"), "documents": 1}]

    assert "360万元" in youju("ask", "遣散费总额是多少？")[1]
    assert "360万元" in youju("ask", "遣散费总额是多少？", "--group", "人事")[1]
    assert "360万元" not in youju("ask", "遣散费总额是多少？", "--group", "")[1]
    assert youju("ask", "说了什么？", "--document", "人员精简", "--group", "")[::2] == (
        1,
        "没有叫“人员精简”的文档。请写编号、路径或标题里的几个字；youju status 列出标题\n",
    )

    assert youju("group", "remove", "人事")[1] == "从 1 处去掉了读者组“人事”。\n"
    assert youju("group", "remove", "人事")[2] == "那里没有读者组“人事”。youju group list 列出有哪些\n"
    status, _, err = youju("tag", "add", "年报", str(folder.parent))
    assert (status, err) == (
        1,
        f"{folder.parent}: 不在登记过的文件夹里。youju sources 列出登记了哪些；新的请先 youju index\n",
    )


def test_options_say_which_documents_count(youju, folder: Path, tmp_path: Path) -> None:
    youju("index", str(folder))

    def found(*options: str) -> list[str]:
        hits = json.loads(youju("search", "嘉兴市", "--json", *options)[1])["hits"]
        return sorted(hit["title"] for hit in hits)

    bulletin, plan = ["嘉兴市2024年统计公报"], ["嘉兴市人员精简方案"]
    assert found() == [*bulletin, *plan]
    assert found("--folder", str(folder / "公开")) == bulletin
    assert found("--publisher", "嘉兴市人事局", "--publisher", "没有的局") == plan
    assert found("--since", "2025") == bulletin
    assert found("--until", "2024-06", "--standing", "today", "--region", "嘉兴") == plan
    assert found("--document", "统计公报") == bulletin
    assert youju("search", "嘉兴市", "--since", "明年")[::2] == (
        1,
        "since: '明年' 不是日期。请写成 2024、2024-03 或 2024-03-15\n",
    )
    assert "360万元" in youju("figures", "遣散费总额", "--folder", str(folder / "内部"))[1]
    assert "360万元" not in "".join(youju("figures", "遣散费总额", "--folder", str(folder / "公开"))[1:])
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": "遣散费总额是多少？"}), encoding="utf8")
    youju("ask", "--batch", str(questions), "--out", str(tmp_path / "answers.jsonl"), "--folder", str(folder / "公开"))
    assert "360万元" not in (tmp_path / "answers.jsonl").read_text(encoding="utf8")
