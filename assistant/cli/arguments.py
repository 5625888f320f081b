"""The words of a command line, before it is read"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def spread_sources(arguments: Sequence[str]) -> list[str]:
    """`--sources A B` as `--sources A --sources B`: every existing path that follows belongs to it."""
    spread: list[str] = []
    taking = False
    for argument in arguments:
        if taking and not argument.startswith("-") and Path(argument).exists():
            spread += ["--sources", argument]
            continue
        if spread and spread[-1] == "--sources":
            taking = True
        elif taking:
            taking = False
        spread.append(argument)
    return spread
