"""Embedders behind an OpenAI-compatible server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from index.embedders.embedder import Embedder, EmbedderError, Vectors, encodable, origin_of, prompts_of, unit_rows


class OpenAIEmbedder:
    """A model behind an OpenAI-compatible `/v1/embeddings` endpoint."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_s: float = 60,
        query_timeout_s: float = 10,
        max_retries: int = 3,
    ):
        """A question waits `query_timeout_s` and is tried twice; passages are many, and wait longer and more often."""
        from langchain_openai import OpenAIEmbeddings
        from pydantic import SecretStr

        def client(timeout_s: float, retries: int) -> OpenAIEmbeddings:
            return OpenAIEmbeddings(
                model=model,
                base_url=base_url,
                # Local servers ask for no key, the client refuses to be made without one.
                api_key=SecretStr(api_key or os.environ.get("OPENAI_API_KEY") or "none"),
                timeout=timeout_s,
                max_retries=retries,
                chunk_size=64,
                # The check would fetch tiktoken's ranks and send token ids, which only OpenAI itself understands;
                # base64 answers are as rare.
                check_embedding_ctx_length=False,
                model_kwargs={"encoding_format": "float"},
            )

        self._passages = client(timeout_s, max_retries)
        self._questions = client(min(query_timeout_s, timeout_s), min(1, max_retries))
        self._model = model
        self._prompts = prompts_of(model)
        self.name = f"openai:{model}"
        self.origin = origin_of(self.name, base_url)

    @cached_property
    def dimension(self) -> int:
        """The length of a vector, asked of the server once."""
        return len(self._embedded(self._questions, ["维"])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 unit rows. Blank texts, which servers refuse, are rows of zeros and not sent.

        Raises:
            EmbedderError: the server could not be reached, refused, or answered something else than vectors.
        """
        worded = [place for place, text in enumerate(texts) if text.strip()]
        if not worded:
            return np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows = self._embedded(self._passages, [self._prompts.passage + texts[place] for place in worded])
        vectors = np.zeros((len(texts), rows.shape[1]), dtype=np.float32)
        vectors[worded] = rows
        return vectors

    def encode_query(self, text: str) -> Vectors:
        """(dimension,) float32; zeros for a blank question."""
        if not text.strip():
            return np.zeros(self.dimension, dtype=np.float32)
        vector: Vectors = self._embedded(self._questions, [self._prompts.query + text])[0]
        return vector

    def _embedded(self, client: Any, texts: Sequence[str]) -> Vectors:
        from openai import OpenAIError

        where = f"{client.openai_api_base or 'the OpenAI API'} for model {self._model!r}"
        try:
            rows = np.array(client.embed_documents([encodable(text) for text in texts]), dtype=np.float32)
        except (OpenAIError, ValueError, TypeError, KeyError) as error:
            raise EmbedderError(
                f"no embeddings from {where}: {error}. Check the address, the key and the model's name"
            ) from error
        if rows.ndim != 2 or len(rows) != len(texts):
            raise EmbedderError(f"{self._model!r} gave {len(rows)} vectors for {len(texts)} texts")
        if not np.isfinite(rows).all():
            raise EmbedderError(f"vectors from {where} hold values that are no numbers; try another model or server")
        known = self.__dict__.setdefault("dimension", rows.shape[1])
        if rows.shape[1] != known:
            raise EmbedderError(
                f"vectors from {where} have {rows.shape[1]} values, before they had {known}: another model answers "
                "under the same name. Index again with a name of its own"
            )
        return unit_rows(rows)


def load(model: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
    """The model of this name at `base_url`, which is reached at the first text. Raises ValueError without a name."""
    if not model:
        raise ValueError('"openai:" names no model; write "openai:MODEL", such as "openai:text-embedding-3-small"')
    return OpenAIEmbedder(model, base_url=base_url, api_key=api_key)
