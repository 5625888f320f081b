"""The checker: is every sentence of an answer marked, and do the cited words say what it says?

It needs no model, and it is the same for every answerer: quotes verbatim; marks known; each number in the evidence with
its value and unit, said of the same time, place and kind (target or result); nothing negated or turned round;
enough of the sentence's words in the evidence; and no evidence that speaks to its reader instead of stating something.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Literal

from assistant.answers import AnswerFigure, Citation
from assistant.citations import MARK
from assistant.formulas import Formula, formulas
from assistant.glossary import to_chinese
from assistant.instructions import instructions, speaks_to_reader
from assistant.support import Terms, coverage, flat, terms, weight
from sources.documents import Document
from sources.figures import Figure
from sources.numerals import Quantity, quantities
from sources.periods import Fit, Period, fit, periods, reference_year
from sources.regions import Region, part_of, regions
from sources.sentences import Span, sentences

Kind = Literal[
    "missing_mark",
    "unknown_mark",
    "quote_not_verbatim",
    "number_unsupported",
    "number_mismatch",
    "period_mismatch",
    "region_mismatch",
    "status_mismatch",
    "negation_mismatch",
    "not_supported",
    "instruction",
]

_MIN_NOVEL_COVERAGE = 0.5
"""Of what the sentence says beyond the question. On the seeds, gold answers lie above it and other passages below."""
_MIN_COVERAGE = 0.3
"""Of the whole sentence, the question's words included."""
_MIN_COVERAGE_BESIDE_NOVEL = 0.15
"""The same where nearly all that is new stands in the evidence: a question may use quite other words than the documents."""
_MIN_MARK_SHARE = 0.12
_SHORT_CHARS = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a sentence does not hold."""

    kind: Kind
    what: str
    """The words of the answer that it is about: a number, a place, a mark, or the sentence."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the answer and what is wrong with it, if anything."""

    sentence: str
    """Without marks."""
    start: int
    """Half-open offsets into the answer, marks included."""
    end: int
    marks: tuple[int, ...]
    """A lead-in (主要有：) and a bare 是的。 take those of the sentences they lead to."""
    problems: tuple[Problem, ...]
    figures: tuple[AnswerFigure, ...]
    """Its numbers, with where they stand; `verified` is false for one that is not supported."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found. `ok`: every sentence holds."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no sentence has a problem."""
        return not any(finding.problems for finding in self.findings)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, in the order of the answer."""
        return tuple(problem for finding in self.findings for problem in finding.problems)

    @property
    def figures(self) -> tuple[AnswerFigure, ...]:
        """All numbers, in the order of the answer."""
        return tuple(figure for finding in self.findings for figure in finding.figures)


def verify(
    answer: str,
    citations: Sequence[Citation],
    *,
    question: str = "",
    document: Callable[[str], Document] | None = None,
    figures: Callable[[str], Sequence[Figure]] | None = None,
    plain: Collection[str] = (),
) -> Verdict:
    """The verdict on `answer`, whose marks `[n]` are the citations' numbers.

    With `document` a quote must stand in its document at its offsets, and the document's own date and places count;
    without, the citation's passage is all there is. `figures` gives a document's figures by its id, to name what the
    answer's numbers measure. `question` may lend a restated condition (超过100万元的…), never a fact. Sentences in
    `plain` state nothing from the documents and are not checked.
    """
    grounds: dict[int, _Ground] = {}
    for citation in citations:
        grounds[citation.number] = _Ground(citation, document(citation.document_id) if document else None)
    measured = _Measured(figures)
    asked = _Asked(question)
    found: list[Finding] = []
    computed: list[Formula] = []
    for said in split(answer):
        if said.text in plain:
            continue
        here = [grounds[mark] for mark in said.marks if mark in grounds]
        problems = [Problem("unknown_mark", f"[{mark}]") for mark in said.marks if mark not in grounds]
        if not said.marks:
            problems.append(Problem("missing_mark", said.text))
        sentence = _Sentence(said.text, here)
        numbers: list[AnswerFigure] = []
        if here:
            problems += _sources(said, here)
            computed += [formula for formula in sentence.formulas if formula.right]
            numbers = list(_numbers(sentence, here, asked, computed, measured, problems))
            if not sentence.is_verbatim:
                has_number = any(figure.verified for figure in numbers)
                problems += _statement(sentence, here, asked, has_number=has_number)
        elif said.marks or sentence.quantities:
            numbers = [_figure(quantity, None, None) for quantity in sentence.quantities]
        found.append(
            Finding(said.text, said.start, said.end, said.marks, tuple(dict.fromkeys(problems)), tuple(numbers))
        )
    return Verdict(tuple(found))


# --- the answer's sentences ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an answer, with the marks that stand in it or right after it."""

    text: str
    start: int
    end: int
    marks: tuple[int, ...]
    borrowed: bool = False
    """Whether the marks are those of the sentences it leads to."""


_LIST_MARKER = re.compile(r"(?:\s|[-*•·>|]\s+|#{1,6}\s+|\d{1,2}(?:[、)）]|\.(?!\d))\s*|[（(]\d{1,2}[)）]\s*)+")
_RULE = re.compile(r"[\s|:\-—=_*]+")
_AFTER_END = re.compile(r"[。！？!?.;；][”’」』》）)\]*]*\s*$")


def split(answer: str) -> list[Said]:
    """The sentences of an answer in plain text or Markdown; list items and table rows are sentences of their own.

    A mark belongs to the sentence that it stands in or directly follows. A lead-in that ends in a colon, and a few words
    without a number (是的。), take the marks of what they lead to.
    """
    bare = MARK.sub(lambda mark: " " * len(mark[0]), answer)
    marks = list(MARK.finditer(answer))
    found: list[Said] = []
    for start, end in _lines(answer):
        if _RULE.fullmatch(answer, start, end):
            continue
        marker = _LIST_MARKER.match(bare, start, end)
        spans = list(
            _sentence_spans(
                bare, marker.end() if marker else start, end, [m for m in marks if start <= m.start() < end]
            )
        )
        for number, (first, last) in enumerate(spans):
            upto = spans[number + 1][0] if number + 1 < len(spans) else end
            own = [mark for mark in marks if (start if number == 0 else first) <= mark.start() < upto]
            text = re.sub(r"[ \t]+", " ", bare[first:last].replace("**", "").replace("|", " ")).strip()
            if re.search(r"\w", text):
                found.append(
                    Said(text, first, max([last, *(mark.end() for mark in own)]), tuple(int(m[1]) for m in own))
                )
    return [_with_marks(found, at) for at in range(len(found))]


def _lines(text: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line.rstrip("\r\n"))
        at += len(line)


def _sentence_spans(bare: str, start: int, end: int, marks: Sequence[re.Match[str]]) -> Iterator[Span]:
    """Sentences end where they do in any text, and after a mark that follows a full stop (5061. [1] Next …)."""
    cuts = sorted({start, end, *(mark.end() for mark in marks if _AFTER_END.search(bare, start, mark.start()))})
    for first, last in pairwise(cuts):
        yield from sentences(bare, first, last)


def _with_marks(found: Sequence[Said], at: int) -> Said:
    said = found[at]
    if said.marks:
        return said
    following: list[int] = []
    if said.text.endswith((":", "：")):
        for later in found[at + 1 :]:
            if later.text.endswith((":", "：")) and not later.marks:
                break
            following += later.marks
    elif len(re.findall(r"\w", said.text)) <= _SHORT_CHARS and not re.search(r"\d", said.text):
        following = next((list(later.marks) for later in found[at + 1 :] if later.marks), [])
    return replace(said, marks=tuple(dict.fromkeys(following)), borrowed=True)


# --- what it is checked against -----------------------------------------------------------------------------------


class _Ground:
    """A citation as evidence: its passage, without anything in it that speaks to the reader, and what surrounds it."""

    def __init__(self, citation: Citation, document: Document | None) -> None:
        self.citation = citation
        self.document = document
        whole, first = (document.text, citation.passage_start) if document else (citation.passage, 0)
        last = first + len(citation.passage)
        self._orders = [(start - first, end - first) for start, end in instructions(whole, first, last)]
        self.quote: Span = (citation.start - citation.passage_start, citation.end - citation.passage_start)
        self.text = citation.passage
        for start, end in self._orders:
            self.text = self.text[:start] + "\n" * (end - start) + self.text[end:]
        self.about = "。".join(
            each
            for each in (citation.title, citation.section.replace(" › ", "。"), citation.publisher, citation.published)
            if each
        )

    @cached_property
    def is_verbatim(self) -> bool:
        """Whether the quote stands where the citation says."""
        cited = self.citation
        if self.document and self.document.text[cited.start : cited.end] != cited.quote:
            return False
        inside = 0 <= self.quote[0] < self.quote[1] <= len(cited.passage)
        return bool(cited.quote) and inside and cited.passage[self.quote[0] : self.quote[1]] == cited.quote

    @cached_property
    def is_order(self) -> bool:
        """Whether the quote, or what it is quoted from, speaks to the reader."""
        start, end = self.quote
        return speaks_to_reader(self.citation.quote) or any(
            start < stop and first < end for first, stop in self._orders
        )

    @cached_property
    def today(self) -> str | None:
        """What 今年 counts from."""
        if self.citation.published:
            return self.citation.published
        year = reference_year(self.document.text, title=self.document.title) if self.document else None
        return str(year) if year else None

    @cached_property
    def home(self) -> tuple[str, ...]:
        """The places that the document is about."""
        if self.document and self.document.regions:
            return self.document.regions
        return tuple(dict.fromkeys(region.name for region in regions(self.about) if region.name))

    @cached_property
    def sentences(self) -> list[Span]:
        return sentences(self.text)

    @cached_property
    def periods(self) -> list[Period]:
        return periods(self.text, today=self.today)

    @cached_property
    def regions(self) -> list[Region]:
        return regions(self.text, home=self.home)

    @cached_property
    def quantities(self) -> list[Quantity]:
        return list(quantities(self.text, skip=[(period.start, period.end) for period in self.periods]))

    @cached_property
    def about_periods(self) -> list[str]:
        dated = [period.value for period in periods(self.about, today=self.today)]
        return [*dated, self.citation.published] if self.citation.published else dated

    @cached_property
    def about_regions(self) -> set[str]:
        named = {region.name for region in regions(self.about, home=self.home)}
        return {*named, *self.home} - {""}

    @cached_property
    def _earlier(self) -> list[str]:
        """What the passage stands under: the lines right below each heading above it (a speaker, a dateline), and the text before it."""
        if self.document is None:
            return []
        at = self.citation.passage_start
        above, level = [], 99
        for section in reversed([each for each in self.document.sections if each.start <= at]):
            if section.level < level:
                above.append(self.document.text[section.start : min(at, section.start + len(section.heading) + 60)])
                level = section.level
        return above

    @cached_property
    def earlier_regions(self) -> set[str]:
        return {region.name for text in self._earlier for region in regions(text, home=self.home) if region.name}

    @cached_property
    def earlier_periods(self) -> list[str]:
        return [period.value for text in self._earlier for period in periods(text, today=self.today) if period.value]

    def sentence_at(self, position: int) -> Span:
        """The sentence that `position` lies in."""
        return next((span for span in self.sentences if span[0] <= position < span[1]), (0, len(self.text)))

    @cached_property
    def around(self) -> Span:
        """The whole sentences that the quote is part of."""
        start, end = self.quote
        touched = [span for span in self.sentences if span[0] < end and start < span[1]]
        return (min(touched[0][0], start), max(touched[-1][1], end)) if touched else self.quote

    def is_scope(self, region: Region) -> bool:
        """全省 in 居全省首位 is what something is compared with, and 市域 depends on whose text it is: neither says where."""
        return bool(_SCOPE.match(self.text, region.start, region.end))

    def within(self, position: int, span: Span) -> bool:
        return span[0] <= position < span[1]


class _Sentence:
    """A sentence of the answer, taken apart."""

    def __init__(self, text: str, grounds: Sequence[_Ground]) -> None:
        self.text = text
        self.is_english = len(re.findall(r"[A-Za-z]+", text)) > len(re.findall(r"[一-鿿]", text))
        flattened = flat(text).rstrip("。.!！?？;；,，")
        self.is_verbatim = any(flattened in flat(ground.text) for ground in grounds if ground.is_verbatim)
        self.today = grounds[0].today if grounds else None
        self.home = grounds[0].home if grounds else ()

    @cached_property
    def formulas(self) -> list[Formula]:
        return formulas(self.text)

    @cached_property
    def periods(self) -> list[Period]:
        return periods(self.text, today=self.today)

    @cached_property
    def explicit_periods(self) -> list[Period]:
        """Those that name their year themselves: 今年 means what it means in the document it is taken from."""
        return [
            period
            for period in self.periods
            if period.value
            and re.search(r"[\d〇○零一二三四五六七八九]{4}|五[”\"]?|-\d\d-\d\d$", period.text + period.value[4:])
        ]

    @cached_property
    def regions(self) -> list[Region]:
        """Places, without the 浙江省 of 浙江省嘉兴市."""
        found = regions(self.text, home=self.home)
        wider = {
            id(region)
            for region, following in pairwise(found)
            if following.start - region.end <= 1
            and following.name != region.name
            and part_of(following.name, region.name)
        }
        return [region for region in found if region.name and id(region) not in wider]

    @cached_property
    def quantities(self) -> list[Quantity]:
        calculated = [(formula.start, formula.end) for formula in self.formulas]
        skip = [(period.start, period.end) for period in self.periods]
        return [
            quantity
            for quantity in quantities(self.text, skip=skip)
            if not any(start < quantity.end and quantity.start < end for start, end in calculated)
        ]

    def period_of(self, quantity: Quantity) -> Period | None:
        """The time that a number is said of: the one before it in the sentence, else the only one."""
        if self.is_english:
            return min(self.explicit_periods, key=lambda period: abs(period.start - quantity.end), default=None)
        before = [period for period in self.periods if period.end <= quantity.start]
        if before:
            return before[-1] if before[-1] in self.explicit_periods else None
        return self.explicit_periods[0] if len(self.periods) == 1 and self.explicit_periods else None

    def region_of(self, quantity: Quantity) -> Region | None:
        """The place that a number is said of, likewise."""
        before = [region for region in self.regions if region.end <= quantity.start]
        if before:
            return before[-1]
        return self.regions[0] if len(self.regions) == 1 else None


class _Asked:
    """The question: it lends conditions and words, never facts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.terms = terms(text)

    @cached_property
    def quantities(self) -> list[Quantity]:
        return list(quantities(self.text, skip=[(period.start, period.end) for period in periods(self.text)]))


class _Measured:
    """What the documents' numbers measure, from the figure store."""

    def __init__(self, figures: Callable[[str], Sequence[Figure]] | None) -> None:
        self._figures = figures
        self._known: dict[str, Sequence[Figure]] = {}

    def at(self, ground: _Ground, quantity: Quantity) -> Figure | None:
        """The figure printed where `quantity` stands in the passage of `ground`."""
        if self._figures is None:
            return None
        identity = ground.citation.document_id
        if identity not in self._known:
            self._known[identity] = self._figures(identity)
        start, end = (ground.citation.passage_start + offset for offset in (quantity.start, quantity.end))
        return next((each for each in self._known[identity] if each.start < end and start < each.end), None)


# --- marks and quotes ---------------------------------------------------------------------------------------------

_QUOTED = re.compile(r"“([^”]{2,60})”|「([^」]{2,60})」|\"([^\"]{4,60})\"")


_ADDRESS = re.compile(r"(?:https?://|www\.)[\w.~:/?#@!$&*+=%-]+", re.IGNORECASE)


def _sources(said: Said, grounds: Sequence[_Ground]) -> Iterator[Problem]:
    for ground in grounds:
        if not ground.is_verbatim:
            yield Problem("quote_not_verbatim", f"[{ground.citation.number}]")
        if ground.is_order:
            yield Problem("instruction", f"[{ground.citation.number}]")
    if speaks_to_reader(said.text):
        yield Problem("instruction", said.text)
    for address in _ADDRESS.findall(said.text):
        if not any(address in ground.text for ground in grounds):
            yield Problem("not_supported", address)


# --- numbers ------------------------------------------------------------------------------------------------------

_Occurrence = tuple[_Ground, Quantity]
_COUNTERS = frozenset(
    "个 项 条 家 座 所 处 种 类 件 宗 例 起 笔 份 张 台 辆 套 块 片 支 届 批 次 场 轮 篇 部 本 栋 幢 间 人 名 位 大 方面 户 个村 镇 村 县 市 国 只 头 门".split()
)
_PEOPLE = frozenset("人 名 位 人次".split())
_CONDITION = re.compile(
    r"超过|超出|大于|多于|高于|小于|少于|低于|不足|不到|至少|至多|不是|并非|而非|没有|未达|以上|以下|以内|more than|less than|over|under|not |between",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+#/%-]*")
_CONSTANTS = frozenset(
    {Decimal(1), Decimal(2), Decimal(10), Decimal(12), Decimal(100), Decimal(1000), Decimal(10000), Decimal(100000000)}
)


def _numbers(
    sentence: _Sentence,
    grounds: Sequence[_Ground],
    asked: _Asked,
    computed: Sequence[Formula],
    measured: _Measured,
    problems: list[Problem],
) -> Iterator[AnswerFigure]:
    """The sentence's numbers as figures; what is wrong with them is added to `problems`."""
    for formula in sentence.formulas:
        yield from _calculation(formula, sentence, grounds, measured, problems)
    for quantity in sentence.quantities:
        occurrences = [(ground, other) for ground in grounds for other in ground.quantities if _same(quantity, other)]
        cited = [(ground, other) for ground, other in occurrences if ground.within(other.start, ground.quote)]
        occurrences = cited or occurrences
        if occurrences:
            problem = None if sentence.is_verbatim else _said_of(quantity, sentence, occurrences)
            if problem:
                problems.append(problem)
            ground, other = next(
                (each for each in occurrences if not _said_of(quantity, sentence, [each])), occurrences[0]
            )
            yield _figure(quantity, ground, other, sentence=sentence, measured=measured, verified=problem is None)
            continue
        result = next((formula for formula in computed if _is_result(quantity, formula)), None)
        if result is not None:
            yield _figure(quantity, None, None, sentence=sentence, verified=True)
            continue
        if _is_literal(quantity.text, sentence.text, quantity.start, grounds) or _is_condition(
            quantity, sentence, asked
        ):
            continue
        if _counts_items(quantity, sentence):
            continue
        problems.append(Problem(_mismatch(quantity, grounds), quantity.text))
        yield _figure(quantity, None, None, sentence=sentence)
    problems.extend(_names_with_digits(sentence, grounds, asked))


def _calculation(
    formula: Formula, sentence: _Sentence, grounds: Sequence[_Ground], measured: _Measured, problems: list[Problem]
) -> Iterator[AnswerFigure]:
    known = {other.value for ground in grounds for other in ground.quantities}
    printed = sentence.text[formula.start : formula.end]
    open_operands = [each for each in formula.operands if each.value not in known | _CONSTANTS]
    problems.extend(Problem("number_unsupported", sentence.text[each.start : each.end]) for each in open_operands)
    if not formula.right:
        problems.append(Problem("number_mismatch", printed))
    yield AnswerFigure(
        text=sentence.text[formula.result.start : formula.result.end],
        value=_plain(formula.result.value),
        unit=formula.result.unit,
        metric="",
        region="",
        period="",
        status="actual",
        citation=None,
        verified=formula.right and not open_operands,
        formula=printed,
    )


def _same(said: Quantity, printed: Quantity) -> bool:
    if not _same_unit(said, printed):
        return False
    if said.upper is not None:
        return (said.value, said.upper) == (printed.value, printed.upper)
    return said.value in (printed.value, printed.upper)


def _same_unit(said: Quantity, printed: Quantity) -> bool:
    if said.unit == printed.unit:
        return (said.kind == "rank") == (printed.kind == "rank")
    if {said.kind, printed.kind} & {"percent", "points", "rank", "ratio"}:
        return False
    for group in (_COUNTERS, _PEOPLE):
        if said.unit in group and printed.unit in group:
            return True
    # A unit left out is no other unit: 4736 for 4736人. Money and measures must be named.
    return (not said.unit and printed.unit in _COUNTERS | _PEOPLE) or (
        not printed.unit and said.unit in _COUNTERS | _PEOPLE
    )


def _mismatch(said: Quantity, grounds: Sequence[_Ground]) -> Kind:
    """Which way a number that isn't there went wrong: another unit or scale of one that is, or none at all."""
    digits = _mantissa(said.value)
    for ground in grounds:
        for printed in ground.quantities:
            if said.value == printed.value or (len(digits) > 1 and digits == _mantissa(printed.value)):
                return "number_mismatch"
    return "number_unsupported"


def _mantissa(value: Decimal) -> tuple[int, ...]:
    return value.normalize().as_tuple().digits


def _is_result(quantity: Quantity, formula: Formula) -> bool:
    return quantity.value == abs(formula.result.value) and (
        not formula.result.unit or formula.result.unit == quantity.unit
    )


def _is_literal(text: str, sentence: str, start: int, grounds: Sequence[_Ground]) -> bool:
    """Whether the number stands in the evidence letter for letter, no part of a longer one, followed by the same word."""
    after = re.match(r"[一-鿿A-Za-z%％]{0,2}", sentence[start + len(text) :])
    wanted = flat(text + (after[0] if after else ""))
    pattern = re.compile(rf"(?<![\d.]){re.escape(wanted)}" + (r"(?![\d.%万亿千百])" if wanted[-1:].isdigit() else ""))
    return any(pattern.search(flat(ground.text)) or pattern.search(flat(ground.about)) for ground in grounds)


def _is_condition(quantity: Quantity, sentence: _Sentence, asked: _Asked) -> bool:
    """Whether a number only repeats a condition of the question: 超过100万元的, 不是60000元."""
    if not any(_same(quantity, other) for other in asked.quantities):
        return False
    nearby = sentence.text[max(0, quantity.start - 8) : quantity.end + 4]
    return bool(_CONDITION.search(nearby))


def _counts_items(quantity: Quantity, sentence: _Sentence) -> bool:
    """Whether a small number counts what the sentence lists: 包括A、B和C三项."""
    if quantity.unit not in _COUNTERS or not 2 <= quantity.value <= 20:
        return False
    listed = re.sub(r"[和与及]", "、", sentence.text)
    return listed.count("、") + 1 == quantity.value or len(re.findall("”“|”、“", sentence.text)) + 1 == quantity.value


def _names_with_digits(sentence: _Sentence, grounds: Sequence[_Ground], asked: _Asked) -> Iterator[Problem]:
    """Digits that are neither quantity nor date (5A, G60, 135N, 12345): they must stand in the evidence as they are."""
    known = [(q.start, q.end) for q in sentence.quantities] + [(p.start, p.end) for p in sentence.periods]
    known += [(formula.start, formula.end) for formula in sentence.formulas]
    evidence = (
        [flat(ground.text) for ground in grounds] + [flat(ground.about) for ground in grounds] + [flat(asked.text)]
    )
    for token in _DIGITS.finditer(sentence.text):
        if not re.search(r"\d", token[0]) or any(start < token.end() and token.start() < end for start, end in known):
            continue
        name = flat(token[0]).strip(".-/+")
        pattern = re.compile(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])")
        if not any(pattern.search(text) for text in evidence):
            yield Problem("number_unsupported", token[0])


# --- when, where, and whether it is so already --------------------------------------------------------------------

_TARGET = re.compile(
    r"力争|争取(?!到了)|目标|预计|有望|预期|拟(?=[建投新于在])|打算|计划(?=[到在于新建投完实增培用安至]|\d)|努力(?=实现|达到|建成)|希望|"
    r"\b(?:aims?|targets?|plans? to|planned|expect(?:s|ed)?|goals?|will|strives?)\b",
    re.IGNORECASE,
)
_SOFT_TARGET = re.compile(r"将(?![军近相])|确保|要(?![求素点闻害])|到20\d\d年|下一步|接下来|今后|未来[五三几]年|提出")
_DONE = re.compile(
    r"已(?![知])|了(?!解)|共|累计|实际|完成|成功|截至|目前|\b(?:has|have|had|reached|achieved|actual(?:ly)?)\b",
    re.IGNORECASE,
)
_SURELY_DONE = re.compile(
    r"已(?!知)|达到了|实现了|完成了|建成了|实际|\b(?:has (?:been|reached)|already|achieved|actual(?:ly)?)\b",
    re.IGNORECASE,
)
_PLAN_TITLE = re.compile(r"方案|规划|计划|要点|下一步|打算|展望|\b(?:plan|target)s?\b", re.IGNORECASE)
_PLAN_PERIOD = re.compile(r"五[”\"]?(?:时期|期间|规划)?$")
_RESPECTIVELY = re.compile(r"分别|依次|respectively")
_SCOPE = re.compile(r"[全我本该][国省市县区镇乡村]|[省市县区][域内]|nation|province", re.IGNORECASE)


def _said_of(quantity: Quantity, sentence: _Sentence, occurrences: Sequence[_Occurrence]) -> Problem | None:
    """What differs between how the sentence uses a number and every place where the evidence prints it."""
    first: Problem | None = None
    for ground, printed in occurrences:
        problem = (
            _other_time(quantity, sentence, ground, printed)
            or _other_place(quantity, sentence, ground, printed)
            or _other_status(quantity, sentence, ground, printed)
        )
        if problem is None:
            return None
        first = first or problem
    return first


def _other_time(quantity: Quantity, sentence: _Sentence, ground: _Ground, printed: Quantity) -> Problem | None:
    said = sentence.period_of(quantity)
    around = ground.sentence_at(printed.start)
    if said is None or _RESPECTIVELY.search(ground.text, *around) or _RESPECTIVELY.search(sentence.text):
        return None
    here = [period for period in ground.periods if around[0] <= period.start < around[1] and period.value]
    if ".." not in said.value:
        here = [period for period in here if not _PLAN_PERIOD.search(period.text)]
    if not here:
        return None
    before = [period for period in here if period.end <= printed.start]
    given = (before or here)[-1 if before else 0].value
    if _fits(said.value, given, has_number=True):
        return None
    return Problem("period_mismatch", f"{said.text}…{quantity.text}")


def _fits(said: str, given: str, *, has_number: bool) -> bool:
    """Whether evidence about the time `given` carries a statement about `said`."""
    if said.startswith("XXXX") or given.startswith("XXXX"):
        return said[4:] == given[4:]
    how = fit(said, given)
    if how is Fit.WITHIN:
        # 2025年前三季度 does not tell of the whole 2025; a day, a month and 截至11月底 do.
        return not (has_number and re.search(r"[QH]|\d-\d\d\.\.", given) and not given.startswith(".."))
    return (
        how is Fit.EXACT
        or (how is Fit.CONTAINS and not has_number and ".." in said)
        or (how is Fit.OVERLAPS and ".." in said + given)
    )


def _other_place(quantity: Quantity, sentence: _Sentence, ground: _Ground, printed: Quantity) -> Problem | None:
    said = sentence.region_of(quantity)
    around = ground.sentence_at(printed.start)
    if said is None or _RESPECTIVELY.search(ground.text, *around) or _RESPECTIVELY.search(sentence.text):
        return None
    before = [
        region for region in ground.regions if around[0] <= region.start and region.end <= printed.start and region.name
    ]
    named = [region for region in before if not ground.is_scope(region)]
    if not named or said.name in {region.name for region in before if ground.is_scope(region)}:
        return None
    same_level = [region for region in named if region.level == said.level]
    nearest = (same_level or named)[-1]
    if nearest.name == said.name or (
        not same_level and _carried_place(said, ground, has_number=True) and part_of(nearest.name, said.name) is False
    ):
        return None
    if said.name in {region.name for region in named} and not same_level:
        return None
    return Problem("region_mismatch", f"{sentence.text[said.start : said.end]}…{quantity.text}")


def _other_status(quantity: Quantity, sentence: _Sentence, ground: _Ground, printed: Quantity) -> Problem | None:
    start, end = ground.sentence_at(printed.start)
    before, said = re.split("[；;]", ground.text[start : printed.start])[-1], sentence.text
    planned = bool(_TARGET.search(before))
    context = ground.text[max(0, start - 120) : end] + ground.about
    if planned and not _TARGET.search(said) and not _SOFT_TARGET.search(said):
        return Problem("status_mismatch", quantity.text)
    is_plan = planned or bool(_SOFT_TARGET.search(before)) or bool(_PLAN_TITLE.search(ground.about))
    since = max((other.end for other in sentence.quantities if other.end <= quantity.start), default=0)
    of_this = said[since : quantity.end + 2]
    if (
        is_plan
        and _SURELY_DONE.search(of_this)
        and not _TARGET.search(of_this)
        and not _DONE.search(ground.text, start, end)
    ):
        return Problem("status_mismatch", quantity.text)
    if _TARGET.search(of_this) and not any(mark.search(context) for mark in (_TARGET, _SOFT_TARGET, _PLAN_TITLE)):
        return Problem("status_mismatch", quantity.text)
    return None


def _carried_time(said: Period, grounds: Sequence[_Ground], *, has_number: bool) -> bool:
    for ground in grounds:
        # Where the quote names its year, another one from elsewhere in the passage is another statement's.
        quoted = [period for period in ground.periods if ground.within(period.start, ground.quote) and period.value]
        exclusive = [period for period in quoted if re.search(r"\d{4}", period.text) and ".." not in period.value]
        given = [period.value for period in (quoted if exclusive else ground.periods) if period.value]
        if not exclusive:
            given += [*ground.about_periods, *ground.earlier_periods]
        if any(_fits(said.value, value, has_number=has_number and bool(exclusive)) for value in given):
            return True
    return False


def _carried_place(said: Region, ground: _Ground, *, has_number: bool) -> bool:
    quoted = [region for region in ground.regions if ground.within(region.start, ground.around) and region.name]
    names = {region.name for region in quoted}
    if said.name in names or (not has_number and any(part_of(name, said.name) for name in names)):
        return True
    if any(region.level == said.level and not ground.is_scope(region) for region in quoted):
        return False  # the quoted sentence names a sibling: what it says is said of that one
    before = {region.name for region in ground.regions if region.start < ground.around[0]}
    return said.name in before | ground.about_regions | ground.earlier_regions


# --- what the sentence says ---------------------------------------------------------------------------------------

_NEGATION = re.compile(
    r"不得|不能|不会|不再|不予|不可|不准|不许|不应|不宜|不必|没有|未能|未曾|尚未|并非|不是|无法|无需|无须|禁止|严禁|[不没未无非勿]"
)
_OPPOSITES = (
    "增长 下降", "上升 下降", "提高 降低", "提升 下降", "增加 减少", "扩大 缩小", "允许 禁止", "允许 不得", "可以 不得", "鼓励 禁止", "鼓励 限制",
    "最高 最低", "高于 低于", "超过 不足", "以上 以下", "支持 反对", "加快 放缓", "最大 最小", "盈利 亏损", "首位 末位", "提前 推迟", "加强 削弱",
    "强制 自愿", "有效 无效", "免费 收费", "increase decrease", "rose fell", "above below",
)  # fmt: skip
_CONTRASTS = (
    "城镇 农村", "户籍 常住", "收入 支出", "进口 出口", "同比 环比", "上半年 下半年", "省级 市级", "省级 国家级", "男性 女性", "人均 总额", "新建 改造",
    "城市 乡村", "公立 民办", "必修 选修", "中央 地方", "上限 下限", "rural urban", "imports exports",
)  # fmt: skip
_GLUE = re.compile(
    r"没有达到|没有实现|达到了|实现了|不是|并非|并不|而是|前提|不对|实际上|实际|目标|相差|差额|高于|低于|多出|少了|因此|所以|其中|分别|以及|大约|根据|按照|"
    r"资料|显示|提到|指出|文件|报告|方案|文中|介绍|包括|主要|具体|即|称为|是指|共有|一共|总共|合计|从|涨到|增至|升至|降至|比|相比|the|according"
)


def _statement(
    sentence: _Sentence, grounds: Sequence[_Ground], asked: _Asked, *, has_number: bool
) -> Iterator[Problem]:
    """Problems with the words of a sentence that is no verbatim part of its evidence."""
    for period in sentence.explicit_periods:
        if not _carried_time(period, grounds, has_number=bool(sentence.quantities)) and not _in_formula(
            period.start, sentence
        ):
            yield Problem("period_mismatch", period.text)
    for region in sentence.regions:
        if not any(_carried_place(region, ground, has_number=bool(sentence.quantities)) for ground in grounds):
            yield Problem("region_mismatch", sentence.text[region.start : region.end])
    quoted = [flat(ground.text[slice(*ground.around)]) for ground in grounds]
    yield from _opposites(sentence, quoted)
    yield from _quotations(sentence, grounds, asked)
    yield from _words(sentence, grounds, asked, has_number=has_number)


def _in_formula(position: int, sentence: _Sentence) -> bool:
    return any(formula.start <= position < formula.end for formula in sentence.formulas)


def _opposites(sentence: _Sentence, quoted: Sequence[str]) -> Iterator[Problem]:
    said = flat(sentence.text)
    evidence = "\n".join(quoted)
    # 没有达到：目标是6万元，实际为54939元 draws a conclusion from two numbers; what is negated stands nowhere.
    concludes = bool(sentence.formulas) or (len(sentence.quantities) > 1 and _TARGET.search(evidence))
    for one, other in ((said, evidence), (evidence, said)):
        for negation in _NEGATION.finditer(one):
            what = one[negation.end() : negation.end() + 2]
            if len(what) < 2 or not re.fullmatch(r"[\w%]{2}", what) or negation[0] + what in other:
                continue
            if concludes and one is said and what in ("达到", "实现", "完成", "达成", "达标"):
                continue
            plain = [match.start() for match in re.finditer(re.escape(what), other)]
            if plain and not any(_NEGATION.search(other, max(0, at - 3), at) for at in plain):
                yield Problem("negation_mismatch", negation[0] + what)
    kinds: tuple[tuple[tuple[str, ...], Kind], ...] = ((_OPPOSITES, "negation_mismatch"), (_CONTRASTS, "not_supported"))
    for pairs, kind in kinds:
        for pair in pairs:
            for one, other in (pair.split(), pair.split()[::-1]):
                if one in said and other not in said and other in evidence and one not in evidence:
                    yield Problem(kind, one)


def _quotations(sentence: _Sentence, grounds: Sequence[_Ground], asked: _Asked) -> Iterator[Problem]:
    """What the sentence itself puts in quotation marks must be words of the evidence, or of the question."""
    evidence = "\n".join(
        [flat(ground.text) for ground in grounds] + [flat(ground.about) for ground in grounds] + [flat(asked.text)]
    )
    for match in _QUOTED.finditer(sentence.text):
        words = flat(next(filter(None, match.groups()))).strip("，。,.;；")
        if words not in evidence and not (sentence.is_english and not re.search(r"[一-鿿]", words)):
            yield Problem("quote_not_verbatim", match[0])


def _words(sentence: _Sentence, grounds: Sequence[_Ground], asked: _Asked, *, has_number: bool) -> Iterator[Problem]:
    text = _without(sentence.text, sentence.formulas)
    if sentence.is_english and any(re.search(r"[一-鿿]{4}", ground.text) for ground in grounds):
        # Only what the glossary knows can be compared across languages; without a word of it, a number must do.
        text = to_chinese(text)
        if not re.search(r"[一-鿿]{2}", text) and not has_number:
            yield Problem("not_supported", sentence.text)
        if not re.search(r"[一-鿿]{2}", text):
            return
    evidence: Terms = sum((terms(ground.text) + terms(ground.about) for ground in grounds), Terms())
    said = terms(_GLUE.sub(" ", text))
    novel = Terms({term: count for term, count in said.items() if term not in asked.terms})
    held = coverage(novel, evidence) if weight(novel) else 0.0
    if (weight(novel) and held < _MIN_NOVEL_COVERAGE) or coverage(said, evidence) < (
        _MIN_COVERAGE_BESIDE_NOVEL if held > 0.8 else _MIN_COVERAGE
    ):
        yield Problem("not_supported", sentence.text)
    if len(re.findall(r"\w", sentence.text)) <= _SHORT_CHARS:
        return
    for ground in grounds:
        quote = terms(ground.citation.quote)
        shared = weight(Terms({term: count for term, count in quote.items() if term in said or term in asked.terms}))
        if said and quote and shared < _MIN_MARK_SHARE * min(weight(said), weight(quote)):
            yield Problem("not_supported", f"[{ground.citation.number}]")


def _without(text: str, spans: Iterable[Formula]) -> str:
    for formula in spans:
        text = text[: formula.start] + " " * (formula.end - formula.start) + text[formula.end :]
    return text


# --- figures ------------------------------------------------------------------------------------------------------


def _figure(
    quantity: Quantity,
    ground: _Ground | None,
    printed: Quantity | None,
    *,
    sentence: _Sentence | None = None,
    measured: _Measured | None = None,
    verified: bool = False,
) -> AnswerFigure:
    figure = measured.at(ground, printed) if measured and ground and printed else None
    period = sentence.period_of(quantity) if sentence else None
    region = sentence.region_of(quantity) if sentence else None
    return AnswerFigure(
        text=quantity.text,
        value=_plain(quantity.value),
        unit=quantity.unit,
        metric=figure.metric if figure else "",
        region=figure.region if figure else region.name if region else "",
        period=figure.period if figure else period.value if period else "",
        status=figure.status if figure else "actual",
        citation=ground.citation.number if ground else None,
        verified=verified,
    )


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
