"""Bonds: how firmly two characters in a row belong together, so that no piece is cut out of the middle of a word and
none is put where it reads like nothing that is written: 停车费|第二个, not 费首|第二个."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = Path(__file__).parent / "assets" / "bonds.npz"
UNSEEN = -4.0
"""Of two characters that hardly ever stand in a row."""
STEPS = 8
"""Of the stored whole numbers, to one."""
_PLANE = 1 << 16


def key(left: str, right: str) -> int:
    """The number under which two characters are stored; digits and Latin letters are one character each."""
    return ord(_plain(left)) % _PLANE * _PLANE + ord(_plain(right)) % _PLANE


def _plain(character: str) -> str:
    if character.isdigit():
        return "0"
    return "a" if character.isascii() and character.isalpha() else character


@lru_cache(maxsize=4096)
def bond(left: str, right: str) -> float:
    """How much more often `right` follows `left` than it would by chance, as a logarithm; 0 at the end of a text."""
    if not left or not right:
        return 0.0
    keys, values = _table()
    wanted = key(left[-1], right[0])
    at = int(np.searchsorted(keys, wanted))
    return float(values[at]) / STEPS if at < len(keys) and keys[at] == wanted else UNSEEN


@cache
def _table() -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    with np.load(FILE) as stored:
        return np.cumsum(stored["steps"].astype(np.int64)), stored["values"]
