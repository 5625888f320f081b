"""English clauses against English evidence: denied, turned into the opposite, or told as done where it is only planned.

The board approved the increase.         evidence  The board did not approve the increase.
Ridership fell 4.6%.                     evidence  Ridership rose 4.6%.
The agency retired its diesel buses.     evidence  It plans to retire its diesel buses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.checks.circumstances import is_target
from assistant.checks.cited import before, is_excused
from assistant.checks.ground import Clause
from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import coverage, terms
from assistant.checks.synonyms import light, may_mean, means_one_of

_HAN = re.compile("[一-鿿]{2}")
_LIKE_SHARE = 0.6
"""Of a clause's words in the evidence's clause that it is held against."""
_MIN_WORDS = 5
_NOT = re.compile(r"\b(?:not?|never|without|neither|nor|none|cannot|unable)\b|n't\b", re.IGNORECASE)
_REFUSES = re.compile(r"\b(?:bann|prohibit|forbid|forbad|reject|refus)", re.IGNORECASE)
"""What was rejected was not accepted."""
_WANTED = re.compile(
    r"\b(?:plan|aim|goal|target|expect|intend|propose|will|would|shall|to be|should)|\bby 20\d\d", re.IGNORECASE
)
_OPPOSITES = tuple(
    tuple(re.compile(rf"\b(?:{words})", re.IGNORECASE) for words in pair)
    for pair in (
        (
            r"rose\b|ris(?:e|en|ing)\b|increas|grew\b|grow|gain|up\b",
            r"fell\b|fall|declin|decreas|dropp|shr[aiu]nk|down\b|lost\b",
        ),
        (r"more than|over\b|above", r"less than|fewer|under\b|below"),
        (r"highest|most\b|largest", r"lowest|least\b|smallest"),
        (r"approv|adopt|accept", r"reject|refus"),
        (r"before\b", r"after\b"),
        (r"open", r"clos"),
    )
)


def check_english(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """What is wrong with an English sentence's clauses; nothing for a sentence in another language."""
    if not statement.is_english:
        return
    given = [clause for ground in statement.grounds for clause in ground.clauses]
    for clause in statement.clauses:
        best = max(given, key=lambda each: coverage(clause.terms, each.terms), default=None)
        if best is None or coverage(clause.terms, best.terms) < _LIKE_SHARE:
            continue
        denied = [bool(_NOT.search(text)) for text in (clause.text, best.text)]
        refused = [bool(_REFUSES.search(text)) for text in (clause.text, best.text)]
        if refused[0] == refused[1] if denied[0] != denied[1] else _is_opposite(clause.text, best.text):
            yield Problem("negation_mismatch", clause.text)
        elif _is_of_another(clause, best, statement) or _is_exchanged(clause.text, best.text):
            yield Problem("not_supported", clause.text)
        elif is_target(best.text) and not _WANTED.search(clause.text):
            yield Problem("status_mismatch", clause.text)


def check_english_words(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Words of an English sentence that stand, in the same or in other words, nowhere in the English words it cites."""
    grounds = statement.grounds
    if not statement.is_english or any(_HAN.search(ground.text) for ground in grounds):
        return
    quoted = " ".join(ground.text[slice(*ground.around)] for ground in grounds)
    above = " ".join(f"{ground.about} {before(ground)}" for ground in grounds)
    there, named = _words(quoted), set(_words(above))
    stems = {stem for word in (*there, *named) for stem in terms(word)}
    strange = [
        word
        for word in _words(statement.text[len(statement.attribution) :])
        if word not in light() and not terms(word).keys() <= stems and not means_one_of(word, there)
        if not may_mean(word, there)
    ]
    if not is_excused(strange, statement):
        yield from (Problem("not_supported", word) for word in strange)


def _words(text: str) -> list[str]:
    plain = re.sub(r"[’']s\b", "", text.lower())
    return [re.sub("ies$", "y", word) for word in re.findall(r"[a-z]{2,}", plain)]


def _is_of_another(claim: Clause, given: Clause, statement: Statement) -> bool:
    """Whether the evidence says it of another, and has the subject elsewhere: Businesses must for Households must."""
    ours, theirs = (next((word for word in clause.terms if word[0].isalpha()), "") for clause in (claim, given))
    whole = terms(statement.text)
    elsewhere = any(ours in clause.terms for ground in statement.grounds for clause in ground.clauses)
    return bool(ours and theirs) and ours not in given.terms and theirs not in whole and elsewhere


def _is_exchanged(claim: str, given: str) -> bool:
    """Whether all words are the evidence's but one: closed on Sundays for closed on Mondays."""
    pair = [re.findall(r"[a-z][a-z-]*", text.lower()) for text in (claim, given)]
    if len(pair[0]) != len(pair[1]) or len(pair[0]) < _MIN_WORDS:
        return False
    differing = [(one, other) for one, other in zip(*pair, strict=True) if one != other]
    return len(differing) == 1 and all(terms(word) for word in differing[0])


def _is_opposite(claim: str, given: str) -> bool:
    """Whether `claim` has one word of a pair, and `given` only the other."""
    return any(
        one.search(claim) and other.search(given) and not other.search(claim) and not one.search(given)
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )
