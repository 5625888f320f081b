"""Files that were not read, in lines for people: one for each file, or for each kind where they are many"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from assistant.answers import Language
from assistant.in_english import in_english
from sources.documents import Unread

_MOST_ALONE = 3
"""As many files of a kind have a line each."""
_MOST_NAMED = 10


def unread_lines(unread: Iterable[Unread], *, name: Callable[[str], str] = str, language: Language = "zh") -> list[str]:
    """What isn't read, why and what to do; `name` makes of a path what is shown of it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in unread:
        groups.setdefault((each.kind, each.reason), []).append(name(each.path))
    lines: list[str] = []
    for (kind, reason), names in groups.items():
        if language == "en":
            more = " …" if len(names) > _MOST_NAMED else ""
            lines.append(
                f"{len(names)} × {in_english(kind)}: {in_english(reason)} ({', '.join(names[:_MOST_NAMED])}{more})"
            )
        elif len(names) <= _MOST_ALONE:
            lines += [f"{each}：{reason}" for each in names]
        else:
            space = " " if kind[0].isascii() else ""
            more = " 等" if len(names) > _MOST_NAMED else ""
            lines.append(f"{len(names)} 个{space}{kind}：{reason}（{'、'.join(names[:_MOST_NAMED])}{more}）")
    return lines
