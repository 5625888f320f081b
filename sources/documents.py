"""A Document: the cleaned text of a source file, with its sections."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sources.parts import Box, Dropped
from sources.tables import Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text under it, up to the next heading of any level."""

    heading: str
    level: int
    """1 for the outermost headings shown in the text."""
    start: int
    """Offset of the heading's first character in `Document.text`."""
    end: int
    """Offset just past the section's last character."""
    path: tuple[str, ...] = ()
    """Headings from the outermost down to this one."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the text that stands in one line of a page, or in one cell."""

    start: int
    end: int
    box: Box


@dataclass(frozen=True, slots=True)
class Document:
    """One source file, cleaned. Every offset anywhere in Youju is a half-open character offset into `text`."""

    id: str
    """The first 16 hex digits of `sha256`: the same bytes are the same document, wherever they lie."""
    title: str
    text: str
    uri: str
    """Where it was read from: an absolute path, or an address."""
    sha256: str
    """Of the file's bytes, in hex."""
    publisher: str | None = None
    published: str | None = None
    """As far as the text shows it: YYYY, YYYY-MM or YYYY-MM-DD."""
    regions: tuple[str, ...] = ()
    """Places the document is about, most frequent first."""
    sections: tuple[Section, ...] = ()
    pages: tuple[int, ...] = ()
    """Start offset of each page, for formats that have pages."""
    number: str | None = None
    """As it was issued under: 穗民规字〔2025〕2号."""
    kind: str | None = None
    """What sort of paper it is: 通知, 方案, 办法, 报告, 公报, 讲话, 报道, 统计表."""
    in_force: str | None = None
    """Since when it holds, as far as it says so itself: YYYY-MM-DD or less."""
    expires: str | None = None
    """Until when it holds, as far as it says so itself: YYYY-MM-DD or less."""
    tables: tuple[Table, ...] = ()
    places: tuple[Place, ...] = ()
    """Where the text stands on its pages, in order, for formats that are shown as pages."""
    dropped: tuple[Dropped, ...] = ()
    notices: tuple[str, ...] = ()
    """What its reader should know, a sentence each."""
    found_by: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Field → how it was found, in words for people: 文件开头, 第一个标题, 落款, metadata.csv."""
    copies: tuple[str, ...] = ()
    """Where else it lies, in the same bytes or in nearly the same words, as far as an index knows."""

    def section_at(self, offset: int) -> Section | None:
        """The section that `offset` lies in, or None before the first heading."""
        after = bisect_right(self.sections, offset, key=lambda section: section.start)
        return self.sections[after - 1] if after else None

    def sections_at(self, offsets: Sequence[int]) -> list[Section | None]:
        """The section that each of the offsets lies in."""
        starts = [section.start for section in self.sections]
        places = [bisect_right(starts, offset) for offset in offsets]
        return [self.sections[place - 1] if place else None for place in places]

    def part_start(self, offset: int) -> int:
        """Start of the part that `offset` lies in: the last heading of level 1 or 2 before it, or 0."""
        after = bisect_right(self.sections, offset, key=lambda section: section.start)
        return next((section.start for section in reversed(self.sections[:after]) if section.level <= 2), 0)

    def page_at(self, offset: int) -> int | None:
        """The page number, from 1, that `offset` lies on; None where the format has no pages."""
        return sum(start <= offset for start in self.pages) or None


class SourceError(ValueError):
    """A file that can't be read: `str(error)` names the file, the reason and the remedy."""

    def __init__(self, uri: str, reason: str, remedy: str) -> None:
        super().__init__(f"{uri}: {reason}。{remedy}")
        self.uri = uri
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, str, str]]:
        return SourceError, (self.uri, self.reason, self.remedy)


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that lies where documents are looked for and is none of them."""

    path: str
    """As `printable` writes it."""
    kind: str
    """What sort of file, as people call it: .pdf, 没有扩展名的文件, 管道; 未能读取 for one that a reader failed on."""
    reason: str
    """Why it isn't read, and what to do about it."""


def printable(path: Path) -> str:
    """The path with bytes that aren't UTF-8 as \\xNN; a name from a Chinese ZIP archive may hold some."""
    return os.fsencode(path).decode("utf8", "backslashreplace")
