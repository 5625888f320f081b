"""What a question wants of a list: all of it, one item, the first few, their number, a sum; and the question for the
list itself that lies in it.

申请补贴需要几种材料？ → how many, of 申请补贴需要哪些材料？
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.extractive.tabular.asks import Bound, around
from assistant.extractive.tabular.asks import ask_of as conditions_of
from assistant.question.question import Question, count_of, single
from assistant.question.terms import flattened
from sources.mentions.periods import Period, periods

_N = r"(?P<n>[一二两三四五六七八九十]|\d{1,2})"
_THINGS = r"大?(?:个|项|条|类|种|点|件|步|批|场|名|位|家|处|所|款|级|档|章|期|方面|阶段|步骤|环节|部分|种类)"
_NTH = re.compile(
    rf"第{_N}(?:个|项|类|种|点|件|场|名|位|家|处|步(?!骤)|(?=阶段|步骤|环节|方面|部分))"
    r"(?=[^，。]{0,16}(?:是|叫|为|指|讲|做|干)(?:什么|哪|谁|啥))"
)
_LAST = re.compile(r"最后(?:一)?(?:个|项|条|类|种|点|件|步|场)")
_FIRST = re.compile(rf"前{_N}{_THINGS}(?!月)")
_HOW_MANY = re.compile(rf"(?:一共|总共|共|合计)*(?:有|分成?|需要?|要)?(?<!哪)(?:多少|几){_THINGS}?")
_COUNTED = re.compile(rf"(?<!哪)(?:多少|几)(?:{_THINGS}|人(?!民币))")
_BESIDES = re.compile(r"除(?:了|去|开)?(?P<what>[^，,。？?]{1,24}?)(?:以外|之外|外)?[，,]?(?=还|其他|另|都?有哪|哪)")
_ELSE = re.compile(r"^(?:还|另外?|其他的?)(?=有|[^，。]*哪)")
_NOT_BY = re.compile(r"不(?:是|由|归|在|属于)|非|没有")
_NOTHING_MORE = re.compile(
    r"(?:分别|各自?|都|具体|又|它们|依次|即)*(?:是|有|为|叫|包括)?(?:什么|哪些|哪几个|多少|谁|呢)?|(?:分别|各)[一-鿿]{0,6}(?:什么|多少|谁)"
)
_ASKS_FOR_IT = re.compile(r"(?:是|有|指|为)?(?:什么|哪[一个]*|谁)$")
_INTERROGATIVE = re.compile(
    rf"哪(?:些|几{_THINGS}?|[一两二三四五六七八九十\d]+{_THINGS}?)|什么|谁|多少{_THINGS}?|几{_THINGS}"
)
_LISTED = re.compile(
    r"(?:请|帮我)?(?:完整|全部|逐一|一一)?地?(?:列出|列举|罗列)(?:一下|出)?(?=.)|的?(?:全部|完整|所有)?的?(?:名单|清单|一览表?)$"
)
_ALL_OF_IT = re.compile(
    r"[？?，,。]?(?:请|要)?(?:全部|逐一|一一|都|完整地?)?(?:列全|列出来?|说全|列一下|列举)(?:出来)?$"
)
_HEAD_ENDS = re.compile(r"[可能应需要由在是属不被将已每都为有会的，、？?,]|$")
"""What follows the noun that says what things are asked for, rather than going on with it."""
_BEFORE_IT = re.compile(r"(?:都|一共|总共|共|主要|分别|具体|各)*(?:有|是|包括|包含|分为?|为|指|要|需要?)?$")
ITEM_KINDS = frozenset({"date", "duration", "rank", "yes_no", "why"})
"""Kinds of question that one clause answers, or a section, and never a list."""


@dataclass(frozen=True, slots=True)
class ListAsk:
    """What is wanted of which list."""

    about: Question
    """The question for the whole list."""
    wants: Literal["items", "count", "sum"] = "items"
    nth: int = 0
    """Which item, from 1; from the end where negative; 0 for no single one."""
    first: int = 0
    """Only so many from the beginning; 0 for all."""
    besides: str = ""
    """What is to be left out: 除了独居老年人."""
    bounds: tuple[Bound, ...] = ()
    """What must hold of a number or a date of each item; offsets are of `conditions`."""
    dates: tuple[Period, ...] = ()
    """Times named that are no bound."""
    conditions: str = ""
    """The question for the list, flat."""
    unit: str = ""
    """The measure asked with: 几种."""

    @property
    def negated(self) -> bool:
        """Whether a condition is turned round: 不是由水务局负责的."""
        return bool(_NOT_BY.search(self.conditions))

    @property
    def is_plain(self) -> bool:
        """Whether the list itself is asked for, and nothing to be made of it."""
        return self.wants == "items" and not (self.nth or self.first or self.besides or self.bounds)


def ask_of(question: Question) -> ListAsk | None:
    """What the question wants of a list; None where it can't be answered by one."""
    text = _ALL_OF_IT.sub("", question.standalone.rstrip("？?。 "))
    text, counted = _without_echo(text)
    if question.parts and not counted and len(question.parts) > 1:
        return None
    besides = _BESIDES.search(text)
    if besides:
        text = text[: besides.start()] + _ELSE.sub("", text[besides.end() :])
    nth = 0
    if match := _NTH.search(text):
        nth = count_of(match["n"])
    elif match := _LAST.search(text):
        nth = -1
    first = _FIRST.search(text)
    match = match or first
    if match:
        text = text[: match.start()] + text[match.end() :]
        text = _ASKS_FOR_IT.sub("有哪些", text) if not first else text
    if _LISTED.search(text) and not _INTERROGATIVE.search(text):
        text = f"{_LISTED.sub('', text)}有哪些"
    conditions = conditions_of(flattened(text))
    counts = bool(_COUNTED.search(text)) and conditions.result in ("", "count", "sum")
    sums = conditions.result == "sum" and not counts
    if conditions.result not in ("", "count", "sum") or (conditions.order and not first):
        return None
    asks = _INTERROGATIVE.search(text) or counted or sums or question.kind in ("list", "how", "definition")
    if question.kind in ITEM_KINDS or not asks:
        return None
    if counts:
        text = _listed(text)
    return ListAsk(
        about=single(f"{text}？") if text != question.standalone.rstrip("？?。 ") else question,
        wants="count" if counts or counted else "sum" if sums else "items",
        nth=question.item or nth,
        first=count_of(first["n"]) if first else 0,
        besides=besides["what"] if besides else "",
        bounds=(*conditions.bounds, *_in_the_year(conditions.text)),
        dates=conditions.dates,
        conditions=conditions.text,
        unit=question.unit,
    )


def _in_the_year(text: str) -> list[Bound]:
    """Bounds by a day of no year: 6月10日前."""
    dated = ((date, around(text, date.start, date.end, dated=True)) for date in periods(text) if date.value[:1] == "X")
    return [Bound(*compared, period=date) for date, compared in dated if compared]


def class_terms(about: Question, *, counted: bool = False) -> frozenset[str]:
    """The terms that say what things are asked for, or counted: 阅览室 of 哪些阅览室, 事项 of 由他牵头的事项有哪些."""
    text = flattened(about.standalone)
    asked = _INTERROGATIVE.search(text)
    if asked is None:
        return frozenset()
    before = text[: asked.start()]
    before = before[: len(before) - len(_BEFORE_IT.search(before)[0])]  # type: ignore[index]
    after = text[asked.end() :].lstrip("的")
    following = [each.text for each in about.terms if after.startswith(each.text)]
    if following:  # 哪些报装业务 asks for 业务 of one kind: the first word is no name of what is listed
        return frozenset(each for each in following if counted or _HEAD_ENDS.match(after, len(each)))
    return frozenset(each.text for each in about.terms if before.endswith(each.text))


def _listed(text: str) -> str:
    """The count asked for as the list: 需要几种材料 as 需要哪些材料, 地点一共有几个 as 地点有哪些."""
    match = _HOW_MANY.search(text)
    if match is None:
        return text
    verb = re.search(r"需要?|要", match[0])
    asked = f"{verb[0] if verb else '有' if not text[match.end() :] else ''}哪些"
    return f"{text[: match.start()]}{asked}{text[match.end() :]}"


def _without_echo(text: str) -> tuple[str, bool]:
    """办理流程分几步，都是什么 as 办理流程分几步: what follows asks for nothing more, but for the things themselves."""
    head, comma, tail = text.partition("，")
    echoes = bool(comma) and bool(_COUNTED.search(head)) and bool(_NOTHING_MORE.fullmatch(tail))
    return (head, True) if echoes else (text, False)
