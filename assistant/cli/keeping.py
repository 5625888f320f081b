"""What an index keeps: its sources, what is known of each document, and how to forget"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.config import Config, load

if TYPE_CHECKING:
    from assistant.conversations.records import Counts
    from index import Index
    from index.standing import Standing
    from index.status import Status
    from index.upkeep.jobs import Job
    from sources.documents import Document

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="索引存放的位置（默认 YOUJU_DATA_DIR）。")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。")]
_FACTS = (
    ("title", "标题"),
    ("publisher", "发布"),
    ("published", "日期"),
    ("number", "文号"),
    ("kind", "文种"),
    ("in_force", "施行"),
    ("expires", "失效"),
)
_STATES = {"queued": "排队", "running": "进行中", "done": "完成", "failed": "失败", "cancelled": "已取消"}
_STAGES = {"reading": "读取文件", "embedding": "计算向量", "building": "建立检索引擎"}
_PARTS = {
    "catalog": "目录库",
    "engines": "检索引擎",
    "earlier": "上一代引擎",
    "sources": "--sources 的索引",
    "other": "其他",
}
_SHOWN_BYTES = 50_000
_MOST_TITLES = 20
_MOST_LINES = 5
"""Of what was dropped for one reason."""
_LINE_CHARS = 60

sources = typer.Typer(
    name="sources", help="列出、登记或移除文件和文件夹（列出也可只写 youju sources）。", invoke_without_command=True
)


@sources.callback()
def sources_alone(context: typer.Context, data_dir: DataDir = None) -> None:
    """Without a command, lists."""
    if context.invoked_subcommand is None:
        list_sources(data_dir=data_dir)


@sources.command("list")
def list_sources(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """列出登记的文件和文件夹：各有几篇文档，现在连得上没有。"""
    config = load(data_dir=data_dir)
    with _opened(config) as opened:
        found = opened.sources()
    if as_json:
        known = [
            {"path": each.path, "documents": each.documents, "unreachable_since": each.unreachable_since}
            for each in found
        ]
        typer.echo(json.dumps({"sources": known}, ensure_ascii=False, indent=2))
        return
    for each in found:
        away = f"（{away_since(each.unreachable_since)}）" if each.unreachable_since else ""
        typer.echo(f"{each.path}  {each.documents} 篇文档{away}")
    if not found:
        typer.echo("还没有登记过文件夹。请写：youju index 文件夹")


@sources.command("add")
def add_source(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹。")],
    follow_links: Annotated[bool, typer.Option("--follow-links", help="也读链接到文件夹以外的文件。")] = False,
    data_dir: DataDir = None,
) -> None:
    """登记文件或文件夹；下次 youju index 时读。"""
    with _opened(load(data_dir=data_dir)) as opened:
        opened.register(paths, follow_links=follow_links)
    typer.echo(f"已登记 {len(paths)} 处，运行 youju index 读取。")


@sources.command("remove")
def remove_source(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹。")], data_dir: DataDir = None
) -> None:
    """同 youju remove。"""
    remove(paths, data_dir=data_dir)


def remove(
    paths: Annotated[list[Path], typer.Argument(help="登记过的文件夹，或其中的文件。")], data_dir: DataDir = None
) -> None:
    """从索引里去掉文件或文件夹；文件本身不动。"""
    with _opened(load(data_dir=data_dir)) as opened:
        before = opened.status()
        gone = opened.remove(paths)
        after = opened.status()
        roots = [Path(source.path) for source in opened.sources()]
    typer.echo(
        f"去掉了 {len(gone)} 个文件，{before.documents - after.documents} 篇文档；还有 {after.documents} 篇文档。"
    )
    if any(root in Path(path).parents for path in gone for root in roots):
        typer.echo("它们所在的文件夹仍登记着：文件若还在，下次 youju index 会再读进来。", err=True)


def status(
    document: Annotated[str | None, typer.Argument(help="只看这篇文档：编号、路径或标题。")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """默认索引里有什么；写上一篇文档，则看它的情况。"""
    config = load(data_dir=data_dir)
    kept = conversations_in(config)
    with _opened(config) as opened:
        if document is not None:
            _about(opened, document, as_json=as_json)
            return
        if opened.status().switching_to:
            opened.probe()  # the embedder that is being replaced may be gone
        found = opened.status()
        under_way = opened.jobs.under_way()
        standings = opened.standings()
        titles = [
            f"《{info.title}》{f'  {own.in_words}' if (own := standings.today(info.id)) else ''}"
            for info in opened.documents()
        ]
    if as_json:
        about = {**asdict(found), "data_dir": str(config.data_dir), "free_bytes": disk_usage(config.data_dir).free}
        about["models"] = {
            "embedder": found.embedder,
            "reranker": config.reranker or None,
            "chat": config.model or None,
        }
        about["conversations"] = asdict(kept) if kept else None
        about["jobs"] = [{key: value for key, value in asdict(job).items() if key != "outcome"} for job in under_way]
        typer.echo(json.dumps(about, ensure_ascii=False, indent=2))
    else:
        _show_status(found, titles, config)
        if kept:
            room = f"，{kept.bytes / 1e6:.1f} MB" if kept.bytes is not None else ""
            typer.echo(f"对话    {kept.conversations} 个对话，{kept.turns} 个问题，{kept.feedback} 条评价{room}")
        for job in under_way:
            typer.echo(f"任务    {line_of(job)}")


def conversations_in(config: Config) -> Counts | None:
    """How many conversations are kept; None while there never was one."""
    from assistant.conversations.store import Workspace, address_of

    address = address_of(config)
    if isinstance(address, Path) and not address.exists():
        return None
    with Workspace.open(address) as workspace:
        return workspace.counts()


def waits_for_serve(found: Status, config: Config) -> bool:
    """Whether more is left to embed than an update is waited for."""
    from index.embedders.succession import AT_ONCE

    return not config.embedder and found.passages - found.embedded > AT_ONCE


def away_since(moment: float | None) -> str:
    """Since when a source can't be reached."""
    return f"{time.strftime('%Y-%m-%d %H:%M', time.localtime(moment))} 起连不上，仍用已读进的内容回答"


def line_of(job: Job) -> str:
    """A job in one line."""
    at = job.progress
    far = f"，{_STAGES.get(at.stage, '')} {at.done}/{at.total}" if job.state == "running" and at.total else ""
    when = time.strftime("%m-%d %H:%M:%S", time.localtime(job.ended or job.started or job.created))
    why = f"：{job.reason}" if job.reason else ""
    return f"{job.number}  {when}  {_STATES[job.state]}{far}  {job.in_words}{why}"


def _opened(config: Config) -> Index:
    from assistant.ask import open_index

    return open_index(config, config.data_dir)


def _show_status(found: Status, titles: list[str], config: Config) -> None:
    from assistant.unread import unread_lines

    typer.echo(f"位置    {config.data_dir}")
    files = f"{found.files} 个文件，" if found.files > found.documents else ""
    typer.echo(f"内容    {files}{found.documents} 篇文档，{found.passages} 个段落，{found.figures} 个数据")
    parts = [f"{_PARTS[part]} {size / 1e6:.1f}" for part, size in found.sizes.items() if size >= _SHOWN_BYTES]
    by_part = f"（{'，'.join(parts)}）" if len(parts) > 1 else ""
    typer.echo(f"大小    {found.bytes / 1e6:.1f} MB{by_part}，磁盘还有 {disk_usage(config.data_dir).free / 1e9:.1f} GB")
    typer.echo(f"嵌入    {found.embedder}")
    if found.switching_to:
        done = f"{found.embedded} / {found.passages} 个段落"
        if found.switching_to == found.embedder:
            typer.echo(f"        已嵌入 {done}，其余暂时只按字词查找；运行 youju index 补齐")
        else:
            by = (
                "youju serve 会在后台继续" if waits_for_serve(found, config) else "运行 youju index 或 youju serve 继续"
            )
            typer.echo(f"        正在换成 {found.switching_to}：已嵌入 {done}；{by}")
    if found.outgrown:
        slower, most = found.outgrown
        typer.echo(f"        超过 {most} 个段落，不用更慢的 {slower}；要用请设 YOUJU_CONTEXTUAL_PASSAGES")
    if found.words_only:
        typer.echo(f"        暂时只按字词查找：{found.words_only}")
    typer.echo(f"排序    {config.reranker or '自带的排序'}")
    typer.echo(f"模型    {config.model or '未配置（回答由原文摘句组成）'}")
    for root in found.roots:
        away = f"（{away_since(found.unreachable[root])}）" if root in found.unreachable else ""
        typer.echo(f"来源    {root}{away}")
    for title in titles[:_MOST_TITLES]:
        typer.echo(f"        {title}")
    if len(titles) > _MOST_TITLES:
        typer.echo(f"        …… 共 {len(titles)} 篇")
    for why in found.failures.values():
        typer.echo(f"失败    {why}")
    for line in unread_lines(found.passed_over):
        typer.echo(f"未读    {line}")
    if not found.documents:
        typer.echo("还没有索引任何文档：youju index 文件夹。没有索引时，提问用的是示例文库。")


def _about(opened: Index, name: str, *, as_json: bool) -> None:
    named = opened.named(name)
    if not named:
        raise ValueError(f"没有叫“{name}”的文档。请写编号、路径或标题里的几个字；youju status 列出标题")
    if len(named) > 1:
        several = "、".join(f"{each.id}《{each.title}》" for each in named[:_MOST_TITLES])
        raise ValueError(f"“{name}”说的是哪一篇？有 {len(named)} 篇，请写编号：{several}")
    (found,) = named
    standing = opened.standings().today(found.id)
    if as_json:
        about = {**asdict(found), "characters": len(found.text), "standing": asdict(standing) if standing else None}
        typer.echo(json.dumps({key: about[key] for key in about if key != "text"}, ensure_ascii=False, indent=2))
    else:
        _show_document(found, standing)


def _show_document(found: Document, standing: Standing | None) -> None:
    typer.echo(f"编号    {found.id}")
    typer.echo(f"文件    {found.uri}")
    for path in found.copies:
        typer.echo(f"        同文 {path}")
    for key, name in _FACTS:
        if value := getattr(found, key):
            origin = f"（据{found.found_by[key]}）" if key in found.found_by else ""
            typer.echo(f"{name}    {value}{origin}")
    if standing:
        typer.echo(f"效力    {standing.in_words}")
    if found.regions:
        typer.echo(f"地区    {'、'.join(found.regions)}")
    pages = f"，{len(found.pages)} 页" if found.pages else ""
    typer.echo(f"正文    {len(found.text)} 字{pages}，{len(found.sections)} 节，{len(found.tables)} 个表")
    for notice in found.notices:
        typer.echo(f"注意    {notice}")
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in found.dropped:
        line = " ".join(each.text.split())
        shown = line if len(line) <= _LINE_CHARS else f"{line[:_LINE_CHARS]}…"
        reasons[each.reason].append(f"{f'第 {each.page} 页：' if each.page else ''}{shown}")
    for reason, lines in reasons.items():
        typer.echo(f"略去    {reason}，{len(lines)} 处")
        for line in lines[:_MOST_LINES]:
            typer.echo(f"        {line}")
        if len(lines) > _MOST_LINES:
            typer.echo("        ……")
