"""What a library of any size takes to open, to search and to change: `python -m benchmarks.serving DATA_DIR [--beside]`

DATA_DIR is an index, such as `benchmarks.large` makes. In one process, one question after the other:

- opening and the first question, with all that is put together for the whole library (standings, metric names);
- search p50, p95 and p99 by words, by meaning, and of both with the ranker; recall@10 of the dense engine against a
  comparison with every vector;
- a document added, and found; removed, and gone; then the next question, with what is kept for the library;
- the greatest memory.

`--beside` times others on the same passages and questions: bm25s, SQLite FTS5 (by pairs of characters, as its own
tokenizers find no Chinese words), Chroma with the same vectors, and LangChain's Chroma as its tutorials fill it, with
the embedder that is used here (a network would take a hundred times as long). Times are of the wall and, as the machine
may be shared, of the processor.
"""

from __future__ import annotations

import argparse
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.catalog.catalog import Catalog
from index.embedders.static import shipped
from index.engines.bm25 import query_weights, telling
from index.engines.exact import ExactVectors
from index.index import Index
from index.queries.queries import wording
from index.words import words

_QUESTIONS, _ASKED = 200, 40
"""How many, and the characters of each."""
_MOST_AT_ONCE = 5000
"""Texts that Chroma takes in one call."""
_NEW = "白鹭湾渡口开放时间\n白鹭湾渡口每日6时开放，19时关闭。"
_ASKS_NEW = "白鹭湾渡口几时开放"


def timed(what: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the wall and of the processor."""
    began, spent = time.perf_counter(), time.process_time()
    what()
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - spent)


def told(name: str, each: Sequence[tuple[float, float]]) -> None:
    """Prints percentiles of these times."""
    wall, processor = np.percentile(np.array(each), [50, 95, 99], axis=0).T.tolist()
    print(f"{name:<34} p50 {wall[0]:8.1f} p95 {wall[1]:8.1f} p99 {wall[2]:8.1f} ms; "
          f"of the processor {processor[0]:8.1f} {processor[1]:8.1f} {processor[2]:8.1f}", flush=True)  # fmt: skip


def questions(catalog: Catalog, count: int) -> list[str]:
    """Stretches out of passages from all over the library."""
    luck = random.Random(7)
    with catalog.reading() as connection:
        last, _ = catalog.last_rows(connection)
    held = catalog.passages_at(sorted(luck.sample(range(1, last + 1), min(2 * count, last))))
    texts = [each.text for each in held.values() if len(each.text) > 2 * _ASKED]
    return [text[len(text) // 3 :][:_ASKED] for text in texts[:count]]


def serving(data: Path) -> list[str]:
    """Opens, searches and changes the index; gives back the questions."""
    opened: list[Index] = []
    told("opening", [timed(lambda: opened.append(Index.open(data, embedder=shipped())))])
    index = opened[0]
    catalog = index._catalog
    asked = questions(catalog, _QUESTIONS)
    told("first search", [timed(lambda: index.search(asked[0]))])
    told("standings, the first time", [timed(index.standings)])
    told("metric names, the first time", [timed(lambda: index.lookups.names().near("农村居民人均可支配收入"))])
    engines = index._snapshots.current().engines
    weights = [
        query_weights(wording(each, lambda terms: [1] * len(terms), is_mended=True).words, engines.passages)
        for each in asked
    ]
    vectors = [shipped().encode_query(each) for each in asked]
    for name, parts, most in (("passages", engines.passages, 200), ("documents", engines.documents, 1000)):
        looked_for = [telling(own, parts) for own in weights]
        told(f"by words, {name}", [timed(lambda: [e.search(own, most) for e in parts]) for own in looked_for])  # noqa: B023
    told("by meaning", [timed(lambda: [e.search(own, 200) for e in engines.dense]) for own in vectors])  # noqa: B023
    told("both, ranked", [timed(lambda: index.search(each, k=10, mended=True)) for each in asked])  # noqa: B023
    told("both, ranked, again", [timed(lambda: index.search(each, k=10, mended=True)) for each in asked])  # noqa: B023
    print(f"recall@10 by meaning {recall(index, vectors[:50]):.4f}")
    changes(index)
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    index.close()
    return asked


def recall(index: Index, vectors: Sequence[np.ndarray]) -> float:
    """Of the ten nearest by the kept vectors, the share that the engines find; as near ones count alike."""
    catalog, engines = index._catalog, index._snapshots.current().engines
    least = np.full((len(vectors), 10), -1.0, np.float32)
    with catalog.reading() as connection:
        last, _ = catalog.last_rows(connection)
        for after in range(0, last, 100_000):
            part = catalog.vectors(
                connection, embedder=shipped().name, dimension=shipped().dimension, after=after, upto=after + 100_000
            )
            exact = ExactVectors(*part)
            for number, vector in enumerate(vectors):
                both = np.concatenate([least[number], exact.search(vector, 10)[1]])
                least[number] = np.sort(both)[-10:]
    found = 0
    for number, vector in enumerate(vectors):
        scores = np.sort(np.concatenate([engine.search(vector, 10)[1] for engine in engines.dense]))[-10:]
        found += int(np.sum(scores >= least[number][0] - 1e-5))
    return found / (10 * len(vectors))


def changes(index: Index) -> None:
    """Times documents that come and go, and the next question after each."""
    index.stay_ready()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        index.update([folder])
        path = folder / "渡口.txt"

        def update(found: bool) -> None:
            index.update(changed=[path])
            assert found == any("白鹭湾渡口" in hit.passage.text for hit in index.search(_ASKS_NEW, k=3))

        path.write_text(_NEW, encoding="utf8")
        told("one document added, and found", [timed(lambda: update(True))])
        path.write_text(f"{_NEW}冬季18时关闭。", encoding="utf8")
        told("changed, by the process that read it", [timed(lambda: update(True))])
        told("standings after it", [timed(index.standings)])
        told("metric names after it", [timed(lambda: index.lookups.names().near("农村居民人均可支配收入"))])
        path.unlink()
        told("removed, and gone", [timed(lambda: update(False))])
        index.remove([folder])


def beside(data: Path, asked: Sequence[str]) -> None:
    """The same passages and questions in other engines."""
    import bm25s  # type: ignore[import-untyped]

    from index.engines.registry import DENSE

    catalog = Catalog(data / "catalog.sqlite3")
    with catalog.reading() as connection:
        texts = [row.text for row in catalog.passage_rows(connection)]
        rows, vectors = catalog.vectors(connection, embedder=shipped().name, dimension=shipped().dimension)
    vocabulary: dict[str, int] = {}
    tokens = [[vocabulary.setdefault(word, len(vocabulary)) for word in words(text)] for text in texts]
    searched = bm25s.BM25()
    told("bm25s, building", [timed(lambda: searched.index((tokens, vocabulary), show_progress=False))])
    ids = [[[vocabulary[word] for word in words(each) if word in vocabulary]] for each in asked]
    told("bm25s", [timed(lambda: searched.retrieve(each, k=200, show_progress=False)) for each in ids])  # noqa: B023

    with tempfile.TemporaryDirectory() as name:
        fts = sqlite3.connect(Path(name, "fts.sqlite3"))
        fts.execute("CREATE VIRTUAL TABLE held USING fts5(text, content='')")
        spaced = (" ".join(words(text)) for text in texts)
        filled = "INSERT INTO held(rowid, text) VALUES (?, ?)"
        told("SQLite FTS5, building", [timed(lambda: fts.executemany(filled, enumerate(spaced, 1)))])
        best = "SELECT rowid FROM held WHERE held MATCH ? ORDER BY rank LIMIT 200"
        wanted = [" OR ".join(f'"{word}"' for word in dict.fromkeys(words(each))) for each in asked[:50]]
        told("SQLite FTS5", [timed(lambda: fts.execute(best, (each,)).fetchall()) for each in wanted])  # noqa: B023
        fts.close()
        for kind, engine in DENSE.items():
            path = Path(name, kind)
            told(f"{kind}, building", [timed(lambda: engine.build(path, rows, vectors, progress=lambda _: None))])  # noqa: B023
            dense = engine.open(path)
            own = [shipped().encode_query(each) for each in asked]
            told(kind, [timed(lambda: dense.search(each, 200)) for each in own])  # noqa: B023
            dense.close()
        tutorial(Path(name, "tutorial"), texts, asked)
    catalog.close()


def tutorial(path: Path, texts: Sequence[str], asked: Sequence[str]) -> None:
    """LangChain's Chroma on the texts, embedded by the static embedder."""
    from langchain_chroma import Chroma
    from langchain_core.embeddings import Embeddings

    class Static(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return shipped().encode(texts).tolist()  # type: ignore[no-any-return]

        def embed_query(self, text: str) -> list[float]:
            return shipped().encode_query(text).tolist()  # type: ignore[no-any-return]

    store = Chroma("tutorial", Static(), persist_directory=str(path))

    def fill() -> None:
        for start in range(0, len(texts), _MOST_AT_ONCE):
            store.add_texts(list(texts[start : start + _MOST_AT_ONCE]))

    told("LangChain + Chroma, building", [timed(fill)])
    told("LangChain + Chroma", [timed(lambda: store.similarity_search(each, k=4)) for each in asked])  # noqa: B023
    size = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    print(f"LangChain + Chroma: {size / len(texts):.0f} bytes a passage, with its text")


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--beside", action="store_true")
    given = arguments.parse_args()
    asked = serving(given.data)
    if given.beside:
        beside(given.data, asked)


if __name__ == "__main__":
    main()
