"""OpenAI's request, as far as it is read"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.answers import Language, Turn
from assistant.config import MAX_TURNS
from assistant.server.bodies import FilterBody, Filtered

NOTE = {"zh": "说明：", "en": "Note: "}
"""Begins the line after an answer that says what was done differently; see `replies.note_of`."""
_NOTE_LINE = re.compile(r"\n\n> (?:" + "|".join(NOTE.values()) + r")[^\n]*\Z")


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
    """A message of the chat. Of system messages only those wishes count that `wishes` knows."""

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


class SchemaBody(BaseModel):
    """What JSON is wanted, as JSON Schema."""

    name: str = ""
    schema_: dict[str, Any] = Field({}, alias="schema")
    strict: bool | None = None


class ResponseFormat(BaseModel):
    """OpenAI's `response_format`."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: SchemaBody | None = None


class FunctionBody(BaseModel):
    """A function that the client would like to have called."""

    name: str
    parameters: dict[str, Any] | None = None


class ToolBody(BaseModel):
    """OpenAI's tool; kinds other than functions are never called."""

    type: str = "function"
    function: FunctionBody | None = None


class NamedFunction(BaseModel):
    """The name of a function."""

    name: str


class NamedTool(BaseModel):
    """The tool that has to be called."""

    type: str = "function"
    function: NamedFunction


class OwnBody(BaseModel):
    """Our own wishes, which a client sends in the extra field `youju`."""

    model_config = ConfigDict(extra="forbid")

    filter: FilterBody | None = None
    documents: list[str] = Field(default=[], description="Titles or ids of documents: only these.", max_length=1000)
    language: Language | None = Field(
        default=None, description="Of the answer that a model writes; else the question's."
    )


class ChatBody(Filtered):
    """What is read of OpenAI's request, our own `filter`, and `youju`. The rest, such as sampling, has no effect."""

    messages: list[MessageBody] = Field(min_length=1)
    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = Field(None, description="There are none: sentences are checked as a whole.")
    stop: str | list[str] | None = None
    response_format: ResponseFormat | None = None
    tools: list[ToolBody] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    youju: OwnBody | None = None

    def turns(self) -> list[Turn]:
        """The exchanges, oldest first; the last one's question is the one to answer."""
        turns: list[Turn] = []
        for message in self.messages:
            if message.role == "user":
                turns.append(Turn(message.text().strip()))
            elif message.role == "assistant" and turns:
                cited = (each.url_citation.title for each in message.annotations)
                answer = _NOTE_LINE.sub("", message.text())
                turns[-1] = Turn(turns[-1].question, answer, tuple(dict.fromkeys(filter(None, cited))))
        return turns[-MAX_TURNS - 1 :]

    def rules(self) -> str:
        """What the system messages say."""
        return "\n".join(each.text() for each in self.messages if each.role in ("system", "developer"))

    def stops(self) -> tuple[str, ...]:
        """What the reply must not contain."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(filter(None, given))
