"""A wrong command line: one line in Chinese with the way out, and exit status 2."""

from __future__ import annotations

import sys

import pytest

from assistant.cli import commands as cli


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["youju", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return int(stopped.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("serve --port 80000", "--port 的值不行：80000 太大，最大是 65535。用法见 youju serve --help"),
        ("serve --port 0", "--port 的值不行：0 太小，最小是 1。用法见 youju serve --help"),
        ("serve --port 八千", "--port 的值不行：八千 不是整数。用法见 youju serve --help"),
        ("search 问 -k 3.5", "-k 的值不行：3.5 不是整数。用法见 youju search --help"),
        ("serve --prt 1", "youju serve 没有 --prt 这个选项。要写的是 --port、--proxy 吗？用法见 youju serve --help"),
        ("ask --xyz 问", "youju ask 没有 --xyz 这个选项。用法见 youju ask --help"),
        ("serve --port", "--port 后面还要写一个值。用法见 youju --help"),
        ("ask 问 --json=1", "--json 后面不带值。用法见 youju --help"),
        ("figures", "youju figures 还缺 METRIC。用法见 youju figures --help"),
        ("ask 多少 公里", "youju ask 用不上“公里”。有空格的内容请加引号；用法见 youju ask --help"),
        ("aks", "没有 aks 这个命令。用法见 youju --help"),
        ("status --data-dir", "--data-dir 后面还要写一个值。用法见 youju --help"),
    ],
)
def test_a_mistake_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: str, line: str
) -> None:
    assert run(monkeypatch, *arguments.split()) == 2
    captured = capsys.readouterr()
    assert captured.err == f"{line}\n"
    assert captured.out == ""


def test_no_command_lists_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch) == 2
    captured = capsys.readouterr()
    assert captured.out + captured.err == captured.err
    assert all(name in captured.err for name in ("index", "ask", "serve", "doctor"))


def test_help_is_no_mistake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "serve", "--help") == 0
    assert "--open" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "ask", "问题", "--data-dir", "/proc/nothing") == 1
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1
    assert "/proc/nothing" in captured
