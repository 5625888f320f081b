"""Baseline: LlamaIndex's starter. SentenceSplitter 1024/200, its in-memory vector index, the nearest nodes.

Read like the LangChain baseline. The global `Settings` is left alone: it would build a default model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.libraries import Library
from eval.reply import Retrieved
from eval.systems import Response, System, SystemSpec, needed
from eval.systems.chat import Chat
from eval.systems.minilm import Embedder, embedder
from eval.systems.reading import Chunk, best_sentence, read_by_model, sentences


def open_system(library: Library, spec: SystemSpec) -> System:
    """Raises MissingExtraError without llama-index-core or the MiniLM package."""
    return Starter(library, spec)


class Starter:
    """The starter's index and retriever."""

    def __init__(self, library: Library, spec: SystemSpec) -> None:
        core = needed("llama_index.core", extra="eval-baselines")
        parsers = needed("llama_index.core.node_parser", extra="eval-baselines")
        self._k = spec.k
        self._chat = Chat(spec) if spec.model else None
        self._embedder = embedder(spec.embedder)
        # Its own sentence splitter reads NLTK data, which refuses to load from a hard-linked installation (uv's).
        splitter = parsers.SentenceSplitter(chunking_tokenizer_fn=sentences)
        documents = [core.Document(text=text.text, metadata={"document": text.id}) for text in library.texts()]
        self._index = core.VectorStoreIndex.from_documents(
            documents, embed_model=_embedding(self._embedder), transformations=[splitter]
        )

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """The reader's answer; earlier questions are read with the last one."""
        asked = " ".join((*history, question))
        chunks = [Chunk(found.document, found.text) for found in self.search(asked, k=self._k)]
        if self._chat:
            return read_by_model(asked, chunks, chat=self._chat)
        return best_sentence(asked, chunks, score=self._embedder.similar, engine="llamaindex")

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """The nearest nodes."""
        nodes = self._index.as_retriever(similarity_top_k=k).retrieve(question)
        return [Retrieved(n.metadata["document"], n.node.get_content(), float(n.score or 0.0)) for n in nodes]

    @property
    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """Close the connections of the model, if there is one."""
        if self._chat:
            self._chat.close()


def _embedding(embedder: Embedder) -> Any:
    """The embedder as LlamaIndex asks for it; its base class is met only here, where the library is installed."""
    base = needed("llama_index.core.embeddings", extra="eval-baselines").BaseEmbedding

    class MiniLM(base):  # type: ignore[misc, valid-type]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = embedder.encode(texts).tolist()
            return vectors

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return MiniLM(model_name="all-MiniLM-L6-v2", embed_batch_size=64)
