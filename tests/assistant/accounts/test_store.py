"""Accounts, sessions, keys and the log, in a database."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.accounts import attempts, store
from assistant.accounts.limits import Counts, LimitedError
from assistant.accounts.passwords import Passwords
from assistant.accounts.records import (
    AccountError,
    Limits,
    NoSuchError,
    ThrottledError,
    WrongPasswordError,
)
from assistant.accounts.schema import ATTEMPTS, KEYS, SESSIONS
from assistant.accounts.store import Accounts
from assistant.conversations.schema import WorkspaceError
from assistant.conversations.store import Workspace
from tests.fakes.passwords import quick_passwords

PASSWORD = "correct horse 42"
HERE = "192.0.2.7"


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    with Workspace.open("memory") as opened:
        yield opened


@pytest.fixture
def accounts(workspace: Workspace) -> Accounts:
    made = Accounts.of(workspace, passwords=quick_passwords())
    made.add_user("陈晨", PASSWORD, role="admin")
    return made


def everything_kept(workspace: Workspace) -> str:
    """All that the database holds, as one text."""
    with workspace.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return repr([connection.exec_driver_sql(f'SELECT * FROM "{name}"').all() for name in names])


def aged(workspace: Workspace, statement: sa.Executable) -> None:
    with workspace.engine.execution_options(writes=True).begin() as connection:
        connection.execute(statement)


# Sessions


def test_a_session_says_who_it_is_until_it_is_ended(accounts: Accounts) -> None:
    token = accounts.sign_in("陈晨", PASSWORD, HERE)
    who = accounts.of_session(token)
    assert who is not None
    assert (who.kind, who.name, who.groups, who.is_admin) == ("user", "陈晨", None, True)
    assert who.owner == accounts.user("陈晨").owner
    accounts.sign_out(token)
    assert accounts.of_session(token) is None
    assert accounts.of_session("x" * 43) is None
    assert accounts.of_session("") is None


def test_nothing_that_opens_anything_is_kept(accounts: Accounts, workspace: Workspace) -> None:
    token = accounts.sign_in("陈晨", PASSWORD, HERE)
    secret, key = accounts.add_key("统计系统")
    with pytest.raises(WrongPasswordError):
        accounts.sign_in("我的密码是hunter2", "hunter2", HERE)
    kept = everything_kept(workspace) + repr(accounts.log()) + repr(accounts.users()) + repr(accounts.all_keys())
    assert key.prefix in kept
    for hidden in (PASSWORD, token, secret, "hunter2"):
        assert hidden not in kept
    assert "$argon2id$" in kept
    assert "argon2" not in repr(accounts.users())


@pytest.mark.parametrize(
    ("created", "seen", "is_over"),
    [
        (0, 0, False),
        (store.IDLE_S - 60, store.IDLE_S - 60, False),
        (store.IDLE_S + 60, store.IDLE_S + 60, True),
        (store.LONGEST_S + 60, 0, True),
        (store.LONGEST_S - 60, 30, False),
    ],
)
def test_a_session_ends_by_itself(
    accounts: Accounts, workspace: Workspace, created: float, seen: float, is_over: bool
) -> None:
    token = accounts.sign_in("陈晨", PASSWORD, HERE)
    now = time.time()
    aged(workspace, SESSIONS.update().values(created=now - created, seen=now - seen))
    assert (accounts.of_session(token) is None) == is_over


def test_a_session_that_is_used_goes_on(accounts: Accounts, workspace: Workspace) -> None:
    token = accounts.sign_in("陈晨", PASSWORD, HERE)
    aged(workspace, SESSIONS.update().values(seen=time.time() - 3600))
    assert accounts.of_session(token)
    assert accounts.users()[0].last_seen == pytest.approx(time.time(), abs=60)


def test_changes_count_at_once(accounts: Accounts) -> None:
    user = accounts.add_user("李雷", PASSWORD, role="reader", groups=["红"])
    token = accounts.sign_in("李雷", PASSWORD, HERE)
    assert accounts.of_session(token).groups == {"红"}  # type: ignore[union-attr]
    accounts.change_user(user.id, groups=["蓝"])
    assert accounts.of_session(token).groups == {"蓝"}  # type: ignore[union-attr]
    accounts.change_user(user.id, role="writer")
    who = accounts.of_session(token)
    assert who is not None
    assert who.may("write")
    assert who.groups is None
    accounts.change_user(user.id, role="reader")
    assert accounts.of_session(token).groups == frozenset()  # type: ignore[union-attr]
    accounts.change_user(user.id, disabled=True)
    assert accounts.of_session(token) is None
    accounts.change_user(user.id, disabled=False)
    assert accounts.of_session(token) is None, "its session was ended"


def test_what_another_process_takes_back_ends_soon(
    accounts: Accounts, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_REMEMBERED_S", 0.05)
    token = accounts.sign_in("陈晨", PASSWORD, HERE)
    assert accounts.of_session(token)
    other = Accounts.of(workspace, passwords=quick_passwords())
    other.sign_out(token)
    time.sleep(0.1)
    assert accounts.of_session(token) is None


def test_a_new_password_ends_the_other_sessions(accounts: Accounts) -> None:
    here, there = (accounts.sign_in("陈晨", PASSWORD, HERE) for _ in range(2))
    with pytest.raises(WrongPasswordError) as wrong:
        accounts.change_password("陈晨", "not it at all", "another horse", address=HERE)
    assert wrong.value.field == "current"
    accounts.change_password("陈晨", PASSWORD, "another horse", address=HERE, keep=here)
    assert accounts.of_session(here)
    assert accounts.of_session(there) is None
    with pytest.raises(WrongPasswordError):
        accounts.sign_in("陈晨", PASSWORD, HERE)
    assert accounts.sign_in("陈晨", "another horse", HERE)


# People


def test_a_name_is_the_same_however_it_is_written(accounts: Accounts) -> None:
    accounts.add_user("Chen", PASSWORD, role="reader")
    assert accounts.sign_in(" ｃＨｅｎ ", PASSWORD, HERE)
    for taken in ("chen", "CHEN", " Chen", "Ｃhen"):
        with pytest.raises(AccountError, match="已有名为") as raised:
            accounts.add_user(taken, PASSWORD, role="reader")
        assert raised.value.field == "name"


@pytest.mark.parametrize(
    ("name", "password", "role", "groups", "field"),
    [
        ("", PASSWORD, "reader", (), "name"),
        ("x" * 61, PASSWORD, "reader", (), "name"),
        ("a\x07b", PASSWORD, "reader", (), "name"),
        ("李雷", "1234567", "reader", (), "password"),
        ("李雷", "x" * 201, "reader", (), "password"),
        ("李雷", "aaaaaaaaaa", "reader", (), "password"),
        ("leilei-li", "LeiLei-Li", "reader", (), "password"),
        ("李雷", PASSWORD, "root", (), "role"),
        ("李雷", PASSWORD, "reader", ["x" * 101], "groups"),
        ("李雷", PASSWORD, "writer", ["红"], "groups"),
        ("李雷", PASSWORD, "admin", ["红"], "groups"),
    ],
)
def test_what_can_not_be_is_told_by_its_field(
    accounts: Accounts, name: str, password: str, role: str, groups: list[str], field: str
) -> None:
    with pytest.raises(AccountError) as raised:
        accounts.add_user(name, password, role=role, groups=groups)
    assert raised.value.field == field
    assert password not in str(raised.value)
    assert len(accounts.users()) == 1


def test_there_is_always_somebody_who_can_administer(accounts: Accounts) -> None:
    for change in ({"role": "reader"}, {"disabled": True}):
        with pytest.raises(AccountError, match="唯一能用的管理员"):
            accounts.change_user("陈晨", **change)  # type: ignore[arg-type]
    with pytest.raises(AccountError, match="唯一能用的管理员"):
        accounts.remove_user("陈晨")
    accounts.add_user("韩梅", PASSWORD, role="admin")
    accounts.change_user("韩梅", disabled=True)
    with pytest.raises(AccountError, match="唯一能用的管理员"):
        accounts.remove_user("陈晨")
    accounts.change_user("韩梅", disabled=False)
    accounts.remove_user("陈晨")
    with pytest.raises(NoSuchError):
        accounts.user("陈晨")


def test_a_name_that_comes_again_is_somebody_else(accounts: Accounts) -> None:
    first = accounts.add_user("李雷", PASSWORD, role="reader")
    token = accounts.sign_in("李雷", PASSWORD, HERE)
    accounts.remove_user("李雷")
    assert accounts.of_session(token) is None
    assert accounts.add_user("李雷", PASSWORD, role="reader").owner != first.owner


def test_what_was_once_asked_for_stays_asked_for(accounts: Accounts) -> None:
    assert accounts.exist()
    accounts.remove_user("陈晨", even_last=True)
    assert accounts.count() == 0
    assert accounts.exist(), "a running server would be open"


# Logging in


def test_wrong_names_and_passwords_look_alike(accounts: Accounts) -> None:
    accounts.add_user("停用", PASSWORD, role="reader")
    accounts.change_user("停用", disabled=True)
    told = set()
    for name, password in (("陈晨", "wrong"), ("没有此人", PASSWORD), ("停用", PASSWORD), ("陈晨", "x" * 100_000)):
        with pytest.raises(WrongPasswordError) as raised:
            accounts.sign_in(name, password, HERE)
        told.add((str(raised.value), raised.value.field))
    assert len(told) == 1
    assert [each.who for each in accounts.log() if each.what == "login-failed"] == ["陈晨", "停用", "", "陈晨"]


def test_an_unknown_name_takes_as_long_as_a_known_one() -> None:
    compared: list[str] = []

    class Counting:
        def verify(self, kept: str, _: str) -> bool:
            compared.append(kept)
            return True

        def hash(self, _: str) -> str:
            return "of nobody"

    passwords = Passwords(Counting())  # type: ignore[arg-type]
    assert passwords.fits("x", "kept")
    assert not passwords.fits("x", None), "the password of nobody opens nothing"
    assert compared == ["kept", "of nobody"]


def test_failures_make_the_next_try_wait_longer_and_longer(accounts: Accounts, workspace: Workspace) -> None:
    for _ in range(attempts.FREE_OF_NAME):
        with pytest.raises(WrongPasswordError):
            accounts.sign_in("陈晨", "wrong", HERE)
    waits = []
    for _ in range(12):
        with pytest.raises(ThrottledError) as raised:
            accounts.sign_in("陈晨", PASSWORD, "198.51.100.1")  # right, and from elsewhere: the name has to wait
        waits.append(raised.value.wait_s)
        aged(workspace, ATTEMPTS.update().values(last=ATTEMPTS.c.last - raised.value.wait_s))
        with pytest.raises(WrongPasswordError):
            accounts.sign_in("陈晨", "wrong", HERE)
    assert waits[:3] == pytest.approx([2, 4, 8], abs=1)
    rounded = [round(wait) for wait in waits]
    assert rounded == sorted(rounded)
    assert max(waits) <= attempts.MAX_WAIT_S
    aged(workspace, ATTEMPTS.update().values(last=ATTEMPTS.c.last - attempts.MAX_WAIT_S))
    assert accounts.sign_in("陈晨", PASSWORD, HERE)
    assert accounts.sign_in("陈晨", PASSWORD, HERE), "what succeeded is forgotten"


def test_an_address_that_tries_many_names_has_to_wait(accounts: Accounts) -> None:
    for number in range(attempts.FREE_OF_ADDRESS):
        with pytest.raises(WrongPasswordError):
            accounts.sign_in(f"没有此人{number}", "wrong", HERE)
    with pytest.raises(ThrottledError):
        accounts.sign_in("陈晨", PASSWORD, HERE)
    assert accounts.sign_in("陈晨", PASSWORD, "198.51.100.1")


def test_many_tries_at_once_count_as_many(accounts: Accounts) -> None:
    told: list[type[Exception]] = []

    def tried() -> None:
        try:
            accounts.sign_in("陈晨", "wrong", HERE)
        except AccountError as error:
            told.append(type(error))

    threads = [threading.Thread(target=tried) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count(WrongPasswordError) == attempts.FREE_OF_NAME
    assert told.count(ThrottledError) == 12 - attempts.FREE_OF_NAME


# Keys


def test_a_key_opens_what_it_says_until_it_is_over(accounts: Accounts, workspace: Workspace) -> None:
    secret, key = accounts.add_key("统计系统", scopes=["read", "ask"], groups=["红"], days=3, per_minute=7)
    who = accounts.of_key(secret)
    assert who is not None
    assert (who.kind, who.name, who.scopes, who.groups) == ("key", "统计系统", {"ask", "read"}, {"红"})
    assert (who.limits.per_minute, who.owner) == (7, f"key-{key.id}")
    assert secret.startswith(key.prefix)
    assert len(secret) >= 43
    assert accounts.all_keys()[0].last_used == pytest.approx(time.time(), abs=60)
    for wrong in (secret[:-1], secret + "x", secret.lower(), "yj_", "", "yj_" + "x" * 5000, secret.replace("yj_", "")):
        assert accounts.of_key(wrong) is None
    aged(workspace, KEYS.update().values(expires=time.time() - 1))
    accounts._forget()
    assert accounts.of_key(secret) is None


def test_a_key_that_is_revoked_opens_nothing(accounts: Accounts) -> None:
    secret, key = accounts.add_key("甲")
    accounts.add_key("乙")
    second, _ = accounts.add_key("乙")
    assert accounts.of_key(secret)
    accounts.revoke_key(key.prefix)
    assert accounts.of_key(secret) is None
    with pytest.raises(NoSuchError):
        accounts.revoke_key("甲")
    with pytest.raises(AccountError, match="不止一个"):
        accounts.revoke_key("乙")
    accounts.revoke_key(second[:10])
    accounts.revoke_key("乙")
    assert len(accounts.all_keys()) == 3


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["ask", "root"]}, "scopes"),
        ({"scopes": ["write"], "groups": ["红"]}, "groups"),
        ({"days": 0}, "days"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_day": -1}, "per_day"),
    ],
)
def test_a_key_that_can_not_be(accounts: Accounts, given: dict[str, object], field: str) -> None:
    with pytest.raises(AccountError) as raised:
        accounts.add_key("甲", **given)  # type: ignore[arg-type]
    assert raised.value.field == field
    assert accounts.all_keys() == []


# The log, the tables, the limits


def test_the_log_is_read_from_its_end(accounts: Accounts) -> None:
    for number in range(7):
        accounts.note("陈晨", f"第{number}件", detail="a\nb\x00" + "x" * 999, address=HERE)
    first = accounts.log(limit=3)
    assert [each.what for each in first] == ["第6件", "第5件", "第4件"]
    assert accounts.log(limit=1, before=first[-1].number)[0].what == "第3件"
    assert first[0].detail.startswith("abxxx")
    assert len(first[0].detail) == 300


def test_tables_of_a_later_version_are_left_alone(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "workspace.sqlite3") as workspace:
        Accounts.of(workspace)
        Accounts.of(workspace)
        with workspace.engine.execution_options(writes=True).begin() as connection:
            connection.exec_driver_sql("UPDATE meta SET value = '99' WHERE key = 'accounts'")
        with pytest.raises(WorkspaceError, match="请升级"):
            Accounts.of(workspace)


def test_a_minutes_worth_is_let_in_at_once_and_then_evenly() -> None:
    now = [86400.0 * 3]
    counts, limits = Counts(lambda: now[0]), Limits(per_minute=6, per_day=9)
    for _ in range(6):
        counts.take("甲", limits)
    with pytest.raises(LimitedError) as raised:
        counts.take("甲", limits)
    assert raised.value.wait_s == pytest.approx(10)
    assert str(raised.value) == "提问太频繁（每分钟最多 6 次）：请在 10 秒后再试"
    counts.take("乙", limits)
    now[0] += raised.value.wait_s
    counts.take("甲", limits)
    now[0] += 600
    counts.take("甲", limits)
    counts.take("甲", limits)
    with pytest.raises(LimitedError, match="每天最多 9 次") as raised:
        counts.take("甲", limits)
    now[0] += raised.value.wait_s
    counts.take("甲", limits)


def test_who_has_no_limits_is_not_counted() -> None:
    counts = Counts(lambda: 0.0)
    for _ in range(1000):
        counts.take("甲", Limits())
