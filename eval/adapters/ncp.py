"""NCP: questions on government texts of early 2020, each answered by a verbatim span of a named document.

docs.jsonl            {"docid": "0013aa11…", "text": "…"}
questions-dev.jsonl   {"id": "17f3894a…", "docid": "356fb8b8…", "question": "…", "answer": "…"}

Option: `held_out` asks the half of them only that nothing which ships has learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, Text, lines, parsed
from eval.splits import held_out

_QUESTIONS = "questions-dev.jsonl"


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:  # noqa: ARG001
    """The questions of the folder and its documents."""
    aside = bool(options.get("held_out"))
    return CaseSet(lambda: _cases(path / _QUESTIONS, aside), lambda: _documents(path / "docs.jsonl"))


def _documents(path: Path) -> Iterator[Text]:
    for _, item in lines(path):
        data: Any = item
        yield Text(id=data["docid"], text=data["text"])


def _cases(path: Path, aside: bool) -> Iterator[Case]:
    for number, item in lines(path):
        data: Any = item
        if aside and not held_out(data["docid"]):
            continue
        yield parsed(
            {
                "id": data["id"],
                "question": data["question"],
                "answer": data["answer"],
                "docs": [data["docid"]],
                "evidence": [data["answer"]],
            },
            path=path,
            line=number,
        )
