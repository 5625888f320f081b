"""Copies: the same text in several files, told apart from another version of it.

A notice lies in a folder as docx, as pdf and as a saved web page: one of them stands for all, the others are kept but
not searched. MinHash with locality-sensitive hashing (Broder 1997; Indyk & Motwani 1998) finds texts that have most of
their runs of words in common. Then the two are compared in full, and strictly, as a wrong match would hide a document:
between the first and the last run that both have, neither may say anything that the other doesn't; a number, a word or
a clause that was changed is a version. Text that a format puts elsewhere (a footnote, a table) may stand elsewhere.
What stands only before or behind may be a page's head and foot, if it is short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.catalog import bands as kept_bands
from index.catalog import listing
from index.catalog.catalog import Catalog
from index.catalog.rows import Gist
from index.catalog.writer import Writer
from sources.documents import Document
from sources.likeness import RUN, VALUES, VERSION, Tokens, gist, runs, shares, tokens, values

_BANDS, _ROWS = 18, 7
"""Two texts are candidates when all `_ROWS` numbers of a band of their gists agree, for any of so many bands: most that
share two thirds of their runs are, few that share two fifths."""
_LEAST_ALIKE = 0.45
"""Share of their gists' numbers from which two texts are compared in full: heads and feet of their own leave more."""
_CROWD = 100
"""So many texts are kept by one band. Of more that are all alike (forms that were filled in differently) only those
with the very same wording are found, or each of thousands would be held against all the others."""
_ENDS_SHARE, _ENDS_LEAST = 0.1, 60
"""How much of a text may stand only in its head and foot: as a share, and in tokens."""
_MOST_COMPARED = 20
"""With so many texts, the likeliest ones, is each compared: forms that were filled in differently are all alike."""
_KEPT = 32
"""Documents at hand while others are compared with them: of many that are all alike, it is the same few each time."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_AT_ONCE = 500
"""Documents whose bands are looked up, and kept, in one go: what a kill costs at most."""


@dataclass(frozen=True, slots=True)
class Copies:
    """A document that lies in several files."""

    title: str
    path: str
    """Of the one that stands for all."""
    others: tuple[str, ...]


def settle(catalog: Catalog, writer: Writer) -> None:
    """Looks at the documents that weren't looked at before: which of them are copies of one that is there, or which of
    those are copies of them. What it costs grows with how many are new, not with how many there are."""
    document = lru_cache(maxsize=_KEPT)(catalog.document)
    while True:
        with catalog.reading() as connection:
            upto = kept_bands.compared_upto(connection, version=VERSION)
            new = kept_bands.gists(connection, after=upto, limit=_AT_ONCE)
            if not new:
                return
            missing = {each.id: gist(document(each.id).text) for each in new if _numbers_of(each) is None}
            numbers = {each.row: _read(missing.get(each.id) or each.gist) for each in new}
            own = dict(zip(numbers, _bands(np.stack(list(numbers.values()))), strict=True))
            # Bands of another version are of no use, and go.
            pairs, known = kept_bands.sharing(connection, [b for each in own.values() for b in each] if upto else [])
        near = _Near.of(pairs, known)
        for each in new:
            if each.copy_of is None:
                likely = near.likely(numbers[each.row], own[each.row])
                _compare(each.id, [id_ for id_ in likely if id_ != each.id], near.stand_in, document, writer)
            near.add(each, numbers[each.row], own[each.row])
        writer.keep_compared(new[-1].row, version=VERSION, bands=near.added, gone=near.gone, gists=missing)


def found(catalog: Catalog) -> tuple[Copies, ...]:
    """Every document of the index that lies in several files, by title."""
    with catalog.reading() as connection:
        several = listing.in_several_files(connection)
    return tuple(Copies(title, uri, tuple(path for path in paths if path != uri)) for title, uri, paths in several)


def _compare(
    own_id: str,
    others: Sequence[str],
    stand_in: dict[str, str],
    document: Callable[[str], Document],
    writer: Writer,
) -> None:
    """Holds one document against those that are likely to say the same, until it is a copy itself."""
    for other_id in others:
        own, other = document(own_id), document(other_id)
        if is_copy(own, other):
            stands, copy = _in_order(own, other)
            writer.copy([copy.id], of=stands.id)
            stand_in[copy.id] = stands.id
            if copy is own:
                return


@dataclass(slots=True)
class _Near:
    """The documents that share bands with those at hand."""

    numbers: dict[int, NDArray[np.uint32]]
    """Those of their gists, by row."""
    ids: dict[int, str]
    stand_in: dict[str, str]
    """The id of what stands for a document, by its own; those that stand for themselves apart."""
    held: dict[int, list[int]] = field(default_factory=dict)
    """The rows by band."""
    added: list[tuple[int, int]] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], known: Sequence[Gist]) -> _Near:
        """Made of what the catalog holds."""
        numbers = {each.row: found for each in known if (found := _numbers_of(each)) is not None}
        ids = {each.row: each.id for each in known}
        made = cls(numbers, ids, {each.id: each.copy_of for each in known if each.copy_of is not None})
        for band, row in pairs:
            if row in numbers:
                made.held.setdefault(band, []).append(row)
            else:
                made.gone.append((band, row))
        return made

    def likely(self, own: NDArray[np.uint32], bands: Sequence[int]) -> list[str]:
        """The ids of documents that stand for themselves and may say the same, the likeliest first."""
        rows = sorted({row for band in bands for row in self.held.get(band, ())})
        if not rows:
            return []
        alike = shares(np.stack([self.numbers[row] for row in rows]), own)
        best: dict[str, float] = {}
        for row, share in zip(rows, alike.tolist(), strict=True):
            stands = self._standing(self.ids[row])
            if share >= _LEAST_ALIKE:
                best[stands] = max(share, best.get(stands, 0.0))
        return sorted(best, key=lambda other: (-best[other], other))[:_MOST_COMPARED]

    def add(self, new: Gist, own: NDArray[np.uint32], bands: Sequence[int]) -> None:
        """Let what comes later find this one, too."""
        self.numbers[new.row], self.ids[new.row] = own, new.id
        if new.copy_of is not None:
            self.stand_in[new.id] = new.copy_of
        for band in bands:
            rows = self.held.setdefault(band, [])
            if len(rows) < _CROWD:
                rows.append(new.row)
                self.added.append((band, new.row))

    def _standing(self, document_id: str) -> str:
        while document_id in self.stand_in:
            document_id = self.stand_in[document_id]
        return document_id


def _bands(of: NDArray[np.uint32]) -> list[list[int]]:
    """For the numbers of each of these gists its bands, and one of the whole; a band is a number made of its place and
    of the numbers in it."""
    parts = [of[:, at * _ROWS : (at + 1) * _ROWS] for at in range(_BANDS)]
    made = np.empty((len(of), _BANDS + 1), np.uint64)
    for place, part in enumerate([*parts, of[:, VALUES:]]):
        mixed = np.full(len(of), place + 1, np.uint64)
        for column in part.T:
            mixed = (mixed ^ column.astype(np.uint64)) * _FACTOR
            mixed ^= mixed >> np.uint64(29)
        made[:, place] = mixed
    return [list(map(int, row)) for row in made.view(np.int64)]


def _numbers_of(each: Gist) -> NDArray[np.uint32] | None:
    return values(each.gist) if each.gist else None


def _read(made: bytes | None) -> NDArray[np.uint32]:
    found = values(made or b"")
    if found is None:
        raise ValueError("a gist of another version")
    return found


def is_copy(one: Document, other: Document) -> bool:
    """Whether both say the same, so that one can stand for the other."""
    if one.number and other.number and one.number != other.number:
        return False
    a, b = tokens(one.text), tokens(other.text)
    if len(a) < RUN or len(b) < RUN:
        return bool(np.array_equal(a, b))
    runs_a, runs_b = runs(a), runs(b)
    ends_a, ends_b = _ends(np.isin(runs_a, runs_b)), _ends(np.isin(runs_b, runs_a))
    if ends_a is None or ends_b is None:
        return False
    for ends, length in ((ends_a, len(a)), (ends_b, len(b))):
        if sum(ends) > min(max(_ENDS_SHARE * length, _ENDS_LEAST), length / 3):
            return False
    # Where both begin in their own way, last year's title may stand there; where both end so, last year's date may.
    if ends_a[0] and ends_b[0] and not (_titled(one, a[ends_a[0] :]) and _titled(other, b[ends_b[0] :])):
        return False
    return not (_numbers(a[len(a) - ends_a[1] :]) and _numbers(b[len(b) - ends_b[1] :]))


def _in_order(one: Document, other: Document) -> tuple[Document, Document]:
    """The one that stands for both, and its copy: the one of which more is known, that has pages, that is longer."""

    def worth(each: Document) -> tuple[bool, int, bool, int, str]:
        known = sum(map(bool, (each.publisher, each.published, each.number, each.kind)))
        return "metadata.csv" in each.found_by.values(), known, bool(each.pages), len(each.text), each.id

    return (one, other) if worth(one) > worth(other) else (other, one)


def _ends(common: NDArray[np.bool_]) -> tuple[int, int] | None:
    """How many tokens at the start and at the end of a text stand only there; None where some do in between."""
    places = np.flatnonzero(common)
    if not len(places):
        return None
    head, foot = int(places[0]), int(len(common) - 1 - places[-1])
    new = np.flatnonzero(np.diff(places) > RUN)  # a gap between common runs with RUN new ones or more
    return None if len(new) else (head, foot)


def _numbers(of: Tokens) -> bool:
    return bool(np.any(of & np.uint64(1)))


def _titled(document: Document, body: Tokens) -> bool:
    """Whether the document's title, if it isn't short, stands in `body`."""
    title = runs(tokens(document.title))
    return bool(len(title)) and bool(np.all(np.isin(title, runs(body))))
