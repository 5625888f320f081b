"""LangChain: the assistant as a Runnable, its search as a retriever."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.messages import BaseMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig

from assistant.answers import Answer, Turn
from index.filters import OPEN, Filter
from index.hits import Hit
from sources.documents import Document

if TYPE_CHECKING:
    from assistant.ask import Assistant

Input = Mapping[str, Any] | str
"""{"question": "…", "history": […]}, or the question alone. The history holds Turns, {"question", "answer"} mappings,
earlier questions as strings, or LangChain's human and AI messages."""


def as_runnable(assistant: Assistant, *, through: Filter = OPEN) -> Runnable[Input, Answer]:
    """The whole way from a question to a checked Answer, of the documents that `through` admits, as a LangChain
    Runnable.

    `invoke`, `batch` and their async forms give Answers; `stream` and `astream` give checked pieces of the Answer's
    text, then the Answer.
    """
    return _AnswerChain(assistant, through)


def as_retriever(assistant: Assistant, *, k: int = 10, through: Filter = OPEN) -> BaseRetriever:
    """The search alone, of the documents that `through` admits, as a LangChain retriever: documents with title,
    publisher, published, section, start, end, document_id, uri and score in their metadata."""
    search = partial(assistant.search, through=through)
    return _PassageRetriever(search=search, document=assistant.index.document, k=k)


class _AnswerChain(Runnable[Input, Answer]):
    def __init__(self, assistant: Assistant, through: Filter) -> None:
        self._assistant = assistant
        self._through = through
        self.name = "youju"

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: A002, ARG002
        def ask(given: Input) -> Answer:
            question, history = _question_and_history(given)
            return self._assistant.ask(question, history=history, through=self._through)

        return self._call_with_config(ask, input, config)

    def stream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:  # noqa: A002, ARG002
        def pieces(inputs: Iterator[Input]) -> Iterator[Any]:
            for given in inputs:
                question, history = _question_and_history(given)
                yield from self._assistant.stream(question, history=history, through=self._through)

        yield from self._transform_stream_with_config(iter([input]), pieces, config)

    async def astream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:  # noqa: A002, ARG002
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


def _question_and_history(given: Input) -> tuple[str, list[Turn]]:
    if isinstance(given, str):
        return given, []
    if not isinstance(given.get("question"), str):
        raise ValueError('the chain takes a question, or {"question": "…", "history": […]}')
    return given["question"], _turns(given.get("history") or ())


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
