"""Tags of documents, and the groups of readers that may read them: given, taken away, listed"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.keeping import AsJson, DataDir
from assistant.config import load

if TYPE_CHECKING:
    from index import Index
    from index.catalog.labels import Kind

Paths = Annotated[list[Path], typer.Argument(help="登记过的文件夹，或其中的文件。", metavar="PATH ...")]
Name = Annotated[str, typer.Argument(help="标签或组的名字。", metavar="NAME")]
Everywhere = Annotated[list[Path] | None, typer.Argument(help="从哪里去掉；不写则各处都去掉。", metavar="PATH ...")]


def _commands(kind: Kind, word: str, help_text: str, added: str) -> typer.Typer:
    commands = typer.Typer(name=kind, help=help_text, no_args_is_help=True)

    @commands.command("list", help=f"列出{word}：各在哪里，有几篇文档。")
    def listed(as_json: AsJson = False, data_dir: DataDir = None) -> None:
        with _opened(data_dir) as opened:
            found = opened.labels(kind)
        if as_json:
            rows = [{key: value for key, value in asdict(each).items() if key != "kind"} for each in found]
            typer.echo(json.dumps({f"{kind}s": rows}, ensure_ascii=False, indent=2))
            return
        for each in found:
            typer.echo(f"{each.name}  {each.path}  {each.documents} 篇文档")
        if not found:
            typer.echo(f"还没有{word}。请写：youju {kind} add 名字 文件夹")

    @commands.command("add", help=added)
    def add(name: Name, paths: Paths, data_dir: DataDir = None) -> None:
        with _opened(data_dir) as opened:
            opened.label(kind, name, paths)
            reached = sum(each.documents for each in opened.labels(kind) if each.name == name)
        typer.echo(f"{word}“{name}”现有 {reached} 篇文档。")

    @commands.command("remove", help=f"去掉{word}；文档本身不动。")
    def remove(name: Name, paths: Everywhere = None, data_dir: DataDir = None) -> None:
        with _opened(data_dir) as opened:
            count = opened.unlabel(kind, name, paths)
        if not count:
            raise ValueError(f"那里没有{word}“{name}”。youju {kind} list 列出有哪些")
        typer.echo(f"从 {count} 处去掉了{word}“{name}”。")

    return commands


def _opened(data_dir: Path | None) -> Index:
    from assistant.ask import open_index

    config = load(data_dir=data_dir)
    return open_index(config, config.data_dir)


tag = _commands(
    "tag", "标签", "给文件和文件夹加标签，查找时用 --tag 挑选。", "给文件或文件夹加标签；以后放进文件夹的也算。"
)
group = _commands(
    "group",
    "读者组",
    "限定哪些读者能看哪些文件：设了组的只给组里的人看，没设的谁都能看。",
    "让一组读者看这些文件或文件夹，此外的人就看不到；以后放进文件夹的也算。",
)
