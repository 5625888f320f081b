"""Users' feedback, exported from the web chat or the API, as cases for a person to approve.

    {"question": "…", "history": ["…"], "answer": {…the answer as JSON…}, "rating": "up", "correction": ""}

`answer` is the answer's JSON (`assistant.answers`). A liked answer becomes a case with its checked figures and quotes;
of a disliked one only the question is kept, with the user's correction as the canonical answer. All are unapproved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.answers import Answer
from eval.cases import Case, CaseError, CaseSet, lines, parsed
from eval.libraries import document_of
from eval.metrics.normal import bare, flat

_LIKED = ("up", "like", "liked", "good", "1", "true")
_DISLIKED = ("down", "dislike", "disliked", "bad", "-1", "0", "false")


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:  # noqa: ARG001
    """A case for each rated question."""
    return CaseSet(lambda: (_case(item, path, number) for number, item in lines(path)))


def _case(item: Any, path: Path, number: int) -> Case:
    rating = str(item.get("rating", "")).lower()
    if rating not in _LIKED + _DISLIKED:
        raise CaseError(path, number, f"rating：{item.get('rating')!r} 既不是 up 也不是 down")
    try:
        answer = Answer.from_json(item["answer"])
    except (KeyError, TypeError, ValueError) as error:
        raise CaseError(path, number, f"answer：{error}") from None
    question = item.get("question") or answer.question
    data: dict[str, Any] = {
        "id": "feedback-" + hashlib.sha256(f"{path.name}:{number}:{question}".encode()).hexdigest()[:8],
        "question": question,
        "history": [turn if isinstance(turn, str) else turn["question"] for turn in item.get("history", ())],
        "type": "feedback",
        "approved": False,
    }
    if rating in _DISLIKED:
        data["answer"] = item.get("correction") or ""
    elif answer.status == "answered":
        data |= {
            "answer": flat(bare(answer.answer)),
            "figures": list(dict.fromkeys(f.text for f in answer.figures if f.verified)),
            "docs": list(dict.fromkeys(document_of(c.uri, c.title) for c in answer.citations)),
            "evidence": list(dict.fromkeys(flat(c.quote) for c in answer.citations if c.quote)),
        }
    else:
        data |= {"answerable": False, "type": "unanswerable", "answer": flat(bare(answer.answer))}
    return parsed(data, path=path, line=number)
