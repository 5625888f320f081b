"""Bounds and rounding: what 超过, 不足, 以内 and 约 make of a number, and which other number may stand for it.

新增就业超过9.2万人    written as 9.2万人以上: right;   9.2万人: says more than is known;   不到9.2万人: wrong
生产总值6842.7亿元     written as 约6800亿元, 超过6800亿元, 近7000亿元: right;   6800亿元: wrong
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

from sources.figures.figure import Figure
from sources.mentions.numerals import Quantity
from sources.sentences import clauses
from sources.words import rows

Bound = Literal["least", "most", "about", ""]
_ENDLESS = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `low` to `high`; an open end is not one of them."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False

    def holds(self, other: Range) -> bool:
        """Whether every value of `other` lies in it."""
        above = other.low > self.low or (other.low == self.low and (other.low_open or not self.low_open))
        below = other.high < self.high or (other.high == self.high and (other.high_open or not self.high_open))
        return above and below

    def misses(self, other: Range) -> bool:
        """Whether no value lies in both."""
        first, second = sorted((self, other), key=lambda each: (each.low, each.high))
        touching = first.high == second.low and not (first.high_open or second.low_open)
        return first.high < second.low or (first.high == second.low and not touching)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a family of bounding words allows, as shares of the number that they stand with."""

    bound: Bound
    low: Decimal
    """How far below the number the true value may lie; infinite for 不足 and 以内."""
    high: Decimal
    """How far above."""
    is_open: bool
    """Whether the number itself is left out, as by 超过 and 不足."""
    rounding: str
    """How an exact value is cut to a number written with these words."""
    cut: Decimal
    """The share of the exact value that may be cut off so; 0 where it may not: 以内 sets a limit and rounds nothing."""

    def around(self, number: Decimal) -> Range:
        """The values that the words allow beside `number`."""
        low = -_ENDLESS if self.low.is_infinite() else number - self.low * abs(number)
        high = _ENDLESS if self.high.is_infinite() else number + self.high * abs(number)
        return Range(low, high, self.is_open and high > number, self.is_open and low < number)


_NONE = Decimal(0)
# A wider 约 would bear out 约5.2万元 for 54939元, whose second digit is another; every 约 of the labelled answers is
# within one per cent.
_ABOUT = Decimal("0.03")
# 近百项 is ninety and more, and 超过6800亿元 no way to write 8000亿元.
_TENTH = Decimal("0.1")
ALLOWANCES: Mapping[str, Allowance] = {
    "over": Allowance("least", _NONE, _ENDLESS, True, ROUND_FLOOR, _TENTH),
    "least": Allowance("least", _NONE, _ENDLESS, False, ROUND_FLOOR, _TENTH),
    "under": Allowance("most", _ENDLESS, _NONE, True, ROUND_CEILING, _TENTH),
    "most": Allowance("most", _ENDLESS, _NONE, False, ROUND_CEILING, _NONE),
    "near": Allowance("most", _TENTH, _NONE, False, ROUND_CEILING, _TENTH),
    "about": Allowance("about", _ABOUT, _ABOUT, False, ROUND_HALF_UP, _ABOUT),
}
"""The families of `words/bounds.tsv`: 超过 is over, 以上 least, 不足 under, 以内 most, 近 near, 约 about."""
_FAMILIES = {word: family for word, _, family, _ in rows("bounds") if family}
_MORE = re.compile("[余馀多]")
_MANTISSA = re.compile(r"\d[\d,，]*(?:\.(?P<decimals>\d+))?")
_BEFORE = re.compile(r"(?:不?超过?|不足|不到|大约|接近|[约近逾])(?=(?:[为是有达]|达到|在)$)")
_DENIED = re.compile(r"(?:不得|不能|不可|不应|不宜|禁止|严禁)[^，。；]*$|(?:没有|尚未|不|未)$|\bnot $")
# 控制在2.5%以内, 以3次为限 and 上限50万元: what bounds a number may stand anywhere in its clause.
_BOUNDS = re.compile(
    r"上限|下限|封顶|为限|最[高低多少]|至[多少]|以[内上下]|之内|控制在|[不未]|起(?!始)|内(?![容部])"
    r"|\b(?:at least|up to|not)\b",
    re.IGNORECASE,
)
_BOUNDED_KINDS = ("amount", "percent", "points", "multiple", "duration")


def allowance(qualifier: str, number: str) -> Allowance | None:
    """What the words beside a number, and 余 or 多 in it (1200余件), allow; None where it is exact."""
    family = "least" if _MORE.search(number) else _FAMILIES.get(qualifier.lower(), "")
    return ALLOWANCES[family] if family else None


def bound(quantity: Quantity, text: str) -> Bound:
    """Which way the words at `quantity` in `text` bound it; "" where it stands as exact."""
    words = _qualifier(quantity, text)
    allowed = allowance(words, quantity.text)
    if allowed is None:
        return ""
    before = text[: quantity.start]
    if allowed.bound == "about" or not (before.endswith(words) and _DENIED.search(before.removesuffix(words))):
        return allowed.bound
    return "most" if allowed.bound == "least" else "least"


def bound_fits(claimed: Quantity, text: str, printed: Quantity, evidence: str) -> bool:
    """Whether `claimed` in `text` is bounded as `printed`, of the same value, is in `evidence`."""
    if printed.kind not in _BOUNDED_KINDS:
        return True
    own, given = bound(claimed, text), bound(printed, evidence)
    if own == given or "about" in (own, given):
        return bool(own) or not given
    if {own, given} == {"least", "most"}:
        return False
    if not own:
        return bool(_BOUNDS.search(_clause(claimed, text)))
    return bool(_BOUNDS.search(_clause(printed, evidence)))


def is_rounded(claimed: Quantity, text: str, printed: Quantity) -> bool:
    """Whether `claimed`, with its 约, 超过 or 近, is `printed` with fewer digits: 约1.2万亿元 for 11986亿元."""
    if claimed.value == printed.value or claimed.upper is not None or printed.upper is not None or printed.value <= 0:
        return False
    allowed = allowance(_qualifier(claimed, text), claimed.text)
    if allowed is None or abs(claimed.value - printed.value) > allowed.cut * printed.value:
        return False
    if allowed.bound != "about" and bound(claimed, text) != allowed.bound:
        return False  # 没有超过6800亿元
    step = Decimal(1).scaleb(int(claimed.value.normalize().as_tuple().exponent))
    return (printed.value / step).quantize(Decimal(1), allowed.rounding) * step == claimed.value


def _qualifier(quantity: Quantity, text: str) -> str:
    """超过 of 超过9.2万人, and 约 of 约为6800亿元."""
    before = _BEFORE.search(text, max(0, quantity.start - 6), quantity.start)
    return quantity.qualifier or (before[0] if before else "")


def _clause(quantity: Quantity, text: str) -> str:
    return next((text[start:end] for start, end in clauses(text) if start <= quantity.start < end), text)


def agree(one: Figure, other: Figure) -> bool:
    """Whether both values can be right: equal, one rounded, or each within the bounds that the other sets."""
    if rounded(one, other, zeros=True):
        return True
    return (_is_bounded(one) or _is_bounded(other)) and _keeps_to(one, other) and _keeps_to(other, one)


def rounded(one: Figure, other: Figure, *, zeros: bool = False) -> bool:
    """Whether one is the other, rounded or cut off; with `zeros`, the zeros of 54900 may come from rounding."""
    if one.upper is not None or other.upper is not None:
        return (one.value, one.upper) == (other.value, other.upper)
    step = max(last_digit(one, zeros=zeros), last_digit(other, zeros=zeros))
    apart = abs(one.value - other.value)
    if apart >= step:
        return False
    coarse, fine = sorted((one, other), key=lambda each: -last_digit(each, zeros=zeros))
    nearest = (fine.value / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    cut = fine.value // step * step
    return coarse.value in (nearest, cut)


def last_digit(figure: Figure, *, zeros: bool = False) -> Decimal:
    """What one in the last printed digit is worth: 100 for 5.49万; with `zeros`, in the last one that is no zero."""
    printed = _MANTISSA.search(figure.text)
    if printed is None:
        return Decimal(1)
    digits = re.sub("[,，]", "", printed[0])
    mantissa = Decimal(digits)
    scale = figure.value / mantissa if mantissa else Decimal(1)
    if printed["decimals"]:
        return abs(scale).scaleb(-len(printed["decimals"]))
    trailing = len(digits) - len(digits.rstrip("0")) if zeros and mantissa else 0
    return abs(scale).scaleb(trailing)


def range_of(figure: Figure, *, rounded: bool) -> Range:
    """The values that the figure allows; with `rounded`, those too that round to it as it is printed."""
    if figure.upper is not None:
        return Range(figure.value, figure.upper)
    if (allowed := allowance(figure.qualifier, figure.text)) is not None:
        return _around(figure, allowed)
    half = last_digit(figure) / 2 if rounded else _NONE
    return Range(figure.value - half, figure.value + half, high_open=half > 0)


def _around(figure: Figure, allowed: Allowance) -> Range:
    """The values that the words allow: 下降10%以上 is -10 or less."""
    if figure.status != "growth" or figure.value >= 0:
        return allowed.around(figure.value)
    size = allowed.around(-figure.value)
    return Range(-size.high, -size.low, size.high_open, size.low_open)


def _is_bounded(figure: Figure) -> bool:
    return allowance(figure.qualifier, figure.text) is not None


def _keeps_to(figure: Figure, other: Figure) -> bool:
    """Whether the value of `figure` lies where the words of `other` (超5500亿元, 近百项) say."""
    allowed = allowance(other.qualifier, other.text)
    if allowed is None:
        return True
    values = _around(other, allowed)
    return values.low <= figure.value <= values.high
