"""The words of an answer's sentence: times, places, negations, quotations, and whether the evidence has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.checks.circumstances import carries_place, fits, is_done, is_target
from assistant.checks.copying import slips
from assistant.checks.ground import Ground, is_plan_period
from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem, ProblemKind
from assistant.checks.sentences import SHORT_CHARS
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import CONCLUDES, GLUE, Terms, coverage, flat, terms, weight
from assistant.checks.synonyms import moves
from index.queries.glossary import to_chinese
from sources.mentions.periods import Fit, Period, fit
from sources.words import groups

_MIN_NOVEL_COVERAGE = 0.5
"""Of what an English sentence says beyond the question, once it is put into Chinese."""
_MIN_COVERAGE = 0.3
"""Of the whole sentence, the question's words included."""
_MIN_COVERAGE_BESIDE_NOVEL = 0.15
"""The same where nearly all that is new is there: a question may use quite other words than the documents."""
_MIN_MARK_SHARE = 0.12
"""Of the shorter of sentence and quote: a mark whose quote shares less is to the wrong place."""
_LEAD_IN_CHARS = 12
"""主要情况如下： states nothing yet."""
_OPPOSITES = groups("opposites", "told")
_OPPOSITE_CHARACTERS = tuple(map(set, groups("opposites", "character")))
_NUMERAL = re.compile("[一二两三四五六七八九十百千零]+")
_CONTRASTS = groups("contrasts", "told")
_QUOTED = re.compile(r"“([^”]{2,60})”|「([^」]{2,60})」|\"([^\"]{4,60})\"")
_HAN = re.compile("[一-鿿]{2}")
_ONLY_DENIES = re.compile("[不未没无非]")
_DAY = re.compile(r"-\d\d-\d\d$")
_BARE_DAY = re.compile(r"\d{1,2}[日号]")
_PUBLISHED = re.compile("发布|公布|印发|刊登|报道|出台|讯")
_LEVELS = tuple("国省市县区乡镇村")
_BOUND_WORDS = re.compile("不超过|不高于|不低于|不少于|不足(?=$)|不到(?=$)|控制在")


def check_times(statement: Statement, _asking: Asking, numbers: Numbers) -> Iterator[Problem]:
    """The times that the sentence names and its evidence doesn't tell of."""
    for period in statement.periods:
        known = bool(numbers.supported)
        if not any(_carries_time(ground, period, statement.text, has_number=known) for ground in statement.grounds):
            yield Problem("period_mismatch", period.text)


def check_places(statement: Statement, _asking: Asking, numbers: Numbers) -> Iterator[Problem]:
    """The places that the sentence names and its evidence doesn't tell of."""
    for region in statement.regions:
        if not any(carries_place(ground, region, has_number=bool(numbers.supported)) for ground in statement.grounds):
            yield Problem("region_mismatch", statement.text[region.start : region.end])


def support(statement: Statement) -> float:
    """The share of the sentence's words, by weight, that its grounds hold, 0 to 1; 1 for one that is quoted."""
    if statement.is_verbatim:
        return 1.0
    evidence = _evidence(statement)
    return coverage(terms(GLUE.sub(" ", _comparable(statement, evidence))), evidence) if statement.grounds else 0.0


def check_what_was_asked(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Whether a number that leaves time and place to the question stands in evidence about that time and place."""
    if not statement.quantities:
        return
    period, region = statement.asked_period, statement.asked_region
    text = statement.text
    if period and not any(_carries_time(ground, period, text, has_number=True) for ground in statement.grounds):
        yield Problem("period_mismatch", period.text)
    # Evidence that names no place at all may well be about the one asked for.
    placed = [ground for ground in statement.grounds if ground.regions or ground.regions_above]
    if region and placed and not any(carries_place(ground, region, has_number=True) for ground in placed):
        yield Problem("region_mismatch", region.name)


def _carries_time(ground: Ground, claim: Period, statement: str, *, has_number: bool) -> bool:
    # Where the quote names its year, another one from elsewhere in the passage is another statement's.
    quoted = [period for period in ground.periods if ground.quote[0] <= period.start < ground.quote[1]]
    named = [period for period in quoted if re.search(r"\d{4}", period.text) and not is_plan_period(period)]
    if named:
        if any(fits(claim.value, period.value, has_number=has_number) for period in quoted):
            return True
        if all(fit(claim.value, period.value) is Fit.DIFFERENT for period in named):
            return False
    above = ground.periods_above if not _DAY.search(claim.value) or _PUBLISHED.search(statement) else set()
    given = {period.value for period in ground.periods} | above
    ends = {end for value in given for end in value.split("..")}
    if _BARE_DAY.fullmatch(claim.text) and claim.text in ground.flat:
        return True  # 6月13日、14日
    if _DAY.search(claim.value) and claim.value in ends:
        return True
    return any(fits(claim.value, value, has_number=False) for value in given)


def check_opposites(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """The opposites of the evidence's words, and what is told as done where it is wanted."""
    claim = flat(statement.text).replace("不允许", "不得").replace("不可以", "不得")
    evidence = "\n".join(flat(ground.text[slice(*ground.around)]) for ground in statement.grounds)
    # 没有达到：目标是6万元，实际为54939元 draws a conclusion from two numbers; what it negates stands nowhere.
    concludes = bool(statement.formulas) or (len(statement.quantities) > 1 and is_target(evidence))
    kinds: tuple[tuple[tuple[tuple[str, ...], ...], ProblemKind], ...] = (
        (_OPPOSITES, "negation_mismatch"),
        (_CONTRASTS, "not_supported"),
    )
    if is_target(evidence) and not is_target(claim) and is_done(claim) and not is_done(evidence) and not concludes:
        yield Problem("status_mismatch", statement.text)
    for pairs, kind in kinds:
        for pair in pairs:
            if statement.quantities and all(map(moves, pair)):
                continue  # which way each number goes is told in `assistant.checks.turns`
            for one, other in (pair, pair[::-1]):
                if one in claim and other not in claim and other in evidence and one not in evidence:
                    yield Problem(kind, one)


def check_copying(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Where a clause is the evidence's but for a negation, an opposite, a numeral or a level."""
    if statement.leads:
        return
    for slip in slips(statement):
        claim, given = (_BOUND_WORDS.sub("", words) for words in slip)
        if _ONLY_DENIES.fullmatch(claim + given):
            yield Problem("negation_mismatch", claim or given)
        elif any(_are_opposite(claim, given, pair) for pair in _OPPOSITES) or {claim, given} in _OPPOSITE_CHARACTERS:
            yield Problem("negation_mismatch", claim)
        elif claim != given and _NUMERAL.fullmatch(claim) and _NUMERAL.fullmatch(given):
            yield Problem("number_mismatch", claim)
        elif claim != given and claim in _LEVELS and given in _LEVELS:
            yield Problem("not_supported", claim)


def _are_opposite(claim: str, given: str, pair: tuple[str, ...]) -> bool:
    """Whether a slip turns one word of the pair into the other: 以上 into 以下 is 上 into 下."""
    both = [
        word.replace(one, other) == word_of for word, word_of in (pair, pair[::-1]) for one, other in ((given, claim),)
    ]
    return bool(claim and given) and any(both)


def check_quotations(statement: Statement, asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """What the sentence puts in quotation marks must be words of the document, or of the question."""
    evidence = [text for ground in statement.grounds for text in (ground.flat, ground.flat_about, ground.flat_document)]
    evidence.append(asking.flat)
    for match in _QUOTED.finditer(statement.text):
        words = flat(next(filter(None, match.groups()))).strip("，。,.;；")
        is_translation = statement.is_english and not _HAN.search(words)
        if not is_translation and not any(words in text for text in evidence):
            yield Problem("quote_not_verbatim", match[0])


def check_each_mark(statement: Statement, asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Whether each of a sentence's marks leads to some of its words."""
    if len(re.findall(r"\w", statement.text)) <= SHORT_CHARS:
        return
    text = to_chinese(statement.text) if statement.is_english else ""
    claim = terms(f"{statement.text}\n{text}")
    known = claim + asking.terms
    for ground in statement.grounds:
        quote = terms(ground.citation.quote)
        shared = weight(Terms({term: count for term, count in quote.items() if term in known}))
        if claim and quote and shared < _MIN_MARK_SHARE * min(weight(claim), weight(quote)):
            yield Problem("not_supported", f"[{ground.citation.number}]")


def check_translated(statement: Statement, asking: Asking, numbers: Numbers) -> Iterator[Problem]:
    """Whether an English sentence shares enough of what the glossary knows with its Chinese evidence."""
    is_lead_in = statement.leads and len(re.findall(r"\w", statement.text)) <= _LEAD_IN_CHARS
    if is_lead_in or not statement.is_english or not any(_HAN.search(ground.text) for ground in statement.grounds):
        return
    evidence = _evidence(statement)
    text = to_chinese(_comparable(statement, evidence))
    if not _HAN.search(text):  # without a word that the glossary knows, a number or date must do
        if not numbers.supported and not statement.periods:
            yield Problem("not_supported", statement.text)
        return
    text = GLUE.sub(" ", text)
    claim = terms(CONCLUDES.sub(" ", text) if statement.formulas else text)
    novel = Terms({term: count for term, count in claim.items() if term not in asking.terms})
    held = coverage(novel, evidence) if weight(novel) else 0.0
    least = _MIN_COVERAGE_BESIDE_NOVEL if held > 0.8 else _MIN_COVERAGE
    if (weight(novel) and held < _MIN_NOVEL_COVERAGE) or coverage(claim, evidence) < least:
        yield Problem("not_supported", statement.text)


def check_foreign_words(statement: Statement, asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Latin words in a Chinese sentence that stand nowhere: a script, a path, a command, and no abbreviation."""
    words = dict.fromkeys(re.findall(r"[A-Za-z][a-z]{2,}", statement.text))
    if len(words) > len(re.findall("[一-鿿]", statement.text)) / 2:
        return
    known = {*asking.terms, *_evidence(statement)}
    novel = [word for word in words if not terms(word).keys() <= known]
    if len(novel) > 1:
        yield Problem("not_supported", " ".join(novel))


def _evidence(statement: Statement) -> Terms:
    return sum((terms(ground.text) + terms(ground.about) for ground in statement.grounds), Terms())


def _comparable(statement: Statement, evidence: Terms) -> str:
    """The sentence without who said it, without calculations, and without numbers that stand there in no such form.

    百分之五 was found as 5%, with which it shares no character; a number not found is a problem of its own.
    """
    blank = [(0, len(statement.attribution)), *((formula.start, formula.end) for formula in statement.formulas)]
    blank += [
        (quantity.start, quantity.end)
        for quantity in statement.quantities
        if not any(term in evidence for term in terms(quantity.text) if term[0].isdigit())
    ]
    text = statement.text
    for start, end in blank:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
