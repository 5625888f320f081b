"""What is wrong with a case file, by line, before anybody trusts a score from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.adapters import load_cases
from eval.cases import Case, CaseError, lines, parsed
from eval.libraries import Library
from eval.metrics.figures import stated
from eval.metrics.normal import flat, normal
from eval.metrics.phrases import all_included, any_forbidden

_SENTENCE_END = re.compile(r"[。；！？;!?]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend, or to look at."""

    line: int
    case_id: str
    message: str
    is_error: bool = True
    """False for a remark; those never change the exit status."""


def problems(path: Path, *, format: str = "", library: Library | None = None) -> Iterator[Problem]:  # noqa: A002
    """Every problem of the file, in its order. With the library, documents and evidence are looked up in it."""
    ids: dict[str, int] = {}
    questions: dict[str, str] = {}
    for line, case in _cases(path, format):
        if isinstance(case, CaseError):
            yield Problem(case.line, "", case.reason)
            continue
        if case.id in ids:
            yield Problem(line, case.id, f"编号在第 {ids[case.id]} 行已经用过")
        ids.setdefault(case.id, line)
        asked = normal(" ".join((*case.history, case.question)))
        if asked in questions:
            yield Problem(line, case.id, f"与 {questions[asked]} 问的一样", is_error=False)
        questions.setdefault(asked, case.id)
        yield from (Problem(line, case.id, message, is_error) for message, is_error in _remarks(case, library))


def _cases(path: Path, format: str) -> Iterator[tuple[int, Case | CaseError]]:  # noqa: A002
    """Each case with its line; a bad line of our own format doesn't hide those after it."""
    if (format or path.suffix.lower().lstrip(".")) != "jsonl":
        try:
            # A table's first row is its headings.
            first = 2 if path.suffix.lower() in (".csv", ".xlsx") else 1
            yield from enumerate(load_cases(path, format=format).cases(), first)
        except CaseError as error:
            yield error.line, error
        return
    try:
        for line, data in lines(path):
            try:
                yield line, parsed(data, path=path, line=line)
            except CaseError as error:
                yield line, error
    except CaseError as error:
        yield error.line, error


def _remarks(case: Case, library: Library | None) -> Iterator[tuple[str, bool]]:
    if not case.approved:
        yield "还没有批准，运行时会略过", False
    if not case.answerable:
        if case.figures or case.must_include or case.evidence:
            yield "标为不可答，却有数字、必含或依据", True
        return
    if not (case.has_rules or case.golds or case.docs or case.evidence):
        yield "没有写怎样算答对：请给出答案、数字、必含、文档或依据", True
    if not case.has_rules and case.golds:
        yield (
            "没有数字和必含，只能算与答案的重合度，不能判对错",
            False,
        )
    if case.answer:
        yield from _answer_remarks(case)
    for forbidden in case.must_not:
        if any(any_forbidden([forbidden], piece) for piece in case.evidence):
            yield f"不得含的 {forbidden} 就在依据里，照实引用也会判错", True
    if case.evidence and not case.docs:
        yield "有依据而没有文档，无法统计引用的文档对不对", False
    if library is not None:
        yield from _library_remarks(case, library)


def _answer_remarks(case: Case) -> Iterator[tuple[str, bool]]:
    """The canonical answer must itself score right."""
    for figure in case.figures:
        if not stated(figure, case.answer):
            yield f"答案“{case.answer}”里没有数字 {figure}", True
    for group in case.must_include:
        if not all_included([group], case.answer):
            yield f"答案“{case.answer}”里没有必含的 {' / '.join(group)}", True
    for forbidden in case.must_not:
        if any_forbidden([forbidden], case.answer):
            yield f"答案里有不得含的 {forbidden}", True


def _library_remarks(case: Case, library: Library) -> Iterator[tuple[str, bool]]:
    for doc in case.docs:
        count = len(library.named(doc))
        if count != 1:
            yield f"文档 {doc}：{'没有这个文件' if not count else f'有 {count} 个文件都叫这个'}", True
    texts = [library.flat_text(doc) for doc in case.docs]
    for piece in case.evidence:
        if texts and not any(flat(piece) in text for text in texts):
            yield f"{'、'.join(case.docs)} 里没有这句依据：{piece}", True
        quoted = [sentence for text in texts if (sentence := _sentence(text, flat(piece)))]
        for forbidden in case.must_not:
            if any(any_forbidden([forbidden], sentence) for sentence in quoted):
                yield f"不得含的 {forbidden} 与依据在同一句，照实引用也会判错", False


def _sentence(text: str, piece: str) -> str:
    """What one would quote with the piece: the sentence it stands in; "" where it stands nowhere."""
    at = text.find(piece)
    if at < 0:
        return ""
    start = max((m.end() for m in _SENTENCE_END.finditer(text, 0, at)), default=0)
    stop = _SENTENCE_END.search(text, at + len(piece) - 1)
    return text[start : stop.end() if stop else len(text)]
