"""Pages put one after the other: what runs along on all of them is taken out, tables that go on are made one

Shared by all formats that are shown as pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sources.parts import Dropped, Grid, GridCell, Line, Part

_ZONE = 0.2
"""Of the height of a page, at its head and at its foot: what runs along stands there."""
_EDGE = 0.08
"""A single number this near to the edge is that of the page."""
_OUTERMOST = 3
_NEAR = 0.015
"""Of the height: what runs along stands at the same place, however much else the page has."""
_LEAST_PAGES = 3
_PAGE_NUMBER = re.compile(
    r"(?P<marked>\W*(?:第\s*)?(?P<number>\d{1,4}|[ivxlc]{1,6})(?:\s*页)?(?:\s*(?:/|共|of|，共|,共)\s*\d{1,4}\s*页?)?\W*)",
    re.I,
)
_CONTINUED = re.compile(r"[（(]?续[表上]?.{0,12}|.{1,40}[（(]续[）)]|续表.{0,40}")
_MOST_HEADER_ROWS = 5


def put_together(pages: Sequence[Sequence[Part]]) -> tuple[list[Part], list[Dropped]]:
    """The parts of all pages in order, without running heads, feet and page numbers, and what was taken out: each text
    once, with the first page that has it."""
    running, dropped = _running(pages)
    kept = [[part for at, part in enumerate(page) if (number, at) not in running] for number, page in enumerate(pages)]
    joined, headers = _joined(kept)
    return joined, [*dropped, *headers]


def _running(pages: Sequence[Sequence[Part]]) -> tuple[set[tuple[int, int]], list[Dropped]]:
    """Which parts run along, by page and place on it, and what is said of them."""
    outer = [_outermost(page) for page in pages]
    able = [_single(lines) for lines in outer]
    places = Counter((_key(line), round(_height(line) / _NEAR)) for lines in able for _, line in lines)
    # The very first and last lines: standing there is the place, on pages of whatever size and margins.
    ends = [{_key(line) for _, line in (*lines[:1], *lines[-1:])} for lines in able]
    at_ends = Counter(key for found in ends for key in found)
    numbered = _numbered(outer)
    least = min(_LEAST_PAGES, max(2, len(pages) // 2 + 1))
    out: set[tuple[int, int]] = set()
    said: dict[tuple[str, str], Dropped] = {}
    for number, lines in enumerate(outer):
        running = {at for at, _ in able[number]}
        for at, line in lines:
            key, here = _key(line), round(_height(line) / _NEAR)
            count = sum(places[key, here + by] for by in (-1, 0, 1))
            count = max(count, at_ends[key] if key in ends[number] else 0)
            reason = "页码" if (number, at) in numbered else ""
            if not reason and at in running and count >= least:
                reason = "页眉" if _height(line) < 0.5 else "页脚"
            if reason:
                out.add((number, at))
                said.setdefault((key, reason), Dropped(line.text, reason, line.page))
    return out, list(said.values())


def _outermost(page: Sequence[Part]) -> list[tuple[int, Line]]:
    lines = [(at, part) for at, part in enumerate(page) if isinstance(part, Line) and part.box is not None]
    lines.sort(key=lambda line: _height(line[1]))
    found = {at: line for at, line in lines[:_OUTERMOST] if _height(line) < _ZONE}
    found |= {at: line for at, line in lines[-_OUTERMOST:] if _height(line) > 1 - _ZONE}
    return sorted(found.items(), key=lambda line: _height(line[1]))


def _single(lines: Sequence[tuple[int, Line]]) -> list[tuple[int, Line]]:
    """Without those that differ by their numbers alone, as items of a list do, and those that are all digits."""
    counted = Counter(_key(line) for _, line in lines)
    return [(at, line) for at, line in lines if _key(line) and counted[_key(line)] == 1]


def _height(line: Line) -> float:
    """Of its middle."""
    return (line.box.top + line.box.bottom) / 2 if line.box else 0.5


def _key(line: Line) -> str:
    """What the same line on another page has too; "" where it is all digits."""
    key = re.sub(r"[\d\s]+", "", line.text)
    return key if re.search(r"\w", key) else ""


def _numbered(outer: Sequence[Sequence[tuple[int, Line]]]) -> set[tuple[int, int]]:
    """Where the numbers of pages stand: a number that grows with the pages, one that is marked as a page's, and one
    that stands alone at the very edge."""
    candidates: list[tuple[int, int, int | None, bool]] = []
    for number, lines in enumerate(outer):
        for at, line in lines:
            if not (found := _PAGE_NUMBER.fullmatch(line.text)):
                continue
            digits = found["number"]
            marked = len(line.text.strip()) > len(digits)
            edge = _height(line) < _EDGE or _height(line) > 1 - _EDGE
            if digits.isdigit():
                candidates.append((number, at, int(digits) - number, marked or edge))
            elif edge:
                candidates.append((number, at, None, marked or len(outer) > 1))
    ahead = Counter(difference for _, _, difference, _ in candidates)
    return {
        (number, at)
        for number, at, difference, sure in candidates
        if sure or (difference is not None and ahead[difference] >= 2)
    }


def _joined(pages: Sequence[Sequence[Part]]) -> tuple[list[Part], list[Dropped]]:
    """All parts in order, a table that goes on at the top of the next page as one, its header once."""
    parts: list[Part] = []
    dropped: list[Dropped] = []
    going_on: list[Grid] = []  # the grids of one table; the first stands for all

    def end() -> None:
        if len(going_on) > 1:
            at = next(k for k in range(len(parts) - 1, -1, -1) if parts[k] is going_on[0])
            parts[at] = _one(going_on, dropped)
        going_on.clear()

    for page in pages:
        rest = list(page)
        if going_on:
            lead = 0
            while lead < 2 and lead < len(rest) and _is_continued(rest[lead]):
                lead += 1
            first = rest[lead] if lead < len(rest) else None
            if isinstance(first, Grid) and _alike(going_on[-1], first):
                dropped += [
                    Dropped(line.text, "续表的标记", line.page) for line in rest[:lead] if isinstance(line, Line)
                ]
                going_on.append(first)
                rest = rest[lead + 1 :]
                if not rest:
                    continue
            end()
        parts += rest
        if rest and isinstance(rest[-1], Grid):
            going_on.append(rest[-1])
    end()
    return parts, dropped


def _is_continued(part: Part) -> bool:
    return isinstance(part, Line) and bool(_CONTINUED.fullmatch(part.text))


def _alike(above: Grid, below: Grid) -> bool:
    """Do both have the same columns at the same places?"""
    widths = [max(cell.column + cell.columns for cell in grid.cells) if grid.cells else 0 for grid in (above, below)]
    if widths[0] != widths[1] or above.page == below.page:
        return False
    edges = [
        {cell.column: cell.box.left for cell in grid.cells if cell.box is not None and cell.columns == 1}
        for grid in (above, below)
    ]
    shared = edges[0].keys() & edges[1].keys()
    return bool(shared) and all(abs(edges[0][column] - edges[1][column]) < 0.02 for column in shared)


def _one(grids: Sequence[Grid], dropped: list[Dropped]) -> Grid:
    cells = list(grids[0].cells)
    height = max(cell.row + cell.rows for cell in cells)
    header = _rows(grids[0].cells)
    for grid in grids[1:]:
        rows = _rows(grid.cells)
        again = 0
        while again < min(_MOST_HEADER_ROWS, len(rows), len(header)) and rows[again] and rows[again] == header[again]:
            again += 1
        if again:
            text = " ".join(text for row in rows[:again] for _, _, text in row)
            dropped.append(Dropped(text, "续表的表头", grid.page))
        below = [replace(cell, row=cell.row - again + height) for cell in grid.cells if cell.row >= again]
        cells += below
        height = max((cell.row + cell.rows for cell in below), default=height)
    return replace(grids[0], cells=tuple(cells))


def _rows(cells: Iterable[GridCell]) -> list[list[tuple[int, int, str]]]:
    rows: dict[int, list[tuple[int, int, str]]] = {}
    for cell in cells:
        if cell.text:
            rows.setdefault(cell.row, []).append((cell.column, cell.columns, "".join(cell.text.split())))
        if len(rows) > 2 * _MOST_HEADER_ROWS:
            break
    return [sorted(rows.get(row, [])) for row in range(_MOST_HEADER_ROWS + 1)]
