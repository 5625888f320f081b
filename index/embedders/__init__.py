"""Embedders: texts in, unit vectors out; `models/` holds the shipped ones."""

from index.embedders.contextual import CONTEXTUAL, ContextualEmbedder, shipped_contextual
from index.embedders.embedder import Embedder, EmbedderError, Prompts, Vectors, prompts_of
from index.embedders.hub import SentenceTransformerEmbedder
from index.embedders.registry import EMBEDDERS, load_embedder, recalled
from index.embedders.server import OpenAIEmbedder
from index.embedders.static import SHIPPED, StaticEmbedder, TokenVectors, shipped
from index.embedders.succession import Succession, automatic

__all__ = [
    "CONTEXTUAL",
    "EMBEDDERS",
    "SHIPPED",
    "ContextualEmbedder",
    "Embedder",
    "EmbedderError",
    "OpenAIEmbedder",
    "Prompts",
    "SentenceTransformerEmbedder",
    "StaticEmbedder",
    "Succession",
    "TokenVectors",
    "Vectors",
    "automatic",
    "load_embedder",
    "prompts_of",
    "recalled",
    "shipped",
    "shipped_contextual",
]
