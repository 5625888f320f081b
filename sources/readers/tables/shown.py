"""Numbers of a workbook as its number formats show them: 5.3% for 0.053, 2024-06-30 for 45473, 007 for 7

Thousands are left unparted, and negative numbers have a minus: a number is looked for and compared by its digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "yyyy-mm-dd", 16: 'm"月"d"日"', 17: "yyyy-mm", 18: "h:mm", 19: "h:mm:ss",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"',
    30: "yyyy-mm-dd", 31: 'yyyy"年"m"月"d"日"', 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss",
    36: 'yyyy"年"m"月"', 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 41: "#,##0", 42: "#,##0",
    43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "0.0E+0", 49: "@",
    50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"', 53: 'm"月"d"日"', 54: 'm"月"d"日"',
    55: "h:mm", 56: "h:mm:ss", 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip
"""The formats that workbooks name by number only (ECMA-376 18.8.30), those of dates as Chinese systems show them."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>general)|(?P<am>am/pm|a/p|上午/下午)'
    r"|(?P<date>y+|m+|d+|h+|s+|e+(?![+-])|aaaa?|gg?g?|b+)|(?P<digits>[0#?][0#?,.]*|\.[0#?]+)|(?P<percent>%)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN_SECTIONS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14}|\d{1,8}\.\d{1,6})")
_ELAPSED = re.compile(r"[hms]+", re.IGNORECASE)
_CURRENCY = re.compile(r"\$([^-\]]*)")
_EPOCH = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_DAY = 2_958_466
_WIDEST = 40
_EXACT = Context(prec=1000)
"""More digits than a format of 255 characters asks for."""


@dataclass(frozen=True, slots=True)
class _Section:
    """What one part of a number format asks for."""

    kind: str
    """general, number, date or text."""
    prefix: str = ""
    suffix: str = ""
    percents: int = 0
    scale: int = 0
    """How many times the number is divided by a thousand."""
    whole: int = 1
    """Least digits before the point."""
    least: int = 0
    most: int = 0
    """Least and most digits after the point."""
    dated: tuple[tuple[str, str], ...] = ()
    """Of a date: (its kind, its text) for each token."""


def shown(value: float | str, form: str, *, since_1904: bool = False) -> str:
    """The number as the format shows it; a number that the format can't be followed for in plain digits."""
    if form == "General" and isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    try:
        number = Decimal(value) if isinstance(value, str) else Decimal(repr(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite() or abs(number.adjusted()) > _WIDEST:
        return str(value)
    section = _section(form, -1 if number < 0 else 1 if number > 0 else 0)
    if section.kind == "date":
        return _date(number, section, since_1904) or _plain(number)
    if section.kind != "number":
        return f"{section.prefix}{_plain(number)}{section.suffix}"
    scaled = abs(number) * 100**section.percents / 1000**section.scale
    digits = f"{scaled.quantize(Decimal(1).scaleb(-section.most), ROUND_HALF_UP, _EXACT):f}"
    before, _, after = digits.partition(".")
    while len(after) > section.least and after.endswith("0"):
        after = after[:-1]
    digits = before.zfill(section.whole) + (f".{after}" if after else "")
    sign = "-" if number < 0 and digits.strip("0.") else ""
    return f"{sign}{section.prefix}{digits}{section.suffix}{'%' * section.percents}"


def is_date(form: str) -> bool:
    """Whether the format shows numbers as days or times."""
    return _section(form, 1).kind == "date"


def _plain(number: Decimal) -> str:
    """All the digits that a workbook keeps (15), without what binary fractions add: 0.3 for 0.30000000000000004."""
    rounded = Decimal(f"{number:.15g}")
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=2048)
def _section(form: str, sign: int) -> _Section:
    sections = _BETWEEN_SECTIONS.split(form[:255])
    conditional = re.search(r"\[[<>=]", form)
    if conditional or len(sections) == 1 or sign > 0:
        chosen = sections[0]
    elif sign < 0:
        chosen = sections[1]
    else:
        chosen = sections[0]  # a nought that is shown as - is still told as 0
    if "!" in form:  # an escape that only Chinese versions know, for 1.2万: the number is told as it is
        return _Section("general")
    section = _read(chosen)
    if section.kind == "general" and sign <= 0 and chosen is not sections[0] and not chosen.strip():
        return _read(sections[0])
    return section


def _read(part: str) -> _Section:
    tokens = [(str(match.lastgroup or ""), match[0], match) for match in _TOKEN.finditer(part)]
    kinds = {kind for kind, _, _ in tokens}
    elapsed = any(kind == "bracket" and _ELAPSED.fullmatch(match["bracket"]) for kind, _, match in tokens)
    if (
        "general" not in kinds
        and ("date" in kinds or elapsed)
        and "E+" not in part.upper()
        and "E-" not in part.upper()
    ):
        dated = []
        for kind, text, match in tokens:
            if kind == "bracket" and _ELAPSED.fullmatch(match["bracket"]):
                dated.append(("elapsed", match["bracket"].lower()))
            elif kind == "date":
                dated.append(("date", text.lower()))
            elif kind in {"quoted", "escaped", "other", "digits"}:
                dated.append(("text", match[kind] if kind in {"quoted", "escaped"} else text))
        return _Section("date", dated=tuple(dated))
    digits = [text for kind, text, _ in tokens if kind == "digits"]
    plain = "general" in kinds or not digits or "E+" in part.upper() or "E-" in part.upper() or "/" in part
    prefix = suffix = ""
    seen = percents = 0
    for kind, text, match in tokens:
        if kind in {"digits", "general"}:
            seen = 1
        elif kind == "percent":
            percents += 1
        else:
            said = (
                match[kind] if kind in {"quoted", "escaped"} else text if kind == "other" and text in "¥￥$€+" else ""
            )
            if kind == "bracket" and (currency := _CURRENCY.match(match["bracket"])):
                said = currency[1]
            said = said.strip("()（）- ") if kind != "other" else said
            prefix, suffix = (prefix, suffix + said) if seen else (prefix + said, suffix)
    if plain:
        return _Section("general", *(("", "") if "general" not in kinds else (prefix, suffix)))
    joined = "".join(digits)
    scale = len(joined) - len(joined.rstrip(","))
    before, _, after = joined.replace(",", "").partition(".")
    return _Section(
        "number", prefix, suffix, percents, scale, min(_WIDEST, before.count("0")) or 1, after.count("0"), len(after)
    )


def _date(number: Decimal, section: _Section, since_1904: bool) -> str:
    """The day or time, those that are written with points or strokes as ISO 8601; "" for none."""
    if any(kind == "elapsed" for kind, _ in section.dated):
        seconds = int((number * 86400).to_integral_value(ROUND_HALF_UP))
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not 0 <= number < _LAST_DAY:
        return ""
    early = number < 60 and not since_1904  # workbooks know a 29 February 1900, which never was
    seconds = int((number * 86400).to_integral_value(ROUND_HALF_UP))
    moment = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(seconds=seconds, days=int(early and number >= 1))
    tokens = [text for kind, text in section.dated if kind == "date"]
    letters = {text[0] for text in tokens}
    hours = bool(letters & {"h", "s"})
    chinese = any(kind == "text" and re.search("[年月日]", text) for kind, text in section.dated)
    has_year, has_day = bool(letters & {"y", "e"}), "d" in letters
    has_month = any(text[0] == "m" for text in tokens) and (not hours or has_year or has_day)
    if chinese:
        year = f"{moment.year}年" if has_year else ""
        month = f"{moment.month}月" if has_month else ""
        day = f"{moment.day}日" if has_day else ""
        date = year + month + day
    else:
        wanted = [(has_year, f"{moment.year}"), (has_month, f"{moment.month:02}"), (has_day, f"{moment.day:02}")]
        date = "-".join(text for is_wanted, text in wanted if is_wanted)
    clock = f"{moment.hour:02}:{moment.minute:02}" + (f":{moment.second:02}" if "s" in letters else "")
    return f"{date} {clock}".strip() if hours else date
