"""The dense engine beside libraries for nearest neighbours: `python -m benchmarks.neighbours DATA_DIR`

On the vectors of an index, such as `benchmarks.large` makes: how long each takes to build, p50 and p95 of a search for
200 passages by one thread, and recall@10 against a comparison with every vector. Of the libraries those are tried that
are installed (`pip install hnswlib usearch faiss-cpu`), with the settings that their documentation begins with.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving import questions, timed, told
from index.catalog.catalog import Catalog
from index.embedders.static import shipped
from index.engines.registry import DENSE

Vectors = NDArray[np.float32]
Look = Callable[[Vectors], NDArray[np.int64]]
"""The places of the nearest vectors, 200 of them, the nearest first."""
_WANTED = 200
_LINKS, _BUILD_WIDTH, _WIDTH = 16, 200, 200
"""Of a graph: links of a node, and how many candidates are held while it is built and searched."""


def engines(vectors: Vectors, where: Path) -> Iterator[tuple[str, Callable[[], Look]]]:
    """Each engine's name, and what builds it."""
    rows = np.arange(len(vectors), dtype=np.int64)

    def ours() -> Look:
        DENSE["signs"].build(where, rows, vectors, progress=lambda _: None)
        engine = DENSE["signs"].open(where)
        return lambda vector: engine.search(vector, _WANTED)[0]

    yield "signs", ours
    if find_spec("hnswlib"):
        yield "hnswlib", lambda: _hnswlib(vectors)
    if find_spec("usearch"):
        yield "usearch, 8 bits", lambda: _usearch(vectors)
    if find_spec("faiss"):
        yield "faiss, inverted lists, 8 bits", lambda: _faiss(vectors)


def _hnswlib(vectors: Vectors) -> Look:
    import hnswlib

    graph = hnswlib.Index(space="ip", dim=vectors.shape[1])
    graph.init_index(max_elements=len(vectors), ef_construction=_BUILD_WIDTH, M=_LINKS)
    graph.add_items(vectors)
    graph.set_ef(_WIDTH)
    graph.set_num_threads(1)
    return lambda vector: graph.knn_query(vector, k=_WANTED)[0][0].astype(np.int64)


def _usearch(vectors: Vectors) -> Look:
    from usearch.index import Index

    graph = Index(
        ndim=vectors.shape[1],
        metric="cos",
        dtype="i8",
        connectivity=_LINKS,
        expansion_add=_BUILD_WIDTH,
        expansion_search=_WIDTH,
    )
    graph.add(np.arange(len(vectors)), vectors)
    return lambda vector: graph.search(vector, _WANTED).keys.astype(np.int64)


def _faiss(vectors: Vectors) -> Look:
    import faiss

    lists = int(4 * np.sqrt(len(vectors)))
    index = faiss.index_factory(vectors.shape[1], f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:: max(1, len(vectors) // (64 * lists))])
    index.add(vectors)
    index.nprobe = lists // 16
    faiss.omp_set_num_threads(1)
    return lambda vector: index.search(vector[np.newaxis], _WANTED)[1][0]


def recall(look: Look, vectors: Vectors, asked: Sequence[Vectors]) -> float:
    """Of the ten nearest, the share that is found; as near ones count alike."""
    found = 0
    for vector in asked:
        scores = vectors @ vector
        least = np.partition(scores, -10)[-10]
        found += min(10, int(np.sum(scores[look(vector)[:10]] >= least - 1e-5)))
    return found / (10 * len(asked))


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path)
    given = arguments.parse_args()
    catalog = Catalog(given.data / "catalog.sqlite3")
    with catalog.reading() as connection:
        _, vectors = catalog.vectors(connection, embedder=shipped().name, dimension=shipped().dimension)
    asked = [shipped().encode_query(each) for each in questions(catalog, 200)]
    catalog.close()
    print(f"{len(vectors)} vectors")
    with tempfile.TemporaryDirectory() as name:
        for called, build in engines(vectors, Path(name, "signs")):
            built: list[Look] = []
            told(f"{called}, building", [timed(lambda: built.append(build()))])  # noqa: B023
            told(called, [timed(lambda: built[0](each)) for each in asked])  # noqa: B023
            print(f"{called}: recall@10 {recall(built[0], vectors, asked[:100]):.4f}", flush=True)


if __name__ == "__main__":
    main()
