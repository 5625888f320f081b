"""OpenAI's request, as far as it is read"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from assistant.answers import Language, Turn
from assistant.config import MAX_TURNS
from assistant.server.bodies import Count, FilterBody, Filtered
from assistant.server.requests import said

NOTE = {"zh": "说明：", "en": "Note: "}
"""Begins the line after an answer that says what was done differently; see `replies.note_of`."""
_NOTE_LINE = re.compile(r"\n\n> (?:" + "|".join(NOTE.values()) + r")[^\n]*\Z")


def _given(body: Any) -> Any:
    """What a client gives: its null is what it leaves out, as OpenAI's own replies have it, which are sent back."""
    return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body


class Body(BaseModel):
    """An object of OpenAI's, as far as it is read."""

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, body: Any) -> Any:
        return _given(body)


class PartBody(Body):
    """A part of a message: text, a refusal, or what can't be read, such as a picture."""

    type: str
    text: str = ""
    refusal: str = ""

    @model_validator(mode="after")
    def _has_its_own(self) -> PartBody:
        if self.type in ("text", "refusal") and self.type not in self.model_fields_set:
            raise ValueError(f"{self.type}: {said('没有写，请补上', 'Field required')}")
        return self

    def read(self) -> str:
        """Its text."""
        return self.refusal if self.type == "refusal" else self.text if self.type == "text" else ""


class CitedBody(Body):
    """What an annotation leads to; only its title is read."""

    title: str = ""


class AnnotationBody(Body):
    """A mark of an earlier answer."""

    url_citation: CitedBody = CitedBody()


class MessageBody(Body):
    """A message of the chat. Of system messages only those wishes count that `wishes` knows."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartBody] | None = None
    annotations: list[AnnotationBody] = []
    """Of our own messages, as a client sends them back."""

    def text(self) -> str:
        """The text of all parts."""
        if isinstance(self.content, list):
            return "\n".join(filter(None, (part.read() for part in self.content)))
        return self.content or ""

    def unread(self) -> list[str]:
        """The kinds of parts that can't be read."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.type for part in parts if part.type not in ("text", "refusal")]


class StreamOptions(Body):
    """OpenAI's `stream_options`."""

    include_usage: bool = False


class SchemaBody(Body):
    """What JSON is wanted, as JSON Schema."""

    name: str = ""
    schema_: dict[str, Any] = Field({}, alias="schema")
    strict: bool | None = None


class ResponseFormat(Body):
    """OpenAI's `response_format`."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: SchemaBody | None = None


class FunctionBody(Body):
    """A function that the client would like to have called."""

    name: str
    parameters: dict[str, Any] | None = None


class ToolBody(Body):
    """OpenAI's tool; kinds other than functions are never called."""

    type: str = "function"
    function: FunctionBody | None = None


class NamedFunction(Body):
    """The name of a function."""

    name: str


class NamedTool(Body):
    """The tool that has to be called."""

    type: str = "function"
    function: NamedFunction


class AllowedTools(Body):
    """The tools that may be called."""

    type: Literal["allowed_tools"]


def _only(meant: Any, chinese: str, english: str) -> BeforeValidator:
    """Refuses every other value, with why."""

    def check(given: Any) -> Any:
        if given is not None and (given != meant or type(given) is not type(meant)):
            raise ValueError(said(chinese, english))
        return given

    return BeforeValidator(check)


One = Annotated[
    Literal[1] | None,
    _only(1, "只有一个答案，请不写 n 或写 1", "there is one answer only: leave n out, or let it be 1"),
]
NoLogprobs = Annotated[
    Literal[False] | None,
    _only(
        False,
        "没有逐词的概率，请不写或写 false；整个答案有多可信见 youju.confidence",
        "there are none, sentences are checked as a whole: leave it out; youju.confidence is that of the answer",
    ),
]


class OwnBody(BaseModel):
    """Our own wishes, which a client sends in the extra field `youju`."""

    model_config = ConfigDict(extra="forbid")

    filter: FilterBody | None = None
    documents: list[str] = Field(default=[], description="Titles or ids of documents: only these.", max_length=1000)
    language: Language | None = Field(
        default=None, description="Of the answer that a model writes; else the question's."
    )


class ChatBody(Body, Filtered):
    """What is read of OpenAI's request, our own `filter`, and `youju`. The rest, such as sampling, has no effect."""

    messages: list[MessageBody] = Field(min_length=1)
    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: One = None
    logprobs: NoLogprobs = Field(None, description="There are none: sentences are checked as a whole.")
    stop: str | list[str] | None = None
    max_tokens: Count | None = Field(None, ge=1, description="The reply ends with the last sentence within so many.")
    max_completion_tokens: Count | None = Field(None, ge=1, description="The same by its new name, which goes first.")
    response_format: ResponseFormat | None = None
    tools: list[ToolBody] | None = None
    tool_choice: Literal["none", "auto", "required"] | AllowedTools | NamedTool | None = None
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
        asked = [turn for turn in turns[:-1] if turn.question]  # not those that were only a picture
        return [*asked, *turns[-1:]][-MAX_TURNS - 1 :]

    def rules(self) -> str:
        """What the system messages say."""
        return "\n".join(each.text() for each in self.messages if each.role in ("system", "developer"))

    def most_tokens(self) -> int | None:
        """How long the reply may be."""
        return self.max_completion_tokens or self.max_tokens

    def stops(self) -> tuple[str, ...]:
        """What the reply must not contain."""
        given = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(filter(None, given))
