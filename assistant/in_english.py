"""What readers, the server and accounts say in Chinese, in English: for whoever has the pages or replies in English

Why a file isn't read is kept in the catalog in the words in which its reader said so, so it is put into English where
it is shown. Each line of `in_english.tsv` is one or more whole clauses as the code has them, with {} for what it fills
in, and their English; what isn't there stays in Chinese.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.standing import Standing

_TABLE = Path(__file__).with_suffix(".tsv")
_JOINTS = ("。", "，", "；")
_MOST_CHARS, _MOST_JOINTS = 2000, 20
"""What is longer is somebody's text, and stays as it is."""


def in_english(text: str) -> str:
    """The text in English, as far as each of its clauses is known; else as it is.

    >>> in_english("a.pdf: PDF 有密码，打不开。请先用密码打开，另存为没有密码的 PDF")
    'a.pdf: the PDF has a password; open it with the password and save a copy without one'
    """
    if text.isascii() or len(text) > _MOST_CHARS or sum(map(text.count, _JOINTS)) > _MOST_JOINTS:
        return text
    read = _Reading()
    if (found := read(text)) is not None:
        return found
    at = text.find(": ")
    while at > 0:
        if (found := read(text[at + 2 :])) is not None:
            return f"{text[: at + 2]}{found}"
        at = text.find(": ", at + 1)
    return text


STATES: dict[str, str] = {
    "现行": "in force",
    "已废止": "repealed",
    "已过期": "expired",
    "尚未施行": "not yet in force",
}
"""`index.standing.State` in English."""


def standing_in_english(standing: Standing) -> str:
    """Whether a document holds, since when, and by whose words: repealed (since 2023-10-01, by 《……》)."""
    told = [f"since {standing.since}"] if standing.since and standing.state == "已废止" else []
    told += [in_english(standing.why)] if standing.why else []
    if standing.holds:
        told += [f"until {standing.until}"] if standing.until else []
        told += ["amended"] if standing.amended_by else []
    state = STATES[standing.state]
    return f"{state} ({', '.join(told)})" if told else state


class _Reading(dict[str, str | None]):
    """Stretches of one text → their English, None where a clause isn't known; each is read once."""

    def __call__(self, text: str) -> str | None:
        if text not in self:
            self[text] = self._read(text)
        return self[text]

    def _read(self, text: str) -> str | None:
        found = [(each, english) for pattern, english in _patterns() if (each := pattern.fullmatch(text))]
        for match, english in found:
            if not any(joint in each for each in match.groups() for joint in _JOINTS):
                return self._filled(match, english)
        for joint in _JOINTS:
            at = text.find(joint)
            while at > 0:
                first, rest = self(text[:at]), text[at + 1 :]
                if first is not None and not rest:
                    return first
                if first is not None and (second := self(rest)) is not None:
                    return f"{first}; {second}"
                at = text.find(joint, at + 1)
        # Only now may what is filled in hold a joint: it may be a name, and before it could have been clauses.
        return self._filled(*found[0]) if found else None

    def _filled(self, match: re.Match[str], english: str) -> str:
        return english.format(*(self(each) or each for each in match.groups()))


@cache
def said() -> dict[str, str]:
    """Chinese → English; {} is what is filled in, in the same order in both."""
    lines = _TABLE.read_text(encoding="utf8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those that fill in least come first: of two that fit, the other may have swallowed a joint."""
    made = [
        (re.compile("(.+?)".join(map(re.escape, chinese.split("{}"))), re.DOTALL), english)
        for chinese, english in said().items()
    ]
    return sorted(made, key=lambda each: each[0].groups)
