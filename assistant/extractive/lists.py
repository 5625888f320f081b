"""Lists: the whole of a marked list, where a question asks for what one of its items only begins to tell.

**完善运行机制。**一是统一标准。二是统一调度。三是统一评价。

怎样完善运行机制？  →  一是统一标准。 / 二是统一调度。 / 三是统一评价。
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.extractive.compose import Draft, Quote, quoted, without_repeats
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat, met, total
from assistant.reading.candidates import enumerations as counts_in
from assistant.reading.mismatches import mismatches
from sources.documents import Document
from sources.sentences import Span, clauses, sentences

_MOST_ITEMS = 12
_ITEM_CHARS = 120
_KINDS = {"list", "how", "definition"}
_NAMED_CONFIDENCE = 0.6
"""Of a list that only what stands over it says to be the answer."""
_LEAST_SURE = 0.04
"""How sure an item of a list must at least be for the whole of it to answer."""
_LEAST_OVER = 0.5
"""Of the question's words, by weight, that must stand over a list for the whole of it to answer."""
_LEAST_OVER_ELSEWHERE = 0.75
"""The same for a list that the best sentence is no item of."""
_KEY_WORD = 0.6
"""How far the word that tells most must be met there."""
_LEAST_NAMED = 0.85
_LEAST_NAMED_RIGHT_ABOVE = 0.25
"""The same, word for word, where no sentence answers: over the list, and right above it."""
_EMPTY = {
    "包括", "包含", "具体", "内容", "主要", "哪些", "什么", "分别", "方面",
    "采取", "存在", "面临", "推出", "开展", "抓", "做",
}  # fmt: skip
"""Words that tell of no list what it lists."""
_MARKED = re.compile(r"^[#>*\s]*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])?")
_LEAD_SHARE = 0.2
"""What the very line over a list counts beside the headings above."""
_MOST_OWN = 0.3
_MOST_OWN_WORDS = 0.2
"""Where one item alone meets this much more, near words or the very words, the question is about that item."""
_LEAST_STANDING = 0.4
_MARK_CHARS = 4
_LEAD_CHARS = 160
_RUN_IN_CHARS = 40
_TRIMMINGS = "*#> \n。"
_GAP_CHARS = 1500
_SECTION_CHARS = 20_000
_MOST_MARKS_BACK = 200
"""An item further from the one before belongs to another list; one that opens a line may be a whole section away."""
_ANNOUNCES = re.compile(
    r"(?:如下|包括|以下[^。，]{0,12}|下列[^。，]{0,12}|[一二两三四五六七八九十\d]+(?:个|项|条|种|类|大|方面)[^。，]{0,8})$|[:：]$"
)
_DIGITS = {digit: at for at, digit in enumerate("零一二三四五六七八九十")}
_WORDS = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 9, "此外": 9}
_CN = "[一二三四五六七八九十]{1,3}"
_PREFIX = r"(?P<prefix>[#>*\s]*)"
_AT_LINE = re.compile(
    rf"^{_PREFIX}(?:(?P<article>第[一二三四五六七八九十百\d]{{1,5}}条)|(?P<bracket>[（(]{_CN}[）)])|(?P<numbered>[（(]\d{{1,2}}[）)])"
    rf"|(?P<arabic>\d{{1,2}}[.．、)）](?![\d]))|(?P<heading>{_CN}、)|(?P<circled>[①-⑳])|(?P<is>{_CN}(?:是|要))"
    rf"|(?P<nth>第{_CN}(?:[，,、：:]|是|个?方面))|(?P<words>首先|其次|再次|再者|最后|此外)|(?P<bullet>(?:[-+•·▪●○◆]|\*(?!\*))\s+))",
    re.MULTILINE,
)
_INSIDE = re.compile(
    rf"(?<=[。；;：:，,！？\n*])(?P<prefix>[ *]*)(?:(?P<is>{_CN}(?:是|要))|(?P<nth>第{_CN}(?:[，,、：:]|是|个?方面))"
    rf"|(?P<words>首先|其次|再次|再者|最后)|(?P<circled>[①-⑳])|(?P<bracket>[（(]{_CN}[）)])|(?P<numbered>[（(]\d{{1,2}}[）)]))"
)


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A marked list of a document, by offsets into its text."""

    lead: Span
    """What announces it: the words before it in its paragraph, or the line above."""
    items: tuple[Span, ...]
    """Each from its mark to the next one; the last one to the end of its paragraph or section."""

    def at(self, position: int) -> int | None:
        """Which item `position` lies in."""
        return next((at for at, (start, end) in enumerate(self.items) if start <= position < end), None)


def answer(question: Question, library: Library) -> Draft | None:
    """The whole of the enumeration that the best sentence begins to tell; None where that sentence answers by itself.

    A list that the question names right over it dispels what doubt its items leave.
    """
    finding = library.finding(question)
    best = finding.best
    if best is None or question.kind not in _KINDS:
        return None
    if not finding.found and not (
        finding.in_doubt and finding.confidence >= _LEAST_SURE and not mismatches(question, best)
    ):
        return None
    if question.items and question.items in counts_in(best.text):
        return None  # 哪三项权利: the sentence has all three
    whole = _answering(question, best.document, (best.start, best.end))
    return _drafted(question, best.document, whole, library, confidence=finding.confidence) if whole else None


def named(question: Question, library: Library) -> Draft | None:
    """The enumeration whose heading or announcement a question for a list names, where no sentence answers it."""
    if question.kind != "list" or not question.terms:
        return None
    best: tuple[float, Document, Enumeration] | None = None
    for document_id in dict.fromkeys(hit.passage.document_id for hit in library.search(question.standalone)):
        document = library.document(document_id)
        for each in enumerations(document):
            reach = _named_over(question, document, each)
            if reach and (best is None or reach > best[0]):
                best = (reach, document, each)
    return _drafted(question, best[1], best[2], library, confidence=_NAMED_CONFIDENCE) if best else None


def _named_over(question: Question, document: Document, each: Enumeration) -> float:
    """How much of the question stands word for word over the list, that right over it once more; 0 where too little."""
    if question.items and len(each.items) != question.items:
        return 0.0
    over = _over(document, each)
    everything, lead = flat("。".join(over)), flat(_MARKED.sub("", over[0]))
    asked = [term for term in question.terms if term.text not in _EMPTY]
    weight = total(asked)
    covered = sum(term.weight for term in asked if term.text in everything) / weight
    near = sum(term.weight for term in asked if term.text in lead) / weight
    pairs = [lead[at : at + 2] for at in range(len(lead) - 1)]
    is_named = sum(pair in flat(question.standalone) for pair in pairs) >= len(pairs) / 2
    if lead in flat(document.title) or flat(document.title) in lead:
        return 0.0  # what a whole document is about is no name for its first list
    dated = f"{everything}{document.published or ''}"
    known = (
        _names_what_is_quoted(question, document, each)
        and all(period[:4] in dated for period in question.periods)
        and all(region in document.regions or region[:2] in everything for region in question.regions)
    )
    right = known and covered >= _LEAST_NAMED and near and (near >= _LEAST_NAMED_RIGHT_ABOVE or is_named)
    return covered + _LEAD_SHARE * near if right else 0.0


def _drafted(
    question: Question, document: Document, found: Enumeration, library: Library, *, confidence: float
) -> Draft | None:
    spans = [_shown(document.text, item) for item in found.items]
    lines = [quoted(Quote(library.passage_at(document.id, s), s, e), library.document) for s, e in spans]
    if question.item:
        one = lines[question.item - 1 : question.item]
        return Draft(question, tuple(one), confidence) if one else None
    left_out = len(lines) - _MOST_ITEMS
    notice = f"清单较长，还有 {left_out} 项未列出" if left_out > 0 else None
    return Draft(question, tuple(without_repeats(lines[:_MOST_ITEMS])), confidence, notice=notice)


def _answering(question: Question, document: Document, best: Span) -> Enumeration | None:
    weights = np.array([term.weight for term in question.terms], dtype=np.float32) / total(question.terms)

    def share(*texts: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = met(question.terms, (flat("。".join(texts)),))[0]
        return row

    scored: list[tuple[float, int, Enumeration]] = []
    sentence = float(share(document.text[slice(*best)]) @ weights)
    for each in enumerations(document):
        if question.items and len(each.items) != question.items:
            continue
        inside, leads = each.at(best[0]), each.lead[0] <= best[0] < each.lead[1] or best[0] <= each.lead[0] < best[1]
        above = _over(document, each)
        if inside is None and not leads and _standing(question, above) < _LEAST_STANDING:
            continue  # before anything that takes longer
        over, under = share(*above), share(*(words for words in above[:-1] if flat(words) not in flat(document.title)))
        reach = float(over @ weights)
        # 完善运行机制。一是…: a few words right over the list are its heading.
        heads = leads and best[1] - best[0] <= _RUN_IN_CHARS
        counted = leads and bool(question.items) and question.terms[-1].text in flat(above[0])  # 采取四项措施：一是…
        least = (
            _LEAST_OVER
            if inside is not None or heads or counted
            else max(_LEAST_OVER_ELSEWHERE, 0.0 if leads else sentence)
        )
        if leads and float(under @ weights) < least:
            continue
        if not leads and float(under @ weights) <= sentence:
            continue  # what the question names is in the sentence itself rather than over the list
        if float(over[int(np.argmax(weights))]) < _KEY_WORD:
            continue
        if reach < least or not _names_what_is_quoted(question, document, each):
            continue
        if inside is not None:
            # What the item itself meets beyond what stands over all of them.
            item = document.text[slice(*each.items[inside])][: 2 * _ITEM_CHARS]
            own = float(np.maximum(share(item) - over, 0) @ weights)
            if own > _MOST_OWN or _standing(question, [*above, item]) - _standing(question, above) > _MOST_OWN_WORDS:
                continue
        elif leads and not (question.items or _announces(document.text, best, each)):
            continue
        fits = reach + _LEAD_SHARE * float(share(above[0]) @ weights) + 0.1 * (inside is not None or leads)
        scored.append((fits, each.items[0][0], each))
    if not scored:
        return None
    # Of nested lists that fit alike, the inner one: it stands right under the words that were asked for.
    return max(scored, key=lambda each: each[:2])[2]


def _standing(question: Question, texts: Sequence[str]) -> float:
    """The share, by weight, of the question's words that stand in the texts as they are."""
    plain = flat("。".join(texts))
    return sum(term.weight for term in question.terms if term.text in plain) / total(question.terms)


def _announces(text: str, best: Span, each: Enumeration) -> bool:
    """Whether the sentence leads to the list: 有以下三项：, or a few words right over it (完善机制。一是…)."""
    lead = text[slice(*each.lead)].rstrip(_TRIMMINGS)
    is_over = not text[best[1] : each.items[0][0]].strip(_TRIMMINGS)
    return bool(_ANNOUNCES.search(lead)) or (is_over and best[1] - best[0] <= _RUN_IN_CHARS)


def _names_what_is_quoted(question: Question, document: Document, each: Enumeration) -> bool:
    above = flat("".join(_over(document, each)))
    return all(flat(term) in above for term in question.quoted)


def _over(document: Document, each: Enumeration) -> list[str]:
    """What stands over the list: its lead, the headings that it stands under, and the document's title."""
    start, end = each.lead
    first = each.items[0][0]
    section = document.section_at(first)
    path: Sequence[str] = section.path if section else ()
    if section and section.start >= first - 4:  # the items are headings themselves
        path = path[:-1]
    return [document.text[start:end][-_LEAD_CHARS:], *path, document.title]


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
    while end > start and text[end - 1] in "*# \n":
        end -= 1
    return start, end


# --- reading lists ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: str
    number: int
    start: int
    """Of the line's or the item's first character, Markdown left out."""
    opens_line: bool


@lru_cache(maxsize=64)
def enumerations(document: Document) -> tuple[Enumeration, ...]:
    """The marked lists of a document with two items or more, in order of their first items."""
    text = document.text
    marks = sorted(_marks(text), key=lambda mark: mark.start)
    open_lists: dict[str, list[_Mark]] = {}
    interrupted: dict[str, int] = {}
    done: list[list[_Mark]] = []
    for mark in marks:
        current = open_lists.get(mark.kind)
        if current is not None and _follows(current, mark, text):
            # What was begun within the item before ends with it, though its numbers may go on in this one.
            for kind, inner in [*open_lists.items()]:
                if inner[0].start > current[-1].start:
                    done.append(open_lists.pop(kind))
                    interrupted[kind] = inner[-1].number
            current.append(mark)
            continue
        if current is not None:
            done.append(open_lists.pop(mark.kind))
        if mark.number == 1 or mark.kind == "bullet" or mark.number - 1 == interrupted.get(mark.kind):
            open_lists[mark.kind] = [mark]
    done += open_lists.values()
    lists = sorted((each for each in done if len(each) > 1), key=lambda each: each[0].start)
    starts = [mark.start for mark in marks]
    return tuple(_enumeration(document, each, marks, starts) for each in lists)


def _marks(text: str) -> Iterator[_Mark]:
    taken = set()
    for opens_line, pattern in ((True, _AT_LINE), (False, _INSIDE)):
        for match in pattern.finditer(text):
            kind = str(match.lastgroup)
            start = match.start() + len(match["prefix"])
            if start not in taken:
                taken.add(start)
                yield _Mark(kind, _NUMBER[kind](match[kind]), start, opens_line)


def _follows(current: Sequence[_Mark], mark: _Mark, text: str) -> bool:
    last = current[-1]
    between = text[last.start : mark.start]
    if mark.start - last.start > (_SECTION_CHARS if mark.opens_line else _GAP_CHARS):
        return False
    if mark.kind == "bullet":  # one line a bullet, perhaps with blank lines or indented ones between
        return not re.search(r"\n[ \t]*\n(?=\S)(?![-+•·▪●○◆*])[^\n]+\n", between) and mark.opens_line
    if not mark.opens_line and last.opens_line != mark.opens_line and "\n" not in between and mark.kind != "is":
        return False
    return mark.number == last.number + 1 or (mark.kind == "words" and mark.number > last.number)


def _cn(text: str) -> int:
    digits = re.sub("[^零一二三四五六七八九十]", "", text)
    if digits in _DIGITS:
        return _DIGITS[digits]
    if digits.startswith("十"):
        return 10 + _DIGITS.get(digits[1:], 0)
    tens, _, ones = digits.partition("十")
    return 10 * _DIGITS.get(tens, 0) + _DIGITS.get(ones, 0) if len(digits) <= 3 and "十" in digits else -1


def _arabic(text: str) -> int:
    return int(re.sub(r"\D", "", text))


_NUMBER: dict[str, Callable[[str], int]] = {
    "article": lambda text: _arabic(text) if re.search(r"\d", text) else _cn(text),
    "bracket": _cn,
    "numbered": _arabic,
    "arabic": _arabic,
    "heading": _cn,
    "circled": lambda text: ord(text) - ord("①") + 1,
    "is": _cn,
    "nth": _cn,
    "words": lambda text: _WORDS[text],
    "bullet": lambda _: 1,
}


def _enumeration(
    document: Document, marks: Sequence[_Mark], every: Sequence[_Mark], starts: Sequence[int]
) -> Enumeration:
    """The list that `marks` make; `every` mark of the document tells where its last item ends."""
    text = document.text
    begins = [mark.start for mark in marks]
    last = begins[-1]
    inline = all(not mark.opens_line for mark in marks[1:])
    end = _line_end(text, last) if inline or marks[0].kind == "bullet" else _section_end(document, last)
    # The item of an enclosing list that comes next ends this list.
    inner_kinds = {marks[0].kind}
    following = every[bisect_right(starts, last) :]
    for mark in following:
        if mark.start >= end:
            break
        if mark.kind in inner_kinds or (mark.number > 1 and _opened_before(mark, every, starts, begins[0])):
            end = mark.start
            break
    stops = [*begins[1:], max(end, last + 1)]
    return Enumeration(_lead(text, marks[0]), tuple(zip(begins, stops, strict=True)))


def _opened_before(mark: _Mark, every: Sequence[_Mark], starts: Sequence[int], first: int) -> bool:
    """Whether the mark goes on counting in a list that was begun before `first`."""
    at = bisect_right(starts, first) - 1
    before = [each for each in every[max(0, at - _MOST_MARKS_BACK) : at] if each.kind == mark.kind]
    return bool(before) and before[-1].number == mark.number - 1


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _section_end(document: Document, start: int) -> int:
    following = next((each.start for each in document.sections if each.start > start + 4), len(document.text))
    return min(following, start + 2 * _GAP_CHARS)


def _lead(text: str, first: _Mark) -> Span:
    """The words before the first mark in its line, the last sentences of them; else the last line above."""
    line = text.rfind("\n", 0, first.start) + 1
    if text[line : first.start].strip("#>* \t"):
        return max(line, first.start - _LEAD_CHARS), first.start
    end = len(text[:line].rstrip())
    begin = text.rfind("\n", 0, end) + 1
    return max(begin, end - _LEAD_CHARS), end
