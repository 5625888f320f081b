"""The answerer that needs no model: the shortest verbatim clauses that answer, each cited, or what is missing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answers import Answer, AnswerFigure, Citation, Evidence, Nearest
from assistant.candidates import Candidate, candidates
from assistant.citations import cite
from assistant.question import Question
from assistant.ranking import probability
from assistant.terms import flat, met, total
from index.hits import Hit
from sources.documents import Document
from sources.figures import Figure
from sources.periods import periods
from sources.sentences import Span, clauses

ENGINE = "extractive"
_WHOLE_SENTENCE_CHARS = 48
_MAX_QUOTE_CHARS = 150
_MIN_GAIN = 0.07
"""A clause joins the quote when it meets at least this share of the question's words that the quote doesn't yet."""
_MIN_COVERAGE = 0.42
MIN_CONFIDENCE = 0.4
"""Below this probability of being right nothing is answered."""
_RIVAL_MARGIN = 0.12
_RIVAL_SHARE = 0.4
_MAX_NEAREST = 3
_DANGLING = re.compile(r"^(?:其中|分别|并|也|均|都|共|总|比|较|同比|且|即|达|居|位|占|增|降|仅|就|此外|同时)")


@dataclass(frozen=True, slots=True)
class Finding:
    """What answers one question: where the quote stands, or why nothing does."""

    question: Question
    best: Candidate | None
    quote: Span | None
    confidence: float
    near: tuple[Candidate, ...] = ()
    """Sentences that speak of the same thing at another time or place, where nothing answers."""

    @property
    def found(self) -> bool:
        """Whether there is an answer."""
        return self.quote is not None


def answer(
    question: Question,
    *,
    search: Callable[[str], Sequence[Hit]],
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> Answer:
    """The answer to `question` from the passages that `search` gives for it, and for its parts where it has several."""
    asked = question.parts or (question,)
    findings = [find(part, search(part.standalone), document=document, figures=figures) for part in asked]
    if question.parts and not all(finding.found for finding in findings):
        # The parts may have been cut wrongly: the whole question decides whether there is an answer at all.
        whole = find(question, search(question.standalone), document=document, figures=figures)
        if whole.found and not any(finding.found for finding in findings):
            findings = [whole]
    return compose(question, findings, document=document)


def find(
    question: Question,
    hits: Sequence[Hit],
    *,
    document: Callable[[str], Document],
    figures: Callable[[str], Sequence[Figure]],
) -> Finding:
    """The best sentence for `question` among `hits`, cut down to the clauses that answer."""
    ranked = candidates(question, hits, document=document, figures=figures)
    if not ranked:
        return Finding(question, None, None, 0.0)
    best = next((each for each in ranked if not each.conflicts and each.typed and not each.features.heading), None)
    # Sentences on the same thing at another time or place say that what was asked about is not there.
    rivals = [each for each in ranked if each.conflicts and each.typed]
    near = tuple(each for each in rivals if each.coverage >= _MIN_COVERAGE)[:_MAX_NEAREST]
    if best is None:
        return Finding(question, None, None, 0.0, near)
    confidence = probability(best.score)
    if any(each.features.own > best.features.own + _RIVAL_MARGIN and each.coverage > best.coverage for each in rivals):
        confidence *= _RIVAL_SHARE
    if confidence < MIN_CONFIDENCE:
        return Finding(question, best, None, confidence, near)
    return Finding(question, best, _quote(question, best), confidence)


def _quote(question: Question, best: Candidate) -> Span:
    """The clauses of the sentence that answer, as one verbatim span."""
    text = best.document.text
    parts = clauses(text, best.start, best.end)
    if question.kind in {"list", "definition", "how", "why"} and best.end - best.start <= _MAX_QUOTE_CHARS:
        return best.start, best.end
    if len(parts) == 1 or best.end - best.start <= _WHOLE_SENTENCE_CHARS:
        return best.start, best.end
    weights = np.array([term.weight for term in question.terms], dtype=np.float32) / total(question.terms)
    present = np.stack([met(question.terms, flat(text[s:e])) for s, e in parts])

    def share(indices: range) -> float:
        return float(present[indices.start : indices.stop].max(axis=0) @ weights)

    if best.figure is not None:
        anchor = next(i for i, (s, e) in enumerate(parts) if s <= best.figure.start < e or i == len(parts) - 1)
    elif question.kind == "date":
        dated = [i for i, (s, e) in enumerate(parts) if periods(text[s:e])] or [0]
        anchor = max(dated, key=lambda i: share(range(i, i + 1)))
    else:
        anchor = max(range(len(parts)), key=lambda i: share(range(i, i + 1)))
    low, high = anchor, anchor + 1
    while True:
        wider = [
            (share(range(a, b)) - share(range(low, high)), a, b)
            for a, b in [(a, high) for a in range(low)] + [(low, b) for b in range(high + 1, len(parts) + 1)]
            if parts[b - 1][1] - parts[a][0] <= _MAX_QUOTE_CHARS
        ]
        # Words gained per clause taken in: a far clause must bring as much as those on the way to it.
        gains = [(gain / (b - a - (high - low)), a, b) for gain, a, b in wider]
        best_gain = max(gains, default=(0.0, low, high))
        if best_gain[0] < _MIN_GAIN:
            break
        _, low, high = best_gain
    while low and _DANGLING.match(text[parts[low][0] :]):
        low -= 1
    if question.kind in {"list", "definition", "how", "why"}:
        while high < len(parts) and parts[high][1] - parts[low][0] <= _MAX_QUOTE_CHARS:
            high += 1
    return parts[low][0], parts[high - 1][1]


def compose(question: Question, findings: Sequence[Finding], *, document: Callable[[str], Document]) -> Answer:
    """The answer made of `findings`, one sentence each, numbered in order."""
    answered = [finding for finding in findings if finding.found]
    if not answered:
        return _not_found(question, findings, document=document)
    citations: list[Citation] = []
    lines: list[str] = []
    used: list[Figure] = []
    said: dict[Span, int] = {}
    for finding in answered:
        assert finding.best is not None
        assert finding.quote is not None
        start, end = finding.quote
        holder = next((n for (s, e), n in said.items() if s <= start and end <= e), None)
        number = holder or len(citations) + 1
        if holder is None:
            said[finding.quote] = number
            evidence = Evidence(number, finding.best.passage, start, end, finding.best.score)
            citations.append(cite(evidence, document(finding.best.document.id)))
            lines.append(f"{_sentence(citations[-1].quote)}[{number}]")
        if finding.best.figure is not None:
            used.append(finding.best.figure)
    missing = [finding for finding in findings if not finding.found and finding.question.kind != "yes_no"]
    lines += [f"没有找到“{_bare(finding.question.standalone)}”的答案。" for finding in missing]
    return Answer(
        id=uuid.uuid4().hex[:12],
        question=question.text,
        standalone_question=question.standalone,
        status="answered",
        answer="\n".join(lines),
        citations=tuple(citations),
        figures=tuple(_answer_figure(figure, citations) for figure in dict.fromkeys(used)),
        engine=ENGINE,
        confidence=round(min(finding.confidence for finding in answered), 3),
    )


def _not_found(question: Question, findings: Sequence[Finding], *, document: Callable[[str], Document]) -> Answer:
    near = [(finding.question, each) for finding in findings for each in finding.near][:_MAX_NEAREST]
    citations: list[Citation] = []
    nearest: list[Nearest] = []
    for asked, each in near:
        start, end = _quote(asked, each)
        evidence = Evidence(len(citations) + 1, each.passage, start, end, each.score)
        citations.append(cite(evidence, document(each.document.id)))
        nearest.append(Nearest(_sentence(citations[-1].quote), len(citations)))
    asked_for = _bare(question.text)
    text = f"文档中没有找到“{asked_for}”的答案。"
    if question.language == "en":
        text = f"The documents do not say: {question.text}"
    return Answer(
        id=uuid.uuid4().hex[:12],
        question=question.text,
        standalone_question=question.standalone,
        status="not_found",
        answer=text,
        citations=tuple(citations),
        nearest=tuple(nearest),
        engine=ENGINE,
        confidence=round(1 - max((finding.confidence for finding in findings), default=0.0), 3),
    )


def _answer_figure(figure: Figure, citations: Sequence[Citation]) -> AnswerFigure:
    holder = next(
        (
            citation.number
            for citation in citations
            if citation.document_id == figure.document_id
            and citation.start <= figure.start
            and figure.end <= citation.end
        ),
        None,
    )
    return AnswerFigure(
        text=figure.text,
        value=format(figure.value.normalize(), "f"),
        unit=figure.unit,
        metric=figure.metric,
        region=figure.region,
        period=figure.period,
        status=figure.status,
        citation=holder,
        verified=holder is not None,
    )


def _sentence(quote: str) -> str:
    """The quote as a sentence of the answer: its words, closed by a full stop."""
    closed = quote.replace("\n", " ").strip().rstrip("，,；;：:、 ")
    return closed if closed.endswith(("。", "！", "？", "!", "?", "…", "”")) else f"{closed}。"


def _bare(question: str) -> str:
    return question.strip().rstrip("？?。")
