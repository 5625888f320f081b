"""The dense engine for large corpora: a bit and a byte for each dimension of a vector, in NumPy arrays.

A search counts, for every vector, in how many dimensions it lies on the query's side of the corpus's mean (sign random
projections; Charikar 2002), and compares in full the few thousand that agree most. A million vectors of 512 dimensions
take 10 ms so, and nothing needs to be learned, so that building takes seconds. Files are written once, mapped and never
changed; their digests vouch for them, so that nothing in them can end a process. Where a search is for some rows only,
the others are left out before any are chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.engines.protocols import Engine, EngineError, Rows, Scores, Vectors, engine_errors
from index.engines.verifying import check_all_found

_FORMAT = "1"
_COMPARED, _COMPARED_PER_HIT = 4_000, 40
"""How many vectors are compared in full: at least, and for each that is wanted."""
_NARROW = 4
"""Where fewer than one in so many rows may be found, only the signs of these are fetched."""
_LEFT_OUT = 1 << 14
"""More than any two vectors can be apart."""
_AT_ONCE = 16_384
"""Vectors made at once."""
_COUNTED = 8_192
"""Vectors counted at once: what is made on the way stays in the processor's cache."""
_MULTIPLIED = 256
"""Vectors compared at once, likewise."""
_MOST = 127
_WORD = 64
_ARRAYS = ("middle", "rows", "lengths", "vectors", "signs")


class SignVectors:
    """Approximate nearest neighbours by cosine; whatever is found has its exact cosine with the vector as kept."""

    by_row = True

    def __init__(self, path: Path) -> None:
        """Raises EngineError where the files in `path` can't be read."""
        with engine_errors(f"{path}: its arrays can't be read"):
            arrays = {name: np.load(path / f"{name}.npy", mmap_mode="r") for name in _ARRAYS}
            self._middle: NDArray[np.float32] = np.array(arrays["middle"])
            self._rows: Rows = np.array(arrays["rows"])
            # As plain arrays over the same memory: to take a part of a mapped one costs more than to count in it.
            self._lengths: NDArray[np.float32] = np.asarray(arrays["lengths"])
            self._vectors: NDArray[np.int8] = np.asarray(arrays["vectors"])
            self._signs: NDArray[np.uint64] = np.asarray(arrays["signs"])
        if not len(self._rows) == len(self._vectors) == self._signs.shape[1] == len(self._lengths):
            raise EngineError(f"{path}: {len(self._rows)} rows, but {len(self._vectors)} vectors")

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, vector: NDArray[np.float32], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows, the most similar first, with their cosines in [-1, 1]; equal ones by row.

        With `only`, sorted rows, the most similar of these; rows that the engine doesn't hold may be among them.
        """
        if limit < 1 or not len(self._rows) or (only is not None and not len(only)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        places = self._agreeing(vector, max(_COMPARED, _COMPARED_PER_HIT * limit), only)
        scores = self._products(places, vector) / self._lengths[places]
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

    def _products(self, places: NDArray[np.int64], vector: NDArray[np.float32]) -> Scores:
        """(n,) of the vectors at these places with this one."""
        products = np.empty(len(places), np.float32)
        for start in range(0, len(places), _MULTIPLIED):
            part = np.s_[start : start + _MULTIPLIED]
            np.vecdot(self._vectors[places[part]].astype(np.float32), vector, out=products[part])
        return products

    def _agreeing(self, vector: NDArray[np.float32], wanted: int, only: Rows | None) -> NDArray[np.int64]:
        """Where the vectors lie whose signs agree most with the query's: about so many, among `only`."""
        own = _signs((vector > self._middle)[np.newaxis])[:, 0]
        if only is not None and _NARROW * len(only) < len(self._rows):
            places = np.searchsorted(self._rows, only).clip(max=len(self._rows) - 1)
            places = places[self._rows[places] == only]
            if len(places) > wanted:
                places = places[_least(_apart(self._signs[:, places], own), wanted)]
            return np.asarray(places, np.int64)
        apart = _apart(self._signs, own)
        if only is not None:
            admitted = np.zeros(max(int(self._rows[-1]), int(only[-1])) + 1, np.bool_)
            admitted[only] = True
            apart[~admitted[self._rows]] = _LEFT_OUT
        return _least(apart, wanted)


def _least(apart: NDArray[np.uint16], wanted: int) -> NDArray[np.int64]:
    """Where the `wanted` least are, and those that are as little apart as the last of them; to count is quicker than to
    sort."""
    most = int(np.searchsorted(np.cumsum(np.bincount(apart, minlength=_LEFT_OUT)[:_LEFT_OUT]), wanted))
    return np.flatnonzero(apart <= min(most, _LEFT_OUT - 1))


def _signs(above: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(words, n): a bit a dimension, with zeros behind; by word, so that each is gone through from end to end."""
    packed = np.packbits(above, axis=1)
    spare = -packed.shape[1] % (_WORD // 8)
    return np.ascontiguousarray(np.ascontiguousarray(np.pad(packed, ((0, 0), (0, spare)))).view(np.uint64).T)


def _apart(signs: NDArray[np.uint64], own: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """(n,) in how many dimensions each differs."""
    apart = np.empty(signs.shape[1], np.uint16)
    differing = np.empty((len(signs), _COUNTED), np.uint64)
    counts = np.empty((len(signs), _COUNTED), np.uint8)
    for start in range(0, len(apart), _COUNTED):
        part = apart[start : start + _COUNTED]
        within = np.s_[:, : len(part)]
        np.bitwise_xor(signs[:, start : start + _COUNTED], own[:, np.newaxis], out=differing[within])
        np.bitwise_count(differing[within], out=counts[within])
        np.add.reduce(counts[within], axis=0, dtype=np.uint16, out=part)
    return apart


def _build(path: Path, rows: Rows, vectors: Vectors, *, progress: Callable[[int], None]) -> None:
    path.mkdir(parents=True)
    middle = vectors[:: max(1, len(vectors) // 10_000)].mean(axis=0, dtype=np.float32)
    words = -(-vectors.shape[1] // _WORD)
    held = np.lib.format.open_memmap(path / "vectors.npy", "w+", np.int8, vectors.shape)
    signs = np.lib.format.open_memmap(path / "signs.npy", "w+", np.uint64, (words, len(rows)))
    lengths = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        part = vectors[start : start + _AT_ONCE]
        whole = np.rint(part * (_MOST / np.maximum(np.abs(part).max(axis=1, keepdims=True), 1e-9)))
        held[start : start + len(part)] = whole
        signs[:, start : start + len(part)] = _signs(part > middle)
        lengths[start : start + len(part)] = np.maximum(np.linalg.norm(whole, axis=1), 1e-9)
        progress(start + len(part))
    held.flush()
    signs.flush()
    for name, array in (("middle", middle), ("rows", rows), ("lengths", lengths)):
        np.save(path / f"{name}.npy", array)


def _verify(path: Path, rows: Rows, vectors: Vectors) -> None:
    engine = SignVectors(path)
    if not np.array_equal(engine._rows, rows):
        raise EngineError(f"{path}: {len(engine)} vectors are not those of the {len(rows)} passages it should hold")
    check_all_found(engine, rows, vectors, where=path)


def _room(dimension: int) -> int:
    return dimension + dimension // 8 + 64


def _library() -> tuple[str, str]:
    return "signs", _FORMAT  # our own: NumPy's files are the same in every version


ENGINE = Engine(build=_build, open=SignVectors, verify=_verify, library=_library, room=_room)
