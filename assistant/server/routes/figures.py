"""Figures to browse: the page, the same as JSON, and as files.

GET /figures                                  the page; its address says what it shows
GET /figures/table.csv · table.xlsx           the table that the page shows at this address
GET /v1/metrics?q=…&unit=…&limit=…&offset=…   {"metrics": [{"metric", "figures", "units", …}], "total", "figures"}
GET /v1/metrics/table?metric=…&rows=…         {"metric", "unit", "columns", "rows": [{"name", "cells": [[…]]}], …}
GET /v1/figures/{document}/{start}-{end}      a figure with the sentence that states it
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from assistant.exports.characters import file_name
from assistant.server.errors import ErrorReply, error_response
from assistant.server.figure_bodies import FigureSource, MetricsQuery, MetricsReply, TableQuery, TableReply
from assistant.server.owners import name_of
from assistant.server.requests import said
from assistant.web import shell
from assistant.web.figures import looking, page, pivot_page, taking
from assistant.web.figures.table import Entry, scales_for
from assistant.web.figures.view import View
from assistant.web.figures.words import figure_words
from index.figures import FoundFigure, in_force, with_source
from sources.instructions import instructions

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from sources.figures.figure import Figure

_PLACE = re.compile(r"(\d{1,9})-(\d{1,9})")
_MOST_QUOTED = 200
"""Documents whose sentences a workbook quotes: of more, it names only where they stand."""
_ERRORS: dict[int | str, dict[str, Any]] = {
    404: {
        "model": ErrorReply,
        "description": "there is no such metric, or no such figure: what is near stands in the message",
    },
    422: {"model": ErrorReply, "description": "a condition can't be read; `param` names it"},
}


def figure_routes(assistant: Assistant) -> APIRouter:
    """GET /figures, /figures/table.csv and .xlsx, /v1/metrics, /v1/metrics/table, /v1/figures/{document}/{place}."""
    router = APIRouter()

    @router.get("/figures", include_in_schema=False)
    def figures_page(request: Request) -> HTMLResponse:
        """The page; an address that asks for what isn't there is answered in words, with status 404."""
        own = shell.words_of(request.cookies)
        words = figure_words(own.language)
        view = View.read(request.query_params)
        asked, bad_period = looking.wanted(view, assistant.index.metrics)
        status, title = 200, words.title
        if view.metric:
            found = looking.shown(view, asked, assistant)
            if found is None:
                status, body = 404, pivot_page.no_such_metric(view, tuple(assistant.metrics_near(view.metric)), words)
            else:
                title = found.pivot.metric
                body = pivot_page.metric_page(view, found, words, bad_period=bad_period)
        else:
            body = page.listing(view, looking.listed(view, asked, assistant), words, bad_period=bad_period)
        html = shell.page(
            body + page.texts(words),
            own,
            title=title,
            active="figures",
            who=name_of(request),
            styles=("charts.css", "figures.css"),
            scripts=("figures.js",),
        )
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-cache"})

    @router.get("/figures/table.csv", include_in_schema=False)
    def as_csv(request: Request) -> Response:
        """The table that the page shows at this address, as CSV."""
        return _file(request, "csv")

    @router.get("/figures/table.xlsx", include_in_schema=False)
    def as_xlsx(request: Request) -> Response:
        """The same as a workbook, with a second sheet that says where each value stands."""
        return _file(request, "xlsx")

    def _file(request: Request, ending: str) -> Response:
        words = figure_words(shell.words_of(request.cookies).language)
        view = View.read(request.query_params)
        asked, _ = looking.wanted(view, assistant.index.metrics)
        found = looking.shown(view, asked, assistant) if view.metric else None
        if found is None:
            why = said(
                f"没有指标 {view.metric!r}：GET /v1/metrics 列出现有的",
                f"there is no metric {view.metric!r}; GET /v1/metrics lists them",
            )
            return error_response(404, why, "metric", "not_found")
        table = found.pivot
        scale = view.scale if view.scale in scales_for(table) else ""
        rows = taking.table_rows(table, scale, words)
        unit = f"{scale.replace('1', '')}{table.unit}"
        name = file_name(f"{table.metric}（{unit}）" if unit else table.metric, f".{ending}")
        if ending == "csv":
            content, kind = taking.as_csv(rows).encode(), "text/csv; charset=utf-8"
        else:
            is_quoted = len({each.document_id for each in table.laid.figures}) <= _MOST_QUOTED
            sources = taking.source_rows(table, words, source if is_quoted else lambda _: None)
            content = taking.as_xlsx(rows, sources, words)
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        disposition = f"attachment; filename=\"figures.{ending}\"; filename*=UTF-8''{quote(name)}"
        return Response(content, media_type=kind, headers={"Content-Disposition": disposition})

    def source(figure: Figure) -> FoundFigure | None:
        """The figure with its sentence; None where its document is gone meanwhile."""
        try:
            return with_source(figure, 1.0, assistant.index.lookups)
        except (LookupError, StopIteration):
            return None

    @router.get("/v1/metrics", response_model=MetricsReply, responses={422: _ERRORS[422]})
    def list_metrics(asked: Annotated[MetricsQuery, Query()]) -> Any:
        """The metrics that figures of the library measure, most figures first; `total` of them in all."""
        try:
            wanted = asked.view().wanted(assistant.index.metrics)
        except ValueError as error:
            return error_response(422, f"from, to: {error}", "from")
        metrics = assistant.index.metrics
        total, figures = metrics.totals(wanted)
        found = metrics.page(wanted, limit=asked.limit, offset=asked.offset) if asked.offset < total else []
        return MetricsReply.of(found, total=total, figures=figures)

    @router.get("/v1/metrics/table", response_model=TableReply, responses=_ERRORS)
    def table(asked: Annotated[TableQuery, Query()]) -> Any:
        """A metric's figures in one unit by place or subject and time, as the page lays them out; a cell holds an entry
        for each value that sources don't agree on."""
        view = asked.view()
        try:
            wanted = view.wanted(assistant.index.metrics)
        except ValueError as error:
            return error_response(422, f"from, to: {error}", "from")
        found = looking.shown(view, wanted, assistant)
        if found is None:
            near = "、".join(assistant.metrics_near(view.metric)) or "-"
            why = said(
                f"没有指标 {view.metric!r}；相近的有：{near}", f"there is no metric {view.metric!r}; near: {near}"
            )
            return error_response(404, why, "metric", "not_found")
        return TableReply.of(found)

    @router.get("/v1/figures/{document_id}/{place}", response_model=FigureSource, responses={404: _ERRORS[404]})
    def figure(document_id: str, place: str) -> Any:
        """A figure with the sentence that states it; `place` is where its number stands, as in 120-126."""
        spanned = _PLACE.fullmatch(place)
        own = assistant.index.metrics.figure(document_id, int(spanned[1]), int(spanned[2])) if spanned else None
        found = source(own) if own else None
        if own is None or found is None:
            why = said(
                f"文档 {document_id[:80]!r} 的 {place[:80]!r} 处没有数字",
                f"no figure stands at {place[:80]!r} of a document {document_id[:80]!r}",
            )
            return error_response(404, why, "place", "not_found")
        [found] = in_force([found], assistant.index.standings())
        text = assistant.index.lookups.document(document_id).text
        is_order = bool(instructions(text, own.start, own.end))
        return taking.source_record(found, is_order=is_order, doubts=Entry((own,), "").doubts)

    return router
