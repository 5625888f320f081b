"""Excerpts: the words that are cited, lit, in the text around them. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from html import escape
from itertools import groupby

from assistant.answers import Citation
from assistant.web.html import TABLE_RULE, Spot
from assistant.web.words import Words

CONTEXT_CHARS = 200
"""How much of the document is shown on either side of the passage."""
WHOLE_CHARS = 40_000
"""How much of it with the rest unfolded; a browser lays this out in a blink."""
_ITEM = "- "


def kept(citation: Citation) -> str:
    """What a citation itself keeps of its document: the passage, the quote lit."""
    passage = (citation.passage_start, citation.passage_start + len(citation.passage))
    quote = (citation.start, citation.end)
    lines = _lines(citation.passage, citation.passage_start, quote=quote, passage=passage)
    return f'<div class="yj-excerpt">{lines}</div>'


def excerpt(text: str, place: Spot, passage: tuple[int, int], heads: Collection[int], words: Words) -> str:
    """The passage among the text around it; the reader can unfold the rest."""
    around = WHOLE_CHARS if place.whole or not place.end else CONTEXT_CHARS
    start = _line_start(text, max(0, passage[0] - around))
    end = _line_end(text, min(len(text), passage[1] + around))
    above = f'<p class="yj-cut">{words.cut(start)}</p>' if start else ""
    below = f'<p class="yj-cut">{words.cut(len(text) - end)}</p>' if end < len(text) else ""
    lines = _lines(text[start:end], start, quote=(place.start, place.end), passage=passage, heads=heads)
    more = ""
    if (above or below) and around != WHOLE_CHARS:
        whole = Spot(place.document_id, place.start, place.end, whole=True)
        more = f'<p><a class="yj-more" href="#{escape(str(whole))}">{words.whole_document}</a></p>'
    return f'<div class="yj-excerpt">{above}{lines}{below}</div>{more}'


def _line_start(text: str, at: int) -> int:
    """The start of the line that `at` is in, or `at` itself where that line is very long."""
    start = text.rfind("\n", 0, at) + 1
    return start if at - start <= CONTEXT_CHARS else at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return end if end - at <= CONTEXT_CHARS else at


def _lines(
    text: str, offset: int, *, quote: tuple[int, int], passage: tuple[int, int], heads: Collection[int] = ()
) -> str:
    """`text`, which starts at `offset` of its document, a paragraph a line, the characters of `quote` in <mark>."""
    html: list[str] = []
    for is_table, lines in groupby(_with_offsets(text, offset), lambda line: line[0].lstrip().startswith("|")):
        if is_table:
            rows = "".join(f"<tr>{_cells(*line, quote)}</tr>" for line in lines if not TABLE_RULE.fullmatch(line[0]))
            html.append(f'<div class="yj-scrolled"><table>{rows}</table></div>')
            continue
        for line, at in lines:
            if line.strip():
                around = "" if at < passage[1] and at + len(line) > passage[0] else " yj-around"
                kind = "yj-heading" if at in heads else "yj-item" if line.startswith(_ITEM) else "yj-paragraph"
                dash = len(_ITEM) if kind == "yj-item" else 0  # drawn, not written
                html.append(f'<p class="{kind}{around}">{_highlighted(line[dash:], at + dash, quote)}</p>')
    return "".join(html)


def _with_offsets(text: str, offset: int) -> Iterator[tuple[str, int]]:
    for line in text.split("\n"):
        yield line, offset
        offset += len(line) + 1


def _cells(line: str, at: int, quote: tuple[int, int]) -> str:
    cells = []
    for cell in line.split("|"):
        cells.append((cell, at))
        at += len(cell) + 1
    # A row starts and ends in a bar, so the first and the last piece are empty.
    inner = [(cell, start) for i, (cell, start) in enumerate(cells) if cell.strip() or 0 < i < len(cells) - 1]
    return "".join(f"<td>{_highlighted(cell, start, quote)}</td>" for cell, start in inner)


def _highlighted(text: str, offset: int, quote: tuple[int, int]) -> str:
    """`text` escaped, with <mark> around what lies in `quote`."""
    start = min(max(quote[0] - offset, 0), len(text))
    end = min(max(quote[1] - offset, start), len(text))
    if not text[start:end].strip():
        return escape(text)
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"
