"""Taking in: a file read, cut into passages, its figures and relations found, and what tells its copies"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.prose import extract_figures
from sources.figures.wording import worded
from sources.likeness import gist
from sources.passages import Passage, split
from sources.readers.files import read
from sources.relations import Relation, relations


@dataclass(frozen=True, slots=True)
class Taken:
    """All that an index keeps of a file."""

    document: Document
    passages: tuple[Passage, ...]
    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...] = ()
    """What the document says of the standing of others."""
    gist: bytes = b""
    """What of its text is compared with others, see `sources.likeness`."""


def take(
    path: Path,
    *,
    read: Callable[[Path], Document] = read,
    split: Callable[[Document], list[Passage]] = split,
    extract_figures: Callable[[Document], list[Figure]] = extract_figures,
) -> Taken:
    """What stands in the file. Raises SourceError, naming the file, for one that can't be read."""
    document = read(path)
    passages = tuple(split(document))
    figures = tuple(worded(extract_figures(document), document.text, passages))
    return Taken(document, passages, figures, tuple(relations(document)), gist(document.text))
