"""RAGAS's samples (Es et al. 2023, arXiv:2309.15217), as its test generator writes them: JSON Lines or a JSON list.

    {"user_input": "…", "reference": "…", "reference_contexts": ["…"], "retrieved_contexts": ["…"]}
    {"question": "…", "ground_truth": "…", "contexts": ["…"]}            (its older field names)

With a folder of documents the questions are asked on that, and the contexts are the evidence; option `given = true`
asks each on its own contexts. What the sample holds of another system's response is not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, lines, parsed


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:  # noqa: ARG001
    """The samples of a file."""
    given = bool(options.get("given"))
    return CaseSet(lambda: (_case(item, path, number, given) for number, item in _samples(path)))


def _samples(path: Path) -> Iterator[tuple[int, Any]]:
    if path.suffix == ".jsonl":
        yield from lines(path)
    else:
        yield from enumerate(json.loads(path.read_text(encoding="utf-8-sig")), 1)


def _case(item: Any, path: Path, number: int, given: bool) -> Case:
    contexts = item.get("reference_contexts") or item.get("contexts") or item.get("retrieved_contexts") or []
    truth = item.get("reference") or item.get("ground_truth") or item.get("ground_truths") or ""
    answers = [truth] if isinstance(truth, str) else list(truth)
    return parsed(
        {
            "id": str(item.get("id") or f"{path.stem}-{number}"),
            "question": item.get("user_input") or item.get("question") or "",
            "answer": answers[0] if answers else "",
            "answers": answers[1:],
            "evidence": [] if given else [c for c in contexts if c],
            "contexts": [{"id": f"{i:02d}", "text": text} for i, text in enumerate(contexts)] if given else None,
            "type": item.get("synthesizer_name") or item.get("evolution_type") or "other",
        },
        path=path,
        line=number,
    )
