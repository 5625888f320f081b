"""The lexical engine: BM25 in tantivy, over the words that `index.words` makes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from index.engines.protocols import Entry, Lexical, Rows, Scores, among, engine_errors, widening
from index.words import words

CONTEXT_WEIGHT = 0.3
"""What a word in the title or heading counts beside the same word in the passage."""
Known = Callable[[Sequence[str]], tuple[int, Sequence[int]]]
"""How many passages there are, and in how many of them each term stands."""
_HEAP_BYTES = 64_000_000
_K1 = 1.2  # tantivy's own, not adjustable there
SATURATION = _K1 + 1
"""The most that repeating a term can multiply its weight by."""
_MOST_TERMS = 200
"""Words looked up; of a longer question (a pasted page) the most telling ones."""
_FETCHED = 2_000
"""Passages with a word that are looked at for how many of them are admitted."""
_KNOWN_TERMS = 20_000
"""Terms whose frequency is remembered, some 200 bytes each."""
_MANY = 50_000
"""Passages, or documents, from which on not every word is looked for."""
_LEAST_TELLING = 0.2
"""Of the weight of a query's rarest word, what another must have to be looked for among many."""
_TELLING = 20
"""So many of them tell the share; fewer don't."""


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True, indexed=True)
    # "freq" leaves positions out: pairs of characters do what phrases would, and the index is half the size.
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("context", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class WordIndex:
    """BM25 over two fields, with the terms' weights given by the caller.

    Several indexes that each hold a part of the corpus give comparable scores when they are asked with the same
    weights, because the rarity that tantivy would take from its own part is divided out.
    """

    def __init__(self, index: Any) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = searcher = index.searcher()
        # Asked some hundred times a search. What is added later is in a searcher of its own.
        self._frequency = lru_cache(maxsize=_KNOWN_TERMS)(lambda field, term: int(searcher.doc_freq(field, term)))

    @classmethod
    def build(cls, entries: Iterable[Entry], path: Path | None = None) -> WordIndex:
        """An index of `entries` in the directory `path`, which must be empty or new, or in memory."""
        if path is None:
            index = tantivy.Index(_schema())
        else:
            path.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(_schema(), path=str(path), reuse=False)
        _reload_only_on_demand(index)
        _add(index, entries)
        return cls(index)

    @classmethod
    def open(cls, path: Path) -> WordIndex:
        """The index that lies in `path`; raises EngineError when it can't be read."""
        with engine_errors(f"{path}: tantivy can't open it"):
            index = tantivy.Index.open(str(path))
            _reload_only_on_demand(index)
            return cls(index)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def frequencies(self, terms: Sequence[str], *, only: Rows | None = None) -> list[int]:
        """In how many passages' texts each term stands; with `only`, sorted rows, in how many of these.

        Of a word in more than 2,000 passages the share among the admitted ones is taken from so many, unless it tells
        too little; so 0 always means that none has it.
        """
        counts = [self._frequency("text", term) for term in terms]
        if only is None:
            return counts
        return [self._among(term, count, only) for term, count in zip(terms, counts, strict=True)]

    def search(self, weights: dict[str, float], limit: int, *, only: Rows | None = None) -> tuple[Rows, Scores]:
        """At most `limit` rows with their sums of weight × saturated term frequency, best first; equal ones by row.

        With `only`, sorted rows, the best of these.
        """
        query = self._query(weights)
        if query is None or limit < 1 or (only is not None and not len(only)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if only is None:
            return self._found(query, limit)
        # To look at a few more is quicker than to name many rows, each of which costs about as much as four more hits.
        least = limit * (1 + len(self) // len(only))
        most = 1_000 + 4 * len(only)
        found = widening(lambda wanted: self._found(query, wanted), limit, only, least=least, most=most)
        return self._found(self._limited(query, only), limit) if found is None else found

    def holding(self, terms: Collection[str]) -> Rows:
        """The rows of every passage in whose text all the terms stand, in no order."""
        clauses = [
            (tantivy.Occur.Must, tantivy.Query.term_query(self._schema, "text", term, "freq")) for term in set(terms)
        ]
        if not clauses or not len(self):
            return np.empty(0, np.int64)
        hits = self._searcher.search(tantivy.Query.boolean_query(clauses), len(self), count=False).hits
        addresses = [address for _, address in hits]
        return np.array(self._searcher.fast_field_values("row", addresses), dtype=np.int64)

    def rows(self) -> Rows:
        """Every row that it holds, in no order."""
        everything = self._searcher.search(tantivy.Query.all_query(), max(1, len(self)), count=False).hits
        addresses = [address for _, address in everything]
        return np.array(self._searcher.fast_field_values("row", addresses), dtype=np.int64)

    def extended(self, entries: Iterable[Entry]) -> WordIndex:
        """An engine that knows `entries` too; this one goes on answering as before. For indexes in memory."""
        return WordIndex(self._index) if _add(self._index, entries) else self

    def close(self) -> None:
        """Nothing to do: tantivy's files are mapped, and go when the last reference does."""

    def _query(self, weights: dict[str, float]) -> Any:
        """What finds passages with any of the words; None where none of them stands anywhere."""
        clauses = []
        for field, field_weight in (("text", 1.0), ("context", CONTEXT_WEIGHT)):
            for term, weight in weights.items():
                own = self._own_weight(field, term)
                if own > 0:
                    query = tantivy.Query.term_query(self._schema, field, term, "freq")
                    boosted = tantivy.Query.boost_query(query, field_weight * weight / own)
                    clauses.append((tantivy.Occur.Should, boosted))
        return tantivy.Query.boolean_query(clauses) if clauses else None

    def _limited(self, query: Any, only: Rows) -> Any:
        """The same query of these rows alone, with the same scores."""
        rows = tantivy.Query.term_set_query(self._schema, "row", only.tolist())
        admitted = (tantivy.Occur.Must, tantivy.Query.const_score_query(rows, 0.0))
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), admitted])

    def _found(self, query: Any, limit: int) -> tuple[Rows, Scores]:
        with engine_errors("tantivy can't search"):
            hits = self._searcher.search(query, limit, count=False).hits
            rows = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

    def _among(self, term: str, count: int, only: Rows) -> int:
        """In how many of `only` a term stands that stands in `count` passages."""
        if not count or not len(only):
            return 0
        query = tantivy.Query.term_query(self._schema, "text", term, "freq")
        if len(only) * 4 > count:  # otherwise naming the rows is quicker
            rows, _ = self._found(query, _FETCHED)
            kept = int(among(rows, only).sum())
            if count <= _FETCHED:
                return kept
            if kept >= _TELLING:
                return min(round(kept / len(rows) * count), len(only))
        with engine_errors("tantivy can't search"):
            return int(self._searcher.search(self._limited(query, only), 1, count=True).count)

    def _own_weight(self, field: str, term: str) -> float:
        """The factor that tantivy applies to `term` by itself: its idf in this part × (k1 + 1)."""
        frequency = self._frequency(field, term)
        if not frequency:
            return 0.0
        return idf(len(self), frequency) * SATURATION


def idf(passages: int, frequency: int) -> float:
    """How much a term tells that stands in `frequency` of `passages` passages (Lucene's, never negative)."""
    frequency = min(frequency, passages)
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def frequencies(terms: Sequence[str], parts: Sequence[Lexical], *, only: Rows | None = None) -> list[int]:
    """In how many passages each term stands, in all parts together; with `only`, sorted rows, in how many of these."""
    if not parts:
        return [0] * len(terms)
    return [sum(each) for each in zip(*(part.frequencies(terms, only=only) for part in parts), strict=True)]


def query_weights(
    counts: Mapping[str, float], parts: Sequence[Lexical], *, known: Known | None = None
) -> dict[str, float]:
    """What each word of a query weighs, by its count there and by how rare it is in all parts together; words that
    stand nowhere are left out. `known` tells how rare they are where that isn't what the parts tell."""
    terms = list(counts)
    total, found = known(terms) if known else (sum(map(len, parts)), frequencies(terms, parts))
    weights = {
        term: counts[term] * idf(total, frequency) * SATURATION
        for term, frequency in zip(terms, found, strict=True)
        if frequency
    }
    return dict(sorted(weights.items(), key=lambda item: -item[1])[:_MOST_TERMS])


def telling(weights: dict[str, float], parts: Sequence[Lexical]) -> dict[str, float]:
    """The words that a large corpus is searched for: those that weigh next to nothing stand in most of its passages and
    take most of the time. A small one is searched for all."""
    if sum(map(len, parts)) < _MANY:
        return weights
    least = _LEAST_TELLING * max(weights.values(), default=0.0)
    return {term: weight for term, weight in weights.items() if weight >= least}


def library() -> tuple[str, str]:
    """Name and version of what writes the files of a word index."""
    return "tantivy", metadata.version("tantivy")


def _reload_only_on_demand(index: Any) -> None:
    """Otherwise a thread reloads after each commit too, and one that comes late puts the state before back."""
    index.config_reader(reload_policy="Manual")


def _add(index: Any, entries: Iterable[Entry]) -> bool:
    """Whether there was anything to add: a writer costs some 10 ms even when it has nothing to do."""
    entries = iter(entries)
    first = next(entries, None)
    if first is None:
        return False
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for entry in chain([first], entries):
        document = tantivy.Document()
        document.add_unsigned("row", entry.row)  # as a keyword of the constructor it kills the writer
        document.add_text("text", " ".join(words(entry.text)))
        document.add_text("context", " ".join(words(entry.context)))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return True
