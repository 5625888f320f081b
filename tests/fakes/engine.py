"""A dense engine in one file: vectors in NumPy's own format, compared one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from index.engines.exact import ExactVectors
from index.engines.protocols import Engine, EngineError, Rows, Vectors

_FILE = "vectors.npz"


def build(path: Path, rows: Rows, vectors: Vectors, *, progress: Callable[[int], None]) -> None:
    path.mkdir()
    np.savez(path / _FILE, rows=rows, vectors=vectors)
    progress(len(rows))


def open_saved(path: Path) -> ExactVectors:
    try:
        with np.load(path / _FILE) as saved:
            return ExactVectors(saved["rows"], saved["vectors"])
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(f"{path}: {error}") from error


def verify(path: Path, rows: Rows, vectors: Vectors) -> None:
    engine = open_saved(path)
    for vector in vectors:
        _, scores = engine.search(vector, 1)
        if not len(scores) or scores[0] < 0.999:
            raise EngineError(f"{path}: a vector doesn't find itself")


def library() -> tuple[str, str]:
    return "numpy", np.__version__


ENGINE = Engine(build=build, open=open_saved, verify=verify, library=library)
