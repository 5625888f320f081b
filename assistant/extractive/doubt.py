"""Doubt: an answer that isn't sure says how likely it is to be right, so that whoever reads it looks at the source."""

from __future__ import annotations

from dataclasses import replace

from assistant.answers import SURE
from assistant.extractive.compose import Draft, Line
from assistant.library import Library
from sources.words import any_of

_AIMS = {"target", "plan"}
_ASKS_AIM = any_of("aims", "asked")
_TENTHS = "零一二三四五六七八九"


def noted(draft: Draft, library: Library) -> Draft:  # noqa: ARG001  as every step
    """The draft with a notice where its confidence is below `SURE`; what is no answer claims nothing."""
    if draft.status != "answered" or draft.confidence >= SURE:
        return draft
    words = f"{draft.notice}；" if draft.notice else ""
    return replace(draft, notice=words + in_words(draft.confidence, english=draft.question.language == "en"))


def aims_noted(draft: Draft, library: Library) -> Draft:  # noqa: ARG001  as every step
    """The draft with a notice where all its figures are aims and the question doesn't ask for one: 2025年收入是多少 is
    told with 力争达到 where nothing else is known."""
    told = {figure.status for line in draft.lines if isinstance(line, Line) for figure in line.figures}
    if draft.status != "answered" or draft.question.status or draft.question.kind != "number" or not told:
        return draft
    if not told <= _AIMS or "target" not in told or _ASKS_AIM.search(draft.question.standalone):
        return draft
    said = "these are targets, not results" if draft.question.language == "en" else "文档里给出的是目标，不是实际完成数"
    return replace(draft, notice=f"{draft.notice}；{said}" if draft.notice else said)


def in_words(confidence: float, *, english: bool = False) -> str:
    """The notice on an answer of this confidence.

    >>> in_words(0.42)
    '把握约四成，请对照原文核实'
    """
    if english:
        return f"about {max(round(confidence, 1), 0.1):.0%} likely to be right: please check the source"
    tenths = round(confidence * 10)
    return f"把握{f'约{_TENTHS[tenths]}成' if tenths else '不到一成'}，请对照原文核实"
