"""Words: what the lexical engine matches on. Chinese has no spaces, so its runs become characters and pairs."""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from pathlib import Path

VERSION = 2
"""Raise when `words` gives back something else for any text: indexes built with another version are built anew."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇"
_KANA_HANGUL = "\u3040-\u30ff\uac00-\ud7af"
_TOKEN = re.compile(
    rf"(?P<run>[{_HAN}{_KANA_HANGUL}]+)"
    r"|\d++(?:,\d{3}(?!\d))*+(?:\.\d++)*+%?(?![a-z])"  # 54,939 and 1.73 and 88.6% stay whole; 5g is a word
    rf"|[^\W_{_HAN}{_KANA_HANGUL}]+"
)
_LONGEST = 64  # a longer "word" is data (base64, a link's tail), and nobody asks for it


@functools.cache
def _simplified() -> dict[int, str]:
    """Traditional → Simplified, one character each: OpenCC's table, without its slow matching of phrases."""
    spec = importlib.util.find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("opencc is missing: reinstall youju with its dependencies (make setup)")
    rows = (Path(spec.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt").read_text(encoding="utf8")
    pairs = (row.split("\t") for row in rows.splitlines())
    return {ord(old): new.split(" ")[0] for old, new in pairs}


def normalise(text: str) -> str:
    """`text` in lower case, half-width and simplified characters (its length may change)."""
    return unicodedata.normalize("NFKC", text).lower().translate(_simplified())


def words(text: str) -> list[str]:
    """The words of `text`, in order, normalised; a Chinese run gives its characters and then its pairs.

    >>> words("嘉兴GDP 54,939元")
    ['嘉', '兴', '嘉兴', 'gdp', '54939', '元']
    """
    row: list[str] = []
    for match in _TOKEN.finditer(normalise(text)):
        token = match.group()
        if match.lastgroup == "run":
            row += token
            row += [token[i : i + 2] for i in range(len(token) - 1)]
        elif len(token) <= _LONGEST:
            row.append(token.replace(",", ""))
    return row
