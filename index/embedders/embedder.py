"""What an embedder is: texts in, unit vectors out; and the prompts that models expect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EmbedderError(RuntimeError):
    """An embedder could not be loaded or did not answer; the message says what to do next."""


class Embedder(Protocol):
    """What the index needs of a model."""

    @property
    def name(self) -> str:
        """Recorded with every vector: the model, and after an @ its revision where that can be known. Vectors of
        different names are never compared."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    @property
    def origin(self) -> str:
        """What `recalled` loads it from again, without any secret; "" where only who made it can."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 rows of unit length for passages; a text without words is a row of zeros.

        Raises:
            EmbedderError: the model could not be reached or gave something else than vectors.
        """

    def encode_query(self, text: str) -> Vectors:
        """(dimension,) float32 of unit length for a question, with the model's own instruction where it has one."""


class Prompts(NamedTuple):
    """What a model expects before a text; "" where nothing."""

    query: str
    passage: str


_BGE_ZH = Prompts("为这个句子生成表示以用于检索相关文章：", "")
_BGE_EN = Prompts("Represent this sentence for searching relevant passages: ", "")
_E5 = Prompts("query: ", "passage: ")
_RETRIEVE = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
_PROMPTS = {
    "bge-small-zh": _BGE_ZH,
    "bge-base-zh": _BGE_ZH,
    "bge-large-zh": _BGE_ZH,
    "bge-small-en": _BGE_EN,
    "bge-base-en": _BGE_EN,
    "bge-large-en": _BGE_EN,
    "multilingual-e5-large-instruct": Prompts(f"{_RETRIEVE} ", ""),
    "multilingual-e5": _E5,
    "e5-small": _E5,
    "e5-base": _E5,
    "e5-large": _E5,
    "qwen3-embedding": Prompts(_RETRIEVE, ""),
}
"""By the start of the model's own name, the first that fits: as the models' cards say, for those whose files don't
carry them, and for servers, which add none."""


def prompts_of(model: str) -> Prompts:
    """What the card of `model` (a hub name, a folder, a server's name for it) says to put before texts.

    >>> prompts_of("intfloat/multilingual-e5-small").passage
    'passage: '
    """
    own = model.rstrip("/").rpartition("/")[2].lower()
    return next((prompts for start, prompts in _PROMPTS.items() if own.startswith(start)), Prompts("", ""))


def origin_of(name: str, base_url: str | None = None) -> str:
    """What an embedder is loaded from again, as `Embedder.origin` keeps it: its configured name and its address."""
    return json.dumps({"model": name, "base_url": base_url}, ensure_ascii=False)


def unit_rows(vectors: Vectors) -> Vectors:
    """Vectors at length 1; zeros stay zeros (the bound is torch's, so that both ways of loading agree)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, 1e-12)
    return unit


def encodable(text: str) -> str:
    """`text` with lone surrogates, which no tokenizer or server takes, replaced one for one."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
