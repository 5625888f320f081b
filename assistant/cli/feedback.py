"""What people said of answers: listed, and written as cases to evaluate on"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.keeping import AsJson, DataDir
from assistant.config import load

if TYPE_CHECKING:
    from assistant.conversations.records import Feedback
    from assistant.conversations.store import Workspace

feedback = typer.Typer(
    name="feedback", help="列出或导出对回答的评价（列出也可只写 youju feedback）。", invoke_without_command=True
)
Good = Annotated[bool | None, typer.Option("--good/--bad", help="只要好评，或只要差评。")]


@feedback.callback()
def feedback_alone(context: typer.Context, data_dir: DataDir = None) -> None:
    """Without a command, lists."""
    if context.invoked_subcommand is None:
        list_feedback(data_dir=data_dir)


@feedback.command("list")
def list_feedback(
    good: Good = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多几条，新的在前。")] = 50,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """列出评价，新的在前：哪个问题，好还是不好，为什么，正确的回答是什么。"""
    with _opened(data_dir) as workspace:
        found = workspace.feedback(good=good, limit=limit)
    if as_json:
        told = [_as_json(said) for said in found.feedback]
        typer.echo(json.dumps({"feedback": told, "total": found.total}, ensure_ascii=False, indent=2))
        return
    for said in found.feedback:
        typer.echo(_line(said))
    if found.total > len(found.feedback):
        typer.echo(f"…… 共 {found.total} 条，--limit 列出更多")
    if not found.total:
        typer.echo("还没有评价。")


@feedback.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="写到这个 JSONL 文件；已有的会被换掉。", metavar="FILE")],
    good: Good = None,
    conversations: Annotated[
        bool, typer.Option("--conversations", help="没有人评价过的对话也写成题目，连同当时的回答。")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """把评价写成 youju-eval 能读的题目，每行一题；都标着未经核准（approved: false），请先看过、改好再用。"""
    from assistant.conversations.cases import case_of, cases_of

    if file.is_dir() or not file.parent.is_dir():
        raise ValueError(
            f"{file}: {'是文件夹' if file.is_dir() else '它的文件夹不存在'}。请写出文件的名字，如 评价.jsonl"
        )
    count = 0
    part = file.with_name(f"{file.name}.part")
    with _opened(data_dir) as workspace, part.open("w", encoding="utf8") as into:
        rated = map(case_of, workspace.each_feedback(good=good))
        kept = (case for each in workspace.each_conversation() for case in cases_of(each)) if conversations else ()
        for case in chain(rated, kept):
            into.write(f"{json.dumps(case, ensure_ascii=False)}\n")
            count += 1
    part.replace(file)
    what = "评价和对话" if conversations else "评价"
    typer.echo(f"{count} 条{what}写成了题目，在 {file}。请逐题核对，改好后去掉 approved: false")


@contextmanager
def _opened(data_dir: Path | None) -> Iterator[Workspace]:
    """The workspace; an empty one where none was ever kept."""
    from assistant.conversations.store import MEMORY, Workspace, address_of

    address = address_of(load(data_dir=data_dir))
    with Workspace.open(MEMORY if isinstance(address, Path) and not address.exists() else address) as workspace:
        yield workspace


def _as_json(said: Feedback) -> dict[str, Any]:
    return {**asdict(said), "answer": said.answer.to_json() if said.answer else None}


def _line(said: Feedback) -> str:
    rating = said.rating
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(said.updated))
    tags = f"［{'、'.join(rating.tags)}］" if rating.tags else ""
    why = f"：{rating.reason}" if rating.reason else ""
    right = f"；正确的是：{rating.right_answer}" if rating.right_answer else ""
    return " ".join(f"{when}  {'好' if rating.good else '不好'}  {said.question}{tags}{why}{right}".split("\n"))
