"""The dense engine for large corpora: vectors by cells, a byte a dimension and a bit besides, in NumPy arrays.

Space is parted into cells, each of what lies nearest to one centre (an inverted file; Jégou, Douze & Schmid 2011). A
search looks into the cells nearest to the query; of what lies there it compares the signs first (Charikar 2002), and
only the few that agree most in full. Files are written once, mapped and never changed; their digests vouch for them, so
that nothing in them can end a process. Where a search is for some rows only, as many of these are looked at as else of
all: a narrow filter is compared whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engines.protocols import Engine, EngineError, Rows, Scores, Vectors, engine_errors
from index.engines.verifying import check_all_found

_FORMAT = "1"
_CELLS_PER_ROOT = 2
"""Cells by the square root of how many vectors there are: finding the nearest cells then takes as long as a few of
them."""
_LEARNED_FROM, _ROUNDS = 32, 5
"""Vectors a cell that its centre is learned from, and how often it is moved."""
_LEAST_SEEN, _SEEN_SHARE = 20_000, 0.12
"""How many vectors have their signs compared: at least, and as a share of all."""
_COMPARED, _COMPARED_PER_HIT = 4_000, 20
"""How many of these are compared in full: at least, and for each that is wanted."""
_AT_ONCE = 4096
_MOST = 127
_ARRAYS = ("centres", "middle", "starts", "rows", "lengths", "vectors", "signs")


class CellVectors:
    """Approximate nearest neighbours by cosine; whatever is found has its exact cosine with the vector as kept."""

    def __init__(self, path: Path) -> None:
        """Raises EngineError where the files in `path` can't be read."""
        with engine_errors(f"{path}: its arrays can't be read"):
            arrays = {name: np.load(path / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
            self._centres: Vectors = np.array(arrays["centres"])
            self._middle: NDArray[np.float32] = np.array(arrays["middle"])
            self._starts: NDArray[np.int64] = np.array(arrays["starts"])
            self._rows: Rows = np.array(arrays["rows"])
            self._lengths: NDArray[np.float32] = np.array(arrays["lengths"])
            self._vectors: NDArray[np.int8] = arrays["vectors"]
            self._signs: NDArray[np.uint64] = arrays["signs"]
        if not len(self._rows) == len(self._vectors) == len(self._signs) == self._starts[-1]:
            raise EngineError(f"{path}: {len(self._rows)} rows, but {len(self._vectors)} vectors")

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: NDArray[np.float32], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows, the most similar first, with their cosines in [-1, 1]; equal ones by row.

        With `only`, sorted rows, the most similar of these; rows that the engine doesn't hold may be among them.
        """
        if limit < 1 or not len(self._rows) or (only is not None and not len(only)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        places = self._near(vector) if only is None else self._near_among(vector, only)
        compared = max(_COMPARED, _COMPARED_PER_HIT * limit)
        if len(places) > compared:
            own = _signs((vector > self._middle)[np.newaxis])
            apart = np.bitwise_count(self._signs[places] ^ own).sum(axis=1, dtype=np.uint16)
            places = places[np.argpartition(apart, compared)[:compared]]
        scores = np.vecdot(self._vectors[places].astype(np.float32), vector) / self._lengths[places]
        rows = self._rows[places]
        if limit < len(scores):
            least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
            kept = np.flatnonzero(scores >= least)
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[:limit]
        return rows[order], scores[order]

    def search_many(self, vectors: Vectors, limit: int) -> tuple[list[Rows], list[Scores]]:
        """`search` for each of `vectors`."""
        found = [self.search(vector, limit) for vector in vectors]
        return [rows for rows, _ in found], [scores for _, scores in found]

    def close(self) -> None:
        """Nothing to do: files that are mapped go when the last reference does."""

    def _near(self, vector: NDArray[np.float32]) -> Rows:
        """Where the vectors lie that are looked at: all of the nearest cells."""
        cells = self._nearest_with(np.diff(self._starts), vector)
        return np.concatenate([np.arange(self._starts[cell], self._starts[cell + 1]) for cell in cells])

    def _near_among(self, vector: NDArray[np.float32], only: Rows) -> Rows:
        """The same of some rows."""
        wanted = np.zeros(max(int(only[-1]), int(self._rows.max())) + 1, np.bool_)
        wanted[only] = True
        held = wanted[self._rows]
        if np.count_nonzero(held) <= self._seen:
            return np.flatnonzero(held)
        counts = np.diff(np.append(0, np.cumsum(held))[self._starts])
        cells = self._nearest_with(counts, vector)
        return np.concatenate(
            [self._starts[cell] + np.flatnonzero(held[self._starts[cell] : self._starts[cell + 1]]) for cell in cells]
        )

    @property
    def _seen(self) -> int:
        return max(_LEAST_SEEN, int(_SEEN_SHARE * len(self._rows)))

    def _nearest_with(self, counts: NDArray[np.int64], vector: NDArray[np.float32]) -> list[int]:
        """The nearest cells that together have so many vectors as are looked at; `counts` says how many each has."""
        order = np.argsort(-np.vecdot(self._centres, vector))
        enough = int(np.searchsorted(np.cumsum(counts[order]), self._seen)) + 1
        return sorted(order[:enough].tolist())


def _signs(above: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(n, words): a bit a dimension, with zeros behind."""
    packed = np.packbits(above, axis=1)
    spare = -packed.shape[1] % 8
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, spare)))).view(np.uint64)


def _centres(vectors: Vectors) -> Vectors:
    """The cells' centres, (cells, dimension), of length 1: spherical k-means (Dhillon & Modha 2001) of some vectors."""
    luck = np.random.default_rng(7)
    cells = min(len(vectors), max(1, int(_CELLS_PER_ROOT * len(vectors) ** 0.5)))
    sample = vectors[np.sort(luck.choice(len(vectors), min(len(vectors), _LEARNED_FROM * cells), replace=False))]
    centres = sample[luck.choice(len(sample), cells, replace=False)]
    for _ in range(_ROUNDS):
        nearest = _nearest(sample, centres)
        order = np.argsort(nearest, kind="stable")
        counts = np.bincount(nearest, minlength=cells)
        there = counts > 0
        sums = np.add.reduceat(sample[order], (np.cumsum(counts) - counts)[there], axis=0)
        centres[there] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return centres


def _nearest(vectors: Vectors, centres: Vectors, *, progress: Callable[[int], None] = lambda _: None) -> Rows:
    """The number of the nearest centre of each vector."""
    found = np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), _AT_ONCE):
        part = vectors[start : start + _AT_ONCE]
        found[start : start + len(part)] = np.argmax(part @ centres.T, axis=1)
        progress(start + len(part))
    return found


def _build(path: Path, rows: Rows, vectors: Vectors, *, progress: Callable[[int], None]) -> None:
    path.mkdir(parents=True)
    centres = _centres(vectors)
    nearest = _nearest(vectors, centres, progress=progress)
    order = np.argsort(nearest, kind="stable")
    middle = vectors[:: max(1, len(vectors) // 10_000)].mean(axis=0, dtype=np.float32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(nearest, minlength=len(centres)))])
    held = np.lib.format.open_memmap(path / "vectors.npy", "w+", np.int8, vectors.shape)
    signs = np.lib.format.open_memmap(path / "signs.npy", "w+", np.uint64, (len(rows), -(-vectors.shape[1] // 64)))
    lengths = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        part = vectors[order[start : start + _AT_ONCE]]
        whole = np.rint(part * (_MOST / np.maximum(np.abs(part).max(axis=1, keepdims=True), 1e-9)))
        held[start : start + len(part)] = whole
        signs[start : start + len(part)] = _signs(part > middle)
        lengths[start : start + len(part)] = np.maximum(np.linalg.norm(whole, axis=1), 1e-9)
    held.flush()
    signs.flush()
    for name, array in (
        ("centres", centres), ("middle", middle), ("starts", starts), ("rows", rows[order]), ("lengths", lengths),
    ):  # fmt: skip
        np.save(path / f"{name}.npy", array)


def _verify(path: Path, rows: Rows, vectors: Vectors) -> None:
    engine = CellVectors(path)
    if not np.array_equal(np.sort(engine._rows), rows):
        raise EngineError(f"{path}: {len(engine)} vectors are not those of the {len(rows)} passages it should hold")
    check_all_found(engine, rows, vectors, where=path)


def _room(dimension: int) -> int:
    return dimension + dimension // 8 + 64


def _library() -> tuple[str, str]:
    return "cells", _FORMAT  # our own: NumPy's files are the same in every version


ENGINE = Engine(build=_build, open=CellVectors, verify=_verify, library=_library, room=_room)
