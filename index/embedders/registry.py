"""The embedders by kind. The shipped one needs no download; any other is a name in the configuration.

The shipped model is a folder that `sentence_transformers.SentenceTransformer` loads, but importing that library takes
five to twenty seconds when cold, so on the default path a small NumPy class reads the same files. To add a kind, write
one file with a function like `load` in the others and one line in `EMBEDDERS`.
"""

from __future__ import annotations

import json
from typing import Protocol

from index.embedders import contextual, hub, server, static
from index.embedders.embedder import Embedder, EmbedderError


class Load(Protocol):
    """Loads an embedder of one kind."""

    def __call__(self, model: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
        """The model of this name. Raises EmbedderError when it can't be loaded, ValueError for a name that can't be."""
        ...


EMBEDDERS: dict[str, Load] = {
    "static": static.load,
    contextual.KIND: contextual.load,
    "sentence-transformers": hub.load,
    "openai": server.load,
}
"""By what stands before the colon of a configured name."""
_SHIPPED, _UNNAMED_KIND = "static", "sentence-transformers"


def load_embedder(name: str = "", *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
    """The embedder a configuration names.

    "" is the shipped model; "KIND:MODEL" is a model of that kind in `EMBEDDERS`, as "openai:MODEL" is MODEL behind the
    OpenAI-compatible endpoint at `base_url`; anything else is the hub name or the folder of a sentence-transformers
    model.

    Raises:
        EmbedderError: the model can't be loaded here.
    """
    kind, colon, model = name.partition(":")
    if not name:
        kind, model = _SHIPPED, ""
    elif not colon or kind not in EMBEDDERS:  # C:\models has a colon, too
        kind, model = _UNNAMED_KIND, name
    return EMBEDDERS[kind](model, base_url=base_url, api_key=api_key)


def recalled(origin: str, *, base_url: str | None = None, api_key: str | None = None) -> Embedder:
    """The embedder whose `origin` this is. The key goes only where it belongs: to `base_url`.

    Raises:
        EmbedderError: it can't be loaded here, or not any more.
    """
    try:
        kept = json.loads(origin)
        name, address = kept["model"], kept["base_url"]
    except (ValueError, TypeError, KeyError) as error:
        raise EmbedderError(f"nothing says where the embedder {origin!r} came from") from error
    return load_embedder(name, base_url=address, api_key=api_key if address == base_url else None)
