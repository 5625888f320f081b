"""The chat page's HTML: answers, and the source panel. Pure functions; every text from outside is escaped here.

A place in a document is written `{document_id}:{start}-{end}`. It stands in the address after `#`, so a citation can be
linked to; `library` is the list of documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation
from assistant.citations import marks
from assistant.exports.text import answer_as_text
from assistant.unread import unread_lines
from assistant.web.words import Words

if TYPE_CHECKING:
    from index.catalog.rows import DocumentInfo
    from index.standing import Standing
    from sources.documents import Document, Unread

LIBRARY = "library"
CONTEXT_CHARS = 200
"""How much of the document is shown on either side of the passage."""
WHOLE_CHARS = 40_000
"""How much of it with the rest unfolded; a browser lays this out in a blink."""
MAX_LISTED = 200
_PLACE = re.compile(r"(?P<document_id>[^:]+)(?::(?P<start>\d{1,9})-(?P<end>\d{1,9}))?(?P<whole>:all)?")
_ITEM = re.compile(r"^[-*•] +")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*")


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


def conversation(turns: Sequence[Answer], words: Words) -> str:
    """All turns, oldest first."""
    return "".join(_turn(answer, words) for answer in turns)


def welcome(examples: Sequence[str], words: Words) -> str:
    """What an empty conversation shows."""
    asks = "".join(f"<li>{_ask_button(question, 'yj-example')}</li>" for question in examples)
    tried = f'<h2 class="yj-small">{words.examples}</h2><ul class="yj-examples">{asks}</ul>' if examples else ""
    return f'<section class="yj-welcome"><h1>{words.welcome}</h1><p>{words.promise}</p>{tried}</section>'


def writing(question: str, text: str, words: Words) -> str:
    """The turn that is being answered; its marks can't be opened yet."""
    body = _blocks(text, {}) if text else ""
    return (
        f'<article class="yj-turn" aria-busy="true">{_question(question)}<div class="yj-reply">'
        f'<div class="yj-text">{body}</div><p class="yj-busy"><span class="yj-dots"></span>'
        f"{words.checking if text else words.searching}</p></div></article>"
    )


def unanswered(question: str, reason: str, words: Words) -> str:
    """A turn that came to nothing, with a button that asks again."""
    again = _ask_button(question, "yj-choice", words.retry)
    reply = f'<div class="yj-reply yj-trouble"><p role="alert">{escape(reason)}</p>{again}</div>'
    return f'<article class="yj-turn">{_question(question)}{reply}</article>'


def not_asked(reason: str) -> str:
    """Why what was typed wasn't asked; it still stands in the box."""
    reply = f'<div class="yj-reply yj-trouble"><p role="alert">{escape(reason)}</p></div>'
    return f'<article class="yj-turn">{reply}</article>'


def header(library: str, count: int, words: Words) -> str:
    """The name, and which library is being asked."""
    return (
        f'<div class="yj-brand"><span class="yj-logo" aria-hidden="true"></span><strong>{words.name}</strong></div>'
        f'<a class="yj-library" href="#{LIBRARY}" title="{words.show_library}">{escape(library)}'
        f"<span>{words.documents(count)}</span></a>"
    )


def source(
    place: Spot,
    document: Document | None,
    words: Words,
    *,
    citation: Citation | None = None,
    standing: Standing | None = None,
) -> str:
    """The document at a place, the quoted words highlighted. With the document gone, what `citation` kept of it."""
    c, span = citation, (place.start, place.end)
    if document is not None and place.end <= len(document.text):
        found = document.section_at(place.start) if place.end else None
        section = " › ".join(found.path or (found.heading,)) if found else ""
        page = document.page_at(place.start) if place.end else None
        passage = (c.passage_start, c.passage_start + len(c.passage)) if c else span
        heads = {section.start for section in document.sections}
        # Only the name: where the server keeps its files is no visitor's business.
        name = document.uri.replace("\\", "/").rsplit("/", 1)[-1]
        origin = f'<p class="yj-note yj-uri">{escape(name)}</p>'
        if document.copies:
            same = "、".join(path.replace("\\", "/").rsplit("/", 1)[-1] for path in document.copies)
            origin += f'<p class="yj-note yj-copies">{words.copies_are}{escape(same)}</p>'
        inner = _excerpt(document.text, place, passage, heads, words) + origin
        facts = _facts(document, section, page, words, sheet=_sheet(c), standing=standing)
        return _panel(document.title, facts, inner, words, place=str(place))
    if c is not None:
        passage = (c.passage_start, c.passage_start + len(c.passage))
        lines = _lines(c.passage, c.passage_start, quote=(c.start, c.end), passage=passage)
        inner = f'<p class="yj-note">{words.document_gone}</p><div class="yj-excerpt">{lines}</div>'
        facts = _facts(c, c.section, c.page, words, sheet=_sheet(c), standing=c.standing)
        return _panel(c.title, facts, inner, words, place=str(place))
    return _panel(words.sources, "", f'<p class="yj-note">{words.no_such_place}</p>', words, place=str(place))


def library(
    documents: Sequence[DocumentInfo],
    words: Words,
    *,
    unread: Sequence[Unread] = (),
    standing: Callable[[str], Standing | None] = lambda _: None,
) -> str:
    """The list of the library's documents, each with whether it holds, and below it the files that couldn't be read."""
    items = "".join(
        f'<li><a href="#{escape(document.id)}">{escape(document.title)}</a>'
        f"{_byline(document, words, standing(document.id))}{_lying(document, words)}</li>"
        for document in documents[:MAX_LISTED]
    )
    more = len(documents) - MAX_LISTED
    rest = f'<p class="yj-note">{words.more_documents(more)}</p>' if more > 0 else ""
    inner = (
        f'<p class="yj-note">{words.panel_hint}</p><ul class="yj-documents">{items}</ul>{rest}{_unread(unread, words)}'
    )
    return _panel(words.library, "", inner, words, place=LIBRARY)


def _lying(document: DocumentInfo, words: Words) -> str:
    """In how many files more a document lies, and since when none of them can be reached."""
    facts = [words.copies(len(document.copies)) if document.copies else ""]
    if document.unreachable_since is not None:
        facts.append(words.unreachable(date.fromtimestamp(document.unreachable_since).isoformat()))
    text = " · ".join(filter(None, facts))
    return f'<span class="yj-byline yj-lying">{escape(text)}</span>' if text else ""


def _unread(unread: Sequence[Unread], words: Words) -> str:
    # Only names: where the server keeps its files is no visitor's business.
    lines = unread_lines(unread, name=lambda path: path.rsplit("/", 1)[-1])
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    summary = f"<summary>{words.unread(len(unread))}</summary>"
    return f'<details class="yj-note yj-unread">{summary}<ul>{items}</ul></details>' if unread else ""


def copied(answer: Answer, words: Words) -> str:
    """The answer as plain text with its sources, for the clipboard."""
    return answer_as_text(answer, "zh" if words.language.startswith("zh") else "en")


def _turn(answer: Answer, words: Words) -> str:
    citations = {citation.number: citation for citation in answer.citations}
    understood = answer.standalone_question
    note = (
        f'<p class="yj-understood">{words.understood_as}{escape(understood)}</p>'
        if understood != answer.question
        else ""
    )
    notice = f'<p class="yj-notice">{escape(answer.notice)}</p>' if answer.notice else ""
    unsure = f'<p class="yj-unsure"><span class="yj-badge yj-doubt">{words.unsure}</span></p>'
    parts = [
        notice,
        "" if answer.sure else unsure,
        f'<div class="yj-text">{_blocks(answer.answer, citations)}</div>',
        _nearest(answer, citations, words),
        _choices(answer, words),
        _figures(answer, citations, words),
        _citations(answer.citations, words),
        _footer(answer, words),
    ]
    reply = f'<div class="yj-reply yj-{answer.status.replace("_", "-")}">{"".join(parts)}</div>'
    return f'<article class="yj-turn">{_question(answer.question)}{note}{reply}</article>'


def _question(question: str) -> str:
    return f'<h2 class="yj-question">{escape(question)}</h2>'


def _ask_button(question: str, css: str, label: str = "") -> str:
    return f'<button type="button" class="{css}" data-ask="{escape(question)}">{escape(label or question)}</button>'


def _nearest(answer: Answer, citations: dict[int, Citation], words: Words) -> str:
    items = ""
    for near in answer.nearest:
        mark = _mark(citations[near.citation]) if near.citation in citations else ""
        items += f"<li>{escape(_ITEM.sub('', near.text))}{mark}</li>"
    return f'<div class="yj-nearest"><h3 class="yj-small">{words.nearest}</h3><ul>{items}</ul></div>' if items else ""


def _choices(answer: Answer, words: Words) -> str:
    if answer.clarification is None:
        return ""
    asked = answer.clarification.question
    question = f"<p>{escape(asked)}</p>" if asked not in answer.answer else ""
    buttons = "".join(_ask_button(choice, "yj-choice") for choice in answer.clarification.choices)
    return f'{question}<div class="yj-choices" role="group" aria-label="{words.choices}">{buttons}</div>'


def _figures(answer: Answer, citations: dict[int, Citation], words: Words) -> str:
    if not answer.figures:
        return ""
    rows = []
    for figure in answer.figures:
        badge = _verified(words)
        if not figure.verified or not answer.sure:
            # A number can stand in its quote and still not be the one that was asked for.
            badge = f'<span class="yj-badge yj-doubt">{words.to_check if figure.verified else words.unverified}</span>'
        mark = _mark(citations[figure.citation]) if figure.citation in citations else ""
        formula = f'<span class="yj-formula">{escape(figure.formula)}</span>' if figure.formula else ""
        about = (
            figure.metric,
            figure.region,
            words.period(figure.period),
            words.kinds.get(figure.status, figure.status),
        )
        cells = "".join(f"<td>{escape(text)}</td>" for text in about)
        rows.append(
            f'<tr><th scope="row">{escape(figure.text)}{formula}</th>{cells}'
            f'<td class="yj-checked">{badge}{mark}</td></tr>'
        )
    heads = "".join(f'<th scope="col">{head}</th>' for head in words.figure_columns)
    return (
        f'<div class="yj-figures"><table><caption class="yj-hidden">{words.figures}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _citations(citations: Sequence[Citation], words: Words) -> str:
    items = "".join(
        f'<li><a class="yj-cite" href="#{_place(c)}"><span class="yj-number">{c.number}</span>'
        f'<span class="yj-cite-title">{escape(c.title)}</span>{_byline(c, words, c.standing)}</a></li>'
        for c in citations
    )
    return f'<ol class="yj-citations" aria-label="{words.sources}">{items}</ol>' if items else ""


def _footer(answer: Answer, words: Words) -> str:
    engine = words.extractive if answer.engine == "extractive" else words.written_by(escape(answer.engine))
    took = words.took(sum(answer.timings_ms.values())) if answer.timings_ms else ""
    holds = answer.verdict is not None and answer.verdict.ok and bool(answer.verdict.statements)
    about = " · ".join(filter(None, (engine, _verified(words) if holds and answer.sure else "", took)))
    copy = (
        f'<button type="button" class="yj-copy" data-copy="{escape(copied(answer, words))}" '
        f'data-done="{words.copied}">{words.copy}</button>'
    )
    return f'<footer class="yj-about">{copy}<span>{about}</span></footer>'


def _verified(words: Words) -> str:
    return f'<span class="yj-badge yj-ok">✓ {words.verified}</span>'


def _place(citation: Citation) -> str:
    return escape(str(Spot(citation.document_id, citation.start, citation.end)))


def _mark(citation: Citation) -> str:
    title = escape(citation.title)
    return (
        f'<a class="yj-mark" href="#{_place(citation)}" title="{title}" '
        f'aria-label="[{citation.number}] {title}">{citation.number}</a>'
    )


def _byline(of: DocumentInfo | Citation, words: Words, standing: Standing | None) -> str:
    state = standing.state if standing else None
    text = " · ".join(filter(None, (of.publisher, words.date(of.published), state)))
    return f'<span class="yj-byline">{escape(text)}</span>' if text else ""


# The answer's text: paragraphs, and the little Markdown that models write.


def _blocks(text: str, citations: dict[int, Citation]) -> str:
    """`text` as HTML. Headings become bold paragraphs; anything but lists, tables and bold stays as it is written."""
    html: list[str] = []
    lines = text.strip().splitlines()
    while lines:
        line = lines.pop(0).strip()
        if line.startswith("|") and lines and _TABLE_RULE.fullmatch(lines[0]):
            rows = [line]
            lines.pop(0)
            while lines and lines[0].strip().startswith("|"):
                rows.append(lines.pop(0).strip())
            html.append(_table([row.strip("|").split("|") for row in rows], citations))
        elif item := _ITEM.match(line) or re.match(r"\d{1,2}[.)] +", line):
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
        before, mark = text[at:start], _mark(citations[number])
        # A mark never starts a line alone: it stays with the character that it follows.
        if before and before[-1] not in "* ":
            mark = f'<span class="yj-kept">{escape(before[-1])}{mark}</span>'
            before = before[:-1]
        pieces += [_bold(before), mark]
        at = end
    return "".join([*pieces, _bold(text[at:])])


def _bold(text: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))


# The panel.


def _panel(title: str, facts: str, inner: str, words: Words, *, place: str) -> str:
    back = f'<a class="yj-back" href="#{LIBRARY}">{words.library}</a>' if place != LIBRARY else ""
    label = words.sources if place != LIBRARY else words.library
    return (
        f'<section class="yj-source" data-place="{escape(place)}" aria-label="{label}"><header class="yj-panel-head">'
        f'<div class="yj-panel-top"><h2 tabindex="-1">{escape(title)}</h2>{back}'
        f'<button type="button" class="yj-close" aria-label="{words.close}">×</button></div>{facts}</header>'
        f"{inner}</section>"
    )


def _facts(
    of: Document | Citation,
    section: str,
    page: int | None,
    words: Words,
    *,
    sheet: str = "",
    standing: Standing | None = None,
) -> str:
    facts = [
        (words.publisher, of.publisher or words.unknown),
        (words.published, words.date(of.published) or words.unknown),
        # A document's outermost heading is usually its title, which stands above already.
        (words.section, section.removeprefix(of.title).removeprefix(" › ")),
        (words.page_label, str(page) if page else ""),
        (words.sheet_label, sheet),
        (words.standing, standing.in_words if standing else ""),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    return f'<dl class="yj-facts">{rows}</dl>'


def _sheet(citation: Citation | None) -> str:
    return " ".join(filter(None, (citation.sheet, citation.cells))) if citation else ""


def _excerpt(text: str, place: Spot, passage: tuple[int, int], heads: Collection[int], words: Words) -> str:
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
            rows = "".join(f"<tr>{_cells(*line, quote)}</tr>" for line in lines if not _TABLE_RULE.fullmatch(line[0]))
            html.append(f'<div class="yj-scrolled"><table>{rows}</table></div>')
            continue
        for line, at in lines:
            if line.strip():
                around = "" if at < passage[1] and at + len(line) > passage[0] else " yj-around"
                kind = "yj-heading" if at in heads else "yj-item" if line.startswith("- ") else "yj-paragraph"
                html.append(f'<p class="{kind}{around}">{_highlighted(line, at, quote)}</p>')
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
