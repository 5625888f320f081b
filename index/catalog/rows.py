"""Rows: what the catalog hands out"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.titles import within
from sources.passages import Passage
from sources.relations import Relation


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is known of one file."""

    path: str
    size: int | None
    mtime_ns: int | None
    """None when the file was changed so shortly before it was read that its time proves nothing."""
    sha256: str | None
    reading: int
    """The `READING` version that it was read with."""
    document_id: str | None
    error: str | None
    stated: str = ""
    """What metadata.csv said of it when it was read, as JSON; "" where it said nothing."""
    entered: float | None = field(default=None, compare=False)
    """When it entered the library, in seconds since 1970. Of one that is written: None for what is known of it, or
    now."""


@dataclass(frozen=True, slots=True)
class Content:
    """A document with everything that is kept of it."""

    document: Document
    passages: tuple[Passage, ...]
    vector_keys: tuple[bytes, ...]
    """One a passage: the digest of the text that is embedded for it."""
    figures: tuple[Figure, ...]
    reading: int
    """The `READING` version that made it."""
    relations: tuple[Relation, ...] = ()
    """What it says of the standing of others."""
    gist: bytes = b""
    """What of its text is compared with others, see `sources.likeness`."""


class DocumentInfo(NamedTuple):
    """A document without its text. A tuple, as a library has hundreds of thousands: these are made in no time."""

    id: str
    title: str
    uri: str
    publisher: str | None
    published: str | None
    characters: int
    passages: int
    number: str | None = None
    """As it was issued under."""
    kind: str | None = None
    in_force: str | None = None
    expires: str | None = None
    copies: tuple[str, ...] = ()
    """Where else it lies, in the same bytes or in nearly the same words."""
    unreachable_since: float | None = None
    """Seconds since 1970; None while its file can be reached, as far as the last update knows."""
    added: int = 0
    """Its place in the order in which documents came."""
    pages: int = 0
    """How many it has; 0 of a format without pages."""
    regions: tuple[str, ...] = ()
    """The places that it is of."""

    def is_issued_by(self, body: str) -> bool:
        """Whether its publisher, or whoever its title begins with, is called so for short: 住建局, 发改委."""
        bare = re.sub("^[省市县区]", "", body)
        bodies = [*(self.publisher or "").split(), re.split("关于|印发", self.title)[0]]
        return any(within(bare, each) and each[-1:] in (bare[-1:], "会", "室") for each in bodies if each)


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder that is registered."""

    path: str
    documents: int
    """How many lie there."""
    unreachable_since: float | None = None
    """Seconds since 1970; None while it can be reached, as far as the last update knows."""
    identity: str | None = None
    """Of the folder when it was last read: another folder of the same name has another one."""
    follow_links: bool = False
    """Whether links that lead out of the folder are followed."""


@dataclass(frozen=True, slots=True)
class Gist:
    """What of a document is compared with others, to find the same text in several files."""

    row: int
    id: str
    copy_of: str | None
    gist: bytes | None
    """See `sources.likeness`; None where none was made."""


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as the engines want it."""

    row: int
    text: str
    heading: str
    title: str
    publisher: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Setting:
    """A passage and what it stands in, as ranking wants it."""

    passage: Passage
    document: int
    """The document's row."""
    title: str
    publisher: str | None
    published: str | None
    characters: int
    """Of the document."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as the engines want it."""

    row: int
    text: str
    title: str
    publisher: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """A generation as the catalog knows it."""

    id: str
    state: str
    """live | previous"""
    passages: int
    embedder: str
    built: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The embedder whose vectors answer."""

    name: str
    dimension: int
    origin: str
    """What it can be loaded from again."""
