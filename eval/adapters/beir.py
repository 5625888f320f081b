"""BEIR's layout (Thakur et al. 2021, arXiv:2104.08663): a folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv.

    corpus.jsonl    {"_id": "d1", "title": "…", "text": "…"}
    queries.jsonl   {"_id": "q1", "text": "…"}
    qrels/test.tsv  query-id <tab> corpus-id <tab> score

Option: `split` ("test"). There are no answers: use `ask = false` and `search`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, Text, lines, parsed


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:  # noqa: ARG001
    """The queries that have a relevance judgement, and the corpus."""
    split = str(options.get("split", "test"))
    return CaseSet(lambda: _cases(path, split), lambda: _corpus(path / "corpus.jsonl"))


def _corpus(path: Path) -> Iterator[Text]:
    for _, item in lines(path):
        data: Any = item
        yield Text(id=str(data["_id"]), text=data["text"], title=data.get("title", ""))


def _cases(path: Path, split: str) -> Iterator[Case]:
    grades: dict[str, dict[str, int]] = {}
    with (path / "qrels" / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                grades.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    queries = path / "queries.jsonl"
    for number, item in lines(queries):
        data: Any = item
        relevant = grades.get(str(data["_id"]))
        if relevant:
            case = {"id": str(data["_id"]), "question": data["text"], "docs": list(relevant), "grades": relevant}
            yield parsed(case, path=queries, line=number)
