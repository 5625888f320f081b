"""Characters: texts from outside made fit for XML, for a line, and for the name of a file."""

from __future__ import annotations

import re
import unicodedata

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold: control characters, halves of surrogate pairs, two code points that are no characters."""
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]')
_MOST_NAME = 60
_ROW = re.compile(r"\|(?: [^|\n]* \|)+")
"""A row of a table, as the text of a document has it."""


def clean(text: str) -> str:
    """The text with `\\n` as its only line end and without characters that no XML document can hold."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def in_line(text: str) -> str:
    """The text in one line, the rows of tables in it without the bars around them.

    >>> in_line("见下表：\\n| 粮食产量 | 125亿斤 |")
    '见下表： 粮食产量｜125亿斤'
    """
    unbarred = _ROW.sub(lambda row: "｜".join(cell.strip() for cell in row[0].strip("|").split("|")), clean(text))
    return " ".join(unbarred.split())


def file_name(title: str, suffix: str) -> str:
    """A name under which every system can keep a file of this title.

    >>> file_name("../收入: 2025/2026?", ".docx")
    '收入 2025 2026.docx'
    """
    # Marks that turn the direction of writing would show .docx where the name ends in .exe.
    shown = "".join(each for each in clean(title) if unicodedata.category(each) != "Cf")
    stem = " ".join(_NOT_IN_NAMES.sub(" ", shown).split())[:_MOST_NAME].strip(" .")
    return f"{stem or '有据'}{suffix}"


def width_of(text: str) -> int:
    """How wide a text is, a Chinese character being two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)
