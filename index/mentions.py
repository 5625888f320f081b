"""Mentions: all the documents in which words stand as they are written, not only those that fit a question best."""

from __future__ import annotations

from collections.abc import Sequence

from index.catalog.catalog import Catalog
from index.engines.protocols import Lexical
from index.words import words


def mentioning(text: str, *, catalog: Catalog, passages: Sequence[Lexical]) -> list[tuple[str, int]]:
    """The ids of the documents in one of whose passages `text` stands, in the order in which they came, each with the
    offset of the first of these passages; copies of other documents apart.

    The word index says which passages can hold it, so that nothing else is read.
    """
    terms = words(text)
    pairs = [term for term in terms if len(term) > 1] or terms
    rows = sorted({row for engine in passages for row in engine.holding(pairs).tolist()})
    # The index knows that all the pairs are there, but not that they follow on each other.
    return catalog.mentioning(rows, text if len(set(pairs)) > 1 else "")
