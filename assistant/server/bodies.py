"""The bodies of requests, as clients send them"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from assistant.answers import Answer, Language, Turn
from assistant.config import MAX_QUESTION_CHARS, MAX_TURNS
from assistant.conversations.rows import MAX_TITLE_CHARS
from assistant.server.paths import meant
from index.filters import OPEN, Filter
from sources.figures.statuses import Status

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS)]

Flag = Annotated[bool, Field(strict=True)]
"""true or false, and nothing that might be meant as one."""
Count = Annotated[int, BeforeValidator(lambda given: "" if isinstance(given, bool) else given)]
MAX_EXPORTED = 1000
"""Answers in one file."""


_YEAR, _MONTH, _DAY = r"(?:19|20)\d{2}", "(?:0[1-9]|1[0-2])", r"(?:0[1-9]|1\d|2[0-8])"
_DATE: dict[str, Any] = {"pattern": f"^(?:{_YEAR}(?:-{_MONTH}(?:-{_DAY})?)?)?$"}
"""What a client may count on in the schema; that a day exists, and isn't after another, is seen here."""
PERIOD: dict[str, Any] = {"pattern": f"^(?:{_YEAR}年?|{_YEAR}-{_MONTH}|{_YEAR}-Q[1-4]|十[二三四五]五)?$"}


def not_unicode(given: Any) -> str | None:
    """Where JSON has a string that is no Unicode (half of a pair of surrogates), as in messages.0.content; None where
    it has none. It can be neither found in a document nor be sent back."""
    waiting: list[tuple[str, Any]] = [("", given)]
    while waiting:
        at, each = waiting.pop()
        if isinstance(each, str):
            if not each.isascii() and _HALF.search(each):
                return at
            continue
        inner = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        for name, value in inner:
            if isinstance(name, str) and _HALF.search(name):
                return at
            waiting.append((f"{at}.{name}" if at else str(name), value))
    return None


_HALF = re.compile("[\ud800-\udfff]")


class UnicodeBody(BaseModel):
    """A body whose every string is Unicode."""

    @model_validator(mode="before")
    @classmethod
    def _is_unicode(cls, given: Any) -> Any:
        if (where := not_unicode(given)) is not None:
            raise PydanticCustomError(
                "string_unicode", "Input should be a valid unicode string", {"where": where[:200]}
            )
        return given


class TurnBody(BaseModel):
    """One earlier exchange."""

    question: str
    answer: str = ""
    papers: list[str] = []
    """The titles of what the answer cites."""


class FilterFields(BaseModel):
    """Which documents count: those that meet all that is given, each by any of its values."""

    documents: list[str] = Field([], description="Ids of documents.")
    folders: list[str] = Field([], description="Files, or folders that they lie in, as GET /v1/facets lists them.")
    tags: list[str] = Field([], description="Tags, as given with `youju tag`.")
    publishers: list[str] = Field([], description="Publishers, as GET /v1/facets lists them.")
    since: str = Field("", description="Published then or later: YYYY, YYYY-MM or YYYY-MM-DD.", json_schema_extra=_DATE)
    until: str = Field("", description="Published by then: YYYY, YYYY-MM or YYYY-MM-DD.", json_schema_extra=_DATE)
    regions: list[str] = Field([], description="Regions that the documents are about.")
    standing: str = Field(
        "",
        description='"today" or YYYY-MM-DD: in force on that day; "any" or nothing: all.',
        json_schema_extra={"pattern": rf"^(?:today|any|{_YEAR}-{_MONTH}-{_DAY})?$"},
    )
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
        given = {name: getattr(self, name) for name in FilterFields.model_fields}
        return Filter.of(**given | {"folders": meant(self.folders)})


class FilterBody(FilterFields):
    """The same in a body, where a misspelt field would otherwise let more be seen than was meant."""

    model_config = ConfigDict(extra="forbid")


class Filtered(UnicodeBody):
    """A body that may limit what is looked at."""

    filter: FilterBody | None = Field(None, description="Which documents count; all where it is left out.")

    def through(self) -> Filter:
        """The filter."""
        return self.filter.made() if self.filter else OPEN


class AskBody(Filtered):
    """A question, with the conversation before it: exchanges, or only the earlier questions."""

    question: Question
    history: list[TurnBody | str] = []
    stream: Flag = False

    def turns(self) -> list[Turn]:
        """The last exchanges, oldest first."""
        turns = [Turn(t) if isinstance(t, str) else Turn(t.question, t.answer, tuple(t.papers)) for t in self.history]
        return turns[-MAX_TURNS:]


class SearchBody(Filtered):
    """What to look for, and how many passages to give back."""

    query: Question
    k: Count = Field(10, ge=1, le=100)


class ConversationsQuery(BaseModel):
    """Which conversations to list; see `Workspace.conversations`."""

    query: str = Field("", max_length=MAX_QUESTION_CHARS)
    archived: bool = False
    limit: int = Field(50, ge=1, le=200)
    before: str | None = Field(
        None, max_length=200, json_schema_extra={"pattern": r"^[01]~\d{1,12}(?:\.\d{1,9})?~[0-9a-f]{1,64}$"}
    )


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE_CHARS)]


class ConversationBody(BaseModel):
    """A new conversation."""

    title: Title | Literal[""] = ""


class ConversationChange(BaseModel):
    """What is to be changed of a conversation; null is what stays."""

    title: Title | None = None
    pinned: Flag | None = None
    archived: Flag | None = None


class TurnAskBody(Filtered):
    """A question in a conversation."""

    question: Question
    stream: Flag = False


class ShareBody(UnicodeBody):
    """What a link leads to: the conversation, up to a turn where one is named, or that turn alone."""

    turn_id: str | None = None
    alone: Flag = False


class FeedbackBody(BaseModel):
    """What is said of an answer."""

    good: Flag
    reason: str = Field("", max_length=4000)
    right_answer: str = Field("", max_length=4000)
    tags: list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]] = Field(
        [], max_length=20
    )


class FeedbackQuery(BaseModel):
    """Which feedback to list; see `Workspace.feedback`."""

    good: bool | None = None
    query: str = Field("", max_length=MAX_QUESTION_CHARS)
    tag: str | None = Field(None, max_length=40)
    since: float | None = None
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=10_000_000)
    format: Literal["json", "cases"] = "json"


ExportForm = Literal["docx", "md", "txt", "html", "csv", "xlsx"]


class ExportQuery(BaseModel):
    """What to make of a conversation."""

    format: ExportForm = "docx"
    turn: str | None = Field(None, max_length=64)
    language: Language = "zh"


class ExportBody(UnicodeBody):
    """Answers to make a file of, as `/v1/ask` gave them."""

    format: ExportForm
    answers: list[Answer] = Field(min_length=1, max_length=MAX_EXPORTED)
    title: str = Field("", max_length=MAX_QUESTION_CHARS)
    language: Language = "zh"
    figures: Flag = True
    """Whether the figures of an answer are told in a table of their own."""


Bound = Annotated[
    Decimal | None,
    BeforeValidator(lambda given: None if given == "" else given),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d{1,15}(?:\.\d{1,9})?$"}, {"type": "null"}]}
    ),
]
"""A decimal, as text where it has to be exact."""


class FiguresFields(BaseModel):
    """What to look for among the figures; see `index.figures.search`."""

    metric: Question
    subject: str | None = None
    region: str | None = None
    period: str | None = Field(None, json_schema_extra=PERIOD)
    status: Status | Literal[""] | None = None
    unit: str | None = None
    at_least: Bound = None
    at_most: Bound = None
    limit: int | None = Field(None, ge=1, le=10_000, description="So many at most; all where it is left out.")
    offset: int = Field(0, ge=0, le=10_000_000)


class FiguresQuery(FiguresFields, FilterFields):
    """The same as a query."""


class FiguresBody(FiguresFields, Filtered):
    """The same as a body."""

    limit: Count | None = Field(None, ge=1, le=10_000, description="So many at most; all where it is left out.")
    offset: Count = Field(0, ge=0, le=10_000_000)


class TablesQuery(FilterFields):
    """Which tables to list: those of a document, by its id, its path or its title, and those that speak of words."""

    document: str | None = None
    query: str = Field("", max_length=MAX_QUESTION_CHARS)
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
MAX_CHOSEN = 1000


class TagsBody(BaseModel):
    """All the tags of a document."""

    tags: list[Tag] = Field(max_length=100)


class TagsChange(UnicodeBody):
    """Tags that a document gets, and those that are taken from it."""

    add: list[Tag] = Field([], max_length=100)
    remove: list[Tag] = Field([], max_length=100)


class TagsChangeOfMany(TagsChange):
    """The same for several documents, by their ids."""

    documents: list[str] = Field(min_length=1, max_length=MAX_CHOSEN)


class PathsBody(UnicodeBody):
    """Files, by their paths."""

    paths: list[str] = Field(min_length=1, max_length=MAX_CHOSEN)


class ChosenBody(UnicodeBody):
    """Documents, by their ids, and files that are none."""

    documents: list[str] = Field([], max_length=MAX_CHOSEN)
    paths: list[str] = Field([], max_length=MAX_CHOSEN)


class SourceBody(UnicodeBody):
    """A folder of the server's disk."""

    path: str = Field(min_length=1, max_length=4000)


class ListingQuery(FilterFields):
    """Which documents to list, in what order; without a `limit` all of them."""

    query: str = Field("", max_length=200, description="Words that stand in the title or the number.")
    kinds: list[str] = Field([], description="Of papers: 通知, 办法, 报告 …")
    states: list[str] = Field([], description="现行, 已废止, 已过期, 尚未施行, 未知.")
    sort: Literal["added", "title", "publisher", "published", "kind", "characters", "figures"] | None = None
    order: Literal["asc", "desc"] = "desc"
    limit: int | None = Field(None, ge=1, le=200)
    offset: int = Field(0, ge=0, le=10_000_000)
