"""Amendments: later words that change what an answer rests on, and what an earlier version said instead.

第二条 晚餐每餐补贴3元……    将第二条中的“晚餐每餐补贴3元”修改为“晚餐每餐补贴4元”
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.extractive.changes import Change, changes
from assistant.extractive.compose import Draft, Line, Quote, Row, as_sentence
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import flat, met, total
from index.standing import Bound, Standings
from sources.articles import ARTICLE
from sources.mentions.titles import name_of
from sources.sentences import Span, clauses, sentences

_DIGITS = re.compile(r"\d[\d,.]*")
_NUMBER = re.compile(rf"^\s*{ARTICLE}[\s　]*")
_LEAST_FRAME = 0.75
"""Share of common character pairs from which two clauses, their numbers apart, tell of the same thing."""


def changed(draft: Draft, library: Library) -> Draft:
    """The draft with what later documents made of the clauses that it rests on: in their place where the question asks
    about these, beside them where it asks about others in the same sentence; and a word on it."""
    if draft.status != "answered" or (library.scope and library.scope.compared):
        return draft
    standings = library.standings()
    lines: list[Line | Row] = []
    words: list[str] = []
    for line in draft.lines:
        found = None if isinstance(line, Row) else _change(line, draft.question, standings, library)
        if found is None:
            lines.append(line)
            continue
        told, word, is_asked = found
        lines += told if is_asked else [line, *told]
        words.append(word)
    lines = list(dict.fromkeys(lines))
    notice = "；".join(filter(None, [draft.notice, *dict.fromkeys(words)]))
    return replace(draft, lines=tuple(lines), notice=notice or None)


def earlier(draft: Draft, library: Library) -> Draft:
    """The draft with a word on an earlier version that says otherwise what the answer rests on."""
    if (
        draft.status != "answered"
        or draft.notice
        or len(draft.lines) != 1
        or (library.scope and library.scope.compared)
    ):
        return draft
    (line,) = draft.lines
    if isinstance(line, Row) or len({quote.passage.document_id for quote in line.quotes}) != 1:
        return draft
    standings, own = library.standings(), line.quotes[0].passage.document_id
    versions = standings.versions(own)
    before = versions[: versions.index(own)][-1:]
    if not before or not (now := standings.of(own, library.today())) or not now.holds:
        return draft
    clause = _asked_clause(line.quotes[0], draft.question, library)
    was = _other_number(clause, library.document(before[0]).text)
    state = standings.of(before[0], library.today())
    if not was or state is None:
        return draft
    title = name_of(standings.title(before[0]))
    return replace(draft, notice=f"《{title}》{state.in_words}，规定不同：“{was}”")


def _change(
    line: Line, question: Question, standings: Standings, library: Library
) -> tuple[list[Line], str, bool] | None:
    """The lines that tell how a clause of this one was changed, the word on it for people, and whether they come in the
    place of this one, since the question asks about these words."""
    for quote in line.quotes:
        document_id = quote.passage.document_id
        if not standings.knows(document_id):
            continue
        text = library.document(document_id).text
        asked = flat(_asked_clause(quote, question, library))
        # 2023年的办法里 asks for that one's own words.
        own_words = any(f"{year}年" in question.whole for year in standings.years(document_id))
        for bound in reversed(standings.upon(document_id)):
            if bound.relation.kind != "amends" or (bound.since and bound.since > library.today()):
                continue
            for change in changes(bound, library):
                taken = change.taken_from(text, (quote.start, quote.end))
                if not taken or (change.is_whole and _is_said_still(quote, change, bound, library)):
                    continue
                old = map(flat, change.taken or (text[slice(*change.within)] if change.within else "",))
                is_asked = not own_words and any(each in asked or asked in each for each in old)
                done = "删去" if change.is_deleted else "修改"
                since = f"自{bound.since}起" if bound.since else ""
                what = taken if change.is_whole else "这里" if is_asked else f"其中{taken}"
                word = f"{what}{since}由《{name_of(bound.source.title)}》{done}"
                return _told(change, bound, quote.score, library), word, is_asked
    return None


def _told(change: Change, bound: Bound, score: float, library: Library) -> list[Line]:
    """The amendment's words, a line a sentence, since each is cited; what was deleted is told to be, since the words
    sound like an order."""
    text = library.document(bound.source.id).text
    lead = "已删去：" if change.is_deleted else ""
    spans: list[Span] = []
    for start, end in sentences(text, *change.span):
        # 将第四条修改为： says nothing without the line below it.
        open_since = spans.pop()[0] if spans and text[spans[-1][1] - 1] in "：:" else start
        spans.append((open_since, end))
    quotes = (Quote(library.passage_at(bound.source.id, span[0]), *span, score) for span in spans)
    return [Line(f"{lead}{as_sentence(text[quote.start : quote.end])}", (quote,)) for quote in quotes]


def _is_said_still(quote: Quote, change: Change, bound: Bound, library: Library) -> bool:
    """Whether the new words of an article have those of the quote, too, which then hold as before."""
    text = library.document(quote.passage.document_id).text
    said = _NUMBER.sub("", text[quote.start : quote.end])
    return flat(said) in flat(library.document(bound.source.id).text[slice(*change.span)])


def _asked_clause(quote: Quote, question: Question, library: Library) -> str:
    """The clause of a quote that meets the question best; one with a number where a number is asked for."""
    text, asked = library.document(quote.passage.document_id).text, question.terms
    parts = [text[start:end] for start, end in clauses(text, quote.start, quote.end)]
    if question.kind == "number":
        parts = [part for part in parts if _DIGITS.search(part)] or parts
    if not parts:
        return text[quote.start : quote.end]
    shares = met(asked, tuple(map(flat, parts)))
    weights = [
        sum(share * term.weight for share, term in zip(row, asked, strict=True)) / total(asked) for row in shares
    ]
    return parts[weights.index(max(weights))].rstrip("，,；;。")


def _other_number(clause: str, text: str) -> str:
    """The clause of another version that says the same but for its numbers; "" where none does."""
    if not _DIGITS.search(clause):
        return ""
    frame, own = _DIGITS.sub("", flat(clause)), _DIGITS.findall(flat(clause))
    best = ""
    for start, end in clauses(text):
        other = text[start:end].rstrip("，,；;。")
        if (numbers := _DIGITS.findall(flat(other))) and alike(frame, _DIGITS.sub("", flat(other))) >= _LEAST_FRAME:
            if numbers == own:
                return ""
            best = best or " ".join(other.split())
    return best


def alike(one: str, other: str) -> float:
    """Share of the character pairs of two texts that they have in common, 0 to 1."""
    return share_of_pairs(pairs_of(one), pairs_of(other))


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of characters that stand beside each other in a text."""
    return frozenset(text[at : at + 2] for at in range(max(len(text) - 1, 1)))


def share_of_pairs(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of both is in both, 0 to 1."""
    return 2 * len(one & other) / max(len(one) + len(other), 1)
