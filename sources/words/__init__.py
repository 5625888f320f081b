"""Words as data: which words tell of an aim, of something done, of a bound; which exclude one another.

Each table is a file of tab-separated columns; its first lines, which begin with #, say what stands in them. A word may
be a regular expression: 计划(?=[到在于]) is 计划 before one of these characters only, 已(?!知) is 已 but not in 已知.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def rows(table: str) -> tuple[tuple[str, ...], ...]:
    """The rows of `TABLE.tsv` in order, each as its columns."""
    lines = (_FOLDER / f"{table}.tsv").read_text("utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines if line and not line.startswith("#"))


@cache
def words(table: str, *marks: str) -> tuple[str, ...]:
    """The words, first column of `TABLE.tsv`, of the rows that bear one of these marks in the others.

    A cell holds marks joined by commas. Raises ValueError when no row bears one.
    """
    marked = tuple(
        word for word, *cells in rows(table) if any(mark in cell.split(",") for cell in cells for mark in marks)
    )
    if not marked:
        raise ValueError(f"no row of {table}.tsv is marked {' or '.join(marks)}")
    return marked


@cache
def any_of(table: str, *marks: str) -> re.Pattern[str]:
    """Finds each of those words; where two begin at one place, the one that stands first in the table."""
    return re.compile("|".join(words(table, *marks)))


@cache
def groups(table: str, *marks: str) -> tuple[tuple[str, ...], ...]:
    """Those words in their groups, where a row's first column holds several joined by |."""
    return tuple(tuple(row.split("|")) for row in words(table, *marks))


@cache
def units_of(word: str) -> frozenset[str]:
    """The base units that what is asked for by the word is counted in: 元 of 资金, % of 比例; see `dimensions.tsv`."""
    return frozenset(unit for words, unit in rows("dimensions") if word in words.split("|"))
