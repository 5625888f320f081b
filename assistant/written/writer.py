"""Answers written by a chat model from numbered evidence, and checked sentence by sentence as they come.

    hits ─ excerpts ─▶ prompt ─ model ─▶ reply ─ quotes ─▶ verify ──ok──▶ shown ─▶ Answer
                                 ▲                            │
                                 └────────── one repair ◀─────┤
                                                              └─ else only what is shown, or the extractive answer

Importing this takes a second or two (LangChain), so it is imported when a model is configured.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from langchain_core.language_models import BaseChatModel

from assistant.answers import Answer, Citation, Language, Turn, Usage, new_id
from assistant.checks.verdict import Verdict
from assistant.citations import cite
from assistant.config import Config
from assistant.question.conversation import recent
from assistant.question.question import Question
from assistant.written.calls import Caller
from assistant.written.failures import REFUSED, ModelError, notice
from assistant.written.prompts import REFUSAL, Excerpt, Message, excerpts, messages, repair
from assistant.written.providers import chat_model, counted_tokens, total_usage
from assistant.written.replies import readable, refuses, settled, thinks_aloud, without_thoughts
from assistant.written.reviews import Review, Reviewer, Shown
from index.hits import Hit
from index.queries.queries import is_english
from sources.documents import Document
from sources.figures.figure import Figure
from sources.tokens import count

MAX_REPLY_CHARS = 8000
"""A model that answers with more than this has lost its way."""
_MAX_WRITTEN_CHARS = 60_000
"""Its thoughts included."""
_LOOK_S = 0.03
"""How often a reply is looked at while it comes: pieces are a word or less."""
_FITS = 3
"""How often a model is asked with fewer excerpts, until they fit into its window."""
_LEAST_EVIDENCE = 250
"""Tokens: fewer hold no passage that answers."""
_REPLY_TOKENS = 700
"""Left free in a window for the reply."""
Fallback = Callable[[], Answer]


class ModelAnswerer:
    """Writes answers with a chat model. Safe to use from several threads, as LangChain's chat models are."""

    def __init__(self, *, config: Config, model: BaseChatModel | None = None, max_retries: int = 2) -> None:
        """`model` may be any LangChain chat model; without, it is the one that `config` names: of an OpenAI-compatible
        endpoint, or `provider:model` of any provider that LangChain has a package for.

        Raises ValueError when there is no key to send and no endpoint but OpenAI's own to send it to.
        """
        self._config = config
        given = model
        self._caller = Caller(
            lambda without: given if given is not None else chat_model(config, without), max_retries=max_retries
        )
        self._max_evidence_tokens = config.max_evidence_tokens
        """As many as the model has been seen to have room for."""
        self._thinks_aloud = False
        """Whether it has been seen to end thoughts that nothing opened."""
        self.name = config.model or getattr(model, "model_name", None) or type(model).__name__
        """What `Answer.engine` says."""

    def __repr__(self) -> str:
        return f"ModelAnswerer({self.name!r})"

    def answer(
        self,
        question: Question,
        hits: Sequence[Hit],
        *,
        document: Callable[[str], Document],
        fallback: Fallback,
        figures: Callable[[str], Sequence[Figure]] | None = None,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """The checked answer, the same as that of `stream`."""
        *_, last = self.stream(question, hits, document=document, fallback=fallback, figures=figures, history=history)
        assert isinstance(last, Answer)
        return last

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        *,
        document: Callable[[str], Document],
        fallback: Fallback,
        figures: Callable[[str], Sequence[Figure]] | None = None,
        history: Sequence[Turn] = (),
    ) -> Iterator[str | Answer]:
        """Pieces of the answer's text, then the `Answer`, whose text they are together.

        A piece is whole sentences in their final form, checked before they are sent, so nothing is taken back. Where a
        later sentence fails, the rest follows from the repair; what fails then, too, is left out, and `notice` says so.
        `document` gives a document by its id, `figures` its figures. `fallback` makes the answer that stands where the
        model fails, refuses, or writes what the checks don't let through before any of it is shown; `notice` then says
        so. All calls together take `Config.timeout_s` at most, and half of it before something comes. The model's
        failures never raise; where nobody waits any more (`assistant.leaving`), LeftError does.
        """
        until_s = time.monotonic() + self._config.timeout_s
        budget, spent = self._max_evidence_tokens, list[Usage]()
        for tries_left in reversed(range(_FITS)):
            prompt, evidence = self._prompt(question, hits, history, document, budget)
            if not evidence:
                instead = fallback()
                yield instead.answer
                yield instead
                return
            shown = Shown(Reviewer(question, evidence, figures))
            draft = yield from self._draft(prompt, shown, spent, until_s)
            if draft.failure is None or draft.failure.kind not in ("context", "full") or shown.reply:
                break
            smaller = _room(draft.failure, prompt, self._config.model)
            if tries_left == 0 or smaller < _LEAST_EVIDENCE or smaller >= budget:
                break
            budget = smaller
            # For questions to come: what would be lost by a window that is full once is little.
            self._max_evidence_tokens = budget
        review, language = draft.review, question.language
        if review is not None and review.refused and not shown.reply:
            instead = fallback()
            why = REFUSED[language] if instead.status == "answered" else instead.notice
            yield instead.answer
            yield replace(instead, notice=why, usage=total_usage(spent))
            return
        if review is not None and not review.lines and not review.refused and shown.begins(review):
            if rest := shown.rest_of(review):
                yield rest
            yield self._written(question, review, fallback(), spent)
            return
        left = next(
            (each for each in map(shown.surviving, draft.replies) if each.text != shown.review.text), shown.review
        )
        if left.text:
            if rest := shown.rest_of(left):
                yield rest
            partial = notice(draft.cause, language, detail=draft.detail(language), is_partial=True)
            yield replace(self._written(question, left, fallback(), spent), notice=partial)
            return
        instead = fallback()
        yield instead.answer
        why = notice(draft.cause, language, detail=draft.detail(language))
        yield replace(instead, notice=why, usage=total_usage(spent))

    def _prompt(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn],
        document: Callable[[str], Document],
        budget: int,
    ) -> tuple[list[Message], list[Excerpt]]:
        language, model = question.language, self._config.model
        evidence = excerpts(hits, document, max_tokens=budget, language=language, model=model)
        # An English question's standalone form is its Chinese search words; the conversation is in the prompt anyway.
        asked = question.text if language == "en" and is_english(question.text) else question.standalone
        earlier = recent(history, max_tokens=budget // 4, model=model)
        return messages(asked, evidence, earlier, language=language), evidence

    def _draft(
        self, prompt: list[Message], shown: Shown, spent: list[Usage], until_s: float
    ) -> Generator[str, None, _Draft]:
        """Yields what can be shown while the model writes, and returns what came of it, mended once where it fails."""
        reply = ""
        try:
            with contextlib.closing(self._reply(prompt, spent, until_s)) as replies:
                for reply in replies:
                    yield from shown.more(reply)
        except ModelError as error:
            *_, end = [0, *settled(reply)]
            return _Draft(None, (reply[:end],), error)
        review = shown.reviewer.review(shown.whole(reply))
        if not review.lines and shown.begins(review):
            return _Draft(review, (reply,))
        asked = [*prompt, ("ai", reply), repair(review.lines, shown=shown.reply, language=shown.reviewer.language)]
        try:
            *_, mended = self._reply(asked, spent, until_s)
        except ModelError as error:
            return _Draft(None, (reply,), error)
        if shown.reply and refuses(mended):
            return _Draft(review, (reply,))
        # The repair goes on from what is shown, or is the whole answer anew; either may begin with what is shown.
        again = shown.reviewer.review(shown.whole(mended))
        return _Draft(again, (mended, reply) if shown.reply else (mended,))

    def _written(self, question: Question, review: Review, extractive: Answer, spent: Sequence[Usage]) -> Answer:
        citations = tuple(cite(each, document) for each, document in review.evidence)
        return Answer(
            id=new_id(),
            question=question.text,
            standalone_question=question.standalone,
            status="answered",
            answer=review.text,
            citations=citations,
            figures=review.verdict.figures,
            engine=self.name,
            confidence=_confidence(review.verdict, citations, extractive),
            verdict=review.verdict.for_answer,
            usage=total_usage(spent),
        )

    def _reply(self, prompt: Sequence[Message], spent: list[Usage], until_s: float) -> Generator[str]:
        """The reply as far as it has come, every now and then, and whole at last; `spent` gets what it took.

        Raises ModelError and LeftError only.
        """
        text = ""
        usage: Usage | None = None
        looked_s = 0.0
        pieces = self._caller.pieces(prompt, until_s=until_s, silence_s=self._config.timeout_s / 2)
        try:
            for piece in pieces:
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                text += piece
                if len(text) > _MAX_WRITTEN_CHARS:
                    raise ModelError("too_long")
                if piece and time.monotonic() - looked_s >= _LOOK_S:
                    if not self._thinks_aloud or thinks_aloud(text):
                        yield without_thoughts(readable(text))
                    looked_s = time.monotonic()
            said = without_thoughts(readable(text))
            if not said.strip() and REFUSAL not in text:
                raise ModelError("empty")
            if len(said) > MAX_REPLY_CHARS:
                raise ModelError("too_long")
            self._thinks_aloud = self._thinks_aloud or thinks_aloud(text)
            yield said
        except ModelError:
            if text and not self._thinks_aloud:
                yield without_thoughts(readable(text))  # up to where it broke off
            raise
        finally:
            pieces.close()
            if usage or text:  # a reply that breaks off was paid for, too
                spent.append(usage or counted_tokens(prompt, readable(text), self._config.model))


@dataclass(frozen=True, slots=True)
class _Draft:
    """What came of asking a model, and asking it to mend what failed."""

    review: Review | None
    """Of its reply, with what is shown before it; None where there is none, for a `failure`."""
    replies: tuple[str, ...]
    """What it wrote, the last first: where it doesn't hold, some of its sentences may."""
    failure: ModelError | None = None

    @property
    def cause(self) -> str:
        """Why it doesn't stand as it is, as `failures.notice` takes it."""
        if self.failure is not None:
            return self.failure.kind
        return "unchecked" if self.review and self.review.lines else "altered"

    def detail(self, language: Language) -> str:
        """What there is to say of that."""
        if self.failure is not None:
            return self.failure.detail(language)
        return self.review.reasons(language) if self.review else ""


def _room(failure: ModelError, prompt: Sequence[Message], model: str) -> int:
    """How many tokens of evidence fit into a window, by the numbers that its service names; else half of what there
    were."""
    whole = sum(count(words, model=model) for _, words in prompt)
    evidence = count(prompt[-1][1], model=model)
    limit, sent = (min(failure.numbers), max(failure.numbers)) if failure.numbers else (0, 0)
    if limit <= _REPLY_TOKENS:
        return evidence // 2
    # The service counts in its own tokens.
    share = (limit - _REPLY_TOKENS) / (sent if sent > limit else max(whole, limit))
    return min(int(whole * share) - (whole - evidence), evidence * 4 // 5)


# Added up, a sentence that is quoted and an extractive answer that rests on the same words come to 0.95.
_BASE, _BY_SUPPORT, _BY_AGREEMENT = 0.2, 0.45, 0.3


def _confidence(verdict: Verdict, citations: Sequence[Citation], extractive: Answer) -> float:
    """How sure a checked answer is: by the words of its least supported sentence that the sources have, and by what the
    extractive answerer found for the same question (the same place: 1, another: a half, nothing: 0).

    No model was at hand to calibrate it on.
    """
    support = min((judgement.support for judgement in verdict.judgements), default=0.0)
    same = any(
        one.document_id == other.document_id and one.start < other.end and other.start < one.end
        for one in citations
        for other in extractive.citations
    )
    agreement = (1.0 if same else 0.5) if extractive.status == "answered" else 0.0
    return round(_BASE + _BY_SUPPORT * support + _BY_AGREEMENT * agreement, 3)
