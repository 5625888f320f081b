"""Statements: one figure as a line of an answer, and the words of its document that state it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.extractive.arithmetic import bare_unit, is_exact
from assistant.extractive.compose import Line, Quote, as_sentence
from assistant.extractive.owners import owner_of
from assistant.library import Library
from index.figures import statement_of
from sources.figures.figure import Figure
from sources.figures.ranges import agree
from sources.mentions.periods import label, periods
from sources.mentions.regions import regions
from sources.sentences import Span, clauses

_YEAR = re.compile(r"\d{4}")
_IS_PLACE = re.compile("[一-鿿]{2,6}[市县区镇乡村]")
"""A row of a table that no gazetteer has."""
_DATE_LINE = re.compile(r"^[（(]?((?:19|20)\d{2}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)[）)]?$", re.MULTILINE)
_EDGE_CHARS = 200
HEAD_CHARS = 400
"""Of a text, in which its title stands."""


def quote_of(figure: Figure, library: Library) -> Quote:
    """The words that state the figure: its sentence, or its clause in a long one."""
    passage = library.passage_at(figure.document_id, figure.start)
    return Quote(passage, *statement_of(figure, library.document(figure.document_id), passage))


def text_of(figure: Figure, library: Library) -> str:
    """The same as text."""
    quote = quote_of(figure, library)
    return library.document(figure.document_id).text[quote.start : quote.end]


def line_of(figure: Figure, metric: str, library: Library, *, opening: str = "", about: str = "") -> Line:
    """The clauses that state the figure, from the one that tells its place and time; of a table's row, its number.

    What it is `about` is told, too: 帮困群体主要为……,共6053人.
    """
    text = library.document(figure.document_id).text
    whole = quote_of(figure, library)
    if "|" in text[whole.start : whole.end]:
        return Line(f"{opening}{words_of(figure, whole, metric, library)}", (whole,), (figure,))
    parts = clauses(text, whole.start, whole.end)
    at = next((n for n, (start, end) in enumerate(parts) if start <= figure.start < end), 0)
    end = next((stop for _, stop in parts[at:] if stop >= figure.end), whole.end)

    def tells(first: int) -> int:
        words = text[parts[first][0] : end]
        told = any(each.value for each in periods(words)) + any(each.name for each in regions(words))
        return told + 2 * bool(about and about in words)

    def is_of_another(part: Span) -> bool:
        named = {each.name for each in regions(text[slice(*part)], home=home) if each.name}
        return bool(named) and figure.region not in named

    home = library.document(figure.document_id).regions
    others = [n for n in range(at) if is_of_another(parts[n])]
    since = others[-1] + 1 if others else 0
    first = max(range(at, since - 1, -1), key=tells) if parts else 0  # of those that tell as much, the nearest
    if parts and figure.metric and (figure.status == "growth" or not _YEAR.search(text, parts[first][0], end)):
        # 出口16.9亿元，下降6.1% and 上年为5亿元: what it is of is named in a clause before.
        naming = (n for n in range(at, since - 1, -1) if figure.metric in text[slice(*parts[n])])
        first = min(first, next(naming, first))
    start = parts[first][0] if parts else whole.start
    quote = replace(whole, start=start, end=end)
    return Line(f"{opening}{as_sentence(text[start:end])}", (quote,), (figure,))


_NUMBERING = re.compile(
    r"\s*(?:[-*•]\s+|\d{1,3}[.．、](?!\d)|[（(](?:\d{1,3}|[一二三四五六七八九十]{1,3})[）)]|[一二三四五六七八九十]{1,3}、)\s*"
)
_TELLS_GROWTH = re.compile(r"增[速长幅减]|[升降涨跌]幅|同比|环比")
STATUS_WORDS = {
    "target": "目标",
    "plan": "计划",
    "cumulative": "累计",
    "growth": "增速",
    "share": "占比",
    "rank": "位次",
}


def words_of(figure: Figure, quote: Quote, metric: str, library: Library) -> str:
    """The words that state the figure; of a row of a table, only its number with what its headers say."""
    text = library.document(figure.document_id).text[quote.start : quote.end]
    if "|" not in text:
        return as_sentence(text)
    kind = STATUS_WORDS[figure.status] if figure.status in ("target", "plan", "growth") else ""
    kind = "" if _TELLS_GROWTH.search(metric) and figure.status == "growth" else kind
    before = value_before(figure)
    after = "" if before or figure.qualifier in figure.text else figure.qualifier
    number = f"{before}{figure.text}{bare_unit(figure)}{after}"
    return f"{label(figure.period)}，{_whose(figure, library)}{metric}{kind}：{number}。"


def _whose(figure: Figure, library: Library) -> str:
    """The place that the figure is of or, where it has none, the one or the body that its document begins with."""
    document = library.document(figure.document_id)
    owner = None if figure.region or figure.subject else owner_of(document.title, document.publisher)
    subject = figure.subject if _IS_PLACE.fullmatch(figure.subject) else ""
    return owner.name if owner else figure.region or subject


# --- what stands beside a value -----------------------------------------------------------------------------------


def differing(figures: Sequence[Figure]) -> list[Figure]:
    """The figures that can't all be right, one of each value; the exact one of those that agree."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda each: (not is_exact(each), each.document_id, each.start)):
        if not any(agree(figure, other) for other in kept):
            kept.append(figure)
    return kept


def printed(figure: Figure) -> str:
    """The figure with its unit and its bound: 92%以上."""
    bound = "" if figure.qualifier in figure.text else figure.qualifier
    before, text = value_before(figure), f"{figure.text}{bare_unit(figure)}"
    return f"{before}{text}" if before and bound else f"{text}{bound}"


def value_before(figure: Figure) -> str:
    """超 and 近 stand before the number, 以上 and 左右 need not be repeated in a cell that is cited."""
    return figure.qualifier if figure.qualifier in ("超", "超过", "突破", "近", "约", "逾", "不足", "不低于") else ""


def unnumbered(text: str, span: Span) -> Span:
    """The span without the mark or number of a list that it opens with."""
    mark = _NUMBERING.match(text, *span)
    return (mark.end(), span[1]) if mark and mark.end() < span[1] else span


def printed_date(text: str, published: str | None) -> Span | None:
    """Where the day on which a document came out stands last in its text; None where it doesn't, or isn't known."""
    if not published or published.count("-") != 2:
        return None
    year, month, day = published.split("-")
    pattern = rf"{year}\s*[-年/.]\s*0?{int(month)}\s*[-月/.]\s*0?{int(day)}\s*日?"
    matches = list(re.finditer(pattern, text))
    return matches[-1].span() if matches else None


def dated_line(text: str) -> Span | None:
    """A date, or a month, that stands on a line of its own under the title or at the end."""
    lines = [found.span(1) for found in _DATE_LINE.finditer(text)]
    return next((span for span in lines if span[0] < _EDGE_CHARS or span[0] > len(text) - _EDGE_CHARS), None)


def printed_title(text: str, title: str) -> Span | None:
    """Where the title stands at the head of the text, perhaps on several lines."""
    pattern = r"\s*".join(map(re.escape, re.sub(r"\s", "", title)))
    found = re.search(pattern, text[: HEAD_CHARS + len(title)])
    return found.span() if found else None
