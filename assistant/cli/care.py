"""Care of an index: whether all is well and put right, backed up, and put back"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.keeping import AsJson, DataDir, conversations_in
from assistant.config import load

if TYPE_CHECKING:
    from index.upkeep.backups import Backup


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="不对的地方，能由目录库重做的就重做，并说明做了什么。")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """逐项检查能不能用、索引里的东西对不对，缺什么、怎么补；有一项不能用时退出码是 1。"""
    from assistant.cli import doctor as checks

    found = []
    for remark in checks.examine(load(data_dir=data_dir), repair=repair):
        found.append(remark)
        if not as_json:
            typer.echo(remark.line())
    wrong = sum(remark.state == "不行" for remark in found)
    if as_json:
        typer.echo(json.dumps({"remarks": [asdict(each) for each in found]}, ensure_ascii=False, indent=2))
    elif wrong:
        typer.echo(f"有 {wrong} 项不行，请按上面各行的办法处理。")
    else:
        typer.echo("都能用。")
    if wrong:
        raise typer.Exit(1)


def backup(
    file: Annotated[Path, typer.Argument(help="备份写到这个文件（ZIP）；已有的会被换掉。", metavar="FILE")],
    data_dir: DataDir = None,
) -> None:
    """把索引和对话备份成一个文件；正在提问或索引时也行。检索引擎不在其中，恢复时由目录库重建。"""
    from index.upkeep.backups import back_up

    config = load(data_dir=data_dir)
    made = back_up(config.data_dir, file)
    typer.echo(f"备份好了：{_in_words(made)}，{file.stat().st_size / 1e6:.1f} MB，在 {file}")
    if config.database:
        typer.echo("对话在 YOUJU_DATABASE 指定的数据库里，不在这个备份中，请另行备份。", err=True)


def restore(
    file: Annotated[Path, typer.Argument(help="youju backup 写的文件。", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="换掉这里已有的索引和对话。")] = False,
    data_dir: DataDir = None,
) -> None:
    """从备份恢复索引和对话：先核对整个备份，再一步换上；网页和 API 开着也行。"""
    from assistant.ask import open_index
    from assistant.cli.terminal import progress_bar
    from index.upkeep.backups import restore as put_back

    config = load(data_dir=data_dir)
    kept = None if force or config.database else conversations_in(config)
    if kept and (kept.conversations or kept.feedback):
        raise ValueError(
            f"{config.data_dir}: 这里已有 {kept.conversations} 个对话，备份里的会换掉它们。确定请加 --force；"
            "或用 --data-dir 换一个位置"
        )
    found = put_back(file, config.data_dir, force=force)
    with open_index(config, config.data_dir) as opened, progress_bar() as moved:
        opened.build(progress=moved, only_if_due=True)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(found.made))
    typer.echo(f"恢复好了：{when} 的备份，{_in_words(found)}，在 {config.data_dir}")
    typer.echo("文件夹里后来的改动不在其中：youju index 读进来。", err=True)


def _in_words(made: Backup) -> str:
    from assistant.conversations.store import FILE

    conversations = "，连同对话" if FILE in made.files else ""
    return f"{made.documents} 篇文档，{made.passages} 个段落{conversations}"
