"""Sections: what a stretch of a document tells of what is asked, by those of its sentences that do, in their order.

避险转移怎么做？  →  坚持“三避让”原则…… / 达到橙色预警时，受威胁群众一律转移。 / 转移后未经评估不得返回。
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.extractive.compose import Draft, Line, Quote, quoted
from assistant.extractive.lists.answer import answer as listed
from assistant.extractive.summaries import told_under_heading
from assistant.library import Library
from assistant.question.forms import form_of, forms_of
from assistant.question.question import Question
from assistant.question.terms import flat
from assistant.reading.candidates import asks_what_is_named
from assistant.reading.expected import is_signed
from assistant.reading.scoring import FIGURE_KINDS
from assistant.reading.sections import About, Told, about, told
from assistant.reading.stretches import Stretch
from sources.lists import lists
from sources.sentences import Span, sentences

LEAST_SURE = 0.6
"""Below this no stretch is what is asked about. Of questions whose document was kept out, `training.forms.sections`
prints how many other values would refuse."""
_SURELY = 0.9
_LEAST_SHARE, _LEAST_SHARE_OF_FEW = 0.5, 0.2
_LEAST_LINES = 3
_MOST_LINES, _MOST_CHARS = 7, 480
_TELLING = 1.0
"""The weight from which on a word of the question tells something."""
_PART = {
    "zh": "以上是“{heading}”中的要点，并非全文",
    "en": "These are the main points of “{heading}”, not all of it",
}


def answer(question: Question, library: Library) -> Draft | None:
    """What the stretch tells that a question for more than a fact is about; None where none surely is."""
    if form_of(question.standalone) not in ("passage", "reason", "summary"):
        return None
    return _drafted(question, library, LEAST_SURE)


def instead(question: Question, library: Library) -> Draft | None:
    """The same for a question that may ask for a list or a fact, where no list and no sentence answers it as surely."""
    shares = forms_of(question.standalone)
    if question.kind in FIGURE_KINDS or shares["fact"] > _SURELY:
        return None  # whose year, place and kind the reading holds it to
    finding = library.finding(question)
    if finding.found and form_of(question.standalone) != "list":
        return None
    return _drafted(question, library, max(LEAST_SURE, finding.confidence if finding.found else 0.0))


def _drafted(question: Question, library: Library, least: float) -> Draft | None:
    if question.parts or question.kind == "definition" or question.items or asks_what_is_named(question):
        return None  # what a term means is told by words that explain it, not by what stands around it
    hits, finding = library.search(question.standalone), library.finding(question)
    found = next(iter(about(question, hits, library.document, finding)), None)
    if found is None or found.confidence < least:
        return None
    document = found.stretch.document
    whole_list = listed(question, library)
    if whole_list is not None and len(whole_list.lines) > 1 and _stands_in(whole_list, found.stretch):
        return whole_list
    if found.stretch.parts:
        lines = [line for part in _parts(found) for line in told_under_heading(document, part, library)]
        whole = False
    else:
        spans, whole = _chosen(found, told(question, found, hits, finding))
        spans = [
            span for span in _of_its_word(question, found.stretch, spans) if not is_signed(document.text[slice(*span)])
        ]
        lines = [quoted(Quote(library.passage_at(document.id, s), s, e), library.document) for s, e in spans]
    if not lines:
        return None
    notice = None if whole else _PART[question.language].format(heading=found.stretch.heading or document.title)
    return Draft(question, tuple(lines), found.confidence, notice=notice)


def _of_its_word(question: Question, stretch: Stretch, spans: list[Span]) -> list[Span]:
    """Of some sentences those with the one word that tells something, if it isn't about it itself: 冒领会怎样."""
    telling = [term for term in question.terms if term.weight >= _TELLING and len(term.text) > 1]
    if len(telling) != 1 or flat(telling[0].text) in flat(f"{stretch.document.title}{stretch.heading}"):
        return spans
    (word,) = telling
    text = stretch.document.text
    return [span for span in spans if word.text in flat(text[slice(*span)])] or spans


def _stands_in(draft: Draft, stretch: Stretch) -> bool:
    quotes = [quote for line in draft.lines if isinstance(line, Line) for quote in line.quotes]
    return all(
        quote.passage.document_id == stretch.document.id and stretch.start <= quote.start < stretch.end
        for quote in quotes
    )


def _parts(found: About) -> list[Span]:
    """The stretches of the outermost sections of a chapter."""
    parts = found.stretch.parts
    level = min(each.level for each in parts)
    starts = [each.start for each in parts if each.level == level]
    return [*zip(starts, [*starts[1:], found.stretch.end], strict=True)][:_MOST_LINES]


def _chosen(found: About, known: Sequence[Told]) -> tuple[list[Span], bool]:
    """The sentences that belong to the answer, in order, and whether none that does was left out for its length.

    Of those that hardly do, up to three together with these: two more lines lose less time than looking them up.
    """
    best_first = sorted(known, key=lambda each: -each.share)
    wanted = [
        each
        for place, each in enumerate(best_first)
        if each.share >= _LEAST_SHARE or place == 0 or (place < _LEAST_LINES and each.share >= _LEAST_SHARE_OF_FEW)
    ]
    kept: list[Told] = []
    for each in sorted(_with_their_lists(found, known, wanted), key=lambda each: -each.share):
        chars = sum(one.span[1] - one.span[0] for one in kept)
        if kept and (len(kept) == _MOST_LINES or chars + each.span[1] - each.span[0] > _MOST_CHARS):
            return sorted(one.span for one in kept), False
        kept.append(each)
    return sorted(one.span for one in kept), True


def _with_their_lists(found: About, known: Sequence[Told], wanted: Sequence[Told]) -> list[Told]:
    """With every item of a list, of which most belong: a list is told whole."""
    kept = {each.span for each in wanted}
    text = found.stretch.document.text
    for each in lists(found.stretch.document):
        items = [item.span for item in each.items if found.stretch.start <= item.start < found.stretch.end]
        openings = [next(iter(sentences(text, *item)), item) for item in items]
        own = [one for one in known if any(start <= one.span[0] < end for start, end in openings)]
        if 2 * sum(one.span in kept for one in own) > len(own):
            kept |= {one.span for one in own}
    return [each for each in known if each.span in kept]
