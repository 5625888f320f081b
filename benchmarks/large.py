"""A library of so many passages: `python -m benchmarks.large DATA_DIR [--passages 1000000]`

Files are not read: documents are written through the catalog's own writer, so that a million passages stand there
within the hour. How fast files are read is another question (`benchmarks.indexing`). The first are the news, laws and
broadcasts of `../shared/data`, taken in like any text, but figures are read of one in `FIGURED` alone, as that takes
longest. Those after `REAL` passages are put together of these: each of their passages has the sentences of two others
in turn, and for a vector the mean of both's, as the static embedder's would nearly be; their gists are drawn by chance,
so that none is taken for a copy. Each document has a publisher and a date by its number.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.indexing import texts
from index.catalog.catalog import Catalog
from index.catalog.rows import Answering, Content, FileRow
from index.catalog.writer import Writer
from index.embedders.static import shipped
from index.engines.registry import Choice
from index.upkeep import copies, generations
from index.upkeep.embedding import embedded_text, vector_key
from index.upkeep.updates import READING
from sources.documents import Document
from sources.figures.prose import extract_figures
from sources.likeness import VALUES, VERSION, gist
from sources.passages import Passage, split
from sources.relations import relations

_DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
FIGURED = 10
REAL = 200_000
_FIRST_MIXED = 1_000_000
_OF_ONE = 5
"""Passages in a document that is put together."""
_LONGEST = 260
_AT_ONCE = 500
_TITLE = 40
_BODIES = ("市政府办公室", "农业农村局", "人力资源和社会保障局", "发展和改革委员会", "统计局", "教育局", "交通运输局")


def real_texts() -> Iterator[str]:
    """News and laws, then broadcasts; made ones, for ever, where there are none."""
    yield from texts()
    broadcasts = _DATA / "training" / "broadcasts.jsonl.xz"
    if broadcasts.is_file():
        with lzma.open(broadcasts, "rt", encoding="utf8") as lines:
            for record in map(json.loads, lines):
                yield f"{record['title']}\n{record['body']}"


@dataclass(frozen=True, slots=True)
class Made:
    """A document as it is written, with a vector for each passage."""

    content: Content
    vectors: NDArray[np.float32]


def made(numbered: tuple[int, str]) -> Made | None:
    """The document of a text; None where nothing of it can be kept."""
    number, text = numbered
    text = "\n".join(line.strip() for line in text.encode("utf8", "ignore").decode().splitlines() if line.strip())
    document = _document(number, text.split("\n")[0], text)
    passages = tuple(split(document))
    if not passages:
        return None
    embedded = [embedded_text(title=document.title, heading=each.heading, text=each.text) for each in passages]
    figures = tuple(extract_figures(document)) if number % FIGURED == 0 else ()
    keys = tuple(map(vector_key, embedded))
    told = tuple(relations(document))
    content = Content(document, passages, keys, figures, READING, told, gist(text))
    return Made(content, shipped().encode(embedded))


def fill(catalog: Catalog, passages: int, *, real: int = REAL, processes: int = 2) -> None:
    """Writes documents until so many passages are there, in transactions of some hundred documents."""
    with catalog.writing() as writer:
        held = _taken(catalog, writer, min(real, passages), processes)
        _mixed(catalog, writer, passages, held)
        embedder = shipped()
        catalog.answer_with(Answering(embedder.name, embedder.dimension, embedder.origin))
        began = time.monotonic()
        copies.settle(catalog, writer)
        print(f"copies looked for in {time.monotonic() - began:.0f} s", flush=True)


def _taken(catalog: Catalog, writer: Writer, passages: int, processes: int) -> int:
    """Real texts, taken in; gives back how many passages there are."""
    with catalog.reading() as connection:
        held, numbered = catalog.count_passages(connection), enumerate(real_texts())
    with Pool(processes) as pool:
        coming = pool.map_async(made, islice(numbered, _AT_ONCE), chunksize=16)
        while held < passages:
            there = [each for each in coming.get() if each is not None]
            coming = pool.map_async(made, islice(numbered, _AT_ONCE), chunksize=16)
            if not there:
                break
            held = _written(writer, there, held)
        pool.terminate()
    return held


def _mixed(catalog: Catalog, writer: Writer, passages: int, held: int) -> None:
    """Documents of the sentences of others, until so many passages are there."""
    luck = np.random.default_rng(7)
    with catalog.reading() as connection:
        rows, vectors = catalog.vectors(connection, embedder=shipped().name, dimension=shipped().dimension, upto=REAL)
        texts = {row.row: (row.title, row.text) for row in catalog.passage_rows(connection, upto=REAL)}
    number = _FIRST_MIXED + held
    while held < passages:
        there = []
        for _ in range(_AT_ONCE):
            chosen = luck.integers(len(rows), size=(_OF_ONE, 2))
            sides = [[texts[int(rows[at])] for at in pair] for pair in chosen]
            title = "与".join(each[0][:12] for each in sides[0])
            bodies = ["".join(_in_turn(*(text for _, text in pair))) for pair in sides]
            document = _document(number, title, "\n".join([title, *bodies]))
            starts = np.cumsum([len(title) + 1, *(len(body) + 1 for body in bodies)]).tolist()
            parts = tuple(
                Passage(f"{document.id}:{start}-{start + len(body)}", document.id, body, start, start + len(body), "")
                for start, body in zip(starts, bodies, strict=False)
            )
            keys = tuple(vector_key(f"{title}\n{body}") for body in bodies)
            by_chance = bytes([VERSION]) + luck.bytes(4 * VALUES + 8)
            there.append(Made(Content(document, parts, keys, (), READING, (), by_chance), vectors[chosen].sum(axis=1)))
            number += 1
        held = _written(writer, there, held)


def _in_turn(one: str, other: str) -> Iterator[str]:
    """The sentences of both in turn, as far as a passage goes."""
    length = 0
    for pair in zip(one.split("。"), other.split("。"), strict=False):
        for sentence in pair:
            if sentence.strip() and length < _LONGEST:
                yield f"{sentence.strip()}。"
                length += len(sentence)


def _written(writer: Writer, documents: Sequence[Made], held: int) -> int:
    rows = [(_file_of(each.content), each.content) for each in documents]
    vectors = {
        key: vector for each in documents for key, vector in zip(each.content.vector_keys, each.vectors, strict=True)
    }
    writer.put(rows, vectors=vectors, embedder=shipped().name)
    held += sum(len(each.content.passages) for each in documents)
    print(f"{held} passages after {time.process_time():.0f} s of processor time", flush=True)
    return held


def _document(number: int, title: str, text: str) -> Document:
    digest = hashlib.sha256(f"{number}\n{text}".encode()).hexdigest()
    return Document(
        id=digest[:16],
        title=title[:_TITLE],
        text=text,
        uri=f"/library/{number // 1000:04}/{number:07}.txt",
        sha256=digest,
        publisher=_BODIES[number % len(_BODIES)],
        published=f"{2010 + number % 16}-{number % 12 + 1:02}-{number % 28 + 1:02}",
    )


def _file_of(content: Content) -> FileRow:
    document = content.document
    return FileRow(document.uri, len(document.text), 1, document.sha256, READING, document.id, None)


def main() -> None:
    """Makes the library and its engines, and tells how long each took."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--passages", type=int, default=1_000_000)
    arguments.add_argument("--no-engines", action="store_true")
    given = arguments.parse_args()
    catalog = Catalog(given.data / "catalog.sqlite3")
    fill(catalog, given.passages)
    if not given.no_engines:
        began = time.monotonic()
        generations.build(
            catalog,
            given.data / "generations",
            embedder=shipped().name,
            dimension=shipped().dimension,
            dense=Choice().dense(given.passages),
        )
        print(f"engines built in {time.monotonic() - began:.0f} s")
    catalog.close()


if __name__ == "__main__":
    main()
