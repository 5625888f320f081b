"""Embedders: texts in, unit vectors out. The shipped one needs no download; any other is a name in the configuration.

The shipped model is a folder that `sentence_transformers.SentenceTransformer` loads, but importing that library takes
five to twenty seconds when cold, so on the default path a small NumPy class reads the same files.
"""

import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

SHIPPED = Path(__file__).parent / "models" / "youju-static-zh"

_TEXTS_A_CALL = 1024
# Bounds the memory that token lists take, and how long one caller holds the tokenizer.


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


class TokenVectors(NamedTuple):
    """A text's words, where they stand, and what each adds to the text's vector."""

    pieces: list[str]
    # as the model reads them: lower case, Simplified, half width
    spans: list[tuple[int, int]]
    # half-open character offsets into the text as given
    vectors: Vectors
    # (n, dimension); a row's length is how much the word counts (的 little, 猪舍 much), 0 for an unknown character


class StaticEmbedder:
    """A static embedding: the mean of one vector a word. Some thousands of passages a second on one core.

    Reads the layout `index/training/embedder.py` writes: int8 rows and one float32 scale a row. Safe to share between
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
        self.origin = _origin("") if folder == SHIPPED else ""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 unit rows; zeros for a text without a known word."""
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS_A_CALL):
            batch = [_encodable(text) for text in texts[start : start + _TEXTS_A_CALL]]
            with self._lock:
                ids = [e.ids for e in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
            for place, row in enumerate(ids, start):
                found[place] = self._mean(row)
        return found

    def encode_query(self, text: str) -> Vectors:
        """(dimension,) float32; questions and passages are read alike."""
        vector: Vectors = self.encode([text])[0]
        return vector

    def token_vectors(self, text: str) -> TokenVectors:
        """The words of `text` one by one, for matching a question's words to a sentence's."""
        with self._lock:
            encoding = self._tokenizer.encode(_encodable(text), add_special_tokens=False)
        ids = np.array(encoding.ids, dtype=np.int64)
        vectors = self._rows[ids].astype(np.float32) * self._scales[ids, None]
        return TokenVectors(list(encoding.tokens), [(start, end) for start, end in encoding.offsets], vectors)

    def placed_ids(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The numbers of the text's words (n,), and their half-open character offsets (n, 2)."""
        with self._lock:
            found = self._tokenizer.encode(_encodable(text), add_special_tokens=False)
        return np.array(found.ids, np.int64), np.array(found.offsets, np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        """How many words it knows."""
        return len(self._rows)

    def word(self, number: int) -> str:
        """The word of a row."""
        return self._tokenizer.id_to_token(number) or ""

    def word_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The numbers of each text's words, in order: where many texts are matched, cheaper than their vectors."""
        with self._lock:
            found = self._tokenizer.encode_batch_fast([_encodable(text) for text in texts], add_special_tokens=False)
        return [np.array(each.ids, dtype=np.int64) for each in found]

    def word_vectors(self, ids: NDArray[np.int64]) -> Vectors:
        """(n, dimension) float32: what each word adds to a text's vector, as in `token_vectors`."""
        vectors: Vectors = self._rows[ids].astype(np.float32) * self._scales[ids, None]
        return vectors

    def _mean(self, ids: Sequence[int]) -> Vectors:
        # Each distinct word once, times how often: a book of a million words needs no more memory than a page.
        distinct, counts = np.unique(np.array(ids, dtype=np.int64), return_counts=True)
        total: Vectors = (counts * self._scales[distinct]).astype(np.float32) @ self._rows[distinct].astype(np.float32)
        return _unit(total)


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
        self.origin = _origin(model)
        self.dimension = len(self.encode_query("维"))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 unit rows, with the model's own document prompt where it has one."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            rows = self._model.encode_document(
                [_encodable(text) for text in texts],
                prompt=self._passage_prompt,
                batch_size=self._batch_size,
                show_progress_bar=False,
            )
        return _unit(np.asarray(rows, dtype=np.float32))

    def encode_query(self, text: str) -> Vectors:
        """(dimension,) float32, with the model's own query prompt where it has one."""
        with self._lock:
            vector = self._model.encode_query(_encodable(text), prompt=self._query_prompt, show_progress_bar=False)
        return _unit(np.asarray(vector, dtype=np.float32))


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
        self.origin = _origin(self.name, base_url)

    @cached_property
    def dimension(self) -> int:
        """The length of a vector, asked of the server once."""
        return len(self._embedded(self._questions, ["维"])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32 unit rows. Blank texts, which servers refuse, are rows of zeros and not sent.

        Raises:
            EmbedderError: the server could not be reached, refused, or answered something else than vectors.
        """
        asked = [place for place, text in enumerate(texts) if text.strip()]
        if not asked:
            return np.zeros((len(texts), self.dimension), dtype=np.float32)
        rows = self._embedded(self._passages, [self._prompts.passage + texts[place] for place in asked])
        found = np.zeros((len(texts), rows.shape[1]), dtype=np.float32)
        found[asked] = rows
        return found

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
            rows = np.array(client.embed_documents([_encodable(text) for text in texts]), dtype=np.float32)
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
        return _unit(rows)


@cache
def shipped() -> StaticEmbedder:
    """The shipped model, one for the whole process: its 20 MB never change and it is safe to share."""
    return StaticEmbedder()


EMBEDDERS: dict[str, Callable[..., Embedder]] = {
    "static": shipped,
    "sentence-transformers": SentenceTransformerEmbedder,
    "openai": OpenAIEmbedder,
}


def load_embedder(name: str = "", *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
    """The embedder a configuration names.

    "" is the shipped model; "openai:MODEL" is MODEL behind the OpenAI-compatible endpoint at `base_url`; anything else
    is the hub name or the folder of a sentence-transformers model.

    Raises:
        EmbedderError: the model can't be loaded here.
    """
    if not name:
        return EMBEDDERS["static"]()
    kind, colon, model = name.partition(":")
    if kind == "openai" and colon:
        if not model:
            raise ValueError('"openai:" names no model; write "openai:MODEL", such as "openai:text-embedding-3-small"')
        return EMBEDDERS["openai"](model, base_url=base_url, api_key=api_key)
    return EMBEDDERS["sentence-transformers"](name)


def recalled(origin: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
    """The embedder whose `origin` this is. The key goes only where it belongs: to `base_url`.

    Raises:
        EmbedderError: it can't be loaded here, or not any more.
    """
    try:
        made = json.loads(origin)
        name, address = made["model"], made["base_url"]
    except (ValueError, TypeError, KeyError) as error:
        raise EmbedderError(f"nothing says where the embedder {origin!r} came from") from error
    return load_embedder(name, base_url=address, api_key=api_key if address == base_url else None)


def _origin(name: str, base_url: str | None = None) -> str:
    return json.dumps({"model": name, "base_url": base_url}, ensure_ascii=False)


def _unit(vectors: Vectors) -> Vectors:
    """Vectors at length 1; zeros stay zeros (the bound is torch's, so that both ways of loading agree)."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, 1e-12)
    return unit


def _encodable(text: str) -> str:
    """`text` with lone surrogates, which no tokenizer or server takes, replaced one for one."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


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
