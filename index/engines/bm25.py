"""The lexical engine: BM25 in tantivy, over the words that `index.words` makes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from index.engines.protocols import Entry, Lexical, Rows, Scores, engine_errors
from index.words import words

CONTEXT_WEIGHT = 0.3
"""What a word in the title or heading counts beside the same word in the passage."""
_HEAP_BYTES = 64_000_000
_K1 = 1.2  # tantivy's own, not adjustable there
SATURATION = _K1 + 1
"""The most that repeating a term can multiply its weight by."""
_MOST_TERMS = 200
"""Words looked up; of a longer question (a pasted page) the most telling ones."""


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True)
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
        self._searcher = index.searcher()

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

    def frequencies(self, terms: Sequence[str]) -> list[int]:
        """In how many passages' texts each term stands."""
        return [self._searcher.doc_freq("text", term) for term in terms]

    def search(self, weights: dict[str, float], limit: int) -> tuple[Rows, Scores]:
        """At most `limit` rows with their sums of weight × saturated term frequency, best first; equal ones by row."""
        clauses = []
        for field, field_weight in (("text", 1.0), ("context", CONTEXT_WEIGHT)):
            for term, weight in weights.items():
                own = self._own_weight(field, term)
                if own > 0:
                    query = tantivy.Query.term_query(self._schema, field, term, "freq")
                    boosted = tantivy.Query.boost_query(query, field_weight * weight / own)
                    clauses.append((tantivy.Occur.Should, boosted))
        if not clauses or limit < 1:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        with engine_errors("tantivy can't search"):
            hits = self._searcher.search(tantivy.Query.boolean_query(clauses), limit, count=False).hits
            rows = np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]

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

    def _own_weight(self, field: str, term: str) -> float:
        """The factor that tantivy applies to `term` by itself: its idf in this part × (k1 + 1)."""
        frequency = self._searcher.doc_freq(field, term)
        if not frequency:
            return 0.0
        return idf(len(self), frequency) * SATURATION


def idf(passages: int, frequency: int) -> float:
    """How much a term tells that stands in `frequency` of `passages` passages (Lucene's, never negative)."""
    frequency = min(frequency, passages)
    return math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5))


def frequencies(terms: Sequence[str], parts: Sequence[Lexical]) -> list[int]:
    """In how many passages each term stands, in all parts together."""
    if not parts:
        return [0] * len(terms)
    return [sum(each) for each in zip(*(part.frequencies(terms) for part in parts), strict=True)]


def query_weights(counts: Mapping[str, float], parts: Sequence[Lexical]) -> dict[str, float]:
    """What each word of a query weighs, by its count there and by how rare it is in all parts together; words that
    stand nowhere are left out."""
    terms = list(counts)
    total = sum(map(len, parts))
    weights = {
        term: counts[term] * idf(total, frequency) * SATURATION
        for term, frequency in zip(terms, frequencies(terms, parts), strict=True)
        if frequency
    }
    return dict(sorted(weights.items(), key=lambda item: -item[1])[:_MOST_TERMS])


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
