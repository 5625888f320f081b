"""Passages: whole sentences of one section, within a token budget."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that is indexed and shown as one."""

    id: str
    """`{document_id}:{start}-{end}`."""
    document_id: str
    text: str
    start: int
    end: int
    heading: str
    """The section path, outermost first, joined by " › "; empty before the first heading."""
