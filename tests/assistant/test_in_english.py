"""What is said in Chinese, in English: every clause that is said of files, uploads and accounts is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.in_english import _Reading, in_english, said
from assistant.unread import unread_lines
from sources.documents import Unread

ROOT = Path(__file__).parents[2]
SAYING = {
    "SourceError", "UploadError", "AccountError", "ThrottledError", "LimitedError", "WrongPasswordError", "NoSuchError",
    "FileState",
}  # fmt: skip
"""What is made with texts for people."""
_HAN = re.compile("[一-鿿]")


def texts(node: ast.AST) -> Iterator[str]:
    """The literal texts of an expression, with {} for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def sayings() -> dict[str, str]:
    """All that is said, with where."""
    found: dict[str, str] = {}
    folders = ("sources", "index/upkeep", "assistant/uploads", "assistant/accounts", "assistant/server")
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                for given in (*node.args, *(each.value for each in node.keywords)):
                    found |= {text: f"{path.relative_to(ROOT)}:{node.lineno}" for text in texts(given)}
    return {text: where for text, where in found.items() if _HAN.search(text)}


def test_all_that_is_said_of_files_uploads_and_accounts_has_its_english() -> None:
    there = sayings()
    assert len(there) > 100
    missing = {text: where for text, where in there.items() if _HAN.search(in_english(text.replace("{}", "7")))}
    assert missing == {}


def test_every_line_is_english_and_fills_in_as_much() -> None:
    for chinese, english in said().items():
        assert not _HAN.search(english), chinese
        assert chinese.count("{}") == english.count("{}"), chinese


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("/a/年报.pdf: PDF 有密码，打不开。请先用密码打开，另存为没有密码的 PDF",
         "/a/年报.pdf: the PDF has a password; open it with the password and save a copy without one"),
        ("还不能读取，请转成能读的格式（.txt）",
         "it is of a kind that can't be read; turn it into one that can (.txt)"),
        ("登录失败的次数太多：请在 3 分钟后再试", "too many failed tries: try again in 3 min"),
        ("没有叫“陈晨”的账号", "there is no account 陈晨"),
        ("the file is empty", "the file is empty"),
        ("这句话谁也没有译过。另一句也是", "这句话谁也没有译过。另一句也是"),
        ("文件是空的。这句话谁也没有译过", "文件是空的。这句话谁也没有译过"),
    ],
)  # fmt: skip
def test_clauses_are_read_whole_or_not_at_all(chinese: str, english: str) -> None:
    assert in_english(chinese) == english


def test_unread_files_in_english_are_one_line_a_kind() -> None:
    several = [Unread(f"/d/{n}.exe", ".exe", "还不能读取，请转成能读的格式（.txt）") for n in range(4)]
    (line,) = unread_lines(several, name=lambda path: path[3:], language="en")
    assert (
        line
        == "4 × .exe: it is of a kind that can't be read; turn it into one that can (.txt) (0.exe, 1.exe, 2.exe, 3.exe)"
    )


def test_whatever_is_filled_in_is_read_in_bounded_steps() -> None:
    for text in ("，".join(["甲"] * 20), "。".join(["甲，乙"] * 10), "，" * 400, "文件损坏，" * 15):
        reading = _Reading()
        reading(text[:200])
        assert len(reading) < 2000
        assert in_english(text)
