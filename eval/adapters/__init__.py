"""Data sets to cases: one file each, with a real record at its top; a new one is a file here and a line in ADAPTERS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from eval.adapters import beir, domainrag, feedback, jsonl, ncp, ragas, rgb, squad, stard, table
from eval.cases import CaseSet

__all__ = ["ADAPTERS", "load_cases"]

Options = Mapping[str, float | int | str | bool]

ADAPTERS: dict[str, Callable[[Path, int, Options], CaseSet]] = {
    "jsonl": jsonl.load,
    "csv": table.load_csv,
    "xlsx": table.load_xlsx,
    "squad": squad.load,
    "rgb": rgb.load,
    "beir": beir.load,
    "ncp": ncp.load,
    "stard": stard.load,
    "domainrag": domainrag.load,
    "ragas": ragas.load,
    "feedback": feedback.load,
}
"""Each takes a path, the suite's seed and its options."""

_BY_SUFFIX = {".jsonl": "jsonl", ".csv": "csv", ".xlsx": "xlsx"}


def load_cases(path: Path, *, format: str = "", seed: int = 0, options: Options | None = None) -> CaseSet:  # noqa: A002
    """The cases at `path`. Raises ValueError where the format isn't known, or the suffix doesn't show it."""
    name = format or _BY_SUFFIX.get(path.suffix.lower(), "")
    if not name:
        raise ValueError(f"{path}：请用 --format 说明是哪种格式：{'、'.join(ADAPTERS)}")
    if name not in ADAPTERS:
        raise ValueError(f"{path}：没有 {name!r} 这种格式，有的是 {'、'.join(ADAPTERS)}")
    return ADAPTERS[name](path, seed, options or {})
