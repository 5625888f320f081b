"""Answers as Markdown, with footnotes that hold the quotes and tables as GitHub, Typora and Obsidian read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.answers import Answer, Citation, Language
from assistant.exports.content import Block, Exchange, Export, Grid, Piece, Pieces, exchange, written
from assistant.exports.words import EXPORT_WORDS, ExportWords

_SIGNS = re.compile(r"[\\`*_{}\[\]<>|~$&]")
"""What Markdown, or the HTML in it, would take for something else than text, anywhere in a line."""
_LINE_STARTS = re.compile(r"^(\s*)(#{1,6}(?=\s)|[-+=](?=[\s=-])|\d+(?=[.)]\s)|>)")
_Mark = Callable[[Citation], str]


def as_markdown(export: Export) -> str:
    """All the answers under their questions; the quotes with their places are footnotes at the end."""
    words = export.words
    several = len(export.answers) > 1
    parts = [f"# {escaped(export.heading)}", "", escaped(export.about), ""]
    notes: list[str] = []
    for number, each in enumerate(export.exchanges(), 1):
        prefix = f"{number}-" if several else ""
        if each.heading != export.heading:
            parts += [f"## {escaped(each.heading)}", ""]
        parts += _lines(each, words, prefix)
        notes += _notes(each, words, prefix)
    return "\n".join([*parts, *notes]).rstrip() + "\n"


def answer_as_markdown(answer: Answer, language: Language = "zh") -> str:
    """One answer without its question, for the clipboard."""
    words = EXPORT_WORDS[language]
    each = exchange(answer, words)
    return "\n".join([*_lines(each, words, ""), *_notes(each, words, "")]).rstrip()


def escaped(text: str) -> str:
    """The text as Markdown that shows it as it is, whatever it holds.

    >>> escaped("# <b> 1*2")
    '\\\\# \\\\<b\\\\> 1\\\\*2'
    """
    signs = _SIGNS.sub(lambda sign: f"\\{sign[0]}", text)
    return _LINE_STARTS.sub(lambda start: f"{start[1]}{_out_of_effect(start[2])}", signs)


def _out_of_effect(start: str) -> str:
    # Of 1. it is the dot that makes an item of the line.
    return f"{start}\\" if start.isdecimal() else f"\\{start}"


def _lines(each: Exchange, words: ExportWords, prefix: str) -> Iterator[str]:
    def mark(citation: Citation) -> str:
        return f"[^{prefix}{citation.number}]"

    before = None
    for block in each.blocks:
        item = not isinstance(block, Grid) and block.role in {"bullet", "numbered"}
        if before and not item:
            yield ""
        yield from _block(block, mark)
        if not item:
            yield ""
        before = item
    if before:
        yield ""
    if each.unmarked:
        # A footnote that nothing leads to is left out by most programs.
        yield from (f"{words.also}{''.join(map(mark, each.unmarked))}", "")
    if each.about:
        yield from (f"*{escaped(each.about)}*", "")


def _block(block: Block, mark: _Mark) -> Iterator[str]:
    if isinstance(block, Grid):
        yield from [f"**{escaped(block.caption)}**", ""] if block.caption else []
        for number, row in enumerate((block.header, *block.rows)):
            yield f"| {' | '.join(_inline(cell, mark) for cell in row)} |"
            if not number:
                yield f"|{' --- |' * len(row)}"
        return
    text = _inline(block.pieces, mark)
    indent = "    " * block.depth
    if block.role == "note":
        yield f"> {text}"
    elif block.role == "doubt":
        yield f"> **{text}**"
    elif block.role == "bullet":
        yield f"{indent}- {text}"
    elif block.role == "numbered":
        yield f"{indent}{block.number}. {text}"
    elif block.role == "heading":
        yield f"### {text}"
    else:
        yield text


def _notes(each: Exchange, words: ExportWords, prefix: str) -> Iterator[str]:
    for citation in each.citations:
        quote = words.quote_form.format(citation.quote)
        yield f"[^{prefix}{citation.number}]: {escaped(f'{quote}{words.stands}{words.place(citation)}')}"
        yield ""


def _inline(pieces: Pieces, mark: _Mark) -> str:
    return written(pieces, text=_text, mark=mark)


def _text(piece: Piece) -> str:
    text = escaped(piece.text)
    return f"**{text}**" if piece.bold and text.strip() else text
