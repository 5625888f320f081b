"""Leaving out: files that people took out of a library though they still lie in a folder of it

They stay out, whatever changes around them, until they are taken back. Kept as labels of a kind of their own, as those
belong to paths, too. Needs no right to write: an update that is under way sees to them when it comes to their folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import sqlalchemy as sa

from index.catalog.catalog import Catalog
from index.catalog.listing import lies_in
from index.catalog.schema import FILES, LABELS, PASSED_OVER, IndexBusyError
from sources.documents import SourceError, Unread

if TYPE_CHECKING:
    from index.upkeep.intake import Intake
    from sources.readers.files import Listing

LEFT_OUT = "已移出"
"""The kind of such a file among those that aren't read."""
_WHY = "已从文库移出，文件还在原处。要再用它，请在文库页恢复"
_OUT = "out"


class Queue(Protocol):
    """Where work is put that is done later."""

    def add(self, kind: Literal["update"], paths: Sequence[Path] = (), *, is_change: bool = False) -> int:
        """See `index.upkeep.jobs.Jobs.add`."""


def leave_out(
    catalog: Catalog, jobs: Queue, paths: Sequence[str], *, remove: Callable[[Sequence[Path]], object]
) -> bool:
    """Takes files out for good: at once, by `remove` (see `Index.remove`), or where this finds an update under way, by
    a job after it; whether it is done. What was registered by itself is no longer."""
    roots = set(catalog.roots())
    within = [path for path in paths if path not in roots and any(lies_in(path, root) for root in roots)]
    with catalog.noting() as connection:
        rows = [{"kind": _OUT, "name": "", "path": path, "document_id": ""} for path in within]
        if rows:
            connection.execute(sa.insert(LABELS).prefix_with("OR REPLACE"), rows)
    is_done = True
    try:
        _remove(remove, [Path(path) for path in paths])
    except IndexBusyError:
        jobs.add("update", [Path(path) for path in paths], is_change=True)
        is_done = False
    with catalog.noting() as connection:
        told = [{"path": path, "kind": LEFT_OUT, "reason": _WHY} for path in within]
        if told:
            connection.execute(sa.insert(PASSED_OVER).prefix_with("OR REPLACE"), told)
    return is_done


def _remove(remove: Callable[[Sequence[Path]], object], paths: Sequence[Path]) -> None:
    try:
        remove(paths)
    except SourceError:  # one of them went meanwhile; nothing was forgotten
        for path in paths if len(paths) > 1 else ():
            _remove(remove, [path])


def take_back(catalog: Catalog, jobs: Queue, paths: Sequence[str]) -> int:
    """Lets files be read again; gives back the number of the job that does so."""
    given = _given(paths)
    with catalog.noting() as connection:
        connection.execute(sa.delete(LABELS).where((LABELS.c.kind == _OUT) & LABELS.c.path.in_(given)))
        connection.execute(
            sa.delete(PASSED_OVER).where((PASSED_OVER.c.kind == LEFT_OUT) & PASSED_OVER.c.path.in_(given))
        )
    roots = catalog.roots()
    lost = [path for path in paths if not any(lies_in(path, root) for root in roots)]
    if lost:
        return jobs.add("update", [Path(path) for path in lost])
    return jobs.add("update", [Path(path) for path in paths], is_change=True)


def reread(catalog: Catalog, jobs: Queue, paths: Sequence[str]) -> int:
    """Has files read again though they haven't changed; gives back the number of the job that does so."""
    with catalog.noting() as connection:
        connection.execute(sa.update(FILES).where(FILES.c.path.in_(_given(paths))).values(reading=0))
    return jobs.add("update", [Path(path) for path in paths], is_change=True)


def without_left_out(catalog: Catalog, intake: Intake) -> Intake:
    """The same intake, which passes over what was left out."""
    with catalog.reading() as connection:
        out = frozenset(connection.execute(sa.select(LABELS.c.path).where(LABELS.c.kind == _OUT)).scalars())
    if not out:
        return intake

    def find_files(paths: Sequence[Path], **how: object) -> Listing:
        here = intake.find_files(paths, **how)
        left = [path for path in here.files if str(path) in out]
        files = tuple(path for path in here.files if str(path) not in out)
        passed_over = (*here.passed_over, *(Unread(str(path), LEFT_OUT, _WHY) for path in left))
        return replace(here, files=files, passed_over=passed_over)

    return replace(intake, find_files=find_files)


def _given(paths: Iterable[str]) -> sa.Select[tuple[str]]:
    return sa.select(sa.func.json_each(json.dumps(list(paths))).table_valued("value").c.value)
