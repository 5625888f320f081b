"""Claims over the rows of a table: the highest, the first three, those over 100亿元, how many there are.

What a sentence says of the rows that it cites must hold beside all the rows of the column, which the document has.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from assistant.checks.problems import Problem
from assistant.checks.support import flat
from assistant.checks.tables.naming import Around, named_columns, partly_named
from assistant.checks.tables.sheet import MOMENT, CitedRow, Sheet, Value
from sources.cleaning.headers import counts_rows
from sources.mentions.numerals import Quantity, chinese_number, quantities
from sources.mentions.periods import periods
from sources.sentences import Span

_MOST = re.compile(
    r"最(?!.?不)(?P<high>[高大多长快强重贵晚迟久远])|最(?P<low>[低小少短慢轻早先近]|便宜)|"
    r"(?P<first>居首|首位|榜首|第一[位名]|[居列排名是为]第一)|(?P<last>末位|垫底|倒数第一)|"
    r"(?P<place>倒数)?(?:[居列排名为是]|位次为?)第(?P<nth>[一二三四五六七八九十两\d]+)|"
    r"(?P<end>[前后]|倒数|末)(?P<count>[一二三四五六七八九十两]{1,2}|\d{1,2})(?![\d.年月日季%％])(?:[位名个强]|(?![一-鿿]))?"
)
_FALLING_MOST = re.compile(r"(?:下降|降幅|跌幅|减少|回落|降低|降得|跌得)[^，。；]{0,3}$")
_OVER = re.compile(r"(?:超过|高于|大于|多于|突破|超出|高出|[超逾])(?:了)?$")
_UNDER = re.compile(r"(?:低于|少于|小于|不足|不到|不满|未达到?|未超过|没有超过)$")
_AT_LEAST = re.compile(r"(?:不低于|不少于|不小于|至少)$")
_AT_MOST = re.compile(r"(?:不超过|不高于|不多于|不大于|至多)$")
_OR_MORE = re.compile(r"(?:及|（含）|\(含\))?以上|及其以上")
_OR_LESS = re.compile(r"(?:及|（含）|\(含\))?以[下内]")
_BETWEEN = re.compile(r"介于|之间|区间|范围")
_NEGATIVE = re.compile(r"负增长|为负|负值|(?:同比|出现)?(?:下降|减少)的")
_POSITIVE = re.compile(r"正增长|为正|正值|(?<!负)(?:增长|增加)的")
_LISTS = re.compile(r"的[一-鿿]{0,6}?(?:有|是|为|包括|分别)|共有?|[：:]\s*$")
_EARLY_OR_LATE = re.compile("[早晚迟先近久]")
_FOR_EXAMPLE = re.compile("例如|比如|[譬诸]如|包括但不限于|等")
_FALLING_ORDER = re.compile("[从由]高到低|[从由]大到小|[从由]多到少|降序")
_RISING_ORDER = re.compile("[从由]低到高|[从由]小到大|[从由]少到多|升序|[从由]早到晚")
_COMPARED = re.compile(r"比|高于|低于|多于|少于|大于|小于|[早晚]于")
_GREATER = re.compile("[高多大长快晚贵]|超过")
_LESSER = re.compile("[低少小短慢早]|不如")
_BOUND_CHARS = 4
"""Of the words that bound a number, before it."""
_COUNTING = frozenset("个项家条种类座所处县区镇村市件宗批只辆台名位人户款班趟笔份")
_COUNTED = re.compile(r"[一-鿿]{1,4}?(?=[的，。：:有是、（(]|$)")
"""The word for what is counted: 2个区县的."""
_AMONG = re.compile("[中里内]$|当中$|之中$")
_CLAUSE = re.compile(r"[，。；;！？\n]|,(?!\d)")


@dataclass(frozen=True, slots=True)
class Condition:
    """What the values of the rows meant are said to be: over 100亿元, below zero."""

    start: int
    end: int
    holds: Callable[[Value], bool]
    unit: str | None
    """None where any number can be so."""
    words: Around
    """Those that name the column."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence as claims see it."""

    text: str
    asked: str
    rows: Sequence[CitedRow]
    quantities: Sequence[Quantity]
    """Those that no cell holds and no calculation has given."""
    names: Sequence[tuple[int, int, list[int], Sheet]]
    """Where labels stand in the text, with their rows."""
    printed: Callable[[int, int], bool]
    """Whether words of the text stand so in the headers, labels and titles, and claim nothing."""
    leads: bool
    """Whether it opens the list or the table of the rows."""


def check(told: Told) -> tuple[list[Problem], list[Quantity], list[Span]]:
    """What is wrong with the claims of a sentence, the quantities that belong to them, and where they stand."""
    problems: list[Problem] = []
    conditions = list(_conditions_in(told.text, told.quantities, told.printed))
    spans = [(each.start, each.end) for each in conditions]
    for sheet in _sheets(told.rows):
        of_sheet = _OfSheet(told, sheet)
        problems += of_sheet.wrong_ranks()
        problems += of_sheet.wrong_conditions(conditions)
        problems += of_sheet.wrong_descriptions()
        problems += of_sheet.wrong_order()
        problems += of_sheet.wrong_comparisons()
        spans += of_sheet.ranks
    used = [each for each in told.quantities if any(start <= each.start < end for start, end in spans)]
    asked = conditions or list(_conditions_in(told.asked, _numbers(told.asked), lambda _start, _end: False))
    for count in told.quantities:
        if count in used or count.unit not in _COUNTING:
            continue
        if any(_OfSheet(told, sheet).counts(count, asked) for sheet in _sheets(told.rows)):
            used.append(count)
            counted = _COUNTED.match(told.text, count.end)
            spans.append((count.start, counted.end() if counted else count.end))
    return problems, used, spans


def _sheets(rows: Sequence[CitedRow]) -> list[Sheet]:
    return list({id(each.sheet): each.sheet for each in rows}.values())


class _OfSheet:
    """The claims of a sentence on the rows of one table."""

    def __init__(self, told: Told, sheet: Sheet) -> None:
        self.told = told
        self.sheet = sheet
        self.text = told.text
        self.cited = [each.row for each in told.rows if each.sheet is sheet]
        self.spans = [(start, end, rows) for start, end, rows, of in told.names if of is sheet]
        """Where labels stand in the sentence, with their rows."""
        self.ranks: list[Span] = []
        """Where a rank is claimed that holds."""

    # --- the rows that are compared -------------------------------------------------------------------------------

    def universes(self, text: str) -> list[set[int]]:
        """The rows that a claim may be about: all, those of a group that is named, those that `text` or the question
        describes."""
        every = set(self.sheet.rows)
        words = flat(self.text + self.told.asked)
        groups = [rows & every for name, rows in self.sheet.groups.items() if name in words]
        if groups:
            every = set().union(*groups)
        narrower = [self.described(text, every, whole=whole) for whole in (False, True)]
        return [every, *(rows for rows in narrower if rows and rows != every)]

    def described(self, text: str, every: set[int], *, whole: bool) -> set[int]:
        """Those of the rows with the cells whose words, or `whole` ones, `text` or else the question names."""
        for each in (flat(text), flat(self.told.asked)):
            said = self._descriptions(each, len(each))
            found = {row for row in every if all(self._fits(row, *one, whole=whole) for one in said)}
            if said and found:
                return found
        return set()

    def _descriptions(self, text: str, until: int) -> list[tuple[str, list[int]]]:
        """The words of cells in `text[:until]`, which is flat, with the columns that stand before them, or all."""
        every = range(len(self.sheet.columns))
        found = []
        for start, end, _ in self.sheet.descriptions(text):
            if end <= until:
                before = re.split("[,，。;；]", text[:start])[-1]
                found.append((text[start:end], named_columns(self.sheet, [before], every)[0]))
        return found

    def _fits(self, row: int, words: str, columns: Sequence[int], *, whole: bool = False) -> bool:
        texts = [
            flat(cell.text)
            for cell in self.sheet.by_row[row]
            if cell.column in columns and not self.sheet.is_label(cell)
        ]
        return any(words == text if whole else words in text for text in texts)

    def columns(self, words: Around, universe: set[int], unit: str | None = None) -> list[int]:
        """The columns of values that the words mean."""
        able = []
        for column, path in enumerate(self.sheet.table.columns):
            if column in self.sheet.named_by:
                continue
            values = self.sheet.ordered(column)
            if len(values) < 2 or (path and counts_rows(path[-1])):
                continue
            first = next(iter(values.values()))
            if unit is not None and unit and first.quantity.unit not in (unit, ""):
                continue
            if not any(row in values for row in universe):
                continue
            able.append(column)
        left, is_named = named_columns(self.sheet, words.all, able)
        return left if is_named else partly_named(self.sheet, words.windows, able) or able

    def meant(self, start: int, end: int, others: Sequence[int]) -> list[int]:
        """The rows that the claim at `start` is about: those named behind it up to the next, those before, or all
        cited."""
        until = min((other for other in others if other >= end), default=len(self.text))
        since = max((other for other in others if other < start), default=0)
        behind = self._named(end, until)
        clause = max((match.end() for match in _CLAUSE.finditer(self.text, 0, start)), default=0)
        before = self._named(max(since, clause), start)
        if before and _AMONG.search(self.text[:start]) and behind:
            return behind
        linked = re.match(r"[^，。；]{0,12}?[是为有：:]", self.text[end:until])
        if behind and (linked or not before):
            return behind
        return before or behind or self._named(since, start) or ([] if self.spans else list(self.cited))

    def _named(self, start: int, end: int) -> list[int]:
        """The rows named there; of several of one name, those cited."""
        found: list[int] = []
        for first, last, rows in self.spans:
            if start <= first and last <= end:
                own = [row for row in rows if row in self.cited] or rows
                found += [row for row in own if row not in found]
        return found

    # --- ranks ----------------------------------------------------------------------------------------------------

    def wrong_ranks(self) -> Iterator[Problem]:
        """Who is said to be the highest or among the first, and isn't."""
        matches = [
            match
            for match in _MOST.finditer(self.text)
            if not self.told.printed(match.start(), match.end())
            and not any(start < match.end() and match.start() < end for start, end, *_ in self.told.names)
        ]
        cell_says = {each.start for each in self.told.quantities}
        starts = [match.start() for match in matches]
        for match in matches:
            if match["nth"] and not any(match.start() <= at < match.end() for at in cell_says):
                continue  # a rank that a cell holds
            meant = self.meant(match.start(), match.end(), starts)
            if not meant:
                continue
            if any(self._is_ranked(match, meant, universe) for universe in self._compared(match)):
                self.ranks.append(match.span())
            else:
                yield Problem("number_mismatch", _clause(self.text, match.start()))

    def _compared(self, match: re.Match[str]) -> list[set[int]]:
        before = self._named(0, match.start())
        if len(before) > 1 and re.search(r"[中里内]", self.text[: match.start()]):
            return [set(before)]
        return self.universes(self.text[: match.start()])

    def _is_ranked(self, match: re.Match[str], meant: Sequence[int], universe: set[int]) -> bool:
        counts_down = bool(match["high"] or match["first"] or match["nth"]) and not match["place"]
        high = counts_down or match["end"] == "前"
        fall = bool(_FALLING_MOST.search(self.text, 0, match.start()))
        in_time = bool(_EARLY_OR_LATE.search(match[0]))
        for column in self.columns(_around(self.text, match.start(), self.told.asked), universe):
            if in_time != any(each.quantity.unit == MOMENT for each in self.sheet.ordered(column).values()):
                continue
            values = {
                row: each.raw if each.quantity.unit == MOMENT else each.quantity.value
                for row, each in self.sheet.ordered(column).items()
                if row in universe
            }
            if not values or not all(row in values for row in meant):
                continue
            header = self.sheet.columns[column].text
            falls = fall and not re.search("降|跌|减", header)
            number = chinese_number(match["count"] or match["nth"] or "1")
            if _ranks(values, meant, int(number), high=high != falls, is_nth=bool(match["nth"])):
                return True
        return False

    # --- conditions and counts ------------------------------------------------------------------------------------

    def wrong_conditions(self, conditions: Sequence[Condition]) -> Iterator[Problem]:
        """Who is said to be over 100亿元 and isn't, or is and is left out of the list."""
        if not conditions:
            return
        last = conditions[-1].end
        meant = self._named(last, len(self.text)) or self._named(0, last) or ([] if self.spans else list(self.cited))
        if not meant:
            return
        lists = bool(_LISTS.search(self.text, conditions[0].start)) and not _FOR_EXAMPLE.search(self.text)
        is_list = lists and (len(meant) > 1 or self.told.leads or bool(self._named(last, len(self.text))))
        for universe in self.universes(self.text[: conditions[0].start]):
            fitting = self.fitting(conditions, universe)
            for rows in fitting:
                if set(meant) <= rows and (not is_list or rows == set(meant)):
                    return
        yield Problem("number_mismatch", self.text[conditions[0].start : last])

    def fitting(self, conditions: Sequence[Condition], universe: set[int]) -> list[set[int]]:
        """The rows of which all conditions hold, for each choice of columns that the words leave open."""
        found: list[set[int]] = [set(universe)]
        for condition in conditions:
            columns = self.columns(condition.words, universe, condition.unit)
            of_each = [
                {
                    row
                    for row, value in self.sheet.ordered(column).items()
                    if row in universe and value.quantity.upper is None and condition.holds(value)
                }
                for column in columns
            ]
            found = [rows & more for rows in found for more in of_each]
        return found

    def counts(self, count: Quantity, conditions: Sequence[Condition]) -> bool:
        """Whether there are so many rows: of those that the conditions hold of, that are described so, or of all."""
        number = count.value
        if conditions:
            return any(
                len(rows) == number
                for universe in self.universes(self.text)
                for rows in self.fitting(conditions, universe)
            )
        ranked = [match for match in _MOST.finditer(self.text) if match["count"]]
        if any(match.start() < count.end and count.start < match.end() for match in ranked):
            return True  # 前三个, held to its rows as a rank
        listed = self._named(0, len(self.text))
        if listed and self.told.asked:
            return len(listed) == number  # by what was asked, which isn't always told as a condition: 今年竣工的有几个
        every, *narrower = self.universes(self.text)
        return any(len(rows) == number for rows in narrower or [every])

    def wrong_descriptions(self) -> Iterator[Problem]:
        """Who is listed as one of those that 市城管局 is responsible for, and isn't, or is left out."""
        text = flat(self.text)
        names = [start for start, _, _ in self.sheet.labels_in(text)]
        found = [*_LISTS.finditer(text, 0, names[-1] if names else 0)]
        said = self._descriptions(text, found[-1].end()) if found else []
        meant = self._named(0, len(self.text))
        if not said or not meant:
            return
        fitting, exactly = (
            {row for row in self.sheet.rows if all(self._fits(row, *each, whole=whole) for each in said)}
            for whole in (False, True)
        )
        partly = bool(_FOR_EXAMPLE.search(self.text)) or len(meant) == 1
        if not set(meant) <= fitting or (not partly and set(meant) not in (fitting, exactly)):
            yield Problem("not_supported", said[0][0])

    # --- order and comparison -------------------------------------------------------------------------------------

    def wrong_order(self) -> Iterator[Problem]:
        """Rows that are said to stand from the highest to the lowest, and don't."""
        for words, falling in ((_FALLING_ORDER, True), (_RISING_ORDER, False)):
            match = words.search(self.text)
            if not match:
                continue
            meant = self._named(match.end(), len(self.text)) or ([] if self.spans else list(self.cited))
            for column in self.columns(_around(self.text, match.start(), self.told.asked), set(self.sheet.rows)):
                values = [self.sheet.ordered(column)[row].raw for row in meant if row in self.sheet.ordered(column)]
                if values == sorted(values, reverse=falling):
                    return
            yield Problem("number_mismatch", match[0])

    def wrong_comparisons(self) -> Iterator[Problem]:
        """甲高于乙, 甲比乙多, where it isn't."""
        for match in _COMPARED.finditer(self.text):
            clause_end = next((each.start() for each in _CLAUSE.finditer(self.text, match.end())), len(self.text))
            clause_start = max((each.end() for each in _CLAUSE.finditer(self.text, 0, match.start())), default=0)
            before = self._named(clause_start, match.start())
            behind = self._named(match.end(), clause_end)
            if not before or not behind or before[-1] == behind[0]:
                continue
            said = match[0] if match[0] != "比" else self.text[match.end() : clause_end]
            if match[0] == "比":
                last = max((end for _, end, rows in self.spans if behind[0] in rows and end <= clause_end), default=0)
                said = self.text[last:clause_end]
            more, less = _GREATER.search(said), _LESSER.search(said)
            if bool(more) == bool(less):
                continue
            pairs = [
                (self.sheet.ordered(column).get(before[-1]), self.sheet.ordered(column).get(behind[0]))
                for column in self.columns(_around(self.text, match.start(), self.told.asked), {before[-1], behind[0]})
            ]
            known = [(one, other) for one, other in pairs if one and other]
            if known and not any((one.raw > other.raw) if more else (one.raw < other.raw) for one, other in known):
                yield Problem("number_mismatch", self.text[clause_start:clause_end])


def _ranks(values: Mapping[int, Decimal], meant: Sequence[int], number: int, *, high: bool, is_nth: bool) -> bool:
    """Whether the rows meant are the first, the number-th or the first `number` of all, ties apart."""
    sign = -1 if high else 1
    own = [sign * values[row] for row in meant]
    others = sorted(sign * value for value in values.values())
    if is_nth:
        return others[min(number, len(others)) - 1] == own[0] and number <= len(others)
    if number == 1:
        return own[0] == others[0] and (len(own) == 1 or all(each == others[0] for each in own))
    wanted = others[: min(number, len(others))]
    return sorted(own)[: len(wanted)] == wanted and all(each <= wanted[-1] for each in own) and len(own) >= len(wanted)


def _numbers(text: str) -> list[Quantity]:
    return quantities(text, skip=[(date.start, date.end) for date in periods(text)])


def _conditions_in(text: str, given: Sequence[Quantity], printed: Callable[[int, int], bool]) -> Iterator[Condition]:
    for number in given:
        if condition := _bound(text, number):
            yield condition
    for words, holds in ((_NEGATIVE, _is_negative), (_POSITIVE, _is_positive)):
        for match in words.finditer(text):
            if not printed(match.start(), match.end()):
                yield Condition(match.start(), match.end(), holds, None, _around(text, match.start()))


def _bound(text: str, number: Quantity) -> Condition | None:
    before, behind = text[: number.start], text[number.end :]
    words = _around(text, number.start)
    if number.upper is not None:
        holds = partial(_lies_between, number)
        return Condition(number.start, number.end, holds, number.unit, words) if _BETWEEN.search(text) else None
    kinds = (
        (bool(_AT_LEAST.search(before)) or bool(_OR_MORE.match(behind)), operator.ge),
        (bool(_AT_MOST.search(before)) or bool(_OR_LESS.match(behind)), operator.le),
        (bool(_OVER.search(before)), operator.gt),
        (bool(_UNDER.search(before)), operator.lt),
    )
    for applies, compare in kinds:
        if applies:
            start = max(0, number.start - _BOUND_CHARS)
            return Condition(start, number.end, partial(_compares, compare, number), number.unit, words)
    return None


def _lies_between(number: Quantity, value: Value) -> bool:
    return number.upper is not None and number.value <= _as(value, number) <= number.upper


def _compares(compare: Callable[[Decimal, Decimal], bool], number: Quantity, value: Value) -> bool:
    return compare(_as(value, number), number.value)


def _as(value: Value, number: Quantity) -> Decimal:
    """The value in the unit that the number of a condition has: as printed for one without."""
    return value.quantity.value if number.unit else value.raw


def _is_negative(value: Value) -> bool:
    return value.raw < 0


def _is_positive(value: Value) -> bool:
    return value.raw > 0


def _around(text: str, at: int, asked: str = "") -> Around:
    """The words around a claim: its clause, what stands before it, all, and what was asked."""
    return Around((_clause(text, at), text[:at], text), asked=asked)


def _clause(text: str, at: int) -> str:
    start = max((match.end() for match in _CLAUSE.finditer(text, 0, at)), default=0)
    stop = next((match.start() for match in _CLAUSE.finditer(text, at)), len(text))
    return text[start:stop]
