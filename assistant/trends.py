"""Answers made from several figures: a trend over the years, one metric by place, one figure set against another.

    2020年到2025年嘉兴农村居民人均可支配收入如何变化？

Only where the question names the metric as the figure store has it, and little else: what can't be read for sure is
left to the answerer that looks for sentences.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from assistant import disagreement
from assistant.answers import Answer, Table, TableCell
from assistant.arithmetic import difference_of, growth_of, is_exact, ratio_of, share_of, sum_of
from assistant.compose import Cell, Line, Quote, Row, answered, as_sentence
from assistant.figures import label, of_metric, plain, stating, when
from assistant.library import Library
from assistant.question import Question
from index.words import normalise
from sources.figures import Figure
from sources.metrics import usual_names
from sources.periods import Fit, days, fit, periods
from sources.regions import level_of, part_of, regions

GAP = "—"
_CONFIDENCE = 0.9
_MOST_COLUMNS = 6
_MOST_PLACES = 30
_MOST_YEARS = 20
_LEAST_NAME = 3
_MOST_LEFT = 2
"""Characters of the question that may stand for nothing the answer knows of."""
_ALIKE = 0.9

_TREND = re.compile(
    r"历年|逐年|[每各]年|变化|变动|走势|趋势|演变|近[几一二两三四五六七八九十\d]+年|这几年|[几多]年来|年来"
)
_WHICH_YEAR = re.compile(r"哪一?年|哪个?年份")
_BY_PLACE = re.compile(
    r"各(?P<each>地|设区市|市|县|区|省)|哪(?:一)?个?(?P<which>市|县|区|省|地方|地区|城市|省份)|(?P<split>分|按)(?:地区|市县|县区|城市)"
)
_MOST = re.compile(r"最(?P<way>[高大多快低小少慢])|第一|居首|排(?:名|行)|(?:从高到低|由高到低)")
_LOWEST = re.compile(r"最[低小少慢]|从低到高")
_APART = re.compile(
    r"相?差(?:了|距)?(?:是|有)?多少|[高低多少大小](?:出|了)?多少|(?:增长|增加|提高|上升|减少|下降|缩小|涨|降)(?:了|出)?(?:多少|百分之几|几成)"
)
_TIMES = re.compile(r"(?:几|多少)倍|倍(?:数|差)(?:是)?多少")
_GROWN = re.compile(r"增长|增加|提高|上升|减少|下降|缩小|涨|降")
_ASKS_ENDS = re.compile(
    r"从多少|多少.{0,6}[到至了]多少|(?:增长|增加|提高|上升|减少|下降|缩小|涨|降)(?:了|出)?多少|相?差"
)
_TOGETHER = re.compile(r"合计|总和|加起来|加在一起|共计|一共|总共")
_SHARE = re.compile(r"占.{0,24}(?:多少|比重|比例|百分之几|几成)")
_AND = re.compile(r"和|与|、|跟|比")
_WANTS_GROWTH = re.compile(r"增速|增幅|增长率|涨幅")
_WANTS_RANK = re.compile(r"第几|位次|名次|排名")
_NOT_ADDITIVE = re.compile(r"人均|户均|村均|[率比度]$|比重|占比|倍差|指数|浓度|最[高低]")
# What a question about figures holds besides the metric, the place and the time.
_FRAME = re.compile(
    "|".join(
        [
            r"请问|请|告诉我|列出|看看|想知道|一下|文档中?|资料中?|数据|情况|数值|水平|分别|各自|依次|历年来?|逐年|"
            r"[每各](?:年|地|设区市|市|县|区|省)|变化|变动|走势|趋势|演变|如何|怎么样?|怎样|什么样?|近[几一二两三四五六七八九十\d]+年|这[几些一二两三四五六七八九十\d]+年来?|哪一?年|哪个?年份|"
            r"[几多]年来|年来|以来|期间|时期|哪(?:一)?个?(?:市|县|区|省份?|地方|地区|城市)|哪里|哪儿|[分按](?:地区|市县|县区|城市)|最[高大多快低小少慢]|第一|居首|"
            r"排(?:名|行)|从高到低|由高到低|从低到高|相?差(?:了|距)?|多少|(?:增长|增加|提高|上升|减少|下降|缩小|涨|降)(?:了|出|到)?|"
            r"几倍|倍数?|比重|比例|百分之几|几成|合计|总和|加起来|加在一起|共计|一共|总共|相比|比较|对比|实际|已经|目前|"
            r"从|到|至|自|由|在|和|与|及|跟|、|的|是|为|有|了|呢|吗|呀|占|比|高|低|多|少|大|小|出|元|"
            r"[，,。？?！!；;：:（）()“”\"'\s—\-~]"
        ]
    )
)
_LEVELS = {"设区市": "city", "市": "city", "城市": "city", "县": "county", "区": "county", "省": "province"}
_LEVELS |= {"省份": "province"}
_SPAN = re.compile(r"(?P<first>(?:19|20)\d\d)\.\.(?P<last>(?:19|20)\d\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_STATUS_WORDS = {
    "target": "目标",
    "plan": "计划",
    "cumulative": "累计",
    "growth": "增速",
    "share": "占比",
    "rank": "位次",
}


def answer(question: Question, library: Library) -> Answer | None:
    """The answer from several figures; None where the question asks for none, or the figures don't make one."""
    if question.language != "zh" or question.kind == "why":
        return None
    text = question.standalone
    asks = {
        "trend": bool(_TREND.search(text) or (_WHICH_YEAR.search(text) and _MOST.search(text))),
        "places": bool(_BY_PLACE.search(text)),
        # 全国排第几 names a second place, but only to be compared with.
        "several": (len(question.regions) > 1 or len(_ends(question)) > 1) and not _WANTS_RANK.search(text),
    }
    if not any(asks.values()):
        return None
    asked = _read(question, library)
    if asked is None:
        return None
    if asks["trend"] and (found := _trend(question, asked, library)):
        return found
    if asks["places"] and (found := _by_place(question, asked, library)):
        return found
    return _several(question, asked, library) if asks["several"] else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question about several figures is about."""

    metric: str
    """The usual name, as the store has it."""
    figures: tuple[Figure, ...]
    """Those of one metric, kind and unit that the question's words fit; places and times still of all sorts."""

    @property
    def unit(self) -> str:
        """The unit that all of them share."""
        return self.figures[0].unit


def _ends(question: Question) -> tuple[str, ...]:
    """The periods that are set against each other: from 2020年到2025年 the first year and the last."""
    if (
        len(question.periods) == 1
        and (span := _SPAN.fullmatch(question.periods[0]))
        and _ASKS_ENDS.search(question.text)
    ):
        return span["first"], span["last"]
    return question.periods


def _read(question: Question, library: Library) -> _Asked | None:
    text = question.standalone
    spans = [
        *((each.start, each.end) for each in periods(text) if each.value),
        *((each.start, each.end) for each in regions(text) if each.name),
    ]
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    bare = re.sub(r"[“”‘’「」『』\"]", "", usual_names(normalise(text).replace("gdp", "GDP").replace("pm2.5", "PM2.5")))
    bare = re.sub(rf"(?:多少|几){question.unit}", "", bare)
    names = library.names()
    named = [name for name in names.named_in(bare) if len(name) >= _LEAST_NAME]
    metric = next((name for name in named if len(_FRAME.sub("", bare.replace(name, " ", 1))) <= _MOST_LEFT), None)
    if metric is None:
        # 农民收入 is not what the documents call it, but may be close to only one thing that they do.
        left = _FRAME.sub("", bare)
        near = names.near(left, least=_ALIKE, most=2) if len(left) >= _LEAST_NAME else []
        if len(near) != 1:
            return None
        metric = near[0][0]
    wanted = _statuses(question)
    groups: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for figure in of_metric(metric, library):
        if figure.status in wanted and figure.unit not in ("年", "天", "月") and days(figure.period) is not None:
            groups[figure.unit, "" if figure.status in ("actual", "share") else figure.status].append(figure)
    if not groups:
        return None
    fullest = max(groups.values(), key=lambda group: len({(each.region, each.period) for each in group}))
    return _Asked(metric, tuple(fullest))


def _statuses(question: Question) -> frozenset[str]:
    if _WANTS_GROWTH.search(question.standalone):
        return frozenset({"growth"})
    if _WANTS_RANK.search(question.standalone) and not _BY_PLACE.search(question.standalone):
        return frozenset({"rank"})
    if question.status == "target":
        return frozenset({"target", "plan"})
    return frozenset({"actual", "share", "cumulative"})


# --- one metric over the years ----------------------------------------------------------------------------------------


def _trend(question: Question, asked: _Asked, library: Library) -> Answer | None:
    within = _asked_range(question)
    inside = [
        figure
        for figure in asked.figures
        if not _open_or_long(figure.period)
        and (not within or (within[0] <= when(figure.period)[0] and when(figure.period)[1] <= within[1]))
        and (not question.regions or figure.region in question.regions)
    ]
    by_region: dict[str, set[str]] = defaultdict(set)
    for figure in inside:
        by_region[figure.region].add(figure.period)
    columns = [region for region in question.regions if region in by_region]
    if not columns:
        told = Counter({region: len(times) for region, times in by_region.items() if len(times) > 1})
        columns = [region for region, _ in told.most_common(_MOST_COLUMNS)]
    rows = sorted(
        {figure.period for figure in inside if figure.region in columns}, key=lambda each: (*when(each), each)
    )
    if len(rows) < 2:
        return None
    rows = _with_gaps(rows, within)
    cells = {
        (period, region): told_alike([f for f in inside if (f.period, f.region) == (period, region)])
        for period in rows
        for region in columns
    }
    lines: list[Line | Row] = [
        *_extreme(
            question, [cells[period, columns[0]] for period in rows if _YEAR.fullmatch(period)], columns, library
        ),
        Line(f"{_subject(asked, columns)}：", ()),
        *_header("时间", [_with_unit(column or "数值", inside) for column in columns]),
    ]
    lines += [
        Row((Cell(label(period)), *(_cell(cells.get((period, column), []), library) for column in columns)))
        for period in rows
    ]
    for column in columns:
        whole = [cells.get((period, column), []) for period in rows if _YEAR.fullmatch(period)]
        single = [figures[0] for figures in whole if len(figures) == 1]
        if len(single) > 1:
            lines += _change(single[0], single[-1], column if len(columns) > 1 else "", library)
    return _with_table(question, lines, asked, library, kind="trend", columns=columns, rows=rows, cells=cells)


def _extreme(
    question: Question, years: Sequence[Sequence[Figure]], columns: Sequence[str], library: Library
) -> list[Line]:
    """The year with the most, or the least, where the question asks which; one line, or none."""
    way = _MOST.search(question.standalone)
    told = [figures[0] for figures in years if len(figures) == 1 and is_exact(figures[0])]
    if not (way and _WHICH_YEAR.search(question.standalone)) or len(columns) != 1 or len(told) < 2:
        return []
    lowest = bool(_LOWEST.search(question.standalone))
    most = (min if lowest else max)(told, key=lambda figure: figure.value)
    word = way["way"] or ("低" if lowest else "高")
    return [Line(f"{label(most.period)}最{word}，为{most.text}。", (stating(most, library),), (most,))]


def _open_or_long(period: str) -> bool:
    """2018.. and 2021..2025 are no points on a line."""
    spanned = days(period)
    return spanned is None or period.endswith("..") or (spanned[1] - spanned[0]).days > 366


def _asked_range(question: Question) -> tuple[date, date] | None:
    spans = [span for each in question.periods if (span := days(each))]
    if not spans or (len(spans) == 1 and len(question.periods[0]) == 4):
        return None
    return min(start for start, _ in spans), max(end for _, end in spans)


def _with_gaps(rows: Sequence[str], within: tuple[date, date] | None) -> list[str]:
    """The periods with the years between them that nothing is told of."""
    years = [int(period) for period in rows if _YEAR.fullmatch(period)]
    if within:
        years += [each.year for each in within if each != date.max]
    if len(years) < 2 or max(years) - min(years) > _MOST_YEARS:
        return list(rows)
    told = {each[:4] if _YEAR.match(each) else each[-7:][:4] for each in rows}
    between = {str(year) for year in range(min(years), max(years) + 1)} - told
    return sorted({*rows, *between}, key=lambda each: (*when(each), each))


def _change(first: Figure, last: Figure, place: str, library: Library, *, in_per_cent: bool = True) -> list[Line]:
    """How far it is from the first value to the last, where both are told exactly; one line, or none."""
    if first.value == last.value or not (is_exact(first) and is_exact(last)):
        return []
    apart = difference_of(last, first) if last.value > first.value else difference_of(first, last)
    verb = "增加" if last.value > first.value else "减少"
    said = f"{place}从{label(first.period)}的{first.text}到{label(last.period)}的{last.text}，{verb}{apart.text}"
    said += f"（{apart.formula}）"
    computed = [apart]
    if in_per_cent and (grown := growth_of(first, last)):
        said += f"，{'增长' if last.value > first.value else '下降'}{grown.text}（{grown.formula}）"
        computed.append(grown)
    return [Line(f"{said}。", (stating(first, library), stating(last, library)), (first, last), tuple(computed))]


# --- one metric by place ----------------------------------------------------------------------------------------------


def _by_place(question: Question, asked: _Asked, library: Library) -> Answer | None:
    match = _BY_PLACE.search(question.standalone)
    assert match is not None
    level = _LEVELS.get(match["each"] or match["which"] or "", "")
    outer = question.regions
    fitting = [
        figure
        for figure in asked.figures
        if figure.region
        and (not level or level_of(figure.region) == level)
        and (not outer or (figure.region not in outer and any(part_of(figure.region, each) for each in outer)))
    ]
    period = _common_period(fitting, question.periods)
    if not period:
        return None
    cells = {
        figure.region: told_alike([f for f in fitting if f.region == figure.region and f.period == period])
        for figure in fitting
        if figure.period == period
    }
    if len(cells) < 2 or len(cells) > _MOST_PLACES:
        return None
    lowest = bool(_LOWEST.search(question.standalone))
    places = sorted(cells, key=lambda place: (cells[place][0].value * (1 if lowest else -1), place))
    lines: list[Line | Row] = []
    first = cells[places[0]][0]
    quote = stating(first, library)
    # Of a row of a table, which says nothing of the highest, only the order of the places and the notice tell.
    way = _MOST.search(question.standalone)
    if way and "|" not in library.document(first.document_id).text[quote.start : quote.end]:
        word = way["way"] or ("低" if lowest else "高")
        lines.append(Line(f"{label(period)}，{places[0]}最{word}，为{first.text}。", (quote,), (first,)))
    order = "从低到高" if lowest else "从高到低"
    lines.append(Line(f"{label(period)}，{_subject(asked, [])}：", ()))
    lines += _header("地区", [_with_unit("数值", fitting)])
    lines += [Row((Cell(place), _cell(cells[place], library))) for place in places]
    told = {(place, period): figures for place, figures in cells.items()}
    made = _with_table(question, lines, asked, library, kind="places", columns=[period], rows=places, cells=told)
    most = f"{order}第一个是{places[0]}；" if way else ""
    return replace(made, notice=f"{most}只比较了文档里有这项数据的 {len(places)} 个地方")


def _common_period(figures: Sequence[Figure], asked: Sequence[str]) -> str:
    """The period asked about, or else the one that most places are told of, the latest of such; "" when none is."""
    if asked:
        met = {figure.period for figure in figures if any(fit(each, figure.period) == Fit.EXACT for each in asked)}
        return next(iter(sorted(met)), "")
    places: dict[str, set[str]] = defaultdict(set)
    for figure in figures:
        if not _open_or_long(figure.period):
            places[figure.period].add(figure.region)
    return max(places, key=lambda period: (len(places[period]), when(period)), default="")


# --- two figures --------------------------------------------------------------------------------------------------


def _several(question: Question, asked: _Asked, library: Library) -> Answer | None:
    """The figures of some places or of two years, one line each, and what the question wants worked out from them."""
    sides = _sides(question, asked)
    if sides is None:
        return None
    found = [figure for _, figure in sides if figure is not None]
    apart = question.parts and not question.coordinated  # each part may find a sentence of its own
    if not found or (apart and len(found) < len(sides)):
        return None
    lines: list[Line] = []
    for figure in found:
        quote = stating(figure, library)
        lines.append(Line(said(figure, quote, asked.metric, library), (quote,), (figure,)))
    lines = list(dict.fromkeys(lines))
    if len(found) == 2:
        lines += _worked_out(question, found[0], found[1], asked, library)
    elif len(found) == len(sides):
        lines += _sum(question, found, asked, library)
    missing = [f"{name}{asked.metric}" for name, figure in sides if figure is None]
    made = answered(question, disagreement.told(lines, library), confidence=_CONFIDENCE, document=library.document)
    notice = f"文档中没有{'、'.join(missing)}" if missing else disagreement.notice(lines, library)
    return replace(made, notice=notice)


def said(figure: Figure, quote: Quote, metric: str, library: Library) -> str:
    """The words that state the figure; of a row of a table, only its number with what its headers say."""
    text = library.document(figure.document_id).text[quote.start : quote.end]
    if "|" not in text:
        return as_sentence(text)
    unit = _bare_unit(figure)
    kind = _STATUS_WORDS[figure.status] if figure.status in ("target", "plan") else ""
    before = _before(figure)
    after = "" if before or figure.qualifier in figure.text else figure.qualifier
    told = f"{before}{figure.text}{after}{f'（{unit}）' if unit else ''}"
    return f"{label(figure.period)}，{figure.region}{metric}{kind}：{told}。"


def _sides(question: Question, asked: _Asked) -> list[tuple[str, Figure | None]] | None:
    """What is set against each other, in words, with its figure; None where nothing is, or all of it lacks."""
    ends = _ends(question)
    if len(question.regions) > 1 and len(question.periods) <= 1:
        if not question.periods:
            common = [
                {figure.period for figure in asked.figures if figure.region == region} for region in question.regions
            ]
            shared = sorted(set.intersection(*common), key=when)
            if not shared:
                return None
            period = shared[-1]
        else:
            period = question.periods[0]
        sides = [(f"{label(period)}{region}", _one(asked, region, period)) for region in question.regions]
    elif len(ends) == 2 and len(question.regions) <= 1:
        region = question.regions[0] if question.regions else _only_region(asked, ends)
        sides = [(f"{label(period)}{region}", _one(asked, region, period)) for period in ends]
    else:
        return None
    return sides if any(figure for _, figure in sides) else None


def _only_region(asked: _Asked, wanted: Sequence[str]) -> str:
    told: dict[str, set[str]] = defaultdict(set)
    for figure in asked.figures:
        if figure.period in wanted:
            told[figure.region].add(figure.period)
    both = [region for region, times in told.items() if len(times) == len(wanted)]
    return both[0] if len(both) == 1 else ""


def _one(asked: _Asked, region: str, period: str) -> Figure | None:
    met = [f for f in asked.figures if f.region == region and fit(period, f.period) == Fit.EXACT]
    return told_alike(met)[0] if met else None


def _worked_out(question: Question, one: Figure, other: Figure, asked: _Asked, library: Library) -> list[Line]:
    """The difference, growth, ratio, sum or share that the question asks for, as shown formulas; or nothing."""
    text = question.standalone
    quotes = (stating(one, library), stating(other, library))
    if one.value == other.value or not (is_exact(one) and is_exact(other)):
        return []
    over_time = one.region == other.region
    high, low = (one, other) if one.value > other.value else (other, one)
    named = [label(each.period) if over_time else each.region for each in (high, low)]
    if not over_time and (together := _sum(question, [one, other], asked, library)):
        return together
    if (
        _SHARE.search(text)
        and not over_time
        and (part_of(one.region, other.region) or part_of(other.region, one.region))
    ):
        part, whole = (one, other) if part_of(one.region, other.region) else (other, one)
        if _NOT_ADDITIVE.search(asked.metric) or part.value > whole.value:
            return []
        share = share_of(part, whole)
        return [Line(f"{part.region}占{whole.region}的{share.text}（{share.formula}）。", quotes, (), (share,))]
    # Both values side by side, and no words beside the documents' own that the checker would have to take on trust.
    set_apart = f"{asked.metric}，{named[0]}{high.text}，{named[1]}{low.text}"
    if _TIMES.search(text):
        times = ratio_of(high, low)
        return [Line(f"{set_apart}，为{times.text}（{times.formula}）。", quotes, (), (times,))]
    if over_time and _APART.search(text):
        first, last = sorted((one, other), key=lambda each: when(each.period))
        return _change(first, last, "", library, in_per_cent=bool(_GROWN.search(text)))
    if _APART.search(text):
        apart = difference_of(high, low)
        return [Line(f"{set_apart}，相差{apart.text}（{apart.formula}）。", quotes, (), (apart,))]
    return []


def _sum(question: Question, figures: Sequence[Figure], asked: _Asked, library: Library) -> list[Line]:
    """What the figures of several places come to, where the question asks for that; one line, or none."""
    if not _TOGETHER.search(question.standalone) or _NOT_ADDITIVE.search(asked.metric):
        return []
    if not all(map(is_exact, figures)):
        return []
    total = sum_of(figures)
    quotes = tuple(dict.fromkeys(stating(figure, library) for figure in figures))
    return [Line(f"合计{total.text}（{total.formula}）。", quotes, (), (total,))]


# --- tables -----------------------------------------------------------------------------------------------------------


def told_alike(figures: Sequence[Figure]) -> list[Figure]:
    """The figures that can't all be right, one of each value; the exact one of those that agree."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda each: (not is_exact(each), each.document_id, each.start)):
        if not any(disagreement.agree(figure, other) for other in kept):
            kept.append(figure)
    return kept


def _cell(figures: Sequence[Figure], library: Library) -> Cell:
    if not figures:
        return Cell(GAP)
    quotes = tuple(stating(figure, library) for figure in figures)
    texts = [f"{'' if figure.qualifier in figure.text else _before(figure)}{figure.text}" for figure in figures]
    return Cell(" / ".join(texts), quotes, tuple(figures))


def _before(figure: Figure) -> str:
    """超 and 近 stand before the number, 以上 and 左右 need not be repeated in a cell that is cited."""
    return figure.qualifier if figure.qualifier in ("超", "超过", "突破", "近", "约", "逾", "不足", "不低于") else ""


def _header(first: str, columns: Sequence[str]) -> list[Row | Line]:
    cells = (first, *columns)
    return [Row(tuple(Cell(text) for text in cells)), Row(tuple(Cell("---") for _ in cells))]


def _with_unit(name: str, figures: Sequence[Figure]) -> str:
    """The column's name with the unit of cells that print none: their table's header does."""
    units = {_bare_unit(figure) for figure in figures}
    return f"{name}（{units.pop()}）" if len(units) == 1 and "" not in units else name


def _bare_unit(figure: Figure) -> str:
    """The unit, with its scale, of a figure printed as a mere number: 万吨 for 12.5 that is worth 125000吨; else ""."""
    if not figure.text[-1:].isdigit() or not figure.unit or ":" in figure.text or not _digits(figure.text):
        return ""
    scale = figure.value / _digits(figure.text)
    return {1: "", 10**4: "万", 10**8: "亿"}.get(int(scale), "") + figure.unit


def _digits(text: str) -> Decimal:
    printed = re.sub(r"[^\d.\-]", "", text)
    return Decimal(printed) if re.fullmatch(r"-?\d+(?:\.\d+)?", printed) else Decimal(0)


def _subject(asked: _Asked, columns: Sequence[str]) -> str:
    place = columns[0] if len(columns) == 1 else ""
    status = asked.figures[0].status
    return f"{place}{asked.metric}{_STATUS_WORDS.get(status, '') if status != 'share' else ''}"


def _with_table(
    question: Question,
    lines: Sequence[Line | Row],
    asked: _Asked,
    library: Library,
    *,
    kind: str,
    columns: Sequence[str],
    rows: Sequence[str],
    cells: dict[tuple[str, str], list[Figure]],
) -> Answer:
    made = answered(question, lines, confidence=_CONFIDENCE, document=library.document)

    def cell(figures: Sequence[Figure]) -> TableCell | None:
        if not figures:
            return None
        figure = figures[0]
        holder = next(
            each.number
            for each in made.citations
            if each.document_id == figure.document_id and each.start <= figure.start and figure.end <= each.end
        )
        return TableCell(figure.text, plain(figure.value), figure.unit, holder)

    told = tuple(tuple(cell(cells.get((row, column), [])) for column in columns) for row in rows)
    table = Table(asked.metric, asked.unit, kind, tuple(columns), tuple(rows), told)  # type: ignore[arg-type]
    return replace(made, table=table)
