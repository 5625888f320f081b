"""`youju account` and `youju key`, and what `youju serve` makes of them."""

from __future__ import annotations

import io
import json

import pytest

from assistant.cli import accounts

PASSWORD = "correct horse 42"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    """Has the next command read this on its standard input."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))


def test_accounts_are_added_changed_and_removed(youju, typed) -> None:
    assert youju("account", "list") == (0, "还没有账号。请写：youju account add 名字 --admin\n", "")
    typed(PASSWORD)
    refused = youju("account", "add", "李雷", "--password-stdin")
    assert refused == (1, "", "第一个账号要是管理员，否则没有人能管理。请加 --admin\n")
    typed(PASSWORD)
    added = youju("account", "add", "陈晨", "--admin", "--password-stdin")
    assert added == (0, "已添加管理员“陈晨”。从现在起，网页要登录，程序要带密钥。\n", "")
    typed("short")
    status, out, err = youju("account", "add", "李雷", "--password-stdin")
    assert (status, out, err) == (1, "", "密码有 5 个字符：请用 8 到 200 个\n")
    typed(PASSWORD)
    assert youju("account", "add", "李雷", "--group", "红", "--password-stdin")[1] == "已添加读者“李雷”。\n"
    assert youju("account", "groups", "李雷", "红", "蓝")[1] == "“李雷”现在是读者，看 红、蓝。\n"
    assert youju("account", "role", "李雷", "writer")[1] == "“李雷”现在是编辑，看全部。\n"
    assert youju("account", "role", "李雷", "root")[2].startswith("没有 'root' 这种角色")
    assert youju("account", "disable", "李雷")[1] == "“李雷”现在是编辑，看全部，已停用。\n"
    assert youju("account", "disable", "李雷", "--undo")[1] == "“李雷”现在是编辑，看全部。\n"
    assert youju("account", "disable", "陈晨")[2] == "这是唯一能用的管理员账号：请先让另一个账号当管理员\n"
    typed("another horse")
    assert youju("account", "password", "李雷", "--password-stdin")[1] == "“李雷”的密码已换。\n"
    assert youju("account", "password", "没有此人", "--password-stdin")[2] == "没有叫“没有此人”的账号\n"
    listed = json.loads(youju("account", "list", "--json")[1])["accounts"]
    assert [(each["name"], each["role"]) for each in listed] == [("李雷", "writer"), ("陈晨", "admin")]
    assert PASSWORD not in json.dumps(listed)
    assert youju("account", "remove", "李雷", "--yes")[1] == "已移除“李雷”和它的 0 个对话。\n"
    assert "又不用登录" in youju("account", "remove", "陈晨", "--yes")[1]


def test_a_key_is_shown_once(youju) -> None:
    status, out, err = youju("key", "add", "统计系统", "--scope", "read", "--days", "9", "--per-minute", "5")
    assert status == 0
    assert out.startswith("yj_")
    assert len(out.split()) == 1
    assert "以后不再显示" in err
    assert "请建账号" in err
    listed = youju("key", "list")[1]
    assert out.strip() not in listed
    assert listed.startswith(f"{out[:10]}…  统计系统  read  只看公开的  从未使用  ")
    assert youju("key", "revoke", out[:10])[1] == f"已作废“统计系统”（{out[:10]}…）。\n"
    assert youju("key", "list")[1].endswith("已作废\n")
    assert youju("key", "revoke", "统计系统") == (1, "", "没有叫“统计系统”的有效密钥\n")


def test_what_opens_nothing_does_not_close_a_server(youju, typed) -> None:
    assert not accounts.are_there(None)
    secret = youju("key", "add", "甲")[1].strip()
    assert accounts.are_there(None)
    youju("key", "revoke", secret[:10])
    assert not accounts.are_there(None)
    typed(PASSWORD)
    youju("account", "add", "陈晨", "--admin", "--password-stdin")
    assert accounts.are_there(None)
