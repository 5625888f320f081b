"""Answers written by a chat model from numbered evidence, and checked; the chain and the retriever for LangChain users.

    hits ─ excerpts ─▶ prompt ─ model ─▶ draft ─ quotes ─▶ verify ──ok──▶ Answer
                                 ▲                            │
                                 └────────── one repair ◀─────┤
                                                              └─ else the extractive answer, with a notice that says why

This is the only file that knows LangChain; importing it takes a second or two, so it is imported when a model is
configured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from langchain_core.language_models import BaseChatModel

from assistant.answers import Answer, Citation, Evidence, Language, Turn, Usage, new_id
from assistant.checks.problems import PROBLEM_NAMES, Problem
from assistant.checks.sentences import SHORT_CHARS, MarkedSentence, split
from assistant.checks.support import coverage, quotes, terms
from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from assistant.citations import cite
from assistant.config import Config
from assistant.question.conversation import recent
from assistant.question.question import Question
from assistant.written.prompts import REFUSAL, Excerpt, Message, excerpts, messages, repair
from assistant.written.providers import NOTICES, ModelError, chat_model, counted_tokens, total_usage, until, usage_of
from assistant.written.replies import (
    BREAKS_OFF,
    MARK_LIST,
    TAGS,
    inert,
    mark_numbers,
    readable,
    unmarked,
    visible_text,
    without_thoughts,
)
from index.hits import Hit
from index.queries.glossary import to_chinese
from sources.documents import Document
from sources.figures.figure import Figure

MAX_REPLY_CHARS = 8000
"""A model that writes more than this has lost its way."""
PARTIAL: Mapping[Language, str] = {
    "zh": "问题的其余部分，资料中没有找到依据。",
    "en": "The documents don't say anything about the rest of the question.",
}
_MIN_UNMARKED_COVERAGE = 0.8
"""Models forget a mark now and then: a sentence whose words nearly all stand in one excerpt is given its mark."""
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
        """The checked answer; see `stream`. The model is asked for its reply in one piece."""
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
        """Pieces of the model's text as they come, then the checked Answer, whose text is the one that counts.

        `document` gives a document by its id, `figures` its figures. `fallback` makes the answer that stands where the
        model fails, refuses, or writes what the checks don't let through; `notice` then says so. The model's failures
        never raise.
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
        spent: list[Usage] = []
        found = excerpts(hits, document, max_tokens=budget, language=language, model=self._config.model)
        if not found:
            yield fallback()
            return
        # An English question's standalone form is its Chinese search words; the conversation is in the prompt anyway.
        asked = question.text if language == "en" else question.standalone
        earlier = recent(history, max_tokens=budget // 4, model=self._config.model)
        told = messages(asked, found, earlier, language=language)
        try:
            reply = yield from self._reply(told, spent, streaming=streaming)
            draft = _draft(reply, found, question, figures)
            if draft.lines:
                told += [("ai", reply), repair(draft.lines, language=language)]
                draft = _draft(_drained(self._reply(told, spent, streaming=False)), found, question, figures)
        except ModelError as error:
            yield replace(fallback(), notice=error.notice(language), usage=total_usage(spent))
            return
        instead = fallback()
        if draft.refused:
            notice = NOTICES["refused"][language] if instead.status == "answered" else instead.notice
            yield replace(instead, notice=notice, usage=total_usage(spent))
        elif draft.lines:
            notice = NOTICES["unchecked"][language].format(_why(draft, language))
            yield replace(instead, notice=notice, usage=total_usage(spent))
        else:
            citations = tuple(cite(evidence, found_document) for evidence, found_document in draft.evidence)
            yield Answer(
                id=new_id(),
                question=question.text,
                standalone_question=question.standalone,
                status="answered",
                answer=draft.text,
                citations=citations,
                figures=draft.verdict.figures,
                engine=self.name,
                confidence=_confidence(draft.verdict, citations, instead),
                verdict=draft.verdict.for_answer,
                usage=total_usage(spent),
            )

    def _reply(self, told: Sequence[Message], spent: list[Usage], *, streaming: bool) -> Generator[str, None, str]:
        """Yields what of the model's text may be shown, returns all that counts, and adds to `spent` what it took.

        Raises _ModelError only.
        """
        text, shown = "", ""
        usage: Usage | None = None
        try:
            for piece in until(self._pieces(told, streaming=streaming), timeout_s=self._config.timeout_s):
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                text += piece
                if len(text) > MAX_REPLY_CHARS:
                    raise ModelError("too_long")
                visible = visible_text(text)
                if visible != shown:
                    yield visible[len(shown) :]
                    shown = visible
            said = visible_text(text, done=True)
            if not said.strip() and REFUSAL not in text:
                raise ModelError("empty")
            yield from [said[len(shown) :]] if len(said) > len(shown) else []
        finally:
            if usage or text:  # a reply that breaks off was paid for, too
                spent.append(usage or counted_tokens(told, readable(text), self._config.model))
        return without_thoughts(readable(text))

    def _pieces(self, told: Sequence[Message], *, streaming: bool) -> Generator[str | Usage]:
        """The model's text as it comes, and what it took where the service tells."""
        started = finished = openai = False
        reason = ""
        try:
            for chunk in self._model.stream(list(told)) if streaming else [self._model.invoke(list(told))]:
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


# --- the model's reply --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A reply read and checked."""

    text: str
    evidence: tuple[tuple[Evidence, Document], ...]
    verdict: Verdict
    lines: tuple[str, ...]
    """What is wrong with it, a line each, in the question's language; empty when it holds."""
    refused: bool = False


def _draft(
    reply: str,
    found: Sequence[Excerpt],
    question: Question,
    figures: Callable[[str], Sequence[Figure]] | None,
) -> _Draft:
    """The reply with its marks turned into quotes, and the verdict on it."""
    partial = REFUSAL in reply
    text = inert(TAGS.sub("", reply.replace(REFUSAL, ""))).strip()
    if not re.search(r"\w", text):
        return _Draft("", (), Verdict(()), (), refused=True)
    text = MARK_LIST.sub(lambda match: "".join(f"[{number}]" for number in mark_numbers(match[1])), text)
    cited: dict[tuple[str, int, int], tuple[Evidence, Document]] = {}
    unknown: list[str] = []
    pieces: list[str] = []
    told: set[tuple[str, tuple[int, ...]]] = set()
    at = 0
    for said in split(text):
        if (said.text, said.marks) in told and len(said.text) > SHORT_CHARS:
            at = said.end  # a model caught in a loop
            continue
        told.add((said.text, said.marks))
        marks = [] if said.borrowed else list(said.marks)
        unknown += [f"[{mark}]" for mark in marks if not 1 <= mark <= len(found)]
        evidence = (
            [] if said.borrowed else _quoted(said, [mark for mark in marks if 1 <= mark <= len(found)], found, question)
        )
        numbers = []
        for each in evidence:
            key = (each.passage.document_id, each.quote_start, each.quote_end)
            if key not in cited:
                source = next(item.document for item in found if item.passage is each.passage)
                cited[key] = (replace(each, number=len(cited) + 1), source)
            numbers.append(cited[key][0].number)
        pieces += [unmarked(text[at : said.end]).rstrip(), *(f"[{number}]" for number in dict.fromkeys(numbers))]
        at = said.end
    final = "".join([*pieces, unmarked(text[at:])]).strip()
    if partial:
        final += "\n\n" + PARTIAL[question.language]
    citations = [cite(evidence, source) for evidence, source in cited.values()]
    documents = {item.document.id: item.document for item in found}
    verdict = verify(
        final,
        citations,
        question=f"{question.text}\n{question.standalone}",
        document=documents.__getitem__,
        figures=figures,
        unchecked=tuple(PARTIAL.values()),
    )
    lines = [Problem("unknown_mark", mark).line(question.language) for mark in dict.fromkeys(unknown)]
    return _Draft(final, tuple(cited.values()), verdict, (*lines, *verdict.lines(question.language)))


def _quoted(said: MarkedSentence, marks: Sequence[int], found: Sequence[Excerpt], question: Question) -> list[Evidence]:
    """The quotes behind a sentence's marks; behind an unmarked sentence, in the excerpt that all but says it, if any.

    An excerpt that shares no words with the sentence is left out, unless the sentence has no other: then the checker
    says so.
    """
    looked_for = f"{said.text} {to_chinese(said.text)}" if question.language == "en" else said.text
    if not marks:
        wanted = terms(looked_for)
        best = max(found, key=lambda item: coverage(wanted, terms(item.passage.text)))
        if coverage(wanted, terms(best.passage.text)) < _MIN_UNMARKED_COVERAGE:
            return []
        marks = [best.number]
    evidence: list[Evidence] = []
    for item in [found[mark - 1] for mark in dict.fromkeys(marks)]:
        passage = item.passage
        evidence += [
            Evidence(0, passage, passage.start + start, passage.start + end, item.score)
            for start, end in quotes(looked_for, passage.text)
        ]
    if not evidence:
        passage = found[marks[0] - 1].passage
        evidence = [Evidence(0, passage, passage.start, passage.end, 0.0)]
    return evidence


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


def _drained(pieces: Generator[str, None, str]) -> str:
    """What the generator returns."""
    while True:
        try:
            next(pieces)
        except StopIteration as stop:
            return str(stop.value)


def _why(draft: _Draft, language: Language) -> str:
    """What kinds of things failed, for the notice: never the words that did."""
    kinds = dict.fromkeys(problem.kind for problem in draft.verdict.problems) or {"unknown_mark": None}
    separator = "、" if language == "zh" else ", "
    return separator.join(dict.fromkeys(PROBLEM_NAMES[kind][language] for kind in kinds))
