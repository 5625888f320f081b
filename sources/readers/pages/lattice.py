"""Lattices: the cells that ruled lines on a page enclose, with the words that stand in them"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Protocol, TypeVar

_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff“”‘’]")
_HAN = re.compile("[一-鿿]")
_SNAP = 3.0
"""Rules as near to each other as this are one: tables drawn with double lines, and lines that don't quite meet."""
_MAX_RULES = 3000
"""A page with more is a drawing or a map."""
_MAX_PLACES = 60_000
_BLANK = 0.15
"""In sizes of the text: letters and digits further apart than this have a blank between them."""
_WIDE_BLANK = 0.6
"""The same for Chinese characters, which justification moves apart."""
FIGURE = re.compile(
    r"[(（\[<>≥≤＜＞]*[-+−–—－＋]?\s*[￥¥$€]?\s*\d[\d,，.．]*\s*(?:[%％‰]|[Ee倍])?[)）\]]?\*?|[-–—－…/*]{1,4}|\.{3,4}|N/?A"
)
"""A cell that holds a number, or what stands for none."""
_SPACED = 0.45
"""For Chinese characters that a blank of the file parts."""
_ALIKE = 0.4
_PADDING = 2.5
"""In sizes of the text: a line of a cell that leaves less than this free was broken for want of room."""


@dataclass(frozen=True, slots=True)
class Word:
    """Text that stands in one row without a gap: a character, a word, or as much of a line as was seen at once."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    spaced: bool = False
    """Whether its file has a blank before it, however narrow."""

    @property
    def size(self) -> float:
        """Of the type, which is how high a line of it is."""
        return self.bottom - self.top

    def cut(self, start: int, end: int, step: float) -> Word:
        """The characters from `start` to `end`, each taken to be `step` wide."""
        return replace(
            self,
            text=self.text[start:end],
            left=self.left + start * step,
            right=self.left + end * step,
            spaced=self.spaced and not start,
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line drawn on a page, level or upright."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class LatticeCell:
    """A cell of a lattice, with the place that its rules enclose."""

    row: int
    column: int
    rows: int
    columns: int
    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Lattice:
    """A ruled table."""

    cells: tuple[LatticeCell, ...]
    box: tuple[float, float, float, float]


class _Placed(Protocol):
    @property
    def top(self) -> float: ...
    @property
    def bottom(self) -> float: ...


_P = TypeVar("_P", bound=_Placed)


def rows_of(things: Iterable[_P]) -> list[list[_P]]:
    """The things that stand beside each other, from the top; not sorted within a row.

    A row is as high as the highest thing in it, and takes what lies in it by half or more; what is more than twice as
    high as something else is in no row with it: a large initial or a logo has several lines beside it.
    """
    rows: list[list[_P]] = []
    spans: list[tuple[float, float]] = []
    for thing in sorted(things, key=lambda thing: thing.top):
        height = thing.bottom - thing.top
        best, most = -1, 0.0
        for at in range(len(rows) - 1, max(-1, len(rows) - 6), -1):
            top, bottom = spans[at]
            low, high = sorted((height, bottom - top))
            shared = (min(bottom, thing.bottom) - max(top, thing.top)) / (low or 1.0) if low >= _ALIKE * high else 0.0
            if shared >= 0.5 and shared > most:
                best, most = at, shared
        if best < 0:
            rows.append([thing])
            spans.append((thing.top, thing.bottom))
        else:
            rows[best].append(thing)
            if height > spans[best][1] - spans[best][0]:
                spans[best] = (thing.top, thing.bottom)
    return rows


def joined(words: Sequence[Word]) -> str:
    """The text of words that stand in one row, with blanks where the page shows some."""
    text = ""
    for before, word in zip([None, *words], words, strict=False):
        text += (_blank(before, word) if before else "") + word.text
    return text


def _blank(before: Word, word: Word) -> str:
    gap = (word.left - before.right) / (min(before.size, word.size) or 1.0)
    wide = _WIDE.match(before.text[-1]), _WIDE.match(word.text[0])
    if all(wide) and len(before.text) == len(word.text) == 1 and gap < 2:
        return ""  # 总 则, set wide for its looks
    if all(wide) and word.spaced:
        return " " if gap >= _SPACED else ""
    if any(wide):
        return " " if gap >= _WIDE_BLANK else ""
    return " " if word.spaced or gap >= _BLANK else ""


def lattices(words: Sequence[Word], rules: Sequence[Rule]) -> tuple[list[Lattice], list[Word]]:
    """The ruled tables and the words that stand in none. Frames around text, charts and drawings are no tables."""
    lying = [rule.right - rule.left > rule.bottom - rule.top for rule in rules]
    level = _merged(((r.top + r.bottom) / 2, r.left, r.right) for r, lies in zip(rules, lying, strict=True) if lies)
    upright = _merged(
        ((r.left + r.right) / 2, r.top, r.bottom) for r, lies in zip(rules, lying, strict=True) if not lies
    )
    if not level or len(level) + len(upright) > _MAX_RULES:
        return [], list(words)
    found: list[Lattice] = []
    rest = list(words)
    alone: list[_Stroke] = []
    for across, down in sorted(_connected(level, upright), key=lambda part: len(part[0]) * len(part[1])):
        lattice, outside = _enclosed(across, down, rest)
        if lattice is None and len({x for x, _, _ in down}) <= 2:
            alone += across
        elif lattice is not None:
            found.append(lattice)
            rest = outside
    for across in _stacks(alone):
        lattice, outside = _between(across, rest)
        if lattice is not None:
            found.append(lattice)
            rest = outside
    return found, rest


_Stroke = tuple[float, float, float]
"""Where it lies, and where it begins and ends."""


def _merged(strokes: Iterable[_Stroke]) -> list[_Stroke]:
    """The strokes without those that lie on or right beside each other, in order."""
    clusters: list[list[_Stroke]] = []
    for stroke in sorted(strokes):
        if clusters and stroke[0] - clusters[-1][0][0] <= _SNAP:
            clusters[-1].append(stroke)
        else:
            clusters.append([stroke])
    found: list[_Stroke] = []
    for cluster in clusters:
        place = sum(stroke[0] for stroke in cluster) / len(cluster)
        spans: list[tuple[float, float]] = []
        for _, begin, end in sorted(cluster, key=lambda stroke: stroke[1]):
            if spans and begin <= spans[-1][1] + _SNAP:
                spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            else:
                spans.append((begin, end))
        found += [(place, begin, end) for begin, end in spans if end - begin > _SNAP]
    return found


def _connected(level: Sequence[_Stroke], upright: Sequence[_Stroke]) -> list[tuple[list[_Stroke], list[_Stroke]]]:
    """The strokes by what hangs together: level ones and upright ones that meet."""
    heads = list(range(len(level) + len(upright)))
    places = [stroke[0] for stroke in level]
    for number, (x, top, bottom) in enumerate(upright, len(level)):
        for at in range(bisect_left(places, top - _SNAP), bisect_right(places, bottom + _SNAP)):
            if level[at][1] - _SNAP <= x <= level[at][2] + _SNAP:
                heads[_head(heads, at)] = _head(heads, number)
    parts: dict[int, tuple[list[_Stroke], list[_Stroke]]] = {}
    for number in range(len(heads)):
        across, down = parts.setdefault(_head(heads, number), ([], []))
        if number < len(level):
            across.append(level[number])
        else:
            down.append(upright[number - len(level)])
    return list(parts.values())


def _head(heads: list[int], at: int) -> int:
    while heads[at] != at:
        heads[at] = heads[heads[at]]
        at = heads[at]
    return at


def _enclosed(
    across: Sequence[_Stroke], down: Sequence[_Stroke], words: Sequence[Word]
) -> tuple[Lattice | None, list[Word]]:
    """The table of strokes that hang together, and the words outside of it; None where they are no table."""
    xs, ys = _lines(down, across), _lines(across, down)
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _MAX_PLACES:
        return None, list(words)
    regions = _regions(xs, ys, across, down)
    inside: dict[tuple[int, int], list[Word]] = {}
    outside: list[Word] = []
    for word in words:
        place = _place(ys, (word.top + word.bottom) / 2), _place(xs, (word.left + word.right) / 2)
        if 0 <= place[0] < len(ys) - 1 and 0 <= place[1] < len(xs) - 1:
            inside.setdefault(regions[place][:2], []).append(word)
        else:
            outside.append(word)
    if len({row for row, _ in inside}) < 2 or len({column for _, column in inside}) < 2:
        return None, list(words)
    return Lattice(
        tuple(_cells(xs, ys, list(dict.fromkeys(regions.values())), inside)), (xs[0], ys[0], xs[-1], ys[-1])
    ), outside


def _cells(
    xs: Sequence[float],
    ys: Sequence[float],
    regions: Sequence[tuple[int, int, int, int]],
    inside: Mapping[tuple[int, int], Sequence[Word]],
) -> Iterator[LatticeCell]:
    """The cells with their words; a row whose cells hold values one beneath the other becomes several."""
    by_row: dict[int, list[tuple[int, int, int, int]]] = {}
    for region in regions:
        by_row.setdefault(region[0], []).append(region)
    splits: list[list[float]] = []
    for row in range(len(ys) - 1):
        held = by_row.get(row, [])
        if held and all(region[2] == 1 for region in held):
            widths = [xs[left + columns] - xs[left] for _, left, _, columns in held]
            splits.append(_stacked([inside.get(region[:2], ()) for region in held], widths, heads=row == 0))
        else:
            splits.append([])
    begins = [0, *accumulate(len(split) + 1 for split in splits)]
    for region in regions:
        row, column, rows, columns = region
        left, right = xs[column], xs[column + columns]
        words = inside.get(region[:2], ())
        if not splits[row] or _centred(words, ys[row], ys[row + rows]):
            text = _cell_text(words, left, right)
            height = begins[row + rows] - begins[row]
            yield LatticeCell(begins[row], column, height, columns, text, (left, ys[row], right, ys[row + rows]))
            continue
        edges = [ys[row], *splits[row], ys[row + 1]]
        for part, stack in enumerate(_at(splits[row], words)):
            box = (left, edges[part], right, edges[part + 1])
            yield LatticeCell(begins[row] + part, column, 1, columns, _cell_text(stack, left, right), box)


def _centred(words: Sequence[Word], top: float, bottom: float) -> bool:
    """Is this one label in the middle of what it is the label of?"""
    rows = rows_of(words)
    middle = (rows[0][0].top + rows[0][0].bottom) / 2 if rows else 0.0
    return len(rows) == 1 and abs(middle - (top + bottom) / 2) < 0.3 * rows[0][0].size


def _lines(along: Sequence[_Stroke], crossing: Sequence[_Stroke]) -> list[float]:
    """Where the strokes lie, with the ends of those that cross them: many tables are open at the sides."""
    places = sorted({place for place, _, _ in along})
    if not places or not crossing:
        return places
    first, last = min(begin for _, begin, _ in crossing), max(end for _, _, end in crossing)
    open_before, open_after = places[0] - first > 3 * _SNAP, last - places[-1] > 3 * _SNAP
    return [*([first] if open_before else []), *places, *([last] if open_after else [])]


def _place(lines: Sequence[float], at: float) -> int:
    return bisect_right(lines, at) - 1


def _regions(
    xs: Sequence[float], ys: Sequence[float], across: Sequence[_Stroke], down: Sequence[_Stroke]
) -> dict[tuple[int, int], tuple[int, int, int, int]]:
    """Of each place between the lines, the cell that it is in: its row, column, and how many of both."""
    height, width = len(ys) - 1, len(xs) - 1
    floors = {(y, column) for y, left, right in across for column in _covered(xs, left, right)}
    walls = {(x, row) for x, top, bottom in down for row in _covered(ys, top, bottom)}
    heads = list(range(height * width))
    for row in range(height):
        for column in range(width):
            at = row * width + column
            if column + 1 < width and (xs[column + 1], row) not in walls:
                heads[_head(heads, at + 1)] = _head(heads, at)
            if row + 1 < height and (ys[row + 1], column) not in floors:
                heads[_head(heads, at + width)] = _head(heads, at)
    groups: dict[int, list[int]] = {}
    for at in range(height * width):
        groups.setdefault(_head(heads, at), []).append(at)
    regions: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    for group in groups.values():
        places = [divmod(at, width) for at in group]
        top, bottom = places[0][0], places[-1][0] + 1
        left, right = min(c for _, c in places), max(c for _, c in places) + 1
        whole = len(places) == (bottom - top) * (right - left)
        for row, column in places:  # what is no rectangle is taken row by row
            regions[row, column] = (top, left, bottom - top, right - left) if whole else (row, left, 1, right - left)
    return regions if all(_rectangular(regions)) else {place: (*place, 1, 1) for place in regions}


def _rectangular(regions: dict[tuple[int, int], tuple[int, int, int, int]]) -> Iterable[bool]:
    """Whether the cells overlap nowhere: each place that a cell covers says so."""
    for top, left, rows, columns in set(regions.values()):
        yield all(
            regions[row, column] == (top, left, rows, columns)
            for row in range(top, top + rows)
            for column in range(left, left + columns)
        )


def _covered(lines: Sequence[float], begin: float, end: float) -> range:
    """Between which of the lines a stroke from `begin` to `end` lies, for half of the way or more."""
    middles = [(a + b) / 2 for a, b in pairwise(lines)]
    return range(bisect_left(middles, begin), bisect_right(middles, end))


def _stacked(cells: Sequence[Sequence[Word]], widths: Sequence[float], *, heads: bool) -> list[float]:
    """Where a row of the lattice is to be parted, since its cells hold values one beneath the other.

    That is where two columns or more have values in the same places, not text that was broken for want of room.
    """
    parted = [rows_of(words) for words in cells]
    most = max(map(len, parted), default=0)
    if most < 2 or (heads and not any(_is_figure(_text(row)) for rows in parted for row in rows)):
        return []
    full = [(rows, width) for rows, width in zip(parted, widths, strict=True) if len(rows) == most]
    own = sum(all(_value(row, width) for row in rows) for rows, width in full)
    figures = any(all(_is_figure(_text(row)) for row in rows) for rows, _ in full)
    if len(full) < 2 or own * 5 < len(full) * 3 or own < 2:
        return []
    if not figures and any(1 < len(rows) < most for rows in parted):
        return []
    tops = [min(w.top for rows, _ in full for w in rows[at]) for at in range(most)]
    bottoms = [max(w.bottom for rows, _ in full for w in rows[at]) for at in range(most)]
    if any(top < bottom - _SNAP for bottom, top in zip(bottoms, tops[1:], strict=False)):
        return []
    return [(bottom + top) / 2 for bottom, top in zip(bottoms, tops[1:], strict=False)]


def _text(row: Iterable[Word]) -> str:
    return joined(sorted(row, key=lambda word: word.left))


def _value(row: Sequence[Word], width: float) -> bool:
    """Is this a value of its own, and not a line that goes on in the next one?"""
    text = _text(row)
    if any(map(str.isdigit, text)) and not _HAN.search(text):
        return True
    return width - (max(w.right for w in row) - min(w.left for w in row)) > _PADDING * row[0].size


def _is_figure(text: str) -> bool:
    return bool(FIGURE.fullmatch(text))


def _at(splits: Sequence[float], words: Sequence[Word]) -> list[list[Word]]:
    found: list[list[Word]] = [[] for _ in range(len(splits) + 1)]
    for word in words:
        found[bisect_right(splits, (word.top + word.bottom) / 2)].append(word)
    return found


def _cell_text(words: Sequence[Word], left: float, right: float) -> str:
    text = ""
    room = 0.0
    for unsorted in rows_of(words):
        row = sorted(unsorted, key=lambda word: word.left)
        line = joined(row)
        if text:
            latin = not _WIDE.match(text[-1]) and not _WIDE.match(line[0])
            figures = text[-1] in "0123456789,." and line[0] in "0123456789,."
            text += " " if room > _PADDING * row[0].size or (latin and not figures) else ""
        text += line
        room = right - left - (row[-1].right - row[0].left)
    return text


def _stacks(level: Sequence[_Stroke]) -> list[list[_Stroke]]:
    """Level strokes of one length beneath each other, three or more: tables are often ruled so."""
    stacks: dict[tuple[int, int], list[_Stroke]] = {}
    for stroke in sorted(level):
        near = [(round(stroke[1] / 6) + a, round(stroke[2] / 6) + b) for a in (0, -1, 1) for b in (0, -1, 1)]
        stacks.setdefault(next((key for key in near if key in stacks), near[0]), []).append(stroke)
    return [stack for stack in stacks.values() if len(stack) > 2]


def _between(across: Sequence[_Stroke], words: Sequence[Word]) -> tuple[Lattice | None, list[Word]]:
    """The table that level rules alone show, its columns told by what is free from the second rule to the last."""
    ys = [y for y, _, _ in across]
    left, right = min(begin for _, begin, _ in across), max(end for _, _, end in across)
    inside: list[Word] = []
    outside: list[Word] = []
    for word in words:
        within = left - _SNAP <= (word.left + word.right) / 2 <= right + _SNAP
        (inside if within and ys[0] < (word.top + word.bottom) / 2 < ys[-1] else outside).append(word)
    rows = [sorted(row, key=lambda word: word.left) for row in rows_of(inside)]
    body = [row for row in rows if row[0].top + row[0].size / 2 > ys[1]]
    columns: list[tuple[float, float]] = []
    for begin, end in sorted((w.left - w.size / 2, w.right + w.size / 2) for row in body for w in row):
        if columns and begin <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], end))
        else:
            columns.append((begin, end))
    begins = [begin for begin, _ in columns]
    parted = [{_place(begins, (word.left + word.right) / 2) for word in row} for row in body]
    full = sum(len(taken) * 2 > len(columns) for taken in parted)
    if len(columns) < 2 or len(body) < 2 or full * 2 < len(body):
        return None, list(words)
    # Rules above sums are as long as the columns of figures: the labels of the rows stand outside of them.
    beside = sorted((word.top + word.bottom) / 2 for word in outside)
    labelled = sum(_is_near(beside, (row[0].top + row[0].bottom) / 2, 0.2 * row[0].size) for row in body)
    if labelled * 2 > len(body):
        return None, list(words)
    walls = [(before[1] + after[0]) / 2 for before, after in pairwise(columns)]
    floors = [
        ((max(w.bottom for w in above) + min(w.top for w in row)) / 2, left, right)
        for above, row, taken in zip(body, body[1:], parted[1:], strict=False)
        if 0 in taken  # a row that says nothing in the first column goes on with the one above
    ]
    down = [(wall, ys[1], ys[-1]) for wall in walls]
    down += [(wall, ys[0], ys[1]) for wall in walls if not any(_crosses(row, wall) for row in rows if row not in body)]
    ends = [(left, ys[0], ys[-1]), (right, ys[0], ys[-1])]
    lattice, _ = _enclosed(_merged([*across, *floors]), sorted([*ends, *down]), inside)
    return (lattice, outside) if lattice else (None, list(words))


def _is_near(places: Sequence[float], at: float, by: float) -> bool:
    return bisect_right(places, at + by) > bisect_left(places, at - by)


def _crosses(row: Sequence[Word], wall: float) -> bool:
    return any(word.left < wall - 1 and wall + 1 < word.right for word in row)
