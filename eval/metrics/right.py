"""Right: every figure and key phrase is there and nothing forbidden is; where nothing can be answered, a refusal.

    >>> case = Case(id="1", question="产值多少？", figures=("3420亿元",), must_not=("350亿元",), answer="3420亿元。")
    >>> is_right(case, status="answered", text="总产值3420亿元。")
    True
    >>> is_right(case, status="not_found", text="文档里没有。")
    False

`focused` also asks that a right answer is short: no longer than 160 characters or four times the canonical one.
"""

from __future__ import annotations

from eval.cases import Case
from eval.metrics.figures import stated
from eval.metrics.phrases import all_included, any_forbidden

REFUSALS = ("not_found", "clarify")
"""Statuses of an answer that declines."""

_FOCUSED_CHARS = 160
_FOCUSED_TIMES = 4


def is_right(case: Case, *, status: str, text: str) -> bool | None:
    """Whether the answer is right; None where the case has no rules to tell. `text` is without citation marks."""
    if not case.answerable or (case.refusal_ok and status in REFUSALS):
        return status in REFUSALS
    if not case.has_rules:
        return None
    return status == "answered" and follows_rules(case, text)


def follows_rules(case: Case, text: str) -> bool:
    """Whether the text alone says what the case asks for and nothing that it forbids."""
    return (
        all(stated(figure, text) for figure in case.figures)
        and all_included(case.must_include, text)
        and not any_forbidden(case.must_not, text)
    )


def is_focused(case: Case, *, right: bool, text: str) -> bool:
    """Whether a right answer is also short; a right refusal always is."""
    if not case.answerable:
        return right
    return right and len(text) <= max(_FOCUSED_CHARS, _FOCUSED_TIMES * len(case.answer))
