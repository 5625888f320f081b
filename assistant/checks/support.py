"""How far a text carries a sentence, word by word, and which clauses of a passage carry it best."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from sources.sentences import Span, clauses

Terms = Counter[str]
_QUOTES = str.maketrans("", "", "“”‘’\"'「」『』《》〈〉*`_")
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_RUN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?%?)|(?P<word>[a-z][a-z0-9&-]*)|(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)"
)
# Left out of runs of Chinese characters, so that 收入的增长 and 收入增长 share their words.
_PARTICLES = re.compile("[的了在是为于和与及把被将也都就并而则其等共已]")
_ENGLISH_PARTICLES = re.compile(
    "(?:an?|the|of|in|on|at|to|for|from|by|with|and|or|as|is|are|was|were|been?|has|have|had|its?|this|that|these|those|"
    "which|who|whose|their|than|into|also|not?)"
)
_ENDING = re.compile("(?<=[a-z]{3})(?:ing|ed|es|e|s)$")
"""So that increase, increases, increased and increasing are one word."""
GLUE = re.compile(
    "没有达到|没有实现|达到了|实现了|不是|并非|并不|而是|前提|不对|实际上|实际|目标|相差|差额|高于|低于|多出|少了|因此|所以|其中|"
    "分别|以及|大约|根据|按照|资料|显示|提到|指出|文件|报告|方案|文中|介绍|包括|主要|具体|即|称为|是指|共有|一共|总共|合计|"
    "(?:地区|单位|部门|对象|内容|措施|条件|范围|时间|地点|原因|方面)(?:[有为是]|包括)|"
    "但是?|不过|同时|此外|而且|只[能有]|"
    "从|涨到|增至|升至|降至|比|相比|不?超过|左右|接近|将近|约|以[内上下]|不[足到]|达到?"
)
"""Words that join and report, and state nothing themselves."""
EMPTY = re.compile("[的了在是为于和与及把被将也都就并而则其等共已约达到个有该此我本从自到至把对向由以所也中]+")
"""Words that may stand for one another, and say nothing of their own."""
CONCLUDES = re.compile(
    "距离?|还?差|增加|减少|合计|总计|占|提高|降低|高出?|低|多|少|名义上?|为|倍|增长|下降|增幅|目标|完成率"
)
"""What a shown calculation comes to is told in words of its own."""
_WEIGHTS = {"number": 3.0, "word": 2.0}
"""A bigram weighs 1: a number tells more than two characters do, a word about as much as two bigrams."""


def flat(text: str) -> str:
    """`text` for literal comparison: narrow, lower-case, no white space, quotation marks, marks [1], or commas in
    thousands."""
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+|\[\d{1,3}\]", "", plain).translate(_QUOTES).lower()


@lru_cache(maxsize=4096)
def terms(text: str) -> Terms:
    """Numbers, words and pairs of neighbouring Chinese characters in `text`, with how often each occurs."""
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text)).translate(_QUOTES).lower()
    counts: Terms = Counter()
    for run in _RUN.finditer(plain):
        if run["han"]:
            characters = _PARTICLES.sub("", run["han"])
            if len(characters) == 1:
                counts[characters] += 1
            for at in range(len(characters) - 1):
                counts[characters[at : at + 2]] += 1
        elif run["number"]:
            counts[run[0]] += 1
        elif not _ENGLISH_PARTICLES.fullmatch(run["word"]):
            counts[_ENDING.sub("", run["word"])] += 1
    return counts


def weight(of: Terms) -> float:
    """The sum of the terms' weights."""
    return sum(count * _weight(term) for term, count in of.items())


def coverage(sentence: Terms, evidence: Terms) -> float:
    """The share, by weight, of `sentence` that `evidence` holds, 0 to 1; 1 for a sentence without terms."""
    total = weight(sentence)
    if not total:
        return 1.0
    return sum(count * _weight(term) for term, count in sentence.items() if term in evidence) / total


def quotes(sentence: str, passage: str, *, most: int = 3) -> list[Span]:
    """Spans of `passage` whose words carry `sentence` best: the fewest whole clauses, in order; empty when none does.

    One span is enough mostly; another is added for what the first leaves open (a sentence that joins two facts).
    """
    pieces = clauses(passage)
    wanted = terms(sentence)
    spans: list[Span] = []
    while len(spans) < most and wanted:
        best = _best_run(wanted, passage, pieces, taken=spans)
        if best is None or (spans and not _worth_adding(wanted, sentence, passage, best)):
            break
        spans.append(best)
        held = terms(passage[best[0] : best[1]])
        wanted = Counter({term: count for term, count in wanted.items() if term not in held})
    return sorted(spans)


def _weight(term: str) -> float:
    if term[0].isdigit():
        return _WEIGHTS["number"]
    return _WEIGHTS["word"] if term[0].isascii() else 1.0


def _best_run(wanted: Terms, passage: str, pieces: list[Span], *, taken: list[Span]) -> Span | None:
    """The run of neighbouring clauses of one line with the best F-score of the wanted terms, recall counting twice."""
    total = weight(wanted)
    best, best_score = None, 0.0
    for first in range(len(pieces)):
        for last in range(first, min(len(pieces), first + 12)):
            start, end = pieces[first][0], pieces[last][1]
            if "\n" in passage[start:end] or any(start < stop and begin < end for begin, stop in taken):
                break
            held = terms(passage[start:end])
            shared = sum(_weight(term) * count for term, count in wanted.items() if term in held)
            if not shared:
                continue
            recall, precision = shared / total, min(1.0, shared / weight(held))
            score = 5 * recall * precision / (4 * precision + recall)
            if score > best_score + 1e-9:
                best, best_score = (start, end), score
    if best is None:
        return None
    start, end = best
    while end > start and passage[end - 1] in "，,；;、：: \n":
        end -= 1
    return start, end


def _worth_adding(left: Terms, sentence: str, passage: str, span: Span) -> bool:
    """Whether a further quote carries a number that was still open, or a good part of the sentence."""
    held = terms(passage[span[0] : span[1]])
    shared = Counter({term: count for term, count in left.items() if term in held})
    return any(term[0].isdigit() for term in shared) or weight(shared) >= 0.2 * weight(terms(sentence))
