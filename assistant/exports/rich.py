"""Answers as rich text: HTML whose looks stand in each element, so that Word and WPS paste it as it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from assistant.answers import Answer, Citation, Language
from assistant.exports.characters import clean
from assistant.exports.content import Block, Exchange, Export, Grid, Piece, Pieces, exchange, written
from assistant.exports.words import EXPORT_WORDS, ExportWords

_FONT = "font-family:'Times New Roman',SimSun,宋体,serif"
_HEADING_FONT = "font-family:Arial,SimHei,黑体,sans-serif"
_BODY = f"{_FONT};font-size:12pt;line-height:1.6;color:#000"
_SMALL = "font-size:9pt;line-height:1.5;color:#333"
_CELL = "border:1px solid #666;padding:3pt 6pt;vertical-align:top;font-size:10.5pt"
_STYLES = {
    "plain": "margin:0 0 6pt",
    "heading": f"margin:8pt 0 4pt;font-weight:bold;{_HEADING_FONT};font-size:11pt",
    "note": "margin:0 0 6pt;color:#555",
    "doubt": "margin:0 0 6pt;font-weight:bold;color:#8a5a00",
}
_PAGE_WIDTH = 96
"""Of a page of paper, in half-width characters of a table."""


def as_page(export: Export) -> str:
    """A whole web page, for a file; it asks nothing of the network and runs no script."""
    return (
        f'<!doctype html>\n<html lang="{export.words.language}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{_escaped(export.heading)}</title></head><body style="max-width:48em;margin:2em auto;padding:0 1em">'
        f"{as_fragment(export)}</body></html>\n"
    )


def as_fragment(export: Export) -> str:
    """All the answers under their questions, each with its sources, in one element."""
    words = export.words
    title = f'<h1 style="margin:0 0 4pt;{_HEADING_FONT};font-size:18pt">{_escaped(export.heading)}</h1>'
    parts = [title, f'<p style="margin:0 0 12pt;{_SMALL}">{_escaped(export.about)}</p>']
    for each in export.exchanges():
        if each.heading != export.heading:
            style = f"margin:16pt 0 6pt;{_HEADING_FONT};font-size:14pt"
            parts.append(f'<h2 style="{style}">{_escaped(each.heading)}</h2>')
        parts += _parts(each, words)
    return _within("".join(parts), words)


def answer_as_fragment(answer: Answer, language: Language = "zh") -> str:
    """One answer without its question, for the clipboard."""
    words = EXPORT_WORDS[language]
    return _within("".join(_parts(exchange(answer, words), words)), words)


def _within(html: str, words: ExportWords) -> str:
    return f'<div lang="{words.language}" style="{_BODY}">{html}</div>'


def _escaped(text: str) -> str:
    return escape(clean(text))


def _parts(each: Exchange, words: ExportWords) -> Iterator[str]:
    for block in each.blocks:
        yield from _block(block)
    if each.citations:
        yield f'<p style="{_STYLES["heading"]}">{words.sources}</p>'
    for citation in each.citations:
        place = f"[{citation.number}] {words.place(citation)}"
        quote = words.quote_form.format(citation.quote)
        yield (
            f'<p style="margin:0 0 3pt 2em;text-indent:-2em;{_SMALL}">{_escaped(place)}<br>'
            f'<span style="color:#555">{_escaped(quote)}</span></p>'
        )
    if each.about:
        yield f'<p style="margin:4pt 0 0;{_SMALL}">{_escaped(each.about)}</p>'


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Grid):
        for part in block.within(_PAGE_WIDTH):
            yield _table(part)
    elif block.role in {"bullet", "numbered"}:
        # Lists pasted into Word change their signs and numbers; a hanging paragraph stays as it is.
        sign = "•" if block.role == "bullet" else f"{block.number}."
        style = f"margin:0 0 3pt {2 + 2 * block.depth}em;text-indent:-1.5em"
        yield f'<p style="{style}">{sign} {_inline(block.pieces)}</p>'
    else:
        yield f'<p style="{_STYLES[block.role]}">{_inline(block.pieces)}</p>'


def _table(grid: Grid) -> str:
    caption = f'<p style="{_STYLES["heading"]}">{_escaped(grid.caption)}</p>' if grid.caption else ""
    heads = "".join(
        f'<th style="{_CELL};background:#f0f0f0;text-align:left">{_inline(cell)}</th>' for cell in grid.header
    )
    rows = "".join(
        f"<tr>{''.join(f'<td style={chr(34)}{_CELL}{chr(34)}>{_inline(cell)}</td>' for cell in row)}</tr>"
        for row in grid.rows
    )
    looks = 'border="1" cellspacing="0" cellpadding="4" style="border-collapse:collapse;margin:4pt 0 8pt"'
    return f"{caption}<table {looks}><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _inline(pieces: Pieces) -> str:
    return written(pieces, text=_text, mark=_mark)


def _text(piece: Piece) -> str:
    return f"<strong>{_escaped(piece.text)}</strong>" if piece.bold else _escaped(piece.text)


def _mark(citation: Citation) -> str:
    return f"<sup>[{citation.number}]</sup>"
