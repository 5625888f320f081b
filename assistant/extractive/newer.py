"""Newer: the figure of a later year before the one that was found, where the question names no time

双桥县农村居民人均可支配收入是多少？    2024年为42979元 before the 40318元 of 2023, the sentence that reads best
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.extractive.compose import Draft, Line
from assistant.extractive.owners import owner_of
from assistant.extractive.statements import line_of
from assistant.library import Library
from sources.figures.figure import Figure

_YEAR = re.compile(r"\d{4}")


def first(draft: Draft, library: Library) -> Draft:
    """The draft with the same figure of the latest year before its own, where there is one and no year is asked for."""
    if draft.status != "answered" or draft.question.dates or len(draft.lines) != 1 or library.scope is not None:
        return draft
    (line,) = draft.lines
    if not isinstance(line, Line) or len(line.figures) != 1 or line.computed:
        return draft
    later = _later(line.figures[0], library)
    if later is None:
        return draft
    told = line_of(later, later.key, library)
    return replace(draft, lines=(told, line)) if later.period in told.text else draft


def _later(figure: Figure, library: Library) -> Figure | None:
    """The same of the same place and body in the latest of the years after it."""
    if not figure.key or not _YEAR.fullmatch(figure.period):
        return None
    alike = [
        each
        for each in library.store(keys=[figure.key], region=figure.region, status=figure.status, unit=figure.unit)
        if _YEAR.fullmatch(each.period)
        and each.subject == figure.subject
        and _whose(each, library) == _whose(figure, library)
    ]
    newest = max(alike, key=lambda each: (each.period, -each.start), default=None)
    return newest if newest is not None and newest.period > figure.period else None


def _whose(figure: Figure, library: Library) -> str:
    document = library.document(figure.document_id)
    owner = owner_of(document.title, document.publisher)
    return owner.name if owner else document.id
