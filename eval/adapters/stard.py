"""STARD (Su et al. 2024, arXiv:2406.15313): lay people's legal questions, and the articles of law that answer them.

    articles.jsonl.xz     {"id": "33555c6e…", "law": "中华人民共和国刑法", "article": "第一条", "text": "第一条 为了…"}
    questions-dev.jsonl   {"id": 0, "question": "谁可以成为个体工商户？", "gold": ["8fcc9951…", "c1019f86…"]}

Option `articles` (0: all): keep only so many articles, the gold ones among them, the others chosen by the seed; figures
on fewer articles are higher and compare only with each other. There are no answers: use `ask = false` and `search`.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.cases import Case, CaseSet, Text, lines, parsed


def load(path: Path, seed: int, options: Mapping[str, Any]) -> CaseSet:
    """The questions of the folder, and its articles as documents."""
    count = int(options.get("articles", 0))
    questions = path / "questions-dev.jsonl"

    def documents() -> Iterator[Text]:
        articles = _articles(path / "articles.jsonl.xz")
        if not count:
            return articles
        gold = {doc for case in _cases(questions) for doc in case.docs}

        def rank(text: Text) -> tuple[bool, bytes]:
            return text.id not in gold, hashlib.sha256(f"{seed}:{text.id}".encode()).digest()

        return iter(heapq.nsmallest(count, articles, key=rank))

    return CaseSet(lambda: _cases(questions), documents)


def _articles(path: Path) -> Iterator[Text]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            yield Text(id=data["id"], text=data["text"], title=data["law"])


def _cases(path: Path) -> Iterator[Case]:
    for number, item in lines(path):
        data: Any = item
        case = {"id": f"stard-{data['id']}", "question": data["question"], "docs": data["gold"]}
        yield parsed(case, path=path, line=number)
