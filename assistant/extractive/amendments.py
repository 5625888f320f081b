"""Amendments: later words that change what an answer rests on, and what an earlier version said instead.

第二条 晚餐每餐补贴3元……    将第二条中的“晚餐每餐补贴3元”修改为“晚餐每餐补贴4元”
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.extractive.compose import Draft, Line, Quote, Row, as_sentence
from assistant.extractive.statements import unnumbered
from assistant.library import Library
from assistant.question.question import Question
from assistant.question.terms import Term, flat, met, total
from index.standing import Standings
from sources.mentions.titles import name_of
from sources.sentences import Span, clauses, sentences

_TO = r"(?:修改|调整|变更|提高|降低|增加|减少|延长|缩短|放宽|改|上调|下调|修订)(?:为|至|到|成)"
_QUOTED = re.compile(rf"[“\"「](?P<old>[^”\"」]{{1,200}})[”\"」][^“\"「]{{0,12}}?{_TO}")
_FROM = re.compile(rf"由(?:原来?的)?(?P<old>[^，。；由]{{2,40}}?){_TO}")
CHANGES = re.compile(rf"{_TO}|删(?:除|去)|取消|增加一[条款项]|不再|废止|扩大")
"""What a sentence holds that changes a rule."""
_DIGITS = re.compile(r"\d[\d,.]*")
_LEAST_FRAME = 0.75
"""Share of common character pairs from which two clauses, their numbers apart, tell of the same thing."""


def changed(draft: Draft, library: Library) -> Draft:
    """The draft with what later documents made of the clauses that it rests on: in their place where the
    question asks about these, as a word on it where it asks about others in the same sentence."""
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
        change, since, taken, is_asked = found
        lines.append(change if is_asked else line)
        title = name_of(standings.title(change.quotes[0].passage.document_id))
        what = "这里" if is_asked else f"其中“{taken}”"
        words.append(f"{what}{f'自{since}起' if since else ''}由《{title}》修改")
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
    clause = _asked_clause(line.quotes[0], draft.question.terms, library)
    was = _other_number(clause, library.document(before[0]).text)
    state = standings.of(before[0], library.today())
    if not was or state is None:
        return draft
    title = name_of(standings.title(before[0]))
    return replace(draft, notice=f"《{title}》（{state.in_words}）的规定不同：“{was}”")


def changes(document_text: str, since: int) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """The sentences after `since` that change a rule, each with the words that it takes out of that."""
    for start, end in sentences(document_text, since):
        text = document_text[start:end]
        if CHANGES.search(text):
            old = [found["old"] for pattern in (_QUOTED, _FROM) for found in pattern.finditer(text)]
            yield unnumbered(document_text, (start, end)), tuple(old)


def _change(
    line: Line, question: Question, standings: Standings, library: Library
) -> tuple[Line, str, str, bool] | None:
    """The words that change a clause of the line, since when, which words they take out, and whether the question asks
    about these."""
    for quote in line.quotes:
        document_id = quote.passage.document_id
        if not standings.knows(document_id):
            continue
        said = library.document(document_id).text[quote.start : quote.end]
        asked = flat(_asked_clause(quote, question.terms, library))
        # 2023年的办法里 asks for that one's own words.
        own_words = any(f"{year}年" in question.whole for year in standings.years(document_id))
        for bound in reversed(standings.upon(document_id)):
            if bound.relation.kind != "amends" or (bound.since and bound.since > library.today()):
                continue
            text = library.document(bound.source.id).text
            for span, taken in changes(text, bound.relation.end):
                here = [each for each in taken if flat(each) in flat(said)]
                if here:
                    change = Quote(library.passage_at(bound.source.id, span[0]), *span, quote.score)
                    is_asked = not own_words and any(flat(each) in asked or asked in flat(each) for each in here)
                    return Line(as_sentence(text[slice(*span)]), (change,)), bound.since, here[0], is_asked
    return None


def _asked_clause(quote: Quote, asked: Sequence[Term], library: Library) -> str:
    """The clause of a quote that meets the question best."""
    text = library.document(quote.passage.document_id).text
    parts = [text[start:end] for start, end in clauses(text, quote.start, quote.end)]
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
