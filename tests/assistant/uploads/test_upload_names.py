"""Names of uploads: whatever was sent, the file lies below the folder, and its name can be kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.uploads.names import MAX_NAME_BYTES, is_hidden, safe_path


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("年报.pdf", "年报.pdf"),
        ("通知/2026/年报.pdf", "通知/2026/年报.pdf"),
        ("a\\..\\b/年报.pdf", "a/b/年报.pdf"),
        ("../../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\文件\\年报.pdf", "C_/文件/年报.pdf"),
        ("..", "未命名"),
        ("", "未命名"),
        (".隐藏.pdf", "隐藏.pdf"),
        ("~$年报.docx", "$年报.docx"),
        ("a\x00b\nc.pdf", "a_b_c.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ('<script>alert("1")</script>.pdf', "_script_alert(_1_)_/script_.pdf"),
        ("名. . .", "名"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert safe_path(given_name).as_posix() == kept


@given(st.text(max_size=400))
def test_no_name_leads_out_or_is_too_long(name: str) -> None:
    path = safe_path(name)
    assert not path.is_absolute()
    assert path.parts
    for part in path.parts:
        assert part not in ("", ".", "..")
        assert not part.startswith(".")
        assert len(part.encode()) <= MAX_NAME_BYTES
        assert not set(part) & set('/\\<>:"|?*\x00\n')
    assert safe_path(path.as_posix()) == path


def test_a_long_name_keeps_its_ending() -> None:
    path = safe_path("很长的名字" * 40 + ".docx")
    assert path.suffix == ".docx"
    assert len(path.name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize("name", [".DS_Store", "目录/Thumbs.db", "~$年报.docx", "a\\.git"])
def test_what_systems_leave_in_folders_is_known(name: str) -> None:
    assert is_hidden(name)


def test_a_document_is_not_taken_for_that() -> None:
    assert not is_hidden("目录/年报.docx")
