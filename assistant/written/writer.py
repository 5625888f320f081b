"""Answers written by a chat model from numbered evidence, and checked sentence by sentence as they come.

    hits ─ excerpts ─▶ prompt ─ model ─▶ reply ─ quotes ─▶ verify ──ok──▶ shown ─▶ Answer
                                 ▲                            │
                                 └────────── one repair ◀─────┤
                                                              └─ else only what is shown, or the extractive answer

Importing this takes a second or two (LangChain), so it is imported when a model is configured.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel

from assistant.answers import Answer, Citation, Turn, Usage, new_id
from assistant.checks.verdict import Verdict
from assistant.citations import cite
from assistant.config import Config
from assistant.question.conversation import recent
from assistant.question.question import Question
from assistant.written.prompts import REFUSAL, Message, excerpts, messages, repair
from assistant.written.providers import (
    REFUSED,
    ModelError,
    chat_model,
    counted_tokens,
    notice,
    total_usage,
    until,
    usage_of,
)
from assistant.written.replies import BREAKS_OFF, readable, refuses, without_thoughts
from assistant.written.reviews import Review, Reviewer, Shown
from index.hits import Hit
from sources.documents import Document
from sources.figures.figure import Figure

MAX_REPLY_CHARS = 8000
"""A model that writes more than this has lost its way."""
Fallback = Callable[[], Answer]


class ModelAnswerer:
    """Writes answers with a chat model. Safe to use from several threads, as LangChain's chat models are."""

    def __init__(self, *, config: Config, model: BaseChatModel | None = None, max_retries: int = 2) -> None:
        """`model` may be any LangChain chat model; without, it is the one that `config` names: of an OpenAI-compatible
        endpoint, or `provider:model` of any provider that LangChain has a package for.

        Raises ValueError when there is no key to send and no endpoint but OpenAI's own to send it to.
        """
        self._config = config
        self._model = model if model is not None else chat_model(config, max_retries)
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
        """The checked answer. The model is asked for its reply in one piece, which holds as a whole or is replaced."""
        *_, last = self._answer(question, hits, history, document, figures, fallback, streaming=False)
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
        later sentence fails, the rest follows from the repair, or `notice` says that it is left out. `document` gives a
        document by its id, `figures` its figures. `fallback` makes the answer that stands where the model fails,
        refuses, or writes what the checks don't let through before any of it is shown; `notice` then says so. The
        model's failures never raise.
        """
        yield from self._answer(question, hits, history, document, figures, fallback, streaming=True)

    def _answer(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn],
        document: Callable[[str], Document],
        figures: Callable[[str], Sequence[Figure]] | None,
        fallback: Fallback,
        *,
        streaming: bool,
    ) -> Iterator[str | Answer]:
        budget, language = self._config.max_evidence_tokens, question.language
        evidence = excerpts(hits, document, max_tokens=budget, language=language, model=self._config.model)
        if not evidence:
            instead = fallback()
            yield instead.answer
            yield instead
            return
        # An English question's standalone form is its Chinese search words; the conversation is in the prompt anyway.
        asked = question.text if language == "en" else question.standalone
        earlier = recent(history, max_tokens=budget // 4, model=self._config.model)
        prompt = messages(asked, evidence, earlier, language=language)
        spent: list[Usage] = []
        shown = Shown(Reviewer(question, evidence, figures))
        try:
            review = yield from self._reviewed(prompt, shown, spent, streaming=streaming)
            cause, detail = "altered", ""
            if review.lines:
                cause, detail = "unchecked", review.reasons(language)
        except ModelError as error:
            review, cause, detail = None, error.kind, str(error.status or "")
        if review and not review.refused and not review.lines and shown.begins(review):
            if rest := shown.rest_of(review):
                yield rest
            yield self._written(question, review, fallback(), spent)
        elif shown.reply:
            partial = notice(cause, language, detail=detail, is_partial=True)
            yield replace(self._written(question, shown.review, fallback(), spent), notice=partial)
        else:
            instead = fallback()
            why: str | None = notice(cause, language, detail=detail)
            if review and review.refused:
                why = REFUSED[language] if instead.status == "answered" else instead.notice
            yield instead.answer
            yield replace(instead, notice=why, usage=total_usage(spent))

    def _reviewed(
        self, prompt: list[Message], shown: Shown, spent: list[Usage], *, streaming: bool
    ) -> Generator[str, None, Review]:
        """Yields what can be shown while the model writes, and returns the review of all, repaired once where it fails.

        Raises ModelError only.
        """
        reply = ""
        with contextlib.closing(self._reply(prompt, spent, streaming=streaming)) as replies:
            for reply in replies:
                if streaming:
                    yield from shown.more(reply)
        review = shown.reviewer.review(reply)
        if not review.lines:
            return review
        prompt += [("ai", reply), repair(review.lines, shown=shown.reply, language=shown.reviewer.language)]
        *_, repaired = self._reply(prompt, spent, streaming=False)
        if not shown.reply:
            return shown.reviewer.review(repaired)
        return review if refuses(repaired) else shown.reviewer.review(f"{shown.reply}\n{repaired}")

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

    def _reply(self, prompt: Sequence[Message], spent: list[Usage], *, streaming: bool) -> Generator[str]:
        """The reply as far as it has come, each time that more of it has, and whole at last; `spent` gets what it took.

        Raises ModelError only.
        """
        text = ""
        usage: Usage | None = None
        try:
            for piece in until(self._pieces(prompt, streaming=streaming), timeout_s=self._config.timeout_s):
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                text += piece
                if len(text) > MAX_REPLY_CHARS:
                    raise ModelError("too_long")
                yield without_thoughts(readable(text))
            if not without_thoughts(readable(text)).strip() and REFUSAL not in text:
                raise ModelError("empty")
        finally:
            if usage or text:  # a reply that breaks off was paid for, too
                spent.append(usage or counted_tokens(prompt, readable(text), self._config.model))

    def _pieces(self, prompt: Sequence[Message], *, streaming: bool) -> Generator[str | Usage]:
        """The model's text as it comes, and what it took where the service tells."""
        started = finished = openai = False
        reason = ""
        try:
            for chunk in self._model.stream(list(prompt)) if streaming else [self._model.invoke(list(prompt))]:
                yield from usage_of(chunk)
                about = chunk.response_metadata
                openai = openai or about.get("model_provider") == "openai"
                reason = str(about.get("finish_reason") or about.get("stop_reason") or reason)
                finished = finished or bool(reason)
                started = started or bool(chunk.text)
                yield str(chunk.text)
        except Exception as error:  # noqa: BLE001  any model of any provider, with exceptions of its own
            # Without the cause: what providers say may repeat the key, and tracebacks end up in logs.
            raise ModelError.of(error, started=started) from None
        if reason.lower() in BREAKS_OFF:
            raise ModelError("cut")
        if openai and streaming and not finished:
            raise ModelError("cut")  # the connection was closed in order, but in the middle of the reply


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
