"""Parts: what a reader takes out of a file, in reading order, before anything is cleaned: lines and grids of cells"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page, in shares of its width and height from the top left corner of the page as it is shown."""

    page: int
    """From 1."""
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, or a whole paragraph where the format knows paragraphs."""

    text: str
    page: int | None = None
    """From 1; slides count as pages. None where the format has none."""
    box: Box | None = None
    """Where it stands on its page, for formats that are shown as pages."""
    level: int = 0
    """Of a heading that the format itself marks as one, 1 for the outermost; 0 for everything else."""
    whole: bool = False
    """Whether the format says that the paragraph begins and ends here; other lines are joined where they go on."""
    item: bool = False
    """Whether the format marks it as an item of a list."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a grid, standing once however many rows and columns it is merged over."""

    row: int
    """From 0."""
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    box: Box | None = None
    name: str = ""
    """As its workbook calls it: B7."""
    heads: bool = False
    """Whether the format itself marks it as a header (th)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as the file has it: which of its rows are headers is found out later, for all formats alike."""

    cells: tuple[GridCell, ...]
    caption: str = ""
    """A title that the format itself ties to the table; lines before it are looked at later."""
    notes: tuple[str, ...] = ()
    page: int | None = None
    sheet: str | None = None


Part = Line | Grid


@dataclass(frozen=True, slots=True)
class Dropped:
    """Text of a file that isn't in its document, and why."""

    text: str
    reason: str
    """In words for people: 页眉, 页码, 菜单, 重复的内容, 隐藏的行, 删去的修订."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """All that a reader takes out of a file."""

    parts: tuple[Part, ...]
    stated: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What the file says of itself outside its text (front matter, meta tags, document properties): title, publisher,
    published, number."""
    stated_by: str = ""
    """What `stated` was found in, in words for people: 文件开头, 网页的元数据, 文件属性."""
    trusted: bool = False
    """Whether `stated` goes before what the text shows, as front matter does; document properties are often those of
    the template."""
    otherwise: Mapping[str, str] = field(default_factory=dict, hash=False)
    """What it states as well and what goes after the text, whatever is trusted: when a page was put on the web, and by
    whom."""
    pages: int | None = None
    """How many pages or slides; None for a format without."""
    dropped: tuple[Dropped, ...] = ()
    notices: tuple[str, ...] = ()
    """What its reader should know, a sentence each: 有 3 行是隐藏的."""


class Reader(Protocol):
    """Takes a file's bytes apart; raises SourceError when they are not what their kind promises."""

    def __call__(self, raw: bytes, *, uri: str) -> Parsed:
        """What stands in `raw`, which was read from `uri`."""
