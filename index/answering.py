"""Answering embedder: whose vectors a search compares, the chosen embedder's or still those of the one before it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.catalog.catalog import Catalog
from index.catalog.rows import Answering
from index.embedders.embedder import EmbedderError
from index.embedders.succession import Succession, automatic

if TYPE_CHECKING:
    from index.embedders.embedder import Embedder

SILENT_S = 30.0
"""How long searches go by words only after the embedder failed on a question, before it is tried again."""
_log = logging.getLogger(__name__)


class _WordsOnly:
    """In the place of an embedder that can't be had: nothing is near anything."""

    name = ""
    dimension = 1
    origin = ""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 1), np.float32)

    def encode_query(self, text: str) -> NDArray[np.float32]:  # noqa: ARG002
        return np.zeros(1, np.float32)


WORDS_ONLY = _WordsOnly()


class _OfKnownLength:
    """A server's model, which may have become another one of the same name since the vectors were made."""

    def __init__(self, embedder: Embedder, dimension: int) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = dimension
        self.origin = embedder.origin
        self.encode = embedder.encode

    def encode_query(self, text: str) -> NDArray[np.float32]:
        vector = self._embedder.encode_query(text)
        if len(vector) != self.dimension:
            raise EmbedderError(
                f"{self.name} gives vectors of {len(vector)} values, those in the index have {self.dimension}: another "
                "model answers under the same name. Serve it under a name of its own, and choose that"
            )
        return vector


@dataclass(frozen=True, slots=True)
class Silence:
    """An embedder that failed on a question."""

    embedder: str
    until: float
    """On the monotonic clock: when it is tried again."""
    why: str

    def lasts(self, name: str) -> bool:
        """Whether the embedder of this name isn't to be tried again yet."""
        return self.embedder == name and time.monotonic() < self.until


class AnsweringEmbedder:
    """The chosen embedders and the one that answers, which is another while a switch is under way. Safe to share."""

    def __init__(
        self, catalog: Catalog, *, chosen: Embedder | Succession | None, recall: Callable[[str], Embedder]
    ) -> None:
        """`chosen` are the shipped ones where None is given; `recall` loads another one from its `origin`."""
        self._catalog = catalog
        self._given = chosen
        self._recall = recall
        self._recalled: tuple[Answering, Embedder] | None = None
        self.silence: Silence | None = None
        """Set when an embedder fails on a question; whoever gets an answer from one takes it away."""
        self._lock = threading.RLock()

    def succession(self) -> Succession:
        """What was chosen; the shipped ones are loaded at the first call, which raises EmbedderError if it can't be."""
        with self._lock:
            if self._given is None:
                self._given = automatic()
            if not isinstance(self._given, Succession):
                self._given = Succession(self._given, self._given)
            return self._given

    def first(self) -> Embedder:
        """The one that answers while there is nothing yet, or where the chosen one would take too long."""
        return self.succession().first

    def chosen(self) -> Embedder:
        """The one that is to answer in a corpus of this size."""
        succession = self.succession()
        if succession.is_fixed:
            return succession.first
        with self._catalog.reading() as connection:
            return succession.chosen(self._catalog.count_passages(connection))

    def at_once(self) -> Embedder:
        """The one that answers when an update is done: the chosen one, unless it has too much left to embed."""
        chosen = self.chosen()
        if chosen is self.first():
            return chosen
        with self._catalog.reading() as connection:
            left = self._catalog.count_without_vector(connection, chosen.name)
        return chosen if left <= self.succession().at_once else self.first()

    def recorded(self) -> Answering | None:
        """The one that answers, as the catalog keeps it; None while there are no vectors."""
        with self._catalog.reading() as connection:
            return self._catalog.answering(connection)

    def answers(self, embedder: Embedder) -> bool:
        """Whether this one answers."""
        recorded = self.recorded()
        return recorded is not None and recorded.name == embedder.name

    def load(self) -> tuple[Embedder, int]:
        """The one that answers and the length of its vectors; WORDS_ONLY where it can't be loaded."""
        recorded = self.recorded()
        embedder = self.loaded(recorded)
        if not embedder.name:
            return embedder, embedder.dimension
        try:
            return embedder, recorded.dimension if recorded else embedder.dimension
        except EmbedderError as error:
            self.fall_silent(embedder.name, error)
            return WORDS_ONLY, WORDS_ONLY.dimension

    def loaded(self, recorded: Answering | None) -> Embedder:
        """The one that the catalog has recorded, else the first one; WORDS_ONLY where it can't be loaded."""
        with self._lock:
            succession = self.succession()
            if recorded is None:
                return succession.first
            for own in (succession.first, succession.then):
                if recorded.name == own.name:
                    self._recalled = None
                    # A digest in the name (after an @) vouches for the model.
                    return own if "@" in own.name else _OfKnownLength(own, recorded.dimension)
            if self._recalled is None or self._recalled[0] != recorded:
                embedder: Embedder = WORDS_ONLY
                try:
                    embedder = self._recall(recorded.origin)
                    if embedder.name != recorded.name:
                        raise EmbedderError(
                            f"the vectors are of {recorded.name}, which is now {embedder.name}: they can't be compared"
                        )
                except EmbedderError as error:
                    embedder = WORDS_ONLY
                    self.fall_silent(recorded.name, error)
                self._recalled = (recorded, embedder)
            return self._recalled[1]

    def fall_silent(self, name: str, error: EmbedderError) -> None:
        """Searches go by words only for a while, because the embedder of this name failed on a question."""
        _log.warning("嵌入模型用不了（%s），搜索暂时只按字词", error)
        self.silence = Silence(name, time.monotonic() + SILENT_S, str(error))

    def failure(self, name: str) -> str | None:
        """Why the last search went by words only where the embedder of this name should have answered."""
        silence = self.silence
        return silence.why if silence is not None and silence.embedder == name else None
