"""The checker: is every sentence of an answer marked, and do the cited words say what it says?

It needs no model, and it is the same for every answerer: quotes verbatim; marks known; each number in the evidence with
its value and unit, about the same time, place and kind (target or result); nothing negated or turned round; enough of
the sentence's words in the evidence; and no evidence that speaks to its reader instead of stating something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from assistant.answers import AnswerFigure, Citation
from assistant.checks.formulas import Formula
from assistant.checks.ground import Ground
from assistant.checks.numbers import Measured, Numbers, look_up
from assistant.checks.problems import Problem
from assistant.checks.registry import Scope, problems_of
from assistant.checks.sentences import MarkedSentence, split
from assistant.checks.statement import Asking, Statement, Supports
from assistant.checks.tables.judge import Judged, judge, judge_row
from assistant.checks.tables.sheet import CitedRow, Sheets, rows_of
from assistant.checks.verdict import Judgement, Verdict
from assistant.checks.wording import support
from assistant.checks.yes_or_no import check_yes_or_no, is_yes_or_no, proposition
from sources.documents import Document
from sources.figures.figure import Figure
from sources.mentions.numerals import Quantity, plain


def verify(
    answer: str,
    citations: Sequence[Citation],
    *,
    question: str | Asking = "",
    document: Callable[[str], Document] | None = None,
    figures: Callable[[str], Sequence[Figure]] | None = None,
    unchecked: Collection[str] = (),
    supports: Supports | None = None,
) -> Verdict:
    """The verdict on `answer`, whose marks `[n]` are the citations' numbers.

    With `document` a quote must stand in its document at its offsets, and the document's own date and places count;
    without, the citation's passage is all there is. `figures` gives a document's figures by its id, to name what the
    answer's numbers measure. `question` may lend a restated condition (超过100万元的…), never a fact. Sentences in
    `unchecked` state nothing from the documents. `supports` (the reader's) has a say about words that the evidence
    doesn't have and no table knows; without it they are rejected.
    """
    for words in unchecked:
        answer = answer.replace(words, " " * len(words))
    grounds = {each.number: Ground(each, document(each.document_id) if document else None) for each in citations}
    altered = [Problem("quote_not_verbatim", f"[{n}]") for n, ground in grounds.items() if not ground.is_verbatim]
    asking = question if isinstance(question, Asking) else Asking(question)
    measured = Measured(figures)
    computed: list[Formula] = []
    sheets = Sheets()
    names_time = names_place = False
    judgements: list[Judgement] = []
    for sentence in _with_marks_of_line(split(answer), answer, grounds):
        statement = Statement(
            sentence.text,
            [grounds[mark] for mark in dict.fromkeys(sentence.marks) if mark in grounds],
            marks=sentence.marks,
            leads=sentence.borrowed,
            asked_period=None if names_time else asking.period,
            asked_region=None if names_place else asking.region,
            supports=supports,
        )
        names_time, names_place = names_time or bool(statement.periods), names_place or bool(statement.regions)
        problems = list(problems_of(statement, asking, Numbers(), scopes=["any"]))
        if rows := rows_of(statement.grounds, sheets):
            tabular = _against_cells(sentence, statement, rows, asking, computed, measured, sheets)
            computed += [formula for formula in statement.formulas if not tabular.problems]
            figures_in_it: Sequence[AnswerFigure] = tabular.figures
            problems += tabular.problems
        elif statement.grounds:
            computed += [formula for formula in statement.formulas if formula.right]
            figures_in_it, wrong = _against_evidence(statement, asking, computed, measured)
            problems += wrong
        else:
            figures_in_it = [_unsupported(quantity) for quantity in statement.quantities]
        judgement = Judgement(
            sentence=sentence.text,
            start=sentence.start,
            end=sentence.end,
            marks=sentence.marks,
            problems=tuple(dict.fromkeys(problems)),
            figures=tuple(figures_in_it),
            support=support(statement),
        )
        judgements.append(judgement)
    return Verdict(tuple(judgements), tuple(altered))


def _against_cells(
    sentence: MarkedSentence,
    statement: Statement,
    rows: Sequence[CitedRow],
    asking: Asking,
    computed: Sequence[Formula],
    measured: Measured,
    sheets: Sheets,
) -> Judged:
    """The same for a sentence all of whose marks lead to rows of tables."""
    if sentence.heads:
        return Judged()  # held against the table cell by cell, below it
    if sentence.row:
        by_mark = {ground.citation.number: sheets.cited(ground) for ground in statement.grounds}
        return judge_row(
            sentence.row, by_mark, statement, asking=asking, under=sentence.under, computed=computed, measured=measured
        )
    return judge(statement, rows, asking=asking, under=sentence.under, computed=computed, measured=measured)


def _against_evidence(
    statement: Statement, asking: Asking, computed: Sequence[Formula], measured: Measured
) -> tuple[Sequence[AnswerFigure], list[Problem]]:
    """A sentence's numbers, and what is wrong with it; a bare yes or no is held to what it says yes or no to."""
    if not (statement.leads and is_yes_or_no(statement.printed)):
        return _checked(statement, asking, computed, measured)
    proposed = proposition(asking, statement.grounds)
    if proposed is None:
        return (), []
    _, against = _checked(proposed, Asking(""), computed, measured)
    return (), list(check_yes_or_no(statement.printed, proposed, against))


def _checked(
    statement: Statement, asking: Asking, computed: Sequence[Formula], measured: Measured
) -> tuple[Sequence[AnswerFigure], list[Problem]]:
    numbers = look_up(statement, asking, computed, measured)
    scopes: list[Scope] = ["cited"] if statement.is_verbatim else ["cited", "reworded"]
    return numbers.figures, list(problems_of(statement, asking, numbers, scopes=scopes))


def _with_marks_of_line(
    sentences: Sequence[MarkedSentence], answer: str, grounds: Mapping[int, Ground]
) -> Iterator[MarkedSentence]:
    """The sentences; one without marks that is quoted word for word has those at the end of its line."""
    for at, sentence in enumerate(sentences):
        later = next((each for each in sentences[at:] if each.marks), sentence)
        here = [grounds[mark] for mark in later.marks if mark in grounds]
        same_line = later is not sentence and "\n" not in answer[sentence.start : later.start]
        borrows = same_line and Statement(sentence.text, here).is_verbatim
        yield replace(sentence, marks=later.marks, borrowed=True) if borrows else sentence


def _unsupported(quantity: Quantity) -> AnswerFigure:
    return AnswerFigure(quantity.text, plain(quantity.value), quantity.unit, "", "", "", "actual", None, False)
