"""The checks that every sentence of an answer passes, in order: one file and one line here add another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.checks.alignment import check_alignment
from assistant.checks.binding import check_binding
from assistant.checks.doers import check_doers
from assistant.checks.english import check_english, check_english_words
from assistant.checks.marks import check_marks
from assistant.checks.numbers import Numbers, check_numbers
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from assistant.checks.wording import (
    check_copying,
    check_each_mark,
    check_foreign_words,
    check_opposites,
    check_places,
    check_quotations,
    check_times,
    check_translated,
    check_what_was_asked,
)

Scope = Literal["any", "cited", "reworded"]
"""What a check is made of: any sentence, one that cites something, or one that does and is no verbatim part of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a sentence is held to."""

    problems: Callable[[Statement, Asking, Numbers], Iterable[Problem]]
    """What is wrong with the sentence, given what was asked and where its numbers stand; nothing where it holds."""
    of: Scope


CHECKS: tuple[Check, ...] = (
    Check(check_marks, of="any"),
    Check(check_numbers, of="cited"),
    Check(check_what_was_asked, of="cited"),
    Check(check_times, of="reworded"),
    Check(check_places, of="reworded"),
    Check(check_opposites, of="reworded"),
    Check(check_copying, of="reworded"),
    Check(check_binding, of="reworded"),
    Check(check_doers, of="reworded"),
    Check(check_quotations, of="reworded"),
    Check(check_alignment, of="reworded"),
    Check(check_each_mark, of="reworded"),
    Check(check_translated, of="reworded"),
    Check(check_english, of="reworded"),
    Check(check_english_words, of="reworded"),
    Check(check_foreign_words, of="reworded"),
)


def problems_of(
    statement: Statement, asking: Asking, numbers: Numbers, *, scopes: Collection[Scope]
) -> Iterator[Problem]:
    """What the checks of these scopes find wrong with a sentence."""
    for check in CHECKS:
        if check.of in scopes:
            yield from check.problems(statement, asking, numbers)
