"""Embedding: which text stands for a passage, and a vector for each passage"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.catalog.catalog import Catalog
from index.catalog.rows import PassageRow
from index.embedders.embedder import EmbedderError
from index.upkeep.progress import Progress

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

_EMBEDDED_AT_ONCE = 64
"""What a kill or a server's failure in the middle costs at most."""
_SAMPLED = 8


def embedded_text(*, title: str, heading: str, text: str) -> str:
    """What is embedded for a passage: its own words behind those that say what they are about."""
    return "\n".join(part for part in (title, heading, text) if part)


def vector_key(text: str) -> bytes:
    """The digest that a text's vector is kept under."""
    return hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=16).digest()


def embed(
    catalog: Catalog,
    embedder: Embedder,
    *,
    tell: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Gives every passage a vector of `embedder`; True when each has one, False when it was stopped before.

    Each batch is kept as it comes, so another call goes on where a kill or a failure ended this one. Needs no right to
    write: files may be updated meanwhile. Raises EmbedderError when the embedder fails.
    """
    with catalog.reading() as connection:
        total = catalog.count_passages(connection)
        done = total - catalog.count_without_vector(connection, embedder.name)
    after = 0
    while not stopped():
        missing = catalog.without_vector(embedder.name, limit=_EMBEDDED_AT_ONCE, after=after)
        if not missing:
            catalog.note_whole(embedder.name)
            return True
        vectors = vectors_of(embedder, {key: _text_of(row) for key, row in missing})
        catalog.add_vectors(vectors, embedder=embedder.name)
        after = missing[-1][1].row
        done += len(missing)
        tell(Progress("embedding", min(done, total), total))
    return False


def steady(catalog: Catalog, embedder: Embedder) -> bool:
    """Whether the embedder still gives the vectors that are kept under its name, in a sample of passages.

    A digest in the name (after an @) vouches for that; the model behind a server's name may be another one today.
    """
    if "@" in embedder.name:
        return True
    rows = _some_rows(catalog, _SAMPLED)
    settings = catalog.settings_at(rows)
    kept = catalog.vectors_at(list(settings), embedder=embedder.name)
    texts = {
        row.to_bytes(8): embedded_text(title=at.title, heading=at.passage.heading, text=at.passage.text)
        for row, at in settings.items()
        if row in kept
    }
    return all(
        vector.shape == kept[int.from_bytes(row)].shape and np.linalg.norm(vector - kept[int.from_bytes(row)]) < 0.1
        for row, vector in vectors_of(embedder, texts).items()
    )


def vectors_of(embedder: Embedder, texts: Mapping[bytes, str]) -> dict[bytes, NDArray[np.float32]]:
    """A vector for each of the texts, by their keys. Raises EmbedderError when the embedder fails."""
    if not texts:
        return {}
    vectors = embedder.encode(list(texts.values()))
    if vectors.shape != (len(texts), embedder.dimension):
        raise EmbedderError(
            f"{embedder.name} gave vectors of shape {vectors.shape}, not {(len(texts), embedder.dimension)}"
        )
    return dict(zip(texts, vectors, strict=True))


def _some_rows(catalog: Catalog, count: int) -> list[int]:
    """The rows of at most `count` passages from all over the corpus."""
    with catalog.reading() as connection:
        total = catalog.count_passages(connection)
        places = sorted({i * total // count for i in range(count)}) if total else []
        query = "SELECT n FROM passages ORDER BY n LIMIT 1 OFFSET ?"
        return [int(connection.exec_driver_sql(query, (place,)).scalar_one()) for place in places]


def _text_of(row: PassageRow) -> str:
    return embedded_text(title=row.title, heading=row.heading, text=row.text)
