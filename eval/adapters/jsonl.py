"""Our own JSON Lines, one case a line; `eval.cases` shows a line and says what each field means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eval.cases import CaseSet, read


def load(path: Path, seed: int, options: Mapping[str, object]) -> CaseSet:  # noqa: ARG001
    """The cases of a file; their documents are the folder that goes with it."""
    return CaseSet(lambda: read(path))
