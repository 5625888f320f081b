"""Models of sentence-transformers, by hub name or folder."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedders.embedder import Embedder, EmbedderError, Vectors, encodable, origin_of, prompts_of, unit_rows


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, by hub name or folder (bge-small-zh-v1.5, bge-m3, Qwen3-Embedding…)."""

    def __init__(self, model: str, *, batch_size: int = 32):
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EmbedderError(
                f"the embedding model {model!r} needs sentence-transformers, which can't be imported ({error}): "
                "run make setup, or leave YOUJU_EMBEDDER empty for the shipped model"
            ) from error
        try:
            self._model = SentenceTransformer(model)
        # What a broken folder raises is as various as what may be broken in it.
        except Exception as error:
            raise EmbedderError(
                f"cannot load the embedding model {model!r}: {error}. Give the folder of a downloaded model, "
                "or a name this machine can download; leave YOUJU_EMBEDDER empty for the shipped model"
            ) from error
        self._batch_size = batch_size
        self._lock = threading.Lock()
        card = prompts_of(model)
        own = self._model.prompts
        # None: encode_query and encode_document take the model's own.
        self._query_prompt = None if own.get("query") else card.query or None
        self._passage_prompt = None if own.get("query") or own.get("document") else card.passage or None
        self.name = f"{Path(model).name}@{_revision(self._model)}" + ("+passage" if self._passage_prompt else "")
        self.origin = origin_of(model)
        self.dimension = len(self.encode_query("维"))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 unit rows, with the model's own document prompt where it has one."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            rows = self._model.encode_document(
                [encodable(text) for text in texts],
                prompt=self._passage_prompt,
                batch_size=self._batch_size,
                show_progress_bar=False,
            )
        return unit_rows(np.asarray(rows, dtype=np.float32))

    def encode_query(self, text: str) -> Vectors:
        """(dimension,) float32, with the model's own query prompt where it has one."""
        with self._lock:
            vector = self._model.encode_query(encodable(text), prompt=self._query_prompt, show_progress_bar=False)
        return unit_rows(np.asarray(vector, dtype=np.float32))


def _revision(model: Any) -> str:
    """The hub's commit where the model came from there, else a digest of its weights and module settings."""
    for module in model:
        config = getattr(getattr(module, "auto_model", None), "config", None)
        if commit := getattr(config, "_commit_hash", None):
            return str(commit)[:12]
    digest = hashlib.sha256(json.dumps(model.prompts, sort_keys=True).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().float().numpy()).tobytes())
    return digest.hexdigest()[:12]


def load(model: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:  # noqa: ARG001
    """The model of this hub name or folder. Raises EmbedderError when it can't be loaded here."""
    return SentenceTransformerEmbedder(model)
