"""What two texts must share to count as the same: widths, case, quotes, spaces and thousands separators don't matter.

>>> normal("农村居民人均可支配收入为 ５４,９３９ 元。[1]")
'农村居民人均可支配收入为54939元。'
>>> flat("一 个\\n字")
'一个字'
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"[\[［【]\^?\d{1,3}(?:\s*[,，、\-–]\s*\d{1,3})*[\]］】]|[①-⑳]")
_ANSWER_MARK = re.compile(r"\[\^?\d+(?:[,，、]\s*\d+)*\]|【\d+】|[①-⑳]")
_MARKDOWN = re.compile(r"[*_`>#|]")
_DIGITS = {ord("０") + i: str(i) for i in range(10)}
_UNSEEN = str.maketrans("", "", "“”‘’\"'「」『』《》〈〉*`\u200b\ufeff")

# In this order: each rule reads what the ones before it leave.
_RULES = (
    (re.compile(r"(?<=\d)\s+(?=[^\d\s])|(?<=[^\d\s])\s+(?=\d)"), ""),
    (re.compile(r"百分之(\d+(?:\.\d+)?)"), r"\1%"),
    (re.compile(r"(\d)\s*(?:per ?cent|percentage points?)", re.IGNORECASE), r"\1%"),
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BETWEEN_NUMBERS = re.compile(r"(?<=\d)\s+(?=\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def flat(text: str) -> str:
    """The text without any whitespace: the form in which evidence and quotes are compared."""
    return _SPACE.sub("", text)


def bare(answer: str | None) -> str:
    """An answer without its citation marks and Markdown signs: what a reader reads."""
    return _MARKDOWN.sub("", _ANSWER_MARK.sub("", answer or ""))


def normal(text: str) -> str:
    """The form in which figures and phrases are compared. Numbers set apart by spaces stay apart, by a `|`."""
    text = _MARK.sub("", text).translate(_DIGITS)
    text = unicodedata.normalize("NFKC", _THOUSANDS.sub("", text))
    text = re.sub("[∶﹕：]", ":", text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return flat(_BETWEEN_NUMBERS.sub("|", text.translate(_UNSEEN))).lower()


def numbers(text: str) -> set[str]:
    """Every number of the text, leading zeros dropped.

    >>> sorted(numbers("2025年07月增长5.1%"))
    ['2025', '5.1', '7']
    """
    return {n.lstrip("0") or "0" for n in _NUMBER.findall(normal(text))}
