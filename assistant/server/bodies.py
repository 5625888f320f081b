"""The bodies of requests, as clients send them"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from assistant.answers import Answer, Language, Turn
from assistant.config import MAX_QUESTION_CHARS, MAX_TURNS

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS)]

MAX_EXPORTED = 1000
"""Answers in one file."""


class TurnBody(BaseModel):
    """One earlier exchange."""

    question: str
    answer: str = ""
    papers: list[str] = []
    """The titles of what the answer cites."""


class AskBody(BaseModel):
    """A question, with the conversation before it: exchanges, or only the earlier questions."""

    question: Question
    history: list[TurnBody | str] = []
    stream: bool = False

    def turns(self) -> list[Turn]:
        """The last exchanges, oldest first."""
        turns = [Turn(t) if isinstance(t, str) else Turn(t.question, t.answer, tuple(t.papers)) for t in self.history]
        return turns[-MAX_TURNS:]


class SearchBody(BaseModel):
    """What to look for, and how many passages to give back."""

    query: Question
    k: int = Field(10, ge=1, le=100)


class ExportBody(BaseModel):
    """Answers to make a file of, as `/v1/ask` gave them."""

    format: Literal["docx", "md", "txt", "html", "csv", "xlsx"]
    answers: list[Answer] = Field(min_length=1, max_length=MAX_EXPORTED)
    title: str = Field("", max_length=MAX_QUESTION_CHARS)
    language: Language = "zh"
    figures: bool = True
    """Whether the figures of an answer are told in a table of their own."""


class FiguresQuery(BaseModel):
    """What to look for among the figures; see `index.figures.search`."""

    metric: Question
    subject: str | None = None
    region: str | None = None
    period: str | None = None
    status: str | None = None
    unit: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None


class TablesQuery(BaseModel):
    """Which tables to list: those of a document, by its id, its path or its title, and those that speak of words."""

    document: str | None = None
    query: str = Field("", max_length=MAX_QUESTION_CHARS)
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0)


class PartBody(BaseModel):
    """A part of a message; only text can be read."""

    type: Literal["text"]
    text: str


class CitedBody(BaseModel):
    """What an annotation leads to; only its title is read."""

    title: str = ""


class AnnotationBody(BaseModel):
    """A mark of an earlier answer."""

    url_citation: CitedBody = CitedBody()


class MessageBody(BaseModel):
    """A message of the chat. System and tool messages are accepted and have no effect: the documents decide."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartBody] | None = None
    annotations: list[AnnotationBody] = []
    """Of our own messages, as a client sends them back."""

    def text(self) -> str:
        """The text of all parts."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """OpenAI's `stream_options`."""

    include_usage: bool = False


class ResponseFormat(BaseModel):
    """OpenAI's `response_format`. A client that asks for JSON would choke on prose, so it is told."""

    type: Literal["text"]


class ChatBody(BaseModel):
    """What is read of OpenAI's request. Sampling settings and the rest are accepted and have no effect."""

    messages: list[MessageBody] = Field(min_length=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    response_format: ResponseFormat | None = None

    def turns(self) -> list[Turn]:
        """The exchanges, oldest first; the last one's question is the one to answer."""
        turns: list[Turn] = []
        for message in self.messages:
            if message.role == "user":
                turns.append(Turn(message.text().strip()))
            elif message.role == "assistant" and turns:
                cited = (each.url_citation.title for each in message.annotations)
                turns[-1] = Turn(turns[-1].question, message.text(), tuple(dict.fromkeys(filter(None, cited))))
        return turns[-MAX_TURNS - 1 :]
