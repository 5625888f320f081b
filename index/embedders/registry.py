"""Embedders: texts in, unit vectors out. The shipped one needs no download; any other is a name in the configuration.

The shipped model is a folder that `sentence_transformers.SentenceTransformer` loads, but importing that library takes
five to twenty seconds when cold, so on the default path a small NumPy class reads the same files.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from index.embedders.embedder import Embedder, EmbedderError
from index.embedders.hub import SentenceTransformerEmbedder
from index.embedders.server import OpenAIEmbedder
from index.embedders.static import shipped

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
