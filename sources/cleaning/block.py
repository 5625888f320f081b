"""A Block: what cleaning makes of lines and grids, before a document is put together of it"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sources.parts import Grid, Line

BlockKind = Literal["heading", "paragraph", "table", "list"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph, a list item or a table, in order."""

    kind: BlockKind
    text: str
    level: int = 0
    """Of a heading, 1 for the outermost."""
    lead: str = ""
    """A heading run into the paragraph that it opens."""
    lines: tuple[Line, ...] = ()
    """The lines of the page that it was made of, in order; empty where no format shows any."""
    grid: Grid | None = None
    """Of a table that the format knows as one; its text is laid out when the document is put together."""
