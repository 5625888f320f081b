"""What commands that ask have in common: whose documents they ask, and how they end in an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from assistant.config import Config, load

if TYPE_CHECKING:
    from assistant.ask import Assistant

Sources = Annotated[
    list[Path] | None, typer.Option("--sources", help="从这些文件或文件夹回答，不动默认索引。", metavar="PATH ...")
]


@contextmanager
def assistant_on(sources: list[Path] | None, data_dir: Path | None) -> Iterator[Assistant]:
    """The assistant over these sources, or over the default index; ends the command where there is nothing to ask."""
    from assistant.ask import SAMPLE_LIBRARY, build
    from assistant.cli.terminal import errors, progress_bar, readable, show_unread

    config: Config = load(data_dir=data_dir)
    with progress_bar() as moved:
        assistant = build(config, sources=sources or [], progress=moved)
    try:
        if assistant.update is not None:
            show_unread(assistant.update)
        if not assistant.index.counts()[0]:
            if assistant.update is not None and assistant.update.empty:
                raise SystemExit(1)  # which folders are empty has been said
            named = "、".join(map(str, sources or [SAMPLE_LIBRARY]))
            fail(f"{named}: 里面没有能读的文件。{readable()}")
        if not sources and assistant.update is not None:
            errors.print("[dim]（还没有索引文档，以下用示例文库回答；用 youju index 文件夹 换成自己的）[/dim]")
        yield assistant
    finally:
        assistant.close()


def fail(message: str, *, status: int = 1) -> NoReturn:
    """Ends the command with a message."""
    typer.echo(message, err=True)
    raise SystemExit(status)
