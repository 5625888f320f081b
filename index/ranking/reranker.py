"""Cross-encoders: models that read the question and a passage together. Slower than the shipped ranking."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from index.engines.protocols import Scores
from index.ranking.ranker import Candidate, Query

DEPTH = 50
"""How many candidates are read; what a question waits for is proportional to it."""
_EDGE = 1e-6


class RerankerError(RuntimeError):
    """A cross-encoder could not be loaded or gave no scores; the message says what to do next."""


class CrossEncoderRanker:
    """Any sentence-transformers cross-encoder, by hub name or folder (BAAI/bge-reranker-v2-m3 …).

    The model is loaded when the first question is ranked, or by `load`. Threads may share it, and take turns.
    """

    def __init__(self, model: str, *, depth: int = DEPTH, batch_size: int = 16) -> None:
        if depth < 1:
            raise ValueError(f"depth is {depth}; rank at least 1 candidate")
        self.name = model
        self.depth = depth
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._model: Any = None

    def load(self) -> None:
        """Loads the model, once. Raises RerankerError when that can't be done here."""
        with self._lock:
            self._loaded()

    def rank(self, query: Query, candidates: Sequence[Candidate]) -> Scores:
        """(n,) float32 in (0, 1): the sigmoid of what the model says of question and passage, under its title.

        Raises RerankerError when the model can't be loaded, or gives anything else than one number a pair.
        """
        if not candidates:
            return np.empty(0, np.float32)
        pairs = [(_encodable(query.text), _encodable(_read(candidate))) for candidate in candidates]
        with self._lock:
            model = self._loaded()
            from torch.nn import Identity

            # Not the model's own activation: of two models that rank alike one may squash and the other not.
            predicted = model.predict(
                pairs, batch_size=self._batch_size, activation_fn=Identity(), show_progress_bar=False
            )
        logits = np.asarray(predicted, dtype=np.float64)
        if logits.shape != (len(pairs),) or not np.isfinite(logits).all():
            raise RerankerError(
                f"{self.name!r} gave scores of shape {logits.shape} for {len(pairs)} passages, or some that are no "
                "numbers: it is no reranker. Set YOUJU_RERANKER to one, or leave it empty"
            )
        return np.clip(1 / (1 + np.exp(-np.clip(logits, -50, 50))), _EDGE, 1 - _EDGE).astype(np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from sentence_transformers import CrossEncoder

                self._model = CrossEncoder(self.name)
            # What a broken folder raises is as various as what may be broken in it.
            except Exception as error:
                raise RerankerError(
                    f"cannot load the reranker {self.name!r}: {error}. Give the folder of a downloaded cross-encoder, "
                    "or a name this machine can download; leave YOUJU_RERANKER empty for the shipped ranking"
                ) from error
        return self._model


def _read(candidate: Candidate) -> str:
    return "\n".join(part for part in (candidate.title, candidate.passage.heading, candidate.passage.text) if part)


def _encodable(text: str) -> str:
    """`text` with lone surrogates, which no tokenizer takes, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
