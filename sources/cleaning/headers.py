"""The headers of a grid: which rows are its title, its notes and its headers, which cells name a row, which unit holds

Told by content, as files seldom say it: a title stands alone in its row, headers are words (or years) over numbers, the
first words of a row name it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sources.mentions.numerals import quantities

Row = Sequence[str]
"""The text of each cell, "" for an empty one; what is merged stands in each place that it covers."""

_UNIT_WORD = (
    r"[%％‰元亩吨斤米克升人户家个项件次套座所处辆台条份名倍年天岁张万亿千百]|平方公里|公里|公顷|平方米|立方米|"
    r"千瓦时|千瓦小时|标准煤|小时|分钟|百分点|美元|人次|[毫微]克/立方米|毫克/升|元/[一-龥]{1,3}"
)
_UNIT_NOTE = re.compile(
    rf"[（(]\s*(?:单位\s*[:：]\s*)?((?:[万亿千百十]*(?:{_UNIT_WORD}))+)\s*[）)]|[（(]?\s*单位\s*[:：]\s*([^\s|，。；（）()]{{1,10}})\s*[)）]?"
)
_BRACKETED = re.compile(r"[（(]([^（()）]{1,10})[)）]")
_ENDS_IN_PERCENT = re.compile(r"(?<![\d])[%％]$")
_PLACES = re.compile("省|市|县|区|乡|镇|村|国|地区|省份|设区市|省区市|部门|单位")
_UNITS_ALONE = re.compile(rf"(?:[万亿千百十]*(?:{_UNIT_WORD}))+")
_LONGEST_UNIT = 10
# Columns whose numbers have a unit of their own or none: the caption's 单位：元 isn't theirs.
_OWN_UNIT = re.compile(
    r"增[长速幅减]|同比|占比|比重|^占|(?:[一-龥]率|比)(?=$|[·/\s]|(?:19|20)\d\d)|比值|倍差|系数|指数|排[名位]|位次|名次|得分"
)
_SEVERAL_UNITS = re.compile(r"(?:计量)?单位\s*[:：]\s*([^\s|。（）()]{1,40})")
_RATES = frozenset({"%", "％", "‰"})
_MEASURED = (
    (r"面积", r"公顷|亩|平方"),
    (r"库容|[蓄水用]水量|体积|方量|气量|径流", r"立方|方$"),
    (r"水位|高程|[长宽高深]度?$|里程|口径|距离|降雨量|雨量", r"^(?:厘|毫|千|海)?(?:米|里|公里)$"),
    (r"人口|人数|人员|学生|职工|教师|劳动力", r"人"),
    (r"户数?$", r"户"),
    (r"产量|重量|吞吐量|排放量|运量", r"吨|斤|克"),
    (r"[额值]$|收入|支出|投资|资金|存款|贷款|利润|税|费|预算", r"元"),
)
"""Of a header that so ends, the units that its numbers may have."""
_NUMBER = re.compile(r"[约近超≥≤<>＜＞]?\s*[-−－+(（]?[¥￥$]?\d[\d,，.]*\s*[%％‰]?\s*[)）]?")
_BLANK_VALUE = re.compile(r"[-—–―…./\\*×#无]+|N/?A|null", re.IGNORECASE)
_PERIOD = re.compile(r"(?:19|20)\d\d(?:\s*[-—~～至]\s*(?:19|20)?\d\d)?\s*年?[EAFea]?|(?:1[0-2]|0?[1-9])月(?:份)?")
_DAY = re.compile(
    r"(?:19|20)\d\d(?:年|[-/.])(?:1[0-2]|0?[1-9])(?:月?|(?:月|[-/.])(?:[12]\d|3[01]|0?[1-9])日?)"
    r"(?:[ T]\d\d:\d\d(?::\d\d)?)?"
)
_TOTAL = re.compile(r"[合总小共]\s*计")
_ORDER_HEADERS = re.compile(r"序号?|[一-龥A-Za-z]{0,10}(?:编号|编码|代码|标识码|I[Dd])|No\.?|NO\.?|#|行次|栏次|项次")
_UNIT_HEADERS = re.compile(r"(?:计量)?单位")
NOTE = re.compile(
    r"[（(]?(?:注|备注|说明|附注|资料来源|数据来源|来源|制表|填表|Source|Notes?)\s*\d*\s*[:：.、]|\*|※|[①-⑳]"
)
_NAME_CHARS = 30
_MOST_TITLE_ROWS = 8
_MOST_HEADS = 6
_NOTE_ROWS = 40
_SAMPLE_ROWS = 200
"""Rows that are looked at to tell what a column holds."""


@dataclass(frozen=True, slots=True)
class Headers:
    """What the rows of a grid are, its title and notes apart."""

    heads: int
    """How many rows at the top are headers."""
    columns: tuple[tuple[str, ...], ...]
    labels: tuple[int, ...]
    """The columns whose cells name their row, outermost first."""
    groups: frozenset[int]
    """Rows that hold but a heading for the rows below them."""
    units: tuple[str, ...]


def is_number(text: str) -> bool:
    """Whether a cell holds a number and no year: years and months stand as headers."""
    return bool(_NUMBER.fullmatch(text)) and not _PERIOD.fullmatch(text)


def is_time(text: str) -> bool:
    """Whether a cell holds a year, a month or a day and nothing else."""
    return bool(_PERIOD.fullmatch(text) or _DAY.fullmatch(text))


def unit_in(text: str) -> str:
    """The unit that a header names in brackets, after 单位： or at its end; "" for none and for several."""
    return _parted(text)[0]


def unit_for(header: str, caption: str) -> str:
    """The unit that a caption names for the numbers under a header; "" where it names none, or leaves it open.

    Of several (单位：亿元、%; 外资：万美元) a rate has the one for rates, a header named beside a unit that one, and
    the others are told apart by what a header measures: a level has metres, a volume cubic metres.
    """
    single = unit_in(caption)
    if single or not (note := _SEVERAL_UNITS.search(caption)):
        return "" if has_own_unit(header) else single
    parts = [part.strip() for part in re.split(r"[、，,；;/／]", note[1]) if part.strip()]
    named = [part.partition("：" if "：" in part else ":") for part in parts]
    own = next((unit for name, mark, unit in named if mark and name and name in header), "")
    general = [name for name, mark, _ in named if not mark]
    rates = [unit for unit in general if unit in _RATES]
    if own or has_own_unit(header):
        return own or (rates[0] if len(rates) == 1 else "")
    rest = [unit for unit in general if unit not in _RATES]
    if len(rest) == 1:
        return rest[0]
    fitting = [unit for ends, units in _MEASURED if re.search(ends, header) for unit in rest if re.search(units, unit)]
    return fitting[0] if len(set(fitting)) == 1 else ""


def without_unit(text: str) -> str:
    """The header without the note of its unit."""
    return _parted(text)[1]


def _parted(text: str) -> tuple[str, str]:
    if note := _UNIT_NOTE.search(text):
        unit = note[1] or note[2]
        return "" if "、" in unit else unit, _UNIT_NOTE.sub("", text).strip()
    for bracketed in _BRACKETED.finditer(text):
        if is_unit(bracketed[1]) and not _PLACES.fullmatch(bracketed[1]):
            return bracketed[1], (text[: bracketed.start()] + text[bracketed.end() :]).strip()
    if _ENDS_IN_PERCENT.search(text):
        return "%", text[:-1].rstrip()
    # 地区 and 镇 are counted, too, but as headers they say what the rows are.
    return (text, "") if _UNITS_ALONE.fullmatch(text) else ("", text.strip())


@lru_cache(maxsize=4096)
def is_unit(text: str) -> bool:
    """Whether a text is a unit and nothing else: 万元, 毫克/升, mm."""
    if not text or len(text) > _LONGEST_UNIT or any(map(str.isdecimal, text)):
        return False
    read = quantities(f"2{text}")
    return len(read) == 1 and len(read[0].text) == len(text) + 1 and bool(read[0].unit)


def has_own_unit(header: str) -> bool:
    """Whether the numbers under the header are rates or ranks, which a caption's unit isn't meant for."""
    return bool(_OWN_UNIT.search(header))


def counts_rows(header: str) -> bool:
    """Whether a column under this header numbers the rows and says nothing of them."""
    return bool(_ORDER_HEADERS.fullmatch(header.replace(" ", "")))


def names_unit(header: str, cells: Iterable[str]) -> bool:
    """Whether the cells under this header are units; offices stand under 单位, too."""
    return bool(_UNIT_HEADERS.fullmatch(header.replace(" ", ""))) and any(map(is_unit, cells))


def alone(row: Row, *, merged: bool = False) -> str:
    """The text of a row that holds but one, over one column or `merged` over several; "" for another row."""
    said = [text for text in row if text]
    return said[0] if len(said) == 1 or (merged and len(set(said)) == 1) else ""


def title_rows(rows: Sequence[Row], *, merged: Sequence[bool]) -> int:
    """How many rows at the top are titles: each holds one text and isn't the heading of the rows below it.

    `merged` says of each row whether its text is merged over several columns.
    """
    if max(map(len, rows), default=0) < 2:
        return 0
    count = 0
    while count < min(len(rows) - 1, _MOST_TITLE_ROWS) and _is_title(rows[count], merged[count]):
        count += 1
    return count if any(_said(row) > 1 for row in rows[count : count + _MOST_TITLE_ROWS]) else 0


def _is_title(row: Row, merged: bool) -> bool:
    text = alone(row, merged=merged)
    if text and not is_number(text):
        return True
    # 单位：亿元 at the right of 数据库：年度数据 or of 表1 is still no header.
    said = [each for each in dict.fromkeys(row) if each]
    return not merged and 0 < len(said) <= 2 < len(row) and all(re.search("[:：]", each) for each in said)


def note_rows(rows: Sequence[Row], first: int, *, merged: Sequence[bool]) -> int:
    """From which row on, `first` at the earliest, the rows are notes: each holds one text, and the first opens as
    notes do or is a sentence."""
    end = len(rows)
    if max(map(len, rows), default=0) < 2:
        return end
    said = [alone(row, merged=wide) for row, wide in zip(rows, merged, strict=True)]
    while end > max(first, len(rows) - _NOTE_ROWS) and said[end - 1] and not is_number(said[end - 1]):
        end -= 1
    while end < len(rows) and not (NOTE.match(said[end]) or len(said[end]) > 40 or re.search("[。：:]", said[end])):
        end += 1
    return end


def headers(
    rows: Sequence[Row],
    *,
    caption: str = "",
    marked: int = 0,
    down: Sequence[int] = (),
    across: Sequence[frozenset[int]] = (),
) -> Headers:
    """The headers of `rows`.

    `marked` rows at the top are headers by the file's own word; `down` says of each row how many rows the longest cell
    that begins in it is merged over, `across` in which columns stand cells merged over several.
    """
    width = max(map(len, rows), default=0)
    heads = marked or _heads(rows, down, across)
    while 0 < heads < min(len(rows) - 1, _MOST_HEADS) and _is_written_out(rows[heads - 1], rows[heads]):
        heads += 1
    columns = _paths(rows[:heads], width)
    groups = frozenset(_groups(rows, heads, across))
    labels = _labels(
        [row for at, row in enumerate(rows[heads : heads + _SAMPLE_ROWS], heads) if at not in groups], columns
    )
    units = tuple(
        next(filter(None, (unit_in(name) for name in reversed(path))), "")
        or ("" if column in labels else unit_for("".join(path), caption))
        for column, path in enumerate(columns)
    )
    return Headers(heads, columns, labels, groups, units)


def is_form(rows: Sequence[Row], across: Sequence[frozenset[int]]) -> bool:
    """Whether a grid is a form, label by value, rather than a table under headers.

    In half of a form's rows, values are merged over the columns of other labels; or its labels end with a colon.
    """
    if not len(rows) >= 2 or len(rows) > 60 or not rows:
        return False
    said = [list(dict.fromkeys(text for text in row if text)) for row in rows]
    coloned = sum(bool(each) and each[0].endswith(("：", ":")) for each in said)
    if coloned * 2 > len(rows):
        return True
    # A value that is merged over the columns of other labels; a heading over a whole row is none.
    wide = sum(bool(columns) and 0 not in columns for columns in across)
    numbers = sum(is_number(text) for row in said for text in row)
    return wide * 2 >= len(rows) and numbers * 4 < sum(map(len, said))


def _heads(rows: Sequence[Row], down: Sequence[int], across: Sequence[frozenset[int]]) -> int:
    if len(rows) < 2 or not _may_head(rows[0]):
        return 0
    count = 1
    while count < min(len(rows) - 1, _MOST_HEADS):
        reaches = any(at + long > count for at, long in enumerate(down[:count]))
        if not (_goes_on(rows, count, across) or (reaches and _may_head(rows[count]))):
            break
        count += 1
    return count


def _goes_on(rows: Sequence[Row], at: int, across: Sequence[frozenset[int]]) -> bool:
    """Whether row `at` is still a header, by what stands in it and over it."""
    row, above = rows[at], rows[at - 1]
    if not _may_head(row) or alone(row, merged=at < len(across) and bool(across[at])):
        return False
    wide = across[at - 1] if at - 1 < len(across) else frozenset()
    if any(column < len(row) and row[column] and row[column] != above[column] for column in wide):
        # What stands below the first header, with words of its own, is the name of a row.
        return 0 in wide or not row[0] or row[0] == above[0]
    # Upper headers that no file marks as merged leave gaps behind them, and the lower ones stand under nothing.
    lower_only = not row[0] and any(row)
    return lower_only and (not above[0] or "" in above or at == 1)


def _is_written_out(above: Row, row: Row) -> bool:
    """Whether a row is the lower half of a header whose merged cells are written out in each of their places:
    地区|城镇居民|城镇居民 over 地区|绝对值|增速."""
    repeats = any(one and one == other for one, other in pairwise(above))
    return repeats and bool(row) and row[:1] == above[:1] and bool(row[0]) and row != above and _may_head(row)


def _may_head(row: Row) -> bool:
    said = [text for text in row if text]
    return bool(said) and not any(map(is_number, said)) and max(map(len, said)) <= 120


def _paths(heads: Sequence[Row], width: int) -> tuple[tuple[str, ...], ...]:
    """Of each column its headers from the top; an upper one reaches over the gap behind it as far as the lower ones."""
    filled = [list(row) for row in heads]
    for upper, lower in pairwise(filled):
        over = ""
        for column, name in enumerate(upper):
            if name:  # what stands over a column of labels reaches no further
                over = name if lower[column] else ""
                continue
            over = over if lower[column] else ""
            upper[column] = over
    return tuple(
        tuple(dict.fromkeys(row[column] for row in filled if column < len(row) and row[column]))
        for column in range(width)
    )


def _groups(rows: Sequence[Row], heads: int, across: Sequence[frozenset[int]]) -> list[int]:
    """Rows below the headers with one text only, at the left, over rows with more.

    Where such rows often follow each other, as in accounts with items left open, only those with a colon are headings.
    """
    found: list[int] = []
    for at in range(heads, len(rows) - 1):
        row = rows[at]
        if len(row) < 2 or not row[0] or is_number(row[0]) or _PERIOD.fullmatch(row[0]):
            continue
        if alone(row, merged=at < len(across) and bool(across[at])) and not _TOTAL.fullmatch(rows[at + 1][0]):
            found.append(at)
    left_open = sum(then == at + 1 for at, then in pairwise(found))
    if left_open * 3 > len(found):
        merged = [at for at in found if at < len(across) and across[at]]
        return [at for at in found if at in merged or rows[at][0].endswith(("：", ":"))]
    return found


def _labels(rows: Sequence[Row], columns: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """The leading columns of words, up to the first that names each row differently; else the first of years."""
    found: list[int] = []
    only_times = True
    for column, path in enumerate(columns):
        name = path[-1] if path else ""
        if counts_rows(name):
            continue
        texts = [row[column] for row in rows if column < len(row) and row[column]]
        numbers = sum(is_number(text) for text in texts)
        if not texts or names_unit(name, texts):
            continue
        if numbers * 2 > len(texts):
            if not only_times:
                break
            continue
        if _BLANK_VALUE.fullmatch(texts[0]) and len(set(texts)) == 1:
            continue
        if all(map(is_time, texts)):
            found.append(column)
            continue
        behind = only_times and bool(found) and column > found[-1] + 1
        if behind and not _may_name(texts):
            continue
        found.append(column)
        if behind:
            break
        only_times = False
        if len(set(texts)) * 10 >= len(rows) * 9:
            break
    return tuple(found[:4])


def _may_name(texts: Sequence[str]) -> bool:
    """Whether words behind the numbers of a row may be its name: short ones, no single letters, not always the same."""
    return len(set(texts)) > 1 and 1 < max(map(len, texts)) <= _NAME_CHARS


def _said(row: Row) -> int:
    return len({text for text in row if text})
