"""Baseline: LangChain's RAG tutorial. RecursiveCharacterTextSplitter 1000/200, Chroma, the four nearest chunks.

With a model named in the spec it is read by the tutorial's prompt, without one by the sentence nearest to the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from eval.libraries import Library
from eval.reply import Retrieved
from eval.systems import Response, System, SystemSpec, needed
from eval.systems.chat import Chat
from eval.systems.minilm import Embedder, embedder
from eval.systems.reading import Chunk, best_sentence, read_by_model

_BATCH = 5000
"""Chroma takes at most 5,461 records at once."""


def open_system(library: Library, spec: SystemSpec) -> System:
    """Raises MissingExtraError without langchain-chroma, langchain-text-splitters or the MiniLM package."""
    return Tutorial(library, spec)


class Tutorial:
    """The tutorial's vector store and retriever."""

    def __init__(self, library: Library, spec: SystemSpec) -> None:
        splitters = needed("langchain_text_splitters", extra="eval-baselines")
        chroma = needed("langchain_chroma", extra="eval-baselines")
        self._k = spec.k
        self._chat = Chat(spec) if spec.model else None
        self._embedder = embedder(spec.embedder)
        self._store = chroma.Chroma(
            collection_name=f"eval-{uuid4().hex}", embedding_function=_Embeddings(self._embedder)
        )
        splitter = splitters.RecursiveCharacterTextSplitter(
            chunk_size=spec.chunk_chars, chunk_overlap=spec.overlap_chars
        )
        pairs = [(chunk, text.id) for text in library.texts() for chunk in splitter.split_text(text.text)]
        for start in range(0, len(pairs), _BATCH):
            part = pairs[start : start + _BATCH]
            self._store.add_texts([chunk for chunk, _ in part], metadatas=[{"document": name} for _, name in part])

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """The reader's answer; earlier questions are read with the last one."""
        asked = " ".join((*history, question))
        chunks = [Chunk(found.document, found.text) for found in self.search(asked, k=self._k)]
        if self._chat:
            return read_by_model(asked, chunks, chat=self._chat)
        return best_sentence(asked, chunks, score=self._embedder.similar, engine="langchain")

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """The nearest chunks; Chroma gives distances, the score is their negative."""
        pairs = self._store.similarity_search_with_score(question, k=k)
        return [Retrieved(d.metadata["document"], d.page_content, -float(distance)) for d, distance in pairs]

    @property
    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """Drop the collection; in-memory collections live as long as the process otherwise."""
        self._store.delete_collection()
        if self._chat:
            self._chat.close()


class _Embeddings:
    """What LangChain asks of an embedding function."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.encode(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]
