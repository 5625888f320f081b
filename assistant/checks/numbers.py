"""Numbers in an answer: each must stand in the evidence, about the same thing, time and place."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise, takewhile

from assistant.answers import AnswerFigure
from assistant.checks.circumstances import is_listed, is_target, other_place, other_status, other_time
from assistant.checks.counting import THINGS, counts_items, counts_names
from assistant.checks.formulas import Formula, Operand
from assistant.checks.ground import Ground
from assistant.checks.problems import Problem, ProblemKind
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import coverage, flat, terms
from sources.figures.figure import Figure
from sources.figures.ranges import bound, bound_fits, is_rounded
from sources.mentions.conversions import factor
from sources.mentions.numerals import Quantity, plain
from sources.sentences import clauses

_Occurrence = tuple[Ground, Quantity]
_PEOPLE = frozenset(["人", "名", "位"])
_CONDITION = re.compile(
    r"超过|超出|大于|多于|高于|小于|少于|低于|不足|不到|至少|至多|不是|并非|而非|没有|未达|以上|以下|以内|"
    r"more than|less than|over|under|not |between",
    re.IGNORECASE,
)
_OF_A_KIND_OF_THEIR_OWN = frozenset(("", "%", "‰", "个百分点", "倍", ":1"))
"""Units of which a bare number in a cell is no amount, unless it is bounded: 65以上 under 目标（%）."""
_BOUNDED, _MARKS = re.compile("以[上下内]|左右"), str.maketrans("", "", ",.")
_CONSTANTS = frozenset(Decimal(number) for number in (1, 2, 10, 12, 100, 1000, 10**4, 10**8))
_SCALES = (1, 10**4, 10**8, 10**12)
_SHORT_CLAUSE_CHARS = 10
"""共8637人： what it is about stands in the clause before."""
_MANY = re.compile("多少|几(?!乎)|how (?:many|much)", re.IGNORECASE)


class Measured:
    """What the documents' numbers measure, from the figure store."""

    def __init__(self, figures: Callable[[str], Sequence[Figure]] | None) -> None:
        self._figures = figures
        self._known: dict[str, list[Figure]] = {}

    def at(self, ground: Ground, quantity: Quantity) -> Figure | None:
        """The figure printed where `quantity` stands in the passage of `ground`."""
        return self.over(ground.citation.document_id, *_span(ground, quantity))

    def over(self, identity: str, start: int, end: int) -> Figure | None:
        """The figure printed in `text[start:end]` of the document of this id."""
        known = self._of(identity)
        at = bisect_left(known, end, key=lambda figure: figure.start) - 1
        return known[at] if at >= 0 and start < known[at].end else None

    def within(self, identity: str, start: int, end: int) -> Sequence[Figure]:
        """The figures that begin in `text[start:end]` of the document of this id."""
        known = self._of(identity)
        first, last = (bisect_left(known, each, key=lambda figure: figure.start) for each in (start, end))
        return known[first:last]

    def _of(self, identity: str) -> Sequence[Figure]:
        if self._figures is None:
            return ()
        if identity not in self._known:
            self._known[identity] = sorted(self._figures(identity), key=lambda figure: figure.start)
        return self._known[identity]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A sentence's numbers, looked up in its evidence."""

    figures: tuple[AnswerFigure, ...] = ()
    """In order; those that need no evidence are left out."""
    problems: tuple[Problem, ...] = ()

    @property
    def supported(self) -> set[str]:
        """Those found in the evidence, as printed."""
        return {figure.text for figure in self.figures if figure.verified}


def look_up(statement: Statement, asking: Asking, computed: Sequence[Formula], measured: Measured) -> Numbers:
    """The sentence's numbers, and what is wrong with each by itself.

    `computed` holds the right calculations shown so far: a later sentence may repeat their results.
    """
    figures: list[tuple[int, AnswerFigure]] = []
    problems: list[Problem] = []
    for formula in statement.formulas:
        figure, wrong = _calculation(formula, statement, measured)
        figures.append((formula.result.start, figure))
        problems += wrong
    for quantity in statement.quantities:
        occurrence, problem = _placed(quantity, statement, asking, measured)
        if occurrence is None and any(is_result(quantity, formula) for formula in computed):
            problem = None
            figures.append((quantity.start, _figure(quantity, statement, None, measured, verified=True)))
        elif occurrence is not None or problem is not None:
            figure = _figure(quantity, statement, occurrence, measured, verified=problem is None)
            figures.append((quantity.start, figure))
        if problem is not None:
            problems.append(problem)
    in_order = sorted(figures, key=lambda each: each[0])
    return Numbers(tuple(figure for _, figure in in_order), tuple(problems))


def check_numbers(statement: Statement, asking: Asking, numbers: Numbers) -> Iterator[Problem]:
    """What is wrong with the numbers of a sentence, those in names and articles included."""
    problems = list(numbers.problems)
    if not statement.is_verbatim:
        problems += _names_with_digits(statement, asking)
        problems += [] if problems else _exchanged(statement)
    yield from problems


def _placed(
    quantity: Quantity, statement: Statement, asking: Asking, measured: Measured
) -> tuple[_Occurrence | None, Problem | None]:
    """Where the evidence prints a number, and what is wrong with it; neither for one that needs no evidence."""
    grounds = statement.grounds
    # A unit that English has no word for here (jin) is left out of the number's own words.
    unit = None if statement.is_english and not quantity.unit and quantity.kind == "amount" else quantity.unit
    everywhere = [
        (ground, other)
        for ground, other in _printed(grounds, measured)
        if _says(quantity if unit is not None else replace(quantity, unit=other.unit), statement.text, other)
    ]
    if quantity.upper is not None:
        everywhere += [(ground, lower) for ground in grounds for lower in _ranges(ground, quantity)]
    quoted = [(ground, other) for ground, other in everywhere if _is_quoted(other, ground)]
    if statement.is_verbatim and everywhere:
        ground, printed = (quoted or everywhere)[0]
        # Said as it stands there; but is it of the time and place that were asked for?
        problem = other_time(quantity, statement, ground, printed) if statement.asked_period else None
        if statement.asked_region and problem is None:
            problem = other_place(quantity, statement, ground, printed)
        return (ground, printed), problem
    occurrences = quoted or [each for each in everywhere if _speaks_of_it(*each, quantity, statement, asking)]
    if not occurrences:
        counts = counts_items(quantity, statement) or counts_names(quantity, statement)
        needs_none = counts or _is_condition(quantity, statement, asking)
        if needs_none or (not everywhere and _is_literal(quantity, statement)):
            return None, None
        return None, Problem(_mismatch(quantity, grounds), quantity.text)
    if _belongs_to_another(quantity, occurrences, statement, asking):
        return occurrences[0], Problem("number_mismatch", quantity.text)
    first: Problem | None = None
    for ground, printed in occurrences:
        problem = (
            _negated(quantity, statement, ground, printed)
            or _other_bound(quantity, statement, ground, printed, asking)
            or other_time(quantity, statement, ground, printed)
            or other_place(quantity, statement, ground, printed)
            or other_status(quantity, statement, ground, printed, asking)
        )
        if problem is None:
            return (ground, printed), None
        first = first or problem
    return occurrences[0], first


def _printed(grounds: Sequence[Ground], measured: Measured) -> Iterator[_Occurrence]:
    """The numbers of the evidence; those in cells of tables in the unit that their headers give them."""
    for ground in grounds:
        yield from ((ground, number) for number in ground.quantities)
        first = ground.citation.passage_start
        for figure in measured.within(ground.citation.document_id, first, first + len(ground.text)):
            bound = _BOUNDED.match(ground.text, figure.end - first)
            if figure.text.translate(_MARKS).isdigit() and (bound or figure.unit not in _OF_A_KIND_OF_THEIR_OWN):
                span = figure.start - first, figure.end - first
                told = bound[0] if bound else ""
                yield ground, Quantity(*span, figure.value, figure.unit, told, figure.text, "amount")


# --- the same number ----------------------------------------------------------------------------------------------


def _says(claim: Quantity, text: str, printed: Quantity) -> bool:
    """Whether `claim` of `text` is the printed number, or says in the text that it is rounded."""
    return _same(claim, printed) or (_same_unit(claim, printed) and is_rounded(claim, text, printed))


def _ranges(ground: Ground, claim: Quantity) -> Iterator[Quantity]:
    """The lower ends of 1万元以上10万元以下 where 1万元至10万元 is said."""
    for lower, upper in pairwise(ground.quantities):
        is_range = upper.start - lower.end <= len("以上、") and lower.qualifier.endswith("以上")
        if (
            is_range
            and upper.qualifier[-2:] in ("以下", "以内")
            and (lower.value, upper.value) == (claim.value, claim.upper)
        ):
            yield lower


def _same(claim: Quantity, printed: Quantity) -> bool:
    if not _same_unit(claim, printed):
        return False
    if claim.upper is not None:
        return (claim.value, claim.upper) == (printed.value, printed.upper)
    return claim.value in (printed.value, printed.upper)


def _same_unit(claim: Quantity, printed: Quantity) -> bool:
    if claim.unit == printed.unit:
        return True  # 第41位 and 居41位 too
    if {claim.kind, printed.kind} & {"percent", "points", "rank", "ratio"}:
        return False
    # Measure words may be exchanged among themselves, and left out; money and measures may not.
    both = {claim.unit, printed.unit}
    return both <= _PEOPLE | {"", "个"} or both <= THINGS | {"", "个"}


def _mismatch(claim: Quantity, grounds: Sequence[Ground]) -> ProblemKind:
    """Which way a number that isn't there went wrong: another unit or scale of one that is, or none at all."""
    digits = claim.value.normalize().as_tuple().digits
    for printed in (each for ground in grounds for each in ground.quantities):
        same_digits = len(digits) > 1 and digits == printed.value.normalize().as_tuple().digits
        if claim.value == printed.value or same_digits:
            return "number_mismatch"
    return "number_unsupported"


def _is_quoted(printed: Quantity, ground: Ground) -> bool:
    return ground.quote[0] <= printed.start < ground.quote[1]


def _is_literal(quantity: Quantity, statement: Statement) -> bool:
    """Whether it stands in the evidence letter for letter, no part of a longer number, with the same word after it."""
    following = re.match(r"[一-鿿A-Za-z%％]{0,2}", statement.text[quantity.end :])
    word = following[0] if following else ""
    number = flat(quantity.text)
    # 8个地区 is said of 8地区 too; a bare number wants the same word after it.
    wanted = [number + flat(word)] if not quantity.unit else [number]
    if quantity.unit in THINGS | _PEOPLE | {"个"} and len(word) == 2:
        wanted.append(number.removesuffix(quantity.unit) + flat(word))
    for each in wanted:
        no_more = r"(?![\d.%万亿千百])" if each[-1:].isdigit() else ""
        pattern = re.compile(rf"(?<![\d.一二三四五六七八九十百千]){re.escape(each)}{no_more}")
        if any(pattern.search(text) for ground in statement.grounds for text in (ground.flat_about, ground.flat)):
            return True
    return False


def _is_condition(quantity: Quantity, statement: Statement, asking: Asking) -> bool:
    """Whether it only repeats a condition of the question: 超过100万元的, 不是60000元."""
    if not any(_same(quantity, other) for other in asking.quantities):
        return False
    # 超过20家 alone repeats it as the answer.
    rest = _CONDITION.sub("", statement.text[: quantity.start] + statement.text[quantity.end :])
    says_more = bool(re.search(r"\w", rest))
    return says_more and bool(_CONDITION.search(statement.text[max(0, quantity.start - 8) : quantity.end + 4]))


def _names_with_digits(statement: Statement, asking: Asking) -> Iterator[Problem]:
    """Digits that are neither quantity nor date (5A, G60, 12345), and 第五条: they must stand in the evidence so."""
    texts = [text for ground in statement.grounds for text in (ground.text, ground.about)] + [asking.text]
    evidence = [unicodedata.normalize("NFKC", text).lower() for text in texts]
    for article in _ARTICLE.finditer(statement.text):
        if not any(flat(article[0]) in flat(text) for text in texts):
            yield Problem("number_unsupported", article[0])
    for token in re.finditer(r"[A-Za-z0-9][A-Za-z0-9.+#/%-]*", statement.text):
        if not re.search(r"\d", token[0]):
            continue
        if any(start < token.end() and token.start() < end for start, end in statement.read):
            continue
        name = flat(token[0]).strip(".-/+")
        # With or without a space: iOS 17 and iOS17 are one name, and 42 in "42 buses" is no part of another.
        pattern = re.compile(rf"(?<![a-z0-9]){' ?'.join(map(re.escape, _LETTERS_OR_DIGITS.findall(name)))}(?![a-z0-9])")
        places = [(text, match.end()) for text in evidence for match in pattern.finditer(text)]
        following = _WORD_AFTER.match(statement.text, token.end()) if name.isdigit() and statement.is_english else None
        counted = [terms(" ".join(_WORD.findall(text[end : end + _COUNTED_CHARS])[:3])) for text, end in places]
        is_of_another = following and any(counted) and not any(terms(following[1]) <= words for words in counted)
        if not places or is_of_another:
            yield Problem("number_unsupported", token[0])


_ARTICLE = re.compile(r"第[一二三四五六七八九十百零\d]+[条款章节]")
_WORD = re.compile("[a-z]+")
_WORD_AFTER = re.compile("[ -]([A-Za-z]+)")
_COUNTED_CHARS = 40
_LETTERS_OR_DIGITS = re.compile(r"[a-z]+|\d+|[^a-z\d]+")
_DIGIT_RUN = re.compile(r"\d[\d.]*")
_MIN_FRAME_CHARS = 6


def _exchanged(statement: Statement) -> Iterator[Problem]:
    """Clauses that are those of the evidence word for word, but for a number: 免收7—3个月 where it has 免收1—3个月."""
    quotes = [flat(ground.citation.quote) for ground in statement.grounds]
    passages = [ground.flat for ground in statement.grounds]
    rounded = {
        quantity.start
        for quantity in statement.quantities
        for ground in statement.grounds
        for printed in ground.quantities
        if _same_unit(quantity, printed) and is_rounded(quantity, statement.text, printed)
    }
    for start, end in clauses(statement.text):
        clause = flat(statement.text[start:end]).strip("。.!！?？;；,，:：")
        numbers, frame = _DIGIT_RUN.findall(clause), _DIGIT_RUN.sub("#", clause)
        if not numbers or len(frame) - len(numbers) < _MIN_FRAME_CHARS:
            continue
        if any(start <= at < end for at in rounded):
            continue
        for texts in (quotes, passages):
            if any(clause in text for text in texts):
                break
            if any(frame in _DIGIT_RUN.sub("#", text) for text in texts):
                yield Problem("number_mismatch", statement.text[start:end].strip("。；，"))
                break


# --- calculations -------------------------------------------------------------------------------------------------


def _calculation(formula: Formula, statement: Statement, measured: Measured) -> tuple[AnswerFigure, list[Problem]]:
    known = {other.value for _, other in _printed(statement.grounds, measured)}
    unknown = _unknown(formula, known)
    printed = statement.text[formula.start : formula.end]
    problems = [Problem("number_unsupported", statement.text[each.start : each.end]) for each in unknown]
    if not formula.right:
        problems.append(Problem("number_mismatch", printed))
    figure = AnswerFigure(
        text=statement.text[formula.result.start : formula.result.end],
        value=plain(formula.result.value),
        unit=formula.result.unit,
        metric="",
        region="",
        period="",
        status="actual",
        citation=None,
        verified=not problems,
        formula=printed,
    )
    return figure, problems


def _unknown(formula: Formula, known: Collection[Decimal]) -> list[Operand]:
    """Its operands that stand nowhere; 6842.7－6468＝374.7 leaves out the 亿元 that all of them share."""
    units = {abs(made) for each in formula.operands if (made := factor(each.unit, formula.result.unit))}
    operands = [each for each in formula.operands if each.value not in _CONSTANTS | units]
    scales = (1,) if any(each.unit for each in operands) else _SCALES
    return min(([each for each in operands if each.value * scale not in known] for scale in scales), key=len)


def is_result(quantity: Quantity, formula: Formula) -> bool:
    """Whether a number is what a calculation came to."""
    result = abs(formula.result.value)
    if formula.result.unit:
        return quantity.value == result and formula.result.unit == quantity.unit
    return quantity.value in [result * scale for scale in _SCALES]


# --- about the same thing -----------------------------------------------------------------------------------------


def _speaks_of_it(ground: Ground, printed: Quantity, quantity: Quantity, statement: Statement, asking: Asking) -> bool:
    """Whether a number outside the quote stands among words that fit the sentence as well as the quote does."""
    wanted = terms(statement.text[: quantity.start] + " " + statement.text[quantity.end :]) + asking.terms
    spans = clauses(ground.text, *ground.sentence_at(printed.start))
    at = next((number for number, (start, end) in enumerate(spans) if start <= printed.start < end), None)
    if at is None:
        return False
    start, end = spans[at]
    if at and end - start < _SHORT_CLAUSE_CHARS:
        start = spans[at - 1][0]
    # Of a bare number's quote, the clause that it is cut from says what it is about.
    first, last = ground.quote
    cut = [span for span in clauses(ground.text, *ground.around) if span[0] < last and first < span[1]]
    quoted = " ".join([ground.citation.quote, *(ground.text[slice(*span)] for span in cut)])
    return coverage(wanted, terms(ground.text[start:end])) >= coverage(wanted, terms(quoted))


_SHARE_OF = re.compile("占[^，。；]*的?$")


def _belongs_to_another(
    quantity: Quantity, occurrences: Sequence[_Occurrence], statement: Statement, asking: Asking
) -> bool:
    """Whether the words right around a number stand, in the evidence, around another number instead.

    行政村1000个 where the evidence has 行政村100个 and 电气化村1000个.
    """
    if _SHARE_OF.search(statement.text, 0, quantity.start):
        return False  # 占总投入的82.3%: the whole, next to it, has a number of its own
    contexts = [_context(statement.text, quantity.start, quantity.end)]
    if not any(contexts[0]):
        contexts = [_context(asking.text, match.start(), match.end()) for match in _MANY.finditer(asking.text)]
    same = max((_likeness(context, each) for context in contexts for each in occurrences), default=0)
    for ground in statement.grounds:
        for printed in ground.quantities:
            if not _is_quoted(printed, ground) or printed.value == quantity.value:
                continue
            if is_listed(statement, ground, printed):
                continue
            least = 3 if _same_unit(quantity, printed) else 5
            other = max((_likeness(context, (ground, printed)) for context in contexts), default=0)
            if other >= least and other > same + 1:
                return True
    return False


def _context(text: str, start: int, end: int) -> tuple[str, str]:
    """Up to six characters on either side, to the next mark of punctuation."""
    left = re.search(r"[^，。、；：,;:!?！？\s（）()“”]{0,6}$", text[max(0, start - 6) : start])
    right = re.match(r"[^，。、；：,;:!?！？\s（）()“”]{0,6}", text[end : end + 6])
    before = re.sub("[达约超近为是到至了有的]+$", "", left[0] if left else "")
    return before, re.sub("^[余多个项条家名位的]+", "", right[0] if right else "")


def _likeness(context: tuple[str, str], occurrence: _Occurrence) -> int:
    """How many characters next to the number are the same on both sides."""
    ground, printed = occurrence
    before, after = _context(ground.text, printed.start, printed.end)
    return _shared(context[0][::-1], before[::-1]) + _shared(context[1], after)


def _shared(one: str, other: str) -> int:
    """The length of the common beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


_NOT = re.compile("(?:没有|没能|未能|尚未|并未|不会|不能|[不没]|未(?!来))[一-鿿]{0,3}$")
_LIMIT = re.compile("不低于|不少于|不高于|不超过|不大于|不多于|不足|不到|不止|不小于")


def _negated(quantity: Quantity, statement: Statement, ground: Ground, printed: Quantity) -> Problem | None:
    """没有达到3420亿元 where the evidence has 达3420亿元, and the other way round."""
    if len(statement.quantities) > 1 and is_target(ground.text[slice(*ground.sentence_at(printed.start))]):
        return None  # 没有达到6万元，实际为54939元: a conclusion from two numbers
    claim, given = (
        bool(_NOT.search(_LIMIT.sub("", text[max(0, start - 6) : start])))
        for text, start in ((statement.text, quantity.start), (ground.text, printed.start))
    )
    is_bound = bool(bound(quantity, statement.text)) and bound_fits(quantity, statement.text, printed, ground.text)
    if claim == given or is_bound:
        return None
    return Problem("negation_mismatch", quantity.text)


_IS_BOUNDED = re.compile("最[高低多少长短]|至[多少]|[上下]限|不[超高低少多大小][过于]|以[上下内]|[封托]顶|限")
_IS_EXTREME = re.compile("最[高低多少]|至[多少]|[上下]限")
_ASKS_FOR_A_BOUND = re.compile(
    "超过|以[上下内]|至[多少]|最[高低多少]|上限|下限|限额|限制|不[足到]|at (?:least|most)|up to|maximum|minimum"
)


def _other_bound(
    quantity: Quantity, statement: Statement, ground: Ground, printed: Quantity, asking: Asking
) -> Problem | None:
    """9.2万人 where the evidence has 超过9.2万人, or a bound that it doesn't have."""
    if (
        quantity.upper is not None
        or _ASKS_FOR_A_BOUND.search(asking.text)
        or quantity.value not in (printed.value, printed.upper)
    ):
        return None
    fits_well = bound_fits(quantity, statement.text, printed, ground.text)
    if _IS_EXTREME.search(statement.text[max(0, quantity.start - 4) : quantity.start]):
        sentence = ground.text[slice(*ground.sentence_at(printed.start))]
        fits_well = fits_well and bool(bound(printed, ground.text) or _IS_BOUNDED.search(sentence))
    return None if fits_well else Problem("number_mismatch", quantity.text)


# --- figures ------------------------------------------------------------------------------------------------------


def _span(ground: Ground, quantity: Quantity) -> tuple[int, int]:
    """Where the evidence prints a number, in the text of its document."""
    first = ground.citation.passage_start
    return first + quantity.start, first + quantity.end


def _figure(
    quantity: Quantity, statement: Statement, occurrence: _Occurrence | None, measured: Measured, *, verified: bool
) -> AnswerFigure:
    figure = measured.at(*occurrence) if occurrence else None
    period, region = statement.period_of(quantity), statement.region_of(quantity)
    span = (figure.start, figure.end) if figure else _span(*occurrence) if occurrence else None
    return AnswerFigure(
        text=quantity.text,
        value=plain(
            -quantity.value if figure and figure.direction == "down" and quantity.value > 0 else quantity.value
        ),
        unit=quantity.unit,
        metric=figure.metric if figure else "",
        region=figure.region if figure else region.name if region else "",
        period=figure.period if figure else period.value if period else "",
        status=figure.status if figure else "actual",
        citation=occurrence[0].citation.number if occurrence else None,
        verified=verified,
        start=span[0] if span else None,
        end=span[1] if span else None,
    )
