"""Engines: what finds passages by meaning (dense) and by words (lexical); caches of the catalog."""

from index.engines.protocols import Dense, EngineError, Entry, Lexical, Rows, Scores, Vectors
from index.engines.registry import DENSE

__all__ = ["DENSE", "Dense", "EngineError", "Entry", "Lexical", "Rows", "Scores", "Vectors"]
