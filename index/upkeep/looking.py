"""Looking: what lies at the paths that are registered, beside what is known of them"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.catalog.catalog import Catalog
from index.catalog.listing import lies_in
from index.catalog.writer import Writer
from index.upkeep import sources
from sources.documents import SourceError, Unread

if TYPE_CHECKING:
    from index.upkeep.intake import Intake


@dataclass(frozen=True, slots=True)
class Seen:
    """What lies there, and what doesn't any more."""

    files: tuple[Path, ...]
    gone: frozenset[str]
    """Paths of files that are known and weren't found."""
    passed_over: tuple[Unread, ...] = ()
    hidden: int = 0
    """How many files were passed over without naming them."""
    empty: tuple[str, ...] = ()
    unreachable: Mapping[str, str] = field(default_factory=dict)
    """Path → why it can't be reached."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Path → why it can't be looked at."""


def look(
    catalog: Catalog, writer: Writer, intake: Intake, paths: Sequence[Path], *, follow_links: bool = False
) -> Seen:
    """What lies at `paths`, which become registered, or at everything registered where none is given."""
    roots = [resolved(path) for path in paths] or [Path(root) for root in catalog.roots()]
    found: dict[Path, None] = {}
    passed_over: dict[str, Unread] = {}
    hidden = 0
    empty: list[str] = []
    gone: set[str] = set()
    failed: dict[str, str] = {}
    registered = {source.path: source for source in catalog.sources(counted=False)}
    unreachable: dict[str, str] = {}
    for root in dict.fromkeys(roots):
        known = catalog.files(str(root))
        before_now = registered.get(str(root))
        follows = follow_links or (before_now is not None and before_now.follow_links)
        if away := sources.away(catalog, root, registered.values()):
            unreachable |= away
            for path in away:
                writer.miss_root(path)
            continue
        try:
            here = intake.find_files([root], follow_links=True) if follows else intake.find_files([root])
        except SourceError as error:
            if not os.path.lexists(root) and (known or str(root) in registered):
                gone |= known.keys()
                writer.remove_root(str(root))
            else:
                failed[str(root)] = str(error)
            continue
        writer.add_root(str(root), identity=sources.identity(root), follow_links=follows)
        writer.pass_over(str(root), here.passed_over)
        found |= dict.fromkeys(here.files)
        passed_over |= {each.path: each for each in here.passed_over}
        hidden += here.hidden
        if not here.files:
            empty.append(str(root))
        gone |= known.keys() - {str(path) for path in here.files}
    kept = {*unreachable, *(root for root, source in registered.items() if source.unreachable_since)}
    kept -= {str(root) for root in roots} - unreachable.keys()
    gone = {path for path in gone if not any(lies_in(path, root) for root in kept)}
    gone -= {str(path) for path in found}
    return Seen(tuple(found), frozenset(gone), tuple(passed_over.values()), hidden, tuple(empty), unreachable, failed)


def look_again(catalog: Catalog, intake: Intake, changed: Sequence[Path]) -> Seen:
    """What lies at these paths, where they lie in what is registered and can be reached.

    Each is looked at as a walk of what is registered would show it: what that passes over is passed over here.
    """
    registered = catalog.sources(counted=False)
    found: dict[Path, None] = {}
    gone: set[str] = set()
    for path in dict.fromkeys(map(Path, map(os.path.abspath, changed))):
        over = [source for source in registered if lies_in(str(path), source.path)]
        if not over or any(sources.missing(source, partial(catalog.files, source.path)) for source in over):
            continue  # an update of everything says what is the matter
        innermost = max((Path(source.path) for source in over), key=lambda root: len(root.parts))
        entry = path  # of a folder: an archive for what lies in it, a folder that is gone for what lay in it
        while entry != innermost and not entry.parent.is_dir():
            entry = entry.parent
        here = None
        if not any(part.startswith((".", "~$")) for part in path.relative_to(innermost).parts[:-1]):
            how: dict[str, Any] = {} if entry == innermost else {"within": innermost}
            if any(source.follow_links for source in over):
                how["follow_links"] = True
            try:
                here = intake.find_files([entry], **how)
            except SourceError:
                here = None  # the file itself is registered, and gone or none that is read
        files = [each for each in here.files if lies_in(str(each), str(path))] if here else []
        found |= dict.fromkeys(files)
        gone |= catalog.files(str(path)).keys() - {str(each) for each in files}
    gone -= {str(path) for path in found}
    return Seen(tuple(found), frozenset(gone))


def resolved(path: Path) -> Path:
    """The path without links; a link that leads nowhere stays one, so that it is reported as such."""
    absolute = Path(os.path.abspath(path.expanduser()))
    if absolute.is_symlink() and not absolute.exists():
        return absolute
    return Path(os.path.realpath(absolute))  # unlike Path.resolve it never raises
