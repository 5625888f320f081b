"""Bounds and rounding: what 超过, 不足, 以内 and 约 make of a number, and which other number it may be told as.

新增就业超过9.2万人    told as 9.2万人以上: right;   9.2万人: says more than is known;   不到9.2万人: wrong
生产总值6842.7亿元     told as 约6800亿元, 超过6800亿元, 近7000亿元: right;   6800亿元: wrong
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal

from sources.figures.figure import Figure
from sources.mentions.numerals import Quantity
from sources.sentences import clauses

ABOUT = re.compile(r"左右|约|大概|上下")
ABOUT_SHARE = Decimal("0.05")
_AT_LEAST = re.compile(r"以上|超|突破|不低于|不少于|至少|逾|多|余")
_AT_MOST = re.compile(r"以下|以内|不超过|不高于|不足|不到|低于|将?近|接近")
_MANTISSA = re.compile(r"\d[\d,，]*(?:\.(?P<decimals>\d+))?")
ENDLESS = Decimal("Infinity")
Bound = Literal["least", "most", "about", ""]
_LEAST = re.compile(
    r"不低于|不少于|不小于|不止|超|高于|大于|多于|突破|逾|破|至少|最低|以上|出头|≥|[>＞]|more than|at least|over",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"不高于|不超过|不大于|不多于|不足|不到|低于|小于|少于|最多|最高|接近|近|以下|以内|之内|≤|[<＜]"
    r"|less than|nearly|up to",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"约|左右|上下|接近|近|about|nearly", re.IGNORECASE)
_NEAR = re.compile(r"接近|近|nearly", re.IGNORECASE)
_MORE = re.compile("[余馀多]")
_BEFORE = re.compile(r"(?:不?超过?|不足|不到|大约|接近|[约近逾])(?=(?:[为是有达]|达到|在)$)")
_DENIED = re.compile(r"(?:不得|不能|不可|不应|不宜|禁止|严禁)[^，。；]*$|(?:没有|尚未|不|未)$|\bnot $")
# 控制在2.5%以内, 以3次为限 and 上限50万元: what bounds a number may stand anywhere in its clause.
_BOUNDS = re.compile(
    r"上限|下限|封顶|为限|最[高低多少]|至[多少]|以[内上下]|之内|控制在|[不未]|起(?!始)|内(?![容部])"
    r"|\b(?:at least|up to|not)\b",
    re.IGNORECASE,
)
_ABOUT_SHARE = Decimal("0.03")
_BOUND_SHARE = Decimal("0.1")
_BOUNDED_KINDS = ("amount", "percent", "points", "multiple", "duration")


def bound(quantity: Quantity, text: str) -> Bound:
    """How `quantity` of `text` bounds what it tells of; "" where it is told as exact."""
    words = _qualifier(quantity, text)
    before = text[: quantity.start]
    denied = bool(words) and before.endswith(words) and bool(_DENIED.search(before.removesuffix(words)))
    if _MORE.search(quantity.text):
        return "least"
    if _LEAST.search(words) and not words.startswith(("不超", "不高", "不大", "不多")):
        return "most" if denied else "least"
    if _MOST.search(words):
        return "least" if denied else "most"
    return "about" if _ABOUT.search(words) else ""


def bound_fits(said: Quantity, text: str, printed: Quantity, evidence: str) -> bool:
    """Whether the bound that `said` has in `text` is the one that `printed`, of the same value, has in `evidence`."""
    if printed.kind not in _BOUNDED_KINDS:
        return True
    told, given = bound(said, text), bound(printed, evidence)
    if told == given or "about" in (told, given):
        return bool(told) or not given
    if {told, given} == {"least", "most"}:
        return False
    if not told:
        return bool(_BOUNDS.search(_clause(said, text)))
    return bool(_BOUNDS.search(_clause(printed, evidence)))


def is_rounded(said: Quantity, text: str, printed: Quantity) -> bool:
    """Whether `said`, with its 约, 超过 or 近, is `printed` with fewer digits: 约1.2万亿元 for 11986亿元."""
    if said.value == printed.value or said.upper is not None or printed.upper is not None or printed.value <= 0:
        return False
    told, words, share = bound(said, text), _qualifier(said, text), abs(said.value - printed.value) / printed.value
    places = Decimal(1).scaleb(int(said.value.normalize().as_tuple().exponent))

    def cut(rounding: str) -> bool:
        return (printed.value / places).quantize(Decimal(1), rounding) * places == said.value

    if _NEAR.search(words) or words in ("不足", "不到"):
        return share <= _BOUND_SHARE and cut(ROUND_CEILING)
    if told == "about":
        return share <= _ABOUT_SHARE and cut(ROUND_HALF_UP)
    return told == "least" and share <= _BOUND_SHARE and cut(ROUND_FLOOR)


def _qualifier(quantity: Quantity, text: str) -> str:
    """超过 of 超过9.2万人, and 约 of 约为6800亿元."""
    before = _BEFORE.search(text, max(0, quantity.start - 6), quantity.start)
    return quantity.qualifier or (before[0] if before else "")


def _clause(quantity: Quantity, text: str) -> str:
    return next((text[start:end] for start, end in clauses(text) if start <= quantity.start < end), text)


def agree(one: Figure, other: Figure) -> bool:
    """Whether both values can be right: equal, one rounded, or each within the bounds that the other sets."""
    return rounded(one, other, zeros=True) or (
        _is_bounded(one) | _is_bounded(other) and _keeps_to(one, other) and _keeps_to(other, one)
    )


def rounded(one: Figure, other: Figure, *, zeros: bool = False) -> bool:
    """Whether one is the other, rounded or cut off; with `zeros`, 54900 may be rounded too."""
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


def _is_bounded(figure: Figure) -> bool:
    told = figure.qualifier + figure.text
    return any(words.search(told) for words in (_AT_LEAST, _AT_MOST, ABOUT))


def _keeps_to(figure: Figure, bound: Figure) -> bool:
    """Whether the value of `figure` lies where `bound` (超5500亿元, 近百项) says."""
    told = bound.qualifier + bound.text
    if ABOUT.search(told):
        return abs(figure.value - bound.value) <= ABOUT_SHARE * abs(bound.value)
    if _AT_LEAST.search(told):
        return figure.value >= bound.value
    if _AT_MOST.search(told):
        return figure.value <= bound.value
    return True


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `low` to `high`, either end perhaps left out."""

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
