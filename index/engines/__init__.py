"""Engines: what finds passages by meaning (dense) and by words (lexical); caches of the catalog."""

from index.engines.protocols import Dense, Engine, EngineError, Entry, Lexical, Rows, Scores, Vectors
from index.engines.registry import DENSE, Choice

__all__ = ["DENSE", "Choice", "Dense", "Engine", "EngineError", "Entry", "Lexical", "Rows", "Scores", "Vectors"]
