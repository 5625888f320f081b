"""SQuAD's format, as CMRC 2018, DRCD and ExpMRC use it; also one JSON line a question.

    {"version": "v1.0", "data": [{"title": "战国无双3", "paragraphs": [{"id": "DEV_0", "context": "《战国无双3》是由…",
     "qas": [{"id": "DEV_0_QUERY_0", "question": "…", "answers": [{"text": "光荣和ω-force", "answer_start": 11}]}]}]}]}
    {"question": "…", "context": "…", "answers": ["…"]}

Every paragraph is a document, and all of them together the library, so that finding the right one is part of the task;
`given = true` asks each question on its own paragraph alone, as the data sets were made for. `answer_start` is not
read: in CMRC 2018 it is wrong 176 times. ExpMRC's evidence sentences become the evidence.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, Text, parsed


def load(path: Path, seed: int, options: Mapping[str, object]) -> CaseSet:  # noqa: ARG001
    """The questions of a file. Option `given`: see above."""
    given = bool(options.get("given"))
    return CaseSet(
        lambda: (_case(text, qa, path, number, given) for number, (text, qa) in enumerate(_questions(path), 1)),
        None if given else lambda: iter({text.id: text for text, _ in _questions(path)}.values()),
    )


def _questions(path: Path) -> Iterator[tuple[Text, dict[str, Any]]]:
    if path.name.removesuffix(".xz").endswith(".jsonl"):
        yield from _lines(path)
        return
    with _opened(path) as file:
        data = json.load(file)
    for part in data["data"]:
        for number, paragraph in enumerate(part["paragraphs"]):
            name = str(paragraph.get("id") or f"{part.get('title', 'paragraph')}-{number}")
            text = Text(id=name, text=paragraph["context"], title=part.get("title", ""))
            for qa in paragraph["qas"]:
                yield text, qa


def _lines(path: Path) -> Iterator[tuple[Text, dict[str, Any]]]:
    names: dict[str, str] = {}
    with _opened(path) as file:
        for line in file:
            data = json.loads(line)
            name = names.setdefault(data["context"], f"context-{len(names):05d}")
            yield Text(id=name, text=data["context"]), data


def _opened(path: Path) -> Any:
    return lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")


def _case(text: Text, qa: Mapping[str, Any], path: Path, number: int, given: bool) -> Case:
    answers = list(dict.fromkeys(a["text"] if isinstance(a, dict) else a for a in qa.get("answers", ())))
    answers = [a for a in answers if a]
    evidences = [e["text"] if isinstance(e, dict) else e for e in qa.get("evidences", ())]
    evidence = [e for e in dict.fromkeys(evidences) if e] or answers[:1]
    return parsed(
        {
            "id": str(qa.get("id") or f"{path.stem}-{number}"),
            "question": qa["question"],
            "answer": answers[0] if answers else "",
            "answers": answers[1:],
            "must_include": [answers] if answers else [],
            "answerable": bool(answers) and not qa.get("is_impossible", False),
            "docs": [text.id] if answers else [],
            "evidence": evidence,
            "contexts": [text.model_dump()] if given else None,
        },
        path=path,
        line=number,
    )
