"""Hybrid search: candidates by words and by meaning, one score for both, repeated text shown once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from index.catalog.catalog import Catalog
from index.catalog.rows import Setting
from index.engines.bm25 import frequencies, query_weights, telling
from index.engines.exact import ExactVectors
from index.engines.protocols import Dense, Lexical, Rows, Scores
from index.hits import Hit
from index.queries.queries import Wording, wording
from index.ranking.learned import shipped_ranker
from index.ranking.ranker import Candidate, Query, Ranker
from index.views import Admitted

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

_Kind = Literal["passages", "documents"]
_POOL = 200
"""Candidates taken from each side."""
_MOST_COUNTS = 50_000
"""Words whose counts are remembered for what a filter admits."""
_FEW = 2_000
"""So few admitted passages are compared one by one, rather than looked for in a graph of all."""
_DOCUMENT_WEIGHT = 1.5
_DENSE_WEIGHT = 0.8
# Measured with benchmarks/retrieval.py; between 1 and 1.5, and 0.4 and 1.2, little changes.
_SAME = 0.9
"""Share of common character pairs from which two passages may say the same."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines that together hold the whole corpus, each a part of it."""

    passages: tuple[Lexical, ...]
    documents: tuple[Lexical, ...]
    """Whole documents; their rows are the documents'."""
    dense: tuple[Dense, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is known of each candidate, in parallel arrays (n,): the features that `fuse` makes one score of."""

    rows: Rows
    dense: Scores
    """Cosine; 0 where the passage has no vector."""
    lexical: Scores
    """BM25 of the passage with its title and heading; 0 where it isn't among the best."""
    document: Scores
    """BM25 of the whole document that the passage stands in."""


def search(
    query: str,
    *,
    k: int,
    catalog: Catalog,
    engines: Engines,
    embedder: Embedder,
    ranker: Ranker | None = None,
    is_mended: bool = False,
    admitted: Admitted | None = None,
) -> list[Hit]:
    """The `k` passages that fit best, best first; equal scores by passage id. Fewer when there are no more.

    `ranker` says in which order the first ones come, the shipped one where none is given. A query that `is_mended` is
    searched as it is. Where not everything is `admitted`, nothing else is found.
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least 1 passage")
    ranker = shipped_ranker() if ranker is None else ranker
    pool = max(_POOL, 4 * k)
    ranked_by, candidates = look(
        query, pool=pool, catalog=catalog, engines=engines, embedder=embedder, is_mended=is_mended, admitted=admitted
    )
    scores = fuse(candidates)
    if ranker.depth:
        # Twice as many as are wanted, so that the last of them were chosen, too.
        depth = max(ranker.depth, 2 * k)
        scores = reranked(scores, candidates, ranked_by, depth=depth, catalog=catalog, ranker=ranker)
    order = np.lexsort((candidates.rows, -scores))
    hits: list[Hit] = []
    shown: list[_Gist] = []
    for start in range(0, len(order), 3 * k):
        part = order[start : start + 3 * k]
        passages = catalog.passages_at(candidates.rows[part].tolist())
        next_ones = [
            Hit(passages[int(row)], float(scores[i]), float(candidates.dense[i]), float(candidates.lexical[i]))
            for i, row in zip(part, candidates.rows[part], strict=True)
            if int(row) in passages
        ]
        for hit in sorted(next_ones, key=lambda hit: (-hit.score, hit.passage.id)):
            gist = _Gist.of(hit.passage.text)
            if not any(gist.repeats(other) for other in shown):
                shown.append(gist)
                hits.append(hit)
                if len(hits) == k:
                    return hits
    return hits


def look(
    query: str,
    *,
    pool: int,
    catalog: Catalog,
    engines: Engines,
    embedder: Embedder,
    is_mended: bool = False,
    admitted: Admitted | None = None,
) -> tuple[Query, Candidates]:
    """The query as candidates are ranked by, and the candidates."""
    as_searched = wording(query, lambda terms: known(terms, engines, admitted), is_mended=is_mended)
    vector = embedder.encode_query(as_searched.text)
    weights = _weights(as_searched.words, engines.passages, admitted, of="passages")
    candidates = find(
        as_searched,
        weights,
        vector,
        pool=pool,
        catalog=catalog,
        engines=engines,
        embedder=embedder.name,
        admitted=admitted,
    )
    return Query(as_searched.text, weights), candidates


def find(
    query: Wording,
    weights: dict[str, float],
    vector: NDArray[np.float32],
    *,
    pool: int,
    catalog: Catalog,
    engines: Engines,
    embedder: str,
    admitted: Admitted | None = None,
) -> Candidates:
    """The best passages by words and by meaning, `pool` of each, that the catalog still holds and that are `admitted`.

    `weights` are those of the query's words in passages.
    """
    only, only_documents = (None, None) if admitted is None else (admitted.passages, admitted.documents)
    of_documents = _weights(query.words, engines.documents, admitted, of="documents")
    while True:
        words = _aside(engines.passages, weights, pool, only)
        titled = _aside(engines.documents, of_documents, 5 * pool, only_documents)
        try:
            by_meaning = _nearest(vector, pool, only, catalog=catalog, engines=engines, embedder=embedder)
        finally:
            wait([words, titled])
        by_words, documents = words.result(), titled.result()
        rows = np.union1d(by_words[0], by_meaning[0])
        owners = catalog.owners(rows.tolist())
        # Passages that were removed since an engine was built take up places; look further when they took many.
        everything = max(sum(map(len, engines.passages)), sum(map(len, engines.dense)))
        if len(owners) * 2 >= len(rows) or pool >= everything:
            break
        pool *= 4
    rows = np.array(sorted(owners), dtype=np.int64)
    dense = _aligned(rows, *by_meaning)
    missing = np.setdiff1d(rows, by_meaning[0])
    dense += _aligned(rows, *_cosines(vector, missing, catalog=catalog, engines=engines, embedder=embedder))
    places, inverse = np.unique(np.array([owners[row] for row in rows.tolist()], dtype=np.int64), return_inverse=True)
    return Candidates(
        rows=rows,
        dense=dense,
        lexical=_aligned(rows, *by_words),
        document=_aligned(places, *documents)[inverse],
    )


def _aside(
    engines: Sequence[Lexical], weights: dict[str, float], limit: int, only: Rows | None
) -> Future[tuple[Rows, Scores]]:
    """The best of these engines by words, looked for in another thread: tantivy lets others run meanwhile."""
    weights = telling(weights, engines)
    return _threads().submit(lambda: _best([each.search(weights, limit, only=only) for each in engines], limit))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="search")


def known(terms: Sequence[str], engines: Engines, admitted: Admitted | None) -> Sequence[int]:
    """In how many passages each term stands, or of `admitted` ones in how many of these."""
    if admitted is None:
        return frequencies(terms, engines.passages)
    return _counted(terms, engines.passages, admitted, of="passages")


def _counted(terms: Sequence[str], parts: Sequence[Lexical], admitted: Admitted, *, of: _Kind) -> list[int]:
    kept = {term: admitted.counts.get((of, term)) for term in terms}
    new = [term for term, count in kept.items() if count is None]
    if new:
        found = dict(zip(new, frequencies(new, parts, only=getattr(admitted, of)), strict=True))
        if len(admitted.counts) > _MOST_COUNTS:
            admitted.counts.clear()
        admitted.counts.update(((of, term), count) for term, count in found.items())
        kept |= found
    return [kept[term] or 0 for term in terms]


def _weights(
    counts: Mapping[str, float], parts: Sequence[Lexical], admitted: Admitted | None, *, of: _Kind
) -> dict[str, float]:
    if admitted is None or not admitted.own_weights:
        return query_weights(counts, parts)
    total = len(getattr(admitted, of))
    return query_weights(counts, parts, known=lambda terms: (total, _counted(terms, parts, admitted, of=of)))


def _nearest(
    vector: NDArray[np.float32],
    pool: int,
    only: Rows | None,
    *,
    catalog: Catalog,
    engines: Engines,
    embedder: str,
) -> tuple[Rows, Scores]:
    if only is not None and len(only) <= _FEW and not all(isinstance(each, ExactVectors) for each in engines.dense):
        own = catalog.vectors_at(only.tolist(), embedder=embedder)
        rows = np.array(sorted(own), np.int64)
        matrix = np.array([own[row] for row in rows.tolist()], np.float32).reshape(len(rows), len(vector))
        return ExactVectors(rows, matrix).search(vector, pool)
    return _best([engine.search(vector, pool, only=only) for engine in engines.dense], pool)


def _cosines(
    vector: NDArray[np.float32], rows: Rows, *, catalog: Catalog, engines: Engines, embedder: str
) -> tuple[Rows, Scores]:
    """Those of `rows`, sorted, that have a vector, with its cosine: out of the engines that compare one by one, which
    is quicker, and of the catalog where these don't hold it."""
    arrays = [engine for engine in engines.dense if engine.by_row]
    found = [engine.search(vector, len(rows), only=rows) for engine in arrays]
    rest = np.setdiff1d(rows, np.concatenate([held for held, _ in found])) if found else rows
    own = catalog.vectors_at(rest.tolist(), embedder=embedder) if len(rest) else {}
    found.append((np.array(sorted(own), np.int64), np.array([own[row] @ vector for row in sorted(own)], np.float32)))
    return _best(found, len(rows))


def fuse(candidates: Candidates) -> Scores:
    """One score a candidate, higher is better: what a search orders its hits by."""
    lexical = candidates.lexical + _DOCUMENT_WEIGHT * candidates.document
    top = float(lexical.max(initial=0.0)) or 1.0
    return (lexical / top + _DENSE_WEIGHT * candidates.dense).astype(np.float32)


def reranked(
    scores: Scores, candidates: Candidates, query: Query, *, depth: int, catalog: Catalog, ranker: Ranker
) -> Scores:
    """`scores` in (0, 1] with the ranker's order of the best `depth`; the others stay behind them in their own."""
    order = np.lexsort((candidates.rows, -scores))
    best, rest = order[:depth], order[depth:]
    shown = closely(best, scores, candidates, catalog=catalog)
    ranked = np.full(len(scores), np.finfo(np.float32).tiny, np.float32)
    if shown:
        ranked[list(shown)] = ranker.rank(query, list(shown.values()))
        least = float(ranked[list(shown)].min())
        top = float(scores[order[0]]) or 1.0
        ranked[rest] = least * np.clip(scores[rest] / top, 1e-3, 0.999)
    return ranked


def closely(best: Rows, scores: Scores, candidates: Candidates, *, catalog: Catalog) -> dict[int, Candidate]:
    """The candidates at the places `best` as a ranker wants them, by place; those just removed are left out."""
    rows = candidates.rows[best]
    # A document's passages have consecutive rows, in order.
    settings = catalog.settings_at(np.unique(np.concatenate([rows - 1, rows, rows + 1])).tolist())

    def beside(row: int, own: Setting) -> str:
        other = settings.get(row)
        return other.passage.text if other is not None and other.document == own.document else ""

    return {
        int(place): Candidate(
            passage=own.passage,
            title=own.title,
            published=own.published,
            before=beside(row - 1, own),
            after=beside(row + 1, own),
            place=own.passage.start / max(1, own.characters),
            characters=own.characters,
            dense=float(candidates.dense[place]),
            lexical=float(candidates.lexical[place]),
            document=float(candidates.document[place]),
            fused=float(scores[place]),
        )
        for place, row in zip(best, rows.tolist(), strict=True)
        if (own := settings.get(row)) is not None
    }


def _best(parts: Sequence[tuple[Rows, Scores]], limit: int) -> tuple[Rows, Scores]:
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    rows = np.concatenate([rows for rows, _ in parts])
    scores = np.concatenate([scores for _, scores in parts])
    order = np.lexsort((rows, -scores))[:limit]
    return rows[order], scores[order]


def _aligned(wanted: Rows, rows: Rows, scores: Scores) -> Scores:
    """`scores` of `wanted` (sorted), 0 where there is none."""
    aligned = np.zeros(len(wanted), np.float32)
    if len(wanted):
        places = np.searchsorted(wanted, rows).clip(max=len(wanted) - 1)
        there = wanted[places] == rows
        aligned[places[there]] = scores[there]
    return aligned


@dataclass(frozen=True)
class _Gist:
    """What is compared to tell whether two passages say the same."""

    squeezed: str
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> _Gist:
        squeezed = "".join(text.split())
        return cls(squeezed, tuple(sorted(_NUMBER.findall(squeezed))))

    @cached_property
    def pairs(self) -> frozenset[tuple[str, ...]]:
        """Its pairs of characters; taken only where the numbers leave it open."""
        return frozenset(pairwise(self.squeezed)) or frozenset([tuple(self.squeezed)])

    def repeats(self, other: _Gist) -> bool:
        """Nearly the same characters, and exactly the same numbers: last year's report reads much like this year's."""
        if self.numbers != other.numbers:
            return False
        few, many = sorted((len(self.pairs), len(other.pairs)))
        if few < _SAME * many:
            return False
        common = len(self.pairs & other.pairs)
        return common >= _SAME * (len(self.pairs) + len(other.pairs) - common)
