"""Embedders: texts in, unit vectors out; `models/` holds the shipped one."""

from index.embedders.embedder import Embedder, EmbedderError, Prompts, Vectors, prompts_of
from index.embedders.hub import SentenceTransformerEmbedder
from index.embedders.registry import EMBEDDERS, load_embedder, recalled
from index.embedders.server import OpenAIEmbedder
from index.embedders.static import SHIPPED, StaticEmbedder, TokenVectors, shipped

__all__ = [
    "EMBEDDERS",
    "SHIPPED",
    "Embedder",
    "EmbedderError",
    "OpenAIEmbedder",
    "Prompts",
    "SentenceTransformerEmbedder",
    "StaticEmbedder",
    "TokenVectors",
    "Vectors",
    "load_embedder",
    "prompts_of",
    "recalled",
    "shipped",
]
