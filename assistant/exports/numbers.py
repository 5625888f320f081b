"""The tables and figures of answers as CSV and as Excel workbooks, each row with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answers import Answer, Citation, Table
from assistant.exports.cells import as_csv, number_or_text, printed
from assistant.exports.characters import in_line
from assistant.exports.content import Export
from assistant.exports.references import References
from assistant.exports.words import ExportWords
from assistant.exports.workbooks import Sheet, workbook

Rows = list[list[str]]
_WIDTHS = {0: 24}
_FIGURE_WIDTHS = {0: 36, 1: 18, 3: 8, 4: 24, 9: 30, 11: 60, 12: 60}


def numbers_as_csv(export: Export) -> str:
    """What the answers set side by side, else their figures; several tables stand one below the other, each after its
    question. Raises ValueError where there are neither."""
    words = export.words
    parts = [(answer.question, _shown(answer, words)) for answer in export.answers]
    parts = [(question, rows) for question, rows in parts if rows]
    _or_raise(parts)
    lines: Rows = []
    for question, rows in parts:
        if len(parts) > 1:
            lines += [[], [in_line(question)]] if lines else [[in_line(question)]]
        lines += rows
    return as_csv([printed(text) for text in line] for line in lines)


def numbers_as_xlsx(export: Export) -> bytes:
    """A sheet for each table, one with all figures, and the list of sources. Raises ValueError where there are neither
    tables nor figures."""
    words = export.words
    sheets: list[Sheet] = []
    for answer in export.answers:
        if rows := _table(answer, words):
            sheets.append(_sheet(f"{words.table} {len(sheets) + 1}", rows, _WIDTHS))
    figures = [row for answer in export.answers for row in _figures(answer, words)[1:]]
    if figures:
        sheets.append(_sheet(words.figures, [[*words.figure_headings], *figures], _FIGURE_WIDTHS, filtered=True))
    _or_raise(sheets)
    references = References(export.known)
    for answer in export.answers:
        for citation in answer.citations:
            references.number_of(citation)
    lines = [[f"[{number}]", line] for number, line in references.lines(words, day=export.day)]
    sheets.append(Sheet(words.sources, ["", words.sources], lines, {0: 6, 1: 100}))
    return workbook(sheets)


def _or_raise(found: Sequence[object]) -> None:
    if not found:
        raise ValueError("这些回答里没有表格，也没有数字；请改用 .docx、.md 或 .txt")


def _sheet(title: str, rows: Rows, widths: Mapping[int, int], *, filtered: bool = False) -> Sheet:
    header, *body = rows
    values = [[number_or_text(text) for text in row] for row in body]
    return Sheet(title, header, values, widths, filtered=filtered)


def _shown(answer: Answer, words: ExportWords) -> Rows:
    rows = _table(answer, words) or _figures(answer, words)
    return rows if len(rows) > 1 else []


def _table(answer: Answer, words: ExportWords) -> Rows:
    """The answer's table as its chart has it, numbers in the base unit and words as printed; [] where it has none."""
    table = answer.table
    if table is None or not table.rows:
        return []
    cited = {citation.number: citation for citation in answer.citations}
    unit = f"（{table.unit}）" if table.unit and table.kind != "rows" else ""
    columns = [words.period(column) if table.kind != "trend" else column for column in table.columns]
    rows = [[f"{table.metric}{unit}", *columns, words.sources]]
    for name, cells in zip(table.rows, table.cells, strict=False):
        places = dict.fromkeys(_place(cited.get(cell.citation), words) for cell in cells if cell)
        values = [_value(cell.text, cell.value, table) if cell else "" for cell in cells]
        rows.append([words.period(name) if table.kind == "trend" else name, *values, "；".join(filter(None, places))])
    return [[in_line(text) for text in row] for row in rows]


def _value(text: str, value: str, table: Table) -> str:
    """What a program reckons with; of rows of a document's table, where units differ, what is printed."""
    return text if table.kind == "rows" else value or text


def _figures(answer: Answer, words: ExportWords) -> Rows:
    cited = {citation.number: citation for citation in answer.citations}
    rows = [[*words.figure_headings]]
    for figure in answer.figures:
        citation = cited.get(figure.citation or 0)
        row = [
            answer.question,
            figure.text,
            figure.value,
            figure.unit,
            figure.metric,
            figure.region,
            words.period(figure.period),
            words.kinds.get(figure.status, figure.status),
            words.check(figure, sure=answer.sure),
            citation.title if citation else "",
            str(citation.page or "") if citation else "",
            citation.quote if citation else "",
            figure.formula or "",
        ]
        rows.append([in_line(text) for text in row])
    return rows


def _place(citation: Citation | None, words: ExportWords) -> str:
    return words.place(citation) if citation else ""
