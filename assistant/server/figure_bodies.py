"""What is asked of the routes over metrics and figures, and what they answer"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from assistant.server.bodies import PERIOD
from assistant.web.figures.looking import ROWS_A_PAGE
from assistant.web.figures.table import in_print
from assistant.web.figures.view import MAX_CHARS, MAX_PAGE, View
from index.metrics import Axis
from sources.figures.statuses import Direction, Status
from sources.mentions.numerals import plain

if TYPE_CHECKING:
    from assistant.web.figures.looking import Shown
    from assistant.web.figures.table import Entry
    from index.catalog.metrics import Metric

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_CHARS)]


class MetricsQuery(BaseModel):
    """Conditions that figures must meet; an empty one asks for nothing."""

    q: Text = Field("", description="words that stand in the metric's name")
    unit: Text = Field("", description="the base unit; - for figures without one")
    kind: Status | Literal[""] = ""
    region: Text = Field("", description="a place; what lies in it counts, too")
    since: Text = Field("", alias="from", description="2020年, 2025-Q1..Q3, 十四五 …", json_schema_extra=PERIOD)
    until: Text = Field("", alias="to", json_schema_extra=PERIOD)
    publisher: Text = Field("", description="a part of the name")
    document: Text = Field("", description="a document's id")
    limit: int = Field(50, ge=1, le=500)
    offset: int = Field(0, ge=0, le=10_000_000)

    def view(self) -> View:
        """The same as a view of the page."""
        return View(
            q=self.q,
            unit=self.unit,
            kind=self.kind,
            region=self.region,
            since=self.since,
            until=self.until,
            publisher=self.publisher,
            document=self.document,
        )


class TableQuery(BaseModel):
    """A metric, the conditions that its figures must meet, and how they are laid out."""

    metric: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARS)]
    unit: Text = Field("", description="the base unit, - for none; left out: the one with most figures")
    kind: Status | Literal[""] = ""
    region: Text = ""
    since: Text = Field("", alias="from", json_schema_extra=PERIOD)
    until: Text = Field("", alias="to", json_schema_extra=PERIOD)
    publisher: Text = ""
    document: Text = ""
    rows: Axis | Literal[""] = Field("", description="left out: places or subjects, whichever there are more of")
    sort: Text = Field("", description="name, or the column by whose figures rows are ordered")
    down: Literal["", "1"] = Field("", description="1: the other way round")
    page: int = Field(1, ge=1, le=MAX_PAGE, description=f"of {ROWS_A_PAGE} rows each")

    def view(self) -> View:
        """The same as a view of the page."""
        return View(**self.model_dump())


class MetricEntry(BaseModel):
    """A metric with how much there is of it."""

    metric: str
    figures: int
    units: dict[str, int]
    """Each unit with how many figures have it, the most frequent first; "" for none."""
    documents: int
    subjects: int
    first_year: str
    last_year: str


class MetricsReply(BaseModel):
    """A page of metrics."""

    metrics: list[MetricEntry]
    total: int
    """How many metrics meet the conditions."""
    figures: int
    """How many figures they have."""

    @classmethod
    def of(cls, metrics: Sequence[Metric], *, total: int, figures: int) -> MetricsReply:
        """The reply with these metrics."""
        entries = [
            MetricEntry(
                metric=each.name,
                figures=each.figures,
                units=dict(each.units),
                documents=each.documents,
                subjects=each.subjects,
                first_year=each.first,
                last_year=each.last,
            )
            for each in metrics
        ]
        return cls(metrics=entries, total=total, figures=figures)


class Source(BaseModel):
    """Where a value stands: GET /v1/figures/{document_id}/{start}-{end} gives the sentence."""

    document_id: str
    start: int
    end: int


class TableEntry(BaseModel):
    """A value with everything that says so."""

    text: str
    """As printed, with the unit that its table's header gives."""
    value: str
    upper: str
    """Of a range, the upper end; else empty. Both in the base unit."""
    status: Status
    scope: str
    about: str
    """The subject or place it is of, where row and column don't say."""
    doubts: list[str]
    """Fields that weren't read with certainty: metric, region, period, status."""
    sources: list[Source]

    @classmethod
    def of(cls, entry: Entry) -> TableEntry:
        """The entry as JSON has it."""
        figure = entry.figure
        return cls(
            text="".join(in_print(figure)),
            value=plain(figure.value),
            upper="" if figure.upper is None else plain(figure.upper),
            status=figure.status,
            scope=figure.scope,
            about=entry.about,
            doubts=list(entry.doubts),
            sources=[Source(document_id=each.document_id, start=each.start, end=each.end) for each in entry.figures],
        )


class TableRow(BaseModel):
    """A row; a list of entries a column, several where sources or kinds differ, none where nothing is known."""

    name: str
    cells: list[list[TableEntry]]


class TableReply(BaseModel):
    """A metric's figures in one unit, laid out."""

    metric: str
    unit: str
    units: dict[str, int]
    about: str
    """The subject or place that all of it is of; "" where they aren't one."""
    rows_are: Axis
    columns_are: Axis
    columns: list[str]
    """Periods in normal form, places or subjects; "" for what names none."""
    rows: list[TableRow]
    all_rows: int
    all_columns: int
    all_figures: int
    """In these rows and columns; more than `rows` hold where they were cut off."""

    @classmethod
    def of(cls, found: Shown) -> TableReply:
        """The table as JSON has it."""
        laid = found.pivot.laid
        rows = [
            TableRow(name=name, cells=[[TableEntry.of(each) for each in cell.entries] for cell in cells])
            for name, cells in zip(laid.rows, found.pivot.cells, strict=True)
        ]
        return cls(
            metric=found.pivot.metric,
            unit=found.pivot.unit,
            units=dict(found.units),
            about=found.pivot.about,
            rows_are=laid.axis,
            columns_are=laid.across,
            columns=list(laid.columns),
            rows=rows,
            all_rows=laid.all_rows,
            all_columns=laid.all_columns,
            all_figures=laid.all_figures,
        )


class FigureSource(BaseModel):
    """A figure with the sentence that states it: `quote` begins at `quote_start` of the document's text."""

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
    quote_start: int
    dimensions: list[list[str]]
    document_id: str
    start: int
    end: int
    doubts: list[str]
    is_order: bool
    """Whether the sentence orders its reader to say so: it is no evidence then."""
