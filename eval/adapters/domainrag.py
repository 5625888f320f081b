"""DomainRAG (Wang et al. 2024, arXiv:2406.05654): questions on one university's pages.

docs.jsonl        {"docid": "dr-0b03750f45", "title": "国防生热点问题解答", "date": "2014-06-22", "text": "…"}
questions.jsonl   {"id": "dr-extract-000", "kind": "extract", "question": "…用哪三个语言进行教学？",
                   "answers": ["汉语 法语 英语"], "docs": ["dr-963884226a"]}

Left out are questions with a planted passage, and those answered from several pages by a text of people's own. Of the
others any of `answers` is right; the words of one that are set apart are all wanted. Option: `held_out` asks the half
of them only that nothing which ships has learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, Text, lines, parsed
from eval.splits import held_out

_ASKED = ("extract", "time", "table", "follow-up")


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:  # noqa: ARG001
    """The questions of the folder and its pages."""
    aside = bool(options.get("held_out"))
    return CaseSet(lambda: _cases(path / "questions.jsonl", aside), lambda: _documents(path / "docs.jsonl"))


def _documents(path: Path) -> Iterator[Text]:
    for _, item in lines(path):
        data: Any = item
        yield Text(id=data["docid"], text=data["text"], title=data["title"])


def _cases(path: Path, aside: bool) -> Iterator[Case]:
    for number, item in lines(path):
        data: Any = item
        if data["kind"] not in _ASKED or (aside and not held_out(data["docs"][0])):
            continue
        answers = [answer.strip() for answer in data["answers"] if answer.strip()]
        words = answers[0].split() if len(answers) == 1 else []
        yield parsed(
            {
                "id": data["id"],
                "question": data["question"],
                "type": data["kind"],
                "answer": answers[0],
                "answers": answers[1:],
                "must_include": [[word] for word in words] if len(words) > 1 else [answers],
                "docs": data["docs"],
                "history": [turn["question"] for turn in data.get("history", ())],
            },
            path=path,
            line=number,
        )
