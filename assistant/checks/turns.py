"""Turns: what a sentence denies, has done, or lets rise or fall, where its evidence has it the other way round.

视为不同意               evidence  逾期未办结的，视为同意
教师已完成培训           evidence  教师需要培训
同比上涨1.4%             evidence  同比下降1.4%
期满后十五日内           evidence  期满前十五日内
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from assistant.checks.circumstances import is_done
from assistant.checks.cited import Cited, words_between, words_of
from assistant.checks.problems import Problem
from assistant.checks.statement import Statement
from assistant.checks.synonyms import are_opposite, moves
from sources.mentions.numerals import Quantity
from sources.sentences import Span

_ENDS = "，。；,.; "
_NEVER_DENIES = re.compile(
    "不超过|不低于|不少于|不高于|不多于|不大于|不小于|不足|不到|不满|不够|不止|不断|不仅|不同(?!意)|不少|不限|不只|未来|未成年"
    "|无线|非常"
)
_DENIES = re.compile(
    "不得|不能|不可|没有|未能|尚未|并非|无法|无须|无需|禁止|严禁|拒绝|免(?=收|征|费|除|交)|[不没未无勿]|非(?=营利|税)"
)
_IS_DONE = re.compile("已经?(?!知)|完成了|现已")
_IS_TO_BE = re.compile("需要?|要(?!求|素|闻)|将(?!军)|计划|力争|争取|拟|[底月日]前|应当|预计|目标|鼓励")
_TO = re.compile("[到至为]")
_ABOUT = {"前": "后", "后": "前", "内": "外", "外": "内"}


def turned(statement: Statement, homes: Mapping[Span, set[int]], evidence: Cited) -> Iterator[Problem]:
    """What is wrong with a sentence's clauses, each with the clauses of the evidence that it rests on."""
    yield from _denied(statement, homes, evidence)
    for (start, end), places in homes.items():
        there = [evidence.clauses[place].text for place in places]
        open_ones = [
            text for text in there if _IS_TO_BE.search(text) and not is_done(text) and not _IS_DONE.search(text)
        ]
        if there and open_ones == there and _IS_DONE.search(statement.text, start, end):
            yield Problem("status_mismatch", statement.text[start:end].strip(_ENDS))


def _denied(statement: Statement, homes: Mapping[Span, set[int]], evidence: Cited) -> Iterator[Problem]:
    """Clauses that deny more or less often than their evidence; those that rest on the same are taken together."""
    groups: list[tuple[list[Span], set[int]]] = []
    for span, places in homes.items():
        joined = [group for group in groups if group[1] & places]
        groups = [group for group in groups if not group[1] & places]
        spans = [*(each for group in joined for each in group[0]), span]
        groups.append((spans, places.union(*(group[1] for group in joined))))
    for spans, places in groups:
        said = _denials("".join(statement.text[start:end] for start, end in spans))
        there = [evidence.clauses[place].text for place in sorted(places)]
        if places and said not in {_denials(text) for text in (*there, "".join(there))}:
            yield Problem("negation_mismatch", statement.text[spans[0][0] : spans[-1][1]].strip(_ENDS))


def _denials(text: str) -> int:
    """How often it denies."""
    return len(_DENIES.findall(_NEVER_DENIES.sub("", text)))


def turned_clause(statement: Statement, span: Span, evidence: Cited) -> Iterator[Problem]:
    """A number that rises where it falls in the evidence, or that is where it goes to, not by how much; 前 for 后."""
    text, (start, end) = statement.text, span
    there = "".join(each.text for each in evidence.clauses)
    for match in re.finditer("[前后内外]", text[start:end]):
        at = start + match.start()
        words = text[max(start, at - 2) : at]
        if len(words) == 2 and words + _ABOUT[match[0]] in there and words + match[0] not in there:
            yield Problem("negation_mismatch", words + match[0])
    for quantity in statement.quantities:
        own = [word for word in words_between(words_of(text), start, quantity.start) if moves(word.text)][-1:]
        if not own or not start <= quantity.start < end:
            continue
        goes_to = bool(_TO.search(text, own[0].start, quantity.start))
        found = []
        for home, (first, _) in evidence.printing(partial(_is_same, given=quantity)).items():
            clause = evidence.clauses[home]
            for word in [word for word in clause.words if word.end <= first and moves(word.text)][-1:]:
                is_to = bool(_TO.search(clause.text, word.start, first))
                found.append(are_opposite(own[0].text, word.text) or goes_to != is_to)
        if found and all(found):
            yield Problem("negation_mismatch", own[0].text + quantity.text)


def _is_same(printed: Quantity, *, given: Quantity) -> bool:
    return (printed.value, printed.unit) == (given.value, given.unit)
