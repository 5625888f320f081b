"""Cells of spreadsheets: texts that no program takes for a formula, numbers where a text is one; and CSV of them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_CODE = re.compile(r"0\d+|\d{12,}|[-+]?[\d,.]{17,}")
"""Digits that a spreadsheet would spoil as a number: 0571, a personal number."""


def harmless(text: str) -> str:
    """The text as a spreadsheet cell that no program takes for a formula (OWASP: CSV injection).

    >>> harmless("=HYPERLINK(0)")
    "'=HYPERLINK(0)"
    """
    return f"'{text}" if text.lstrip(" \u3000\n").startswith(_FORMULA_STARTS) or text.startswith("\n") else text


def printed(text: str) -> str:
    """The same of a text that may be a number as printed, which it then stays."""
    return text if _PLAIN_NUMBER.fullmatch(text) else harmless(text)


def number_or_text(text: str) -> int | float | str:
    """The number that is all of the text; the text where it is none, or more digits than a spreadsheet keeps.

    >>> [number_or_text(each) for each in ("1,200", "3.5", "0571", "3 亿元")]
    [1200, 3.5, '0571', '3 亿元']
    """
    if not _PLAIN_NUMBER.fullmatch(text) or _CODE.fullmatch(text):
        return text
    return float(text.replace(",", "")) if "." in text else int(text.replace(",", ""))


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV; a leading byte order mark makes Excel read it as UTF-8."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return "\ufeff" + written.getvalue()
