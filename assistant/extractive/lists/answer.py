"""Answers made of lists: every item quoted in its order, how many there are, those that meet what is added, a sum.

**完善运行机制。**一是统一标准。二是统一调度。三是统一评价。

怎样完善运行机制？  →  一是统一标准。 / 二是统一调度。 / 三是统一评价。
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from assistant.extractive.arithmetic import sum_of
from assistant.extractive.compose import Draft, Line, Quote, quoted, without_repeats
from assistant.extractive.lists.aligning import Aligned, aligned, names_things
from assistant.extractive.lists.asks import ListAsk, ask_of, class_terms
from assistant.extractive.lists.picking import figure_of, picked
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat
from assistant.reading.boundaries import only_seems_named
from assistant.reading.counted import counts_another
from assistant.reading.findings import Finding
from assistant.reading.unmet import surroundings, unmet
from sources.figures.figure import Figure
from sources.lists import Item
from sources.mentions.numerals import Quantity, quantities
from sources.sentences import Span, clauses, sentences

_MOST_ITEMS = 30
_ITEM_CHARS = 120
_MARK_CHARS = 4
_MOST_HAVE = 0.8
_NAMES_BEFORE = 8
_SURE = 0.65
"""A list as likely as this goes before a sentence, a sentence as likely before a list that isn't."""
_SURE_COUNT = 0.45
_SURE_RUN = 0.5
"""How sure a run must be to be told where the best sentence is another."""
_WHOLE_CHARS = 300
"""A list as short as this is cited as a whole."""
_TELLS = 0.9
"""A word of this weight tells what is counted."""
ALL_TOLD = {"zh": "前面已经列全，没有更多了。", "en": "That was all of it: there is no more."}
"""What is said where all items were told before."""
_OF_SEVERAL = re.compile("哪[些几]|分别|各")
_OF_EACH = re.compile("分别|各|每")
_OF_ONE = frozenset({"person", "place", "date"})
"""Kinds of question that a sentence answers before a list does, where both are sure."""
_COUNTERS = frozenset("个家项条类种款处所名位批座件点步方面")


def answer(question: Question, library: Library) -> Draft | None:
    """The whole of the list that the question asks for, or what it wants of it; None where no list is asked for."""
    ask = ask_of(question)
    if ask is None:
        return None
    if ask.is_plain and question.kind == "number" and not _OF_EACH.search(question.standalone):
        return None  # one figure is asked for, which the items are only beside
    if ask.wants == "count" and not question.parts and _is_stated(question, library):
        return None
    return _drafted(question, ask, library)


def worked_out(question: Question, library: Library) -> Draft | None:
    """The same for what has to be made of a list: a sum, a part, one item; the figure of another thing would not do."""
    ask = ask_of(question)
    if ask is None or ask.is_plain or (ask.wants == "count" and not question.parts):
        return None
    return _drafted(question, ask, library)


def rest(question: Question, told: int, library: Library) -> Draft | None:
    """What of the list follows the first `told` items (还有呢), or that nothing does; None where there is no list."""
    ask = ask_of(question)
    return _drafted(question, ask, library, told=told) if ask else None


def _drafted(question: Question, ask: ListAsk, library: Library, *, told: int = 0) -> Draft | None:
    of = aligned(ask, library)
    if of is None or _only_seems_named(question, of):
        return None
    if ask.is_plain and not told and _is_told_surer(question, of, library):
        return None
    if of.listing.form == "run" and ask.is_plain:  # told by its sentence, which is the best one as a rule
        if _told_by_sentence(question, of, library) or of.likely < _SURE_RUN:
            return None
        return Draft(question, (_run(of, library),), of.likely)
    figures = library.figures(of.document.id)
    items = picked(ask, of, figures)
    if not items or (ask.is_plain and _is_of_one(ask, of, items)):
        return None
    if ask.wants == "sum" or (ask.wants == "count" and _have(ask, of, items, figures)):  # 四家市场的隐患共多少处
        line = _summed(ask, of, items, figures, library)
        return Draft(question, (line,), of.likely) if line else None
    lines = [_line(of, item, library) for item in items[told : told + _MOST_ITEMS]]
    notices: list[str] = []
    if ask.wants == "count":
        if of.likely < _SURE_COUNT or not names_things(ask, of) or (of.picks and len(items) < 2):
            return None  # a number of other things is wrong, where a list would only be beside the point
        if _counts_another(question, ask, of, figures):
            return None
        counted, differing = _counted(ask, of, items, library)
        lines = [counted, *lines] if question.parts else [counted]  # 有几种，分别奖多少
        notices += [differing] if differing else []
    left_out = len(items) - told - _MOST_ITEMS
    if left_out > 0:
        notices.append(f"清单较长，还有 {left_out} 项未列出")
    if not lines and told >= len(items) and ask.wants == "items":
        return Draft(question, (_all_told(of, items[-1], question.language, library),), of.likely)
    if not lines:
        return None
    shown = lines if ask.wants == "count" else without_repeats(lines)
    return Draft(question, tuple(shown), of.likely, notice="；".join(notices) or None)


def _line(of: Aligned, item: Item, library: Library) -> Line:
    start, end = _shown(of.document.text, item.span)
    return quoted(Quote(library.passage_at(of.document.id, start), start, end), library.document)


def _all_told(of: Aligned, last: Item, language: str, library: Library) -> Line:
    """That the item told last is the last one of the list."""
    words = ALL_TOLD[language]
    return Line(words, _line(of, last, library).quotes, known=(words,))


def _is_of_one(ask: ListAsk, of: Aligned, items: Sequence[Item]) -> bool:
    """Whether the words that pick name one item, or not as many as are asked for: it is about what that says."""
    return bool(of.picks) and (len(items) < 2 or (ask.about.items or len(items)) != len(items))


def _is_told_surer(question: Question, of: Aligned, library: Library) -> bool:
    """Whether a sentence answers without a doubt that the list, which is in doubt, would not tell."""
    finding = library.finding(question)
    best = finding.best
    of_one = question.kind in _OF_ONE and not _OF_SEVERAL.search(question.standalone)
    if best is None or not _is_sure(finding) or (of.likely >= _SURE and not of_one):
        return False
    told = [of.listing.lead, *(_shown(of.document.text, item.span) for item in of.listing.items)]
    return best.document.id != of.document.id or not any(best.start < end and start < best.end for start, end in told)


def _only_seems_named(question: Question, of: Aligned) -> bool:
    """Whether the list has what is asked about only as a part of another word: 会长 in 副会长三名."""
    text, section = of.document.text, of.document.section_at(of.listing.lead[0])
    above = "\n".join((of.document.title, *(section.path if section else ())))
    return only_seems_named(question, text[of.listing.lead[0] : of.listing.end], above)


def _is_stated(question: Question, library: Library) -> bool:
    """Whether a sentence surely states the number, and of all that the question tells of it."""
    finding = library.finding(question)
    best = finding.best
    if best is None or not _is_sure(finding):
        return False
    return not unmet(question, best, surroundings(best.document, best.start, best.end)).words


def _is_sure(finding: Finding) -> bool:
    return finding.found and finding.confidence >= _SURE


def _told_by_sentence(question: Question, of: Aligned, library: Library) -> bool:
    """Whether the sentence that answers best is the one that the run stands in."""
    finding = library.finding(question)
    best = finding.best if finding.found else None
    start, end = of.listing.lead[0], of.listing.end
    return best is not None and best.document.id == of.document.id and best.start < end and start < best.end


def _run(of: Aligned, library: Library) -> Line:
    """The clauses that the items stand in, with what announces them."""
    text = of.document.text
    lead, end = of.listing.lead, of.listing.end
    start = next((first for first, last in reversed(clauses(text, *lead)) if last - first > 1), lead[0])
    stop = re.compile(r"[^，。；;\n]*[。；;]?").match(text, end)
    quote = Quote(library.passage_at(of.document.id, start), start, stop.end() if stop else end)
    return quoted(quote, library.document)


def _counted(ask: ListAsk, of: Aligned, items: Sequence[Item], library: Library) -> tuple[Line, str]:
    """How many there are, as printed or counted, with their names; and whether what is printed differs."""
    text = of.document.text
    quotes = tuple(_quotes(of, items, library))
    whole = len(items) == len(of.listing.items)
    printed = _printed(ask, of) if whole else None
    count = int(printed[0].value) if printed else len(items)
    names = [_short_name(text, item) for item in items]
    unit = ask.unit if ask.unit in _COUNTERS else "项"
    joint = "；" if any("、" in name for name in names) else "、"
    if printed:
        start, end = printed[1]
        lead = Quote(library.passage_at(of.document.id, start), start, end)
        differs = f"文中写的是{printed[0].text}，这里列出的有 {len(items)} 项" if count != len(items) else ""
        return replace(quoted(lead, library.document), quotes=(lead, *quotes)), differs
    return Line(f"共{count}{unit}：{joint.join(names)}。", quotes), ""


def _printed(ask: ListAsk, of: Aligned) -> tuple[Quantity, Span] | None:
    """The number of items as the document prints it before them or behind them, with the clause that says so."""
    text = of.document.text
    start, end = of.listing.lead
    stretches = clauses(text, start, end)
    if of.listing.form == "run":
        tail = re.match(r"[^，。；\n]*", text[of.listing.end :])
        stretches = [*stretches, (of.listing.lead[1], of.listing.end + (tail.end() if tail else 0))]
    for first, last in reversed(stretches):
        for quantity in quantities(text[first:last]):
            if quantity.unit in _COUNTERS and any(
                term.text in flat(text[first:last]) for term in ask.about.terms if term.weight > _TELLS
            ):
                return quantity, (first, last)
    return None


def _counts_another(question: Question, ask: ListAsk, of: Aligned, figures: Sequence[Figure]) -> bool:
    """Whether the number that the document prints is one of other things: 3个项目 where villages are asked for."""
    printed = _printed(ask, of)
    if printed is None:
        return False
    number, (start, end) = printed
    at = start + number.start
    own = next((each for each in figures if each.start == at), None)
    return own is not None and counts_another(question, own, of.document.text[start:end])


def _have(ask: ListAsk, of: Aligned, items: Sequence[Item], figures: Sequence[Figure]) -> bool:
    """Whether nearly every item has a figure of what is counted: 隐患12处 where it is 隐患 that are asked for."""
    things, text = class_terms(ask.about, counted=True), of.document.text

    def has(item: Item) -> bool:
        own = (each for each in figures if item.start <= each.start < item.end and each.unit == ask.unit)
        said = (flat(text[max(item.start, each.start - _NAMES_BEFORE) : each.start]) for each in own)
        return any(thing in words for words in said for thing in things)

    return bool(ask.unit) and sum(map(has, items)) >= _MOST_HAVE * len(items)


def _summed(
    ask: ListAsk, of: Aligned, items: Sequence[Item], figures: Sequence[Figure], library: Library
) -> Line | None:
    """The items' figures of one unit together, by a shown formula; None where an item that should have one has none."""
    own = [each for each in figures if any(item.start <= each.start and each.end <= item.end for item in items)]
    words = ask.conditions
    unit = ask.unit
    units = Counter(each.unit for each in own if each.unit and each.unit != "%")
    chosen = next((each.unit for each in quantities(f"1{unit}")), "") if unit else ""
    if chosen not in units:
        named = Counter(each.unit for each in own if each.metric and any(w in words for w in (each.metric[-2:],)))
        chosen = next((each for each, _ in named.most_common()), "") or next(
            (each for each, count in units.most_common() if count > 1), ""
        )
    found = [figure for item in items if (figure := figure_of(item, of, figures, unit=chosen, about=words))]
    if len(found) < 2:
        return None
    total = sum_of(found)
    added = [item for item in items if any(item.start <= each.start < item.end for each in found)]
    quotes = tuple(_quotes(of, added, library))
    metric = next((each.metric for each in found if each.metric), "")
    return Line(f"{metric}合计{total.text}（{total.formula}）。", quotes, tuple(found), (total,))


def _quotes(of: Aligned, items: Sequence[Item], library: Library) -> list[Quote]:
    """What is cited for items: a short list as it stands, of a longer one each item."""
    start, end = items[0].start, items[-1].end
    every = of.listing.items
    together = items[-1] in every and every.index(items[-1]) - every.index(items[0]) == len(items) - 1
    if together and end - start <= _WHOLE_CHARS:
        return [Quote(library.passage_at(of.document.id, start), start, _trimmed(of.document.text, start, end))]
    text = of.document.text
    spans = [(item.start, _trimmed(text, item.start, _first_line(text, item))) for item in items]
    return [Quote(library.passage_at(of.document.id, start), start, end) for start, end in spans]


def _first_line(text: str, item: Item) -> int:
    end = text.find("\n", item.name[1], item.end)
    return item.end if end < 0 else end


def _short_name(text: str, item: Item) -> str:
    """The item's name up to its first comma or bracket."""
    name = text[slice(*item.name)].strip(" *#")
    return re.split("[，,（(]", name)[0].strip() or name


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in "*# \n":
        end -= 1
    return end


def _shown(text: str, item: Span) -> Span:
    """The item's first sentence, or of a long one its first clauses, without Markdown around it."""
    start, end = next(iter(sentences(text, *item)), item)
    if end - start <= _MARK_CHARS and (
        more := sentences(text, *item)[1:2]
    ):  # a mark or a few words on a line of their own
        end = more[0][1] if more[0][1] - start <= _ITEM_CHARS else end
    start += len(re.match(r"[#>*\s]*", text[start:end])[0])  # type: ignore[index]
    if end - start > _ITEM_CHARS:
        upto = [stop for _, stop in clauses(text, start, end) if stop - start <= _ITEM_CHARS]
        end = upto[-1] if upto else start + _ITEM_CHARS
    return start, _trimmed(text, start, end)
