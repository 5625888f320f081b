"""The contextual embedder: a small transformer that reads a text whole, so that a word's meaning is that of its place.

multilingual-e5-small (Wang et al. 2024, arXiv:2402.05672; the card lies in `models/youju-contextual/`) in 8-bit
integers, run by ONNX Runtime on the CPU alone: some thirty passages a second on one core, a question in five
milliseconds. Its vectors all point nearly the same way (cosines of 0.7 to 0.95); what they have in common is taken off,
so that cosines say as much as those of the static embedder.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedders.embedder import Embedder, EmbedderError, Vectors, encodable, origin_of, prompts_of, unit_rows

CONTEXTUAL = Path(__file__).parent / "models" / "youju-contextual"
TOKENIZER = CONTEXTUAL / "tokenizer.json"
KIND = "contextual"
"""Before the colon of its configured name: "contextual:"."""
DIMENSION = 384
PROMPTS = prompts_of("multilingual-e5-small")
"""What stands before a question and before a passage."""
_BEGINS, _ENDS = 0, 2
_LONGEST = 384
"""Pieces read of a text, with the two that begin and end it; a passage with its titles seldom has more than 300."""
_REMEMBERED = 256
"""Vectors of questions kept, of one and a half kilobytes each."""


class ContextualEmbedder:
    """The mean of what the network makes of each piece of a text, in its place. Safe to share between threads."""

    def __init__(self, folder: Path | str | None = None, *, threads: int | None = None) -> None:
        """`threads` embed at the same time, a text each; as many as there are cores where None is given."""
        folder = Path(folder or CONTEXTUAL)
        try:
            self._network = (folder / "model.onnx").read_bytes()
            self._words = (folder / "tokenizer.json").read_bytes()
            means = (folder / "means.npy").read_bytes()
        except FileNotFoundError as error:
            raise EmbedderError(
                f"{folder} holds no contextual model: {error.filename} is missing; install again"
            ) from error
        self._means: Vectors = np.load(io.BytesIO(means), allow_pickle=False)
        self._lock = threading.Lock()
        # Both are made ready at the first text: an index that is only listed needs neither.
        self._tokenizer: Any = None
        self._session: Any = None
        self._threads = threads or os.cpu_count() or 1
        # A question is looked for, and its form is told, by one vector.
        self._asked = lru_cache(maxsize=_REMEMBERED)(self._embedded)
        self.name = f"{folder.resolve().name}@{hashlib.sha256(self._network + self._words + means).hexdigest()[:12]}"
        self.dimension = DIMENSION
        # Not its folder: another version of this program has its own, with other weights under another name.
        self.origin = origin_of(f"{KIND}:") if folder == CONTEXTUAL else ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 unit rows; zeros for a text without a letter or digit. The end of a long text isn't read.

        Each text is read by itself, so its vector is the same whatever it is embedded with.
        """
        vectors = self.uncentred(PROMPTS.passage, texts)
        return unit_rows(np.where(vectors.any(axis=1, keepdims=True), vectors - self._means[0], 0.0))

    def encode_query(self, text: str) -> Vectors:
        """(384,) float32 of unit length, read-only."""
        return self._asked(text)

    def _embedded(self, text: str) -> Vectors:
        vector: Vectors = self.uncentred(PROMPTS.query, [text])[0]
        vector = unit_rows(vector - self._means[1]) if vector.any() else vector
        vector.flags.writeable = False
        return vector

    def uncentred(self, prompt: str, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32 unit rows as the network gives them for texts after a prompt."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        worded = [place for place, text in enumerate(texts) if any(map(str.isalnum, text))]
        if not worded:
            return vectors
        session = self._ready()
        found = self.pieces([prompt + texts[place] for place in worded])

        def vector(ids: NDArray[np.int64]) -> Vectors:
            only: Vectors = session.run(None, {"ids": ids[None]})[0][0]
            return only

        if len(found) == 1 or self._threads == 1:
            vectors[worded] = [vector(ids) for ids in found]
        else:
            with ThreadPoolExecutor(min(self._threads, len(found)), "embed") as pool:
                vectors[worded] = list(pool.map(vector, found))
        return vectors

    def pieces(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The numbers of each text's pieces, as the network reads them."""
        with self._lock:  # borrowed mutably while it encodes: a second thread would get "Already borrowed"
            if self._tokenizer is None:
                import tokenizers

                self._tokenizer = tokenizers.Tokenizer.from_str(self._words.decode("utf8"))
            # One by one: threads that cut many at once would keep the low priority of the background, if it came first.
            encodings = [self._tokenizer.encode(encodable(text), add_special_tokens=False) for text in texts]
        return [np.array([_BEGINS, *each.ids[: _LONGEST - 2], _ENDS], np.int64) for each in encodings]

    def _ready(self) -> Any:
        with self._lock:
            if self._session is None:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                # A text at a time on one core each: put together in one run they take longer (more is moved about),
                # and what is rounded to 8 bits in one would depend on the others.
                options.intra_op_num_threads = 1
                self._session = onnxruntime.InferenceSession(self._network, options, providers=["CPUExecutionProvider"])
                self._network = b""
            return self._session


@cache
def shipped_contextual() -> ContextualEmbedder:
    """The shipped one, once for the whole process."""
    return ContextualEmbedder()


def load(model: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:  # noqa: ARG001
    """The shipped one, which has no name of its own. Raises ValueError for any other."""
    if model:
        raise ValueError(f'"{KIND}:{model}" 不是内置模型；内置的请写成 YOUJU_EMBEDDER={KIND}:')
    return shipped_contextual()
