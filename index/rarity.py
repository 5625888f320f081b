"""How much a word tells: its inverse document frequency in general Chinese, for libraries too small to know."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "models" / "rarity.tsv.gz"


@cache
def _table() -> tuple[dict[str, float], float]:
    head, *lines = gzip.decompress(TABLE.read_bytes()).decode().split("\n")
    pairs = (line.split("\t") for line in lines)
    table = {word: int(idf) / 100 for idf, word in pairs}
    return table, max(table.values()) + 1.0


def rarity(word: str) -> float:
    """ln(passages / passages with `word`) over 250-character passages of news, for one word of `index.words.words`.

    From near 0 (的) to about 11; words the table doesn't know count as rarer than all it knows.
    """
    table, unseen = _table()
    return table.get(word, unseen)
