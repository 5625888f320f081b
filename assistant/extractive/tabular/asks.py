"""What a question asks of a table's rows, whatever the table holds: conditions, extremes, counts, sums, shares."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.question.question import FILLER, count_of
from sources.mentions.numerals import Quantity, quantities
from sources.mentions.periods import Period, periods
from sources.sentences import Span

Order = Literal["most", "least", ""]
Result = Literal["", "count", "sum", "mean", "share", "difference"]
Comparison = Literal[">", ">=", "<", "<=", "="]

COUNTERS = frozenset("个家所座条项种类处款位名批")
"""Measure words of things: 四项 of 四项民生实事 is no value."""
_COUNT = r"(?:[两二三四五六七八九十]|\d{1,3})"
_MOST = r"最[高大多长好快强晚重远贵]|第一(?!产业|季|条|章|批|步|届|书记|医院|中学|小学)|首位|榜首|居首|排头|冠军"
_LEAST = r"最[低少小短差慢弱早轻近]|末位|垫底|倒数第一|最后一[名位]"
_EXTREME = re.compile(rf"(?P<most>{_MOST})|(?P<least>{_LEAST})")
_TOP_FEW = re.compile(
    rf"最[高大多长好快重贵低少小短差慢早晚轻][的]?(?:前)?(?P<n>{_COUNT})(?:名|位|个|项|家|所|座|种|类)"
)
_TOP = re.compile(
    rf"(?:排名?|位[居列]|居|最[高大多])?(?:在|的)?(?P<side>前|后|倒数前?|末)(?P<n>{_COUNT})(?!年|个?月|季|天|日)(?:名|位|个|家|强)?"
)
_NAME = "[一-鿿]{1,2}[县镇乡村]"
"""后坑乡 and 前仓镇 after a year."""
_BEFORE: dict[Comparison, str] = {
    "<=": r"不(?:超过?|高于|大于|多于|晚于)|至多|最多(?=\d)",
    ">=": r"不(?:低于|小于|少于|足?低于|早于)|至少|达到|满",
    ">": r"超过?|(?<![超经通不])过(?=\d|$)|高于|大于|多于|高出|突破|逾|晚于|比(?=\d)",
    "<": r"低于|小于|少于|不[到足满]|未[达到满超]{1,2}|没有?达?到|早于",
}
_AFTER: dict[Comparison, str] = {
    ">=": r"(?:[及或]者?)?以上|及[以之]后|起",
    "<=": r"(?:[及或]者?)?以[下内]|之内|年?[内底末](?:前|之前|以前)",
    ">": rf"[以之]后|后(?!{_NAME})|开外",
    "<": rf"[以之]前|前(?![二三四五\d两]|{_NAME})",
}
_BETWEEN = re.compile(r"\s*(?:到|至|[-—~－～]|和|与)\s*$")
_FALLS = re.compile(
    r"负的?增长|下[降滑跌]|降低|减少|压减|缩减|下调|负值|为负|亏损|倒退|萎缩|[跌掉]了?"
    r"|(?:[比较](?:上年|去年)(?:同期)?|变)[少低]了?(?![多几])|[少低]了(?![多几])"
)
_RISES = re.compile(r"正增长|增(?:长|加(?!值))|上[升涨]|提高|提升|上调|为正|盈利|涨了?")
_SUM = re.compile(r"合计|总共|一共|共计|总计|加起来|加总|总和|之和|总的?(?=是?多少)|汇总")
_MEAN = re.compile(r"平均(?:值|数|水平|下来)?|均值")
_SHARE = re.compile(r"百分之[几多]少?|几成|多[少大]的?比[重例]|(?<=的)(?:比[重例]|份额)")
_DIFFERENCE = re.compile(
    r"相?差(?:距|额)?(?:是|了|有|为)?(?:多少|几)|[多少高低大小][出了]?(?:多少|几)|差距|超出?了?多少"
)
_HOW_MANY = re.compile(
    r"(?<!哪)(?:共?有?几|有?多少|[总一]共有?(?:几|多少))(?P<unit>个|家|所|座|条|项|种|类|处|款|位|名|镇|县|市|村|区|省|地方)(?!点|百分点)"
)
_WHICH = re.compile(
    r"(?:都?有|是)?哪(?:些|几|一)?(?:个|家|所|座|条|项|种|类|处|款|位|名|里|儿)?(?:地方|地区|单位|部门)?|谁|几(?=路|号|类|档)|分别有?"
)
_BESIDE = re.compile(r"上年|去年|上月|同期|上季")
_INTERROGATIVE = re.compile(
    r"几点钟?|几[号日月天]|多久|多长时间|什么样?的?|啥|[是能可]不[是能可]|有没有|能否|是否|会不会"
)
_EACH = re.compile(
    r"(?:各个?|每个?(?!月|年|天|日|季|人|户|一?[十百千万]|\d)|所有|全部|逐[个一])(?:[一-鿿]{1,6}(?=的))?"
)
_OPENING = re.compile(
    r"^(?:你好|您好|请|麻烦|劳驾|辛苦|帮我?|给我|我们?|你|谁|能|可以|能不能|能否|想|要|来|问|一下|[，,。])*"
    r"(?:告诉|介绍|讲|说|看|查|了解|知道|问|请教|列|算)(?:一?下|一?看|一?说|我|出|到|清楚|下)*[，,:：]?"
    r"|(?:麻烦|辛苦|请|帮我?)?告诉我?一?下?[。？?]*$|^请问[，,]?|^关于"
)
"""Words that only lead to a question, or thank for an answer."""
_HERE = re.compile(r"[我本该全](?:省|市|县|区|镇|乡|村|国)(?!委|政府|长)|当地")
_MARKS = re.compile(r"[\s，。？?！!；;：:、“”\"'（）()《》\[\],.的了呢吗吧啊是有为在与和及或把被按从到]")


@dataclass(frozen=True, slots=True)
class Bound:
    """A condition on a number or a date; `quantity` and `period` lack where another column is the bound."""

    comparison: Comparison
    start: int
    end: int
    quantity: Quantity | None = None
    upper: Quantity | None = None
    """Of a stretch from `quantity` to here."""
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of rows. All offsets are of `text`."""

    text: str
    """The question, flat."""
    result: Result
    order: Order
    top: int
    """How many of the first rows in that order; 0 for just the one."""
    bounds: tuple[Bound, ...]
    sign: int
    """-1 where only what falls is asked for, 1 for what rises, else 0."""
    which: bool
    """Whether it asks for rows: 哪些, 哪个."""
    each: bool
    """Whether it asks for all rows: 各县, 每个."""
    dates: tuple[Period, ...]
    """Those that are no bound."""
    spoken: tuple[Span, ...]
    """What has been understood: operators, interrogatives, dates, marks."""


_VALUE_OF_AN_AIM = re.compile("(?<=目标)[值数](?=[是为有达多])|(?<=目标)[值数]$")
"""目标值 is the aim itself."""


def ask_of(text: str) -> Ask:
    """What the flat question `text` asks."""
    text = _VALUE_OF_AN_AIM.sub("", text)
    spoken: list[Span] = []

    def take(pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.search(text)
        if found:
            spoken.append(found.span())
        return found

    # 比上年 sets values beside those of another year; it doesn't ask for that one.
    named = [each for each in periods(text) if each.value and "X" not in each.value]
    dates = [each for each in named if not _BESIDE.search(each.text)]
    bounds = _bounds(text, dates)
    spoken += [(bound.start, bound.end) for bound in bounds]
    top = take(_TOP)
    extreme = take(_EXTREME)
    order: Order = "most" if extreme and extreme["most"] else "least" if extreme else ""
    if top:
        order = ("least" if extreme and extreme["least"] else "most") if top["side"] == "前" else "least"
    few = None if top else take(_TOP_FEW)
    counts, which = take(_HOW_MANY), take(_WHICH)
    result: Result = ""
    for name, pattern in (("share", _SHARE), ("sum", _SUM), ("mean", _MEAN), ("difference", _DIFFERENCE)):
        if take(pattern):
            result = result or name  # type: ignore[assignment]
    if counts and result in ("", "sum"):
        result = "count"
    falls, rises = _FALLS.search(text), _RISES.search(text)
    picks = bool(which or counts)
    sign = -1 if falls and picks else 1 if rises and picks else 0
    spoken += [found.span() for found in (falls, rises) if found and sign]
    spoken += [(each.start, each.end) for each in quantities(text) if each.unit in COUNTERS]
    bound_dates = {bound.period for bound in bounds if bound.period}
    spoken += [each.span() for pattern in (FILLER, _INTERROGATIVE, _OPENING, _HERE) for each in pattern.finditer(text)]
    spoken += [each.span() for each in _MARKS.finditer(text)]
    return Ask(
        text,
        result,
        order,
        count_of((top or few)["n"]) if top or few else 0,  # type: ignore[index]
        tuple(bounds),
        sign,
        picks,
        bool(take(_EACH)),
        tuple(each for each in dates if each not in bound_dates),
        tuple(spoken),
    )


def _bounds(text: str, dates: list[Period]) -> list[Bound]:
    found: list[Bound] = []
    numbers = quantities(text, skip=[(date.start, date.end) for date in dates])
    for at, number in enumerate(numbers):
        if number.upper is not None:
            ends = re.match(r"之间|范围内?", text[number.end :])
            top = replace(number, value=number.upper, upper=None)
            found.append(Bound(">=", number.start, number.end + (ends.end() if ends else 0), number, top))
            continue
        following = numbers[at + 1] if at + 1 < len(numbers) else None
        if (
            following
            and _BETWEEN.search(text[number.end : following.start])
            and "之间" in text[following.end : following.end + 4]
        ):
            found.append(Bound(">=", number.start, following.end + 2, number, following))
            continue
        compared = around(text, number.start, number.end)
        if compared:
            found.append(Bound(*compared, number))
    for date in dates:
        compared = around(text, date.start, date.end, dated=True)
        if compared:
            found.append(Bound(*compared, period=date))
    taken = [(bound.start, bound.end) for bound in found]
    for comparison, words in _BEFORE.items():
        for match in re.finditer(words, text):
            if comparison in (">", "<") and not any(start <= match.start() < end for start, end in taken):
                found.append(Bound(comparison, *match.span()))
                taken.append(match.span())
    return sorted(found, key=lambda bound: bound.start)


def around(text: str, start: int, end: int, *, dated: bool = False) -> tuple[Comparison, int, int] | None:
    """The comparison that the words before or after a number make of it, and where it stands with them."""
    for comparison, words in _BEFORE.items():
        before = re.search(rf"(?:{words})$", text[:start])
        if before and not dated:
            return comparison, before.start(), end
    inside = text[start:end]
    for comparison, words in _AFTER.items():
        after = re.match(words, text[end:])
        if after:
            return comparison, start, end + after.end()
        if not dated and re.search(rf"(?:{words})$", inside):
            return comparison, start, end
    return None
