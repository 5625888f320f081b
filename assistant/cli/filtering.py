"""Filters on the command line: the options that say which documents count, the same for every command that looks"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from index import Index
    from index.filters import Filter

Many = list[str] | None
_OPTIONS: dict[str, Any] = {
    "document": Annotated[Many, typer.Option(help="只看这篇文档：编号、路径或标题；可写多次。", metavar="NAME")],
    "folder": Annotated[list[Path] | None, typer.Option(help="只看这个文件夹或文件里的；可写多次。", metavar="PATH")],
    "tag": Annotated[Many, typer.Option(help="只看有这个标签的（见 youju tag）；可写多次。", metavar="TAG")],
    "publisher": Annotated[Many, typer.Option(help="只看这个单位发布的；可写多次。", metavar="NAME")],
    "since": Annotated[str, typer.Option(help="只看这时以后发布的：2024、2024-03 或 2024-03-15。", metavar="DATE")],
    "until": Annotated[str, typer.Option(help="只看到这时为止发布的。", metavar="DATE")],
    "region": Annotated[Many, typer.Option(help="只看关于这个地方的；可写多次。", metavar="NAME")],
    "standing": Annotated[str, typer.Option(help="只看那天有效的：today，或 2024-03-15；any 是不论。", metavar="DATE")],
    "group": Annotated[Many, typer.Option(help="以这个组的读者身份（见 youju group）；可写多次。", metavar="GROUP")],
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the options say; `given` are those that were written, by name."""

    given: dict[str, Any]

    def within(self, index: Index) -> Filter:
        """The filter that is meant; raises ValueError for a document that isn't there, and for a value that is none."""
        from index.filters import Filter

        ids = []
        with index.seen(Filter.of(groups=self.given.get("group"))):  # what a reader may not read is named by nothing
            for name in self.given.get("document") or ():
                named = index.named(name)
                if not named:
                    raise ValueError(f"没有叫“{name}”的文档。请写编号、路径或标题里的几个字；youju status 列出标题")
                ids += [each.id for each in named]
        return Filter.of(
            documents=ids,
            folders=[os.path.abspath(path.expanduser()) for path in self.given.get("folder") or ()],
            tags=self.given.get("tag") or (),
            publishers=self.given.get("publisher") or (),
            since=self.given.get("since") or "",
            until=self.given.get("until") or "",
            regions=self.given.get("region") or (),
            standing=self.given.get("standing") or "",
            groups=self.given.get("group"),
        )


def filtered(*, less: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options of a filter, as its argument `chosen`; `less` is one that means something else
    there."""

    def give(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            chosen = Chosen({name: given.pop(name) for name in options})
            command(**given, chosen=chosen)

        options = {name: kind for name, kind in _OPTIONS.items() if name != less}
        asked = inspect.signature(command, eval_str=True)
        own = [each for each in asked.parameters.values() if each.name != "chosen"]
        more = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default="" if name in _TEXTS else None
            )
            for name, kind in options.items()
        ]
        keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        run.__signature__ = asked.replace(parameters=[*keyword, *more])  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in [*own, *more]}
        return run

    return give


_TEXTS = ("since", "until", "standing")
