"""Cases: a question with what a right answer says, where it stands, and the documents it is asked on.

One line of a case file (only `id` and `question` are needed; `youju-eval check` says what else would help):

    {"id": "hz-0001", "question": "2024年杭州新增公交线路多少条？", "type": "figure", "answer": "28条。",
     "figures": ["28条"], "must_include": [], "must_not": ["31条"], "docs": ["transport-2024"],
     "evidence": ["新增公交线路28条"], "answerable": true, "history": []}
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Filled = Annotated[str, Field(min_length=1)]


class Text(BaseModel):
    """A document that comes with a data set rather than as a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Filled
    text: str
    title: str = ""


class Case(BaseModel):
    """One question and how to tell a right answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Filled
    question: Filled
    lang: str = "zh"
    type: str = "other"
    """Results are broken down by it: figure, policy, unanswerable …"""
    answer: str = ""
    """The canonical answer, short."""
    answers: tuple[Filled, ...] = ()
    """Other answers that EM, F1 and ROUGE-L take as equally good."""
    figures: tuple[Filled, ...] = ()
    """Each number, with its unit, that a right answer states."""
    must_include: tuple[Annotated[tuple[Filled, ...], Field(min_length=1)], ...] = ()
    """Of each group, one phrase must stand in the answer."""
    must_not: tuple[Filled, ...] = ()
    """Another year's or place's figure, a planted phrase."""
    docs: tuple[Filled, ...] = ()
    """The documents that answer it, by file name without suffix, or its part before the first `_`."""
    grades: dict[str, int] = {}
    """Relevance of `docs` where it is graded; 1 for each one not named here."""
    evidence: tuple[Filled, ...] = ()
    """Exact words of the documents; whitespace doesn't count."""
    answerable: bool = True
    refusal_ok: bool = False
    """True where declining is as good as a right answer (a question whose level was swapped, say)."""
    history: tuple[Filled, ...] = ()
    """Earlier questions of the conversation, oldest first."""
    contexts: tuple[Text, ...] | None = None
    """Documents of this case alone, in place of the set's."""
    without: tuple[Filled, ...] = ()
    """Documents of the set that are left out for this case."""
    approved: bool = True
    """False for a proposal that nobody has read yet; `youju-eval run` leaves those out."""

    @property
    def golds(self) -> tuple[str, ...]:
        """Every answer that counts as right, the canonical one first."""
        return tuple(dict.fromkeys(a for a in (self.answer, *self.answers) if a))

    @property
    def has_rules(self) -> bool:
        """Whether figures or phrases decide that an answer is right."""
        return bool(self.figures or self.must_include or self.must_not)


@dataclass(frozen=True, slots=True)
class CaseSet:
    """Cases with the documents they are asked on.

    Both callables start afresh at each call, so that ten thousand cases never lie in memory together.
    """

    cases: Callable[[], Iterator[Case]]
    documents: Callable[[], Iterator[Text]] | None = None
    """None where the documents are a folder that the caller names, or come with each case."""
    rules_from_answers: Callable[[], bool] = bool
    """Whether what a right answer must say was taken from the answers, as it was said nowhere; not, unless told."""


class CaseError(ValueError):
    """A case that can't be read; `str(error)` names the file, the line and the field."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


def parsed(data: object, *, path: Path, line: int) -> Case:
    """The case in `data`. Raises CaseError."""
    try:
        return Case.model_validate(data)
    except ValidationError as error:
        raise CaseError(path, line, reasons(error)) from None


def reasons(error: ValidationError) -> str:
    """What pydantic objects to, on one line: `question：缺这一项；lang：Input should be a valid string`."""
    known = {"missing": "缺这一项", "extra_forbidden": "没有这个字段，是不是写错了？"}
    return "；".join(
        f"{'.'.join(map(str, e['loc'])) or '题目'}：{known.get(e['type'], e['msg'])}" for e in error.errors()
    )


def lines(path: Path) -> Iterator[tuple[int, object]]:
    """Each filled line of a JSON Lines file with its number, from 1. Raises CaseError on one that isn't JSON."""
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise CaseError(path, number, f"不是 JSON：第 {error.colno} 个字符处 {error.msg}") from None


def read(path: Path) -> Iterator[Case]:
    """The cases of a JSON Lines file, one at a time. Raises CaseError at the first bad line."""
    for number, data in lines(path):
        yield parsed(data, path=path, line=number)


def write(path: Path, cases: Iterable[Case]) -> int:
    """How many cases were written to `path`, one a line, defaults left out."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for case in cases:
            file.write(as_line(case) + "\n")
            count += 1
    return count


def as_line(case: Case) -> str:
    """The case as one JSON line."""
    return json.dumps(case.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)


def sampled(cases: Iterable[Case], *, size: int, seed: int) -> Iterator[Case]:
    """`size` of the cases in their order, always the same ones for a seed, whatever order the file has them in."""

    def rank(item: tuple[int, Case]) -> bytes:
        return hashlib.sha256(f"{seed}:{item[1].id}".encode()).digest()

    for _, case in sorted(heapq.nsmallest(size, enumerate(cases), key=rank), key=lambda item: item[0]):
        yield case
