"""English questions over Chinese documents: the field's words, and names of places, put into Chinese."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent / "assets" / "glossary.tsv"


@cache
def _entries() -> tuple[dict[str, str], re.Pattern[str]]:
    rows = (line.split("\t") for line in _TABLE.read_text(encoding="utf8").splitlines() if line.strip())
    table = dict(rows)
    longest_first = sorted(table, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})(?:e?s)?\b", re.IGNORECASE)
    return table, pattern


def to_chinese(text: str) -> str:
    """The Chinese terms for what `text` names in English, in its order; numbers and Chinese in it are kept.

    >>> to_chinese("per capita disposable income of rural residents in 2025")
    '人均可支配收入 农村居民 2025年'
    """
    table, pattern = _entries()
    found: list[tuple[int, str]] = []
    for match in pattern.finditer(text):
        key = match[0].lower()
        chinese = table.get(key) or table.get(key.removesuffix("s")) or table.get(key.removesuffix("es"))
        if chinese:
            found.append((match.start(), chinese))
    found += [(m.start(), f"{m[0]}年") for m in re.finditer(r"\b(?:19|20)\d{2}\b", text)]
    found += [
        (m.start(), m[0])
        for m in re.finditer(r"[一-鿿]+|\b\d+(?:\.\d+)?%?(?![\d年])", text)
        if not re.fullmatch(r"(?:19|20)\d{2}", m[0])
    ]
    return " ".join(chinese for _, chinese in sorted(found))
