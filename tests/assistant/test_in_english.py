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
    "FileState", "FilterError", "SettingsError", "Dropped", "_RefusedError", "Trial",
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
    folders = (
        "sources", "index/upkeep", "index/filters.py", "assistant/uploads", "assistant/accounts", "assistant/server",
        "assistant/settings.py", "assistant/written",
    )  # fmt: skip
    for path in modules(*folders):
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


IN_BOTH = {"said", "_alert"}
"""What is given a text in Chinese and one in English."""
OF_PROGRAMS = {
    "assistant/server/chat", "assistant/server/openapi.py", "assistant/server/bodies.py", "assistant/server/app.py",
    "assistant/server/figure_bodies.py", "assistant/server/routes/mcp.py",
}  # fmt: skip
"""Words that are looked for, examples and descriptions: they are shown to no person on a page."""
AT_THE_START = {
    "assistant/server/logs.py", "assistant/server/load.py", "assistant/server/telemetry.py", "assistant/server/oidc.py",
}  # fmt: skip
"""Said on the terminal that the server is started from, and in the audit log."""
BESIDE_THEIR_ENGLISH = {"_WRONG", "_KEPT_NAMES"}
"""Tables that are read only where English isn't."""
ELSEWHERE = (
    "assistant/conversations/rows.py", "assistant/conversations/feedback.py", "assistant/conversations/store.py",
    "assistant/exports/numbers.py", "assistant/exports/forms.py", "assistant/written/providers.py",
    "assistant/question/conversation.py", "index/figures.py", "index/upkeep/labelling.py",
    "sources/mentions/periods.py",
)  # fmt: skip
"""Modules whose ValueErrors routes give as they are."""


def modules(*places: str) -> list[Path]:
    """The Python files at these places."""
    return sorted(
        path for place in places for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    )


def untold(node: ast.AST) -> Iterator[tuple[int, str]]:
    """The Chinese texts below a node that nothing beside them tells in English, with their lines."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IN_BOTH:
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"warning", "error"}:
        return  # the log's
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and target.id in BESIDE_THEIR_ENGLISH:
            return
    if isinstance(node, ast.Dict):
        described = {"description", "example"}
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and key.value in described):
                yield from untold(value)
        return
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_pair(*(list(texts(each)) for each in node.elts)):
        return
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield from ((node.lineno, text) for text in texts(node) if _HAN.search(text))
        return
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):  # a docstring
            yield from untold(child)


def _is_pair(chinese: list[str], english: list[str]) -> bool:
    return bool(chinese and english) and bool(_HAN.search(chinese[0])) and not _HAN.search("".join(english))


def test_whatever_a_route_may_say_has_its_english() -> None:
    missing: dict[str, str] = {}
    for path in modules("assistant/server"):
        name = path.relative_to(ROOT).as_posix()
        if name in AT_THE_START or any(name.startswith(each) for each in OF_PROGRAMS):
            continue
        for line, text in untold(ast.parse(path.read_text(encoding="utf8"))):
            if _HAN.search(in_english(text.replace("{}", "7"))):
                missing[text] = f"{name}:{line}"
    for path in modules(*ELSEWHERE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Raise):
                for line, text in untold(node):
                    if _HAN.search(in_english(text.replace("{}", "7"))):
                        missing[text] = f"{path.relative_to(ROOT)}:{line}"
    assert missing == {}


def test_how_facts_were_found_is_told_in_english() -> None:
    missing = set()
    for path in modules("sources/cleaning/facts.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
                missing |= {each for each in texts(node.value.elts[1]) if _HAN.search(in_english(each))}
    for path in modules("sources/readers"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            for told in node.keywords if isinstance(node, ast.Call) else ():
                if told.arg == "stated_by":
                    missing |= {each for each in texts(told.value) if _HAN.search(in_english(each))}
    assert missing == set()


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
        ("本服务不认识主机名 a.cn。若这是本服务的地址，请在启动时写明：youju serve --allow-host a.cn",
         "this server doesn't know the host name a.cn; "
         "if it is the server's own, start it with: youju serve --allow-host a.cn"),
        ("工作表“一，二”是隐藏的，没有读入", "the sheet “一，二” is hidden, and wasn't read"),
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
