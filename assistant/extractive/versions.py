"""Versions of a rule set against each other: what changed, clause by clause, and by how much; each side cited.

新旧办法有什么不同？    申请条件有哪些变化？    跟试行办法比，单身职工补贴提高了多少？
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from assistant.answers import AnswerFigure
from assistant.extractive.amendments import alike, pairs_of, share_of_pairs
from assistant.extractive.arithmetic import difference_of
from assistant.extractive.changes import changes
from assistant.extractive.compose import Cell, Draft, Line, Quote, Row, as_sentence
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import Term, flat, met, terms, total
from sources.documents import Document
from sources.figures.figure import Figure
from sources.sentences import Span, clauses

_HOW_MUCH = re.compile(
    r"(?P<way>相?差|提高|降低|增加|增长|减少|下降|上调|下调|上涨|延长|缩短|放宽|多|少|高|低|长|短|涨|降)(?:出|了|到)*(?:多少|几[个天年倍元]?)"
)
_ABOUT = re.compile(
    r"[跟与和同比较](?:原来|以前|之前|过去|旧|老|试行)?(?:的?(?:办法|规定|政策|版本?|标准|条例))?(?:相?比(?:较)?)?[，,]?|什么|哪些|多少|"
    r"变化|变动|改动|改了|条款|条文|修改|修订|调整|区别|差异|不同|不一样|新旧|新老|有|提高|降低|增加|减少|放宽|缩短|延长|主要|具体|之间|的|了"
)
_ARTICLE = re.compile(
    r"^\s*(?:[#*\s]*)(?P<name>第[一二三四五六七八九十百零〇\d]+条|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)]|\d{1,2}[.．、](?!\d))",
    re.MULTILINE,
)
_LEAST_ALIKE = 0.35
"""Share of common character pairs from which two articles are the same one in two versions, wherever they stand."""
_LEAST_FRAME = 0.6
"""The same of two clauses without their numbers, which then tell of the same thing."""
_LEAST_ASKED = 0.34
"""Share of a question's words that a changed article must meet to be the one that is asked about."""
_NEAR_BEST = 0.8
_MOST_ROWS = 20
_DIGITS = re.compile(r"\d[\d,.]*")
_CONFIDENCE = 0.8


@dataclass(frozen=True, slots=True)
class _Change:
    """An article in two versions; one side is None where only the other has it."""

    name: str
    old: Span | None
    new: Span | None


def answer(question: Question, library: Library) -> Draft | None:
    """What changed from one version to the next, or by how much; None where no versions are compared."""
    if library.scope is None or not library.scope.compared:
        return None
    standings = library.standings()
    families = {standings.versions(each) for each in library.scope.named if len(standings.versions(each)) > 1}
    asked = _asked(question)
    wanted = _HOW_MUCH.search(question.standalone)
    lines: list[Line | Row] = []
    if len(families) == 1:
        (family,) = families
        old, new = _sides(family, library)
        sides = library.document(old), library.document(new)
        # 2023年的办法比试行的 leaves out what became of it since.
        as_amended = not any(f"{year}年" in question.in_full for year in standings.years(new))
        if wanted:
            lines += _apart(wanted["way"], asked, sides, library, as_amended=as_amended)
        else:
            lines += _changed(asked, sides, library)
    if wanted and not lines:
        lines += _amended_apart(wanted["way"], asked, library)
    elif not wanted:
        lines += [line for _, line in _amended(asked, library)]
    return Draft(question, tuple(lines), _CONFIDENCE) if lines else None


def _sides(family: Sequence[str], library: Library) -> tuple[str, str]:
    """The versions to be set against each other: those named, or the one named and the one before it; of the first one
    and the last."""
    assert library.scope is not None
    chosen = [each for each in family if each in library.scope.named]
    if len(chosen) > 1 or not chosen:
        return chosen[0] if chosen else family[-2], chosen[-1] if chosen else family[-1]
    at = family.index(chosen[0])
    return (family[at - 1], chosen[0]) if at else (chosen[0], family[-1])


def _asked(question: Question) -> tuple[Term, ...]:
    """The words that tell what of the rule is asked about; none where all of it is."""
    return tuple(each for each in terms(_ABOUT.sub(" ", question.standalone)) if len(each.text) > 1)


# --- what changed -------------------------------------------------------------------------------------------------


def _changed(asked: Sequence[Term], sides: tuple[Document, Document], library: Library) -> list[Line | Row]:
    """A table with a row for each article that differs, of those that the question asks about where it tells."""
    old, new = sides
    changes = [each for each in _aligned(old, new) if _differs(each, old, new)]
    shares = [_share(asked, f"{_of(old, each.old)}{_of(new, each.new)}") for each in changes]
    best = max(shares, default=0.0)
    if asked and best >= _LEAST_ASKED:
        changes = [each for each, share in zip(changes, shares, strict=True) if share >= _NEAR_BEST * best]
    if not changes:
        return []
    head = [Row((Cell("条款"), Cell("原来"), Cell("现在"))), Row((Cell("---"),) * 3)]
    return [*head, *(_row(each, sides, library) for each in changes[:_MOST_ROWS])]


def _row(change: _Change, sides: tuple[Document, Document], library: Library) -> Row:
    old, new = sides
    spans = change.old, change.new
    if change.old and change.new:
        spans = _differing(old, change.old, new, change.new)
    cells = (_cell(document, span, library) for document, span in zip(sides, spans, strict=True))
    return Row((Cell(change.name), *cells))


def _cell(document: Document, span: Span | None, library: Library) -> Cell:
    return Cell(_bare(document, span), (_quote(document, span, library),)) if span else Cell("—")


def _aligned(old: Document, new: Document) -> list[_Change]:
    """The articles of both versions side by side, in the order of the new one: by their words, not by their numbers."""
    ours, theirs = _articles(new), _articles(old)
    left = dict(enumerate(theirs))
    words = {at: pairs_of(flat(_of(old, span))) for at, (_, span) in left.items()}
    changes: list[_Change] = []
    for name, span in ours:
        own = pairs_of(flat(_of(new, span)))
        best = max(left, key=lambda at: (share_of_pairs(own, words[at]), theirs[at][0] == name), default=None)
        if best is not None and share_of_pairs(own, words[best]) >= _LEAST_ALIKE:
            changes.append(_Change(name, left.pop(best)[1], span))
        else:
            changes.append(_Change(name, None, span))
    return changes + [_Change(name, span, None) for name, span in left.values()]


def _articles(document: Document) -> list[tuple[str, Span]]:
    """The articles or numbered points, each with its number."""
    starts = [(found["name"], found.start("name"), found.end()) for found in _ARTICLE.finditer(document.text)]
    if any(name.startswith("第") for name, _, _ in starts):
        starts = [each for each in starts if each[0].startswith("第")]
    ends = [start for _, start, _ in starts[1:]] + [len(document.text)]
    found = []
    for (name, _, body), end in zip(starts, ends, strict=True):
        text = document.text[body:end]
        begin, stop = body + len(text) - len(text.lstrip()), body + len(text.rstrip())
        if begin < stop:
            found.append((name.rstrip("、.．"), (begin, stop)))
    return found


def _differs(change: _Change, old: Document, new: Document) -> bool:
    return change.old is None or change.new is None or flat(_of(old, change.old)) != flat(_of(new, change.new))


def _differing(old: Document, before: Span, new: Document, after: Span) -> tuple[Span, Span]:
    """From the first to the last clause of each side that the other doesn't have word for word."""
    mine, theirs = clauses(old.text, *before), clauses(new.text, *after)
    known_old, known_new = (
        {flat(_of(side, each)).rstrip("，,；;。") for each in spans} for side, spans in ((old, mine), (new, theirs))
    )
    gone = [each for each in mine if flat(_of(old, each)).rstrip("，,；;。") not in known_new]
    come = [each for each in theirs if flat(_of(new, each)).rstrip("，,；;。") not in known_old]
    return _around(gone, before), _around(come, after)


def _around(spans: Sequence[Span], whole: Span) -> Span:
    return (spans[0][0], spans[-1][1]) if spans else whole


# --- by how much --------------------------------------------------------------------------------------------------


def _apart(
    way: str, asked: Sequence[Term], sides: tuple[Document, Document], library: Library, *, as_amended: bool
) -> list[Line]:
    """How far the number that the question asks about lies apart in two versions, the new one as it was amended since
    if `as_amended`; one line, or none."""
    old, new = sides
    found: list[tuple[float, Figure, Figure, Span, Span]] = []
    for change in _aligned(old, new):
        if change.old is None or change.new is None:
            continue
        for one, before in _numbers(old, change.old, library):
            for other, after in _numbers(new, change.new, library):
                if one.unit != other.unit or one.value == other.value:
                    continue
                frames = _frame(_of(old, before)), _frame(_of(new, after))
                if alike(*frames) >= _LEAST_FRAME:
                    context = f"{_of(new, (change.new[0], after[1]))}"
                    share = 0.7 * _share(asked, _of(new, after)) + 0.3 * _share(asked, context)
                    found.append((share, one, other, before, after))
    best = max((each[0] for each in found), default=0.0)
    if best < _LEAST_ASKED / 2:
        return []
    share, one, other, before, after = max(found, key=lambda each: each[0])
    if as_amended and (later := _as_amended(new, after, other, library)):
        new, after, other = later
    if one.value == other.value:
        return []
    apart = _difference(one, other)
    words = (
        f"原为{_bare(old, before)}，现为{_bare(new, after)}，{_verb(way, one, other)}{apart.text}（{apart.formula}）"
    )
    quotes = (_quote(old, before, library), _quote(new, after, library))
    return [Line(as_sentence(words), quotes, (one, other), (apart,), known=("原为", "现为"))]


def _as_amended(
    document: Document, clause: Span, figure: Figure, library: Library
) -> tuple[Document, Span, Figure] | None:
    """What a later document made of a clause's number: that document, the sentence that says so, and the new number."""
    for bound in reversed(library.standings().upon(document.id)):
        if bound.relation.kind != "amends" or (bound.since and bound.since > library.today()):
            continue
        source = library.document(bound.source.id)
        for change in changes(bound, library):
            pair = _pair(source, change.span, library)
            if pair and pair[0].value == figure.value and change.taken_from(document.text, clause):
                return source, change.span, pair[1]
    return None


def _pair(document: Document, span: Span, library: Library) -> tuple[Figure, Figure] | None:
    """The numbers before and after, in a sentence that changes one: 由每月800元调整为每月900元."""
    own = [each for each in library.figures(document.id) if span[0] <= each.start and each.end <= span[1]]
    pairs = ((one, other) for one, other in pairwise(own) if one.unit == other.unit and one.value != other.value)
    return next(pairs, None)


def _difference(one: Figure, other: Figure) -> AnswerFigure:
    return difference_of(max(one, other, key=_value), min(one, other, key=_value))


def _amended_apart(way: str, asked: Sequence[Term], library: Library) -> list[Line]:
    """By how much an amendment changes a number, where the question asks that of one; one line, or none."""
    for document_id, line in _amended(asked, library):
        (quote,) = line.quotes
        document = library.document(document_id)
        if pair := _pair(document, (quote.start, quote.end), library):
            apart = _difference(*pair)
            words = f"{_bare(document, (quote.start, quote.end))}，{_verb(way, *pair)}{apart.text}（{apart.formula}）"
            return [Line(as_sentence(words), line.quotes, pair, (apart,))]
    return []


def _verb(way: str, one: Figure, other: Figure) -> str:
    """The question's own verb where the number went that way, else what it did."""
    grew = other.value > one.value
    if way in ("提高", "增加", "增长", "上调", "上涨", "延长", "多", "高", "长", "涨"):
        return way if grew else "减少"
    if way in ("降低", "减少", "下降", "下调", "缩短", "少", "低", "短", "降"):
        return way if not grew else "增加"
    return "相差"


def _numbers(document: Document, span: Span, library: Library) -> list[tuple[Figure, Span]]:
    """The figures of an article, each with its clause."""
    own = [each for each in library.figures(document.id) if span[0] <= each.start and each.end <= span[1]]
    parts = clauses(document.text, *span)
    return [(each, part) for each in own for part in parts if part[0] <= each.start and each.end <= part[1]]


def _frame(clause: str) -> str:
    return _DIGITS.sub("", flat(clause)).rstrip("，,；;。")


# --- what amendments say ------------------------------------------------------------------------------------------


def _amended(asked: Sequence[Term], library: Library) -> list[tuple[str, Line]]:
    """What documents that amend one of these say, sentence by sentence, as far as it is asked about; each with the
    document's id."""
    assert library.scope is not None
    standings = library.standings()
    said: list[tuple[float, str, Line]] = []
    for document_id in sorted(library.scope.documents):
        own = [
            each
            for each in standings.stated_by(document_id)
            if each.relation.kind == "amends" and {document_id, each.target} & {*library.scope.named}
        ]
        if not own:
            continue
        document = library.document(document_id)
        for span in dict.fromkeys(change.span for each in own for change in changes(each, library)):
            text = _of(document, span)
            line = Line(as_sentence(text), (_quote(document, span, library),))
            said.append((_share(asked, text), document_id, line))
    best = max((share for share, _, _ in said), default=0.0)
    if asked and best >= _LEAST_ASKED:
        said = [each for each in said if each[0] >= _NEAR_BEST * best]
    return [(document_id, line) for _, document_id, line in said]


# --- shared -------------------------------------------------------------------------------------------------------


def _of(document: Document, span: Span | None) -> str:
    return document.text[slice(*span)] if span else ""


def _bare(document: Document, span: Span) -> str:
    return " ".join(_of(document, span).split()).rstrip("，,；;。")


def _quote(document: Document, span: Span, library: Library) -> Quote:
    return Quote(library.passage_at(document.id, span[0]), *span)


def _share(asked: Sequence[Term], text: str) -> float:
    """How much of what is asked a text meets, 0 to 1."""
    if not asked:
        return 1.0
    shares = met(asked, (flat(text),))[0]
    return float(sum(share * term.weight for share, term in zip(shares, asked, strict=True)) / total(asked))


def _value(figure: Figure) -> Decimal:
    return figure.value
