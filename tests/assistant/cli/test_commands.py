"""The command as a user starts it: what it prints, and its exit status."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import SAMPLES

QUESTION = "2025年衢州农村居民人均可支配收入是多少？"


def test_ask_prints_the_answer_and_where_it_stands(youju) -> None:
    status, out, err = youju("ask", QUESTION, "--sources", str(SAMPLES))
    assert (status, err) == (0, "")
    assert "35120元" in out.splitlines()[0]
    assert "[1] 《山城答卷：衢州缩小城乡差距见闻》" in out


def test_ask_as_json_is_the_answer_of_the_contract(youju) -> None:
    status, out, _ = youju("ask", "--sources", str(SAMPLES), "--json", QUESTION)
    answer = json.loads(out)
    assert status == 0
    assert {"id", "question", "standalone_question", "status", "answer", "citations", "figures", "clarification",
            "nearest", "engine", "confidence", "timings_ms"} <= set(answer)  # fmt: skip
    assert {"number", "document_id", "title", "publisher", "published", "section", "page", "quote", "start", "end",
            "passage"} <= set(answer["citations"][0])  # fmt: skip
    assert {"text", "value", "unit", "metric", "region", "period", "status", "citation", "verified"} <= set(
        answer["figures"][0]
    )


def test_without_an_index_the_sample_library_answers_and_says_so(youju) -> None:
    status, out, err = youju("ask", "2025年嘉兴农村居民人均可支配收入是多少？")
    assert status == 0
    assert "54939元" in out
    assert "示例文库" in err


def test_index_then_ask_then_change_a_file(youju, tmp_path: Path) -> None:
    folder = tmp_path / "文档"
    folder.mkdir()
    (folder / "甲.txt").write_text("丽水的共富工坊\n2024年，丽水建成共富工坊1216家。\n", encoding="gb18030")
    (folder / "空.txt").write_bytes(b"")
    status, out, err = youju("index", str(folder))
    assert status == 1
    assert out.startswith("新增 1，更新 0，移除 0，未变 0，失败 1\n")
    assert "空.txt: 文件是空的" in err
    assert "1216家" in youju("ask", "2024年丽水建成多少家共富工坊？")[1]

    (folder / "空.txt").write_text("这里已经写上了文字。\n", encoding="utf8")
    (folder / "甲.txt").write_text("丽水的共富工坊\n2024年，丽水建成共富工坊1300家。\n", encoding="utf8")
    status, out, _ = youju("index")
    assert (status, out.splitlines()[0]) == (0, "新增 1，更新 1，移除 0，未变 0，失败 0")
    assert "1300家" in youju("ask", "2024年丽水建成多少家共富工坊？")[1]
    assert "2 篇文档" in youju("status")[1]


def test_a_batch_keeps_order_ids_and_history(youju, tmp_path: Path) -> None:
    lines = [
        {"id": "乙", "question": "那2025年的目标呢？", "history": ["2020年丽水农村居民人均可支配收入是多少？"]},
        {"id": "甲", "question": QUESTION, "history": []},
    ]
    asked, out = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    asked.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n", encoding="utf8")
    status, said, _ = youju("ask", "--batch", str(asked), "--out", str(out), "--sources", str(SAMPLES))
    answers = [json.loads(line) for line in out.read_text("utf8").splitlines()]
    assert (status, said) == (0, f"2 个问题的结果在 {out}\n")
    assert [answer["id"] for answer in answers] == ["乙", "甲"]
    assert "3.4万元" in answers[0]["answer"]
    assert "35120元" in answers[1]["answer"]


def test_search_lists_passages(youju, tmp_path: Path) -> None:
    status, out, _ = youju("search", "共富工坊", "-k", "2", "--json", "--sources", str(SAMPLES))
    hits = json.loads(out)["hits"]
    assert status == 0
    assert 1 <= len(hits) <= 2
    assert set(hits[0]) == {"document_id", "title", "uri", "text", "start", "end", "score"}
    assert "共富工坊" in hits[0]["text"]
    asked, found = tmp_path / "q.jsonl", tmp_path / "h.jsonl"
    asked.write_text('{"id": 7, "question": "共富工坊"}\n', encoding="utf8")
    assert youju("search", "--batch", str(asked), "--out", str(found), "--sources", str(SAMPLES))[0] == 0
    assert json.loads(found.read_text("utf8"))["id"] == "7"


def test_several_sources_after_one_option(youju) -> None:
    paths = [str(SAMPLES / name) for name in ("column.txt", "plan.md")]
    status, out, _ = youju("ask", "--sources", *paths, "2026年要培育多少农创客？")
    assert status == 0
    assert "3500人" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", "问题", "--sources", "没有这个文件夹"), "没有这个文件夹: 路径不存在"),
        (("ask",), "请写出问题"),
        (("ask", "--batch", "没有.jsonl"), "没有.jsonl: 文件不存在"),
        (("index",), "还没有登记过文件夹"),
        (("ask", "　"), "问题是空的"),
    ],
)
def test_mistakes_are_one_clear_line(youju, arguments: tuple[str, ...], message: str) -> None:
    status, _, err = youju(*arguments)
    assert status == 1
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "第 2 行: 不是合法的 JSON"),
        ('{"id": "2"}', "第 2 行: 缺少 question"),
        ('{"question": "问"}', "第 2 行: 缺少 id"),
        ('{"id": "1", "question": "问"}', "id '1' 出现了两次"),
        ('{"id": "2", "question": "问", "history": [3]}', "第 2 行: history"),
    ],
)
def test_a_wrong_line_is_named_before_anything_is_asked(youju, tmp_path: Path, line: str, message: str) -> None:
    asked = tmp_path / "q.jsonl"
    asked.write_text(f'{{"id": "1", "question": "问"}}\n{line}\n', encoding="utf8")
    status, _, err = youju("ask", "--batch", str(asked), "--out", str(tmp_path / "a.jsonl"))
    assert status == 1
    assert message in err
    assert not (tmp_path / "a.jsonl").exists()


def test_a_folder_with_nothing_to_read_is_named(youju, tmp_path: Path) -> None:
    empty = tmp_path / "空文件夹"
    empty.mkdir()
    (empty / "图.png").write_bytes(b"\x89PNG")
    status, _, err = youju("ask", "问题？", "--sources", str(empty))
    assert status == 1
    assert "空文件夹" in err
    assert "能读的是：" in err


KNOWN = ".txt .md .html .mhtml .eml .csv .pdf .docx .pptx .xlsx .xls .doc .ppt .epub .ofd .zip .png"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with one text among files of other kinds."""
    folder = tmp_path / "文件"
    (folder / ".git").mkdir(parents=True)
    for name in ("一.dwg", "二.dwg", "三.dwg", "四.dwg", "表.mdb", "说明", ".DS_Store", "~$表.mdb"):
        (folder / name).write_bytes(b"\x00\x01")
    os.mkfifo(folder / "管道.txt")
    (folder / "零.txt").symlink_to("/dev/zero")
    (folder / "公报.txt").write_text("某县2024年公报\n2024年，某县粮食总产量9.8万吨。\n", encoding="utf8")
    return folder


def test_index_and_status_name_what_was_not_read(youju, mixed: Path) -> None:
    unread = [
        f"4 个 .dwg：还不能读取，请转成能读的格式（{KNOWN}）（一.dwg、三.dwg、二.dwg、四.dwg）",
        "管道.txt：是管道，不是普通文件，请把它移出文件夹",
        "零.txt：是设备，不是普通文件，请把它移出文件夹",
        f"表.mdb：还不能读取，请转成能读的格式（{KNOWN}）",
        f"说明：还不能读取，请转成能读的格式（{KNOWN}）",
    ]
    status, out, err = youju("index", str(mixed))
    assert status == 0
    assert out.startswith("新增 1，更新 0，移除 0，未变 0，失败 0\n")
    lines = err.replace(f"{mixed}/", "").splitlines()
    assert sorted(lines[:-1]) == sorted(f"未读  {line}" for line in unread)
    assert lines[-1] == "另有 3 个隐藏的或系统的文件（夹）没有看"
    out = youju("status")[1].replace(f"{mixed}/", "")
    assert sorted(line for line in out.splitlines() if line.startswith("未读")) == sorted(
        f"未读    {line}" for line in unread
    )
    told = json.loads(youju("status", "--json")[1])["passed_over"]
    assert len(told) == 8
    assert told[0] == {
        "path": str(mixed / "一.dwg"),
        "kind": ".dwg",
        "reason": f"还不能读取，请转成能读的格式（{KNOWN}）",
    }
    (mixed / "表.mdb").unlink()
    youju("index")
    assert "表.mdb" not in youju("status")[1]


def test_ask_about_sources_names_what_was_not_read_on_standard_error(youju, mixed: Path) -> None:
    status, out, err = youju("ask", "--sources", str(mixed), "2024年某县粮食总产量是多少？", "--json")
    assert status == 0
    assert "9.8万吨" in json.loads(out)["answer"]
    assert "未读  4 个 .dwg：还不能读取" in err


def test_a_folder_where_nothing_can_be_read_fails_though_the_index_holds_others(youju, mixed: Path) -> None:
    assert youju("index", str(mixed))[0] == 0
    scans = mixed.parent / "扫描件"
    scans.mkdir()
    (scans / "图.psd").write_bytes(b"8BPS")
    status, out, err = youju("index", str(scans))
    assert status == 1
    assert "图.psd：还不能读取" in err
    assert f"失败  {scans}: 里面没有能读的文件，只有 1 个 .psd。能读的是：" in err
    assert "索引里现有 1 篇文档" in out


def test_another_embedder_that_cannot_be_had_leaves_the_one_that_answers(
    youju, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert youju("index", str(SAMPLES))[0] == 0
    status, out, _ = youju("doctor")
    assert status == 0
    assert "正常    嵌入：youju-contextual@" in out
    monkeypatch.setenv("YOUJU_EMBEDDER", "openai:bge-m3")
    monkeypatch.setenv("YOUJU_EMBEDDER_BASE_URL", "http://127.0.0.1:9/v1")
    status, _, err = youju("index")
    assert status == 1
    assert "http://127.0.0.1:9/v1 for model 'bge-m3'" in err
    out = youju("status")[1]
    assert "嵌入    youju-contextual@" in out
    assert "正在换成 openai:bge-m3：已嵌入 0 / " in out
    assert "35120元" in youju("ask", QUESTION)[1]
    monkeypatch.delenv("YOUJU_EMBEDDER")
    assert "正在换成" not in youju("status")[1]


def test_doctor_names_a_reranker_that_cannot_be_loaded(youju, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("YOUJU_RERANKER", "/no/such/reranker")
    status, out, _ = youju("doctor")
    assert status == 1
    assert "不行    排序：cannot load the reranker '/no/such/reranker'" in out
    status, _, err = youju("search", "共富工坊", "--sources", str(SAMPLES))
    assert status == 1
    assert "cannot load the reranker '/no/such/reranker'" in err
