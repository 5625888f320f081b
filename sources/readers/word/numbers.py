"""Numbers that Word prints before paragraphs and doesn't keep in their text: 第三条, （二）, 1.2

Citations name articles and items by them, so a document without them can't be quoted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sources.readers.word.xml import W, child, children, value

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_NO_SPACE_AFTER = "、，。．.：:）)】］]》"
_MOST_LEVELS = 9
_MOST_NUMBER = 32_767
"""Word's own limit of what a list begins with."""


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    format: str
    text: str
    suffix: str
    restarts_after: int | None
    """The level, from 0, whose next number sets this one back; -1 for none, None for every one above."""
    legal: bool
    """Whether all numbers in its text are printed as Arabic ones."""
    style: str


@dataclass(slots=True)
class Numbering:
    """The lists of a document, and how far each has got. `printed` is asked once for each paragraph, in order."""

    _lists: dict[str, tuple[str, dict[int, _Level], dict[int, int]]]
    """By numId: the abstract list that it counts on with others, its levels, and where it starts anew."""
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    def level_of_style(self, number: str, style: str) -> int:
        """The level of list `number` that a paragraph style stands for, from 0."""
        _, levels, _ = self._lists.get(number, ("", {}, {}))
        return next((depth for depth, level in levels.items() if level.style == style), 0)

    def printed(self, number: str, depth: int) -> tuple[str, bool]:
        """What is printed before the next paragraph of list `number`, and whether that is a mere bullet.

        `depth` is from 0. ("", False) for a list that the document doesn't define.
        """
        abstract, levels, anew = self._lists.get(number, ("", {}, {}))
        level = levels.get(depth)
        if level is None:
            return "", False
        counts = self._counts.setdefault(abstract, [None] * _MOST_LEVELS)
        if number not in self._begun:
            self._begun.add(number)
            for at, start in anew.items():
                counts[at] = start - 1
        before = counts[depth]
        counts[depth] = level.start if before is None else before + 1
        for at in range(depth + 1, _MOST_LEVELS):
            below = levels.get(at)
            if below is None or below.restarts_after is None or depth <= below.restarts_after:
                counts[at] = None
        if level.format == "bullet":
            return "", True
        text = level.text
        for at in range(_MOST_LEVELS):
            if f"%{at + 1}" in text and (shown := levels.get(at)):
                if counts[at] is None:
                    counts[at] = shown.start
                text = text.replace(f"%{at + 1}", written(counts[at] or 0, "decimal" if level.legal else shown.format))
        text = text.strip()
        apart = (text and level.suffix != "nothing" and text[-1] not in _NO_SPACE_AFTER) or text.endswith(".")
        return (f"{text} " if apart else text), False


def numbering_of(root: Any | None) -> Numbering:
    """The lists that word/numbering.xml defines; None stands for a document without it."""
    if root is None:
        return Numbering({})
    abstracts = {each.get(f"{W}abstractNumId", ""): each for each in children(root, "abstractNum")}
    linked = {value(link): name for name, each in abstracts.items() if (link := child(each, "styleLink")) is not None}
    lists: dict[str, tuple[str, dict[int, _Level], dict[int, int]]] = {}
    read: dict[str, dict[int, _Level]] = {}
    for each in children(root, "num"):
        abstract = value(child(each, "abstractNumId"))
        found = abstracts.get(abstract)
        if found is None:
            continue
        if (link := child(found, "numStyleLink")) is not None:  # the levels stand where the style of that name is
            abstract = linked.get(value(link), abstract)
            found = abstracts[abstract]
        if abstract not in read:
            listed = map(_level, children(found, "lvl"))
            read[abstract] = {depth: level for depth, level in listed if 0 <= depth < _MOST_LEVELS}
        levels = dict(read[abstract])
        anew: dict[int, int] = {}
        for override in children(each, "lvlOverride"):
            depth = _int(override.get(f"{W}ilvl"), 0)
            if not 0 <= depth < _MOST_LEVELS:
                continue
            if (own := child(override, "lvl")) is not None:
                levels[depth] = _level(own)[1]
            if (start := child(override, "startOverride")) is not None:
                anew[depth] = _int(value(start), 1)
        lists[each.get(f"{W}numId", "")] = (abstract, levels, anew)
    return Numbering(lists)


def written(number: int, form: str) -> str:
    """The number as a list of Word's format `form` prints it; in Arabic digits where the form is not known."""
    if form == "none":
        return ""
    if form == "decimalZero":
        return f"{number:02}"
    if form in {"upperRoman", "lowerRoman"} and 0 < number < 4000:
        roman = _roman(number)
        return roman.upper() if form == "upperRoman" else roman
    if form in {"upperLetter", "lowerLetter"} and number > 0:
        letter = chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in {"ideographDigital", "japaneseDigitalTenThousand", "taiwaneseDigital"}:
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    if form.startswith(("chineseCounting", "japaneseCounting", "taiwaneseCounting")):
        return _chinese(number, _DIGITS, "十百千")
    if form in {"chineseLegalSimplified", "ideographLegalTraditional"}:
        return _chinese(number, _LEGAL_DIGITS, "拾佰仟")
    if form == "ideographTraditional" and number > 0:
        return _STEMS[(number - 1) % len(_STEMS)]
    if form == "ideographZodiac" and number > 0:
        return _BRANCHES[(number - 1) % len(_BRANCHES)]
    if form.startswith("decimalFullWidth"):
        return "".join(chr(ord("０") + int(digit)) for digit in str(number))
    if form.startswith("decimalEnclosedCircle") and 0 < number <= 50:
        return chr((0x245F if number <= 20 else 0x323C if number <= 35 else 0x328D) + number)
    if form == "decimalEnclosedFullstop" and 0 < number <= 20:
        return chr(0x2487 + number)
    if form == "decimalEnclosedParen" and 0 < number <= 20:
        return chr(0x2473 + number)
    if form == "ideographEnclosedCircle" and 0 < number <= 10:
        return chr(0x327F + number)
    return str(number)


def _level(element: Any) -> tuple[int, _Level]:
    forms = list(element.iter(f"{W}numFmt"))  # the first of two in mc:AlternateContent is a form made for the document
    after = child(element, "lvlRestart")
    return _int(element.get(f"{W}ilvl"), 0), _Level(
        start=_int(value(child(element, "start")), 0),
        format=next((value(form) for form in reversed(forms)), "decimal"),
        text=value(child(element, "lvlText")),
        suffix=value(child(element, "suff")) or "tab",
        restarts_after=None if after is None else _int(value(after), 0) - 1,
        legal=(legal := child(element, "isLgl")) is not None and value(legal) not in {"0", "false"},
        style=value(child(element, "pStyle")),
    )


def _int(text: str | None, default: int) -> int:
    try:
        return min(max(int(text or default), 0), _MOST_NUMBER)
    except ValueError:
        return default


def _roman(number: int) -> str:
    found = ""
    for worth, letters in _ROMAN:
        found += letters * (number // worth)
        number %= worth
    return found


def _chinese(number: int, digits: str, powers: str) -> str:
    """一百二十三; beyond 9,999, which no list reaches, digit by digit."""
    if not 0 < number < 10_000:
        return "".join(digits[int(digit)] for digit in str(number))
    found, gap = "", False
    shown = str(number)
    for at, digit in enumerate(shown):
        power = len(shown) - at - 1
        if digit == "0":
            gap = bool(found)
            continue
        found += ("零" if gap else "") + digits[int(digit)] + (powers[power - 1] if power else "")
        gap = False
    ones, ten = digits[1], powers[0]
    return found.removeprefix(ones) if found.startswith(ones + ten) and ten == "十" else found
