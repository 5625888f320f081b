"""Layout: words that stand somewhere on a page, to lines and tables in the order in which people read them.

Shared by what shows pages: text layers, scans, OFD. Lengths are in any one unit (points, pixels), from the top left
corner of the page as it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from sources.parts import Box, Grid, GridCell, Line, Part
from sources.readers.pages.lattice import FIGURE, Lattice, Rule, Word, joined, lattices, rows_of

_LEADERS = re.compile(r"[.．·•⋯…_]{4,}|[…⋯]{2,}")
_NUMBER = re.compile(r"\d{1,4}")
_SEGMENT_GAP = 0.8
"""In sizes of the text: words further apart than this may belong to different columns."""
_GUTTER = 0.9
"""In sizes of the text: what is free between columns from top to bottom is as wide as this."""
_PAIRED_FILL = 0.6
_MAX_TAKEN = 12
"""Rows of a band without columns that a row below it looks through for some."""
_MAX_DEPTH = 16
_HEADER_ROWS = 3
_MISSES = 3
"""So many rows without figures end a table of figures."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands together in a row: words without a wide gap between them, or a whole table."""

    left: float
    top: float
    right: float
    bottom: float
    words: tuple[Word, ...] = ()
    lattice: Lattice | None = None

    @property
    def text(self) -> str:
        return joined(self.words)


def lines_and_grids(
    words: Iterable[Word], rules: Iterable[Rule], *, page: int, width: float, height: float
) -> list[Part]:
    """The lines and tables of a page, in reading order: columns one after the other, text beside a table after it.

    `rules` are the straight lines drawn on the page; a table is found by them, or by columns of figures. `width` and
    `height` are those of the page, in the unit of the words.
    """
    tables, rest = lattices(_apart(words), list(rules))
    pieces = [_Piece(*table.box, lattice=table) for table in tables] + _segments(rest)
    shown = _Shown(page, width, height)
    return list(_ordered(pieces, shown, 0))


@dataclass(frozen=True, slots=True)
class _Shown:
    """A page: its number and its size."""

    page: int
    width: float
    height: float

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The same place in shares of the page, nothing of it outside."""
        x, y = self.width or 1.0, self.height or 1.0
        return Box(self.page, _share(left / x), _share(top / y), _share(right / x), _share(bottom / y))


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 5)


def _apart(words: Iterable[Word]) -> list[Word]:
    """The words without white space, without leader dots, and each once: some print a text twice to make it bold."""
    found: list[Word] = []
    seen: set[tuple[str, int, int]] = set()
    for word in words:
        for part in _between_leaders(word):
            place = (part.text, round(part.left / max(part.size, 1) * 3), round(part.top / max(part.size, 1) * 3))
            if part.text.strip() and place not in seen:
                seen.add(place)
                found.append(part)
    return found


def _between_leaders(word: Word) -> Iterator[Word]:
    at = 0
    step = (word.right - word.left) / max(len(word.text), 1)
    for dots in _LEADERS.finditer(word.text):
        if dots.start() > at:
            yield word.cut(at, dots.start(), step)
        at = dots.end()
    if at == 0:
        yield word
    elif at < len(word.text):
        yield word.cut(at, len(word.text), step)


def _segments(words: Sequence[Word]) -> list[_Piece]:
    found: list[_Piece] = []
    for unsorted in rows_of(words):
        row = sorted(unsorted, key=lambda word: word.left)
        begin = 0
        for at in range(1, len(row) + 1):
            if at < len(row) and not _far(row, begin, at):
                continue
            run = tuple(row[begin:at])
            found.append(
                _Piece(run[0].left, min(w.top for w in run), max(w.right for w in run), max(w.bottom for w in run), run)
            )
            begin = at
    return found


def _far(row: Sequence[Word], begin: int, at: int) -> bool:
    """Do other words begin with `row[at]`? A title is set wide, with as much between all of its characters."""
    before, word = row[at - 1], row[at]
    gap = word.left - before.right
    if gap < _SEGMENT_GAP * max(before.size, word.size):
        return False
    if len(word.text) > 1 or len(before.text) > 1 or gap > 3 * word.size or not _chinese(word.text + before.text):
        return True
    gaps = [b.left - a.right for a, b in zip(row[begin:at], row[begin + 1 : at + 1], strict=True)]
    after = row[at + 1].left - word.right if at + 1 < len(row) and len(row[at + 1].text) == 1 else None
    others = [*gaps, *([after] if after is not None else [])]
    return len(others) < 3 or max(others) - min(others) > 0.3 * word.size


def _chinese(text: str) -> bool:
    return all("一" <= character <= "鿿" for character in text)


def _ordered(pieces: Sequence[_Piece], shown: _Shown, depth: int) -> Iterator[Part]:
    flow: list[list[_Piece]] = []
    for band in _bands(pieces):
        for stretch in _by_figures(band):
            sides = _sides([piece for row in stretch for piece in row]) if depth < _MAX_DEPTH else None
            if sides is None:
                flow += stretch
                continue
            yield from _flowing(flow, shown)
            flow = []
            for side in sides:
                yield from _ordered(side, shown, depth + 1)
    yield from _flowing(flow, shown)


def _by_figures(band: list[list[_Piece]]) -> Iterator[list[list[_Piece]]]:
    """What stands above a table of figures, the table, and what stands below: its columns aren't those of a text."""
    figures = [at for at, row in enumerate(band) if _figure_row(row)]
    ends = [at for at, after in pairwise([*figures, len(band) + _MISSES]) if after - at > _MISSES]
    begin = 0
    for end in ends:
        start = next(at for at in figures if at >= begin)
        if end - start < 2:
            continue
        yield band[begin:start]
        yield band[start : end + 1]
        begin = end + 1
    yield band[begin:]


_Span = tuple[float, float, float]
"""From the left to the right, and how much text it holds, by its width."""


def _bands(pieces: Sequence[_Piece]) -> list[list[list[_Piece]]]:
    """Rows that leave a gutter free from the top of a band to its bottom, and rows that leave none, each alone."""
    bands: list[tuple[list[list[_Piece]], list[_Span]]] = []
    least = _least(pieces)
    for row in rows_of(pieces):
        band, taken = [row], _spans(row)
        while bands and (both := _together(bands[-1][1], taken, least)):
            band, taken = bands.pop()[0] + band, both
        if bands and 1 < len(bands[-1][0]) <= _MAX_TAKEN and not _sides([p for r in bands[-1][0] for p in r]):
            above = bands.pop()[0]  # some of its rows may belong to columns that begin there
            while above and (both := _together(_spans(above[-1]), taken, least)):
                band, taken = [above.pop(), *band], both
            if above:
                bands.append((above, _union(span for each in above for span in _spans(each))))
        bands.append((band, taken))
    return [band for band, _ in bands]


def _spans(row: Iterable[_Piece]) -> list[_Span]:
    return _union((piece.left, piece.right, piece.right - piece.left) for piece in row)


def _union(spans: Iterable[_Span]) -> list[_Span]:
    found: list[_Span] = []
    for left, right, text in sorted(spans):
        if found and left <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], right), found[-1][2] + text)
        else:
            found.append((left, right, text))
    return found


def _together(above: Sequence[_Span], below: Sequence[_Span], least: float) -> list[_Span]:
    """What both take, where it leaves a gutter with as much text beside it as theirs have; else nothing."""
    both = _union([*above, *below])
    worth = _worth(both, least)
    return both if worth and worth >= 0.9 * max(_worth(above, least), _worth(below, least)) else []


def _worth(taken: Sequence[_Span], least: float) -> float:
    """How much text stands on the lesser side of a gutter, of the best one."""
    whole = sum(text for _, _, text in taken)
    best = left = 0.0
    for before, after in pairwise(taken):
        left += before[2]
        if after[0] - before[1] >= least:
            best = max(best, min(left, whole - left))
    return best


def _gutters(taken: Sequence[_Span], least: float) -> list[tuple[float, float]]:
    """The free stretches between what is taken, the widest first."""
    free = [(a[1], b[0]) for a, b in pairwise(taken) if b[0] - a[1] >= least]
    return sorted(free, key=lambda gap: gap[0] - gap[1])


def _least(pieces: Sequence[_Piece]) -> float:
    """How wide a gutter between the pieces is at least."""
    return _GUTTER * median(map(_size, pieces)) if pieces else 0.0


def _size(piece: _Piece) -> float:
    return median(word.size for word in piece.words) if piece.words else 0.0


def _sides(pieces: Sequence[_Piece]) -> tuple[list[_Piece], list[_Piece]] | None:
    """What stands left and right of a gutter between columns of text; None where there is none, as in a table."""
    if len(pieces) < 2:
        return None
    for begin, end in _gutters(_spans(pieces), _least(pieces)):
        middle = (begin + end) / 2
        left = [piece for piece in pieces if piece.right <= middle]
        right = [piece for piece in pieces if piece.right > middle]
        if _beside(left, right) and not _paired(left, right):
            return left, right
    return None


def _beside(left: Sequence[_Piece], right: Sequence[_Piece]) -> bool:
    """Do both sides stand beside each other for most of the shorter one, and is neither a stray line?"""
    top = max(min(piece.top for piece in left), min(piece.top for piece in right))
    bottom = min(max(piece.bottom for piece in left), max(piece.bottom for piece in right))
    heights = [max(p.bottom for p in side) - min(p.top for p in side) for side in (left, right)]
    fewer, more = sorted((len(left), len(right)))
    enough = fewer > 2 or (fewer > 1 and more > 3) or any(piece.lattice for piece in (*left, *right))
    return enough and bottom - top >= min(heights) / 2


def _paired(left: Sequence[_Piece], right: Sequence[_Piece]) -> bool:
    """Does each row on the left belong to one on the right, as labels belong to what they name?"""
    rows = (rows_of(left), rows_of(right))
    fewer, more = sorted(rows, key=len)
    middles = sorted((row[0].top + row[0].bottom) / 2 for row in more)
    matched = 0
    at = 0
    for row in fewer:
        here = (row[0].top + row[0].bottom) / 2
        while at + 1 < len(middles) and abs(middles[at + 1] - here) <= abs(middles[at] - here):
            at += 1
        matched += abs(middles[at] - here) < 0.3 * (row[0].bottom - row[0].top)
    if matched < 0.6 * len(fewer):
        return False
    for side in rows:
        whole = max(p.right for row in side for p in row) - min(p.left for row in side for p in row)
        filled = median(max(p.right for p in row) - min(p.left for p in row) for row in side)
        texts = [piece.text for row in side for piece in row]
        figures = sum(bool(FIGURE.fullmatch(text)) for text in texts)
        if filled < _PAIRED_FILL * whole or figures * 2 >= len(texts):
            return True
        if whole < 4 * median(_size(piece) for row in side for piece in row):  # numbers of a list, bullets
            return True
    return False


def _flowing(rows: Sequence[list[_Piece]], shown: _Shown) -> Iterator[Part]:
    """Rows from top to bottom: tables where columns of figures stand, lines elsewhere."""
    at = 0
    while at < len(rows):
        if any(piece.lattice for piece in rows[at]):
            yield from _beside_tables(rows[at], shown)
            at += 1
            continue
        end, columns = _figures_from(rows, at)
        if columns:
            yield _figure_grid(rows[at:end], columns, shown)
            at = end
        else:
            yield _line(rows[at], shown)
            at += 1


def _beside_tables(row: Sequence[_Piece], shown: _Shown) -> Iterator[Part]:
    tables = [piece for piece in row if piece.lattice]
    others = [piece for piece in row if not piece.lattice]
    for table in sorted(tables, key=lambda piece: piece.left):
        before = [piece for piece in others if piece.right <= (table.left + table.right) / 2]
        for line in rows_of(before):
            yield _line(line, shown)
        others = [piece for piece in others if piece not in before]
        if table.lattice:
            yield _grid(table.lattice, shown)
    for line in rows_of(others):
        yield _line(line, shown)


def _line(row: Sequence[_Piece], shown: _Shown) -> Line:
    row = sorted(row, key=lambda piece: piece.left)
    text = " ".join(piece.text for piece in row)
    box = shown.box(row[0].left, min(p.top for p in row), max(p.right for p in row), max(p.bottom for p in row))
    return Line(text, page=shown.page, box=box)


def _grid(lattice: Lattice, shown: _Shown) -> Grid:
    cells = (
        GridCell(cell.row, cell.column, cell.text, cell.rows, cell.columns, shown.box(*cell.box))
        for cell in lattice.cells
    )
    return Grid(tuple(cells), page=shown.page)


def _figures_from(rows: Sequence[list[_Piece]], start: int) -> tuple[int, list[tuple[float, float]]]:
    """Where a table of figures that begins with this row ends, and its columns; none where no table begins here."""
    first = next((at for at in range(start, min(start + _HEADER_ROWS + 1, len(rows))) if _figure_row(rows[at])), None)
    if first is None or any(len(row) < 2 for row in rows[start:first]):
        return start, []
    end, misses, at = first + 1, 0, first + 1
    while at < len(rows) and misses < _MISSES and not any(piece.lattice for piece in rows[at]):
        misses = 0 if _figure_row(rows[at]) else misses + 1
        at += 1
        end = at if not misses else end
    body = [row for row in rows[first:end] if _figure_row(row)]
    columns = [(left, right) for left, right, _ in _spans(piece for row in body for piece in row)]
    if len(body) < 3 or len(columns) < 2 or (len(columns) == 2 and _contents(body)):
        return start, []
    if sum(len(row) for row in body) < 0.6 * len(body) * len(columns):
        return start, []
    wide = any(piece.right - piece.left > columns[-1][1] - columns[0][0] for row in rows[start:end] for piece in row)
    return (start, []) if wide else (end, columns)


def _figure_row(row: Sequence[_Piece]) -> bool:
    texts = [piece.text for piece in sorted(row, key=lambda piece: piece.left)]
    figures = sum(bool(FIGURE.fullmatch(text)) for text in texts[1:])
    return len(texts) > 1 and figures * 2 >= len(texts) - 1 and any(map(str.isdigit, "".join(texts[1:])))


def _contents(body: Sequence[Sequence[_Piece]]) -> bool:
    """A table of contents: page numbers that never fall."""
    last = [max(row, key=lambda piece: piece.left).text for row in body]
    numbers = [int(text) for text in last if _NUMBER.fullmatch(text)]
    return len(numbers) == len(last) and numbers == sorted(numbers)


def _figure_grid(rows: Sequence[Sequence[_Piece]], columns: Sequence[tuple[float, float]], shown: _Shown) -> Grid:
    cells: list[GridCell] = []
    for at, row in enumerate(rows):
        held: dict[tuple[int, int], list[_Piece]] = {}
        for piece in sorted(row, key=lambda piece: piece.left):
            over = [k for k, (left, right) in enumerate(columns) if piece.left < right and left < piece.right]
            middle = (piece.left + piece.right) / 2
            near = min(range(len(columns)), key=lambda k: abs(sum(columns[k]) / 2 - middle))
            first, last = (over[0], over[-1]) if over else (near, near)
            held.setdefault((first, last), []).append(piece)
        free = 0
        for (left, last), found in sorted(held.items()):
            first = max(left, free)
            if first > last:  # what two pieces share goes to the one before
                before = cells[-1]
                text = f"{before.text} {' '.join(piece.text for piece in found)}"
                cells[-1] = GridCell(before.row, before.column, text, 1, before.columns, before.box)
                continue
            box = shown.box(found[0].left, min(p.top for p in found), found[-1].right, max(p.bottom for p in found))
            text = " ".join(piece.text for piece in found)
            cells.append(GridCell(at, first, text, 1, last - first + 1, box))
            free = last + 1
    return Grid(tuple(cells), page=shown.page)
