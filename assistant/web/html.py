"""HTML that turns and the source panel share: places in documents, marks, and the little Markdown of answers.

Pure functions; every text from outside is escaped here. A place in a document is written `{document_id}:{start}-{end}`.
It stands in the address after `#`, so that a citation can be linked to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from assistant.answers import Citation
from assistant.citations import marks
from assistant.web.words import Words

if TYPE_CHECKING:
    from index.catalog.rows import DocumentInfo
    from index.standing import Standing

_PLACE = re.compile(r"(?P<document_id>[^:]+)(?::(?P<start>\d{1,9})-(?P<end>\d{1,9}))?(?P<whole>:all)?")
ITEM = re.compile(r"^[-*•] +")
TABLE_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in which document; `end == 0` is the document as a whole."""

    document_id: str
    start: int = 0
    end: int = 0
    whole: bool = False
    """Show the whole document around it."""

    @classmethod
    def read(cls, text: str) -> Spot | None:
        """The place that `text` names, None if it names none."""
        if not (found := _PLACE.fullmatch(text)):
            return None
        start, end = int(found["start"] or 0), int(found["end"] or 0)
        return cls(found["document_id"], start, max(start, end), whole=bool(found["whole"]))

    def __str__(self) -> str:
        span = f":{self.start}-{self.end}" if self.end else ""
        return self.document_id + span + (":all" if self.whole else "")


def place_of(citation: Citation) -> str:
    """Where it stands, for an address."""
    return escape(str(Spot(citation.document_id, citation.start, citation.end)))


def mark_link(citation: Citation) -> str:
    """The number in the text that opens it."""
    title = escape(citation.title)
    return (
        f'<a class="yj-mark" href="#{place_of(citation)}" title="{title}" '
        f'aria-label="[{citation.number}] {title}">{citation.number}</a>'
    )


def byline(of: DocumentInfo | Citation, words: Words, standing: Standing | None) -> str:
    """Who published it, when, and whether it holds."""
    state = standing.state if standing else None
    text = " · ".join(filter(None, (of.publisher, words.date(of.published), state)))
    return f'<span class="yj-byline">{escape(text)}</span>' if text else ""


def sheet_of(citation: Citation | None) -> str:
    """The cells of a workbook that it stands in, as the workbook calls them."""
    return " ".join(filter(None, (citation.sheet, citation.cells))) if citation else ""


def blocks(text: str, citations: dict[int, Citation]) -> str:
    """`text` as HTML. Headings become bold paragraphs; anything but lists, tables and bold stays as it is written."""
    html: list[str] = []
    lines = text.strip().splitlines()
    while lines:
        line = lines.pop(0).strip()
        if line.startswith("|") and lines and TABLE_RULE.fullmatch(lines[0]):
            rows = [line]
            lines.pop(0)
            while lines and lines[0].strip().startswith("|"):
                rows.append(lines.pop(0).strip())
            html.append(_table([row.strip("|").split("|") for row in rows], citations))
        elif item := ITEM.match(line) or re.match(r"\d{1,2}[.)] +", line):
            tag = "ol" if line[0].isdigit() else "ul"
            inner = f"<li>{_inline(line[item.end() :], citations)}</li>"
            if html and html[-1].endswith(f"</{tag}>"):
                html[-1] = html[-1].removesuffix(f"</{tag}>") + f"{inner}</{tag}>"
            else:
                html.append(f"<{tag}>{inner}</{tag}>")
        elif heading := re.match(r"#{1,6} +", line):
            html.append(f"<p><strong>{_inline(line[heading.end() :], citations)}</strong></p>")
        elif line:
            html.append(f"<p>{_inline(line, citations)}</p>")
    # A single item was a list's in the document, not in the answer.
    return re.sub(r"^<[uo]l><li>(.*)</li></[uo]l>$", r"<p>\1</p>", "".join(html)) if len(html) == 1 else "".join(html)


def _table(rows: Sequence[Sequence[str]], citations: dict[int, Citation]) -> str:
    head, *body = ([_inline(cell.strip(), citations) for cell in row] for row in rows)
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    return f'<div class="yj-scrolled"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _inline(text: str, citations: dict[int, Citation]) -> str:
    pieces, at = [], 0
    for number, start, end in marks(text, citations):
        before, mark = text[at:start], mark_link(citations[number])
        # A mark never starts a line alone: it stays with the character that it follows.
        if before and before[-1] not in "* ":
            mark = f'<span class="yj-kept">{escape(before[-1])}{mark}</span>'
            before = before[:-1]
        pieces += [_bold(before), mark]
        at = end
    return "".join([*pieces, _bold(text[at:])])


def _bold(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
