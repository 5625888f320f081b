"""Figures by what they measure, also in other words, and by place, time, kind and size; each with its source."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Protocol, TypedDict, Unpack, get_args

import numpy as np

from index.catalog.figures import Conditions
from index.embedders.embedder import Vectors
from index.embedders.static import shipped
from index.standing import Standings
from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.metrics import normalise
from sources.figures.statuses import Status
from sources.mentions.numerals import plain
from sources.mentions.periods import Fit, fit, read_period, when
from sources.mentions.regions import regions
from sources.passages import Passage
from sources.sentences import clauses, sentences, unmarked
from sources.words import words

STATUSES: tuple[Status, ...] = get_args(Status)
LEAST_LIKENESS = 0.55
"""Names less like the wanted one measure something else."""
_MOST_NAMES = 100
_MOST_DENSE = 20_000
"""Names, the most frequent first, that are compared by meaning too: some 20 MB of vectors."""
_LEXICAL_SHARE = 0.6
_LONGEST_NAME = 24
_LONGEST_SENTENCE = 120
# Names that hold different words of one group measure different things, however much else they share.
_CONTRASTS = tuple(map(re.compile, words("contrasts", "names")))
_EVERYDAY = {"农民": "农村居民", "乡村居民": "农村居民", "城市居民": "城镇居民"}
_LEAST_SHORT = 3
_LEAST_SHORTENED = 4
_SHORT_FOR_CHARS = 200
"""How far after a full name its short form is still taken for it."""
# A name with such a word measures something else than the same name without it, though something near.
_DERIVED = re.compile("人均|户均|村均|增速|增幅|倍差|比重|占比|排名")
_OF_ANOTHER_KIND = 0.75


class FigureStore(Protocol):
    """Every figure of the library that meets the conditions given, by document and place."""

    def __call__(self, **wanted: Unpack[Conditions]) -> Sequence[Figure]:
        """See `index.Index.figures`."""


class FigureLibrary(Protocol):
    """The look-ups that a search for figures needs."""

    @property
    def store(self) -> FigureStore:
        """All figures, by conditions."""

    @property
    def figures(self) -> Callable[[str], Sequence[Figure]]:
        """A document's figures, in order."""

    @property
    def document(self) -> Callable[[str], Document]:
        """A document by its id; raises KeyError when there is none."""

    @property
    def names(self) -> Callable[[], MetricNames]:
        """What the figures measure."""

    def passage_at(self, document_id: str, offset: int) -> Passage:
        """The passage that `offset` lies in, or the last one before it."""


class MetricNames:
    """The usual names of everything measured, for one state of the index. Safe to share between threads."""

    def __init__(self, keys: Sequence[tuple[str, int]]) -> None:
        """`keys` as `index.Index.metric_keys` gives them."""
        self.names = tuple(key for key, _ in keys)
        self._places = {name: at for at, name in enumerate(self.names)}

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def near(self, metric: str, *, least: float = LEAST_LIKENESS, most: int = _MOST_NAMES) -> list[tuple[str, float]]:
        """Names like `metric`, the most alike first, with how alike: 1 for the same one, never below `least`."""
        usual = _common(normalise(metric))
        if not usual:
            return []
        shared: dict[int, int] = defaultdict(int)
        wanted = _pairs(usual)
        for pair in wanted:
            for at in self._holders.get(pair, ()):
                shared[at] += 1
        by_meaning = self._vectors @ shipped().encode_query(usual) if len(self.names) else np.zeros(0, np.float32)
        candidates = {*shared, *np.flatnonzero(by_meaning > least).tolist()}
        names = []
        for at in candidates:
            name = self.names[at]
            lexical = _likeness(usual, _common(name), shared.get(at, 0), len(wanted))
            dense = max(float(by_meaning[at]), 0.0) if at < len(by_meaning) else lexical
            alike = 1.0 if _common(name) == usual else _LEXICAL_SHARE * lexical + (1 - _LEXICAL_SHARE) * dense
            if alike >= least and not apart(usual, _common(name)):
                names.append((name, round(min(alike, 1.0), 4)))
        return sorted(names, key=lambda each: (-each[1], each[0]))[:most]

    def shortened(self, name: str) -> list[str]:
        """The names that `name` says in short, the shortest first: 农村居民收入 for 农村居民人均可支配收入.

        Both begin and end alike, and all the short one's characters stand in the other, in order.
        """
        usual = _common(normalise(name))
        if len(usual) < _LEAST_SHORTENED:
            return []
        met = []
        for at in self._holders.get(usual[:2], ()):
            whole = _common(self.names[at])
            if (
                whole[:2] == usual[:2]
                and whole[-2:] == usual[-2:]
                and not apart(usual, whole)
                and _in_order(usual, whole)
            ):
                met.append(self.names[at])
        return sorted(met, key=len)

    def named_in(self, text: str) -> list[str]:
        """The names that stand in `text` (as `usual_names` writes it), the longest first, none inside another."""
        spans = [
            (start, end)
            for start in range(len(text))
            for end in range(start + 2, min(len(text), start + _LONGEST_NAME) + 1)
            if text[start:end] in self._places
        ]
        kept: list[tuple[int, int]] = []
        for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
            if all(end <= first or last <= start for first, last in kept):
                kept.append((start, end))
        return list(dict.fromkeys(text[start:end] for start, end in kept))

    @cached_property
    def _holders(self) -> dict[str, list[int]]:
        holders: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self.names):
            for pair in _pairs(_common(name)):
                holders[pair].append(at)
        return dict(holders)

    @cached_property
    def _vectors(self) -> Vectors:
        return _name_vectors(self.names[:_MOST_DENSE])


class NameVectors:
    """Vectors of names; those of the last library are kept, as most names are the same when it has changed a little.
    Safe to share between threads."""

    def __init__(self) -> None:
        self._known: tuple[dict[str, int], Vectors] | None = None

    def __call__(self, names: Sequence[str]) -> Vectors:
        """(n, dimension), one a name."""
        places, vectors = self._known or ({}, np.zeros((0, shipped().dimension), np.float32))
        new = [name for name in names if name not in places]
        every = np.concatenate([vectors, shipped().encode(new)]) if new else vectors
        at = places | {name: place for place, name in enumerate(new, len(vectors))}
        found: Vectors = every[[at[name] for name in names]]
        self._known = {name: place for place, name in enumerate(names)}, found
        return found


_name_vectors = NameVectors()


def _common(name: str) -> str:
    """The name with everyday words for what statistics name otherwise."""
    for word, usual in _EVERYDAY.items():
        name = name.replace(word, usual)
    return name


def _in_order(short: str, whole: str) -> bool:
    characters = iter(whole)
    return all(each in characters for each in short)


def _pairs(name: str) -> set[str]:
    return {name[at : at + 2] for at in range(len(name) - 1)} or {name}


def _likeness(wanted: str, name: str, shared: int, pairs: int) -> float:
    """0 to 1: the share of common character pairs, or more where one name holds the other whole."""
    alike = 2 * shared / (pairs + len(_pairs(name)))
    if wanted in name or (name in wanted and 2 * len(name) >= len(wanted)):
        alike = max(alike, 0.5 + 0.5 * min(len(wanted), len(name)) / max(len(wanted), len(name)))
    return alike * (1 if _DERIVED.findall(wanted) == _DERIVED.findall(name) else _OF_ANOTHER_KIND)


def apart(one: str, other: str) -> bool:
    """Whether two names differ in a word that makes them different things: 城镇居民… and 农村居民…, 出口 and 进出口."""
    for group in _CONTRASTS:
        first, second = set(group.findall(one)), set(group.findall(other))
        if first and second and not first & second:
            return True
    return False


def of_metric(metric: str, library: FigureLibrary) -> list[Figure]:
    """The figures of what `metric` names, and those that the document states under its full or short form nearby.

    城乡居民养老保险参保人数达到86.4万人 …… 2023年参保人数为84.3万人: both belong to either name.
    """
    named = library.store(keys=[metric])
    other_forms = _other_forms(metric, library.names()) if named else []
    if not other_forms:
        return list(named)
    own: dict[str, list[Figure]] = defaultdict(list)
    for figure in named:
        own[figure.document_id].append(figure)
    others = library.store(keys=other_forms, beside=metric)
    return [*named, *(other for other in others if _goes_with(other, own[other.document_id], library))]


def _other_forms(metric: str, names: MetricNames) -> list[str]:
    """The names that begin or end the metric's, and those that its name begins or ends."""
    if len(metric) < _LEAST_SHORT:
        return []
    parts = {part for at in range(_LEAST_SHORT, len(metric)) for part in (metric[:at], metric[-at:])}
    long = [name for name in names.names if name != metric and (name.startswith(metric) or name.endswith(metric))]
    return [*(part for part in parts if part in names), *long]


def _goes_with(other: Figure, own: Sequence[Figure], library: FigureLibrary) -> bool:
    """Whether one of the metric's `own` figures in the same document is what `other` is short for, or stands for it."""
    pairs = [(min(each, other, key=_start), max(each, other, key=_start)) for each in own]
    return any(
        _may_be_short_for(first, then) and _is_first_so_called(first, then, library.figures(other.document_id))
        for first, then in pairs
    )


def _start(figure: Figure) -> int:
    return figure.start


def _may_be_short_for(first: Figure, then: Figure) -> bool:
    """Whether `then` may go on with what `first` has named in full, at another time or place."""
    whole, short = first.key, then.key
    if len(short) < _LEAST_SHORT or len(short) >= len(whole) or first.unit != then.unit:
        return False
    if not 0 <= then.start - first.end <= _SHORT_FOR_CHARS or (first.region, first.period) == (
        then.region,
        then.period,
    ):
        return False
    if whole.endswith(short):
        dropped = whole.removesuffix(short)
        return not (_DERIVED.search(dropped) or any(group.search(dropped) for group in _CONTRASTS))
    return whole.startswith(short)


def _is_first_so_called(first: Figure, then: Figure, every: Sequence[Figure]) -> bool:
    """Whether no other of the document's figures before `then` has a name that this one may be short for.

    新改建农村公路 is 新改建 from then on; but 人均可支配收入 after 农村居民人均可支配收入 may be everybody's.
    """
    before = [each for each in every if each.unit == then.unit and each.start < then.start]
    return not any(each.key not in (first.key, then.key) and then.key in each.key for each in before)


# --- a figure with its source -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundFigure:
    """A figure of the library with the words it stands in: `document.text[quote_start:quote_end] == quote`."""

    figure: Figure
    match: float
    """How like its metric is to the one looked for, up to 1 for the same."""
    title: str
    publisher: str
    published: str
    uri: str
    section: str
    quote: str
    quote_start: int
    quote_end: int
    page: int | None = None
    """Where the format has pages, from 1."""
    standing: str = ""
    """Whether its document holds today: 现行, 已废止, 已过期 or 尚未施行; "" for one that rules nothing."""

    def row(self) -> dict[str, str | int | float | list[list[str]]]:
        """The figure as one row of a table, columns in order; numbers as printed decimals, sureness from 0 to 1.

        `dimensions` are pairs of a header and what stands under it, where it is a cell of a table.
        """
        figure = self.figure
        return {
            "metric": figure.metric,
            "name": figure.key,
            "subject": figure.subject,
            "value": plain(figure.value),
            "upper": plain(figure.upper) if figure.upper is not None else "",
            "unit": figure.unit,
            "text": figure.text,
            "qualifier": figure.qualifier,
            "region": figure.region,
            "level": figure.level,
            "period": figure.period,
            "status": figure.status,
            "direction": figure.direction,
            "scope": figure.scope,
            "title": self.title,
            "publisher": self.publisher,
            "published": self.published,
            "standing": self.standing,
            "section": self.section,
            "page": self.page if self.page is not None else "",
            "quote": self.quote,
            "dimensions": [list(pair) for pair in figure.dimensions],
            "document_id": figure.document_id,
            "start": figure.start,
            "end": figure.end,
            "uri": self.uri,
            "match": self.match,
            "sure_metric": figure.sure.metric,
            "sure_region": figure.sure.region,
            "sure_period": figure.sure.period,
            "sure_status": figure.sure.status,
        }


class Sought(TypedDict, total=False):
    """What figures are searched for by, beside what they measure; None is no condition."""

    subject: str | None
    """Stands in what the figure is about."""
    region: str | None
    period: str | None
    """Region and period are read as in a question (嘉兴, 2025年, 前三季度, 十四五, 2020—2025年) or in normal form
    (2025-Q1..Q3); a figure of a part of the period counts, too."""
    status: str | None
    """One of `STATUSES`."""
    unit: str | None
    at_least: Decimal | None
    """Bounds the value in its base unit (万 and 亿 applied)."""
    at_most: Decimal | None


def search(metric: str, library: FigureLibrary, **sought: Unpack[Sought]) -> list[FoundFigure]:
    """The figures of what `metric` names, however it is worded there: the closest name first, then by place and time.

    Raises ValueError for an empty metric, and for a status or period that can't be read.
    """
    subject, region, period = sought.get("subject"), sought.get("region"), sought.get("period")
    status, unit = sought.get("status"), sought.get("unit")
    at_least, at_most = sought.get("at_least"), sought.get("at_most")
    if not metric.strip():
        raise ValueError("请写出要查的指标，例如：农村居民人均可支配收入")
    if status is not None and status not in STATUSES:
        raise ValueError(f"没有“{status}”这种状态；可用的是：{'、'.join(STATUSES)}")
    time = read_period(period) if period else ""
    places = {place.name for place in regions(region) if place.name} | {region} if region else None
    names = dict(library.names().near(metric))
    figures = []
    for figure in library.store(keys=list(names), status=status) if names else ():
        if places is not None and figure.region not in places:
            continue
        if time and fit(time, figure.period) not in (Fit.EXACT, Fit.WITHIN):
            continue
        if unit is not None and figure.unit != unit:
            continue
        if subject is not None and subject not in figure.subject:
            continue
        upper = figure.value if figure.upper is None else figure.upper
        if (at_least is not None and upper < at_least) or (at_most is not None and figure.value > at_most):
            continue
        figures.append(figure)
    figures.sort(key=lambda each: (-names[each.key], each.region, *when(each.period), each.document_id, each.start))
    return [with_source(figure, names[figure.key], library) for figure in figures]


def in_force(found: Sequence[FoundFigure], standings: Standings) -> list[FoundFigure]:
    """The same, each with whether its document holds today."""
    states = {each.figure.document_id: standings.today(each.figure.document_id) for each in found}
    return [
        replace(each, standing=state.state) if (state := states[each.figure.document_id]) else each for each in found
    ]


def with_source(figure: Figure, match: float, library: FigureLibrary) -> FoundFigure:
    """The figure with the sentence that states it and where that stands; KeyError for a document that is gone."""
    document = library.document(figure.document_id)
    start, end = statement_of(figure, document, library.passage_at(figure.document_id, figure.start))
    section = document.section_at(figure.start)
    return FoundFigure(
        figure=figure,
        match=match,
        title=document.title,
        publisher=document.publisher or "",
        published=document.published or "",
        uri=document.uri,
        section=" › ".join(section.path) if section else "",
        quote=document.text[start:end],
        quote_start=start,
        quote_end=end,
        page=document.page_at(figure.start),
    )


def statement_of(figure: Figure, document: Document, passage: Passage) -> tuple[int, int]:
    """The span of the sentence of `passage` that states the figure, or of its clause in a long one."""
    text = document.text
    start, end = next(
        ((s, e) for s, e in sentences(text, passage.start, passage.end) if s <= figure.start < e),
        (figure.start, figure.end),
    )
    if end - start > _LONGEST_SENTENCE:
        start, end = next(((s, e) for s, e in clauses(text, start, end) if s <= figure.start < e), (start, end))
    start, end = unmarked(text, (start, end))
    return min(start, figure.start), max(end, figure.end)
