from __future__ import annotations

import re
from pathlib import Path

import pytest

import sources.words
from sources.figures.ranges import ALLOWANCES
from sources.words import any_of, groups, rows, words

TABLES = sorted(file.stem for file in Path(sources.words.__file__).parent.glob("*.tsv"))
MARKS = {
    "aims": {"sentence", "clause", "after", "level", "named", "asked", "aim", "hint", "title"},
    "done": {"figure", "named", "asked", "done", "hint"},
    "bounds": {"before", "after", "said", "aim", *ALLOWANCES, ""},
    "contrasts": {"names", "asked", "told"},
    "opposites": {"told", "moves", "character"},
    "same": {"light", "same", "apart"},
}


@pytest.mark.parametrize("table", sorted(MARKS))
def test_every_word_of_a_table_is_marked_and_stands_in_one_row(table: str) -> None:
    every = rows(table)

    assert {mark for _, *cells in every for cell in cells for mark in cell.split(",")} == MARKS[table]
    assert len({word for word, *_ in every}) == len(every)
    for word, *_ in every:
        assert word == word.strip()
        assert re.compile(word)


def test_the_tables_are_those_that_are_read() -> None:
    assert sorted([*MARKS, "dimensions", "metrics", "units"]) == TABLES


def test_words_are_found_by_their_marks() -> None:
    aim = any_of("aims", "aim")

    assert aim.search("力争达到6万元")
    assert aim.search("计划新建12座")
    assert not aim.search("落实计划生育政策")
    assert not any_of("done", "done").search("已知条件")
    assert ("城镇", "农村") in groups("contrasts", "told")
    assert all(len(pair) == 2 for pair in groups("opposites", "told", "moves", "character"))


def test_a_mark_that_no_row_bears_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no row of aims\.tsv is marked wish"):
        words("aims", "wish")
