"""The judge of sentences that cite rows of tables: each number, date and word must be what a cited cell says.

路桥区2024年规上工业增加值同比为-2.3%。[1]     row 路桥区, column 同比 of 规上工业增加值, time of the caption
| 路桥区 | 112.90亿元[1] | -2.3%[1] |             each cell as a sentence of the row's name and its header
合计49230万元＝9200＋4100＋35930。[1][2][3]     each operand a cited cell of the column that is named
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from assistant.answers import AnswerFigure
from assistant.checks.circumstances import carries_place
from assistant.checks.formulas import Formula, Operand
from assistant.checks.ground import tells_when
from assistant.checks.numbers import Measured, is_result
from assistant.checks.problems import Problem, ProblemKind
from assistant.checks.sentences import MarkedCell
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import flat
from assistant.checks.tables import claims, sums
from assistant.checks.tables.naming import Around, around, is_of_column, is_of_row
from assistant.checks.tables.sheet import CitedRow, Value, is_cut
from assistant.checks.tables.texts import Flat
from assistant.checks.tables.values import cells_of, dated_cells, same_kind, worded_cells
from assistant.checks.tables.words import TOLD, Evidence, is_of_time
from sources.cleaning.headers import is_number, unit_in
from sources.figures.figure import Figure
from sources.mentions.numerals import Quantity, plain
from sources.mentions.periods import Period
from sources.sentences import Span
from sources.tables import TableCell

_BARE = re.compile(r"(?<![A-Za-z0-9.,])[-−－+]?\d+(?:[,，]\d{3})*(?:\.\d+)?(?![\dA-Za-z]|\.\d)")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:：]\d{2}(?![\d,，.])")
_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]+(?:[:：.#/+-][A-Za-z0-9]+)*")
_RANK = re.compile(r"第?\d{1,3}(?:[位名.、]?)")
_GAP = re.compile(r"[—–\-/\s]*")
_CHANGED = re.compile(
    r"(?P<word>(?P<rises>增加|增长|提高|提升|上升|上涨|扩大)|减少|下降|降低|下跌|回落|缩小)了?[^，。；]{0,20}[（(]+$"
)
_DEMANDS = re.compile(r"\s*(?:分别)?(?:是|为|[:：]|在|于)")
_COMPARES = re.compile("[高低多少大小早晚]于|超过|不及|比")
_MORE = re.compile("[高多大]|超过")
_LESS = re.compile("[低少小]|不及")
_DOES = re.compile("负责|牵头|承办|承担|主管")
_DOER = re.compile("单位|部门|机构|主体|[人局办处科]|领导|牵头|责任|承|负责|组织|公司")
_SHORT_WORDS = 14
_Found = tuple[CitedRow, TableCell]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge says of a sentence."""

    figures: tuple[AnswerFigure, ...] = ()
    problems: tuple[Problem, ...] = ()


def judge(
    statement: Statement,
    rows: Sequence[CitedRow],
    *,
    asking: Asking,
    under: str = "",
    computed: Sequence[Formula] = (),
    measured: Measured | None = None,
) -> Judged:
    """What is wrong with a sentence that cites `rows`, and its numbers. `under` are the words that open its list."""
    return _Sentence(statement, rows, asking.text, under, computed, measured).judged()


def judge_row(
    cells: Sequence[MarkedCell],
    rows_of: dict[int, list[CitedRow]],
    whole: Statement,
    *,
    asking: Asking,
    under: str = "",
    computed: Sequence[Formula] = (),
    measured: Measured | None = None,
) -> Judged:
    """Likewise of a row of a Markdown table, by the rows that each mark cites: a sentence for each marked cell.

    `whole` is the row as one sentence.
    """
    figures: list[AnswerFigure] = []
    problems: list[Problem] = []
    names = [
        cell.text
        for cell in cells
        if not cell.marks and not _RANK.fullmatch(cell.text) and not _GAP.fullmatch(cell.text)
    ]
    for cell in cells:
        rows = [row for mark in cell.marks for row in rows_of.get(mark, ())]
        if not rows or _GAP.fullmatch(cell.text):
            continue
        unit = unit_in(cell.head) if is_number(cell.text) and not re.search(r"[%％‰]", cell.text) else ""
        text = f"{'，'.join(names)}，{cell.head}为{cell.text}{unit}"
        statement = Statement(
            text,
            list({id(row.ground): row.ground for row in rows}.values()),
            asked_period=whole.asked_period,
            asked_region=whole.asked_region,
        )
        judged = judge(statement, rows, asking=asking, under=under, computed=computed, measured=measured)
        figures += judged.figures
        problems += judged.problems
    return Judged(tuple(figures), tuple(dict.fromkeys(problems)))


def _signed(quantity: Quantity, text: str) -> Quantity:
    """The quantity with the minus that stands behind other words: 超过-8.5%."""
    at = quantity.start - 1
    if (
        quantity.value <= 0
        or not re.match(r"[-−－](?=\d)", text[max(at, 0) :])
        or re.match(r"[\dA-Za-z]", text[at - 1 : at])
    ):
        return quantity
    return replace(quantity, start=at, value=-quantity.value, text=text[at : quantity.end])


@dataclass
class _Sentence:
    statement: Statement
    rows: Sequence[CitedRow]
    asked: str
    under: str
    computed: Sequence[Formula]
    measured: Measured | None
    figures: list[tuple[int, AnswerFigure]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    told: list[Span] = field(default_factory=list)
    """What of the sentence has been found in a cell, worked out, or held against a column."""
    cells: list[_Found] = field(default_factory=list)
    """The cells that say what it says."""
    found: list[tuple[Quantity, Value]] = field(default_factory=list)
    """Its numbers that a cell holds, in order."""

    def __post_init__(self) -> None:
        self.text = self.statement.text
        self.flat = Flat(self.text)
        self.evidence = Evidence(self.rows)
        self.names = [
            (*self.flat.span(start, end), row_numbers, sheet)
            for sheet in {id(each.sheet): each.sheet for each in self.rows}.values()
            for start, end, row_numbers in sheet.labels_in(self.flat.text)
        ]
        """Where labels of rows stand."""
        self.heads = [
            self.flat.span(start, end)
            for sheet in {id(each.sheet): each.sheet for each in self.rows}.values()
            for start, end in sheet.headers_in(self.flat.text)
        ]
        """Where headers stand."""
        self.formulas = list(self.statement.formulas)
        self.words = list(self._words())
        inside = [(start, end) for start, end, _ in self.words]
        self.numbers = sorted(
            (each for each in self._numbers() if not any(start <= each.start < end for start, end in inside)),
            key=lambda each: each.start,
        )
        self.dates = [
            date
            for date in self.statement.mentions
            if not self._in_formula(date.start) and not any(s <= date.start < e for s, e, _ in self.words)
        ]
        self.values = sorted(
            {
                *((each.start, each.end) for each in self.numbers),
                *((start, end) for start, end, _ in self.words),
                *((each.start, each.end) for each in self.formulas),
            }
        )

    # --- what the sentence holds ----------------------------------------------------------------------------------

    def _in_formula(self, at: int) -> bool:
        return any(formula.start <= at < formula.end for formula in self.formulas)

    def _in_name(self, start: int) -> bool:
        return any(first <= start < last for first, last, _, _ in self.names)

    def _in_header(self, start: int, end: int) -> bool:
        return any(first <= start and end < last for first, last in self.heads)

    def _numbers(self) -> Iterator[Quantity]:
        """Its numbers with and without units, those apart that names and dates are made of."""
        read = [(each.start, each.end) for each in self.statement.quantities if not self._in_name(each.start)]
        read += [(each.start, each.end) for each in self.statement.mentions]
        read += [match.span() for match in _CLOCK.finditer(self.text)]
        for quantity in self.statement.quantities:
            if not self._in_name(quantity.start) and not self._in_header(quantity.start, quantity.end):
                yield _signed(quantity, self.text)
        for match in _BARE.finditer(self.text):
            if any(start < match.end() and match.start() < end for start, end in read):
                continue
            if self._in_formula(match.start()) or self._in_name(match.start()) or self._in_header(*match.span()):
                continue
            digits = re.sub("[,，]", "", match[0]).replace("−", "-").replace("－", "-")
            try:
                yield Quantity(match.start(), match.end(), Decimal(digits), "", "", match[0], "amount")
            except InvalidOperation:
                continue

    def _words(self) -> Iterator[tuple[int, int, list[_Found]]]:
        """Where the words of cited cells stand, the longest first, with their cells."""
        taken: list[Span] = []
        for words, cells in sorted(worded_cells(self.rows).items(), key=lambda each: -len(each[0])):
            at = self.flat.text.find(words)
            while at >= 0:
                span = self.flat.span(at, at + len(words))
                own = [(cited, cell) for cited, cell in cells if not cited.sheet.is_label(cell)]
                of_number = any(each.start < span[0] and span[1] <= each.end for each in self.statement.quantities)
                is_part = of_number or is_cut(self.flat.text, at, at + len(words)) or self._in_name(span[0])
                if own and not is_part and not any(span[0] < e and s < span[1] for s, e in taken):
                    taken.append(span)
                    yield (*span, own)
                at = self.flat.text.find(words, at + 1)

    def _around(self, start: int, end: int) -> Around:
        names = [(first, last) for first, last, _, _ in self.names]
        return around(self.text, (start, end), self.values, names=names, under=self.under, asked=self.asked)

    # --- the verdict ----------------------------------------------------------------------------------------------

    def judged(self) -> Judged:
        self._check_formulas()
        self._check_changes()
        left = [quantity for quantity in self.numbers if not self._check_number(quantity)]
        self._check_claims(left)
        self._check_comparisons()
        for start, end, cells in self.words:
            self._check_words(start, end, cells)
        self._check_names()
        self._check_dates()
        self._check_what_was_asked()
        self._check_demanded()
        self._check_rest()
        in_order = sorted(self.figures, key=lambda each: each[0])
        return Judged(tuple(figure for _, figure in in_order), tuple(dict.fromkeys(self.problems)))

    def _wrong(self, kind: ProblemKind, what: str) -> None:
        self.problems.append(Problem(kind, what))

    def _check_changes(self) -> None:
        """从31元到38元，增加7元（38元 - 31元 = 7元）: the word goes the way from the first to the last."""
        for formula in self.formulas:
            opening = self.text[: formula.start]
            said = _CHANGED.search(opening)
            if said is None or not formula.right or len(formula.operands) < 2:
                continue
            places = [opening.find(self._printed(operand), 0, said.start()) for operand in formula.operands[:2]]
            if min(places) < 0:
                continue
            if (places[0] > places[1]) == bool(said["rises"]):
                self.told.append((said.start("word"), said.end("word")))
            else:
                self._wrong("number_mismatch", said["word"])

    def _printed(self, operand: Operand) -> str:
        """The operand's number, without its unit."""
        return re.match(r"[\d,，.]*", self.text[operand.start : operand.end])[0]  # type: ignore[index]

    def _check_formulas(self) -> None:
        known = [formula.result.value for formula in self.computed]
        for formula in self.formulas:
            words = self._around(formula.start, formula.end)
            wrong = list(sums.check(formula, self.text, self.rows, words, known))
            self.problems += wrong
            self.told.append((formula.start, formula.end))
            result = formula.result
            figure = AnswerFigure(
                text=self.text[result.start : result.end],
                value=plain(result.value),
                unit=result.unit,
                metric="",
                region="",
                period="",
                status="actual",
                citation=None,
                verified=not wrong,
                formula=self.text[formula.start : formula.end],
            )
            self.figures.append((formula.start, figure))

    def _check_number(self, quantity: Quantity) -> bool:
        """Whether a number is that of a cited cell in the row and column that the words around it name."""
        words = self._around(quantity.start, quantity.end)
        for cited, cell, value in cells_of(quantity, self.text, self.rows):
            rivals = [
                other.column
                for other in cited.cells
                if any(same_kind(each.quantity, value.quantity) for each in cited.sheet.values(other))
            ]
            if is_of_row(cited, words) and is_of_column(cited.sheet, cell.column, words, rivals):
                self.told.append((quantity.start, quantity.end))
                self.cells.append((cited, cell))
                self.found.append((quantity, value))
                self.figures.append((quantity.start, self._figure(quantity, cited, cell, value)))
                return True
        if any(is_result(quantity, formula) for formula in [*self.computed, *self.formulas]):
            self.told.append((quantity.start, quantity.end))
            return True
        if self._is_printed(quantity.start, quantity.end):
            self.told.append((quantity.start, quantity.end))
            return True
        return False

    def _is_printed(self, start: int, end: int) -> bool:
        """Whether words stand in a header, a caption or a title as they stand here, with the character beside them."""
        first, last = self.flat.at(start), self.flat.at(end)
        more = 2 if re.search(r"\d", self.flat.text[first:last]) else 1
        behind, before = self.flat.text[first : last + more], self.flat.text[max(0, first - 2) : last]
        wider = [each for each in (behind, before) if len(each) > last - first + more - 1]
        return any(self.evidence.prints(each) for each in wider)

    def _check_claims(self, left: Sequence[Quantity]) -> None:
        told = claims.Told(
            text=self.text,
            asked=f"{self.asked}。{self.under}",
            rows=self.rows,
            quantities=left,
            names=self.names,
            printed=self._is_printed,
            leads=self.statement.leads,
        )
        wrong, used, spans = claims.check(told)
        self.problems += wrong
        self.told += spans
        for quantity in left:
            if quantity in used:
                continue
            near = any(
                quantity.value == value.quantity.value
                for row in self.rows
                for c in row.cells
                for value in row.sheet.values(c)
            )
            self._wrong("number_mismatch" if near else "number_unsupported", quantity.text)
            figure = AnswerFigure(
                quantity.text, plain(quantity.value), quantity.unit, "", "", "", "actual", None, False
            )
            self.figures.append((quantity.start, figure))

    def _check_comparisons(self) -> None:
        """96.41米，高于汛限水位96.00米: of two numbers of one kind, each a cell's, the first must be the higher."""
        for match in _COMPARES.finditer(self.text):
            before = [each for each in self.found if each[0].end <= match.start()][-1:]
            behind = [each for each in self.found if each[0].start >= match.end()][:1]
            for (one, first), (other, second) in zip(before, behind, strict=False):
                between = self.text[one.end : match.start()] + self.text[match.end() : other.start]
                if not same_kind(first.quantity, second.quantity) or re.search("[。；]", between):
                    continue
                said = match[0] if match[0] != "比" else self.text[other.end : other.end + 1]
                more, less = (words.search(said) for words in (_MORE, _LESS))
                if (more and first.raw <= second.raw) or (less and first.raw >= second.raw):
                    self._wrong("number_mismatch", self.text[one.start : other.end])

    def _check_words(self, start: int, end: int, cells: Sequence[_Found]) -> None:
        """Words of a cell must stand in the row and under the header that are named, if any are."""
        words = self._around(start, end)
        for cited, cell in cells:
            if is_of_row(cited, words) and is_of_column(cited.sheet, cell.column, words, ()):
                if _DOES.match(self.text, end) and not _DOER.search(cited.sheet.columns[cell.column].text):
                    continue
                self.told.append((start, end))
                self.cells.append((cited, cell))
                return
        self._wrong("not_supported", self.text[start:end])

    def _check_names(self) -> None:
        """A row that the sentence names must be cited, unless its name is also that of something else."""
        for start, end, numbers, sheet in self.names:
            cited = {each.row for each in self.rows if each.sheet is sheet}
            elsewhere = any(
                other.sheet is not sheet and self.evidence.prints(flat(self.text[start:end])) for other in self.rows
            )
            if all(sheet.is_total(number) for number in numbers):
                continue
            if not cited & set(numbers) and not elsewhere and not self.evidence.prints(flat(self.text[start:end])):
                self._wrong("not_supported", self.text[start:end])

    def _check_dates(self) -> None:
        for date in self.dates:
            cells = dated_cells(date.value, date.text, self.rows)
            words = self._around(date.start, date.end)
            fitting = [
                (cited, cell)
                for cited, cell in cells
                if is_of_row(cited, words)
                and (cited.sheet.is_label(cell) or is_of_column(cited.sheet, cell.column, words, ()))
            ]
            if fitting:
                self.cells += fitting
            elif not self._is_time(date):
                self._wrong("period_mismatch", date.text)
            self.told.append((date.start, date.end))

    def _is_time(self, date: Period) -> bool:
        if not re.search(r"[\d〇○零一二三四五六七八九]{2}|\d", date.text):
            return True  # 上年同期, 今年: what they mean is the document's, and which column that is its header's
        if not tells_when(date, self.text, len(self.text)):
            return True  # 比2023年增长5%
        if not date.value:
            return self._is_printed(date.start, date.end)
        if date.value.startswith("XXXX") and self._is_printed(date.start, date.end):
            return True
        if not self.cells and (self._is_printed(date.start, date.end) or self.evidence.is_heading(date.text)):
            return True  # 2024年执行数如下：
        return is_of_time(date, self.cells, self.rows)

    def _check_what_was_asked(self) -> None:
        """A number that leaves its time and place to the question must be of these."""
        period, region = self.statement.asked_period, self.statement.asked_region
        if not self.found:
            return
        if period and not (
            is_of_time(period, self.cells, self.rows) or dated_cells(period.value, period.text, self.rows)
        ):
            self._wrong("period_mismatch", period.text)
        grounds = [ground for ground in self.statement.grounds if ground.regions or ground.regions_above]
        if region is None or not grounds or self.evidence.prints(flat(region.name)):
            return
        if not any(
            region.name in each.regions_above or carries_place(each, region, has_number=True) for each in grounds
        ):
            self._wrong("region_mismatch", region.name)

    def _check_demanded(self) -> None:
        """责任单位是…: what follows must be the words of the cell under that header, those of a short one in full."""
        for cited in self.rows:
            for column, path in enumerate(cited.sheet.table.columns):
                header = flat(path[-1]) if path else ""
                at = self.flat.text.find(header) if len(header) > 1 else -1
                if at < 0:
                    continue
                start, end = self.flat.span(at, at + len(header))
                cells = [cell for cell in cited.cells if cell.column == column and not cited.sheet.is_label(cell)]
                if not _DEMANDS.match(self.text, end) or not cells or any(map(cited.sheet.values, cells)):
                    continue
                words = flat(cells[0].text).strip("。，；")
                others = [each for each in self.rows if each is not cited and each.sheet is cited.sheet]
                if others or len(words) > _SHORT_WORDS or (cited, cells[0]) in self.cells or not words:
                    continue
                if words not in self.flat.text:
                    self._wrong("not_supported", self.text[start:])

    def _check_rest(self) -> None:
        """Words that are nowhere, and denials."""
        rest = self.text
        for start, end in self.told:
            rest = rest[:start] + TOLD * (end - start) + rest[end:]
        for match in _NAME.finditer(rest):
            if re.search(r"\d", match[0]) and not self.evidence.prints(flat(match[0])):
                in_name = self._in_name(match.start()) or self._is_read(match.start())
                if not in_name:
                    self._wrong("number_unsupported", match[0])
        for words in self.evidence.lacks(rest[len(self.statement.attribution) :]):
            self._wrong("not_supported", words)
        for first, last, *_ in self.names:
            rest = rest[:first] + TOLD * (last - first) + rest[last:]
        for words in self.evidence.denials(rest):
            self._wrong("negation_mismatch", words)

    def _is_read(self, at: int) -> bool:
        return any(
            start <= at < end for start, end in [*self.statement.read, *((n.start, n.end) for n in self.numbers)]
        )

    def _figure(self, quantity: Quantity, cited: CitedRow, cell: TableCell, value: Value) -> AnswerFigure:
        number = value.quantity
        figure: Figure | None = (
            self.measured.over(cited.ground.citation.document_id, number.start, number.end) if self.measured else None
        )
        labels = cited.sheet.labels(cited.row)
        return AnswerFigure(
            text=quantity.text,
            value=plain(quantity.value),
            unit=quantity.unit,
            metric=figure.metric if figure else cited.sheet.columns[cell.column].text,
            region=figure.region if figure else labels[-1] if labels else "",
            period=figure.period if figure else "",
            status=figure.status if figure else "actual",
            citation=cited.ground.citation.number,
            verified=True,
            start=figure.start if figure else number.start,
            end=figure.end if figure else number.end,
        )
