"""Unmet: the words of a question that neither a sentence nor what it stands under has.

A word that is missing is no near miss yet: 娃 may be 儿童. One in whose place the sentence has another, before the same
word, is a kind of its own beside it: 高龄津贴 beside 育儿津贴, 二期 beside 一期.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.question.question import FILLER, Question
from assistant.question.terms import Term, flat, is_said, total
from assistant.reading.candidates import Sentence
from assistant.reading.polarity import is_denial
from assistant.reading.slots import Slots, slots
from index.queries.names import other_names
from sources.documents import Document
from sources.mentions.numerals import quantities
from sources.sentences import sentences
from sources.words import words

_BEFORE_CHARS = 160
_LIST_CHARS = 800
_ITEM = re.compile(r"[#>*\s]*(?:[-+*•·]\s*|[①-⑳]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*)")
_TELLING = 1.2
"""The weight from which on a word tells something."""
_OF_STATUS = re.compile("|".join({*words("aims", "asked"), *words("done", "asked")}))
"""What asks for an aim or a result: 打算, 实际."""
_OF_TIME = re.compile(r"\d+(?:[年月日]|号(?=[前后起至到，。？?]|$))")
_NAME = 2
_GAP = "\ue000"
_SHORT_FOR = re.compile(r"(?P<whole>[一-鿿]{3,20})[（(]以下(?:统称|简称|称为?)[：:“\"]*(?P<short>[一-鿿\w]{2,12})")
_PARTICLES = frozenset("的了在是有为和与及由对从向将把被于之所等其或")
_NO_HEAD = _PARTICLES | {_GAP}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sentence says and stands under."""

    above: str
    """Title, publisher, number and headings; for the row of a table its header, for an item what leads to its list."""
    before: str
    """The last two sentences before it in its section."""
    text: str
    """The sentence."""

    @property
    def with_above(self) -> str:
        """The sentence under its headings."""
        return f"{self.above}\n{self.text}"

    @property
    def with_all(self) -> str:
        """The sentence under its headings, after what stands before it."""
        return f"{self.above}\n{self.before}{self.text}"


@dataclass(frozen=True, slots=True)
class Unmet:
    """What of a question is missing."""

    words: tuple[str, ...]
    """Those that tell something."""
    replaced: tuple[str, ...]
    """Of these the ones in whose place another stands."""
    share: float
    """How much of the question's words, by weight, is missing, 0 to 1."""
    runs: int
    """In how many places of the question words are missing; those side by side are in one."""
    elsewhere: bool
    """Whether one of them stands elsewhere in the sentence's passage."""
    slots: Slots
    """How what stands before the words that it does have differs."""


def surroundings(document: Document, start: int, end: int, *, heading: str = "") -> Surroundings:
    """What stands over and before `document.text[start:end]`."""
    text, section = document.text, document.section_at(start)
    heads = (document.title, document.publisher, document.number, *(section.path if section else (heading,)))
    above = [each for each in dict.fromkeys(heads) if each]
    above += filter(None, (_table_header(text, start), _lead_in(text, section.start if section else 0, start)))
    since = max(section.start if section else 0, start - _BEFORE_CHARS)
    before = [text[s:e] for s, e in sentences(text, since, start)][-2:]
    before = [each for each in before if each not in above]
    return Surroundings("\n".join(above), "".join(before), text[start:end])


def _table_header(text: str, start: int) -> str:
    """The first line of the table that a row stands in; "" of what stands in none, and of that line itself."""
    line = text.rfind("\n", 0, start) + 1
    if "|" not in text[line : text.find("\n", start)]:
        return ""
    first = line
    while first and "|" in text[(above := text.rfind("\n", 0, first - 1) + 1) : first]:
        first = above
    return text[first : text.find("\n", first)] if first < line else ""


def _lead_in(text: str, since: int, start: int) -> str:
    """The words that end in a colon before a marked item; "" of what is none."""
    opening = _ITEM.match(text, text.rfind("\n", 0, start) + 1)
    if opening is None or opening.end() < start:
        return ""
    colon = max(text.rfind(mark, max(since, start - _LIST_CHARS), start) for mark in "：:")
    return text[max(text.rfind(mark, since, colon) for mark in "\n。；") + 1 : colon + 1].strip() if colon > 0 else ""


def unmet(question: Question, best: Sentence, around: Surroundings) -> Unmet:
    """Which telling words of the question are missing there; times, places, aims and amounts are compared by others."""
    asked = flat(FILLER.sub(lambda each: _GAP * len(each[0]), question.standalone))
    here = flat(around.with_above)
    here += "".join(f"\n{short}" for whole, short in _shortened(best.document) if whole in here)
    missing, replaced, weight, places = [], [], 0.0, []
    compared: list[Term] = []
    last = ""
    amounts = [range(each.start, each.end) for each in quantities(asked)]
    for term in question.terms:
        at = asked.find(term.text)
        before, last = last, term.text
        if _is_longer_name(before, term.text, asked, here):
            weight += term.weight
            places.append((at, at + len(term.text)))
            missing.append(before + term.text)
            replaced.append(before + term.text)
            continue
        if not _is_compared(question, term, asked, at, amounts):
            continue
        compared.append(term)
        if (
            (not _is_number(term.text) and is_said(term.text, here))
            or any(name in here for name in other_names(term.text))
            or _stands(asked, at, at + len(term.text), here)
        ):
            continue
        weight += term.weight
        places.append((at, at + len(term.text)))
        counts = term.weight >= _TELLING or _is_number(term.text)
        if counts:
            missing.append(term.text)
        if counts and _is_replaced(asked, at, at + len(term.text), here):
            replaced.append(term.text)
    runs = sum(start not in {end for _, end in places} for start, _ in places)
    passage = flat(best.passage.text)
    elsewhere = any(word in passage for word in missing)
    told = slots(compared, asked, best, flat(f"{around.above}\n{around.before}"))
    return Unmet(tuple(missing), tuple(replaced), weight / total(question.terms), runs, elsewhere, told)


def _is_compared(question: Question, term: Term, asked: str, at: int, amounts: Sequence[range]) -> bool:
    """Whether the word belongs to what is asked about, rather than to how it is asked, denied, dated or counted."""
    return not (
        at < 0
        or is_denial(term.text)
        or _asks(question, term.text)
        or _OF_STATUS.fullmatch(term.text)
        or _OF_TIME.match(asked, at)
        or any(at in amount for amount in amounts)
    )


def _stands(asked: str, first: int, last: int, text: str) -> bool:
    """Whether the word stands in the text, in one or in pieces; one of a single character with its neighbour."""
    word = asked[first:last]
    if len(word) == 1:
        return any(
            len(pair) == 2 and pair in text and not _PARTICLES.intersection(pair)
            for pair in (asked[max(0, first - 1) : last], asked[first : last + 1])
        )
    return word in text or any(word[:at] in text and word[at:] in text for at in range(2, len(word) - 1))


def _is_longer_name(one: str, other: str, asked: str, text: str) -> bool:
    """Whether two words that stand together in the question stand with a character between them: 白鹭湖街道."""
    if len(one) < _NAME or len(other) < _NAME or one + other not in asked or one + other in text:
        return False
    between = re.search(rf"{re.escape(one)}([一-鿿]){re.escape(other)}", text)
    return bool(between) and between[1] not in _PARTICLES  # type: ignore[index]


def _asks(question: Question, word: str) -> bool:
    """Whether the word belongs to what is asked with: 多少座, 几年."""
    return word in question.unit or "几" in word


def _is_number(word: str) -> bool:
    return word.isdigit() or not set(word.removeprefix("第")) - set("一二三四五六七八九十")


def _is_replaced(asked: str, first: int, last: int, text: str) -> bool:
    """Whether what the word ends with, or the words after it, stand in the text after something else instead."""
    for at in range(first + 1, last + 1):
        head = asked[at : at + 2]
        if len(head) == 2 and not _NO_HEAD.intersection(head) and _follows_another(head, asked, text):
            return True
    # 二期 beside 一期, 驾驶员证 beside 运输证: the rest of the word after the same words.
    before, rest = asked[max(0, first - 2) : first], asked[last - 1]
    if last - first > 1 and len(before) == 2 and not _NO_HEAD.intersection(before):
        return bool(re.search(rf"{re.escape(before)}[一-鿿\w]{{1,3}}{re.escape(rest)}", text))
    return False


def _follows_another(head: str, asked: str, text: str) -> bool:
    for found in re.finditer(re.escape(head), text):
        before = text[max(0, found.start() - 2) : found.start()]
        if before and before[-1].isalnum() and before[-1] not in _PARTICLES and before not in asked:
            return True
    return False


@lru_cache(maxsize=256)
def _shortened(document: Document) -> tuple[tuple[str, str], ...]:
    """What the document itself calls by a shorter name: 网络预约出租汽车（以下简称网约车）."""
    return tuple((flat(each["whole"][-4:]), flat(each["short"])) for each in _SHORT_FOR.finditer(document.text))
