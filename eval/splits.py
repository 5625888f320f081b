"""Which questions of a development set may be trained on: whole documents fall on one side, so that none is on both.

The half that is held out is what floors and model cards give figures on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def held_out(document: str) -> bool:
    """Whether questions on this document are kept for measuring: the same half for every part trained here."""
    return hashlib.sha256(document.encode()).digest()[0] % 2 == 1


def for_reading(document: str) -> bool:
    """Whether, of what isn't held out, it is the reader that learns from it, not what is learned upon the reader."""
    return hashlib.sha256(document.encode()).digest()[1] % 2 == 1


def linked(gold: Sequence[Iterable[str]]) -> list[str]:
    """A document name for each question whose gold is several: questions that share any gold get the same one."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    names = [list(each) for each in gold]
    for each in names:
        for other in each[1:]:
            first, second = sorted((root(each[0]), root(other)))
            parent[second] = first
    return [root(each[0]) for each in names]
