"""Answers as plain text: what stands in tables set apart by tabs, so that a spreadsheet takes it up as cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assistant.answers import Answer, Citation, Language
from assistant.exports.content import Block, Exchange, Export, Grid, Piece, Pieces, exchange, written
from assistant.exports.words import EXPORT_WORDS, ExportWords

_EMPTY_LINES = re.compile(r"\n{3,}")


def as_text(export: Export) -> str:
    """All the answers under their questions, each with its sources."""
    words = export.words
    parts = [export.heading, export.about]
    for each in export.exchanges():
        parts += ["", f"{words.question}{each.heading}", "", *_lines(each, words)]
    return _joined(parts) + "\n"


def answer_as_text(answer: Answer, language: Language = "zh") -> str:
    """One answer without its question, for the clipboard."""
    words = EXPORT_WORDS[language]
    return _joined(_lines(exchange(answer, words), words))


def _joined(lines: Iterable[str]) -> str:
    """The lines, with one empty line at most between two."""
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def _lines(each: Exchange, words: ExportWords) -> Iterator[str]:
    for block in each.blocks:
        yield from _block(block)
    if each.citations:
        yield from ("", words.sources)
    for citation in each.citations:
        yield f"[{citation.number}] {words.place(citation)}"
        yield f"    {words.quote_form.format(citation.quote)}"
    if each.about:
        yield from ("", each.about)


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Grid):
        yield from ["", block.caption] if block.caption else [""]
        for row in (block.header, *block.rows):
            yield "\t".join(map(_plain, row))
        yield ""
        return
    text = _plain(block.pieces)
    indent = "  " * block.depth
    if block.role in {"note", "doubt"}:
        yield f"（{text}）"
    elif block.role == "bullet":
        yield f"{indent}- {text}"
    elif block.role == "numbered":
        yield f"{indent}{block.number}. {text}"
    elif block.role == "heading":
        yield from ("", text)
    else:
        yield text


def _plain(pieces: Pieces) -> str:
    return written(pieces, text=_text, mark=_mark)


def _text(piece: Piece) -> str:
    return piece.text


def _mark(citation: Citation) -> str:
    return f"[{citation.number}]"
