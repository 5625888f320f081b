"""Doubt: an answer that isn't sure says how likely it is to be right, so that whoever reads it looks at the source."""

from __future__ import annotations

from dataclasses import replace

from assistant.answers import SURE
from assistant.extractive.compose import Draft
from assistant.library import Library

_TENTHS = "零一二三四五六七八九"


def noted(draft: Draft, library: Library) -> Draft:  # noqa: ARG001  as every step
    """The draft with a notice where its confidence is below `SURE`; what is no answer claims nothing."""
    if draft.status != "answered" or draft.confidence >= SURE:
        return draft
    words = f"{draft.notice}；" if draft.notice else ""
    return replace(draft, notice=words + in_words(draft.confidence, english=draft.question.language == "en"))


def in_words(confidence: float, *, english: bool = False) -> str:
    """The notice on an answer of this confidence.

    >>> in_words(0.42)
    '把握约四成，请对照原文核实'
    """
    if english:
        return f"about {max(round(confidence, 1), 0.1):.0%} likely to be right: please check the source"
    tenths = round(confidence * 10)
    return f"把握{f'约{_TENTHS[tenths]}成' if tenths else '不到一成'}，请对照原文核实"
