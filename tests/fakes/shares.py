"""A share of very many cases, the same one each time; all of them where YOUJU_TEST_ALL is set."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
ALL = bool(os.environ.get("YOUJU_TEST_ALL"))


def share(cases: Sequence[T], most: int) -> list[T]:
    """So many of them, spread over all, in their order."""
    if ALL or len(cases) <= most:
        return list(cases)
    return [cases[at] for at in sorted(random.Random(most).sample(range(len(cases)), most))]


def examples(few: int, *, of: int) -> int:
    """How many examples Hypothesis makes."""
    return of if ALL else few
