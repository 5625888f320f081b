"""Filters inside the search: `python -m benchmarks.filters [--files 2000] [--queries 40] [--chosen 0.5 0.1 0.01 0.001]`

For filters that admit so large a share of the passages, in one run:

- recall: of the ten best admitted passages by a look at everything, how many each engine finds;
- milliseconds of each engine, and of the whole hybrid search, p50 and p95, beside those without a filter;
- the first search through a filter, which works out what it admits.

Texts are those of `benchmarks.indexing`, the questions are clauses out of them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.indexing import texts
from index.engines.bm25 import query_weights
from index.engines.exact import ExactVectors
from index.engines.protocols import Dense, Rows, Scores
from index.engines.registry import DENSE, EXACT_LIMIT
from index.filters import OPEN, Filter
from index.index import Index
from index.words import words

Look = Callable[..., tuple[Rows, Scores]]
"""An engine's search."""


def main() -> None:
    """Prints the figures as JSON, a line an engine and share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--chosen", type=float, nargs="+", default=[0.5, 0.1, 0.01, 0.001])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "files"
        folder.mkdir()
        for number, text in enumerate(islice(texts(), asked.files)):
            (folder / f"{number:06}.txt").write_text(text, encoding="utf8")
        from index.embedders.static import shipped

        with Index.open(Path(made) / "data", embedder=shipped(), exact_limit=EXACT_LIMIT) as index:
            index.update([folder])
            measure(index, Path(made), queries=asked.queries, shares=asked.chosen)


def measure(index: Index, where: Path, *, queries: int, shares: Sequence[float]) -> None:
    """Prints what each engine finds and costs through filters that admit these shares of the passages."""
    luck = random.Random(7)
    infos = index.documents()
    questions = [_clause(index.document(info.id).text, luck) for info in luck.sample(infos, queries)]
    moment = index.moment()
    with moment:
        snapshot = moment.engines
        assert snapshot is not None
        catalog = index._catalog
        with catalog.reading() as connection:
            rows, vectors = catalog.vectors(
                connection, embedder=snapshot.embedder.name, dimension=snapshot.embedder.dimension
            )
        lexical = snapshot.engines.passages
        engines: dict[str, tuple[Look, list[Any]]] = {}
        weights = [query_weights(dict.fromkeys(words(question), 1.0), lexical) for question in questions]
        for number, part in enumerate(lexical):
            engines[f"lexical {number}, {len(part)} passages"] = (part.search, weights)
        encoded = [snapshot.embedder.encode_query(question) for question in questions]
        for name, dense in {"exact": ExactVectors(rows, vectors), **_built(where, rows, vectors)}.items():
            engines[name] = (dense.search, encoded)
        for share in shares:
            chosen = _documents(infos, share * len(rows), luck)
            with catalog.reading() as connection:
                query = "SELECT n FROM passages WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY n"
                only = np.array(connection.exec_driver_sql(query, (json.dumps(chosen),)).scalars().all(), np.int64)
            for name, (look, given) in engines.items():
                _engine(name, look, given, only, share=share, truth=_least(name, given, only, rows, vectors, lexical))
            _hybrid(index, questions, Filter.of(documents=chosen), share=share)
        _hybrid(index, questions, OPEN, share=1.0)
    moment.close()


def _built(where: Path, rows: Rows, vectors: Any) -> dict[str, Dense]:
    kept = vectors.any(axis=1)
    for name, engine in DENSE.items():
        engine.build(where / f"engine-{name}", rows[kept], vectors[kept], progress=lambda _: None)
    return {name: engine.open(where / f"engine-{name}") for name, engine in DENSE.items()}


def _least(
    name: str, given: Sequence[Any], only: Rows, rows: Rows, vectors: Any, lexical: Sequence[Any]
) -> list[list[float]]:
    """The scores of the ten best of the admitted, by a look at everything; of equal ones any may be found."""
    if not name.startswith("lexical"):
        held = vectors[np.isin(rows, only)]
        return [sorted((held @ vector).tolist(), reverse=True)[:10] for vector in given]
    part = lexical[int(name.split()[1].strip(","))]
    found = (part.search(weights, len(part)) for weights in given)
    return [scores[np.isin(all_rows, only)][:10].tolist() for all_rows, scores in found]


def _engine(
    name: str, look: Look, given: Sequence[Any], only: Rows, *, share: float, truth: Sequence[list[float]]
) -> None:
    spent: dict[str, list[float]] = {"without": [], "with": []}
    recalls = []
    for each, best in zip(given, truth, strict=True):
        for kind, admitted in (("without", None), ("with", only)):
            began = time.perf_counter()
            _, scores = look(each, 10, only=admitted)
            spent[kind].append(time.perf_counter() - began)
        if best:
            recalls.append(float((scores >= best[-1] - 1e-4).sum()) / len(best))
    told = {f"{kind} ms": _percentiles(values) for kind, values in spent.items()}
    print(json.dumps({"engine": name, "share": share, "recall": round(float(np.mean(recalls)), 4), **told}))


def _hybrid(index: Index, questions: Sequence[str], through: Filter, *, share: float) -> None:
    spent = []
    for question in questions:
        began = time.perf_counter()
        index.search(question, through=through)
        spent.append(time.perf_counter() - began)
    first = round(1000 * spent[0], 1)
    print(json.dumps({"engine": "hybrid", "share": share, "first ms": first, "ms": _percentiles(spent[1:])}))


def _percentiles(seconds: Sequence[float]) -> list[float]:
    return [round(float(each), 2) for each in 1000 * np.percentile(seconds, [50, 95])]


def _documents(infos: Sequence[Any], passages: float, luck: random.Random) -> list[str]:
    """Documents by chance, with about so many passages together."""
    chosen: list[str] = []
    count = 0
    for info in luck.sample(infos, len(infos)):
        if chosen and count >= passages:
            break
        chosen.append(info.id)
        count += info.passages
    return chosen


def _clause(text: str, luck: random.Random) -> str:
    clauses = [each for each in re.split(r"[，。；\n]", text) if len(each) >= 6]
    return luck.choice(clauses)[:40] if clauses else text[:20]


if __name__ == "__main__":
    main()
