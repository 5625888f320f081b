"""Files that were not read, in lines for people: one for each file, or for each kind where they are many"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sources.documents import Unread

_MOST_ALONE = 3
"""As many files of a kind have a line each."""
_MOST_NAMED = 10


def unread_lines(unread: Iterable[Unread], *, name: Callable[[str], str] = str) -> list[str]:
    """What isn't read, why and what to do; `name` makes of a path what is shown of it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in unread:
        groups.setdefault((each.kind, each.reason), []).append(name(each.path))
    lines: list[str] = []
    for (kind, reason), names in groups.items():
        if len(names) <= _MOST_ALONE:
            lines += [f"{each}：{reason}" for each in names]
        else:
            space = " " if kind[0].isascii() else ""
            more = " 等" if len(names) > _MOST_NAMED else ""
            lines.append(f"{len(names)} 个{space}{kind}：{reason}（{'、'.join(names[:_MOST_NAMED])}{more}）")
    return lines
