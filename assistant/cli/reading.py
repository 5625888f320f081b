"""What `youju read` prints of each file: what the index would take in, before it is cut into passages."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.upkeep.progress import Progress
from sources.documents import Document, SourceError, printable
from sources.readers.files import find_files, read
from sources.readers.sandbox import Sandbox, UnderWay

Record = dict[str, Any]


def records(paths: Sequence[Path], *, tell: Callable[[Progress], None] = lambda _: None) -> Generator[Record]:
    """A record for each file at the paths, as soon as it is read: its document's fields, or {"path", "error"}.

    "path" is the path that was given, or relative to the folder that was given. Files that no reader takes come last.
    """
    named: dict[Path, str] = {}
    unread: dict[str, str] = {}
    for path in paths:
        try:
            listing = find_files([path])
        except SourceError as error:
            unread[printable(path)] = str(error)
            continue
        given = Path(os.path.abspath(path.expanduser()))
        for file in listing.files:
            named.setdefault(file, printable(path if file == given else file.relative_to(given)))
        for each in listing.passed_over:
            unread[os.path.relpath(each.path, given)] = f"{each.path}: {each.reason}"
    done = 0

    def wait(at: UnderWay) -> None:
        tell(Progress("reading", done, len(named), str(at.path), at.done, at.total))

    with closing(Sandbox().each(named, read, tell=wait)) as outcomes:
        for done, (path, outcome) in enumerate(outcomes, 1):
            tell(Progress("reading", done, len(named), str(path)))
            if isinstance(outcome, SourceError):
                yield {"path": named[path], "error": str(outcome)}
            else:
                yield {"path": named[path], **fields(outcome)}
    for name, reason in unread.items():
        yield {"path": name, "error": reason}


def summary(record: Record) -> list[str]:
    """The same in lines for people, without the text."""
    if "error" in record:
        return [f"{record['path']}  未能读取：{record['error']}"]
    pages = f"{len(record['pages'])} 页" if record["pages"] else None
    tables = f"{len(record['tables'])} 个表格" if record["tables"] else None
    size = [f"{len(record['text'])} 字", pages, tables]
    facts = [record["publisher"], record["published"], record["number"], record["kind"]]
    lines = [f"{record['path']}  《{record['title']}》", f"    {'  '.join(filter(None, facts + size))}"]
    if record["in_force"] or record["expires"]:
        lines.append(f"    施行 {record['in_force'] or '未写明'}，有效至 {record['expires'] or '未写明'}")
    reasons: dict[str, int] = {}
    for each in record["dropped"]:
        reasons[each["reason"]] = reasons.get(each["reason"], 0) + 1
    if reasons:
        lines.append(f"    没有收入：{'、'.join(f'{reason} {count} 处' for reason, count in reasons.items())}")
    return lines + [f"    {notice}" for notice in record["notices"]]


def fields(document: Document) -> Record:
    """All of a document but where it lies, as JSON has it; pages as [start, end], half-open."""
    ends = [*document.pages[1:], len(document.text)]
    return {
        "text": document.text,
        "title": document.title,
        "publisher": document.publisher,
        "published": document.published,
        "number": document.number,
        "kind": document.kind,
        "in_force": document.in_force,
        "expires": document.expires,
        "regions": document.regions,
        "pages": [list(span) for span in zip(document.pages, ends, strict=True)] if document.pages else None,
        "tables": [asdict(table) for table in document.tables],
        "dropped": [asdict(each) for each in document.dropped],
        "notices": document.notices,
        "found_by": dict(document.found_by),
    }
