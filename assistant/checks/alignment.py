"""Alignment: each word of a sentence must stand in the words it cites, in the same or in other words, where it belongs.

    全省有村级诊所1510家        evidence  其中医院1260个，村级诊所1510个          家 says what 个 does
    全省有1510个医院            evidence  the same                               医院 stands with another number
    按报名时间录取              evidence  报名人数超过计划时，按落户时间录取        时间 has another word before it

Numbers, times and places have checks of their own; who does what has one in `assistant.checks.doers`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from assistant.checks.cited import BOUND, Cited, Word, is_excused, stands_in, words_between, words_of
from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem, ProblemKind
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import CONCLUDES, flat
from assistant.checks.synonyms import are_opposite, light, means_one_of, moves, sets_apart
from assistant.checks.turns import turned, turned_clause
from index.embedders.static import shipped
from sources.figures.metrics import metric_names, usual_names
from sources.sentences import Span, clauses

_HAN = re.compile("[一-鿿]")
_LEAD_IN_CHARS = 12
"""主要情况如下： states nothing yet."""
_ALIKE = 0.2
"""Cosine of two words' vectors: from here on they are of one kind (水稻, 玉米)."""
_MAIN_SHARE = 0.6
"""Of the words that the clause with most of them says."""
_DENIAL_SHARE = 0.75
_COUNTED = re.compile(r"[一二两三四五六七八九十百\d]")
_COUNTS = re.compile("[一二两三四五六七八九十百千半每各第]")
_FEW = re.compile("[两三四五六七八九十几](?:个|种|档|类|项|次|点|大类|方面|者)?(?![年月天日级倍成分])")
_NEAR = 4
"""Characters between a number and what bounds it."""
_COMPARES = re.compile("距离?|还?差|合计|总计|名义上?|前者|后者|高于|低于|多于|少于|相差|比")


@dataclass(frozen=True)
class Aligned:
    """A clause of the sentence, and where the evidence says its words."""

    text: str
    start: int
    words: Sequence[Word]
    at: Mapping[Word, Sequence[int]]
    """Those that state something → the clauses that say them."""
    anchors: Sequence[Mapping[int, Span]]
    """Of each of its numbers and days."""
    leads: Sequence[Word] = ()
    """Of the clauses before it that have no number: 校服每套，一中180元，二中150元."""

    @cached_property
    def said(self) -> frozenset[str]:
        """Its words, and those that its number is told under."""
        return frozenset(word.text for word in (*self.leads, *self.words))

    def says(self, word: Word) -> bool:
        """Whether it says a word of the evidence."""
        told = flat("".join(each.text for each in (*self.leads, *self.words)))
        return means_one_of(word.text, self.said) or stands_in(word.text, told)

    def main(self, share: float = _MAIN_SHARE) -> set[int]:
        """The clauses that say most of the words."""
        counts = Counter(place for places in self.at.values() for place in places)
        most = max(counts.values(), default=0)
        return {place for place, count in counts.items() if count >= max(1, share * most)}

    @property
    def homes(self) -> set[int]:
        """The clauses that it rests on: those with its numbers, with most of its words, or alone with two of them."""
        alone = Counter(places[0] for places in self.at.values() if len(places) == 1)
        with_two = {place for place, count in alone.items() if count > 1}
        return {place for each in self.anchors for place in each} | self.main(_DENIAL_SHARE) | with_two


def check_alignment(statement: Statement, asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Words of a sentence that stand nowhere in what it cites, or with something else there."""
    if statement.is_english or (statement.leads and len(statement.text) <= _LEAD_IN_CHARS):
        return
    evidence = Cited(statement.grounds)
    every = words_of(statement.text)
    skip = list(_checked_elsewhere(statement, evidence))
    strange: list[str] = []
    aligned: list[Aligned] = []
    leads: list[Word] = []
    is_bound = False
    for start, end in clauses(statement.text):
        own = list(words_between(every, start, end))
        at: dict[Word, list[int]] = {}
        for word in own:
            if word.text in light() or any(first <= word.start and word.end <= last for first, last in skip):
                continue
            around = statement.text[max(0, word.start - 1) : word.start], statement.text[word.end : word.end + 1]
            at[word] = evidence.places(word.text, around)
            if not (at[word] or evidence.is_above(word.text, around) or evidence.says_parts(word)):
                run = _run(word, every)
                if len(run) < 2 or not any(run in each.initials for each in evidence.clauses):
                    strange.append(word.text)
        anchors = evidence.anchors(statement, start, end)
        clause = Aligned(statement.text[start:end], start, own, at, anchors, leads if anchors else ())
        leads = leads if anchors else [*leads, *own]
        aligned.append(clause)
        borrowed = list(_of_others(clause, evidence))
        is_bound = is_bound or bool(clause.anchors and not borrowed)
        yield from borrowed
        yield from _modified(clause, evidence)
        yield from turned_clause(statement, (start, end), evidence)
    # The question lends its words to a number that stands by what it counts.
    strange = [word for word in strange if not (is_bound and word in asking.flat)]
    if not is_excused(strange, statement):
        yield from (Problem("not_supported", word) for word in strange)
    homes = {(each.start, each.start + len(each.text)): each.homes for each in aligned}
    yield from turned(statement, homes, evidence)


def _checked_elsewhere(statement: Statement, evidence: Cited) -> Iterator[Span]:
    text = statement.text
    yield 0, len(statement.attribution)
    for period in statement.mentions:
        if period in statement.periods or not _COUNTED.search(period.text):
            yield period.start, period.end
    for numbers in (statement.quantities, statement.formulas):
        yield from ((each.start, each.end) for each in numbers)
    yield from ((region.start, region.end) for region in statement.regions)
    yield from (match.span() for match in _FEW.finditer(text))
    for quantity in statement.quantities:
        near = max(0, quantity.start - _NEAR), min(len(text), quantity.end + _NEAR)
        yield from (match.span() for match in BOUND.finditer(text, *near))
    if statement.formulas or len(statement.quantities) > 1:
        yield from (match.span() for match in _COMPARES.finditer(text))
    if statement.formulas:
        yield from (match.span() for match in CONCLUDES.finditer(text))
    if len(re.findall("[A-Za-z]", text)) > len(_HAN.findall(text)):
        yield from (match.span() for match in re.finditer("[A-Za-z]+", text))
    there = usual_names("。".join(each.text for each in (*evidence.clauses, *evidence.above)))
    yield from (span for span in metric_names(text) if usual_names(text[slice(*span)]) in there)


def _run(word: Word, every: Sequence[Word]) -> str:
    """The single characters in a row that the word is one of: 发, 改, 局."""
    first = last = every.index(word)
    while first and _is_single(every[first - 1]) and every[first - 1].end == every[first].start:
        first -= 1
    while last + 1 < len(every) and _is_single(every[last + 1]) and every[last].end == every[last + 1].start:
        last += 1
    return "".join(each.text for each in every[first : last + 1])


def _is_single(word: Word) -> bool:
    return len(word.text) == 1 and word.text not in light()


# --- with something else ------------------------------------------------------------------------------------------


def _of_others(clause: Aligned, evidence: Cited) -> Iterator[Problem]:
    """Words that stand with something else in the evidence than in the sentence, which leaves that out."""
    if " " in clause.text.strip():
        return  # a table's row
    leads = [{place for home in places for place in evidence.lead(home)} for places in clause.anchors]
    kind: ProblemKind = "number_mismatch" if clause.anchors else "not_supported"
    groups = [
        [
            _other_number(clause, home, number, evidence, set().union(*leads[:n], *leads[n + 1 :]))
            for home, number in places.items()
        ]
        for n, places in enumerate(clause.anchors)
    ] or [[_other_clause(clause, home, evidence) for home in sorted(clause.main())]]  # fmt: skip
    for conflicts in groups:
        if conflicts and all(conflicts) and (first := conflicts[0]):
            yield Problem(kind, f"{first[0]}≠{first[1]}")
            return


def _other_number(
    clause: Aligned, home: int, number: Span, evidence: Cited, of_others: set[int]
) -> tuple[str, str] | None:
    """A word from elsewhere, and the one next to the number that the sentence leaves out for it.

    `of_others` are the clauses that the sentence's other numbers rest on.
    """
    mine = evidence.lead(home) | of_others
    others = [word for word, places in clause.at.items() if not mine & set(places) and not moves(word.text)]
    part = evidence.clauses[home].part
    for word in others:
        if clause.at[word] and all(evidence.clauses[place].part > part for place in clause.at[word]):
            return word.text, word.text  # a later sentence speaks of it
    own = evidence.clauses[home].label
    beside = [word for word in own if word.end <= number[0]][-1:]
    beside += [word for word in own if word.start >= number[1]][:1]
    if not beside:
        beside = [word for place in sorted(evidence.lead(home) - {home}) for word in evidence.clauses[place].label][-3:]
    missing = [word for word in beside if not clause.says(word)]
    return (others[0].text, missing[0].text) if others and missing and len(missing) == len(beside) else None


def _other_clause(clause: Aligned, home: int, evidence: Cited) -> tuple[str, str] | None:
    """A word from elsewhere, and one of its kind that the sentence leaves out."""
    lead = evidence.lead(home)
    others = [word for word, places in clause.at.items() if places and not lead & set(places)]
    missing = [word for word in evidence.clauses[home].label if not clause.says(word)]
    return next(
        ((other.text, each.text) for other in others for each in missing if _of_one_kind(other, each)), None
    )  # fmt: skip


def _of_one_kind(one: Word, other: Word) -> bool:
    if one.text[-1] == other.text[-1] or are_opposite(one.text, other.text):
        return True
    if min(one.number, other.number) < 0:
        return False
    vectors = shipped().word_vectors(np.array([one.number, other.number]))
    length = float(np.linalg.norm(vectors[0]) * np.linalg.norm(vectors[1]))
    return length > 0 and float(vectors[0] @ vectors[1]) / length >= _ALIKE


def _modified(clause: Aligned, evidence: Cited) -> Iterator[Problem]:
    """A word before another one that has something else before it in the evidence: 报名时间 for 落户时间."""
    main = clause.main()
    for one, head in pairwise(clause.words):
        if len(head.text) < 2 or one.end != head.start or one not in clause.at:
            continue
        if sets_apart(one.text) or not (clause.at[one] or evidence.is_above(one.text)):
            continue
        given = {
            home: earlier
            for home in main
            for earlier, word in pairwise(evidence.clauses[home].words)
            if word.text == head.text and earlier.end == word.start
        }
        if given.keys() & set(clause.at[one]):
            continue
        if given and not any(_is_harmless(each, one, clause) for each in given.values()):
            yield Problem("not_supported", f"{one.text}≠{next(iter(given.values())).text}")


def _is_harmless(given: Word, one: Word, clause: Aligned) -> bool:
    """Whether the word in its place states nothing, is said elsewhere in the clause, or is much the same."""
    is_said = given.text in light() or means_one_of(given.text, clause.said)
    return is_said or bool(set(given.text) & set(one.text)) or bool(_COUNTS.match(given.text))
