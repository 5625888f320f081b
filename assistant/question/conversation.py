"""Conversation: a question completed from those asked before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.answers import Turn
from assistant.question.operations import ASKS_EACH
from assistant.question.parts import (
    ASKED_FOR,
    CONTEXT_WEIGHT,
    COORDINATED_KINDS,
    first_named,
    leaning_terms,
    parts_of,
)
from assistant.question.question import ASKS, FILLER, Question, count_of, mentions, single, without
from assistant.question.sides import sides_of
from assistant.question.terms import terms
from index.queries.queries import simplified
from sources.mentions.periods import Period, periods
from sources.mentions.regions import Region, regions
from sources.tokens import count


def recent(history: Sequence[Turn], *, max_tokens: int, model: str = "") -> list[Turn]:
    """The latest turns, oldest first, that fit into `max_tokens`; an answer too long is left out, its question kept."""
    kept: list[Turn] = []
    left = max_tokens
    for turn in reversed(history):
        size = count(turn.question, model=model)
        if size > left:
            break
        left -= size
        answer = turn.answer if count(turn.answer, model=model) <= left else ""
        left -= count(answer, model=model)
        kept.append(Turn(turn.question, answer))
    return kept[::-1]


_DEPENDS = re.compile(
    r"^(?:那|那么|其中|它|他|她|这|该|此|上述|而|另外|还有|再|也|又|同期)|它|他们|她们|其中|那次|那个|那里|那时|那一|这个|这些|这次|这里|该(?:市|县|省|区|村|镇|项)|上述|呢[？?]?$"
)
_SCALE = re.compile(r"全[国省市县区]")
"""What something is compared with: 全国排第几 is asked of no place."""
_BOTH = re.compile(r"两者|二者|两(?:地|市|县|区|省|个|年)|它们|他们")
_TOGETHER = re.compile(r"^(?:那|那么)?(?:一共|合计|总共|共计|加起来|相?差)(?:是|有|了)?多少[^，,。]{0,4}[？?]?$")
_MORE = re.compile(
    r"^(?:那|那么)?(?:还有(?:呢|吗|别的|其他的?|什么|哪些)?|其[他它余]的?(?:呢|还有哪些|有哪些)|别的呢)[？?]?$"
)
_COMPARES = re.compile(r"^(?:那|那么)?(?:比|较|同比|与.{2,12}相比|和.{2,12}相比)")
_AND_OF = re.compile(r"^(?:那|那么)?(?P<name>[^，,。？?]{3,14}?)呢[？?]?$")
_NAMED_FIRST = re.compile(
    r"(?P<name>[^，,。？?\d]{3,12}?)(?=什么时候|何时|哪|在哪|由谁|由哪|是谁|谁|有多[长高大]|怎么|怎样|如何|为什么|是什么)"
)
_ASKED_OF = re.compile(
    r"(?:的|在)?(?:主要|具体|重点)?[一-鿿]{2,4}?(?:(?:有|包括|分为|是|指的?是?)(?:哪些|哪几[个项条]|什么)|是谁)[^，。]{0,4}$"
)
"""What a question for a list or a name asks for, at its end: the rest is what it is about."""
_VALUE_ASKED = re.compile(r"^(?P<head>[^，。？?]{3,}?)(?P<ask>(?:是|有|为|达到)?(?:多少|几).*)$")
_LEAST_SHARED = 2
_LEAST_TOPIC = 4
_POINTS = re.compile(r"其中|它|他|她|该|这|那|此|上述")
_NTH = re.compile(
    r"^(?:那|那么)?(?:其中)?(?:的)?第(?P<n>[一二三四五六七八九十]|\d)(?:条|个|项|点|件|种|类|大|方面)[^，。？?]{0,4}?(?:具体)?(?:(?:是|指|包括)?什么(?:内容)?|呢)[？?]?$"
)
_ORDINAL = re.compile(r"(?:的)?第[一二三四五六七八九十\d]+(?:条|个|项|点|种|类|方面)")
_SHORT_QUESTION_CHARS = 9
_SHORT_BESIDE_A_TIME_CHARS = 4
"""2025年打算新增多少 names a time and leaves out of what."""


def understand(text: str, *, history: Sequence[Turn] = ()) -> Question:
    """What `text` asks for. Raises ValueError for an empty question.

    >>> understand("2025年嘉兴农村居民人均可支配收入是多少元？").unit
    '元'
    """
    asked = simplified(" ".join(text.split()))
    if not asked:
        raise ValueError("问题是空的：请输入要问的内容")
    earlier = [simplified(turn.question) for turn in history if turn.question.strip()]
    if earlier and _depends(asked):
        return _follow_up(asked, earlier)
    whole = single(asked)
    if ASKS_EACH.search(asked) and (apart := _apart(whole)):  # before anything that is cut at marks
        return apart
    if parts := parts_of(asked):
        return replace(whole, parts=tuple(parts))
    is_headline = whole.kind == "fact" and not ASKS.search(asked)  # 某公司上半年营收和净利润
    return _apart(whole) or whole if whole.kind in COORDINATED_KINDS or is_headline else whole


def _apart(whole: Question) -> Question | None:
    """The question with a part for each of the things that it asks the same of; None where it asks of one."""
    sides = sides_of(whole)
    if sides is None or sides.operation != "each":
        return None
    return replace(whole, parts=tuple(side.question for side in sides.sides), coordinated=True)


def _depends(text: str) -> bool:
    if _DEPENDS.search(text):
        return True
    bare = FILLER.sub("", text).strip("？?。，, ")
    timeless = re.sub(r"[？?。，,\s]", "", FILLER.sub("", without(text, [p for p in periods(text) if p.value])))
    short = len(bare) < _SHORT_QUESTION_CHARS or len(timeless) <= _SHORT_BESIDE_A_TIME_CHARS
    return short and not _names_a_place(text)


def _names_a_place(text: str) -> bool:
    return any(not _SCALE.fullmatch(text, region.start, region.end) for region in regions(text))


def _follow_up(text: str, earlier: Sequence[str]) -> Question:
    """The question with what it leaves out taken from those before it, the last one first."""
    before = _after(earlier)
    if whole := _in_one(text, earlier, before):
        return replace(whole, text=text)
    own = single(text, home=before.regions)
    if own.kind == "fact" or (own.kind == "yes_no" and text.rstrip("？?").endswith("呢")):
        # 产量呢 after 面积是多少亩: what is asked for is another thing, with a measure of its own.
        own = replace(own, kind=before.kind, unit="" if own.terms else before.unit, items=before.items)
    compares = own.kind == "rank" and not _names_a_place(text)
    return replace(
        own,
        standalone=_completed(text, own, before),
        periods=own.periods or before.periods,
        regions=before.regions if compares else own.regions or before.regions,
        status=own.status or before.status,
        # "那2020年呢" asks about 2020, not about the year asked about before.
        terms=leaning_terms(own.terms, before.terms, CONTEXT_WEIGHT, years=not own.periods),
    )


def _after(earlier: Sequence[str]) -> Question:
    """The last of the questions, as the ones before it complete it."""
    return understand(earlier[-1], history=[Turn(question) for question in earlier[:-1]])


def _in_one(text: str, earlier: Sequence[str], before: Question) -> Question | None:
    """The follow-up and what was asked before as one question, where they can be put into one sentence."""
    asked = before.standalone.rstrip("？?")
    if _MORE.match(text):  # all of what the question before asked one thing of
        return replace(single(_ORDINAL.sub("", before.standalone)), kind="list", items=None)
    if (nth := _NTH.match(text)) and before.kind in ("list", "how", "definition"):
        return replace(before, item=count_of(nth["n"]))
    if (_BOTH.search(text) or _TOGETHER.match(text)) and len(earlier) > 1:
        return _both(text, _after(earlier[:-1]), before)
    if _COMPARES.match(text):  # 2024年……是多少？比2023年增长多少？
        return understand(f"{ASKED_FOR.sub('', asked)}{text}")
    named, head = _AND_OF.match(text), _NAMED_FIRST.match(asked)
    if named and head and len(named["name"]) * 2 >= len(head["name"]) and terms(mentions(named["name"]).bare):
        return understand(f"{named['name']}{asked[head.end() :]}？")
    if named and (value := _VALUE_ASKED.match(asked)) and (kin := _like_named(value["head"], named["name"])):
        return understand(f"{kin}{value['ask']}？")
    about = _ASKED_OF.search(asked)
    if about and about.start() >= _LEAST_TOPIC and not _POINTS.match(text):
        return understand(f"{asked[: about.start()]}{text}")
    return None


def _like_named(head: str, name: str) -> str | None:
    """常住人口 after 嘉兴户籍人口: what ends alike is put in its place, after the time and place; else None."""
    named = mentions(head)
    ends = [*(each.end for each in named.dates), *(each.end for each in named.places)]
    own = head[max(ends, default=0) :]
    return (
        head.removesuffix(own) + name if own and own != name and own[-_LEAST_SHARED:] == name[-_LEAST_SHARED:] else None
    )


def _both(text: str, one: Question, two: Question) -> Question | None:
    """两者相差多少: the last two questions as one, where they ask the same of two places or of two years."""
    asked = two.standalone
    read: Callable[[str], Sequence[Period | Region]]
    if one.regions != two.regions and one.periods == two.periods:
        read = regions
    elif one.regions == two.regions and one.periods != two.periods:
        read = periods
    else:
        return None
    first, second = first_named(one.standalone, read), first_named(asked, read)
    if not (first and second):
        return None
    pair = f"{asked[: second[0]]}{one.standalone[slice(*first)]}和{asked[second[0] :]}"
    plain = ASKED_FOR.sub("", pair.rstrip("？?"))
    return understand(f"{plain}{_BOTH.sub('', text)}")


def _completed(text: str, own: Question, before: Question) -> str:
    """The follow-up in full: the question before with another year or place, or both questions one after the other."""
    asked = before.standalone
    if not own.terms:  # 那2020年呢, 那舟山呢: nothing but another year or place
        for new, old in ((periods(text), periods(asked)), (regions(text, home=before.regions), regions(asked))):
            if new and old:
                named = new[0].text if isinstance(new[0], Period) else new[0].name
                asked = f"{asked[: old[0].start]}{named}{asked[old[0].end :]}"
            elif new:
                asked = f"{new[0].text if isinstance(new[0], Period) else new[0].name}{asked}"
        if asked != before.standalone:
            return asked
    return f"{asked.rstrip('？?')}；{text}"
