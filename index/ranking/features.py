"""What a ranker sees of each candidate: some fifty named numbers, most of them shares or relative to the best.

They are of three kinds: how far the words of the question stand in the passage, its best sentence and what is around
it; the same by meaning, word against word with the shipped word vectors; and how the candidate stands among the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.ranking.matching import Text, Wanted, flat, glance_all, met, read, read_all
from index.ranking.ranker import Candidate, Query
from index.words import normalise
from sources.mentions.gazetteer import remembered
from sources.mentions.regions import regions

FEATURES: dict[str, str] = {
    "lexical": "BM25 of the passage, as a share of the best candidate's",
    "lexical_absolute": "BM25 of the passage, as a share of all words' weight",
    "lexical_place": "1 / place by that score",
    "document": "BM25 of the whole document, as a share of the best candidate's",
    "document_absolute": "BM25 of the whole document, as a share of all words' weight",
    "dense": "cosine of passage and question",
    "dense_short": "how much less than the best candidate's that is",
    "dense_place": "1 / place by it",
    "fused": "score before ranking, as a share of the best candidate's",
    "fused_place": "1 / place by it",
    "pairs": "share of the question's pairs of characters, numbers and Latin words, by weight, in the passage",
    "pairs_short": "how much less than the best candidate's that is",
    "singles": "share of its single characters, by weight",
    "pairs_title": "share of the pairs in the document's title",
    "pairs_heading": "share in the section's headings",
    "pairs_around": "share in the passages before and after",
    "pairs_all": "share in passage, title and headings together",
    "pairs_wide": "share in all of these together",
    "pairs_sentence": "share in the best sentence",
    "pairs_two": "share in the best two neighbouring sentences",
    "run": "the question's longest stretch that stands in the passage, as a share of the question",
    "run_title": "the longest that stands in the title or headings",
    "run_characters": "log of the length of the longest stretch in the passage",
    "title_asked": "share of the title's pairs of characters that the question names",
    "soft": "weighted share of the question's words met in the passage by one near in meaning",
    "soft_short": "how much less than the best candidate's that is",
    "soft_sentence": "the same within the best sentence",
    "soft_two": "the same within the best two neighbouring sentences",
    "soft_title": "the same within title and headings",
    "soft_all": "the same within passage, title and headings together",
    "key": "how far the question's most telling word is met in the passage",
    "key_sentence": "how far it is met in the best sentence",
    "number": "share of the question's numbers in the passage",
    "year": "1 where the passage, its title or its date has an asked year, -1 where they have others only",
    "region": "1 where the passage, its title or headings name an asked place, -1 where they name others only",
    "same_document": "share of the candidates that come from the same document",
    "document_best": "the best candidate's score from the same document, as a share of the best of all",
    "document_sum": "what share of the ten best candidates' scores comes from the same document",
    "in_document": "1 / place among the candidates of its document",
    "gap": "score less the next best candidate's of its document",
    "beside": "best score among the candidates next to it in its document, as a share of the best of all",
    "place": "where in the document it begins, 0 to 1",
    "first": "1 where it opens its document",
    "length": "log of its length",
    "document_length": "log of its document's length",
    "titled": "log of the length of its document's title",
    "heading": "1 where it stands under a heading",
    "digits": "log of how many digits stand in it",
    "dates": "log of how many dates",
    "items": "log of how many list marks",
    "commas": "log of how many enumerating commas",
    "duties": "log of how many words of duty and permission",
    "closing": "1 where it ends in a colon: what it announces stands in the next one",
    "asked_length": "log of the question's length",
    "asks_number": "1 where the question asks how much or how many",
    "asks_date": "1 where it asks when or how long",
    "asks_who": "1 where it asks who",
    "asks_list": "1 where it asks for several things",
    "asks_how": "1 where it asks how",
    "asks_why": "1 where it asks why",
    "asks_whether": "1 where it asks whether",
    "asks_what": "1 where it asks what something is",
}
"""Each feature's name and meaning, in the order of the columns."""
_KINDS = {
    "asks_number": re.compile(
        "多少|几[个人元家次年天月名亿万项]|多大|多高|多长|比例|百分之|占比|金额|how (?:much|many)"
    ),
    "asks_date": re.compile("何时|什么时候|哪[一]?[年天月日]|时间|期限|截止|多久|日期|when|how long"),
    "asks_who": re.compile("谁|哪[个些](?:单位|部门|机构|公司|人)|何人|主体|who"),
    "asks_list": re.compile("哪些|哪几|包括|内容|措施|有什么|什么(?:条件|要求|材料|情形)|分别"),
    "asks_how": re.compile("如何|怎么|怎样|怎|方式|how"),
    "asks_why": re.compile("为什么|为何|原因|why"),
    "asks_whether": re.compile("吗|是否|能否|可否|能不能|是不是|有没有|可不可以|^(?:is|are|does|did|can)"),
    "asks_what": re.compile("什么是|是什么|是指|含义|指什么|what is"),
}
_CUES = ("digits", "dates", "items", "commas", "duties")
_DIGIT, _COUNTING, _DATE_MARK, _ITEM_MARK, _DUTY, _COMMA, _IS = (1 << bit for bit in range(7))
_KIND_OF = np.zeros(1 << 16, np.uint8)
"""The kinds of each character, as bits."""


for _kind, _those in (
    (_DIGIT, "0123456789"),
    (_COUNTING, "一二三四五六七八九十0123456789"),
    (_DATE_MARK, "年月日"),
    (_ITEM_MARK, "(第"),
    (_DUTY, "应须可由得"),
    (_COMMA, "、"),
    (_IS, "是"),
):
    _KIND_OF[[ord(each) for each in _those]] |= _kind


_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
Column = NDArray[np.float32]


def features(query: Query, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
    """(n, len(FEATURES)) float32, one row a candidate. Two candidates that look alike get the same row."""
    if not candidates:
        return np.zeros((0, len(FEATURES)), np.float32)
    texts = read_all(each.passage.text for each in candidates)
    columns = {
        **_by_search(query, candidates),
        **_by_words(Wanted(query.text, query.weights), candidates, texts),
        **_by_meaning(query.text, candidates, texts),
        **_agreeing(query, candidates),
        **_among(candidates),
        **_looks(query, candidates, texts),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)


def _column(values: Sequence[float] | NDArray[np.float64]) -> Column:
    return np.asarray(values, np.float32)


def _share(column: Column) -> Column:
    """As a share of the greatest."""
    top = float(column.max(initial=0.0))
    return column / top if top > 0 else np.zeros_like(column)


def _places(column: Column) -> Column:
    """1 / place, equal values sharing the best place."""
    ordered = -np.sort(-column)
    return _column(1 / (1 + np.searchsorted(-ordered, -column, side="left")))


def _by_search(query: Query, candidates: Sequence[Candidate]) -> dict[str, Column]:
    lexical = _column([each.lexical for each in candidates])
    document = _column([each.document for each in candidates])
    dense = _column([each.dense for each in candidates])
    fused = _column([each.fused for each in candidates])
    total = sum(query.weights.values()) or 1.0
    return {
        "lexical": _share(lexical),
        "lexical_absolute": lexical / total,
        "lexical_place": _places(lexical),
        "document": _share(document),
        "document_absolute": document / total,
        "dense": dense,
        "dense_short": dense.max(initial=0.0) - dense,
        "dense_place": _places(dense),
        "fused": _share(fused),
        "fused_place": _places(fused),
    }


def _by_words(wanted: Wanted, candidates: Sequence[Candidate], texts: Sequence[Text]) -> dict[str, Column]:
    n = len(candidates)
    above = [(each.title, each.passage.heading) for each in candidates]
    distinct = list(dict.fromkeys(above))
    around = list(dict.fromkeys(text for each in candidates for text in (each.before, each.after)))
    names = read_all([*(title for title, _ in distinct), *(heading for _, heading in distinct)])
    standing = wanted.standing([*texts, *names, *glance_all(around)])
    weights, by_text = wanted.pair_weights, standing.by_text
    here, beside = by_text[:n], by_text[n + 2 * len(distinct) :]
    of_name = np.array([distinct.index(each) for each in above], np.int64) + n
    title, heading = by_text[of_name], by_text[of_name + len(distinct)]
    neighbour = {text: number for number, text in enumerate(around)}
    near = (
        beside[[neighbour[each.before] for each in candidates]] | beside[[neighbour[each.after] for each in candidates]]
    )
    single = standing.pairs @ weights
    two = np.zeros_like(single)
    two[:-1] = (standing.pairs[:-1] | standing.pairs[1:]) @ weights
    # The last sentence of a text has no next one.
    lasts = np.append(standing.firsts[1:], len(single)) - 1
    two[lasts] = single[lasts]
    runs = standing.runs[:n]
    run_above = np.maximum(standing.runs[of_name], standing.runs[of_name + len(distinct)])
    named = np.array([_share_standing(wanted.flat, title) for title, _ in distinct], np.float32)
    length = max(1, len(wanted.flat))
    pairs = here @ weights
    return {
        "pairs": pairs,
        "pairs_short": pairs.max(initial=0.0) - pairs,
        "singles": standing.singles[:n] @ wanted.single_weights,
        "pairs_title": title @ weights,
        "pairs_heading": heading @ weights,
        "pairs_around": near @ weights,
        "pairs_all": (here | title | heading) @ weights,
        "pairs_wide": (here | title | heading | near) @ weights,
        "pairs_sentence": np.maximum.reduceat(single, standing.firsts)[:n],
        "pairs_two": np.maximum.reduceat(two, standing.firsts)[:n],
        "run": _column(runs / length),
        "run_title": _column(run_above / length),
        "run_characters": _column(np.log1p(runs)),
        "title_asked": named[of_name - n],
    }


def _share_standing(question: str, title: str) -> float:
    """The share of the title's pairs of characters that stand in the question."""
    pairs = _pairs(title)
    return sum(pair in question for pair in pairs) / len(pairs) if pairs else 0.0


@lru_cache(maxsize=8192)
def _pairs(text: str) -> frozenset[str]:
    plain = flat(text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def _by_meaning(question: str, candidates: Sequence[Candidate], texts: Sequence[Text]) -> dict[str, Column]:
    n = len(candidates)
    above = [f"{each.title}\n{each.passage.heading}" for each in candidates]
    distinct = list(dict.fromkeys(above))
    weights, how_far = met(question, [*(sentence for text in texts for sentence in text.sentences), *distinct])
    if not len(weights):
        names = ("soft", "soft_short", "soft_sentence", "soft_two", "soft_title", "soft_all", "key", "key_sentence")
        return {name: np.zeros(n, np.float32) for name in names}
    counts = np.array([len(text.sentences) for text in texts], np.int64)
    firsts = np.cumsum(counts) - counts
    inside, context = np.split(how_far, [int(counts.sum())])
    context = context[[distinct.index(text) for text in above]]
    whole = np.maximum.reduceat(inside, firsts, axis=0)
    single = inside @ weights
    two = np.zeros_like(single)
    two[:-1] = np.maximum(inside[:-1], inside[1:]) @ weights
    lasts = firsts + counts - 1
    two[lasts] = single[lasts]
    best = np.maximum.reduceat(single, firsts)
    key = int(np.argmax(weights))
    leading = np.where(single >= np.repeat(best, counts), inside[:, key], 0.0)
    soft = whole @ weights
    return {
        "soft": soft,
        "soft_short": soft.max(initial=0.0) - soft,
        "soft_sentence": best,
        "soft_two": np.maximum.reduceat(two, firsts),
        "soft_title": context @ weights,
        "soft_all": np.maximum(whole, context) @ weights,
        "key": whole[:, key],
        "key_sentence": np.maximum.reduceat(leading, firsts),
    }


def _agreeing(query: Query, candidates: Sequence[Candidate]) -> dict[str, Column]:
    question = normalise(query.text)
    numbers = set(_NUMBER.findall(question))
    years = frozenset(_YEAR.findall(question))
    places = _places_named(query.text)
    number, year, region = (np.zeros(len(candidates), np.float32) for _ in range(3))
    for at, each in enumerate(candidates):
        text, above = each.passage.text, f"{each.title} {each.passage.heading}"
        if numbers:
            number[at] = sum(wanted in text for wanted in numbers) / len(numbers)
        if years:
            year[at] = _agreement(years, _years_named, text, f"{above} {each.published or ''}")
        if places:
            region[at] = _agreement(places, _places_named, text, above)
    return {"number": number, "year": year, "region": region}


def _agreement(wanted: AbstractSet[str], named: Callable[[str], AbstractSet[str]], text: str, context: str) -> float:
    """From -1, where the text names others only, to 1, where it names one that is wanted; its context says less."""
    own = named(text)
    if wanted & own:
        return 1.0
    around = named(context)
    if wanted & around:
        return 0.7
    return -1.0 if own else -0.5 if around else 0.0


def _years_named(text: str) -> AbstractSet[str]:
    return set(_YEAR.findall(text))


@remembered(maxsize=16384)
def _places_named(text: str) -> frozenset[str]:
    return frozenset(each.name for each in regions(text) if each.name)


def _among(candidates: Sequence[Candidate]) -> dict[str, Column]:
    fused = _share(_column([each.fused for each in candidates]))
    _, owner = np.unique([each.passage.document_id for each in candidates], return_inverse=True)
    n = len(candidates)
    best = np.zeros(owner.max(initial=-1) + 1, np.float32)
    np.maximum.at(best, owner, fused)
    counts = np.bincount(owner, minlength=len(best)) if n else np.zeros(0)
    leading = np.argsort(-fused, kind="stable")[:10]
    sums = np.bincount(owner[leading], weights=fused[leading], minlength=len(best)) if n else np.zeros(0)
    in_document, gap, beside = (np.zeros(n, np.float32) for _ in range(3))
    texts = {(each.passage.document_id, each.passage.text): at for at, each in enumerate(candidates)}
    for number in range(len(best)):
        members = np.flatnonzero(owner == number)
        scores = fused[members]
        in_document[members] = _places(scores)
        ordered = -np.sort(-scores)
        others = np.where(scores == ordered[0], ordered[1] if len(ordered) > 1 else 0.0, ordered[0])
        gap[members] = scores - others
    for at, each in enumerate(candidates):
        neighbours = (texts.get((each.passage.document_id, text)) for text in (each.before, each.after) if text)
        beside[at] = max((float(fused[other]) for other in neighbours if other is not None), default=0.0)
    return {
        "same_document": _column(counts[owner] / max(1, n)),
        "document_best": best[owner],
        "document_sum": _column(sums[owner] / (float(fused[leading].sum()) or 1.0)),
        "in_document": in_document,
        "gap": gap,
        "beside": beside,
    }


@lru_cache(maxsize=8192)
def _cues(text: str) -> tuple[float, ...]:
    """Logs of how many of `_CUES` stand in the text."""
    here = _KIND_OF[read(text).characters]
    before, after = here[:-1], here[1:]
    dates = (before & _DIGIT > 0) & (after & _DATE_MARK > 0)
    items = ((before & _ITEM_MARK > 0) & (after & _COUNTING > 0)) | ((before & _COUNTING > 0) & (after & _IS > 0))
    kinds = (here & _DIGIT > 0, dates, items, here & _COMMA > 0, here & _DUTY > 0)
    return tuple(float(np.log1p(np.count_nonzero(kind))) for kind in kinds)


def _looks(query: Query, candidates: Sequence[Candidate], texts: Sequence[Text]) -> dict[str, Column]:
    n = len(candidates)
    cues = np.array([_cues(each.passage.text) for each in candidates], np.float32).reshape(n, len(_CUES)).T
    question = normalise(query.text)
    return {
        "place": _column([each.place for each in candidates]),
        "first": _column([float(not each.before) for each in candidates]),
        "length": _column([np.log1p(len(text.characters)) for text in texts]),
        "document_length": _column([np.log1p(each.characters) for each in candidates]),
        "titled": _column([np.log1p(len(each.title)) for each in candidates]),
        "heading": _column([float(bool(each.passage.heading)) for each in candidates]),
        **dict(zip(_CUES, cues, strict=True)),
        "closing": _column([float(each.passage.text.rstrip().endswith((":", "："))) for each in candidates]),
        "asked_length": np.full(n, np.log1p(len(question)), np.float32),
        **{name: np.full(n, float(bool(pattern.search(question))), np.float32) for name, pattern in _KINDS.items()},
    }
