"""Quantities printed in a text: 1,349,084亿元, 百分之五, 三成, 1.48:1, 3-5个百分点, 第37位, 1200余件 …

A number is a quantity when a unit or a measure word follows it, when it is a ratio or a rank, or when the words before
it lead to a bare number (收入倍差缩小至1.73). Dates, document numbers (〔2020〕5号), names (5G, “15分钟公共服务圈”)
and slogans (“1+3”, 六改六融, “三大差距”) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from sources.mentions.widths import TO_ASCII, half_width
from sources.words import any_of, rows

QuantityKind = Literal["amount", "percent", "points", "ratio", "rank", "multiple", "duration"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One printed quantity. `source[start:end] == text`: the number with its unit, words like 以上 left out."""

    start: int
    end: int
    value: Decimal
    """In the base unit: 万 and 亿 applied, a percentage as printed, a:b as a/b, 三成 as 30 %, 翻番 as growing by 100 %.

    Of a range, the lower end."""
    unit: str
    """元, %, 个百分点, 公里, 人次 …; empty for a ratio and a bare number."""
    qualifier: str
    """以上, 左右, 超, 近, 不低于 …, as printed beside the number; empty when there is none."""
    text: str
    kind: QuantityKind
    upper: Decimal | None = None
    """The upper end of a range: 5 for 3-5个百分点."""


_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_SCALES = (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10))
_ARABIC = re.compile(r"\d+(?:\.\d+)?")
_GAP = re.compile("[,\u2009\u202f\xa0 ]")


def chinese_number(text: str) -> Decimal:
    """The value of a numeral in Chinese characters or in digits: 三千二百万, 十四, 二〇二五, 三点五, 1,200, ３.

    Raises ValueError when a character is no numeral. cn2an reads the same, but slowly; the tests compare the two.
    """
    plain = _GAP.sub("", text.translate(TO_ASCII))
    if _ARABIC.fullmatch(plain):
        return Decimal(plain)
    whole, point, fraction = text.partition("点")
    unknown = set(whole + fraction) - _DIGITS.keys() - {scale for scale, _ in _SCALES}
    if not whole or unknown or bool(point) != bool(fraction):
        raise ValueError(f"{text!r} is no number: only 零 to 九, 两, 十, 百, 千, 万, 亿 and one 点 can stand in one")
    if not fraction:
        return Decimal(_whole(whole))
    return _whole(whole) + Decimal("0." + "".join(str(_DIGITS.get(c, "")) for c in fraction))


def _whole(text: str) -> int:
    for name, scale in _SCALES:
        head, scale_word, tail = text.rpartition(name)
        if scale_word:
            high = _whole(head) if head else 1
            if scale >= 100 and len(tail) == 1 and _DIGITS.get(tail):
                return high * scale + _DIGITS[tail] * scale // 10  # 三百二 is 320, 两万五 is 25000
            return high * scale + (_whole(tail) if tail else 0)
    return int("".join(str(_DIGITS[c]) for c in text) or 0)  # 二〇二五, 零五, 九


_MAGNITUDE = {
    "百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "十亿": 10**9,
    "百亿": 10**10, "千亿": 10**11, "万亿": 10**12, "": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9,
    "trillion": 10**12,
}  # fmt: skip
_UNIT_ROWS = rows("units")
_SAME_UNIT = {unit: base for kind, unit, base, _ in _UNIT_ROWS if base and kind != "english"}
_ENGLISH_UNITS = {unit: base for kind, unit, base, _ in _UNIT_ROWS if kind == "english"}
_CURRENCIES = {"RMB": "元", "CNY": "元", "¥": "元", "￥": "元", "US$": "美元", "$": "美元"}
_DURATION_UNITS = frozenset(unit for kind, unit, _, _ in _UNIT_ROWS if kind == "duration") | {"日"}
COUNTER_UNITS = frozenset(unit for kind, unit, _, _ in _UNIT_ROWS if kind in ("counter", "digits"))
"""Measure words: the thing counted may stand after them (14个示范片区)."""


def _units(*kinds: str) -> str:
    """A pattern of the units of these kinds, longest first, each with the characters that must not follow it."""
    chosen = sorted((row for row in _UNIT_ROWS if row[0] in kinds), key=lambda row: -len(row[1]))
    return "|".join(re.escape(unit) + (f"(?![{bad}])" if bad else "") for _, unit, _, bad in chosen)


def _any(words: str) -> str:
    """A pattern of the words, which spaces separate."""
    return "|".join(words.split())


_SP = "[ \u3000\xa0]?"
# 3 098 000 and 12 500: groups apart by a space, by a plain one only right behind words.
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:[\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?"
    r"|(?<=[一-龥（(])\d{1,3}(?:[ \xa0]\d{3})+(?!\d|[ \xa0]\d)(?:\.\d+)?|\d{1,3}(?:，\d{3}){2,}(?!\d)|\d+(?:[.．]\d+)?)"
)
_CN = "[零〇一二两三四五六七八九十百千万亿]"
_BIG = "万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千|百"
_PER = _any(
    """
    万元 亿元 万吨 万人 千人
    平方米 立方米 公里 千米 小时 分钟 千瓦时 人 日 天 年 月 次 亩 户 吨 公斤 千克 斤 只 个 袋 盒 件 套 升 瓶 包 片 例
    ml m³ h kg d L
    """
)
_UNIT = (
    rf"(?:(?:{_units('measure', 'duration', 'counter', 'digits')}|(?:{_units('latin')})(?![A-Za-z]))(?:/(?:{_PER}))?"
    r"|日(?=内(?!蒙)|以内|之内|龄))"
)
_QUANTITY = re.compile(
    rf"""
    (?P<per>(?P<per_base>[百千万])分之(?P<per_value>{_NUMBER}|{_CN}+(?:点{_CN}+)?))
  | (?P<ratio>(?<![\d.:：∶])(?P<ratio_a>\d+(?:\.\d+)?)[:：∶](?P<ratio_b>\d+(?:\.\d+)?)(?![\d.]*[:：∶]|\d))
  | (?P<rank>
        第{_SP}(?P<rank_no>\d+|[一二三四五六七八九十]{{1,3}}){_SP}(?P<rank_unit>[位名])?
      | 前{_SP}(?P<top_no>\d+|[三五十百]){_SP}[位名]
      | 首位|之首|榜首)
  | (?P<doubling>翻了?(?P<doubled>[一两二三四\d])?番)
  | (?P<tenths>
      (?P<tenths_no>[一二两三四五六七八九]|(?<!\d)\d)成
      (?P<tenths_more>[一二三四五六七八九半])?(?=[以左多，。、；,;的）)\s]|$))
  | (?P<half>一半(?![路夜天截]))
  | (?P<fraction>(?P<below>[二三四五六七八九十])分之(?P<above>[一二两三四五六七八九]))
  | (?P<arabic>
      (?<![A-Za-z\d.．_\#第])(?<![A-Za-z][-—])(?P<sign>(?<![^降长为至到幅率润额用益值（(：:，,、|\s])[-－−])?
      (?P<a>{_NUMBER}){_SP}(?P<a_more>[余馀多])?(?P<a_big>{_BIG})?
      (?:(?P<rest>\d+(?:\.\d+)?)(?P<rest_big>[万千]))?
      (?:(?P<a_more2>[余馀多])?{_SP}(?P<a_unit>{_UNIT})?{_SP}(?P<dash>-|—|－|–|~|～|至|到|[和与](?=[^，。；]{{1,16}}之间)){_SP}
         (?P<b>{_NUMBER}){_SP}(?P<b_more>[余馀多])?(?P<b_big>{_BIG})?)?
      (?P<more>[余馀多来])?{_SP}(?P<unit>{_UNIT})?)
  | (?P<chinese>
      (?<![第百千万分之统唯其初周期几数零〇一二两三四五六七八九十亿])
      (?P<c>{_CN}+(?:点[一二三四五六七八九]+)?)(?P<c_more>[余馀多来])?(?P<c_big>[万亿])?
      (?P<c_unit>{_units("measure", "duration", "counter")}|(?<={_CN}{_CN})(?:{_units("digits")})))
    """,
    re.VERBOSE,
)
# Where a quantity may start; matching only there is many times as fast as letting `_QUANTITY` search.
_START = re.compile(
    r"(?<!\d)\d|(?<!\d)[-－−](?=\d)|[第前首之榜翻百千万]|(?<![零〇一二两三四五六七八九十百千万亿])[零〇一二两三四五六七八九十亿]"
)
_ENGLISH = re.compile(
    r"[ -]?(?:(?P<big>thousand|million|billion|trillion)\b[ -]?)?(?P<unit>"
    + "|".join(sorted(_ENGLISH_UNITS, key=lambda unit: -len(unit)))
    + r")?\b",
    re.IGNORECASE,
)
_CURRENCY_BEFORE = re.compile(r"(RMB|CNY|US\$|\$|¥|￥) ?$")
_BEFORE = re.compile(rf"(?:{any_of('bounds', 'before').pattern})[ ]?$", re.IGNORECASE)
_AFTER = re.compile(rf"[ ]?(?:{any_of('bounds', 'after').pattern})")
# 倍差缩小至1.73, 指数为85: the words before a number without a unit that make it a figure all the same.
_BARE_METRIC = _any("比 比例 比值 倍差 系数 指数 得分 评分 均值 浓度 密度 倍数 申请数 核准数 总数 人数 户数 件数 个数")
_BARE_VERB = _any(
    "为 是 达到? [缩下上]?[小降升]低?[到至为]? (?:缩小|扩大|提高|提升)[到至为]? [至到在:：] 稳定在 保持在 控制在"
)
_BARE_BEFORE = re.compile(
    rf"(?:{_BARE_METRIC})(?:绝对)?值?(?:仅|约|已|均|分别|持续|稳步|进一步|由|从|力争|争取|计划|预计|预期|确保|有望|要|将|可|"
    rf"拟|目标|\d{{4}}年的?|[上去]年(?:同期|末)?的?|原来?的?)*(?:{_BARE_VERB})?[ ]?$"
)
_BARE_DECIMAL_BEFORE = re.compile(
    r"(?:缩小|扩大|提高|提升|下降|降低|上升|增加|减少|回落|降|升|高|低|达|为|至|到|差|、)[了到至为约]?[ ]?$"
)
_BARE_AFTER = re.compile(r"[ ]?(?:[A-Za-z号年月日时点期届版级后代路线式型款环楼栋\d]|[-—/:：][A-Za-z\d])")
# 480万 alone: people or money, by the words around it.
_PERSONS = _any(
    """
    群众 市民 居民 农民 学生 职工 老人 老年人 患者 党员 用户 农创客 农户 师生 医护 干部 志愿者 劳动者 游客 青年 人员
    纳税人 教师 医生 护士 会员 粉丝 观众 乘客 旅客 学员
    """
)
_PERSON_AFTER = re.compile(rf"[ ]?“?[一-龥]{{0,5}}?(?:{_PERSONS})")
_PEOPLE_BEFORE = re.compile(r"(?:人口|人数|人员|人流量|客流量)[^，。；,;、]{0,6}$")
_MONEY = _any("罚款 处罚 罚单 资金 投资 投入 产值 收入 贷款 补贴 补助 奖励 捐款 经费 货值 价值 税")
_MONEY_BEFORE = re.compile(rf"(?:{_MONEY})[^，。；,;、]{{0,6}}$")
_MONEY_AFTER = re.compile(r"[ ]?[一-龥]{0,4}?(?:资金|投资|经费|贷款|罚款|罚单|补贴|奖励)")
_RANK_SCOPE = re.compile(
    r"(?:[列居排占]|全国|全省|全市|全区|全县|全球|世界|地级市|县级市|城市|同类|名次|总[量分]|保持)[^，。；,;、]{0,8}$"
)
_RANK_AFTER = re.compile(r"[，。、；,;.．)）”\s且和及与的]|$|(?:左右|以上|以内)")
_RANKED = re.compile(r"(?:位居|位列|[居列]|排名?)[^，。；,;、]{0,8}$")
_QUOTED_NAME = re.compile(r"[^，。；：、,;:“”‘’「」\s]{0,14}[”’」]")
_IDIOM = re.compile(
    _any(
        """
        三位一体 五位一体 两个维护 两个确立 两个一百 两个毫不 四个意识 四个自信 四个全面 四个伟大 三个代表 八项规定
        三次产业 两部门 三大差距 三大攻坚 三大革命 三大产业 四大名著 千家万户 百家争鸣 千人千面 万人空巷 两个先行
        两个健康 三个一批 四大家
        """
    )
)
_NOT_COUNTED_AFTER = re.compile(r"(?:行动|计划|规划|任务|攻坚|制(?!度)|级|[来间](?![^，。]{0,2}内))")
_DEADLINE = re.compile(r"[以之]?[内上下]|期")


_LONGEST = 80
"""A longer number is data, and beyond a size one that can't be reckoned with."""


def quantities(text: str, *, skip: Iterable[tuple[int, int]] = ()) -> list[Quantity]:
    """Every quantity printed in `text`, in order, without overlaps.

    `skip` holds half-open spans, in ascending order, of other things, dates above all (`periods.periods`); a number
    that touches one of them is left out.
    """
    found: list[Quantity] = []
    text, printed = half_width(text), text
    blocked = list(skip)
    at = 0
    end = 0
    while begin := _START.search(text, end):
        match = _QUANTITY.match(text, begin.start())
        if match is None:
            end = begin.end()
            continue
        start, end = match.span()
        if end - start > _LONGEST:
            continue
        while at < len(blocked) and blocked[at][1] <= start:
            at += 1
        if at < len(blocked) and blocked[at][0] < end:
            continue
        found.extend(_READERS[str(match.lastgroup)](text, match))
    if text is not printed:
        found = [replace(each, text=printed[each.start : each.end]) for each in found]
    return found


def _quantity(
    text: str,
    start: int,
    end: int,
    value: Decimal,
    unit: str,
    *,
    kind: QuantityKind | None = None,
    upper: Decimal | None = None,
) -> Quantity:
    base, slash, tail = unit.partition("/")
    base = _SAME_UNIT.get(base, base)
    if kind is None:
        kind = (
            "percent" if base in ("%", "‰", "‱") else "points" if base == "个百分点" else "multiple" if base == "倍"
            else "duration" if base in _DURATION_UNITS else "amount"
        )  # fmt: skip
    before = _BEFORE.search(text, max(0, start - 10), start)
    after = _AFTER.match(text, end)
    qualifier = (after or before or _NOTHING)[0].strip()
    return Quantity(
        start, end, _plain(value), base + slash + tail, qualifier, text[start:end], kind, upper and _plain(upper)
    )


def _plain(value: Decimal) -> Decimal:
    """Without the zeros that 5.50万 leaves behind, and without an exponent: 55000, not 55000.00 or 5.5E+4."""
    return Decimal(int(value)) if value == value.to_integral_value() else value.normalize()


_NOTHING = ("",)


def _read_per(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    try:
        value = chinese_number(match["per_value"])
    except ValueError:
        return ()
    unit = {"百": "%", "千": "‰", "万": "‱"}[match["per_base"]]
    return (_quantity(text, *match.span(), value, unit, kind="percent"),)


def _read_ratio(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    a, b = match["ratio_a"], match["ratio_b"]
    if "1" not in (a, b) and "." not in a + b:
        return ()  # 15:44 is a time
    if not Decimal(b):
        return ()
    value = (Decimal(a) / Decimal(b)).quantize(Decimal("0.000001")).normalize() if b != "1" else Decimal(a)
    return (_quantity(text, *match.span(), value, "", kind="ratio"),)


def _read_rank(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    start, end = match.span()
    number = match["rank_no"] or match["top_no"]
    certain = bool(match["top_no"]) or bool(match["rank_unit"] and number not in ("一", "1"))
    if not certain and not (_RANK_SCOPE.search(text, max(0, start - 20), start) and _RANK_AFTER.match(text, end)):
        return ()
    if match["top_no"] and text[end : end + 1] in tuple("学干单教师校"):
        return ()
    rank = _quantity(text, start, end, chinese_number(number) if number else Decimal(1), "位", kind="rank")
    return (rank,)


def _read_doubling(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    times = chinese_number(match["doubled"] or "一")
    return (_quantity(text, *match.span(), (Decimal(2) ** int(times) - 1) * 100, "%", kind="percent"),)


def _read_tenths(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    more = match["tenths_more"]
    value = chinese_number(match["tenths_no"]) * 10 + (5 if more == "半" else chinese_number(more) if more else 0)
    return (_quantity(text, *match.span(), value, "%", kind="percent"),)


def _read_half(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    return (_quantity(text, *match.span(), Decimal(50), "%", kind="percent"),)


def _read_fraction(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    value = chinese_number(match["above"]) / chinese_number(match["below"]) * 100
    return (_quantity(text, *match.span(), value.quantize(Decimal("0.01")).normalize() + 0, "%", kind="percent"),)


def _read_arabic(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    start, end = match.span()
    if not match["b"]:
        return _one_arabic(text, match, start, end)
    a_big, b_big = match["a_big"] or "", match["b_big"] or ""
    unit = match["unit"] or ""
    low, high = _scaled(match["a"], a_big), _scaled(match["b"], b_big)
    if not a_big and not match["a_unit"] and chinese_number(match["a"]) < chinese_number(match["b"]):
        low = _scaled(match["a"], b_big)
    fits = low < high and (unit or b_big) and (not match["a_unit"] or match["a_unit"] == unit or not unit)
    if fits and not (match["dash"] in "至到" and re.search(r"[从由][^，。；]{0,6}$", text[max(0, start - 8) : start])):
        if not (match["a"].isdigit() and len(match["a"]) == 4 and unit.startswith("年")):
            return (_quantity(text, *_trim(text, start, end), low, unit or (match["a_unit"] or ""), upper=high),)
        return ()
    # No range after all: 从5元到40元, 2020-3人.
    first = _QUANTITY.match(text[: match.start("dash")], start)
    second = _QUANTITY.match(text, match.start("b"))
    if not first or not second or first.lastgroup != "arabic" or second.lastgroup != "arabic":
        return ()
    both = [*_one_arabic(text, first, *first.span()), *_one_arabic(text, second, *second.span())]
    if unit and match["dash"] in "至到" and not match["a_unit"] and len(both) == 1:
        both.insert(0, _quantity(text, start, match.end("a"), _scaled(match["a"], a_big or b_big), unit))
    return both


def _scaled(number: str, big: str) -> Decimal:
    return chinese_number(number) * _MAGNITUDE[big]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the spaces that an optional unit left at its end."""
    while end > start and text[end - 1] in " \u3000\xa0":
        end -= 1
    return start, end


def _one_arabic(text: str, match: re.Match[str], start: int, end: int) -> Iterable[Quantity]:
    number, big, unit = match["a"], match["a_big"] or "", match["unit"] or ""
    value = _scaled(number, big)
    if match["rest"]:
        if not big or _MAGNITUDE[match["rest_big"]] >= _MAGNITUDE[big]:
            return ()
        value += _scaled(match["rest"], match["rest_big"])
    if match["sign"]:
        value = -value
    start, end = _trim(text, start, end)
    more = match["a_more"] or match["more"]
    if unit in ("年", "款", "届") and not big and not more and len(number) == 4 and number[:2] in ("19", "20"):
        return ()
    if unit == "分" and text[start - 1 : start] in ("时", "点"):
        return ()  # 8时30分
    if unit and _is_name(text, start, end, closing_at_once=False):
        return ()
    if unit and match["more"] == "来" and value % 10 != 0:
        return ()
    if unit:
        ranked = unit == "位" and _RANKED.search(text, max(0, start - 12), start)
        return (_quantity(text, start, end, value, unit, kind="rank" if ranked else None),)
    english = _english_quantity(text, start, end, value)
    if english:
        return (english,)
    if not big and not more:
        return _bare(text, match, start, end, value)
    if (
        text[end : end + 1] in tuple("级强户村镇元个")
        or _is_name(text, start, end, closing_at_once=False)
        or re.match(r"[A-Za-z]", text[end : end + 1])
    ):
        return ()  # 10亿级, 500强
    if big in ("百", "千") and not more:
        return ()
    before = text[max(0, start - 14) : start]
    if _PEOPLE_BEFORE.search(before) or _PERSON_AFTER.match(text, end):
        unit = "人"
    elif _MONEY_BEFORE.search(before) or _MONEY_AFTER.match(text, end):
        unit = "元"
    return (_quantity(text, start, end, value, unit),)


def _bare(text: str, match: re.Match[str], start: int, end: int, value: Decimal) -> Iterable[Quantity]:
    """A number with neither unit nor 万: a quantity only after words such as 倍差缩小至."""
    if _BARE_AFTER.match(text, end):
        return ()
    if _BARE_BEFORE.search(text, max(0, start - 24), start) or (
        "." in match["a"]
        and len(match["a"].partition(".")[2]) < 4
        and _BARE_DECIMAL_BEFORE.search(text, max(0, start - 6), start)
    ):
        return (_quantity(text, start, end, value, "", kind="ratio"),)
    return ()


def _english_quantity(text: str, start: int, end: int, value: Decimal) -> Quantity | None:
    match = _ENGLISH.match(text, end)
    currency = _CURRENCY_BEFORE.search(text, max(0, start - 5), start)
    unit = _ENGLISH_UNITS.get((match["unit"] or "").lower(), "") if match else ""
    big = (match["big"] or "").lower() if match else ""
    if not unit and not currency and not big:
        return None
    if match and (unit or big):
        end = match.end("unit") if unit else match.end("big")
    return _quantity(
        text,
        currency.start() if currency else start,
        end,
        value * _MAGNITUDE[big],
        unit or (_CURRENCIES[currency[1]] if currency else ""),
    )


def _is_name(text: str, start: int, end: int, *, closing_at_once: bool) -> bool:
    """Whether the number opens a name in quotes: “15分钟公共服务圈”, “八大模式”."""
    if text[start - 1 : start] not in ("“", "‘", "「") or not start:
        return False
    rest = _QUOTED_NAME.match(text, end)
    return bool(rest) and (closing_at_once or rest.end() > end + 1)  # type: ignore[union-attr]


_RUN_ON = re.compile(r"([一两二三四五六七八])([二三四五六七八九])([十百千万亿]*)")


def _read_chinese(text: str, match: re.Match[str]) -> Iterable[Quantity]:
    start, end = match.span()
    number, unit = match["c"], match["c_unit"]
    hard = unit not in COUNTER_UNITS and unit not in _DURATION_UNITS
    if _IDIOM.match(text, start) or _is_name(text, start, end, closing_at_once=True):
        return ()
    before = text[max(0, start - 1) : start]
    if number in ("零", "〇"):
        return ()
    if number == "一" and not match["c_big"]:
        if not hard and not (unit in _DURATION_UNITS and _DEADLINE.match(text, end)):
            return ()
        if before in ("不", "每", "另", "同", "逐", "后", "後"):
            return ()  # 最后一公里
    if number[0] in "百千万亿" and not match["c_more"] and not _BEFORE.search(text, max(0, start - 4), start):
        return ()
    if unit == "年" and (len(number) == 4 or _NOT_COUNTED_AFTER.match(text, end)):
        return ()
    upper = None
    run_on = _RUN_ON.fullmatch(number)
    try:
        if run_on:  # 两三百, 五六十
            low, high = _DIGITS[run_on[1]], _DIGITS[run_on[2]]
            if high != low + 1 and (low, high) != (3, 5):
                return ()
            scale = _whole(run_on[3]) if run_on[3] else 1
            value, upper = Decimal(low * scale), Decimal(high * scale)
        elif len(number) > 1 and not any(c in "十百千万亿点" for c in number):
            return ()  # 一二三产业
        else:
            value = chinese_number(number)
    except ValueError:
        return ()
    if match["c_big"]:
        value *= _MAGNITUDE[match["c_big"]]
        upper = upper and upper * _MAGNITUDE[match["c_big"]]
    if unit == "大" and value > 12:
        return ()
    return (_quantity(text, start, end, value, unit, upper=upper),)


_READERS = {
    "per": _read_per, "ratio": _read_ratio, "rank": _read_rank, "doubling": _read_doubling, "tenths": _read_tenths,
    "half": _read_half, "fraction": _read_fraction, "arabic": _read_arabic, "chinese": _read_chinese,
}  # fmt: skip


def plain(value: Decimal) -> str:
    """The number without exponent or trailing zeros."""
    return format(value.normalize(), "f")
