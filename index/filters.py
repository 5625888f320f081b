"""Filters: which documents are to be seen, by where they lie, what they are, whether they hold and who may read them"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date

_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")
TODAY = "today"


class FilterError(ValueError):
    """A filter that can't be meant: `str(error)` says which value is wrong, and how it is written."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is to be seen: documents that meet all of the conditions, each by any of its values.

    None is no condition; one without values is met by nothing.
    """

    documents: frozenset[str] | None = None
    """Their ids."""
    folders: frozenset[str] | None = None
    """Files, or folders that they lie in, as absolute paths; of a document in several files any of them counts."""
    tags: frozenset[str] | None = None
    publishers: frozenset[str] | None = None
    """As documents name them; of several bodies that publish one together each counts."""
    since: str = ""
    """Published on this day, in this month or year, or later: YYYY-MM-DD, YYYY-MM or YYYY. What has no date isn't."""
    until: str = ""
    """Published by then."""
    regions: frozenset[str] | None = None
    """As documents name them: 嘉兴市."""
    standing: str = ""
    """In force on this day, YYYY-MM-DD, or "today"; what rules nothing and was published by then is, too."""
    groups: frozenset[str] | None = None
    """Of readers: who is in these sees what is for one of them, and what is for everybody; None sees everything."""
    without: frozenset[str] = frozenset()
    """Ids of documents that are left out."""

    def __post_init__(self) -> None:
        for name, value in (("since", self.since), ("until", self.until)):
            if value and not _is_date(value):
                raise FilterError(f"{name}: {value!r} 不是日期。请写成 2024、2024-03 或 2024-03-15")
        if self.standing not in ("", TODAY) and not (_is_date(self.standing) and len(self.standing) == 10):
            raise FilterError(f"standing: {self.standing!r} 应是 today，或一个日期，如 2024-03-15")
        if self.since and self.until and self.since > self.until and not self.since.startswith(self.until):
            raise FilterError(f"since 是 {self.since}，晚于 until 的 {self.until}")

    @classmethod
    def of(
        cls,
        *,
        documents: Iterable[str] = (),
        folders: Iterable[str] = (),
        tags: Iterable[str] = (),
        publishers: Iterable[str] = (),
        since: str = "",
        until: str = "",
        regions: Iterable[str] = (),
        standing: str = "",
        groups: Iterable[str] | None = None,
        without: Iterable[str] = (),
    ) -> Filter:
        """A filter as people and clients write it: no values are no condition, but no groups are those of nobody.

        Raises FilterError for a value that can't be meant.
        """
        given = {"documents": documents, "folders": folders, "tags": tags, "publishers": publishers, "regions": regions}
        return cls(
            **{name: frozenset(values) or None for name, values in given.items()},
            since=since,
            until=until,
            standing="" if standing == "any" else standing,
            groups=None if groups is None else frozenset(groups),
            without=frozenset(without),
        )

    @property
    def is_open(self) -> bool:
        """Whether everything meets it."""
        return self == OPEN

    def on(self, day: date) -> Filter:
        """The same with that day in the place of "today"."""
        return replace(self, standing=day.isoformat()) if self.standing == TODAY else self

    def for_readers(self) -> Filter:
        """Nothing but who may read."""
        return Filter(groups=self.groups)

    def only_folders(self) -> bool:
        """Whether nothing is asked of documents but where they lie."""
        return all(
            getattr(self, each.name) == getattr(OPEN, each.name) for each in fields(self) if each.name != "folders"
        )


OPEN = Filter()


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    try:
        date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
    except ValueError:
        return False
    return True
