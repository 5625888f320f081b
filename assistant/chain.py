"""Answers written by a chat model from numbered evidence, and checked; the chain and the retriever for LangChain users.

    hits ─ excerpts ─▶ prompt ─ model ─▶ draft ─ quotes ─▶ verify ──ok──▶ Answer
                                 ▲                            │
                                 └────────── one repair ◀─────┤
                                                              └─ else the extractive answer, with a notice that says why

This is the only file that knows LangChain; importing it takes a second or two, so it is imported when a model is
configured.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import re
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig

from assistant.answers import Answer, Citation, Evidence, Turn, Usage
from assistant.citations import cite
from assistant.config import Config
from assistant.prompts import (
    INVISIBLE,
    PROBLEM_NAMES,
    REFUSAL,
    Excerpt,
    Language,
    Message,
    excerpts,
    messages,
    problem_lines,
    recent,
    repair,
)
from assistant.question import Question
from assistant.statements import SHORT_CHARS, Said, split
from assistant.support import coverage, quotes, terms
from assistant.verify import Verdict, verify
from index.glossary import to_chinese
from index.hits import Hit
from sources.documents import Document
from sources.figures import Figure
from sources.tokens import count

if TYPE_CHECKING:
    from assistant.ask import Assistant

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
        self._model = model if model is not None else _chat_model(config, max_retries)
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
        except _ModelError as error:
            yield replace(fallback(), notice=error.notice(language), usage=_total(spent))
            return
        instead = fallback()
        if draft.refused:
            notice = _NOTICES["refused"][language] if instead.status == "answered" else instead.notice
            yield replace(instead, notice=notice, usage=_total(spent))
        elif draft.lines:
            notice = _NOTICES["unchecked"][language].format(_why(draft, language))
            yield replace(instead, notice=notice, usage=_total(spent))
        else:
            citations = tuple(cite(evidence, found_document) for evidence, found_document in draft.evidence)
            yield Answer(
                id=uuid.uuid4().hex,
                question=question.text,
                standalone_question=question.standalone,
                status="answered",
                answer=draft.text,
                citations=citations,
                figures=draft.verdict.figures,
                engine=self.name,
                confidence=_confidence(draft.verdict, citations, instead),
                verdict=draft.verdict.told,
                usage=_total(spent),
            )

    def _reply(self, told: Sequence[Message], spent: list[Usage], *, streaming: bool) -> Generator[str, None, str]:
        """Yields what of the model's text may be shown, returns all that counts, and adds to `spent` what it took.

        Raises _ModelError only.
        """
        text, shown = "", ""
        usage: Usage | None = None
        try:
            for piece in _until(self._pieces(told, streaming=streaming), timeout_s=self._config.timeout_s):
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                text += piece
                if len(text) > MAX_REPLY_CHARS:
                    raise _ModelError("too_long")
                visible = _visible(text)
                if visible != shown:
                    yield visible[len(shown) :]
                    shown = visible
            said = _visible(text, done=True)
            if not said.strip() and REFUSAL not in text:
                raise _ModelError("empty")
            yield from [said[len(shown) :]] if len(said) > len(shown) else []
        finally:
            if usage or text:  # a reply that breaks off was paid for, too
                spent.append(usage or _counted(told, _readable(text), self._config.model))
        return _without_thoughts(_readable(text))

    def _pieces(self, told: Sequence[Message], *, streaming: bool) -> Generator[str | Usage]:
        """The model's text as it comes, and what it took where the service tells."""
        started = finished = openai = False
        reason = ""
        try:
            for chunk in self._model.stream(list(told)) if streaming else [self._model.invoke(list(told))]:
                yield from _told_usage(chunk)
                about = chunk.response_metadata
                openai = openai or about.get("model_provider") == "openai"
                reason = str(about.get("finish_reason") or about.get("stop_reason") or reason)
                finished = finished or bool(reason)
                started = started or bool(chunk.text)
                yield str(chunk.text)
        except Exception as error:  # noqa: BLE001  any model of any provider, with exceptions of its own
            # Without the cause: what providers say may repeat the key, and tracebacks end up in logs.
            raise _ModelError.of(error, started=started) from None
        if reason.lower() in _BREAKS_OFF:
            raise _ModelError("cut")
        if openai and streaming and not finished:
            raise _ModelError("cut")  # the connection was closed in order, but in the middle of the reply


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


_MARK_LIST = re.compile(
    r"[\[【［〔]\s*\^?(?:(?:资料|来源|出处|excerpts?|sources?)\s*[:：]?\s*)*(\d{1,3}(?:\s*[,，、;；\-–—~至]\s*\d{1,3})*)\s*[\]】］〕]",
    re.IGNORECASE,
)
_BREAKS_OFF = frozenset(["length", "max_tokens", "model_length", "content_filter", "safety", "recitation"])
"""Why providers end a reply before the model does; half a sentence may check out, and still lack its 但."""
_THOUGHTS = re.compile(r"\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
_OPENING = "<think>"
_TAGS = re.compile(r"</?[a-z][a-z\d]*(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
_ADDRESSED = re.compile(r"!(?=\[)|\](?=\(|:)")
_INERT = str.maketrans({"<": "＜", ">": "＞"})


def _draft(
    reply: str,
    found: Sequence[Excerpt],
    question: Question,
    figures: Callable[[str], Sequence[Figure]] | None,
) -> _Draft:
    """The reply with its marks turned into quotes, and the verdict on it."""
    partial = REFUSAL in reply
    text = _inert(_TAGS.sub("", reply.replace(REFUSAL, ""))).strip()
    if not re.search(r"\w", text):
        return _Draft("", (), Verdict(()), (), refused=True)
    text = _MARK_LIST.sub(lambda match: "".join(f"[{number}]" for number in _numbers(match[1])), text)
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
        pieces += [_unmarked(text[at : said.end]).rstrip(), *(f"[{number}]" for number in dict.fromkeys(numbers))]
        at = said.end
    final = "".join([*pieces, _unmarked(text[at:])]).strip()
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
    lines = problem_lines(verdict, unknown_marks=unknown, language=question.language)
    return _Draft(final, tuple(cited.values()), verdict, lines)


def _quoted(said: Said, marks: Sequence[int], found: Sequence[Excerpt], question: Question) -> list[Evidence]:
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
    support = min((finding.support for finding in verdict.findings), default=0.0)
    same = any(
        one.document_id == other.document_id and one.start < other.end and other.start < one.end
        for one in citations
        for other in extractive.citations
    )
    agreement = (1.0 if same else 0.5) if extractive.status == "answered" else 0.0
    return round(_BASE + _BY_SUPPORT * support + _BY_AGREEMENT * agreement, 3)


def _told_usage(message: BaseMessage) -> Iterator[Usage]:
    told = getattr(message, "usage_metadata", None)
    if told:
        yield Usage(told["input_tokens"], told["output_tokens"])


def _counted(told: Sequence[Message], text: str, model: str) -> Usage:
    """What a call took, by our own count: endpoints don't tell it while they stream."""
    return Usage(sum(count(words, model=model) for _, words in told), count(text, model=model))


def _total(spent: Sequence[Usage]) -> Usage | None:
    if not spent:
        return None
    return Usage(sum(each.prompt_tokens for each in spent), sum(each.completion_tokens for each in spent))


def _numbers(listed: str) -> Iterator[int]:
    """1, 2 and 3 of "1,2,3" or "1-3"."""
    for part in re.split(r"\s*[,，、;；]\s*", listed):
        first, *last = (int(number) for number in re.findall(r"\d+", part))
        yield from range(first, min(last[0], first + 20) + 1) if last else (first,)


def _unmarked(text: str) -> str:
    return re.sub(r"[ \t]*\[\d{1,3}\]", "", text)


def _inert(text: str) -> str:
    """Text that a page may render: no HTML, no link, and no image, whose address would be called unasked."""
    return _ADDRESSED.sub(r"\g<0> ", text).translate(_INERT)


def _readable(text: str) -> str:
    """Without invisible characters, which hide or reorder others, and halves of characters that nothing can write."""
    return INVISIBLE.sub("", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore"))


def _without_thoughts(text: str) -> str:
    """A reasoning model's thoughts are no part of its answer."""
    return _THOUGHTS.sub("", text, count=1) if text.lstrip().startswith(_OPENING) else text


def _visible(text: str, *, done: bool = False) -> str:
    """What of a reply so far may be shown: a prefix of what may be shown later.

    Held back are thoughts, the refusal token, and an ending that may become one of them.
    """
    text = _readable(text)
    start = text.lstrip()
    if start.startswith(_OPENING) or (not done and _OPENING.startswith(start)):
        text = _without_thoughts(text) if "</think>" in text else ""
    if not done:
        held = next((size for size in range(len(REFUSAL) - 1, 0, -1) if text.endswith(REFUSAL[:size])), 0)
        text = text[: len(text) - held]
        text = text.removesuffix("!").removesuffix("]")
    return _inert(text.replace(REFUSAL, ""))


def _drained(pieces: Generator[str, None, str]) -> str:
    """What the generator returns."""
    while True:
        try:
            next(pieces)
        except StopIteration as stop:
            return str(stop.value)


# --- what can go wrong with a model -------------------------------------------------------------------------------

_NOTICES: Mapping[str, Mapping[Language, str]] = {
    "denied": {
        "zh": "模型服务拒绝了访问（{}），请检查 YOUJU_API_KEY；已改用原文摘录。",
        "en": "The model service denied access ({}): check YOUJU_API_KEY. This answer quotes the documents instead.",
    },
    "missing": {
        "zh": "模型服务没有这个模型或地址（{}），请检查 YOUJU_MODEL 和 YOUJU_BASE_URL；已改用原文摘录。",
        "en": "The model service has no such model or address ({}): check YOUJU_MODEL and YOUJU_BASE_URL. "
        "This answer quotes the documents instead.",
    },
    "busy": {
        "zh": "模型服务繁忙或额度用完（{}）；已改用原文摘录。",
        "en": "The model service is busy or its quota is used up ({}). This answer quotes the documents instead.",
    },
    "failed": {
        "zh": "模型服务出错（{}）；已改用原文摘录。",
        "en": "The model service failed ({}). This answer quotes the documents instead.",
    },
    "timeout": {
        "zh": "模型没有在限定时间内答完；已改用原文摘录。",
        "en": "The model did not finish in time. This answer quotes the documents instead.",
    },
    "unreachable": {
        "zh": "连不上模型服务，请检查 YOUJU_BASE_URL 和网络；已改用原文摘录。",
        "en": "The model service can't be reached: check YOUJU_BASE_URL and the network. "
        "This answer quotes the documents instead.",
    },
    "cut": {
        "zh": "模型的回答中途断了；已改用原文摘录。",
        "en": "The model's answer broke off. This answer quotes the documents instead.",
    },
    "unreadable": {
        "zh": "模型服务的回复无法读取；已改用原文摘录。",
        "en": "The model service's reply can't be read. This answer quotes the documents instead.",
    },
    "empty": {
        "zh": "模型没有给出内容；已改用原文摘录。",
        "en": "The model's answer was empty. This answer quotes the documents instead.",
    },
    "too_long": {
        "zh": "模型的回答过长；已改用原文摘录。",
        "en": "The model's answer was too long. This answer quotes the documents instead.",
    },
    "refused": {
        "zh": "模型认为资料不足以回答；以下为原文摘录，请自行判断。",
        "en": "The model found the documents insufficient. This answer quotes what comes closest; judge for yourself.",
    },
    "unchecked": {
        "zh": "模型写的回答没有通过核对（{}）；已改用原文摘录。",
        "en": "The model's answer failed the checks ({}). This answer quotes the documents instead.",
    },
}
_BY_STATUS = {401: "denied", 403: "denied", 404: "missing", 408: "timeout", 429: "busy"}


class _ModelError(Exception):
    """Why the model gave no answer. It carries no words of the provider's, which may repeat the key."""

    def __init__(self, kind: str, status: int | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.status = status

    @classmethod
    def of(cls, error: Exception, *, started: bool) -> _ModelError:
        """The kind of any provider's exception, told by its HTTP status and its class names."""
        status = getattr(error, "status_code", None)
        if isinstance(status, int):
            return cls(_BY_STATUS.get(status, "failed"), status)
        names = " ".join(kind.__name__ for kind in type(error).__mro__)
        if re.search("Timeout|TimedOut", names):
            return cls("timeout")
        if re.search("Connect|Network|Protocol", names):
            return cls("cut" if started else "unreachable")
        return cls("unreadable")

    def notice(self, language: Language) -> str:
        """One line for the user."""
        return _NOTICES[self.kind][language].format(self.status)


def _why(draft: _Draft, language: Language) -> str:
    """What kinds of things failed, for the notice: never the words that did."""
    kinds = dict.fromkeys(problem.kind for problem in draft.verdict.problems) or {"unknown_mark": None}
    separator = "、" if language == "zh" else ", "
    return separator.join(dict.fromkeys(PROBLEM_NAMES[kind][language] for kind in kinds))


def _until(pieces: Generator[str | Usage], *, timeout_s: float) -> Iterator[str | Usage]:
    """The pieces that come within `timeout_s` from now, retries included. Raises _ModelError when they are not all.

    A client's own time-out counts the silence between two bytes, so a server that drips one now and then would hold the
    user for ever: the model is read in a thread of its own, which is left behind when its time is up.
    """
    arrived: queue.Queue[str | Usage | _ModelError | None] = queue.Queue()
    abandoned = threading.Event()

    def read() -> None:
        try:
            with contextlib.closing(pieces):
                for piece in pieces:
                    if abandoned.is_set():
                        return
                    arrived.put(piece)
        except _ModelError as error:
            arrived.put(error)
        else:
            arrived.put(None)

    deadline = time.monotonic() + timeout_s
    context = contextvars.copy_context()  # LangChain hands its callbacks down in context variables
    threading.Thread(target=context.run, args=(read,), name="youju-model", daemon=True).start()
    try:
        while True:
            try:
                item = arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise _ModelError("timeout") from None
            if item is None:
                return
            if isinstance(item, _ModelError):
                raise item
            yield item
    finally:
        abandoned.set()


def _chat_model(config: Config, max_retries: int) -> BaseChatModel:
    if not config.base_url and re.match(r"(?!ft:)[a-z_]+:", config.model):
        return _model_of_provider(config, max_retries)
    from langchain_openai import ChatOpenAI

    # A local server needs no key, but the client wants one; and OPENAI_API_KEY is not for any endpoint but OpenAI's.
    key = config.api_key or ("unused" if config.base_url else None)
    chosen: dict[str, Any] = {"api_key": key} if key else {}
    try:
        return ChatOpenAI(
            model=config.model,
            base_url=config.base_url,
            timeout=config.timeout_s,
            max_retries=max_retries,
            temperature=0,
            stream_usage=False,  # endpoints that don't know stream_options refuse the request
            use_responses_api=False,
            **chosen,
        )
    except Exception as error:  # noqa: BLE001  pydantic's or openai's, both of which may quote what they were given
        raise ValueError(
            f"模型 {config.model!r} 无法使用（{type(error).__name__}）："
            "请设置 YOUJU_API_KEY，或用 YOUJU_BASE_URL 指定服务地址"
        ) from None


def _model_of_provider(config: Config, max_retries: int) -> BaseChatModel:
    """The model that LangChain reaches under `anthropic:claude-sonnet-4-5`, `google_genai:gemini-2.5-flash` …

    Without YOUJU_API_KEY, the provider's own variable (ANTHROPIC_API_KEY …) counts.
    """
    from langchain.chat_models import init_chat_model

    chosen: dict[str, Any] = {"api_key": config.api_key} if config.api_key else {}
    try:
        model: BaseChatModel = init_chat_model(
            config.model, temperature=0, timeout=config.timeout_s, max_retries=max_retries, **chosen
        )
    except ImportError as error:
        named = re.search(r"langchain[-_]\w+(?:-\w+)*", str(error))
        package = named[0].replace("_", "-") if named else "langchain-…"
        raise ValueError(f"模型 {config.model!r} 要用 {package}：请先 pip install {package}") from None
    except Exception as error:  # noqa: BLE001  the provider's own, which may quote what it was given
        raise ValueError(
            f"模型 {config.model!r} 无法使用（{type(error).__name__}）：请检查名称（提供商:模型）和 YOUJU_API_KEY"
        ) from None
    return model


# --- for LangChain users ------------------------------------------------------------------------------------------

Asking = Mapping[str, Any] | str
"""{"question": "…", "history": […]}, or the question alone. The history holds Turns, {"question", "answer"} mappings,
earlier questions as strings, or LangChain's human and AI messages."""


def as_runnable(assistant: Assistant) -> Runnable[Asking, Answer]:
    """The whole way from a question to a checked Answer as a LangChain Runnable.

    `invoke`, `batch` and their async forms give Answers; `stream` and `astream` give pieces of text, then the Answer.
    """
    return _AnswerChain(assistant)


def as_retriever(assistant: Assistant, *, k: int = 10) -> BaseRetriever:
    """The search alone as a LangChain retriever: documents with title, publisher, published, section, start, end,
    document_id, uri and score in their metadata."""
    return _PassageRetriever(search=assistant.search, document=assistant.index.document, k=k)


class _AnswerChain(Runnable[Asking, Answer]):
    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.name = "youju"

    def invoke(self, input: Asking, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: A002, ARG002
        def ask(asking: Asking) -> Answer:
            question, history = _asking(asking)
            return self._assistant.ask(question, history=history)

        return self._call_with_config(ask, input, config)

    def stream(self, input: Asking, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:  # noqa: A002, ARG002
        def pieces(inputs: Iterator[Asking]) -> Iterator[Any]:
            for asking in inputs:
                question, history = _asking(asking)
                yield from self._assistant.stream(question, history=history)

        yield from self._transform_stream_with_config(iter([input]), pieces, config)

    async def astream(self, input: Asking, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:  # noqa: A002, ARG002
        # The stream is read by one thread from end to end: LangChain resets context variables where it set them.
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[Any] = asyncio.Queue()
        end = object()
        abandoned = threading.Event()

        def read() -> None:
            last: Any = end
            try:
                for piece in self.stream(input, config):
                    if abandoned.is_set():
                        return
                    loop.call_soon_threadsafe(arrived.put_nowait, piece)
            except Exception as error:  # noqa: BLE001  handed to the caller
                last = error
            loop.call_soon_threadsafe(arrived.put_nowait, last)

        reading = loop.run_in_executor(None, contextvars.copy_context().run, read)
        try:
            while (piece := await arrived.get()) is not end:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
            await reading
        finally:
            abandoned.set()


def _asking(asking: Asking) -> tuple[str, list[Turn]]:
    if isinstance(asking, str):
        return asking, []
    if not isinstance(asking.get("question"), str):
        raise ValueError('the chain takes a question, or {"question": "…", "history": […]}')
    return asking["question"], _turns(asking.get("history") or ())


def _turns(history: Sequence[Any]) -> list[Turn]:
    turns: list[Turn] = []
    for each in history:
        if isinstance(each, Turn):
            turns.append(each)
        elif isinstance(each, BaseMessage):
            if each.type == "human":
                turns.append(Turn(each.text))
            elif each.type == "ai" and turns:
                turns[-1] = replace(turns[-1], answer=each.text)
        elif isinstance(each, Mapping):
            turns.append(Turn(str(each["question"]), str(each.get("answer") or "")))
        else:
            turns.append(Turn(str(each)))
    return turns


class _PassageRetriever(BaseRetriever):
    search: Callable[..., list[Hit]]
    document: Callable[[str], Document]
    k: int = 10

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[LangChainDocument]:
        return [_as_langchain(hit, self.document(hit.passage.document_id)) for hit in self.search(query, k=self.k)]


def _as_langchain(hit: Hit, document: Document) -> LangChainDocument:
    passage = hit.passage
    return LangChainDocument(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "document_id": document.id,
            "title": document.title,
            "publisher": document.publisher,
            "published": document.published,
            "section": passage.heading,
            "start": passage.start,
            "end": passage.end,
            "uri": document.uri,
            "score": hit.score,
        },
    )
