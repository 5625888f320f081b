"""The replies of the routes over the library, as clients get them: what is searched, listed and opened

Every `start` and `end` is a half-open character offset into the document's text, and every time is in seconds since
1970, unless it is a date.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from index.standing import Standing
from sources.documents import Section
from sources.figures.statuses import Direction, Status
from sources.parts import Dropped
from sources.tables import Table

Counted = list[Annotated[list[str | int], Field(min_length=2, max_length=2)]]
"""Values with how many documents have each, the most frequent first."""


class HitReply(BaseModel):
    """A passage that fits a query."""

    document_id: str
    title: str
    uri: str
    section: str
    text: str
    start: int
    end: int
    score: float = Field(description="Higher is better.")


class HitsReply(BaseModel):
    """Passages, the best first."""

    hits: list[HitReply]


class FigureReply(BaseModel):
    """A figure with the sentence that states it; numbers are decimals in the base unit, as text."""

    metric: str
    name: str
    subject: str
    value: str
    upper: str
    unit: str
    text: str
    qualifier: str
    region: str
    level: str
    period: str
    status: Status
    direction: Direction
    scope: str
    title: str
    publisher: str
    published: str
    standing: str
    section: str
    page: int | Literal[""]
    quote: str
    dimensions: list[list[str]] = Field(description="Pairs: a header, and what stands under it.")
    document_id: str
    start: int
    end: int
    uri: str
    match: float = Field(description="How well the metric's name fits what was asked for: 0 to 1.")
    sure_metric: float
    sure_region: float
    sure_period: float
    sure_status: float


class FiguresReply(BaseModel):
    """Figures, the closest name first; where there are none, `nearest` names metrics that there are."""

    figures: list[FigureReply]
    nearest: list[str]
    total: int


class DocumentInfoReply(BaseModel):
    """A document without its text."""

    id: str
    title: str
    uri: str
    publisher: str | None
    published: str | None
    characters: int
    passages: int
    number: str | None = Field(description="As it was issued under.")
    kind: str | None
    in_force: str | None
    expires: str | None
    copies: list[str]
    unreachable_since: float | None
    added: int
    pages: int
    regions: list[str] = Field(description="The places that it is of.")
    standing: Standing | None
    figures: int | None = Field(None, description="How many it has; told with a limit.")
    tags: list[str] | None = Field(None, description="Told with a limit.")
    entered: float | None = Field(
        None, description="When it entered the library, in seconds since 1970; told with a limit."
    )


class UnreadReply(BaseModel):
    """A file that couldn't be read."""

    path: str
    kind: str
    reason: str


class UnreachableReply(BaseModel):
    """A source that can't be reached."""

    path: str
    since: float


class DocumentsReply(BaseModel):
    """Documents: all that were asked for, or with a `limit` some of them; `total` counts all."""

    documents: list[DocumentInfoReply]
    total: int
    unread: list[UnreadReply] | None = Field(None, description="Told without a limit.")
    unreachable: list[UnreachableReply] | None = Field(None, description="Told without a limit.")


class DocumentReply(BaseModel):
    """A document with its text."""

    id: str
    title: str
    text: str
    uri: str
    sha256: str
    publisher: str | None
    published: str | None
    regions: list[str]
    sections: list[Section]
    pages: list[int]
    number: str | None
    kind: str | None
    in_force: str | None
    expires: str | None
    tables: list[Table]
    dropped: list[Dropped]
    notices: list[str]
    found_by: dict[str, str]
    copies: list[str]
    standing: Standing | None


class VersionReply(BaseModel):
    """A version of a rule."""

    id: str
    title: str
    number: str | None
    published: str | None
    standing: Standing | None


class VersionsReply(BaseModel):
    """The versions of one rule that the library has, the document itself among them, the oldest first."""

    versions: list[VersionReply]


class FoundReply(BaseModel):
    """A place where words stand."""

    start: int
    end: int
    before: str
    text: str
    after: str


class FoundsReply(BaseModel):
    """The first places, and how many there are."""

    hits: list[FoundReply]
    total: int


class FacetsReply(BaseModel):
    """By which values documents can be filtered."""

    publishers: Counted
    years: Counted
    regions: Counted
    tags: Counted
    groups: Counted
    folders: Counted


class TableInfoReply(BaseModel):
    """A table without its cells."""

    id: str
    document_id: str
    number: int
    title: str
    caption: str
    section: str
    rows: int
    columns: int
    unit: str
    page: int | None
    sheet: str | None
    uri: str


class TablesReply(BaseModel):
    """Tables; `total` counts all that were asked for."""

    tables: list[TableInfoReply]
    total: int


class HeaderReply(BaseModel):
    """A column's headers, from the top."""

    path: list[str]
    unit: str


class CellReply(BaseModel):
    """A cell; the last fields are there where it holds a number that was read."""

    row: int
    column: int
    text: str
    start: int
    end: int
    name: str
    value: str | None = None
    upper: str | None = None
    unit: str | None = None
    subject: str | None = None
    metric: str | None = None
    period: str | None = None


class WholeTableReply(TableInfoReply):
    """A table with its cells."""

    start: int
    end: int
    notes: list[str]
    headers: list[HeaderReply]
    labels: list[list[str]]
    cells: list[CellReply]


class BoxesReply(BaseModel):
    """Where on a page something stands: boxes in pixels, left, top, right, bottom."""

    page: int
    width: int
    height: int
    boxes: list[list[float]]


class CitationReply(BaseModel):
    """What a citation quotes, and whether it still stands there.

    `state`: current, the document has these words at this place; moved, it has them at another place, which is told;
    changed, the document is there and the words aren't; replaced, the document was removed and `now` is the one that
    lies in its place; removed, it is gone, and what was quoted is told from memory.
    """

    id: str
    state: Literal["current", "moved", "changed", "replaced", "removed"]
    message: str = Field(description="The same in words.")
    document_id: str
    title: str
    publisher: str | None
    published: str | None
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    uri: str
    created: float | None = Field(description="When it was first quoted to whoever asks; null where that isn't known.")
    now: PlaceReply | None = Field(description="Where the words stand today, as far as that is elsewhere.")


class PlaceReply(BaseModel):
    """A place in a document; start and end are null where its words aren't there."""

    document_id: str
    title: str
    start: int | None
    end: int | None


class HealthReply(BaseModel):
    """That the server runs, and how many documents there are to ask about."""

    status: Literal["ok"]
    documents: int


class ReadyReply(BaseModel):
    """Whether questions can be answered now."""

    ready: bool
    documents: int
    answering: int = Field(description="Questions that are being answered.")
    waiting: int = Field(description="Questions that wait for their turn.")


CitationReply.model_rebuild()
