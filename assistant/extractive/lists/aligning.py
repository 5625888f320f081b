"""Aligning: which list of the documents a question asks for, by what stands over it, what its items say, and by what
the reader makes of both."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.extractive.lists.asks import ListAsk, class_terms
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat, flattened, met
from assistant.reading.reader import shipped_reader
from index.embedders.registry import load_embedder
from index.hits import Hit
from sources.documents import Document
from sources.lists import Listing, lists
from sources.mentions.numerals import quantities

Floats = NDArray[np.float32]
_MET = 0.55
"""How far a term must be met to count as named."""
_OF_MOST = 0.8
"""The share of the items that a word must stand in to be common to them: 投资, 负责."""
_FILTER_WEIGHT = 0.9
_LEAST_WEIGHT = 0.9
"""A word that tells less picks no items."""
_COMPARED = 12
"""Lists whose leads are compared with the question by meaning: those of the best passages, and what explains most."""
_READ = 6
"""Of these, those that the reader looks at."""
_BIAS, _EXPLAINED, _NEAR, _ALIKE, _READ_ODDS = -2.6, 1.8, 2.8, 5.0, 1.0
"""A logistic model of whether a list is the one that is asked for, fitted on 117 questions for lists of sixteen texts
that were written for it, of unlike builds and wordings."""
_IN_CONTEXT = "contextual:"
"""Leads are short and few: they are compared by the shipped embedder that reads in context, whichever one searches."""
_LEAST_LIKELY = 0.2
_READ_WELL = 0.9
"""A list that would not do even where its items were read as answering so well is not read."""
_HAVING_SHARE = 0.4
_ITEM_CHARS = 60
_WORDS_CHARS = 240
_MOST_READ = 24
_KNOWN: dict[str, Floats] = {}
_MOST_KNOWN = 8192
"""Vectors of leads kept, of one and a half kilobytes each."""
_TAIL = re.compile(r"[^。；\n]{0,60}")
_IDENTIFIER = re.compile(r"[a-z]*\d[\da-z.]*|[a-z]+(?=\d)")


@dataclass(frozen=True)
class Aligned:
    """A list beside a question."""

    document: Document
    listing: Listing
    explained: float
    """The share of the question, by weight, that stands over the list, in all of its items, or picks some of them."""
    near: float
    """The share of it that stands right over the list, in its lead or what it is nested in."""
    picks: tuple[str, ...] = ()
    """The words, flat, that only some items have, and the question wants."""
    alike: float = 0.0
    """Cosine of the question and what stands right over the list, in context."""
    read: float = 0.0
    """How surely its items answer, by the reader, 0 to 1."""

    @property
    def likely(self) -> float:
        """How likely it is the list that is asked for, 0 to 1."""
        read = min(max(self.read, 0.001), 0.999)
        read_odds = math.log(read / (1 - read))
        odds = _EXPLAINED * self.explained + _NEAR * self.near + _ALIKE * self.alike + _READ_ODDS * read_odds
        return 1 / (1 + math.exp(-_BIAS - odds))


def aligned(ask: ListAsk, library: Library) -> Aligned | None:
    """The list that the question asks for; None where none is it."""
    about = ask.about
    hits = library.search(about.standalone)
    if not about.terms or not hits:
        return None
    near = _near(hits, library)
    every = [each for each in _beside_each(ask, near) if _holds(ask, each)]
    most = sorted(every[_COMPARED:], key=lambda each: each.explained, reverse=True)[:_COMPARED]
    likely = sorted(_alike(about, [*every[:_COMPARED], *most]), key=lambda each: each.likely, reverse=True)
    worth_reading = [each for each in likely[:_READ] if replace(each, read=_READ_WELL).likely >= _LEAST_LIKELY]
    fitting = [each for each in _read(ask, worth_reading) if each.likely >= _LEAST_LIKELY]
    return max(fitting, key=lambda each: each.likely, default=None)


def _near(hits: Sequence[Hit], library: Library) -> list[tuple[Document, Listing]]:
    """The lists that stand in the passages found, or reach into them, those of the best passages first."""
    found: dict[tuple[str, int, int], tuple[Document, Listing]] = {}
    standings = library.standings()
    named = library.scope.named if library.scope else frozenset()
    for hit in hits:
        document = library.document(hit.passage.document_id)
        bounds = standings.stated_by(document.id) if standings.knows(document.id) else ()
        if document.id not in named and any(each.target and each.relation.kind == "amends" for each in bounds):
            continue  # what an amendment says is told with the rule that it changes
        for each in lists(document):
            is_articles = each.form == "marked" and each.lead[0] == each.lead[1]  # a rule's: no list of anything
            if each.lead[0] < hit.passage.end and hit.passage.start < each.end and not is_articles:
                found.setdefault((document.id, each.start, each.end), (document, each))
    return list(found.values())


def _beside_each(ask: ListAsk, places: Sequence[tuple[Document, Listing]]) -> list[Aligned]:
    """How much of the question each list explains, before it is read."""
    over = []
    for document, listing in places:
        nearest = _nearest(document, listing)
        over += [_above(document, listing), flat("".join(nearest[:1])), flat("。".join(nearest))]
    shares = met(ask.about.terms, over).reshape(len(places), 3, -1)
    return [_beside(ask, *place, own) for place, own in zip(places, shares, strict=True)]


def _beside(ask: ListAsk, document: Document, listing: Listing, over: Floats) -> Aligned:
    """The same of one list, of which all that stands over it, what stands next to it and all of that meet each term
    as far as `over` (3, terms) says."""
    terms, title = ask.about.terms, flat(document.title)
    # What the document is about says nothing of which of its lists is meant.
    telling = [term.weight * (term.text not in title) for term in terms]
    weights = np.array(telling if any(telling) else [term.weight for term in terms], np.float32)
    above = _above(document, listing)
    told, right_over, around = over.copy()
    right_over = (right_over + around) / 2
    picks: list[str] = []
    left = weights.copy()
    items = [flat(words_of(document, listing, at)) for at in range(len(listing.items))]
    # Of names set apart in a sentence, and of headings with lists under them, none is picked by what it says.
    for words, covered in () if listing.form == "run" or _is_outline(listing) else _said(ask, above, items):
        shared = sum(words in item for item in items) / len(items)
        picks += [words] if shared < _OF_MOST else []
        told[covered] = np.maximum(told[covered], 1 if shared >= _OF_MOST else _FILTER_WEIGHT)
        left[covered] = 0
    for at, term in enumerate(terms):  # a condition on a number is met by having such numbers: the picking sees to it
        if any(term.text in ask.conditions[bound.start : bound.end] for bound in ask.bounds):
            told[at] = max(told[at], _FILTER_WEIGHT)
            left[at] = 0
    # What only items say can't stand over them: the rest of the question is held against the lead.
    if not left.any():
        left = np.array([term.weight for term in terms], np.float32)
        left[[at for at, share in enumerate(weights) if share]] = 0
    left = left if left.any() else weights
    explained, near = float(told @ weights / weights.sum()), float(right_over @ left / left.sum())
    return Aligned(document, listing, explained, near, tuple(picks))


def _is_outline(listing: Listing) -> bool:
    """Whether most of its items are headings with lists of their own under them."""
    return sum(item.own_end < item.end for item in listing.items) * 2 >= len(listing.items)


def _said(ask: ListAsk, above: str, items: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """The longest stretches of the question that items say and nothing over the list does, each with the terms in it.

    河下街上有哪些历史建筑 → 河下街, whichever words that is cut into.
    """
    text = flattened(ask.about.standalone)
    compared = [(each.start, each.end) for each in ask.bounds] + [(each.start, each.end) for each in ask.dates]
    for start, end in compared:  # they are compared, not looked for
        text = text[:start] + " " * (end - start) + text[end:]
    terms, things = ask.about.terms, class_terms(ask.about)
    places = [(text.find(term.text), term) for term in terms]
    at = 0
    while at < len(text) - 1:
        size = 1
        while at + size < len(text) and any(text[at : at + size + 1] in item for item in items):
            size += 1
        words = text[at : at + size]
        within = [n for n, (place, term) in enumerate(places) if _mostly(place, len(term.text), at, at + size)]
        telling = [n for n in within if terms[n].weight >= _LEAST_WEIGHT and terms[n].text not in things]
        if size > 1 and telling and not (words in above or words.isdigit()):
            yield words, within
        at += size


def _mostly(place: int, size: int, start: int, end: int) -> bool:
    """Whether half or more of a word at `place` stands between two offsets."""
    return 2 * (min(place + size, end) - max(place, start)) >= size


def _nearest(document: Document, listing: Listing) -> list[str]:
    """What stands right over the list: its lead, and the item or the heading that this stands under.

    What the whole document is about is no name for its first list, or for the outline of its headings.
    """
    title = flat(document.title)
    words = dict.fromkeys([*listing.above(document)[:2], *_behind(document, listing)])
    return [each for each in words if each and flat(each) not in title]


def _behind(document: Document, listing: Listing) -> list[str]:
    """What follows a run in its sentence, which often says what it is of: 桃花节、龙舟赛等重大节庆活动."""
    tail = _TAIL.match(document.text, listing.items[-1].start) if listing.form == "run" else None
    return [tail[0]] if tail else []


def _above(document: Document, listing: Listing) -> str:
    """All that stands over the list, flat, with the title."""
    return flat("。".join([*listing.above(document), *_behind(document, listing), document.title]))


def words_of(document: Document, listing: Listing, at: int) -> str:
    """What the item says, of a long one the beginning."""
    item = listing.items[at]
    return document.text[item.start : min(item.own_end, item.start + _WORDS_CHARS)]


def _holds(ask: ListAsk, each: Aligned) -> bool:
    """Whether the times, places, names in quotes and identifiers of the question are those of the list."""
    document, listing = each.document, each.listing
    about = ask.about
    above = _above(document, listing)
    whole = above + flat(document.text[listing.start : min(listing.end, listing.start + 20 * _WORDS_CHARS)])
    if about.items and len(listing.items) != about.items:
        return False
    if not all(flat(words) in whole for words in about.quoted):
        return False
    dated = f"{whole}{document.published or ''}"
    if not all(period[:4] in dated for period in about.periods):
        return False
    if not all(region in document.regions or region[:2] in whole for region in about.regions):
        return False
    spans = [(bound.start, bound.end) for bound in ask.bounds] + [(each.start, each.end) for each in ask.dates]
    named = [
        match[0]
        for match in _IDENTIFIER.finditer(ask.conditions)
        if not any(start < match.end() and match.start() < end for start, end in spans)
    ]
    return all(name in (whole if each.picks else above) for name in named)


def _alike(about: Question, every: Sequence[Aligned]) -> list[Aligned]:
    """The lists with how near the question is to what stands right over them."""
    embedder = load_embedder(_IN_CONTEXT)
    asked = embedder.encode_query(about.standalone)
    leads = [" ".join(reversed(_nearest(each.document, each.listing))) for each in every]
    vectors = _vectors(tuple(dict.fromkeys(filter(None, leads))))
    return [
        replace(each, alike=float(asked @ vectors[lead]) if lead else 0.0)
        for each, lead in zip(every, leads, strict=True)
    ]


def _vectors(leads: Sequence[str]) -> dict[str, Floats]:
    """The vector of each lead; those that are new are embedded side by side."""
    known = {lead: vector for lead in leads if (vector := _KNOWN.get(lead)) is not None}
    new = [lead for lead in leads if lead not in known]
    if new:
        read = dict(zip(new, load_embedder(_IN_CONTEXT).encode(new), strict=True))
        known |= read
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN.update(read)
    return known


def _read(ask: ListAsk, likely: Sequence[Aligned]) -> list[Aligned]:
    """The lists with what the reader makes of their items under what stands over them, as one sentence."""
    question = ask.about.for_reading
    headed, texts = [], []
    for each in likely:
        document, listing = each.document, each.listing
        headed.append(" ".join(dict.fromkeys([document.title, *reversed(listing.above(document))])))
        lines = (document.text[item.start : item.end].strip().split("\n")[0] for item in listing.items[:_MOST_READ])
        texts.append(f"{headed[-1]}：{'；'.join(line.rstrip('；;。')[:_ITEM_CHARS] for line in lines)}")
    reader = shipped_reader()
    reader.read(question, texts)  # side by side, and remembered
    # What a condition on a number picks is no matter of reading, but of the items having such numbers.
    return [
        replace(
            each,
            read=max(reader.answers(question, text, since=len(over)), _HAVING_SHARE * _having(ask, each)),
        )
        for each, over, text in zip(likely, headed, texts, strict=True)
    ]


def names_things(ask: ListAsk, each: Aligned) -> bool:
    """Whether what stands over the list says what things are asked for: 行政村 of 多少个行政村."""
    words = class_terms(ask.about, counted=True)
    things = [term for term in ask.about.terms if term.text in words and term.weight >= _LEAST_WEIGHT]
    nearest = flat("。".join(_nearest(each.document, each.listing)))
    return not things or bool((met(things, (nearest,))[0] >= _MET).any())


def _having(ask: ListAsk, each: Aligned) -> float:
    """The share of the items that state something for every bound of the question; 0 where it sets none."""
    units = {bound.quantity.unit for bound in ask.bounds if bound.quantity}
    if not units:
        return 0.0
    stated = [
        {quantity.unit for quantity in quantities(words_of(each.document, each.listing, at))}
        for at in range(len(each.listing.items))
    ]
    return sum(units <= own for own in stated) / len(stated)
