"""The jobs of an index: which there are, how far they have come, and how to have them stopped or done again"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from assistant.cli.keeping import AsJson, DataDir, line_of
from assistant.config import load

Number = Annotated[int, typer.Argument(help="任务的编号。")]

jobs = typer.Typer(
    name="jobs", help="列出、取消或重试索引任务（列出也可只写 youju jobs）。", invoke_without_command=True
)


@jobs.callback()
def jobs_alone(context: typer.Context, data_dir: DataDir = None) -> None:
    """Without a command, lists."""
    if context.invoked_subcommand is None:
        list_jobs(data_dir=data_dir)


@jobs.command("list")
def list_jobs(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """列出任务，新的在前：做到哪里，失败的是为什么。"""
    from assistant.ask import open_index

    config = load(data_dir=data_dir)
    with open_index(config, config.data_dir) as opened:
        found = opened.jobs.all()
    if as_json:
        known = [{name: value for name, value in asdict(each).items() if name != "outcome"} for each in found]
        typer.echo(json.dumps({"jobs": known}, ensure_ascii=False, indent=2))
        return
    for each in found:
        typer.echo(line_of(each))
    if not found:
        typer.echo("还没有任务。")


@jobs.command("cancel")
def cancel(number: Number, data_dir: DataDir = None) -> None:
    """取消排队的或进行中的任务；已经做完的部分保留着。"""
    from assistant.ask import open_index

    config = load(data_dir=data_dir)
    with open_index(config, config.data_dir) as opened:
        try:
            cancelled = opened.jobs.cancel(number)
        except KeyError:
            raise ValueError(f"没有任务 {number}。youju jobs 列出任务") from None
    typer.echo(f"任务 {number} 已取消。" if cancelled else f"任务 {number} 已经结束了，没有什么可取消。")


@jobs.command("retry")
def retry(number: Number, data_dir: DataDir = None) -> None:
    """让失败的或取消了的任务重新排队；由 youju serve 或下一次 youju index 去做。"""
    from assistant.ask import open_index

    config = load(data_dir=data_dir)
    with open_index(config, config.data_dir) as opened:
        try:
            queued = opened.jobs.retry(number)
        except KeyError:
            raise ValueError(f"没有任务 {number}。youju jobs 列出任务") from None
    typer.echo(f"任务 {number} 重新排队了。" if queued else f"任务 {number} 没有失败，也没有取消，不用重试。")
