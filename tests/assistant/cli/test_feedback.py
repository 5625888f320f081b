"""Feedback and conversations from the command line: listed, exported, counted, backed up and put back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from assistant.conversations.store import FILE, Workspace
from eval.cases import read
from tests.conftest import SAMPLES
from tests.fakes.assistant import NOT_FOUND, RURAL


def said(data_dir: Path) -> str:
    """A conversation with two answers, both with feedback: its id."""
    with Workspace.open(data_dir / FILE) as workspace:
        conversation_id = workspace.create("local").id
        for answer, good, reason, right in ((RURAL, True, "", ""), (NOT_FOUND, False, "文件里有\n的", "1100元")):
            turn_id = workspace.begin_turn("local", conversation_id, answer.question)
            workspace.finish_turn(turn_id, answer)
            workspace.give_feedback("local", turn_id, good, reason, right)
    return conversation_id


def test_feedback_is_listed_and_exported_as_cases(youju, tmp_path: Path) -> None:
    assert youju("feedback")[1] == "还没有评价。\n"
    assert not (tmp_path / "data" / FILE).exists()
    said(tmp_path / "data")
    status, out, _ = youju("feedback")
    assert status == 0
    newest, oldest = out.splitlines()
    assert newest.endswith(f"不好  {NOT_FOUND.question}：文件里有 的；正确的是：1100元")
    assert oldest.endswith(f"好  {RURAL.question}")
    assert youju("feedback", "list", "--limit", "1")[1].splitlines()[1] == "…… 共 2 条，--limit 列出更多"
    [bad] = json.loads(youju("feedback", "list", "--bad", "--json")[1])["feedback"]
    assert bad["rating"]["right_answer"] == "1100元"
    file = tmp_path / "评价.jsonl"
    status, out, _ = youju("feedback", "export", str(file))
    assert (status, out) == (0, f"2 条评价写成了题目，在 {file}。请逐题核对，改好后去掉 approved: false\n")
    assert [(case.question, case.approved) for case in read(file)] == [
        (NOT_FOUND.question, False),
        (RURAL.question, False),
    ]
    status, _, err = youju("feedback", "export", str(tmp_path / "nowhere" / "x.jsonl"))
    assert status == 1
    assert "它的文件夹不存在" in err


def test_conversations_are_counted_backed_up_and_put_back(youju, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert youju("index", str(SAMPLES))[0] == 0
    assert "对话" not in youju("status")[1]
    conversation_id = said(data)
    assert "对话    1 个对话，2 个问题，2 条评价，" in youju("status")[1]
    counted = json.loads(youju("status", "--json")[1])["conversations"]
    assert {**counted, "bytes": 0} == {"conversations": 1, "turns": 2, "shares": 0, "feedback": 2, "bytes": 0}
    file = tmp_path / "备份.zip"
    assert "，连同对话，" in youju("backup", str(file))[1]
    with Workspace.open(data / FILE) as running:
        before = running.conversation("local", conversation_id)
        running.delete_all("local")
        assert youju("restore", str(file), "--force")[0] == 0
        assert running.conversation("local", conversation_id) == before
    shutil.copy(data / FILE, tmp_path / "kept")
    shutil.rmtree(data)
    data.mkdir()
    shutil.copy(tmp_path / "kept", data / FILE)
    status, _, err = youju("restore", str(file))
    assert status == 1
    assert "这里已有 1 个对话，备份里的会换掉它们。确定请加 --force" in err


def test_a_database_that_cannot_be_opened_is_one_line(youju, monkeypatch) -> None:
    monkeypatch.setenv("YOUJU_DATABASE", "nonsense://me:geheim@x/y")
    status, _, err = youju("feedback")
    assert status == 1
    assert err.count("\n") == 1
    assert "不认识这种数据库" in err
    assert "geheim" not in err
