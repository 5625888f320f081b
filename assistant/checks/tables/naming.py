"""Naming: which row and which column of a cited table the words around a value mean.

路桥区规上工业增加值112.9亿元，同比下降2.3%      of 2.3%: row 路桥区, column 同比 behind that of 规上工业增加值
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.checks.support import Terms, coverage, flat, terms, weight
from assistant.checks.tables.sheet import CitedRow, Sheet
from sources.sentences import Span
from sources.words import any_of

_BREAK = re.compile(r"[，。；;！？!?\n]|,(?!\d)|(?<=[^\d])[:：]")
_LISTED = re.compile(r"(?P<names>[^，。；：:]*?)(?:分别|依次)")
_LIST_END = re.compile(r"[，。；;]|,(?!\d)")
_JOINT = re.compile("、|[和与及]|以及")
_MISSING = 0.5
"""What a word of a header counts against it that is not said, beside one that is."""
_GENERIC = frozenset(["增减", "同比", "环比"])
_LEAST_LIKE = 0.5
"""Of a row's label in words that name no row literally."""
_OWN = 0.99
_AIM = any_of("aims", "asked")


@dataclass(frozen=True)
class Around:
    """The words around a value, from the nearest to the question's; each window holds those before it."""

    windows: tuple[str, ...]
    under: str = ""
    """The sentence that opens the list or the table that they stand in."""
    asked: str = ""
    near: tuple[str, ...] = ()
    """Those of the windows that reach no further than the value's own clause and no other value."""
    follows: bool = False
    """Whether another value stands before it, which may be what the words further away are about."""
    behind: str = ""
    """All of the sentence, what stands behind the value included."""

    @cached_property
    def all(self) -> tuple[str, ...]:
        """The windows, then those with what they stand under, then those with what was asked."""
        return self._with(self.windows)

    @cached_property
    def both_sides(self) -> tuple[str, ...]:
        """Likewise, with what stands behind the value before what was asked."""
        return self._with((*self.windows, self.behind) if self.behind else self.windows)

    def _with(self, windows: Sequence[str]) -> tuple[str, ...]:
        found = [*windows]
        for more in filter(None, (self.under, self.asked)):
            found.append(f"{more}。{found[-1]}" if found else more)
        return tuple(found)


def around(
    text: str,
    span: Span,
    values: Sequence[Span],
    *,
    names: Sequence[Span] = (),
    under: str = "",
    asked: str = "",
) -> Around:
    """The words around `text[span]`, one of `values`: those before it clause by clause, those after it, and all.

    `names` are the spans of the rows' labels in the text.
    """
    start, end = span
    before = [other for other in values if other[1] <= start]
    after = [other for other in values if other[0] >= end]
    cuts = {0, *(match.end() for match in _BREAK.finditer(text, 0, start)), *(stop for _, stop in before)}
    stop = min([match.start() for match in _BREAK.finditer(text, end)][:1] + [first for first, _ in after[:1]] or [-1])
    tail = text[end:stop] if stop >= 0 else text[end:]
    nearest, *wider = (text[cut:start] for cut in sorted(cuts, reverse=True))
    place = _in_its_place(text, span, values, names)
    near = [place, nearest, f"{nearest}…{tail}"]
    windows = tuple(dict.fromkeys(window for window in (*near, *wider) if re.search(r"\w", window)))
    # 甲的投资为3亿元，乙为5%: where another is named, the header goes on.
    goes_on = bool(place) or any(start - len(nearest) <= first and last <= start for first, last in names)
    near = [window for window in near if window in windows]
    return Around(windows, under, asked, tuple(near), bool(before) and not goes_on, text)


def _in_its_place(text: str, span: Span, values: Sequence[Span], names: Sequence[Span]) -> str:
    """甲 for the first number of 甲、乙分别为1个、2个; "" where names and numbers don't match one by one."""
    for listed in _LISTED.finditer(text, 0, span[0]):
        stop = next((match.start() for match in _LIST_END.finditer(text, listed.end())), len(text))
        numbers = [each for each in values if listed.end() <= each[0] < stop]
        since = max((match.end() for match in re.finditer("[。；;]", text[: listed.end()])), default=0)
        labels = [text[first:last] for first, last in names if since <= first and last <= listed.end()]
        said = [name for name in _JOINT.split(listed["names"]) if name.strip()]
        for each in (labels, said):
            if len(each) == len(numbers) > 1 and span in numbers:
                name = each[numbers.index(span)]
                # 一级、二级、三级医院报销比例: what stands behind the last is said of all.
                return name if name == each[-1] or each is labels else f"{name}{each[-1][len(name) :]}"
    return ""


# --- rows ---------------------------------------------------------------------------------------------------------


def named_rows(sheet: Sheet, words: Around) -> list[int] | None:
    """The rows that the words mean, by the nearest that name any; None where they name none."""
    windows = [flat(window) for window in words.both_sides]
    for window in windows:
        if found := sheet.named(window):
            parts = [row for row in found if not sheet.is_total(row)]
            return _within(sheet, parts or found, windows)
    for window in windows:
        if found := sheet.described(window):
            return found
    return _most_like(sheet, words)


def _within(sheet: Sheet, rows: Sequence[int], windows: Sequence[str]) -> list[int]:
    """Those under the outer labels that are named too, where several rows are called the same."""
    for window in windows:
        inside = [row for row in rows if any(flat(label) in window for label in sheet.labels(row)[:-1])]
        if inside:
            return inside
    return list(rows)


def _most_like(sheet: Sheet, words: Around) -> list[int] | None:
    said = terms(flat(" ".join(words.both_sides[-1:])))
    found = {row: coverage(terms(flat(sheet.labels(row)[-1])), said) for row in sheet.like(said)}
    best = max(found.values(), default=0.0)
    return [row for row, share in found.items() if share == best] if best >= _LEAST_LIKE else None


def is_of_row(cited: CitedRow, words: Around) -> bool:
    """Whether the words mean this row; where they name none, whether the table has no other to name."""
    if not cited.sheet.labels(cited.row):
        return True
    named = named_rows(cited.sheet, words)
    return cited.row in named if named is not None else len(cited.sheet.rows) == 1


# --- columns ------------------------------------------------------------------------------------------------------


def named_columns(sheet: Sheet, words: Sequence[str], among: Collection[int]) -> tuple[list[int], bool]:
    """The columns `among` these that the windows of words mean, and whether they name any; the first ones go first."""
    left = list(among)
    is_named = False
    for window in words:
        said = sheet.header_terms(window)
        scores = {column: _score(sheet, column, said) for column in left}
        best = max(scores.values(), default=0.0)
        if best <= 0:
            continue
        is_named = True
        left = [column for column in left if scores[column] == best]
        if len(left) == 1:
            break
    return left, is_named


def partly_named(sheet: Sheet, words: Sequence[str], among: Collection[int]) -> list[int]:
    """The columns `among` these that the first window to do so names by a part of their header: 配合 is 配合单位."""
    for window in words:
        said = sheet.header_terms(window)
        found = [column for column in among if any(term in said for term in sheet.columns[column].own)]
        if found:
            return found
    return []


def _score(sheet: Sheet, column: int, said: Terms) -> float:
    names = sheet.columns[column]
    held = Terms({term: count for term, count in names.path.items() if term in said})
    if held.keys() <= _GENERIC and not names.own.keys() <= _GENERIC:
        return 0.0  # 下降 alone names no 利润增速
    missing = Terms({term: count for term, count in names.own.items() if term not in said})
    return weight(held) - _MISSING * weight(missing)


def is_of_column(sheet: Sheet, column: int, words: Around, rivals: Collection[int]) -> bool:
    """Whether the words mean this column. `rivals` are those of its row that hold a value of the same kind.

    The words next to the value go first. Where they name no header, a part of one does, and then words further away;
    where no words do, there must be no rival. A header that is said in full goes before what is named besides and holds
    no such value: 2024年 in 2024年增速为5%. Words that speak of no aim mean no column of aims, where others do as well.
    """
    aims = _unmeant_aims(sheet, column, words.near)
    rivals = [at for at in rivals if at not in aims]
    every = [at for at in range(len(sheet.columns)) if (at not in sheet.named_by or at == column) and at not in aims]
    alike = list(dict.fromkeys([*rivals, column])) if rivals else every
    left, is_named = named_columns(sheet, words.near, every)
    if not is_named and (partly := partly_named(sheet, words.near, alike)):
        left, is_named = partly, True
    if not is_named and words.follows and len(alike) == 1:
        return True
    left, further = named_columns(sheet, words.all, left)
    if not (is_named or further):
        return not [rival for rival in rivals if rival != column]
    if column in left:
        return True
    if any(other in rivals for other in left):
        return False
    of_kind, is_named = named_columns(sheet, words.all, alike)
    if not is_named or column not in of_kind:
        return False
    near = next((said for window in words.all if _names_any(sheet, said := sheet.header_terms(window))), Terms())
    own = sheet.columns[column].own
    held = _held(sheet, column, near)
    return bool(own) and coverage(own, near) >= _OWN and not any(held <= _held(sheet, other, near) for other in left)


def _unmeant_aims(sheet: Sheet, column: int, near: Sequence[str]) -> set[int]:
    """The columns of aims beside a result's, unless the words next to the value say that it is one."""
    aims = {at for at, each in enumerate(sheet.columns) if _AIM.search(each.text)}
    return set() if column in aims or any(map(_AIM.search, near)) else aims


def _held(sheet: Sheet, column: int, said: Terms) -> set[str]:
    return set(sheet.columns[column].path) & set(said)


def _names_any(sheet: Sheet, said: Terms) -> bool:
    return any(_score(sheet, column, said) > 0 for column in range(len(sheet.columns)))
