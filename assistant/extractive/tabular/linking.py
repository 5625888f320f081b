"""Linking: which of a question's words name a table's rows, columns and cells, and what is left unexplained."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from assistant.extractive.tabular.asks import Ask, Bound
from assistant.extractive.tabular.views import Column, Record, View
from assistant.question.terms import Term, met, terms
from sources.mentions.numerals import quantities
from sources.mentions.periods import Fit, fit, tells, when
from sources.sentences import Span
from sources.words import rows

_LONGEST = 60
_LEAST_FRAGMENT = 2
_FRAGMENT_SHARE = 0.34
_LEAST_NAME = 3
_MANY_RECORDS = 3000
"""Rows from which on names are only looked up whole: parts of names are compared one by one."""
_BY_UNIT = 0.8
_SURE_TERM = 0.55
"""How far a term must be met by a header, in whole or in meaning, to count as explained by it."""
_CHANGE = re.compile(
    r"最[快慢]|[压缩]减|下[降滑跌]|上[升涨]|增[长速幅减]|增加(?!值)|同比|环比|比上[年月]|比去年|涨|跌|升|降|减|变化|变动|幅度|几个点"
)
_CHANGES = re.compile(r"同比|环比|增[长速幅减]|比上[年月]|[涨降]幅|较上|变[化动]|增减")
_PLAIN = re.compile(r"绝对[值数量额]|数值|(?:本年|当年|实际|完成)[值数]?$")
"""What a header says of any value, beside one for its growth."""
_TIME_WORDS = re.compile(r"\d|[年月日度季]|上半|前三|至|[-—~()（）.]|今|去|全年|末")
_OF_CHANGE = re.compile(
    r"比?上年|去年|比|同比|增[长速幅减加]|变化|变动|幅度|[涨跌升降减]\w?|压减|下降|上升|提高|点|几个"
)
_SET_APART = re.compile(r"[,，;；、和与及?？](?:其|它|的|又|分别|各自|总体)*(?:同比|比上年|较上年|比去年|比上年同期)?$")
_WORDED = re.compile("[一-龥]")
_HEAVY = 2.0
"""A word of this weight tells a good deal."""
_MAKERS = frozenset("员师者商户站厂店费税证卡机车楼院校网")
"""Characters that make another thing of the word before them."""
_RATE = re.compile(r"[一-鿿]{2}率")
_HEAVY_RUN = 3.0
_LEAST_WHOLE = 4.0
_WHO, _WHEN = (
    re.compile(r"谁|哪(?:个|家|位)?(?:单位|部门|人|公司|企业)"),
    re.compile(r"什么时候|何时|哪[一]?[天年日]|几[月号]|时间|期限|几点"),
)
_HOW_MUCH = re.compile(r"多少|几|多[大高长重]")


@dataclass(frozen=True, slots=True)
class Link:
    """Words of the question, `text[start:end]`, that name rows: by their label, or by what stands in a column."""

    start: int
    end: int
    records: tuple[Record, ...]
    column: Column | None = None
    whole: bool = True
    """Whether the whole name is said, not a part that only it has."""


@dataclass(frozen=True)
class Linked:
    """A question beside a view: what names rows, and how far each column is asked for."""

    ask: Ask
    view: View
    links: tuple[Link, ...]

    @cached_property
    def words(self) -> tuple[Term, ...]:
        """The words of the question that are neither operators nor names of rows."""
        free = self.free
        return tuple(
            term
            for term in terms("".join(c if f else " " for c, f in zip(self.ask.text, free, strict=True)))
            if term.text.strip()
        )

    @cached_property
    def free(self) -> list[bool]:
        """(characters,) which are not understood yet."""
        free = [True] * len(self.ask.text)
        spans: Iterable[Span] = [*self.ask.spoken, *((link.start, link.end) for link in self.links)]
        spans = [*spans, *((date.start, date.end) for date in self.ask.dates)]
        for start, end in spans:
            free[start:end] = [False] * (end - start)
        return free

    @cached_property
    def by_context(self) -> np.ndarray:
        """(words,) how far each is met by what the table as a whole is about."""
        label = f"{self.view.context}{_flat_label(self.view)}"
        return met(self.words, (label,))[0] if self.words else np.zeros(0, np.float32)

    def by_column(self, column: Column) -> np.ndarray:
        """(words,) how far each is met by the column's headers, or by its unit where no other column has one like it:
        资金 by 金额（万元）."""
        shares = met(self.words, (column.words or " ",))[0] if self.words else np.zeros(0, np.float32)
        counted = self._counted_alone.get(column.at, frozenset())
        return np.array(
            [
                1.0 if _names(column, w.text) else max(s, _BY_UNIT if w.text in counted else 0.0)
                for w, s in zip(self.words, shares, strict=True)
            ],
            np.float32,
        )

    @cached_property
    def _counted_alone(self) -> dict[int, frozenset[str]]:
        """The columns whose unit is of a kind that no other one's is, with what is asked for in it."""
        kinds = {column.at: _counted_in(column.unit) for column in self.view.columns if column.unit}
        return {
            at: kind
            for at, kind in kinds.items()
            if kind and not any(kind & other for own, other in kinds.items() if own != at)
        }


@cache
def _counted_in(unit: str) -> frozenset[str]:
    """What is asked for in words and told in the unit: 资金 of 万元."""
    base = unit.lstrip("十百千万亿")
    return frozenset(word for words, of in rows("dimensions") if of == base for word in words.split("|"))


def _flat_label(view: View) -> str:
    return view.label


def linked(ask: Ask, view: View) -> Linked:
    """The question beside the view. What stands there as a name is no condition: 1年以内 as the age of a debt."""
    names = [*view.by_name, *(column.own for column in view.columns), *view.by_value]
    if ask.bounds:
        said = [name for name in names if len(name) >= _LEAST_NAME and name in ask.text]
        held = {(each.value, each.unit) for column in view.columns for each in quantities(column.own)}
        kept = tuple(
            bound
            for bound in ask.bounds
            if not any(_is_in(bound, name, ask.text) for name in said)
            and not (bound.quantity and (bound.quantity.value, bound.quantity.unit) in held)
        )
        if len(kept) < len(ask.bounds):
            gone = {(bound.start, bound.end) for bound in ask.bounds if bound not in kept}
            ask = replace(ask, bounds=kept, spoken=tuple(span for span in ask.spoken if span not in gone))
    return Linked(ask, view, tuple(_links(ask, view)))


def _is_in(bound: Bound, name: str, text: str) -> bool:
    at = text.find(name)
    while at >= 0:
        if at <= bound.start and bound.end <= at + len(name):
            return True
        at = text.find(name, at + 1)
    return False


def _links(ask: Ask, view: View) -> list[Link]:
    text = ask.text
    found: list[Link] = []
    taken = [False] * len(text)

    def add(link: Link) -> None:
        found.append(link)
        taken[link.start : link.end] = [True] * (link.end - link.start)

    headers = {column.own for column in view.columns} | {view.label}
    for start, end in _stretches(text, _LONGEST):
        words = text[start:end]
        if any(taken[start:end]):
            continue
        records = view.by_name.get(words) or view.short_names.get(words)
        if records:
            add(Link(start, end, tuple(records)))
        elif len(words) >= _LEAST_FRAGMENT and words in view.by_value and words not in headers:
            pairs = view.by_value[words]
            column = pairs[0][1]
            add(Link(start, end, tuple(record for record, of in pairs if of is column), column))
    if not found or all(link.column for link in found):
        found += _by_parts(ask, view, taken)
    return found


def _stretches(text: str, longest: int) -> Iterable[Span]:
    """All stretches of two characters or more, the longest first."""
    for size in range(min(longest, len(text)), 1, -1):
        for start in range(len(text) - size + 1):
            yield start, start + size


def _by_parts(ask: Ask, view: View, taken: Sequence[bool]) -> list[Link]:
    """A name of which a part is said that no other row has, and that isn't what the table is about as a whole."""
    if len(view.records) > _MANY_RECORDS:
        return []
    spoken = [False] * len(ask.text)
    for start, end in ask.spoken:
        spoken[start:end] = [True] * (end - start)
    common = view.context + "".join(column.words for column in view.columns)
    best: tuple[int, Link] | None = None
    for start, end in _stretches(ask.text, 30):
        part = ask.text[start:end]
        if any(taken[start:end]) or any(spoken[start:end]) or part in common or part.isdigit():
            continue
        holders = [record for record in view.records if any(part in name for name in record.names)]
        if len(holders) != 1:
            continue
        # 桥区 of 高桥区 is no part of 石桥区: where a name is cut short in front, nothing may stand there instead.
        begins = any(name.startswith(part) for name in holders[0].names)
        known = (
            start == 0 or spoken[start - 1] or taken[start - 1] or (start > 1 and ask.text[start - 2 : start] in common)
        )
        if not begins and not known:
            continue
        name = min((name for name in holders[0].names if part in name), key=len)
        if len(part) >= 3 or len(part) / len(name) >= _FRAGMENT_SHARE:
            best = (len(part), Link(start, end, (holders[0],), whole=False))
            break
    return [best[1]] if best else []


# --- columns ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns asked for, best first, and what of the question nothing explains."""

    columns: tuple[Column, ...]
    unexplained: float
    """0 to 1, the share of the question's words, by weight, that nothing of the table meets."""
    score: float


def choose(linked: Linked, *, allowed: Sequence[Column], most: int = 6) -> Chosen | None:
    """The columns that the question's words ask for; None where none is named."""
    words, ask = linked.words, linked.ask
    weights = np.array([term.weight for term in words], np.float32)
    context = linked.by_context
    shares = {column.at: linked.by_column(column) for column in allowed}
    # What many headers say tells none of them apart.
    spread = sum(
        ((share > _SURE_TERM).astype(np.float32) for share in shares.values()), np.zeros(len(words), np.float32)
    )
    telling = weights / np.maximum(1.0, spread) ** 0.5
    telling = telling * np.where(context > 0.9, 0.35, 1.0)
    changes = bool(_CHANGE.search(ask.text))
    if changes:  # 比上年增长 asks for a column of change, and says nothing of 城乡收入比
        telling = telling * np.array([not _OF_CHANGE.fullmatch(term.text) for term in words], np.float32)
    of_all = _named_by_several([column for column in linked.view.columns if is_change(column)])
    left = np.ones(len(words), np.float32)
    chosen: list[Column] = []
    total = 0.0
    for _ in range(most):
        scored = []
        for column in allowed:
            if column in chosen or (ask.result == "difference" and not changes and is_mere_change(column)):
                continue  # 比邻县多多少 is no difference of growths
            share = np.where(shares[column.at] > _SURE_TERM, shares[column.at], 0.0)
            recall = float((share * telling * left).sum())
            of_change = is_change(column)
            own_words = _unsaid(column, ask.text, linked.view)
            asked_change = of_change and changes and _is_of_what_is_asked(column, ask.text, of_all)
            if asked_change:
                recall += 1.0 if not any(_CHANGES.search(each.own) for each in chosen) else 0.0
            cost = own_words + (1.2 if of_change and not asked_change else 0.0)
            scored.append((recall - cost + _type_bonus(column, ask.text, bool(chosen)), recall, column))
        scored.sort(key=lambda each: -each[0])
        if not scored:
            break
        value, recall, column = scored[0]
        if recall <= (0.0 if not chosen else 0.9) or (chosen and value < 0.3):
            break
        chosen.append(column)
        total += value
        left = left * (1 - np.where(shares[column.at] > _SURE_TERM, shares[column.at], 0.0))
    if not chosen:
        asked = [date.value for date in ask.dates]
        chosen = [column for column in allowed if asked and column.periods and not without_times(column)]
        if not chosen or unexplained(linked, chosen) > 0.5:
            return None
        total = 0.5 * len(chosen)
    if base := _base_asked(chosen, allowed, ask.text):
        chosen = [base, *(column for column in chosen if column is not base)]
    return Chosen(tuple(chosen), unexplained(linked, chosen), total)


def _is_of_what_is_asked(column: Column, text: str, of_all: frozenset[str]) -> bool:
    """Whether a rate's header names nothing else that it is a rate of: GDP增速 is none of incomes. What several rates
    are `of_all` tells nothing: 常住 of 城镇常住居民 and 农村常住居民."""
    named = (term.text for term in terms(_CHANGES.sub("", without_times(column))) if len(term.text) > 1)
    return all(word in text or word in of_all for word in named)


def _named_by_several(columns: Sequence[Column]) -> frozenset[str]:
    counted = Counter(term.text for column in columns for term in terms(without_times(column)))
    return frozenset(word for word, count in counted.items() if count > 1)


def unexplained(linked: Linked, columns: Sequence[Column]) -> float:
    """0 to 1: the share of the question's words, by weight, that neither these columns nor the table's subject say.

    1 where a word that tells a good deal is among them.
    """
    words, view, text = linked.words, linked.view, linked.ask.text
    if not words:
        return 0.0
    best = linked.by_context
    for column in columns:
        best = np.maximum(best, linked.by_column(column))
    said = view.context + view.label + "".join(column.words for column in columns)
    changes = any(is_change(column) for column in columns)
    unnamed = (rate for rate in _RATE.finditer(text) if any(linked.free[rate.start() : rate.end()]))
    if any(rate[0][-1] not in said for rate in unnamed) and not changes:
        return 1.0
    whole = left = run = 0.0
    before = last = ""
    for term, met_by in zip(words, best, strict=True):
        if term.text.isdigit():
            continue
        single = len(term.text) == 1
        weight = term.weight * (0.5 if single else 1.0)
        whole += weight
        explained = (
            met_by >= _SURE_TERM
            or _abbreviates(term.text, said)
            or (changes and bool(_OF_CHANGE.fullmatch(term.text)))
            or any(term.text in column.unit for column in columns)
        )
        if explained:
            run, before, last = 0.0, "", term.text
            continue
        # 护理员 is somebody, whatever the table has of 护理.
        if single and last and last + term.text in text and term.text in _MAKERS and last + term.text not in said:
            return 1.0
        last = ""
        # A name that isn't known as a word falls into its characters: together they tell as much as a word.
        run = (
            run + term.weight if single and before and before + term.text in text else (term.weight if single else 0.0)
        )
        before = before + term.text if run > term.weight else (term.text if single else "")
        if weight >= _HEAVY or (len(before) > 1 and run >= _HEAVY_RUN):
            return 1.0
        left += weight
    return left / max(whole, _LEAST_WHOLE)


def _names(column: Column, word: str) -> bool:
    """Whether the word is the column's header with little added: 末班车 for 末班."""
    return len(column.own) >= 2 and column.own in word and len(word) - len(column.own) <= 2


def _abbreviates(word: str, text: str) -> bool:
    """Whether the word may be short for something in the text: 技改 for 技术改造."""
    return len(word) in (2, 3) and not word.isascii() and bool(re.search(".{0,2}".join(map(re.escape, word)), text))


def _base_asked(chosen: Sequence[Column], allowed: Sequence[Column], text: str) -> Column | None:
    """What a rate is a rate of, where the question asks for both: 出口多少，比上年增长多少; 增加值和增速."""
    rate = next((column for column in chosen if is_change(column)), None)
    said = _CHANGE.search(text)
    if rate is None or said is None or not _SET_APART.search(text[: said.start()]):
        return None
    about = _CHANGES.sub("", rate.words.removesuffix(rate.own) + rate.own)
    before = [column for column in allowed if column.at < rate.at and column.numeric and not is_change(column)]
    alike = [column for column in before if about and column.own.startswith(about[:2]) and column not in chosen]
    return max(alike, key=lambda column: (_begun(column.own, about), column.at), default=None)


def _begun(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def without_times(column: Column) -> str:
    """The column's own words less the times that it names."""
    return _TIME_WORDS.sub("", column.own)


def is_change(column: Column) -> bool:
    """Whether the column tells how far something has changed."""
    return bool(_CHANGES.search(column.own))


def is_mere_change(column: Column) -> bool:
    """Whether its header says nothing else: 增长（%）, of the column before."""
    return is_change(column) and not _WORDED.search(_CHANGES.sub("", column.own))


def _unsaid(column: Column, text: str, view: View) -> float:
    """What it costs that the header says more than the question: the weight of its words that aren't there."""
    said = text + view.context
    own = [term for term in terms(_PLAIN.sub("", _CHANGES.sub("", column.own))) if term.text not in said]
    if not own:
        return 0.0
    near = met(own, (text,))[0]
    return sum(term.weight * (1 - float(share)) * 0.35 for term, share in zip(own, near, strict=True))


def _type_bonus(column: Column, text: str, again: bool) -> float:
    if again:
        return 0.0
    if _WHEN.search(text) and column.dated:
        return 0.6
    if _WHO.search(text) and not column.numeric and not column.dated:
        return 0.3
    if _HOW_MUCH.search(text) and not _WHO.search(text) and column.numeric:
        return 0.4
    return 0.0


# --- times --------------------------------------------------------------------------------------------------------


def fits(asked: Sequence[str], given: Sequence[str]) -> bool:
    """Whether one of the times given is one that was asked for; where nothing is known or asked, it may be."""
    return not asked or any(fit(wanted, had) in (Fit.EXACT, Fit.WITHIN) for wanted in asked for had in given)


def tells_any(asked: Sequence[str], given: Sequence[str]) -> bool:
    """The same of numbers: those of a half year don't tell of the year."""
    return not asked or any(tells(wanted, had) for wanted in asked for had in given)


def times_of(view: View, column: Column | None, record: Record | None = None) -> tuple[str, ...]:
    """What the values of a row and column are of: by their headers, by what was read of them, or by the table's."""
    if record is not None and record.periods:
        return record.periods
    if column is not None and column.periods:
        return column.periods
    if column is not None:
        read = {
            value.figure.period
            for each in view.records[:20]
            if (value := each.values.get(column.at)) and value.figure and value.figure.period
        }
        if len(read) == 1:
            return tuple(read)
    return view.periods[:1]


def newest(periods: Sequence[str]) -> tuple[int, int]:
    """For sorting: the last day that any of the times has, as ordinals; (0, 0) where there is none."""
    ends = [when(period) for period in periods]
    return max(((last.toordinal(), first.toordinal()) for first, last in ends), default=(0, 0))
