"""Progress: how far long work has come, told to whoever waits, who may have it stopped"""

from __future__ import annotations

from dataclasses import dataclass


class Stopped(Exception):  # noqa: N818 (no error: somebody wanted it so)
    """Raised where progress is told, to stop the work there; what is done by then is kept."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work has come."""

    stage: str
    """waiting (for another writer) | reading | embedding | building (engines)"""
    done: int
    total: int
    """Of files when reading, of passages otherwise; 0 while it isn't known."""
    path: str = ""
    """The file last finished or, while that takes long, waited for; when reading."""
    page: int = 0
    """How many of its pages are read; 0 where its reader doesn't tell."""
    pages: int = 0
