"""Progress: what is being done on the index, in a line of the page's head"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.web.words import Words

if TYPE_CHECKING:
    from index.upkeep.jobs import Job


def progress(jobs: Sequence[Job], words: Words) -> str:
    """What the first of the jobs is at, 正在读取文件…（3/10）, as HTML; empty where there is none."""
    if not jobs:
        return ""
    at = jobs[0].progress if jobs[0].state == "running" else None
    stage = words.work[at.stage if at else "waiting"]
    count = f"{at.done:,}/{at.total:,}" if at and at.total else ""
    opening, closing = ("（", "）") if words.language.startswith("zh") else (" (", ")")
    return f'<span class="yj-work" role="status">{stage}{f"{opening}{count}{closing}" if count else ""}</span>'
