"""Engines: what finds passages by meaning (dense) and by words (lexical). All are caches of the catalog.

A passage is known to an engine by its row number `n` in the catalog, which is never used twice. To add an engine, write
one file with a class that fits a Protocol here, one line in `DENSE`, one parameter in tests/index/test_engines.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index.engines.protocols import Dense


def _chroma(path: Path) -> Dense:
    from index.engines.chroma import ChromaVectors

    return ChromaVectors.open(path)


DENSE: dict[str, Callable[[Path], Dense]] = {"chroma": _chroma}
"""Dense engines that live in a generation's directory, by the name that its manifest carries."""
