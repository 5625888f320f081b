"""The checker: is every sentence of an answer marked, and do the cited words say what it says?

It needs no model, and it is the same for every answerer: quotes verbatim; marks known; each number in the evidence with
its value and unit, said of the same time, place and kind (target or result); nothing negated or turned round; enough of
the sentence's words in the evidence; and no evidence that speaks to its reader instead of stating something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answers import Answer, AnswerFigure, AnswerVerdict, Checked, Citation
from assistant.checks.formulas import Formula
from assistant.checks.ground import Ground
from assistant.checks.numbers import Measured, check_numbers
from assistant.checks.said import Said, split
from assistant.checks.statement import Asked, Problem, Statement
from assistant.checks.wording import check_what_was_asked, check_wording, support
from assistant.checks.yes_or_no import check_yes_or_no, is_yes_or_no, proposition
from assistant.citations import MARK
from sources.documents import Document
from sources.figures.figure import Figure
from sources.instructions import speaks_to_reader
from sources.mentions.numerals import plain

_ADDRESS = re.compile(r"(?:https?://|www\.)[\w.~:/?#@!$&*+=%-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the answer and what is wrong with it, if anything."""

    sentence: str
    """Without marks."""
    start: int
    """Half-open offsets into the answer, marks included."""
    end: int
    marks: tuple[int, ...]
    """A lead-in (主要有：) and a bare 是的。 take those of the sentences they lead to."""
    problems: tuple[Problem, ...]
    figures: tuple[AnswerFigure, ...]
    """Its numbers, with where they stand; `verified` is false for one that is not supported."""
    support: float
    """The share of its words, by weight, that stand in what it cites, 0 to 1; 1 where it is quoted word for word."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found."""

    findings: tuple[Finding, ...]
    sources: tuple[Problem, ...] = ()
    """What is wrong with the citations, cited by a sentence or not."""

    @property
    def ok(self) -> bool:
        """Whether every sentence and every quote holds."""
        return not self.problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems."""
        return (*self.sources, *(problem for finding in self.findings for problem in finding.problems))

    @property
    def figures(self) -> tuple[AnswerFigure, ...]:
        """All numbers, in the order of the answer."""
        return tuple(figure for finding in self.findings for figure in finding.figures)

    @property
    def told(self) -> AnswerVerdict:
        """The verdict as it goes along with the answer."""
        statements = (
            Checked(each.sentence, each.marks, not each.problems, tuple(dict.fromkeys(p.kind for p in each.problems)))
            for each in self.findings
        )
        return AnswerVerdict(self.ok, tuple(statements))


def verify(
    answer: str,
    citations: Sequence[Citation],
    *,
    question: str = "",
    document: Callable[[str], Document] | None = None,
    figures: Callable[[str], Sequence[Figure]] | None = None,
    unchecked: Collection[str] = (),
) -> Verdict:
    """The verdict on `answer`, whose marks `[n]` are the citations' numbers.

    With `document` a quote must stand in its document at its offsets, and the document's own date and places count;
    without, the citation's passage is all there is. `figures` gives a document's figures by its id, to name what the
    answer's numbers measure. `question` may lend a restated condition (超过100万元的…), never a fact. Sentences in
    `unchecked` state nothing from the documents.
    """
    for words in unchecked:
        answer = answer.replace(words, " " * len(words))
    grounds = {each.number: Ground(each, document(each.document_id) if document else None) for each in citations}
    altered = [Problem("quote_not_verbatim", f"[{n}]") for n, ground in grounds.items() if not ground.is_verbatim]
    asked, measured = Asked(question), Measured(figures)
    computed: list[Formula] = []
    names_time = names_place = False
    findings: list[Finding] = []
    for said in _with_marks_of_line(split(answer), answer, grounds):
        here = [grounds[mark] for mark in dict.fromkeys(said.marks) if mark in grounds]
        statement = Statement(
            said.text,
            here,
            leads=said.borrowed,
            asked_period=None if names_time else asked.period,
            asked_region=None if names_place else asked.region,
        )
        names_time, names_place = names_time or bool(statement.periods), names_place or bool(statement.regions)
        problems = list(_marks(said, statement, known=grounds.keys()))
        numbers: list[AnswerFigure] = []
        if statement.grounds:
            computed += [formula for formula in statement.formulas if formula.right]
            if said.borrowed and is_yes_or_no(said.text):
                if proposed := proposition(asked, statement.grounds):
                    _, against = _checked(proposed, Asked(""), computed, measured)
                    problems += check_yes_or_no(said.text, proposed, against)
            else:
                numbers, wrong = _checked(statement, asked, computed, measured)
                problems += wrong
        else:
            numbers = [_unsupported(text, value, unit) for text, value, unit in _quantities(statement)]
        kept = tuple(dict.fromkeys(problems)), tuple(numbers)
        findings.append(Finding(said.text, said.start, said.end, said.marks, *kept, support(statement)))
    return Verdict(tuple(findings), tuple(altered))


def _checked(
    statement: Statement, asked: Asked, computed: Sequence[Formula], measured: Measured
) -> tuple[list[AnswerFigure], list[Problem]]:
    """A sentence's numbers, and what is wrong with it."""
    numbers, problems = check_numbers(statement, asked, computed, measured)
    problems += check_what_was_asked(statement)
    if not statement.is_verbatim:
        supported = {figure.text for figure in numbers if figure.verified}
        problems += check_wording(statement, asked, numbers=supported)
    return numbers, problems


def checked(
    answer: Answer,
    *,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]] | None = None,
    unchecked: Collection[str] = (),
) -> Answer | None:
    """The answer with its verdict, less the lines that don't hold; None where none of an answered one's does.

    An answer that says that there is none, or asks back, states nothing: only its quotes are checked.
    """
    if answer.status != "answered":
        return replace(answer, verdict=verify("", answer.citations, document=document).told)
    verdict = _verdict_on(answer, document, figures, unchecked)
    if not verdict.ok:
        lines = list(_lines_that_hold(answer.answer, verdict))
        if not any(MARK.search(line) for line in lines):
            return None
        answer = _less(answer, lines)
        verdict = _verdict_on(answer, document, figures, unchecked)
    known = {(figure.value, figure.unit) for figure in verdict.figures if figure.verified}
    found = tuple(replace(each, verified=(each.value, each.unit) in known) for each in answer.figures)
    return replace(answer, figures=found, verdict=verdict.told)


def _verdict_on(
    answer: Answer,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]] | None,
    unchecked: Collection[str],
) -> Verdict:
    return verify(
        answer.answer,
        answer.citations,
        question=f"{answer.question}\n{answer.standalone_question}",
        document=document,
        figures=figures,
        unchecked=unchecked,
    )


def _lines_that_hold(text: str, verdict: Verdict) -> Iterator[str]:
    wrong = [finding.start for finding in verdict.findings if finding.problems]
    at = 0
    for line in text.splitlines(keepends=True):
        if not any(at <= start < at + len(line) for start in wrong):
            yield line.rstrip("\n")
        at += len(line)


def _less(answer: Answer, lines: Sequence[str]) -> Answer:
    """The answer made of these of its lines, with what they cite, numbered anew; a table is then its text alone."""
    text = "\n".join(lines)
    kept = [each for each in answer.citations if f"[{each.number}]" in text]
    number = {each.number: at for at, each in enumerate(kept, 1)}
    figures = (
        each for each in answer.figures if each.text in text and (each.citation is None or each.citation in number)
    )
    return replace(
        answer,
        answer=MARK.sub(lambda mark: f"[{number[int(mark[1])]}]" if int(mark[1]) in number else "", text),
        citations=tuple(replace(each, number=number[each.number]) for each in kept),
        figures=tuple(replace(each, citation=number.get(each.citation or 0)) for each in figures),
        table=None,
    )


def _with_marks_of_line(found: Sequence[Said], answer: str, grounds: Mapping[int, Ground]) -> Iterator[Said]:
    """The sentences; one without marks that is quoted word for word has those at the end of its line."""
    for at, said in enumerate(found):
        later = next((each for each in found[at:] if each.marks), said)
        here = [grounds[mark] for mark in later.marks if mark in grounds]
        same_line = later is not said and "\n" not in answer[said.start : later.start]
        borrows = same_line and Statement(said.text, here).is_verbatim
        yield replace(said, marks=later.marks, borrowed=True) if borrows else said


def _marks(said: Said, statement: Statement, *, known: Collection[int]) -> Iterator[Problem]:
    """What is wrong with a sentence's marks and with what they lead to."""
    if not said.marks:
        yield Problem("missing_mark", said.text)
    for mark in said.marks:
        if mark not in known:
            yield Problem("unknown_mark", f"[{mark}]")
    for ground in statement.grounds:
        if not ground.is_verbatim:
            yield Problem("quote_not_verbatim", f"[{ground.citation.number}]")
        if ground.is_order:
            yield Problem("instruction", f"[{ground.citation.number}]")
    if speaks_to_reader(said.text):
        yield Problem("instruction", said.text)
    for address in _ADDRESS.findall(said.text):
        if not any(address in ground.text for ground in statement.grounds):
            yield Problem("not_supported", address)


def _quantities(statement: Statement) -> Iterator[tuple[str, str, str]]:
    for quantity in statement.quantities:
        yield quantity.text, plain(quantity.value), quantity.unit


def _unsupported(text: str, value: str, unit: str) -> AnswerFigure:
    return AnswerFigure(text, value, unit, "", "", "", "actual", None, False)
