"""Key phrases and forbidden ones.

>>> all_included([["省委"], ["省人民政府", "省政府"]], "由省委、省政府印发。")
True
>>> any_forbidden(["350亿元"], "产值3420亿元，其中茶叶350亿元。")
True
"""

from __future__ import annotations

from collections.abc import Iterable

from eval.metrics.figures import read_figure, stated
from eval.metrics.normal import normal


def included(phrase: str, text: str) -> bool:
    """Whether the phrase stands in the text, quotes, widths and spaces apart."""
    return normal(phrase) in normal(text)


def all_included(groups: Iterable[Iterable[str]], text: str) -> bool:
    """Whether one phrase of each group stands in the text."""
    return all(any(included(phrase, text) for phrase in group) for group in groups)


def any_forbidden(entries: Iterable[str], text: str) -> bool:
    """Whether a forbidden figure (its whole unit with it) or phrase stands in the text."""
    return any(
        stated(entry, text, whole_unit=True) if read_figure(entry) is not None else included(entry, text)
        for entry in entries
    )
