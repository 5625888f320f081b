"""Labelling: tags of files and folders, and the groups of readers that may read them"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from index.catalog import labels
from index.catalog.catalog import Catalog
from index.catalog.labels import Kind, Label
from index.catalog.writer import raise_revision
from index.filters import Filter

_MOST_CHARS = 60


def label(catalog: Catalog, kind: Kind, name: str, paths: Sequence[Path]) -> None:
    """See `index.Index.label`."""
    name = " ".join(name.split())
    if not name:
        raise ValueError(f"名称是空的。请写 1 到 {_MOST_CHARS} 个字")
    if len(name) > _MOST_CHARS:
        raise ValueError(f"名称“{name}”太长。请写 1 到 {_MOST_CHARS} 个字")
    given = [_absolute(path) for path in paths]
    roots = catalog.roots()
    for path in given:
        if not any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots):
            raise ValueError(f"{path}: 不在登记过的文件夹里。youju sources 列出登记了哪些；新的请先 youju index")
    with _changing(catalog) as connection:
        labels.add(connection, kind, name, given)


def unlabel(catalog: Catalog, kind: Kind, name: str, paths: Sequence[Path] | None) -> int:
    """See `index.Index.unlabel`."""
    given = None if paths is None else list(map(_absolute, paths))
    with _changing(catalog) as connection:
        return labels.remove(connection, kind, " ".join(name.split()), given)


def listed(catalog: Catalog, kind: Kind, through: Filter) -> list[Label]:
    """See `index.Index.labels`; through a filter those that reach a document, and no groups but the reader's."""
    with catalog.reading() as connection:
        found = labels.listing(connection, kind)
    if through.is_open:
        return found
    groups = through.groups if kind == "group" else None
    return [each for each in found if each.documents and (groups is None or each.name in groups)]


@contextlib.contextmanager
def _changing(catalog: Catalog) -> Iterator[sa.Connection]:
    """A transaction that the next question notices. An update under way is not waited for: it leaves labels alone but
    for those of the files that it reads, which it notes in transactions of its own."""
    with catalog.noting() as connection:
        yield connection
        raise_revision(connection)


def _absolute(path: Path) -> str:
    return os.path.abspath(path.expanduser())
