"""The bodies of requests, as clients send them"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from assistant.answers import Turn
from assistant.config import MAX_QUESTION_CHARS, MAX_TURNS
from index.filters import OPEN, Filter

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS)]


class TurnBody(BaseModel):
    """One earlier exchange."""

    question: str
    answer: str = ""
    papers: list[str] = []
    """The titles of what the answer cites."""


class FilterFields(BaseModel):
    """Which documents count: those that meet all that is given, each by any of its values."""

    documents: list[str] = Field([], description="Ids of documents.")
    folders: list[str] = Field([], description="Files, or folders that they lie in, as absolute paths.")
    tags: list[str] = Field([], description="Tags, as given with `youju tag`.")
    publishers: list[str] = Field([], description="Publishers, as GET /v1/facets lists them.")
    since: str = Field("", description="Published then or later: YYYY, YYYY-MM or YYYY-MM-DD.")
    until: str = Field("", description="Published by then: YYYY, YYYY-MM or YYYY-MM-DD.")
    regions: list[str] = Field([], description="Regions that the documents are about.")
    standing: str = Field("", description='"today" or YYYY-MM-DD: in force on that day; "any" or nothing: all.')
    groups: list[str] | None = Field(
        None,
        description="The reader's groups: documents of other groups are as if they weren't there. null: no control.",
    )
    without: list[str] = Field([], description="Ids of documents that are left out.")

    @model_validator(mode="after")
    def _can_be_meant(self) -> FilterFields:
        self.made()
        return self

    def made(self) -> Filter:
        """The filter; raises FilterError for a value that can't be meant."""
        return Filter.of(**{name: getattr(self, name) for name in FilterFields.model_fields})


class FilterBody(FilterFields):
    """The same in a body, where a misspelt field would otherwise let more be seen than was meant."""

    model_config = ConfigDict(extra="forbid")


class Filtered(BaseModel):
    """A body that may limit what is looked at."""

    filter: FilterBody | None = Field(None, description="Which documents count; all where it is left out.")

    def through(self) -> Filter:
        """The filter."""
        return self.filter.made() if self.filter else OPEN


class AskBody(Filtered):
    """A question, with the conversation before it: exchanges, or only the earlier questions."""

    question: Question
    history: list[TurnBody | str] = []
    stream: bool = False

    def turns(self) -> list[Turn]:
        """The last exchanges, oldest first."""
        turns = [Turn(t) if isinstance(t, str) else Turn(t.question, t.answer, tuple(t.papers)) for t in self.history]
        return turns[-MAX_TURNS:]


class SearchBody(Filtered):
    """What to look for, and how many passages to give back."""

    query: Question
    k: int = Field(10, ge=1, le=100)


class FiguresFields(BaseModel):
    """What to look for among the figures; see `index.figures.search`."""

    metric: Question
    subject: str | None = None
    region: str | None = None
    period: str | None = None
    status: str | None = None
    unit: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None


class FiguresQuery(FiguresFields, FilterFields):
    """The same as a query."""


class FiguresBody(FiguresFields, Filtered):
    """The same as a body."""


class TablesQuery(FilterFields):
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


class ChatBody(Filtered):
    """What is read of OpenAI's request, and our own `filter`. Sampling settings and the rest have no effect."""

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
