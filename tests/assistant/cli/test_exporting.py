"""`youju ask --export`: the answer as a file, whose ending says the form."""

from __future__ import annotations

import json
from pathlib import Path

import docx

from tests.conftest import SAMPLES

QUESTION = "2025年衢州农村居民人均可支配收入是多少？"


def test_an_answer_is_written_into_a_file_and_shown(youju, tmp_path: Path) -> None:
    path = tmp_path / "回答.docx"
    status, out, err = youju("ask", QUESTION, "--export", str(path), "--sources", str(SAMPLES))
    assert (status, err) == (0, "")
    assert out.startswith(f"回答在 {path}\n")
    assert "35120元" in out
    texts = [each.text for each in docx.Document(str(path)).paragraphs]
    assert texts[0] == QUESTION
    assert texts[1].startswith("文库：samples　导出日期：")
    assert any("35120元" in text for text in texts)


def test_with_json_only_the_answer_stands_on_standard_output(youju, tmp_path: Path) -> None:
    path = tmp_path / "回答.md"
    _, out, err = youju("ask", QUESTION, "--json", "--export", str(path), "--sources", str(SAMPLES))
    assert json.loads(out)["status"] == "answered"
    assert err == f"回答在 {path}\n"
    assert "[^1]: “" in path.read_text("utf8")


def test_a_batch_is_one_file(youju, tmp_path: Path) -> None:
    asked, out, path = tmp_path / "q.jsonl", tmp_path / "a.jsonl", tmp_path / "汇总.txt"
    lines = [{"id": "1", "question": QUESTION}, {"id": "2", "question": "2025年火星的收入是多少？"}]
    asked.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf8")
    options = ("--out", str(out), "--export", str(path), "--sources", str(SAMPLES))
    status, said, _ = youju("ask", "--batch", str(asked), *options)
    assert (status, said) == (0, f"2 个问题的结果在 {out}\n2 个回答在 {path}\n")
    text = path.read_text("utf8")
    assert text.index(f"问：{QUESTION}") < text.index("35120元") < text.index("（没有找到答案）")


def test_a_form_that_is_none_is_told_before_anything_is_asked(youju, tmp_path: Path) -> None:
    path = tmp_path / "回答.pdf"
    status, out, err = youju("ask", QUESTION, "--export", str(path), "--sources", str(SAMPLES))
    endings = ".docx、.md、.txt、.html、.csv、.xlsx"
    assert (status, out) == (1, "")
    assert err == f"{path}: 不知道要写成什么。--export 的文件名以 {endings} 结尾\n"
    _, _, err = youju("ask", QUESTION, "--export", str(tmp_path / "没有" / "a.md"))
    assert err == f"{tmp_path / '没有'}: 文件夹不存在。请先建好，或换一个 --export\n"
