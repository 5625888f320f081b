"""What a question asks of the figure store: the metric, its places, times and kinds, and whether it asks for more."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from assistant.library import Library
from assistant.question.question import Question
from index.catalog.rows import DocumentInfo
from index.figures import MetricNames, of_metric
from index.words import normalise
from sources.figures.figure import SURE, Figure
from sources.figures.metrics import usual_names
from sources.figures.statuses import Status
from sources.mentions.periods import Fit, days, fit

_LEAST_NAME = 3
_MOST_LEFT = 2
"""Characters of a question about several figures that may stand for nothing the answer knows of."""
_ALIKE = 0.9
"""How like its only neighbour a name must be to stand for it: 农民收入 is not what the documents call it."""
_SURE_OF_REPEATED = 0.75
"""How sure a metric must be that the same document states for sure with the same unit: 2020年产量3吨，2023年为5吨."""
DURATIONS = ("年", "天", "月")
BY_PLACE = re.compile(
    r"各(?P<each>地|设区市|市|县|区|省)|哪(?:一)?个?(?P<which>市|县|区|省|地方|地区|城市|省份)|(?P<split>分|按)(?:地区|市县|县区|城市)"
)
WANTS_GROWTH = re.compile(r"增速|增幅|增长率|涨幅|降幅|增长的?(?:预期)?(?=目标)|[最更较][快慢]")
_GROWS = re.compile(
    r"(?:同比|环比|[比较]\s*(?:上年|去年)?(?:同期|末|底)?\s*|打算|计划|预期|预计|分别|实际)*"
    r"(?:增长|增加|上升|提高|上涨|下降|减少|降低|回落|下跌|增速|增幅|降幅|涨幅|增长率|变化|变动)(?:了|率|速度|幅度|情况|的)*"
    r"(?:多少|百分之几|几个百分点|几成|几倍|如何|怎样|怎么样?)?|百分之几"
)
WANTS_RANK = re.compile(r"第几|位次|名次|排名")
_FARMERS = re.compile("农民(?=(?:人均)?收入)")
"""In a question just this income, in a text often the like of 促进农民收入增长."""
_MARKS = r"[，,。.？?！!；;：:（）()“”‘’「」『』\"'\s—\-~]"
# Words that single nothing out, and those that say what is to be done with several figures.
_EMPTY = (
    r"请问|请|告诉我|想知道|查一下|一下|数据|数值|水平|情况|是|为|有|达到|达|了|的|又|各|累计|一共|总共|建成|完成|接待|多少|多大|多高|几|元|人|吗|呢|目标|实际|目前|现在|"
    r"一年(?:下来)?|每年|要到|到底|究竟|后来|最后|最终|能|挣|赚|到|钱|"
    rf"what|is|was|the|of|{_MARKS}"
)
_OPERATIONS = (
    r"请问|请|告诉我|列出|看看|想知道|一下|文档中?|资料中?|数据|情况|数值|水平|分别|各自|依次|历年来?|逐年|"
    r"[每各](?:年|地|设区市|[市县区]{1,3}|省)|变化|变动|走势|趋势|演变|如何|怎么样?|怎样|什么样?|近[几一二两三四五六七八九十\d]+年|这[几些一二两三四五六七八九十\d]+年来?|哪一?年|哪个?年份|"
    r"[几多]年来|年来|以来|期间|时期|哪(?:一)?个?(?:[市县区]{1,3}|省份?|地方|地区|城市)|哪里|哪儿|[分按](?:地区|市县|县区|城市)|最[高大多快低小少慢]|第一|居首|"
    r"排(?:名|行)|从高到低|由高到低|从低到高|相?差(?:了|距)?|多少|(?:增长|增加|提高|上升|减少|下降|缩小|涨|降)(?:了|出|到)?|"
    r"几倍|倍数?|比重|比例|百分之几|几成|合计|总和|加起来|加在一起|共计|一共|总共|相比|比较|对比|实际|已经|目前|"
    r"从|到|至|自|由|在|和|与|及|跟|、|的|是|为|有|了|呢|吗|呀|占|比|高|低|多|少|大|小|出|元"
)
_NOTHING_ELSE = re.compile(_EMPTY)
_WANTED = re.compile(f"{_OPERATIONS}|{_MARKS}")
_FRAME = re.compile(f"{_OPERATIONS}|{_EMPTY}")


@dataclass(frozen=True, slots=True)
class AskedFigure:
    """What a question wants of the figure store."""

    metric: str
    """The usual name, as the store has it."""
    places: tuple[str, ...]
    times: tuple[str, ...]
    kinds: frozenset[Status]
    """Results or aims, growth or ranks."""
    alone: bool
    """Whether the question holds nothing else: no trend or comparison, no document or event that singles one out."""
    about: tuple[str, ...] = ()
    """What else it holds, which may name a document: 临江市 or 港口集团 in its title."""


@dataclass(frozen=True, slots=True)
class Series:
    """The figures that a question about several is answered from."""

    metric: str
    figures: tuple[Figure, ...]
    """Those of one metric, kind and unit that the question's words fit; places and times still of all sorts."""

    @property
    def unit(self) -> str:
        """The unit that all of them share."""
        return self.figures[0].unit


def asked_figure(
    question: Question, library: Library, *, beside: str = "", in_other_words: bool = False
) -> AskedFigure | None:
    """What the question asks of the figure store, `beside` apart; None where it names no metric that the store has.

    With `in_other_words`, the one name that is close to the question's words may stand for them.
    """
    return _read(question, library.names(), beside, in_other_words)


def asked_of_document(question: Question, library: Library) -> AskedFigure | None:
    """The same for the longest metric named, whatever else the question holds: see `of_documents`."""
    bare = usual_names(normalise(question.bare).replace("gdp", "GDP").replace("pm2.5", "PM2.5"))
    if question.unit:
        bare = re.sub(rf"(?:多少|几){question.unit}", " ", bare)
    metric = next((name for name in library.names().named_in(bare) if len(name) >= _LEAST_NAME), None)
    if metric is None:
        return None
    rest = re.sub(f"{re.escape(metric)}[总额量数值]?(?:情况)?", " ", bare, count=1)
    kinds = _kinds(question, metric)
    if _GROWS.search(rest):
        kinds = frozenset({"growth"})
    about = tuple(part.rstrip("对") for part in _NOTHING_ELSE.sub(" ", _GROWS.sub(" ", rest)).split() if part != "对")
    return AskedFigure(metric, question.regions, question.periods, kinds, not about, about)


def of_documents(asked: AskedFigure, question: Question, library: Library) -> Callable[[Figure], bool]:
    """Whether a figure is of a document that the question names by what it holds besides metric, place and time.

    A document that names no place (全市固定资产投资……) is of the one that the others found with it all name.
    """
    if not asked.about:
        return lambda _: True
    around = {hit.passage.document_id for hit in library.search(question.standalone)}
    info = library.standings().info
    placed = [title for each in around if _PLACE.search(title := _named(info(each)))]
    shared = [part for part in asked.about if placed and all(_names(title, part) for title in placed)]

    def fits(figure: Figure) -> bool:
        own = info(figure.document_id)
        title = _named(own)
        may_share = not (_PLACE.search(title) or own.regions)
        return all(_names(title, part) or (may_share and part in shared) for part in asked.about)

    return fits


_PLACE = re.compile(
    r"[一-鿿]{2,4}(?:(?<![全各本我该])[省市县州]|(?<![社园景库山地城小灾林片校厂矿])区|集团|公司|大学|医院)"
)


def _named(document: DocumentInfo) -> str:
    return normalise(f"{document.title} {document.publisher or ''} {document.number or ''}")


def _names(title: str, part: str) -> bool:
    return part in title or (len(part) >= _LEAST_NAME and part[:-1] in title)


@lru_cache(maxsize=64)
def _read(question: Question, names: MetricNames, beside: str, in_other_words: bool) -> AskedFigure | None:
    text = question.bare.replace(beside, " ") if beside else question.bare
    if question.unit:  # without one, 百分之几 and 几成 are left whole, and 多少 says nothing anyway
        text = re.sub(rf"(?:多少|几){question.unit}", "", text)
    plain = _FARMERS.sub("农村居民", normalise(text).replace("gdp", "GDP").replace("pm2.5", "PM2.5"))
    bare = usual_names(plain)
    # Income of rural residents is 收入 农村居民, word by word.
    orders = (bare, "".join(reversed(bare.split()))) if question.language == "en" else (bare,)
    named = [(name, words) for words in orders for name in names.named_in(words) if len(name) >= _LEAST_NAME]
    metric = next((name for name, words in named if _is_all(name, words)), None)
    if metric is None and len(short := names.shortened(_NOTHING_ELSE.sub("", bare))) == 1:
        metric = short[0]
    alone = metric is not None
    if metric is None:
        others = ((name, WANTS_GROWTH.sub(" ", words.replace(name, " ", 1))) for name, words in named)
        loose = (name for name, words in others if len(_FRAME.sub("", words)) <= _MOST_LEFT)
        metric = next(loose, None)
    if metric is None and in_other_words:
        metric = _only_like(_WANTED.sub("", bare), names)
    if metric is None:
        return None
    return AskedFigure(metric, question.regions, question.periods, _kinds(question, metric), alone)


def _is_all(name: str, words: str) -> bool:
    """Whether nothing else that singles something out stands beside a name: a growth is one of its values."""
    return not _NOTHING_ELSE.sub("", WANTS_GROWTH.sub(" ", words.replace(name, " ", 1)))


def _only_like(name: str, names: MetricNames) -> str | None:
    """The one name in the store that is close to this one."""
    near = names.near(name, least=_ALIKE, most=2) if len(name) >= _LEAST_NAME else []
    return near[0][0] if len(near) == 1 else None


def _kinds(question: Question, metric: str) -> frozenset[Status]:
    beside = question.standalone.replace(metric, "")
    if WANTS_GROWTH.search(beside):
        return frozenset({"growth"})
    if WANTS_RANK.search(beside) and not BY_PLACE.search(beside):
        return frozenset({"rank"})
    if question.status == "target" or (not question.status and _is_ahead(question)):
        return frozenset({"target", "plan"})
    return frozenset({"actual", "share", "cumulative"})


def _is_ahead(question: Question) -> bool:
    """Whether it asks of a time to come, of which there can be nothing but aims."""
    spans = [days(period) for period in question.periods]
    return bool(spans) and all(span is not None and span[0] > date.today() for span in spans)


def sure_figures(asked: AskedFigure, library: Library) -> list[Figure]:
    """The figures of the metric that are read for sure, and of the time, place and kind that are asked for."""
    named = of_metric(asked.metric, library)
    printed = {(each.document_id, each.unit) for each in named if each.sure.metric >= SURE.metric}
    return [
        figure
        for figure in named
        if figure.status in asked.kinds
        and all(figure.region == place for place in asked.places)
        and all(fit(time, figure.period) == Fit.EXACT for time in asked.times)
        and (figure.region or not library.standings().info(figure.document_id).regions)
        and figure.is_sure(
            replace(
                SURE,
                metric=_SURE_OF_REPEATED if (figure.document_id, figure.unit) in printed else SURE.metric,
                region=SURE.region if figure.region and not _is_of(figure, library) else 0.0,
            )
        )
    ]


def _is_of(figure: Figure, library: Library) -> bool:
    """Whether the title of the figure's document names its place."""
    return figure.region.rstrip("省市县区") in library.standings().title(figure.document_id)


def series(asked: AskedFigure, library: Library) -> Series | None:
    """The figures of the metric that can be set side by side: the fullest group of one kind and unit."""
    groups: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in of_metric(asked.metric, library):
        if figure.status in asked.kinds and figure.unit not in DURATIONS and days(figure.period) is not None:
            groups[figure.unit, "" if figure.status in ("actual", "share") else figure.status].append(figure)
    if not groups:
        return None
    fullest: Sequence[Figure] = max(groups.values(), key=lambda group: len({(f.region, f.period) for f in group}))
    return Series(asked.metric, tuple(fullest))
