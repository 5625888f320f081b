"""Answers and what stands behind them, and their JSON: the same from the command line, the API and a batch."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from index.standing import Standing, standing_of
from sources.passages import Passage

Language = Literal["zh", "en"]
Status = Literal["answered", "not_found", "clarify"]
SURE = 0.8
"""The confidence from which on an answer is shown as checked; below it, as possibly related.

Chosen on 120 questions of NCP, each asked with the document that answers and again without it: answers are right more
often than wrong in every step from 0.8 on, and in none below.
"""


def new_id() -> str:
    """An id for one answer: 32 hexadecimal digits."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: str = ""
    papers: tuple[str, ...] = ()
    """The titles of the documents that the answer cites, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that an answer may rest on."""

    number: int
    """From 1, in the order in which the answer first cites it."""
    passage: Passage
    quote_start: int
    """Half-open offsets into the document's text."""
    quote_end: int
    score: float
    """0 to 1, higher is better."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote with where it stands: `document.text[start:end] == quote`."""

    number: int
    document_id: str
    title: str
    publisher: str | None
    published: str | None
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    passage: str
    """The passage around the quote, verbatim."""
    passage_start: int
    """Offset of the passage's first character in the document's text."""
    uri: str = ""
    sheet: str | None = None
    """Of a workbook."""
    cells: str | None = None
    """Of the sheet, as its workbook calls them: B7, or B7:D7 for all in the rectangle around the quote."""
    copies: tuple[str, ...] = ()
    """Where else the document lies, in the same bytes or in nearly the same words."""
    standing: Standing | None = None
    """Whether the document is in force, by whose words; None of one that isn't a rule, or says nothing of it."""


def citation_id(citation: Citation) -> str:
    """What a quote is called for ever: where it stands, and a digest of its words. See `conversations.citations`."""
    digest = hashlib.sha256(citation.quote.encode("utf8", "surrogatepass")).hexdigest()[:8]
    return f"{citation.document_id}-{citation.start}-{citation.end}-{digest}"


@dataclass(frozen=True, slots=True)
class AnswerFigure:
    """A number in the answer, with its origin."""

    text: str
    value: str
    """Decimal in the base unit."""
    unit: str
    metric: str
    region: str
    period: str
    status: str
    citation: int | None
    """Number of the citation that it stands in; None when it is computed."""
    verified: bool
    formula: str | None = None
    """For a computed number, over cited numbers: 60000 - 54939 = 5061."""
    start: int | None = None
    """Where the number stands in the text of the document cited, half-open; None for one that is computed, or
    that the documents don't print."""
    end: int | None = None


@dataclass(frozen=True, slots=True)
class TableCell:
    """One figure of a table; `text` as printed, `value` a decimal in the base unit."""

    text: str
    value: str
    unit: str
    citation: int


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of an answer that sets several side by side, ready for a chart; the answer's text shows the same."""

    metric: str
    unit: str
    kind: Literal["trend", "places", "rows"]
    """How a chart shows it: a line over time, a bar a place, or not at all: rows of a table of the documents, each
    column with its own header; their cells hold words, too."""
    columns: tuple[str, ...]
    """What the series are: places in a trend, one period else."""
    rows: tuple[str, ...]
    """In a trend periods in normal form, in order; else places, the highest value first, or the lowest where asked."""
    cells: tuple[tuple[TableCell | None, ...], ...]
    """A tuple a row, a cell a column; None where the documents give nothing."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """What the documents do have, close to what was asked and not found."""

    text: str
    citation: int


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question back to the user, with the readings that the documents offer."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One sentence of the answer, as the checker found it."""

    text: str
    """Without marks."""
    citations: tuple[int, ...]
    """The numbers of the citations that it rests on."""
    supported: bool
    problems: tuple[str, ...] = ()
    """What is wrong with it, by kind: number_mismatch, region_mismatch … (`assistant.checks.problems.ProblemKind`)."""


@dataclass(frozen=True, slots=True)
class AnswerVerdict:
    """What the checker found: whether every sentence is supported by what it cites and every quote is verbatim."""

    ok: bool
    statements: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a model was sent and wrote for one answer, a repair included, in its own tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets. Every sentence of `answer` ends in the marks, `[1]`, of the citations that support it."""

    id: str
    question: str
    standalone_question: str
    """The question completed from the conversation."""
    status: Status
    answer: str
    citations: tuple[Citation, ...] = ()
    figures: tuple[AnswerFigure, ...] = ()
    clarification: Clarification | None = None
    nearest: tuple[Nearest, ...] = ()
    engine: str = "extractive"
    """extractive, or the name of the model that wrote it."""
    confidence: float = 0.0
    """0 to 1: the estimated probability that the answer is right."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    notice: str | None = None
    """One line to the user when something was done differently from what was asked for."""
    table: Table | None = None
    """For a trend or a metric by place."""
    verdict: AnswerVerdict | None = None
    """None where nothing was checked: an answer of another system, or read back from an older one's JSON."""
    usage: Usage | None = None
    """None where no model was asked, or its use isn't told."""
    doubts: tuple[str, ...] = ()
    """Words of the question that what is cited doesn't say, where the answer isn't sure; see `assistant.doubts`."""

    searched: int | None = None
    """How many documents it was looked for in; None where that isn't known."""
    scope: tuple[str, ...] = ()
    """What it was limited to, in words, see `assistant.scope.in_words`; empty for the whole library."""

    @property
    def sure(self) -> bool:
        """Whether it may be shown as checked. One that says that there is no answer, or asks back, states nothing."""
        return self.status != "answered" or self.confidence >= SURE

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of the documents that it cites, each once, in their order."""
        return tuple(dict.fromkeys(each.title for each in self.citations))

    def turn(self) -> Turn:
        """It as an earlier exchange of a conversation."""
        return Turn(self.question, self.answer, self.titles)

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON-ready data; `Answer.from_json` reads it back. Each citation has its `id`."""
        told = asdict(self) | {"sure": self.sure}
        told["citations"] = tuple(
            {**each, "id": citation_id(own)} for each, own in zip(told["citations"], self.citations, strict=True)
        )
        return told

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answer:
        """Raises ValueError naming the keys that are missing."""
        known = {f.name for f in fields(cls)}
        if missing := {"id", "question", "status", "answer"} - set(data):
            raise ValueError(f"not an answer: missing {', '.join(sorted(missing))}")
        values = {key: value for key, value in data.items() if key in known}
        values.setdefault("standalone_question", values["question"])
        values["citations"] = tuple(
            Citation(
                **{key: value for key, value in c.items() if key != "id"}
                | {"copies": tuple(c.get("copies", ())), "standing": standing_of(c.get("standing"))}
            )
            for c in values.get("citations", ())
        )
        values["figures"] = tuple(AnswerFigure(**f) for f in values.get("figures", ()))
        values["nearest"] = tuple(Nearest(**n) for n in values.get("nearest", ()))
        if clarification := values.get("clarification"):
            values["clarification"] = Clarification(clarification["question"], tuple(clarification["choices"]))
        if verdict := values.get("verdict"):
            statements = tuple(
                Checked(each["text"], tuple(each["citations"]), each["supported"], tuple(each["problems"]))
                for each in verdict["statements"]
            )
            values["verdict"] = AnswerVerdict(verdict["ok"], statements)
        if usage := values.get("usage"):
            values["usage"] = Usage(**usage)
        values["doubts"] = tuple(values.get("doubts", ()))
        values["scope"] = tuple(values.get("scope", ()))
        if table := values.get("table"):
            cells = tuple(tuple(TableCell(**cell) if cell else None for cell in row) for row in table["cells"])
            values["table"] = Table(
                **{**table, "columns": tuple(table["columns"]), "rows": tuple(table["rows"]), "cells": cells}
            )
        return cls(**values)
