"""Every measure of one reply, by name. A new one is a function in a file of its own and a line here.

A value is None where the measure doesn't apply (no citation to be precise, no gold answer to overlap with); such a case
is left out of the mean, and the count beside each mean says how many were in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from eval.cases import Case
from eval.libraries import Library, document_of
from eval.metrics import (
    citations,
    overlap,
    phrases,
    retrieval,
    right,
    rouge,
    sentences,
    spending,
    touching,
    unsupported,
)
from eval.metrics.normal import bare
from eval.reply import Reply


@dataclass(frozen=True)
class Judged:
    """A reply beside its case, with what several measures need of both."""

    case: Case
    reply: Reply
    documents: Library
    price: spending.Price

    @cached_property
    def text(self) -> str:
        """The answer as read: without citation marks and Markdown."""
        return bare(self.reply.answer.answer) if self.reply.answer else ""

    @cached_property
    def quotes(self) -> tuple[citations.Quote, ...]:
        """What the answer cites."""
        cited = self.reply.answer.citations if self.reply.answer else ()
        name_of = self.documents.name_of
        return tuple(citations.Quote(name_of(document_of(c.uri, c.title)), c.quote, c.passage) for c in cited)

    @cached_property
    def docs(self) -> dict[str, int]:
        """The documents that answer the case, by file name without suffix, with their relevance."""
        return {self.documents.name_of(doc): self.case.grades.get(doc, 1) for doc in self.case.docs}

    @property
    def answered(self) -> bool:
        """Whether the system gave an answer, right or wrong."""
        return self.reply.status == "answered"

    @cached_property
    def right(self) -> bool | None:
        """See `eval.metrics.right`."""
        return right.is_right(self.case, status=self.reply.status, text=self.text)

    @cached_property
    def by_document(self) -> dict[str, float]:
        """Ranking measures of the documents found; empty where they don't apply."""
        found = self.reply.found
        if found is None or not (self.case.docs and self.case.answerable):
            return {}
        # A document stands where its first passage was found.
        return retrieval.ranked(list(dict.fromkeys(self.documents.name_of(f.document) for f in found)), self.docs)

    @cached_property
    def by_evidence(self) -> dict[str, float]:
        """Ranking measures of the evidence found; empty where they don't apply."""
        found = self.reply.found
        if found is None or not (self.case.evidence and self.case.answerable):
            return {}
        order = retrieval.evidence_order([f.text for f in found], self.case.evidence)
        return retrieval.ranked(order, {f"evidence {n}": 1 for n in range(len(self.case.evidence))})

    @cached_property
    def spans(self) -> citations.Rate:
        """Precision and recall of the quoted characters."""
        return citations.by_span(self.quotes, self.case.evidence, self.documents.flat_text, docs=list(self.docs))


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure and how to read it."""

    label: str
    """In the report."""
    score: Callable[[Judged], float | None]
    higher_is_better: bool = True
    unit: str = "share"
    """share (0 to 1), s, tokens or money."""


def _as_share(value: bool | None) -> float | None:
    return None if value is None else float(value)


def _cited(seen: Judged) -> float | None:
    if not (seen.case.answerable and seen.case.evidence) or seen.right is None:
        return None
    held = citations.holds(seen.quotes, seen.case.evidence, every=seen.case.type == "multi_doc")
    return float(seen.right and held)


def _focused(seen: Judged) -> float | None:
    if seen.right is None:
        return None
    return float(right.is_focused(seen.case, right=seen.right, text=seen.text))


def _unsupported(seen: Judged) -> float | None:
    if not seen.case.answerable or (seen.case.refusal_ok and not seen.answered):
        return None
    # Joined exactly as the neutral scorer joins them, so that both see the same numbers.
    cited = " ".join(f"{quote.quote} {quote.passage}" for quote in seen.quotes)
    asked = seen.case.question + " ".join(seen.case.history)
    return float(seen.answered and bool(unsupported.unsupported(seen.text, cited=cited, asked=asked)))


def _against_golds(measure: Callable[[str, tuple[str, ...]], float]) -> Callable[[Judged], float | None]:
    def score(seen: Judged) -> float | None:
        if not (seen.case.answerable and seen.case.golds):
            return None
        return measure(seen.text, seen.case.golds) if seen.answered else 0.0

    return score


def _citing(rate: Callable[[Judged], citations.Rate], side: str) -> Callable[[Judged], float | None]:
    def score(seen: Judged) -> float | None:
        if not (seen.case.answerable and seen.answered and seen.case.evidence + seen.case.docs):
            return None
        value: float | None = getattr(rate(seen), side)
        return value

    return score


def _documents(seen: Judged) -> citations.Rate:
    return citations.by_document(seen.quotes, list(seen.docs)) if seen.docs else citations.Rate(None, None)


def _passages(seen: Judged) -> citations.Rate:
    return citations.by_passage(seen.quotes, seen.case.evidence) if seen.case.evidence else citations.Rate(None, None)


def _spans(seen: Judged) -> citations.Rate:
    return seen.spans if seen.case.evidence else citations.Rate(None, None)


def _sentence_right(seen: Judged) -> float | None:
    if not (seen.case.answerable and seen.case.must_include):
        return None
    quoted = "\n".join(sentences.touched(seen.quotes))
    return float(seen.answered and phrases.all_included(seen.case.must_include, quoted))


def _sentence_f1(seen: Judged) -> float | None:
    if not (seen.case.answerable and seen.case.evidence):
        return None
    return sentences.sentence_f1(seen.quotes, seen.case.evidence) if seen.answered else 0.0


def _touched(seen: Judged) -> float | None:
    golds = seen.case.evidence or seen.case.golds
    if not (seen.case.answerable and golds):
        return None
    return float(seen.answered and touching.touches([each.quote for each in seen.quotes], golds))


def _tokens(seen: Judged) -> float | None:
    usage = seen.reply.usage
    return float(usage.prompt_tokens + usage.completion_tokens) if usage else None


METRICS: dict[str, Metric] = {
    "right": Metric("答对", lambda seen: _as_share(seen.right)),
    "focused": Metric("答对且简短", _focused),
    "cited": Metric("答对且引到依据", _cited),
    "unsupported": Metric("有无据数字", _unsupported, higher_is_better=False),
    "false_answer": Metric(
        "该拒答却作答", lambda seen: None if seen.case.answerable else float(seen.answered), higher_is_better=False
    ),
    "false_refusal": Metric(
        "该作答却拒答",
        lambda seen: (
            float(seen.reply.status in right.REFUSALS) if seen.case.answerable and not seen.case.refusal_ok else None
        ),
        higher_is_better=False,
    ),
    "exact": Metric("精确匹配 EM", _against_golds(overlap.exact)),
    "f1": Metric("字 F1", _against_golds(overlap.f1)),
    "f1_run": Metric("连续 F1（CMRC）", _against_golds(overlap.f1_run)),
    "rouge_l": Metric("ROUGE-L", _against_golds(rouge.rouge_l)),
    "doc_precision": Metric("引用文档准确率", _citing(_documents, "precision")),
    "doc_recall": Metric("引用文档召回率", _citing(_documents, "recall")),
    "passage_precision": Metric("引用段落准确率", _citing(_passages, "precision")),
    "passage_recall": Metric("引用段落召回率", _citing(_passages, "recall")),
    "span_precision": Metric("引文逐字准确率", _citing(_spans, "precision")),
    "span_recall": Metric("引文逐字召回率", _citing(_spans, "recall")),
    "sentence_right": Metric("答案在所引句中", _sentence_right),
    "sentence_f1": Metric("依据句 F1（ExpMRC）", _sentence_f1),
    "touched": Metric("引文与标准答案相合", _touched),
    "made_up_quotes": Metric(
        "引文不在原文",
        lambda seen: citations.made_up(seen.quotes, seen.documents.flat_text) if seen.answered else None,
        higher_is_better=False,
    ),
    **{
        f"evidence.{name}": Metric(f"依据 {name}", lambda seen, name=name: seen.by_evidence.get(name))  # type: ignore[misc]
        for name in retrieval.CUTOFFS
    },
    **{
        f"docs.{name}": Metric(f"文档 {name}", lambda seen, name=name: seen.by_document.get(name))  # type: ignore[misc]
        for name in retrieval.CUTOFFS
    },
    "error": Metric("出错", lambda seen: float(seen.reply.error is not None), higher_is_better=False),
    "seconds": Metric("用时", lambda seen: seen.reply.seconds, higher_is_better=False, unit="s"),
    "tokens": Metric("词元", _tokens, higher_is_better=False, unit="tokens"),
    "cost": Metric(
        "费用",
        lambda seen: spending.cost(seen.reply.usage, seen.price) if seen.reply.usage else None,
        higher_is_better=False,
        unit="money",
    ),
}
_WITHOUT_AN_ANSWER = ("evidence.", "docs.", "error", "seconds")


def scores(
    case: Case, reply: Reply, library: Library, *, price: spending.Price | None = None, asked: bool = True
) -> dict[str, float | None]:
    """Every measure of one reply; with `asked` false, where only a search was wanted, those of the search."""
    seen = Judged(case, reply, library, price or spending.Price())
    return {
        name: metric.score(seen) if asked or name.startswith(_WITHOUT_AN_ANSWER) else None
        for name, metric in METRICS.items()
    }
