"""Likeness: how much of their wording two texts have in common, by a few numbers of each

MinHash (Broder 1997) over runs of words: of each of `VALUES` orders of all possible runs, the first that a text has. In
two texts as large a share of these is the same as they have of their runs in common.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RUN = 8
"""Tokens in a run. Where a text goes on elsewhere, fewer than this many runs are new; a new token makes as many."""
VALUES = 128
VERSION = 2
"""Raise when gists are made in another way."""
_KEPT = 32
_WORDS_KEPT = 100_000
_AT_ONCE = 20_000
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|[^\W\d_a-zA-Z]")
_MULTIPLIER = np.uint64(6364136223846793005)

Tokens = NDArray[np.uint64]
"""A hash a token."""


@lru_cache(maxsize=_KEPT)
def tokens(text: str) -> Tokens:
    """Of each number, Latin word and other letter of a text, a hash, in order, odd for a number; (n,) uint64."""
    words = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    return np.fromiter(map(_hash, words), np.uint64, len(words))


def runs(of: Tokens) -> NDArray[np.uint64]:
    """A hash for each run of `RUN` tokens, in order."""
    length = max(len(of) - RUN + 1, 0)
    found = np.zeros(length, np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(RUN):
            found = found * _MULTIPLIER + of[offset : offset + length]
        found ^= found >> np.uint64(31)
        return found * _MULTIPLIER


def gist(text: str) -> bytes:
    """What of a text is compared with others: the version, and numbers of 32 bits as `values` gives them."""
    least = np.full(VALUES, np.iinfo(np.uint32).max, np.uint32)
    multipliers, addends = _orders()
    hashes = np.unique(runs(tokens(text)))
    different = (hashes >> np.uint64(32)).astype(np.uint32)
    for start in range(0, len(different), _AT_ONCE):
        part = different[start : start + _AT_ONCE]
        with np.errstate(over="ignore"):
            np.minimum(least, (multipliers * part + addends).min(axis=1), out=least)
    whole = np.add.reduce(hashes, dtype=np.uint64)
    return b"".join((bytes([VERSION]), least.astype("<u4").tobytes(), whole.astype("<u8").tobytes()))


def values(of: bytes) -> NDArray[np.uint32] | None:
    """The numbers in a gist: `VALUES` to be compared one by one, then those of all runs together; None for a gist of
    another version."""
    return np.frombuffer(of[1:], "<u4") if of[:1] == bytes([VERSION]) else None


def shares(many: NDArray[np.uint32], one: NDArray[np.uint32]) -> NDArray[np.float64]:
    """About which share of their runs each of many texts (n,) has in common with one; more than 1 for the same."""
    same = many == one
    alike: NDArray[np.float64] = np.mean(same[:, :VALUES], axis=1) + np.all(same[:, VALUES:], axis=1)
    return alike


@lru_cache(maxsize=1)
def _orders() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Factors (odd, so that no two runs become one) and addends that put all runs in another order each."""
    drawn = np.arange(1, 2 * VALUES + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # SplitMix64 (Steele et al. 2014)
        drawn = (drawn ^ (drawn >> np.uint64(shift))) * np.uint64(factor)
    made = (drawn >> np.uint64(32)).astype(np.uint32)[:, np.newaxis]
    return made[:VALUES] | np.uint32(1), made[VALUES:]


@lru_cache(maxsize=_WORDS_KEPT)
def _hash(word: str) -> int:
    digest = hashlib.blake2b(word.casefold().encode("utf8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) & ~1 | word[0].isdigit()
