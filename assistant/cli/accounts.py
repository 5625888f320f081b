"""Accounts and API keys from the command line, on the machine itself: who may use this command may do everything"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import localtime, strftime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.keeping import AsJson, DataDir
from assistant.config import load

if TYPE_CHECKING:
    from assistant.accounts.store import Accounts
    from assistant.conversations.store import Workspace

account = typer.Typer(name="account", help="账号：谁能登录，能做什么，能看哪些文档。", no_args_is_help=True)
key = typer.Typer(name="key", help="API 密钥：程序凭它调用接口。", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="账号的名字。", metavar="NAME")]
Groups = Annotated[list[str] | None, typer.Option("--group", help="能看这个读者组的文档；可写多次。", metavar="GROUP")]
AllGroups = Annotated[bool, typer.Option("--all-groups", help="能看全部文档，不限读者组。")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读密码，而不是询问。")]
Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", help="ask、read、write 或 admin；可写多次，默认 ask 和 read。", metavar="SCOPE"),
]
_ROLES = {"reader": "读者", "writer": "编辑", "admin": "管理员"}


@account.command("add", help="添加账号；密码随后询问。第一个要是管理员（--admin）。")
def add_account(
    name: Name,
    is_admin: Annotated[bool, typer.Option("--admin", help="管理员：什么都能做。")] = False,
    is_writer: Annotated[bool, typer.Option("--writer", help="编辑：还能增删文档。")] = False,
    groups: Groups = None,
    all_groups: AllGroups = False,
    from_input: FromInput = False,
    data_dir: DataDir = None,
) -> None:
    """Adds an account; the first one takes over what was kept on this machine."""
    with _opened(data_dir) as (accounts, workspace):
        is_first = not accounts.users()
        if is_first and not is_admin:
            raise ValueError("第一个账号要是管理员，否则没有人能管理。请加 --admin")
        role = "admin" if is_admin else "writer" if is_writer else "reader"
        own = None if all_groups else groups or ()
        user = accounts.add_user(name, _password(from_input, asks_twice=True), role=role, groups=own)
        if is_first:
            workspace.hand_over("local", user.owner)
        accounts.note("command", f"account add {user.name}", detail=user.role)
    typer.echo(f"已添加{_ROLES[user.role]}“{user.name}”。{'从现在起，网页要登录，程序要带密钥。' if is_first else ''}")


@account.command("list", help="列出账号。")
def list_accounts(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Lists the accounts."""
    with _opened(data_dir) as (accounts, _):
        users = accounts.users()
    if as_json:
        typer.echo(json.dumps({"accounts": [asdict(user) for user in users]}, ensure_ascii=False, indent=2))
        return
    for user in users:
        state = "（已停用）" if user.disabled else ""
        seen = f"最近使用 {_when(user.last_seen)}" if user.last_seen else "从未使用"
        typer.echo(f"{user.name}{state}  {_ROLES[user.role]}  {_groups_told(user.groups)}  {seen}")
    if not users:
        typer.echo("还没有账号。请写：youju account add 名字 --admin")


@account.command("password", help="给账号换密码；它的登录全部退出。")
def password(name: Name, from_input: FromInput = False, data_dir: DataDir = None) -> None:
    """Gives an account another password."""
    with _opened(data_dir) as (accounts, _):
        accounts.user(name)
        accounts.change_user(name, password=_password(from_input, asks_twice=True))
        accounts.note("command", f"account password {name}")
    typer.echo(f"“{name}”的密码已换。")


@account.command("role", help="改角色：reader（读者）、writer（编辑）或 admin（管理员）。")
def role(name: Name, role: Annotated[str, typer.Argument(metavar="ROLE")], data_dir: DataDir = None) -> None:
    """Changes what an account may do."""
    _changed(data_dir, name, f"account role {name} {role}", role=role)


@account.command("groups", help="改能看哪些读者组的文档；都不写则只看公开的。")
def groups(
    name: Name,
    groups: Annotated[list[str] | None, typer.Argument(help="读者组的名字。", metavar="GROUP ...")] = None,
    all_groups: AllGroups = False,
    data_dir: DataDir = None,
) -> None:
    """Changes what an account may read."""
    note = f"account groups {name} {'*' if all_groups else ' '.join(groups or ())}"
    _changed(data_dir, name, note, groups=groups or (), all_groups=all_groups)


@account.command("disable", help="停用账号，它的登录全部退出；--undo 恢复。")
def disable(
    name: Name, undo: Annotated[bool, typer.Option("--undo", help="恢复。")] = False, data_dir: DataDir = None
) -> None:
    """Lets nobody in with an account, or again."""
    _changed(data_dir, name, f"account {'enable' if undo else 'disable'} {name}", disabled=not undo)


@account.command("remove", help="移除账号，连同它的对话和分享链接。")
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。")] = False,
    data_dir: DataDir = None,
) -> None:
    """Removes an account for good; also the last one, after which nobody is asked any more."""
    with _opened(data_dir) as (accounts, workspace):
        user = accounts.user(name)
        is_last = accounts.count() == 1
        after = "这是最后一个账号，没有密钥时服务下次启动后又不用登录。" if is_last else ""
        if not yes and not typer.confirm(f"移除“{user.name}”和它的全部对话？{after}"):
            raise typer.Exit(1)
        accounts.remove_user(user.id, even_last=is_last)
        count = workspace.delete_all(user.owner)
        accounts.note("command", f"account remove {user.name}")
    typer.echo(f"已移除“{user.name}”和它的 {count} 个对话。{after}")


@key.command("add", help="新建密钥；只显示这一次。")
def add_key(
    name: Annotated[str, typer.Argument(help="给谁用的。", metavar="NAME")],
    scopes: Scopes = None,
    groups: Groups = None,
    all_groups: AllGroups = False,
    days: Annotated[int | None, typer.Option("--days", min=1, help="有效天数；不写则不限。")] = None,
    per_minute: Annotated[int | None, typer.Option("--per-minute", min=1, help="每分钟最多提问几次。")] = None,
    per_day: Annotated[int | None, typer.Option("--per-day", min=1, help="每天最多提问几次。")] = None,
    data_dir: DataDir = None,
) -> None:
    """Makes a key, and shows it this once: alone on standard output."""
    limits = {name: value for name, value in (("per_minute", per_minute), ("per_day", per_day)) if value is not None}
    with _opened(data_dir) as (accounts, _):
        own = None if all_groups else groups or ()
        secret, made = accounts.add_key(name, scopes=scopes or ("ask", "read"), groups=own, days=days, **limits)
        accounts.note("command", f"key add {made.name} {made.prefix}…", detail=", ".join(made.scopes))
        has_users = bool(accounts.users())
    typer.echo("密钥在下一行，以后不再显示；请在请求里写 Authorization: Bearer 密钥", err=True)
    if not has_users:
        typer.echo("有了密钥，网页也要登录：请建账号 youju account add 名字 --admin", err=True)
    typer.echo(secret)


@key.command("list", help="列出密钥，不含密钥本身。")
def list_keys(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Lists the keys."""
    with _opened(data_dir) as (accounts, _):
        keys = accounts.all_keys()
    if as_json:
        typer.echo(json.dumps({"keys": [asdict(each) for each in keys]}, ensure_ascii=False, indent=2))
        return
    for each in keys:
        ends = f"  {strftime('%Y-%m-%d', localtime(each.expires))} 到期" if each.expires else ""
        state = "  已作废" if each.revoked else ends
        used = f"最近使用 {_when(each.last_used)}" if each.last_used else "从未使用"
        typer.echo(f"{each.prefix}…  {each.name}  {'、'.join(each.scopes)}  {_groups_told(each.groups)}  {used}{state}")
    if not keys:
        typer.echo("还没有密钥。请写：youju key add 用途")


@key.command("revoke", help="作废密钥：用它的程序马上不能再调用。")
def revoke(
    which: Annotated[str, typer.Argument(help="密钥的名字或开头。", metavar="NAME")], data_dir: DataDir = None
) -> None:
    """Ends a key for good."""
    with _opened(data_dir) as (accounts, _):
        ended = accounts.revoke_key(which.removesuffix("…"))
        accounts.note("command", f"key revoke {ended.name} {ended.prefix}…")
    typer.echo(f"已作废“{ended.name}”（{ended.prefix}…）。")


def are_there(data_dir: Path | None) -> bool:
    """Whether there is an account or a key that opens something."""
    import time

    with _opened(data_dir) as (accounts, _):
        users = any(not user.disabled for user in accounts.users())
        return users or any(each.is_valid(time.time()) for each in accounts.all_keys())


@contextmanager
def _opened(data_dir: Path | None) -> Iterator[tuple[Accounts, Workspace]]:
    from assistant.accounts.store import Accounts
    from assistant.conversations.store import Workspace, address_of

    with Workspace.open(address_of(load(data_dir=data_dir))) as workspace:
        yield Accounts.of(workspace), workspace


def _changed(data_dir: Path | None, name: str, note: str, **values: Any) -> None:
    with _opened(data_dir) as (accounts, _):
        user = accounts.change_user(name, **values)
        accounts.note("command", note)
    state = "，已停用" if user.disabled else ""
    typer.echo(f"“{user.name}”现在是{_ROLES[user.role]}，{_groups_told(user.groups)}{state}。")


def _password(from_input: bool, *, asks_twice: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("密码（不显示）", hide_input=True, confirmation_prompt="再输一次" if asks_twice else False))


def _groups_told(groups: tuple[str, ...] | None) -> str:
    return "看全部" if groups is None else f"看 {'、'.join(groups)}" if groups else "只看公开的"


def _when(at: float) -> str:
    return strftime("%Y-%m-%d %H:%M", localtime(at))
