"""Baseline: Haystack's in-memory store with its BM25 retriever, over pieces of ten sentences.

Haystack cuts by words and knows no Chinese sentence, so it is given the sentences; its BM25 counts single characters.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice

from eval.libraries import Library
from eval.reply import Retrieved
from eval.systems import Response, System, SystemSpec, needed
from eval.systems.chat import Chat
from eval.systems.ranking import Ranking
from eval.systems.reading import Chunk, best_sentence, joined_lines, read_by_model, sentences

_SENTENCES = 10


def open_system(library: Library, spec: SystemSpec) -> System:
    """Raises MissingExtraError without haystack-ai or bm25s."""
    return Haystack(library, spec)


class Haystack:
    """The in-memory store and its retriever."""

    def __init__(self, library: Library, spec: SystemSpec) -> None:
        os.environ.setdefault("HAYSTACK_TELEMETRY_ENABLED", "False")  # it would reach for the network
        document = needed("haystack", extra="eval-baselines").Document
        stores = needed("haystack.document_stores.in_memory", extra="eval-baselines")
        self._k = spec.k
        self._chat = Chat(spec) if spec.model else None
        self._store = stores.InMemoryDocumentStore(shared=False)
        self._store.write_documents(
            [
                document(content=piece, meta={"document": text.id, "piece": number})
                for text in library.texts()
                for number, piece in enumerate(_pieces(joined_lines(text.text)))
            ]
        )

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """The reader's answer; earlier questions are read with the last one."""
        asked = " ".join((*history, question))
        chunks = [Chunk(found.document, found.text) for found in self.search(asked, k=self._k)]
        if self._chat:
            return read_by_model(asked, chunks, chat=self._chat)
        return best_sentence(asked, chunks, score=_by_words, engine="haystack")

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """The best pieces."""
        found = self._store.bm25_retrieval(question, top_k=k)
        return [Retrieved(d.meta["document"], d.content or "", float(d.score or 0.0)) for d in found]

    @property
    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """Close the connections of the model, if there is one."""
        if self._chat:
            self._chat.close()


def _pieces(text: str) -> list[str]:
    left = iter(sentences(text))
    return ["".join(piece) for piece in iter(lambda: list(islice(left, _SENTENCES)), [])]


def _by_words(question: str, candidates: Sequence[str]) -> list[float]:
    values = dict(Ranking(candidates).best(question, len(candidates)))
    return [values.get(i, 0.0) for i in range(len(candidates))]
