"""What the library's figures measure, and the figures of one metric laid out in rows and columns, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from index.catalog import metrics as rows_of
from index.catalog.metrics import Field, Metric, Wanted
from index.kept import Kept
from sources.mentions.periods import days, read_period, when
from sources.mentions.regions import part_of, regions

if TYPE_CHECKING:
    from index.catalog.catalog import Catalog
    from sources.figures.figure import Figure

Axis = Literal["region", "subject", "period"]
_MOST_VALUES = 5000
"""Of different places or periods that a condition is compared with."""
_MOST_FIGURES = 3000
"""In one table."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The figures of one metric in one unit, laid out: each stands in the row and column that its fields name."""

    axis: Axis
    """What the rows are."""
    across: Axis
    """What the columns are."""
    rows: tuple[str, ...]
    """Those of this page, in order; "" is what names none."""
    columns: tuple[str, ...]
    figures: tuple[Figure, ...]
    all_rows: int
    all_columns: int
    all_figures: int
    """In the rows and columns shown; more than there are `figures` where these were cut off."""


class Metrics:
    """Reads metrics and figures out of a catalog. Safe to share between threads.

    What takes long over 100,000s of figures is kept for the state that `state` tells: a revision, and what is seen.
    """

    def __init__(self, catalog: Catalog, state: Callable[[], Hashable]) -> None:
        self._catalog = catalog
        self._state = state
        self._counted: Kept[list[tuple[str, int]]] = Kept(4)
        self._totals: Kept[tuple[int, int]] = Kept(64)
        self._pages: Kept[tuple[Metric, ...]] = Kept(64)
        self._values: Kept[tuple[tuple[str, int], ...]] = Kept(64)
        self._sizes: Kept[tuple[int, int]] = Kept(64)
        self._tables: Kept[Laid] = Kept(8)

    def totals(self, wanted: Wanted) -> tuple[int, int]:
        """How many metrics there are, and how many figures of them."""
        if wanted.of_names_alone:
            found = self._named(wanted)
            return len(found), sum(count for _, count in found)

        def made() -> tuple[int, int]:
            with self._catalog.reading() as connection:
                return rows_of.totals(connection, wanted)

        return self._totals.get((self._state(), wanted), made)

    def page(self, wanted: Wanted, *, limit: int, offset: int = 0) -> list[Metric]:
        """Metrics with the most figures first, then by name."""

        def made() -> tuple[Metric, ...]:
            names = (
                [name for name, _ in self._named(wanted)[offset : offset + limit]] if wanted.of_names_alone else None
            )
            with self._catalog.reading() as connection:
                if names is None:
                    return tuple(rows_of.metrics(connection, wanted, limit=limit, offset=offset))
                return tuple(rows_of.described(connection, Wanted(), names))

        return list(self._pages.get((self._state(), wanted, limit, offset), made))

    def _named(self, wanted: Wanted) -> list[tuple[str, int]]:
        """The metrics with the words in their name, each with how many figures it has, most figures first."""

        def made() -> list[tuple[str, int]]:
            with self._catalog.reading() as connection:
                return rows_of.counted(connection)

        return [each for each in self._counted.get(self._state(), made) if wanted.names(each[0])]

    def values(self, wanted: Wanted, field: Field, *, limit: int) -> list[tuple[str, int]]:
        """The different values of a field, each with how many figures have it, the most frequent first."""

        def made() -> tuple[tuple[str, int], ...]:
            with self._catalog.reading() as connection:
                return tuple(rows_of.values(connection, wanted, field, limit=limit))

        return list(self._values.get((self._state(), wanted, field, limit), made))

    def sizes(self, wanted: Wanted) -> tuple[int, int]:
        """How many places there are, and how many subjects."""

        def made() -> tuple[int, int]:
            with self._catalog.reading() as connection:
                places, subjects = rows_of.count_values(connection, wanted, "region", "subject")
                return places, subjects

        return self._sizes.get((self._state(), wanted), made)

    def titles(self, document_ids: Sequence[str]) -> dict[str, str]:
        """The titles of documents, by id; those that are gone are left out."""
        with self._catalog.reading() as connection:
            return rows_of.titles(connection, document_ids)

    def figure(self, document_id: str, start: int, end: int) -> Figure | None:
        """The figure that stands in these characters of a document; None where none does."""
        with self._catalog.reading() as connection:
            return rows_of.figure_at(connection, document_id, start, end)

    def laid_out(
        self,
        wanted: Wanted,
        axis: Axis,
        across: Axis,
        *,
        limit: int,
        offset: int = 0,
        most_columns: int,
        sort: str | None = None,
        least_first: bool = False,
    ) -> Laid:
        """`limit` rows after the first `offset`, and the columns with the latest periods or the most figures.

        Rows come with the most figures first, periods in order; with `sort`, by the figures in that column, or by name
        where that is "name".
        """
        page = (wanted, axis, across, limit, offset, most_columns, sort, least_first)
        return self._tables.get((self._state(), *page), lambda: self._laid_out(*page))

    def _laid_out(
        self,
        wanted: Wanted,
        axis: Axis,
        across: Axis,
        limit: int,
        offset: int,
        most_columns: int,
        sort: str | None,
        least_first: bool,
    ) -> Laid:
        with self._catalog.reading() as connection:
            columns = rows_of.values(connection, wanted, across, limit=_MOST_VALUES)
            kept = _columns([value for value, _ in columns], across, most=most_columns)
            within = _narrowed(wanted, across, kept)
            counts = dict(rows_of.values(connection, within, axis, limit=_MOST_VALUES))
            [every] = rows_of.count_values(connection, within, axis) if len(counts) == _MOST_VALUES else (len(counts),)
            if sort in kept:
                of_column = _narrowed(wanted, across, (sort,))
                found = rows_of.by_value(
                    connection, of_column, axis, least_first=least_first, limit=limit, offset=offset
                )
                if len(found) < limit:  # what has nothing in the column comes after what has
                    having = set(rows_of.by_value(connection, of_column, axis, least_first=False, limit=_MOST_VALUES))
                    without = [value for value in counts if value not in having]
                    skipped = max(0, offset - len(having))
                    found += without[skipped : skipped + limit - len(found)]
            elif axis == "period" or sort == "name":
                names = sorted(counts, key=_in_time if axis == "period" else _by_name, reverse=least_first)
                found = names[offset : offset + limit]
            elif offset + limit <= _MOST_VALUES:
                found = list(counts)[offset : offset + limit]
            else:
                found = [v for v, _ in rows_of.values(connection, within, axis, limit=limit, offset=offset)]
            shown = _narrowed(within, axis, found)
            figures = rows_of.figures(connection, shown, limit=_MOST_FIGURES)
            if len(figures) < _MOST_FIGURES:
                count = len(figures)
            elif counts.keys() >= {*found}:
                count = sum(counts[value] for value in found)
            else:
                count = rows_of.totals(connection, shown)[1]
        return Laid(axis, across, tuple(found), kept, tuple(figures), every, len(columns), count)

    def in_region(self, text: str) -> tuple[str, ...]:
        """The places of figures that `text` names or that lie in one it names; those with it in their name where it
        names none."""
        named = {place.name for place in regions(text) if place.name}
        with self._catalog.reading() as connection:
            known = rows_of.named_anywhere(connection, "region")
        if named:
            return tuple(each for each in known if each in named or any(part_of(each, name) for name in named))
        return tuple(each for each in known if text in each)

    def in_time(self, since: str, until: str) -> tuple[str, ...]:
        """The periods of figures that lie between two, either of which may be empty; both as a person writes them.

        Raises ValueError for one that can't be read.
        """
        first = when(read_period(since))[0] if since else date.min
        last = when(read_period(until))[1] if until else date.max
        with self._catalog.reading() as connection:
            known = rows_of.named_anywhere(connection, "period")
        spans = ((value, days(value)) for value in known)
        return tuple(value for value, span in spans if span and first <= span[0] and span[1] <= last)


def _narrowed(wanted: Wanted, axis: Axis, names: Sequence[str]) -> Wanted:
    kept = tuple(names)
    if axis == "region":
        return replace(wanted, regions=kept)
    return replace(wanted, subjects=kept) if axis == "subject" else replace(wanted, periods=kept)


def _columns(names: Sequence[str], axis: Axis, *, most: int) -> tuple[str, ...]:
    """The latest periods in order, or the names with the most figures; what names none comes last."""
    if axis != "period":
        return tuple(sorted(names[:most], key=lambda name: not name))
    timed = sorted((name for name in names if name), key=_in_time)
    return (*timed[-most:], *(name for name in names if not name))


def _in_time(period: str) -> tuple[bool, date, date, str]:
    first, last = when(period)
    return not period, last, first, period


def _by_name(name: str) -> tuple[bool, str]:
    return not name, name
