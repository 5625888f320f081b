"""Static embedders: a vector for each token, averaged; the shipped one, read with NumPy."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.embedders.embedder import Embedder, EmbedderError, Vectors, encodable, origin_of, unit_rows

SHIPPED = Path(__file__).parent / "models" / "youju-static-zh"
_TEXTS_A_CALL = 1024
"""Bounds the memory that token lists take, and how long one caller holds the tokenizer."""


class TokenVectors(NamedTuple):
    """A text's words, where they stand, and what each adds to the text's vector."""

    pieces: list[str]
    """As the model reads them: lower case, Simplified, half width."""
    spans: list[tuple[int, int]]
    """Half-open character offsets into the text as given."""
    vectors: Vectors
    """(n, dimension); a row's length is how much the word counts (的 little, 猪舍 much), 0 for an unknown character."""


class StaticEmbedder:
    """A static embedding: the mean of one vector a word. Some thousands of passages a second on one core.

    Reads what `training/embedder/embedder.py` writes: int8 rows and one float32 scale a row. Safe to share between
    threads. Nothing here touches the network.
    """

    def __init__(self, folder: Path | str | None = None):
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        folder = Path(folder or SHIPPED)
        try:
            weights = (folder / "model.safetensors").read_bytes()
            words = (folder / "tokenizer.json").read_bytes()
        except FileNotFoundError as error:
            raise EmbedderError(
                f"{folder} holds no static model: {error.filename} is missing; install again"
            ) from error
        tensors = load(weights)
        self._rows: NDArray[np.int8] = tensors["embeddings"]
        self._scales: Vectors = tensors["weights"]
        self._tokenizer = Tokenizer.from_str(words.decode("utf-8"))
        # Borrowed mutably while it encodes: a second thread would get "Already borrowed".
        self._lock = threading.Lock()
        digest = hashlib.sha256(weights + words).hexdigest()[:12]
        self.name = f"{folder.resolve().name}@{digest}"
        self.dimension = int(self._rows.shape[1])
        # Not its folder: another version of this program has its own, with other weights under another name.
        self.origin = origin_of("") if folder == SHIPPED else ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 unit rows; zeros for a text without a known word."""
        means = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_A_CALL):
            for place, encoding in enumerate(self._tokenized(texts[start : start + _TEXTS_A_CALL]), start):
                means[place] = self._mean(encoding.ids)
        return unit_rows(means)

    def encode_query(self, text: str) -> Vectors:
        """(dimension,) float32; questions and passages are read alike."""
        vector: Vectors = self.encode([text])[0]
        return vector

    def token_vectors(self, text: str) -> TokenVectors:
        """The words of `text` one by one, for matching a question's words to a sentence's."""
        encoding = self._tokenized_one(text)
        ids = np.array(encoding.ids, dtype=np.int64)
        return TokenVectors(list(encoding.tokens), list(encoding.offsets), self.word_vectors(ids))

    def token_vectors_of(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The words of each text, as `token_vectors` gives them: the sentences of a passage in one go."""
        with self._lock:
            encodings = self._tokenizer.encode_batch([encodable(text) for text in texts], add_special_tokens=False)
        words = []
        for encoding in encodings:
            ids = np.array(encoding.ids, dtype=np.int64)
            vectors = self._rows[ids].astype(np.float32) * self._scales[ids, None]
            words.append(TokenVectors(list(encoding.tokens), list(encoding.offsets), vectors))
        return words

    def placed_ids(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The numbers of the text's words (n,), and their half-open character offsets (n, 2)."""
        encoding = self._tokenized_one(text)
        return np.array(encoding.ids, np.int64), np.array(encoding.offsets, np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        """How many words it knows."""
        return len(self._rows)

    def word(self, number: int) -> str:
        """The word of a row."""
        return self._tokenizer.id_to_token(number) or ""

    def word_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The numbers of each text's words, in order: where many texts are matched, cheaper than their vectors."""
        return [np.array(encoding.ids, dtype=np.int64) for encoding in self._tokenized(texts)]

    def word_vectors(self, ids: NDArray[np.int64]) -> Vectors:
        """(n, dimension) float32: what each word adds to a text's vector, as in `token_vectors`."""
        vectors: Vectors = self._rows[ids].astype(np.float32) * self._scales[ids, None]
        return vectors

    def _tokenized(self, texts: Sequence[str]) -> list[Any]:
        """Each text's encoding, without character offsets."""
        with self._lock:
            try:
                return self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
            except TypeError:  # half a surrogate pair stands in one of them
                return self._tokenizer.encode_batch_fast(list(map(encodable, texts)), add_special_tokens=False)

    def _tokenized_one(self, text: str) -> Any:
        """The text's encoding with its offsets."""
        with self._lock:
            try:
                return self._tokenizer.encode(text, add_special_tokens=False)
            except TypeError:
                return self._tokenizer.encode(encodable(text), add_special_tokens=False)

    def _mean(self, ids: Sequence[int]) -> Vectors:
        """In the direction of the words' mean."""
        # Each distinct word once, times how often: a book of a million words needs no more memory than a page.
        distinct, counts = np.unique(np.array(ids, dtype=np.int64), return_counts=True)
        total: Vectors = (counts * self._scales[distinct]).astype(np.float32) @ self._rows[distinct].astype(np.float32)
        return total


@cache
def shipped() -> StaticEmbedder:
    """The shipped model, one for the whole process: its 20 MB never change and it is safe to share."""
    return StaticEmbedder()


def load(model: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:  # noqa: ARG001
    """The shipped model, which has no name of its own. Raises ValueError for any other."""
    if model:
        raise ValueError(f'"static:{model}" 不是内置模型；使用内置模型时请让 YOUJU_EMBEDDER 留空')
    return shipped()
