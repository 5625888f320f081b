"""What `youju figures --table` does: lists a library's tables, or writes one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assistant.exports.tables import table_as_csv, table_as_json, table_as_markdown, write_table

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from index.tables import FoundTable

_MOST_NAMED = 8


def tables(
    assistant: Assistant,
    document: str | None,
    number: int | None,
    *,
    as_csv: bool = False,
    as_json: bool = False,
    xlsx: Path | None = None,
) -> None:
    """Lists the tables of the library or of a document, or writes the one with this number there.

    Where there is but one, a file of it needs no number. Raises ValueError where what is wanted isn't there.
    """
    from assistant.cli.terminal import show_tables

    if document is not None and not assistant.index.named(document):
        raise ValueError(f"没有“{document}”这个文档。youju status 列出有哪些；也可写文件名或标题的一部分")
    found = list(assistant.tables(document))
    if not found:
        raise ValueError(f"{f'“{document}”' if document else '文档'}里没有表格")
    if number is None and len(found) > 1 and (as_csv or xlsx is not None):
        raise ValueError(f"有 {len(found)} 张表，请用 --show N 选一张；youju figures --table 列出它们")
    if number is not None:
        _write(_numbered(found, number), assistant, as_csv=as_csv, as_json=as_json, xlsx=xlsx)
    elif as_csv or xlsx is not None:
        _write(found[0], assistant, as_csv=as_csv, as_json=as_json, xlsx=xlsx)
    elif as_json:
        typer.echo(json.dumps([each.summary() for each in found], ensure_ascii=False, indent=2))
    else:
        show_tables(found)


def _numbered(found: list[FoundTable], number: int) -> FoundTable:
    chosen = [each for each in found if each.number == number]
    if not chosen:
        raise ValueError(f"没有第 {number} 张表")
    if len(chosen) > 1:
        owners = "、".join(dict.fromkeys(f"《{each.document.title}》" for each in chosen[:_MOST_NAMED]))
        raise ValueError(f"{owners}都有第 {number} 张表，请写明是哪个文档")
    return chosen[0]


def _write(found: FoundTable, assistant: Assistant, *, as_csv: bool, as_json: bool, xlsx: Path | None) -> None:
    if xlsx is not None:
        write_table(found, xlsx)
        typer.echo(f"表在 {xlsx}")
    elif as_csv:
        # Bytes, so that neither the line ends nor the encoding depend on the terminal.
        typer.echo(table_as_csv(found).encode(), nl=False)
    elif as_json:
        typer.echo(table_as_json(found, assistant.index.lookups.figures(found.document.id)))
    else:
        typer.echo(table_as_markdown(found))
