"""Question understanding: what kind of answer is asked for, about when and where, and which words must be met.

Nothing is looked up here: the same question gives the same `Question` whatever the library holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from assistant.answers import Turn
from assistant.coordination import halves
from assistant.terms import Term, terms
from index.glossary import to_chinese
from index.queries import in_chinese, is_english, simplified
from index.words import normalise
from sources.periods import Period, periods
from sources.regions import Region, level_of, regions
from sources.sentences import Span

Kind = Literal[
    "number", "rank", "date", "duration", "place", "person", "list", "definition", "yes_no", "why", "how", "fact"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_MEASURES = (
    "平方公里|立方米|平方米|个百分点|千瓦时|千瓦|公里|公顷|千米|万元|亿元|美元|人次|小时|分钟|微克|"
    "元|亩|吨|斤|米|头|人|名|位|个|条|项|家|户|套|座|所|张|种|类|件|次|倍|天|年|岁|轮|批|块|辆|台|栋|宗|处|村|镇|县|市"
)
_INTERROGATIVES: dict[Kind, str] = {
    "why": r"为什么|为何|何以|什么原因|原因是什么|\bwhy\b",
    "rank": r"第几|排名|排第|位次|名次|排在|居第|多少位|\brank",
    "date": (
        r"哪一?年|哪个?月|何年|何时|什么时候|什么时间|哪一?天|哪一?日|几月|几号|几日|日期是|时间是"
        r"|\bwhen\b|what (?:year|date|day)|which (?:year|day)"
    ),
    "duration": r"多久|多长时间|多少(?:天|个?小时|分钟)|几(?:天|个月|年)|how long",
    "person": r"谁|哪(?:一)?位|何人|哪些人|什么人|\bwho\b",
    "definition": (
        r"是什么意思|什么是|何谓|何为|指(?:的是)?(?:什么|哪)|含义|定义|什么概念|主要指|怎么理解"
        r"|what does .* mean|what is meant"
    ),
    "list": (
        r"哪些|哪(?:几|[两二三四五六七八九十百\d]+)|分别(?:是|为|有|指)?(?:什么|哪)|包括什么|有什么|什么内容"
        r"|几(?:大|个)?方面|which (?:two|three|four|five|\w+s\b)"
    ),
    "number": (
        rf"多少|几(?:{_MEASURES})|多大(?:的)?(?:比例|比重|规模|面积|份额)|占比|比例|比重|多[高大重远]|百分之几|几成"
        r"|什么水平|什么程度|how (?:many|much|large|big|far)|what (?:percent|share|proportion)"
    ),
    "place": (
        r"哪里|哪儿|哪(?:一)?(?:座|个)?(?:城市|地方|市|县|区|省|镇|乡|村|国家|地区)|何[地处]|在哪|什么地方"
        r"|\bwhere\b|which (?:city|county|province|town|village)"
    ),
    "yes_no": (
        r"吗[？?]?$|是否|是不是|有没有|能不能|能否|可否|会不会|可不可以|对不对"
        r"|^(?:is|are|was|were|does|do|did|has|have|can) "
    ),
    "how": r"怎么|如何|怎样|什么(?:措施|办法|做法|方式|方法|安排|要求|举措|政策|支持|条件|标准)|\bhow\b",
}
"""In the order in which they are tried: 哪些人 asks for persons before it asks for a list."""
_NAMED = re.compile(
    r"(?:(?P<date>时间|日期|年份)|(?P<number>数量?|人数|金额|产量|销量|总量|规模|面积|人口|收入|产值|票房|[率额价])"
    r"|(?P<rank>排名|位次|名次)|(?P<place>地点|地址|所在地|起点|终点)|(?P<person>负责人|作者|导演|编剧|得主|冠军|获得者))[？?]?$"
)
_LABEL = re.compile(r"(?:电话|热线|号码?|编号|代码|邮编|邮箱|网址|文号|账号)(?:分别|各)?(?:是|为)?多少")
"""What is written in digits and measures nothing."""
_NAMED_KINDS: dict[str, Kind] = {
    "date": "date", "number": "number", "rank": "rank", "place": "place", "person": "person",
}  # fmt: skip
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _INTERROGATIVES.items())
_ASKS = re.compile(r"多少|几|哪|什么|谁|何|吗|呢|怎|多[大高长远久]|是否|是不是|有没有|比例|占比|比重")
_COUNTED = re.compile(rf"(?:多少|几)(?P<unit>[万亿]?(?:{_MEASURES}))(?!度)(?P<subject>[一-鿿]{{0,12}})")
_ITEMS = re.compile(r"(?:哪|分别是|的)(?P<all>(?P<n>[两二三四五六七八九十]|\d{1,2})[一-鿿]{1,5})")
_HOW_MANY = re.compile(
    r"how many ((?:[\w-]+ ){0,4}?[\w-]+)(?= (?:did|does|do|has|have|had|were|was|are|is|will|would|can|could)\b|\?|$)",
    re.IGNORECASE,
)
_ENGLISH_UNITS = {
    **dict.fromkeys(("people", "persons", "residents", "farmers", "workers", "students", "individuals"), "人"),
    **dict.fromkeys(("households", "families"), "户"),
    **dict.fromkeys(("kilometers", "kilometres", "km"), "公里"),
    **dict.fromkeys(("yuan", "rmb"), "元"),
    "mu": "亩", "tons": "吨", "tonnes": "吨", "years": "年", "days": "天", "hours": "小时",
}  # fmt: skip
_MEASURED = re.compile(r"收入|人口|产值|投资|面积|产量|金额|[率比量额]")
_ENGLISH_VALUE = re.compile(r"^what (?:is|was|were|are|will be) the ", re.IGNORECASE)
_DIGITS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_QUOTED = re.compile(r"[“\"「『《‘]([^”\"」』》’]{1,40})[”\"」』》’]")
_TARGET = re.compile(
    r"目标|计划|打算|力争|要(?:达到|建|新|培|实现|求|把|做|稳|完成)|将(?:要)?|预计|预期|规划|想(?:让|要)|提出(?:到|要)|定的|今后|未来|下一步"
)
_ACTUAL = re.compile(r"实际|已经|实现了|完成了|达到了|截至|累计|目前|已(?:有|建|完|实)|做到了|涨到|结果")
_DEPENDS = re.compile(
    r"^(?:那|那么|其中|它|他|她|这|该|此|上述|而|另外|还有|再|也|又|同期)|它|他们|她们|其中|那次|那个|那里|那时|那一|这个|这些|这次|这里|该(?:市|县|省|区|村|镇|项)|上述|呢[？?]?$"
)
_FILLER = re.compile(
    r"请告诉我|我?想知道|请问|麻烦|根据(?:文档|资料)|(?:文|资料|文档)中|提到"
    r"|(?:[是有为占到]|达到)?多少|第几|几[个条项]|几月几[日号]|几月|几[日号]|何时|什么时候"
    r"|哪(?:一?[年天个座种类位]|些|几|里)?|什么(?:水平|程度)|(?:[是有]|指的是)?什么|谁|为什么|为何"
    r"|怎么样?|怎样|如何|是否|是不是|有没有|分别|一共|总共|共有|合计|他们|它们|其中|以及|并且|当初|后来|到底|究竟|大概"
    r"|多[大高长久远]|主要|具体"
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
_WHO_WHEN_WHERE = tuple(
    re.compile(words)
    for words in (
        r"谁|哪(?:一)?位|何人",
        r"何时|什么时候|什么时间|哪一?[年天日]|几月",
        r"哪里|哪儿|在哪|何地|什么地方|哪座?城市",
        r"多少|第几",
    )
)
_THAN = re.compile(r"比(?P<other>[^，。？?]{2,20}?)(?:多|少|高|低|大|小|长|短)(?:出|了)?多少")
_KIND_ALONE = re.compile(r"(?:的|又|是|要|目标|实际|计划|预计|力争|达到|完成)*")
_ITS_KIND = re.compile(r"的?(?:目标|实际|计划|预计)(?:值)?$")
_VALUE_ASKED = re.compile(r"^(?P<head>[^，。？?]{3,}?)(?P<ask>(?:是|有|为|达到)?(?:多少|几).*)$")
_LEAST_SHARED = 2
_LEAST_TOPIC = 4
_LEAST_ASKED = 2
_POINTS = re.compile(r"其中|它|他|她|该|这|那|此|上述")
_NTH = re.compile(
    r"^(?:那|那么)?(?:其中)?(?:的)?第(?P<n>[一二三四五六七八九十]|\d)(?:条|个|项|点|件|种|类|大|方面)[^，。？?]{0,4}?(?:具体)?(?:(?:是|指|包括)?什么(?:内容)?|呢)[？?]?$"
)
_ORDINAL = re.compile(r"(?:的)?第[一二三四五六七八九十\d]+(?:条|个|项|点|种|类|方面)")
_ASKED_FOR = re.compile(r"(?:[是有为达到]+)?(?:多少|几)[^，,；;？?]*$")
_SPEAKER = re.compile(r"(?:^|[，,；;])([^，,；;：:？?]{2,14}?(?:说|提到|指出|介绍|强调|认为|表示|通报|汇报))")
_SPEAKER_SHARE = 0.4
_IN_CHINESE: dict[Kind, str] = {
    "rank": "排第几", "date": "是什么时候", "duration": "是多长时间", "place": "在哪里",
    "person": "是谁", "list": "有哪些", "definition": "是什么", "why": "是为什么", "how": "怎么做",
}  # fmt: skip
_SPACE_IN_CHINESE = re.compile(r"(?<=[一-鿿]) (?=[一-鿿\d])")
_COORDINATED_KINDS = {"number", "rank", "date", "duration", "place", "person"}
_SEVERALLY = re.compile(r"分别|各自")
_PARTICLES = frozenset("吗呢吧啊的了是在和与及有为到被把对从里中上个这那它该此其又各请") | {
    "那个", "这个", "全省", "全市", "全县", "全区", "当地", "本省", "本市",
}  # fmt: skip
_CONTEXT_WEIGHT = 0.5
_COUNTED_WEIGHT = 4.0
"""As much as a word that tells a good deal."""
_SHORT_QUESTION_CHARS = 9
_SHORT_BESIDE_A_TIME_CHARS = 4
"""2025年打算新增多少 names a time and leaves out of what."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the answerers see it."""

    text: str
    """As asked."""
    standalone: str
    """Completed from the conversation, for reading and for retrieval."""
    language: Literal["zh", "en"] = "zh"
    kind: Kind = "fact"
    unit: str = ""
    """The measure word or unit asked with: 多少公里 gives 公里."""
    subject: str = ""
    """What is counted: 多少名科研人员 gives 科研人员."""
    items: int | None = None
    """How many things are asked for: 哪三项 gives 3."""
    item: int | None = None
    """Which one of a list is asked for, from 1: 第二条是什么 after a question for the list."""
    periods: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    status: Literal["target", "actual", ""] = ""
    quoted: tuple[str, ...] = ()
    """Terms that the question itself sets in quotation marks."""
    terms: tuple[Term, ...] = ()
    """Words to be met, without question words and particles; dates and places are left out, too: they are compared."""
    parts: tuple[Question, ...] = ()
    """The questions asked in one sentence, each complete in itself; empty when there is only one."""
    coordinated: bool = False
    """Whether the parts ask the same of two things (甲和乙的产量): one sentence may then answer both."""

    @property
    def for_reading(self) -> str:
        """The question as the reader is asked it: an English one has lost its interrogative with its English words."""
        if self.language == "zh":
            return self.standalone
        asked = _IN_CHINESE.get(self.kind)
        return f"{_SPACE_IN_CHINESE.sub('', self.standalone)}{asked}？" if asked else self.standalone


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
    whole = _single(asked)
    if _SEVERALLY.search(asked) and (pair := halves(asked)):  # before anything that is cut at marks
        return replace(whole, parts=tuple(map(_single, pair)), coordinated=True)
    if parts := _parts(asked):
        return replace(whole, parts=tuple(parts))
    beside = _THAN.sub(r"和\g<other>相差多少", asked)  # 甲比乙大多少 asks the same of both
    is_headline = whole.kind == "fact" and not _ASKS.search(asked)  # 某公司上半年营收和净利润
    if (whole.kind in _COORDINATED_KINDS or is_headline) and (pair := halves(beside)):
        return replace(whole, parts=tuple(map(_single, pair)), coordinated=True)
    return whole


def asks_several(question: Question) -> bool:
    """Whether one clause asks for several things, which no single clause may tell: 谁在哪天召开了什么会."""
    return sum(bool(asked.search(question.standalone)) for asked in _WHO_WHEN_WHERE) > 1


def _single(text: str, *, home: Sequence[str] = ()) -> Question:
    """One question by itself; `home` holds the places that 全省 and 当地 stand for."""
    language: Literal["zh", "en"] = "en" if is_english(text) else "zh"
    chinese = in_chinese(text)
    counted = _COUNTED.search(chinese)
    # 6月 of no year, 去年 of no date: words like any other.
    dated = [period for period in periods(chinese) if period.value and "X" not in period.value]
    placed = [region for region in regions(chinese, home=home) if region.name and level_of(region.name)]
    itemised = _ITEMS.search(chinese)
    kind = _kind(text)
    if kind == "fact" and (counted or (language == "en" and _ENGLISH_VALUE.search(text) and _MEASURED.search(chinese))):
        kind = "number"
    return Question(
        text=text,
        standalone=chinese,
        language=language,
        kind=kind,
        unit=counted["unit"] if counted else _english_unit(text),
        subject=_FILLER.sub("", counted["subject"]) if counted else _english_subject(text),
        items=_number(itemised["n"]) if itemised and kind in {"list", "definition"} else None,
        periods=tuple(dict.fromkeys(period.value for period in dated)),
        regions=tuple(dict.fromkeys(region.name for region in placed)),
        status="target" if _TARGET.search(chinese) else "actual" if _ACTUAL.search(chinese) else "",
        quoted=tuple(_QUOTED.findall(chinese)),
        terms=_asked_terms(_without(chinese, [*dated, *placed]), itemised["all"] if itemised else ""),
    )


def _english_subject(text: str) -> str:
    """What is counted, in Chinese: how many rural residents did … gives 农村居民."""
    counted = _HOW_MANY.search(text)
    return to_chinese(counted[1]).replace(" ", "") if counted else ""


def _english_unit(text: str) -> str:
    """The measure of what is counted: how many rural residents did … gives 人."""
    counted = _HOW_MANY.search(text)
    nouns = counted[1].lower().split() if counted else []
    return next((_ENGLISH_UNITS[noun] for noun in nouns if noun in _ENGLISH_UNITS), "")


def _asked_terms(text: str, counted: str) -> tuple[Term, ...]:
    """The terms of `text` and, as one more, the things counted: where 哪三大机制 is asked, 三大机制 will stand."""
    # Who says it stands at the head of the document, hardly ever in the sentence that answers.
    speakers = normalise(" ".join(_SPEAKER.findall(text)))
    found = tuple(
        replace(term, weight=term.weight * _SPEAKER_SHARE) if term.text in speakers else term
        for term in terms(_FILLER.sub(" ", text))
        if term.text not in _PARTICLES
    )
    return (*found, Term(normalise(counted), _COUNTED_WEIGHT)) if counted else found


def _without_dates_and_places(text: str) -> str:
    return _without(
        text, [*(each for each in periods(text) if each.value), *(each for each in regions(text) if each.name)]
    )


def _without(text: str, spans: Sequence[Period | Region]) -> str:
    for span in spans:
        text = f"{text[: span.start]}{' ' * (span.end - span.start)}{text[span.end :]}"
    return text


def _kind(text: str) -> Kind:
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return "fact" if kind == "number" and _LABEL.search(text) else kind
    named = _NAMED.search(text)  # a headline for a question: 某地2025年粮食产量
    return _NAMED_KINDS[named.lastgroup] if named and named.lastgroup else "fact"


def _number(text: str) -> int:
    return _DIGITS.get(text) or int(text)


def _depends(text: str) -> bool:
    if _DEPENDS.search(text):
        return True
    bare = _FILLER.sub("", text).strip("？?。，, ")
    timeless = re.sub(r"[？?。，,\s]", "", _FILLER.sub("", _without(text, [p for p in periods(text) if p.value])))
    short = len(bare) < _SHORT_QUESTION_CHARS or len(timeless) <= _SHORT_BESIDE_A_TIME_CHARS
    return short and not _names_a_place(text)


def _names_a_place(text: str) -> bool:
    return any(not _SCALE.fullmatch(text, region.start, region.end) for region in regions(text))


def _follow_up(text: str, earlier: Sequence[str]) -> Question:
    """The question with what it leaves out taken from those before it, the last one first."""
    before = _after(earlier)
    if whole := _in_one(text, earlier, before):
        return replace(whole, text=text)
    own = _single(text, home=before.regions)
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
        terms=_leaning(own.terms, before.terms, _CONTEXT_WEIGHT, years=not own.periods),
    )


def _after(earlier: Sequence[str]) -> Question:
    """The last of the questions, as the ones before it complete it."""
    return understand(earlier[-1], history=[Turn(question) for question in earlier[:-1]])


def _in_one(text: str, earlier: Sequence[str], before: Question) -> Question | None:
    """The follow-up and what was asked before as one question, where they can be put into one sentence."""
    asked = before.standalone.rstrip("？?")
    if _MORE.match(text):  # all of what the question before asked one thing of
        return replace(_single(_ORDINAL.sub("", before.standalone)), kind="list", items=None)
    if (nth := _NTH.match(text)) and before.kind in ("list", "how", "definition"):
        return replace(before, item=_number(nth["n"]))
    if (_BOTH.search(text) or _TOGETHER.match(text)) and len(earlier) > 1:
        return _both(text, _after(earlier[:-1]), before)
    if _COMPARES.match(text):  # 2024年……是多少？比2023年增长多少？
        return understand(f"{_ASKED_FOR.sub('', asked)}{text}")
    named, head = _AND_OF.match(text), _NAMED_FIRST.match(asked)
    if (
        named
        and head
        and len(named["name"]) * 2 >= len(head["name"])
        and terms(_without_dates_and_places(named["name"]))
    ):
        return understand(f"{named['name']}{asked[head.end() :]}？")
    if named and (value := _VALUE_ASKED.match(asked)) and (kin := _like_named(value["head"], named["name"])):
        return understand(f"{kin}{value['ask']}？")
    about = _ASKED_OF.search(asked)
    if about and about.start() >= _LEAST_TOPIC and not _POINTS.match(text):
        return understand(f"{asked[: about.start()]}{text}")
    return None


def _like_named(head: str, name: str) -> str | None:
    """常住人口 after 嘉兴户籍人口: what ends alike is put in its place, after the time and place; else None."""
    named = [*(each.end for each in periods(head) if each.value), *(each.end for each in regions(head) if each.name)]
    own = head[max(named, default=0) :]
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
    first, second = _first_named(one.standalone, read), _first_named(asked, read)
    if not (first and second):
        return None
    pair = f"{asked[: second[0]]}{one.standalone[slice(*first)]}和{asked[second[0] :]}"
    plain = _ASKED_FOR.sub("", pair.rstrip("？?"))
    return understand(f"{plain}{_BOTH.sub('', text)}")


def _first_named(text: str, read: Callable[[str], Sequence[Period | Region]]) -> Span | None:
    """Where the first place, or the first period, is named."""
    return next(((each.start, each.end) for each in read(text)), None)


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


def _leaning(own: Sequence[Term], context: Sequence[Term], share: float, *, years: bool) -> tuple[Term, ...]:
    """`own` terms, then those of the context they leave out, at a share of their weight."""
    said = {term.text for term in own}
    return (
        *own,
        *(
            replace(term, weight=term.weight * share)
            for term in context
            if term.text not in said and (years or not term.text.isdigit())
        ),
    )


def _parts(text: str) -> list[Question]:
    """The questions in a sentence that asks several, each with what it shares with the others."""
    by_year = _by_year(text)
    if by_year:
        return by_year
    coordinated = re.fullmatch(
        r"(?P<head>.*?[，,])?(?P<one>[^，,]+?)(?:和|与|、|以及)(?P<two>[^，,和与]+?)(?:分别|各自|各)(?P<ask>[^，,]*)",
        text,
    )
    if coordinated and _different_sources(coordinated["one"], coordinated["two"]):
        head, ask = coordinated["head"] or "", coordinated["ask"]
        return [_single(f"{head}{coordinated[side]}{ask}") for side in ("one", "two")]
    segments = [each for part in re.split(r"[，,；;？?。]", text) if part.strip() for each in _asked_apart(part)]
    asking = [at for at, segment in enumerate(segments) if _ASKS.search(segment)]
    if len(asking) < 2:
        return []
    shared = "，".join(segments[: asking[0]])
    parts = []
    for position, at in enumerate(asking):
        since = asking[position - 1] + 1 if position else asking[0]
        own = "，".join(filter(None, [shared, *segments[since : at + 1]]))
        part = _single(f"{own}？")
        if position:  # 有多少家企业……，一共认定了多少人: the second leans on the first
            before = _single("，".join(segments[: asking[position - 1] + 1]))
            if again := _at_another_time(segments[at], before):
                parts.append(again)
                continue
            leaning = _leaning(part.terms, before.terms, _CONTEXT_WEIGHT, years=False)
            part = _leaning_on(part, before, terms=leaning)
            if part.kind == "fact":  # ……是多少，参保率呢？
                part = replace(part, kind=before.kind)
            if before.kind in ("definition", "fact") and not (part.periods or part.regions):  # ……是什么？任期几年？
                part = replace(
                    part, standalone=f"{_FILLER.sub('', before.standalone).rstrip('是？?')}{part.standalone}"
                )
        parts.append(part)
    return parts


def _at_another_time(text: str, before: Question) -> Question | None:
    """2025年实际是多少 after 2026年处理率的目标是多少: the same then and of that kind; None where it names more."""
    named = [each for each in periods(text) if each.value]
    kind = _ASKED_FOR.sub("", _without(text, named)).strip()
    was = next((each for each in periods(before.standalone) if each.value), None)
    if not named or was is None or not _KIND_ALONE.fullmatch(kind):
        return None
    about = _ASKED_FOR.sub("", before.standalone.rstrip("？?"))
    about = f"{about[: was.start]}{named[0].text}{about[was.end :]}"
    return _single(f"{_ITS_KIND.sub('', about)}{kind.strip('又的是要')}是多少{before.unit}？")


def _asked_apart(text: str) -> list[str]:
    """什么时候开工、全长多少公里 as two; 谁在什么时候、什么地方开会 as the one that it is."""
    pieces = text.split("、")
    apart = all(_ASKS.search(piece) and len(_FILLER.sub("", piece)) >= _LEAST_ASKED for piece in pieces)
    return pieces if apart else [text]


def _leaning_on(part: Question, before: Question, *, terms: tuple[Term, ...]) -> Question:
    """The part with the place and time of the one before, which it doesn't name again."""
    readers: tuple[tuple[Sequence[str], Callable[[str], Sequence[Period | Region]]], ...] = (
        (part.periods, periods),
        (part.regions, regions),
    )
    named = [span for own, read in readers if not own and (span := _first_named(before.standalone, read))]
    return replace(
        part,
        standalone="".join([*(before.standalone[start:end] for start, end in named), part.standalone]),
        terms=terms,
        periods=part.periods or before.periods,
        regions=part.regions or before.regions,
    )


def _by_year(text: str) -> list[Question]:
    """从2020年到2025年……从多少涨到多少 asks the same thing of two years."""
    span = re.search(r"从?((?:19|20)\d{2})年(?:到|至|和|与|、)((?:19|20)\d{2})年", text)
    if not span or not re.search(r"从多少|分别|各|变化|涨|增|降|对比|相比|比较", text):
        return []
    rest = text.replace(span[0], "")
    rest = re.sub(r"从多少(?:涨|增长|增|降|变|提高|上升|下降)+到了?多少", "是多少", rest).lstrip("，,")
    return [_single(f"{year}年{rest}") for year in span.groups()]


def _different_sources(one: str, two: str) -> bool:
    """Do the two halves point to different years, places or documents, so that each needs its own evidence?"""
    cues = re.compile(r"(?:19|20)\d{2}年|方案|会议?|报告|报道|规划|专班|讲话|发言|综述|文章|计划|意见")
    # 2023年甲和乙的产量: the year at the head is of both.
    a, b = set(cues.findall(re.sub(r"^(?:19|20)\d{2}年", "", one))), set(cues.findall(two))
    return bool((a or b) and a != b)
