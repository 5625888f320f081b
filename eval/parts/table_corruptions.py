"""Measures the checker on answers over tables, right ones and wrong ones: `python -m eval.parts.table_corruptions`.

From each right answer (`eval.parts.table_answers`) corrupted ones are made, always the same for a seed:

    other row       梅岭县 for 石浦县; or the value of another row        period      2021年 for 2024年
    other column    固定资产投资 for 规上工业增加值, or its value          sign        下降8.6% for 增长8.6%
    metric          a header that the table doesn't have               superlative another row, or 最低 for 最高
    unit            203.40万元                                         list        one row too many or too few
    other table     the citation leads to a row of another table       sum         another result, another operand
    words           of another row's cell, of another column's         count       one more than there are
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random

from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from eval.parts.table_answers import Fact, Grid, TableAnswer, grids, right_facts, shared_grids, told

SEED = 20261127
FLOOR = 0.99
"""Of the corrupted answers, the share that must be caught; `tests/eval/test_table_corruptions.py` holds it."""
MOST_FALSE_ALARMS = 0.01
_UNITS = {
    "亿元": ("万元", "元"), "万元": ("亿元", "元"), "元": ("万元", "美元"), "%": ("个百分点", "‰"),
    "亩": ("公顷", "万亩"), "万亩": ("亩", "万公顷"), "吨": ("万吨", "公斤"), "公斤": ("吨", "斤"),
    "人": ("万人", "户"), "户": ("人", "万户"), "家": ("万家", "亿元"), "个": ("万个", "%"), "米": ("公里", "厘米"),
    "万立方米": ("立方米", "亿立方米"), "万人次": ("人次", "亿人次"), "元/公斤": ("元/吨", "元/亩"),
    "元/亩": ("元/公顷", "万元/亩"), "元/人": ("万元/人", "元/亩"), "元/月": ("元/年", "万元/月"),
    "分钟": ("小时", "秒"), "亿千瓦时": ("万千瓦时", "千瓦时"), "毫克/升": ("克/升", "微克/升"), "株": ("万株", "亩"),
}  # fmt: skip
_ALIEN = ("人均消费支出", "森林覆盖率", "快递业务量", "外贸进出口总额", "城镇登记失业率", "病床使用率", "物业服务费")
_YEAR = re.compile(r"20[012]\d(?=年)")


@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer made wrong in one respect."""

    kind: str
    answer: TableAnswer


def verdict_on(answer: TableAnswer) -> Verdict:
    """What the checker says of an answer."""
    return verify(answer.text, answer.citations, question=answer.question, document=answer.documents.__getitem__)


def answers(grid: Grid, *, seed: int = SEED, each: int = 2) -> Iterator[tuple[TableAnswer, list[Wrong]]]:
    """Right answers over the table, each with wrong ones made of it."""
    for form, facts, number in right_facts(grid, seed=seed, each=each):
        random = Random(f"{seed} {grid.name} {form} {number} wrong")
        question, text = told(form, facts, grid)
        rows = [fact.mark for fact in facts]
        right = grid.answer(form, str(number), question, text, rows)
        wrong = []
        for kind, changed, asked in _changed(form, facts, grid, random):
            _, said = told(form, changed, grid)
            marks = [fact.mark for fact in changed]
            wrong.append(Wrong(kind, grid.answer(f"{form}-{kind}", str(number), asked or question, said, marks)))
        wrong += _retold(form, facts, grid, right, random)
        yield right, wrong
    yield from _over_columns(grid, Random(f"{seed} {grid.name} claims"))


# --- one fact wrong -----------------------------------------------------------------------------------------------

Change = tuple[str, list[Fact], str]
"""Kind, facts, and the question where that is changed too."""


def _changed(form: str, facts: Sequence[Fact], grid: Grid, random: Random) -> Iterator[Change]:
    at = random.randrange(len(facts))
    fact = facts[at]

    def with_fact(changed: Fact) -> list[Fact]:
        return [*facts[:at], changed, *facts[at + 1 :]]

    column = grid.of(fact.column)
    taken = {other.label for other in facts}
    others = [other for other in column if other.row != fact.row and not _same(other, fact)]
    strangers = [other for other in others if other.label not in taken]
    if others:
        other = random.choice(others)
        yield "other row", with_fact(replace(fact, value=other.value)), ""
    if strangers and form not in ("row", "turned", "table"):
        other = random.choice(strangers)
        if form == "short":
            yield "other row", [*facts], f"{other.label}的{fact.header}是多少？"
        else:
            yield "other row", with_fact(replace(fact, label=other.label)), ""
        yield "other row", with_fact(replace(fact, mark=other.row)), ""
    if form in ("who",):
        beside = [
            other for other in grid.of_row(fact.row) if other.column in grid.worded and other.column != fact.column
        ]
        beside = [other for other in beside if not re.search(r"\d", other.value)]
        beside = [
            other
            for other in beside
            if not _same(other, fact) and not re.search("单位|部门|机构|领导|人$", other.header)
        ]
        if beside:
            yield "words", with_fact(replace(fact, value=random.choice(beside).value)), ""
        return
    own = [other for other in grid.of_row(fact.row) if other.column != fact.column]
    own = [other for other in own if (other.number is None) == (fact.number is None) and not _same(other, fact)]
    own = [other for other in own if other.header not in {each.header for each in facts}]
    if own:
        other = random.choice(own)
        kind = "words" if fact.number is None else "other column"
        yield kind, with_fact(replace(fact, value=other.value)), ""
        if form == "short":
            yield kind, [*facts], f"{fact.label}的{other.header}是多少？"
        elif form in ("items", "several", "listed"):
            headed = [replace(each, header=other.header) for each in facts]
            if not any(_same(grid.facts.get((each.row, other.column), other), each) for each in facts):
                yield kind, headed, ""
        elif form != "table":
            yield kind, with_fact(replace(fact, header=other.header)), ""
    if form in ("cell", "free", "words") and fact.header not in _ALIEN:
        yield "metric", with_fact(replace(fact, header=random.choice(_ALIEN))), ""
    if fact.number is not None and fact.unit in _UNITS and form != "listed":
        unit = random.choice(_UNITS[fact.unit])
        yield "unit", with_fact(replace(fact, value=fact.value.removesuffix(fact.unit) + unit)), ""
    if fact.number and "%" in fact.value and re.search("同比|环比|增", fact.header) and form != "free":
        turned = fact.value.lstrip("-") if fact.number < 0 else f"-{fact.value}"
        yield "sign", with_fact(replace(fact, value=turned)), ""


def _retold(form: str, facts: Sequence[Fact], grid: Grid, right: TableAnswer, random: Random) -> Iterator[Wrong]:
    """The text changed: its time, its direction, what it cites."""

    def made(kind: str, text: str) -> Wrong:
        return Wrong(kind, replace(right, id=f"{right.id}-{kind}", text=text))

    if years := list(_YEAR.finditer(right.text)):
        year = random.choice(years)
        other = int(year[0]) - random.choice((1, 3, 4))
        in_table = any(str(other) in "".join(path) for path in (*grid.table.columns, *grid.table.rows))
        if not in_table and str(other) not in grid.table.caption:
            yield made("period", f"{right.text[: year.start()]}{other}{right.text[year.end() :]}")
    elif form == "cell" and not any(_YEAR.search("".join(path)) for path in (*grid.table.columns, *grid.table.rows)):
        yield made("period", f"2016年{right.text}")
    if form == "free" and (match := re.search("(?:同比|环比)(增长|下降)", right.text)):
        turned = {"增长": "下降", "下降": "增长"}[match[1]]
        yield made("sign", f"{right.text[: match.start(1)]}{turned}{right.text[match.end(1) :]}")
    numbers = {fact.value for fact in facts}
    elsewhere = [
        table for document in right.documents.values() for table in document.tables if table.start != grid.table.start
    ]
    if elsewhere and form in ("cell", "dated", "free"):
        beside = Grid(grid.document, random.choice(elsewhere), grid.name)
        same = [fact for fact in beside.facts.values() if fact.label == facts[0].label and fact.value not in numbers]
        if same and not any(fact.value in numbers for fact in beside.facts.values() if fact.row == same[0].row):
            yield Wrong("other table", replace(right, id=f"{right.id}-table", citations=beside.cited([same[0].row])))


def _same(one: Fact, other: Fact) -> bool:
    if one.number is not None and other.number is not None:
        return abs(one.number) == abs(other.number)
    return one.value == other.value or one.value in other.value or other.value in one.value


# --- claims over a column -----------------------------------------------------------------------------------------


def _over_columns(grid: Grid, random: Random) -> Iterator[tuple[TableAnswer, list[Wrong]]]:
    one_kind = not any(path and re.fullmatch("(?:计量)?单位", path[-1]) for path in grid.table.columns)
    for column in random.sample(grid.numeric, min(2, len(grid.numeric))) if one_kind else ():
        facts = [fact for fact in grid.of(column) if fact.number is not None]
        ordered = sorted(facts, key=lambda fact: -(fact.number or 0))
        if len(ordered) < 5 or len({fact.number for fact in facts}) < len(facts):
            continue
        if len(facts) < len([row for row in grid.table.rows if row]) - 1:
            continue
        header = ordered[0].header
        if not re.search("最[高低]", header):
            yield _extreme(grid, header, ordered, random)
            yield _first_three(grid, header, ordered, random)
            yield _comparison(grid, header, ordered, random)
        if re.search(r"[元亩吨人户家个株米]$", ordered[0].unit) and "/" not in ordered[0].unit and ordered[0].number:
            yield _sum(grid, header, ordered, random)
            yield _mean(grid, header, ordered, random)
            yield _difference(grid, header, ordered, random)
        yield _filter(grid, header, ordered, random)
    for column in grid.worded[:2]:
        facts = grid.of(column)
        words = [fact.value for fact in facts]
        common = [word for word in dict.fromkeys(words) if words.count(word) > 1]
        if common and not any(one != other and one in other for one in set(words) for other in words):
            yield _count(grid, facts, random.choice(common))


def _made(grid: Grid, form: str, kind: str, question: str, text: str, rows: Sequence[int]) -> Wrong:
    return Wrong(kind, grid.answer(f"{form}-{kind}", "", question, text, rows))


def _extreme(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    highest = random.random() < 0.5
    first, word, turned = (ordered[0], "最高", "最低") if highest else (ordered[-1], "最低", "最高")
    other = random.choice(ordered[1:-1])
    question = f"哪里的{header}{word}？"
    says = random.choice(
        (
            "{header}{word}的是{label}，为{value}。{mark}",
            "{label}的{header}{word}，为{value}。{mark}",
            "{label}的{header}为{value}，在各项中{word}。{mark}",
        )
    )

    def said(fact: Fact, how: str) -> str:
        return says.format(header=header, word=how, label=fact.label, value=fact.value, mark=f"{{{fact.row}}}")

    wrong = [
        _made(grid, "extreme", "superlative", question, said(other, word), [other.row]),
        _made(grid, "extreme", "superlative", question, said(first, turned), [first.row]),
    ]
    return grid.answer("extreme", header, question, said(first, word), [first.row]), wrong


def _first_three(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    question = f"{header}排名前三的有哪些？"

    def said(facts: Sequence[Fact]) -> str:
        named = "、".join(f"{fact.label}（{fact.value}）" for fact in facts)
        return f"{header}排名前三的是{named}。" + "".join(f"{{{fact.row}}}" for fact in facts)

    right, swapped = list(ordered[:3]), [*ordered[:2], random.choice(ordered[3:])]
    wrong = [_made(grid, "first", "superlative", question, said(swapped), [fact.row for fact in swapped])]
    return grid.answer("first", header, question, said(right), [fact.row for fact in right]), wrong


def _comparison(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    high, low = sorted(random.sample(list(ordered), 2), key=lambda fact: -(fact.number or 0))
    question = f"{high.label}和{low.label}，哪个的{header}高？"

    def said(one: Fact, other: Fact) -> str:
        return f"{one.label}的{header}高于{other.label}。{{{one.row}}}{{{other.row}}}"

    rows = [high.row, low.row]
    wrong = [_made(grid, "comparison", "superlative", question, said(low, high), rows)]
    return grid.answer("comparison", header, question, said(high, low), rows), wrong


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _sum(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    facts = random.sample(list(ordered), 3)
    rest = [fact for fact in ordered if fact not in facts]
    unit = facts[0].unit
    first = random.random() < 0.5
    question = f"{'、'.join(fact.label for fact in facts)}的{header}合计多少？"

    def said(shown: Sequence[Fact], total: Decimal) -> str:
        names = "、".join(fact.label for fact in facts)
        marks = "".join(f"{{{fact.row}}}" for fact in facts)
        if first:
            terms = "＋".join(_plain(fact.number or Decimal(0)) for fact in shown)
            return f"{names}的{header}合计{_plain(total)}{unit}＝{terms}。{marks}"
        terms = " + ".join(fact.value.replace(",", "") for fact in shown)
        return f"{names}的{header}合计{_plain(total)}{unit}（{terms} = {_plain(total)}{unit}）。{marks}"

    def total(shown: Sequence[Fact]) -> Decimal:
        return sum((fact.number or Decimal(0) for fact in shown), Decimal(0))

    other = [*facts[:2], random.choice(rest)]
    rows = [fact.row for fact in facts]
    wrong = [
        _made(grid, "sum", "sum", question, said(facts, total(facts) + random.choice((1, 10, 100))), rows),
        _made(grid, "sum", "sum", question, said(other, total(other)), rows),
    ]
    columns = [at for at in grid.numeric if at != facts[0].column and grid.unit(at) == unit]
    if columns and all((fact.row, columns[0]) in grid.facts for fact in facts):
        beside = [grid.facts[fact.row, columns[0]] for fact in facts]
        if not {fact.number for fact in beside} & {fact.number for fact in facts}:
            wrong.append(_made(grid, "sum", "other column", question, said(beside, total(beside)), rows))
    return grid.answer("sum", header, question, said(facts, total(facts)), rows), wrong


def _mean(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    facts = random.sample(list(ordered), 4)
    unit = facts[0].unit
    names = "、".join(fact.label for fact in facts)
    marks = "".join(f"{{{fact.row}}}" for fact in facts)
    terms = " + ".join(fact.value.replace(",", "") for fact in facts)
    mean = (sum((fact.number or Decimal(0) for fact in facts), Decimal(0)) / 4).quantize(Decimal("0.01"))
    question = f"{names}的{header}平均是多少？"

    def said(value: Decimal, count: int) -> str:
        return f"{names}的{header}平均为{value}{unit}（({terms}) ÷ {count} = {value}{unit}）。{marks}"

    rows = [fact.row for fact in facts]
    wrong = [_made(grid, "mean", "sum", question, said(mean + 1, 4), rows)]
    wrong.append(_made(grid, "mean", "sum", question, said((mean * 4 / 5).quantize(Decimal("0.01")), 5), rows))
    return grid.answer("mean", header, question, said(mean, 4), rows), wrong


def _difference(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    high, low = sorted(random.sample(list(ordered), 2), key=lambda fact: -(fact.number or 0))
    unit = high.unit
    gap = (high.number or Decimal(0)) - (low.number or Decimal(0))
    question = f"{high.label}和{low.label}的{header}相差多少？"

    def said(value: Decimal) -> str:
        shown = f"{high.value.replace(',', '')} - {low.value.replace(',', '')} = {_plain(value)}{unit}"
        named = f"{header}，{high.label}{high.value}，{low.label}{low.value}"
        return f"{named}，相差{_plain(value)}{unit}（{shown}）。{{{high.row}}}{{{low.row}}}"

    rows = [high.row, low.row]
    wrong = [_made(grid, "difference", "sum", question, said(gap + 3), rows)]
    return grid.answer("difference", header, question, said(gap), rows), wrong


def _filter(grid: Grid, header: str, ordered: Sequence[Fact], random: Random) -> tuple[TableAnswer, list[Wrong]]:
    cut = random.randrange(2, len(ordered) - 1)
    low, high = ordered[cut].number or Decimal(0), ordered[cut - 1].number or Decimal(0)
    limit = _plain((low + (high - low) / 2).quantize(Decimal("0.01")))
    unit = ordered[0].unit
    counted = random.random() < 0.5
    question = f"{header}超过{limit}{unit}的有哪些？"

    def said(facts: Sequence[Fact], count: int, over: str) -> str:
        marks = "".join(f"{{{fact.row}}}" for fact in facts)
        names = "、".join(fact.label for fact in facts)
        if counted:
            return f"{header}超过{over}{unit}的共有{count}个：{names}。{marks}"
        return f"{header}超过{over}{unit}的有{names}。{marks}"

    right = list(ordered[:cut])
    more, fewer = [*right, ordered[cut]], right[:-1]
    wrong = [
        _made(grid, "filter", "list", question, said(more, len(more), limit), [fact.row for fact in more]),
        _made(grid, "filter", "list", question, said(fewer, len(fewer), limit), [fact.row for fact in fewer]),
    ]
    if counted:
        wrong.append(
            _made(grid, "filter", "count", question, said(right, cut + 1, limit), [fact.row for fact in right])
        )
    return grid.answer("filter", header, question, said(right, cut, limit), [fact.row for fact in right]), wrong


def _count(grid: Grid, facts: Sequence[Fact], words: str) -> tuple[TableAnswer, list[Wrong]]:
    own = [fact for fact in facts if fact.value == words]
    header = own[0].header
    question = f"{header}是{words}的有几项？"

    def said(count: int) -> str:
        names = "、".join(fact.label for fact in own)
        return f"{header}是{words}的有{count}项：{names}。" + "".join(f"{{{fact.row}}}" for fact in own)

    rows = [fact.row for fact in own]
    wrong = [
        _made(grid, "count", "count", question, said(len(own) + 1), rows),
        _made(grid, "count", "count", question, said(len(own) + 4), rows),
    ]
    stranger = next((fact for fact in facts if fact.value != words), None)
    if stranger:
        listed = (
            said(len(own)).replace(own[-1].label, stranger.label).replace(f"{{{own[-1].row}}}", f"{{{stranger.row}}}")
        )
        wrong.append(_made(grid, "count", "list", question, listed, [*rows[:-1], stranger.row]))
    return grid.answer("count", words, question, said(len(own)), rows), wrong


# --- measuring ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Counts:
    """What the checker let through and what it caught."""

    right: int = 0
    false_alarms: list[TableAnswer] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    missed: dict[str, list[Wrong]] = field(default_factory=lambda: defaultdict(list))

    @property
    def false_alarm_rate(self) -> float:
        """The share of the right answers that the checker objects to."""
        return len(self.false_alarms) / self.right if self.right else 0.0

    def caught(self, *kinds: str) -> float:
        """The share of the wrong answers, of these kinds or of all, that the checker objects to."""
        of = kinds or tuple(self.made)
        made = sum(self.made[kind] for kind in of)
        return 1 - sum(len(self.missed[kind]) for kind in of) / made if made else 1.0


def measure(given: Sequence[Grid], *, seed: int = SEED, each: int = 2) -> Counts:
    """The counts over the tables `given`."""
    counts = Counts()
    for grid in given:
        for right, wrong in answers(grid, seed=seed, each=each):
            counts.right += 1
            if not verdict_on(right).ok:
                counts.false_alarms.append(right)
            for one in wrong:
                counts.made[one.kind] += 1
                if verdict_on(one.answer).ok:
                    counts.missed[one.kind].append(one)
    return counts


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the shares by kind, of our own tables and of those in shared files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", type=int, default=2, help="answers of each form and table")
    parser.add_argument("--missed", type=int, default=0, metavar="N", help="show N missed ones of each kind")
    options = parser.parse_args(arguments)
    for name, given in (("made", grids()), ("shared", shared_grids())):
        counts = measure(given, seed=options.seed, each=options.each)
        _say(f"{name}: {len(given)} tables, {counts.right} right, {sum(counts.made.values())} wrong")
        _say(f"{'false alarms':14} {counts.false_alarm_rate:7.4f}")
        for kind in (*counts.made, ""):
            shown = counts.caught(kind) if kind else counts.caught()
            _say(f"{kind or 'all':14} {shown:7.4f} of {counts.made[kind] if kind else sum(counts.made.values())}")
        for answer in counts.false_alarms[: options.missed * 4]:
            problems = [(problem.kind, problem.what) for problem in verdict_on(answer).problems]
            _say(f"false alarm {answer.id}: {answer.question} -> {answer.text!r} {problems}")
        for kind, missed in counts.missed.items():
            for wrong in missed[: options.missed]:
                quoted = "; ".join(citation.quote[:90] for citation in wrong.answer.citations)
                _say(f"missed {kind} {wrong.answer.id}: {wrong.answer.question} -> {wrong.answer.text!r} <- {quoted!r}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
