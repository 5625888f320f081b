"""Proposed cases from a library's figure store and sections, for a person to correct and approve.

    2025年嘉兴市农村居民人均可支配收入是多少？   figures 54939元   evidence …可支配收入为54939元   approved false

A proposal asks only what one figure answers: where two share metric, place, period and status, neither is asked. The
other years and places of a metric become `must_not`. Nothing is scored until somebody sets 通过 to 是.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from assistant.ask import Assistant
from eval.cases import Case, write
from eval.libraries import document_of
from eval.metrics.normal import flat
from eval.systems import needed
from sources import Document, Figure

COLUMNS = ("编号", "前文", "问题", "答案", "数字", "必含", "不得含", "文档", "依据", "类型", "可答", "通过")
_WIDTHS = (14, 20, 48, 28, 16, 24, 18, 24, 60, 12, 8, 8)
_CLAUSE_END = re.compile(r"[。；！？\n]")
_YEAR = re.compile(r"\d{4}")
_SHORTEST, _LONGEST = 10, 120
_MOST_FORBIDDEN = 3
_ASKABLE = ("actual", "target", "cumulative")
_DURATIONS = ("年", "个月", "月", "天", "日", "小时", "分钟")
_LIST_SIGNS = "-*|·•"


def draft(assistant: Assistant, *, count: int, seed: int) -> list[Case]:
    """Up to `count` proposals, three quarters from figures and the rest from sections, spread over the documents."""
    rng = Random(seed)
    documents = [assistant.index.document(info.id) for info in assistant.index.documents()]
    figures = _askable(assistant, documents)
    sections = [case for document in documents for case in _sections(document)]
    rng.shuffle(figures)
    rng.shuffle(sections)
    from_sections = min(len(sections), max(count // 4, count - len(figures)))
    return [*figures[: count - from_sections], *sections[:from_sections]]


def save(cases: Sequence[Case], path: Path) -> None:
    """Writes the proposals as .xlsx, .csv or .jsonl. Raises ValueError for another suffix."""
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        write(path, cases)
    elif suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *map(_cells, cases)])
    elif suffix == ".xlsx":
        book = needed("openpyxl", extra="eval").Workbook()
        for cells in [COLUMNS, *map(_cells, cases)]:
            book.active.append(cells)
        book.active.freeze_panes = "A2"
        for column, width in zip("ABCDEFGHIJKL", _WIDTHS, strict=True):
            book.active.column_dimensions[column].width = width
        book.save(path)
    else:
        raise ValueError(f"{path}：只能写成 .xlsx、.csv 或 .jsonl")


def _cells(case: Case) -> tuple[str, ...]:
    groups = "；".join("|".join(group) for group in case.must_include)
    lists = [case.history, case.figures, case.must_not, case.docs, case.evidence]
    history, figures, must_not, docs, evidence = ("；".join(values) for values in lists)
    answerable, approved = ("是" if yes else "否" for yes in (case.answerable, case.approved))
    first = (case.id, history, case.question, case.answer, figures, groups, must_not)
    return (*first, docs, evidence, case.type, answerable, approved)


def _askable(assistant: Assistant, documents: Sequence[Document]) -> list[Case]:
    by_id = {document.id: document for document in documents}
    found = [f for document in documents for f in assistant.index.figures(document_id=document.id)]
    same: dict[tuple[str, str, str, str], list[Figure]] = {}
    for figure in found:
        named = figure.metric and figure.region and _YEAR.fullmatch(figure.period)
        if named and figure.status in _ASKABLE and figure.unit not in _DURATIONS:
            same.setdefault((figure.metric, figure.region, figure.period, figure.status), []).append(figure)
    by_metric: dict[str, list[Figure]] = {}
    for figures in same.values():
        by_metric.setdefault(figures[0].metric, []).append(figures[0])
    cases = []
    for figures in same.values():
        if len({figure.value for figure in figures}) == 1:
            case = _figure_case(figures[0], by_id[figures[0].document_id], by_metric)
            cases += [case] if case else []
    return cases


def _figure_case(figure: Figure, document: Document, by_metric: Mapping[str, Sequence[Figure]]) -> Case | None:
    evidence = clause(document.text, figure.start, figure.end)
    if evidence is None:
        return None
    others = dict.fromkeys(f.text for f in by_metric[figure.metric] if f.value != figure.value)
    metric = figure.metric.removesuffix("目标").removesuffix("的")
    goal = "的目标" if figure.status == "target" else ""
    return Case(
        id=f"draft-{figure.document_id[:6]}-{figure.start}",
        question=f"{figure.period}年{figure.region}{metric}{goal}是多少？",
        answer=f"{figure.text}。",
        type="figure",
        figures=(figure.text,),
        must_not=tuple(text for text in others if flat(text) not in evidence)[:_MOST_FORBIDDEN],
        docs=(document_of(document.uri, document.title),),
        evidence=(evidence,),
        approved=False,
    )


def _sections(document: Document) -> Iterator[Case]:
    for section in document.sections:
        body = document.text[section.start : section.end].removeprefix(section.heading).strip("# \n")
        first = clause(body, 0, 1) if body else None
        if first and len(section.heading) > 3:
            yield Case(
                id=f"draft-{document.id[:6]}-s{section.start}",
                question=f"《{document.title}》中“{section.heading}”部分说了什么？",
                type="policy",
                docs=(document_of(document.uri, document.title),),
                evidence=(first,),
                approved=False,
            )


def clause(text: str, start: int, end: int) -> str | None:
    """The clause around a span, without whitespace; None where it isn't 10 to 120 characters long.

    >>> clause("位列第一。2025年收入为54939元，增长5%。", 12, 18)
    '2025年收入为54939元，增长5%'
    """
    begin = max((m.end() for m in _CLAUSE_END.finditer(text, 0, start)), default=0)
    stop = _CLAUSE_END.search(text, end)
    words = flat(text[begin : stop.start() if stop else len(text)]).strip(_LIST_SIGNS)
    return words if _SHORTEST <= len(words) <= _LONGEST else None
