"""LangChain: the assistant as a Runnable, its search as a retriever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import PromptValue
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig

from assistant.answers import Answer, Turn
from assistant.threads import each
from index.filters import OPEN, Filter
from index.hits import Hit
from sources.documents import Document

if TYPE_CHECKING:
    from assistant.ask import Assistant

Input = Mapping[str, Any] | str | PromptValue | Sequence[BaseMessage]
"""{"question": "…", "history": […]}, or the question alone; or a chat's messages, as a prompt or another chain gives
them, the last of the human's being the question. The history holds Turns, Answers, {"question", "answer"} mappings,
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

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:  # noqa: A002, ARG002
        async def ask(given: Input) -> Answer:
            question, history = _question_and_history(given)
            made = self._assistant.stream(question, history=history, through=self._through)
            async with aclosing(each(made)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Answer):
                        return piece
            raise AssertionError("a stream ends in its answer")

        return await self._acall_with_config(ask, input, config)

    async def astream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:  # noqa: A002, ARG002
        async def one() -> AsyncIterator[Input]:
            yield input

        async def pieces(inputs: AsyncIterator[Input]) -> AsyncIterator[Any]:
            async for given in inputs:
                question, history = _question_and_history(given)
                made = self._assistant.stream(question, history=history, through=self._through)
                async with aclosing(each(made)) as coming:
                    async for piece in coming:
                        yield piece

        async with aclosing(self._atransform_stream_with_config(one(), pieces, config)) as coming:  # type: ignore[type-var]
            async for piece in coming:
                yield piece


def _question_and_history(given: Input) -> tuple[str, list[Turn]]:
    if isinstance(given, str):
        return given, []
    if isinstance(given, PromptValue):
        given = given.to_messages()
    if isinstance(given, Mapping):
        if not isinstance(given.get("question"), str):
            raise ValueError('the chain takes a question, {"question": "…", "history": […]}, or messages')
        return given["question"], _turns(given.get("history") or ())
    turns = _turns(given)
    if not turns:
        raise ValueError("the messages hold no question: one of them has to be a human's")
    return turns[-1].question, turns[:-1]


def _turns(history: Sequence[Any]) -> list[Turn]:
    turns: list[Turn] = []
    for said in history:
        if isinstance(said, Turn):
            turns.append(said)
        elif isinstance(said, Answer):
            turns.append(said.turn())
        elif isinstance(said, BaseMessage):
            if said.type == "human":
                turns.append(Turn(said.text))
            elif said.type == "ai" and turns:
                turns[-1] = replace(turns[-1], answer=said.text)
        elif isinstance(said, Mapping):
            turns.append(Turn(str(said["question"]), str(said.get("answer") or "")))
        else:
            turns.append(Turn(str(said)))
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

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        found = partial(self._get_relevant_documents, query, run_manager=run_manager.get_sync())
        return await to_thread.run_sync(found, abandon_on_cancel=True)


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
