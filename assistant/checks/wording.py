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
from assistant.checks.support import EMPTY, GLUE, Terms, coverage, flat, terms, weight
from index.queries.glossary import to_chinese
from sources.mentions.periods import Fit, Period, fit, periods
from sources.mentions.regions import regions
from sources.sentences import clauses
from sources.words import groups

_MIN_NOVEL_COVERAGE = 0.5
"""Of what the sentence says beyond the question. Gold answers on the seeds lie above it, other passages below."""
_MIN_NOVEL_COVERAGE_BARE = 0.65
"""The same where no number is there to hold the sentence to its source."""
_MIN_NOVEL_COVERAGE_SHORT = 0.75
"""The same for a few words (免征关税), of which neighbours of their source have many."""
_SHORT_WEIGHT = 8.0
_MIN_QUOTED_COVERAGE_BARE = 0.4
"""Then, of the whole sentence in the sentences quoted."""
_MIN_COVERAGE = 0.3
"""Of the whole sentence, the question's words included."""
_MIN_COVERAGE_BESIDE_NOVEL = 0.15
"""The same where nearly all that is new is there: a question may use quite other words than the documents."""
_MIN_MARK_SHARE = 0.12
"""Of the shorter of sentence and quote: a mark whose quote shares less is to the wrong place."""
_SAME_SHARE = 0.6
"""Of a clause's words in another that is about the same."""
_MIN_CLAUSE_WEIGHT = 4.0
_MIN_CLAUSE_COVERAGE = 0.4
"""Of a clause without numbers that weighs that much: from there on it says something that the evidence doesn't."""
_LEAD_IN_CHARS = 12
"""主要情况如下： states nothing yet."""
_NEGATION = re.compile(
    "不得|不能|不会|不再|不予|不可|不准|不许|不应|不宜|不必|没有|未能|未曾|尚未|并非|不是|无法|无需|无须|禁止|严禁|[没勿]|不(?![断仅少同止足到]|超过|[高低大多少]于)|未(?!来)|无(?![人线锡障])|非(?![常遗公])"
)
_REACHED = ("达到", "实现", "完成", "达成", "达标")
_OPPOSITES = groups("opposites", "told")
_OPPOSITE_CHARACTERS = tuple(map(set, groups("opposites", "character")))
_NUMERAL = re.compile("[一二两三四五六七八九十百千零]+")
_CONTRASTS = groups("contrasts", "told")
_QUOTED = re.compile(r"“([^”]{2,60})”|「([^」]{2,60})」|\"([^\"]{4,60})\"")
# What a shown calculation comes to is told in words of its own.
_CONCLUDES = re.compile("距离?|还?差|增加|减少|合计|总计|占|提高|降低|高出?|低|多|少|名义上?|为|倍|增长|下降|增幅|目标")
_DIGIT = re.compile(r"\d")
_HAN = re.compile("[一-鿿]{2}")
_DENIES = re.compile("[不没未无勿免禁]|非(?!常)")
_HAN_ONLY = re.compile("[一-鿿]+")
_OUTER_EMPTY = re.compile(f"^{EMPTY.pattern}|{EMPTY.pattern}$")
_SYNONYMS = (
    ("同比", "比上年", "较上年", "比上年同期", "比去年"), ("必须", "应当", "应该", "须", "需"),
    ("不得", "不能", "不可", "不准", "不许"), ("得", "能", "可"), ("年份", "年度"), ("上年", "去年"),
    ("没有", "尚未", "未", "没"), ("比", "较"),
)  # fmt: skip
_LEVELS = tuple("国省市县区乡镇村")
_BOUND_WORDS = re.compile("不超过|不高于|不低于|不少于|不足(?=$)|不到(?=$)|控制在")


def check_times(statement: Statement, _asking: Asking, numbers: Numbers) -> Iterator[Problem]:
    """The times that the sentence names and its evidence doesn't tell of."""
    for period in statement.periods:
        if not any(_carries_time(ground, period, has_number=bool(numbers.supported)) for ground in statement.grounds):
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
    if period and not any(_carries_time(ground, period, has_number=True) for ground in statement.grounds):
        yield Problem("period_mismatch", period.text)
    # Evidence that names no place at all may well be about the one asked for.
    placed = [ground for ground in statement.grounds if ground.regions or ground.regions_above]
    if region and placed and not any(carries_place(ground, region, has_number=True) for ground in placed):
        yield Problem("region_mismatch", region.name)


def _carries_time(ground: Ground, claim: Period, *, has_number: bool) -> bool:
    # Where the quote names its year, another one from elsewhere in the passage is another statement's.
    quoted = [period for period in ground.periods if ground.quote[0] <= period.start < ground.quote[1]]
    named = [period for period in quoted if re.search(r"\d{4}", period.text) and not is_plan_period(period)]
    if named:
        if any(fits(claim.value, period.value, has_number=has_number) for period in quoted):
            return True
        if all(fit(claim.value, period.value) is Fit.DIFFERENT for period in named):
            return False
    given = {period.value for period in ground.periods} | ground.periods_above
    return any(fits(claim.value, value, has_number=False) for value in given)


def check_opposites(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """What the sentence denies and its evidence doesn't, or the reverse, and the opposites of the evidence's words."""
    claim = flat(statement.text)
    evidence = "\n".join(flat(ground.text[slice(*ground.around)]) for ground in statement.grounds)
    # 没有达到：目标是6万元，实际为54939元 draws a conclusion from two numbers; what it negates stands nowhere.
    concludes = bool(statement.formulas) or (len(statement.quantities) > 1 and is_target(evidence))
    for one, other in ((claim, evidence), (evidence, claim)):
        for negation in _NEGATION.finditer(one):
            what = one[negation.end() : negation.end() + 2]
            if not re.fullmatch(r"[\w%]{2}", what) or negation[0] + what in other:
                continue
            if one is claim and concludes and what in _REACHED:
                continue
            if _denied_as_often(one, negation.start(), other) or _also_affirmed(what, one):
                continue
            plain = [match.start() for match in re.finditer(re.escape(what), other)]
            if plain and not any(_NEGATION.search(other, max(0, at - 3), at) for at in plain):
                yield Problem("negation_mismatch", negation[0] + what)
    kinds: tuple[tuple[tuple[tuple[str, ...], ...], ProblemKind], ...] = (
        (_OPPOSITES, "negation_mismatch"),
        (_CONTRASTS, "not_supported"),
    )
    if is_target(evidence) and not is_target(claim) and is_done(claim) and not is_done(evidence) and not concludes:
        yield Problem("status_mismatch", statement.text)
    for pairs, kind in kinds:
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                if one in claim and other not in claim and other in evidence and one not in evidence:
                    yield Problem(kind, one)


def _also_affirmed(what: str, text: str) -> bool:
    """Whether `text` says it without a negation, too: 授权银行查询，未经授权不得查询."""
    return any(
        not _NEGATION.search(text, max(0, match.start() - 3), match.start())
        for match in re.finditer(re.escape(what), text)
    )


def _denied_as_often(one: str, at: int, other: str) -> bool:
    """Whether the clause at `at` says the same as one of `other`, and denies as much: 禁止单位收费, 单位不得收费."""
    clause = next((one[start:end] for start, end in clauses(one) if start <= at < end), one)
    words = terms(_NEGATION.sub(" ", clause))
    like = [
        text
        for text in (other[start:end] for start, end in clauses(other))
        if coverage(words, terms(_NEGATION.sub(" ", text))) >= _SAME_SHARE
    ]
    return any(len(_NEGATION.findall(text)) == len(_NEGATION.findall(clause)) for text in like)


def check_copying(statement: Statement, asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Where a clause is the evidence's but for a negation or for words that stand nowhere else in it."""
    if statement.leads:
        return
    known = [*(text for ground in statement.grounds for text in (ground.flat, ground.flat_about)), asking.flat]
    for slip in slips(statement):
        claim, given = (_BOUND_WORDS.sub("", words) for words in slip)
        if bool(_DENIES.search(claim)) != bool(_DENIES.search(given)):
            yield Problem("negation_mismatch", claim or given)
        elif any(_are_opposite(claim, given, pair) for pair in _OPPOSITES) or {claim, given} in _OPPOSITE_CHARACTERS:
            yield Problem("negation_mismatch", claim)
        elif claim != given and _NUMERAL.fullmatch(claim) and _NUMERAL.fullmatch(given):
            yield Problem("number_mismatch", claim)
        elif claim != given and claim in _LEVELS and given in _LEVELS:
            yield Problem("not_supported", claim)
        elif claim and given and _HAN_ONLY.fullmatch(claim + given) and not _says_nothing_new(claim, given):
            named = [*periods(claim), *regions(claim)]
            if not named and not any(_OUTER_EMPTY.sub("", claim) in text for text in known):
                yield Problem("not_supported", claim)


def _says_nothing_new(claim: str, given: str) -> bool:
    """Whether the words that differ are empty, or mean the same."""
    bare, replaced = _OUTER_EMPTY.sub("", claim), _OUTER_EMPTY.sub("", given)
    if any(bare in words and any(word.endswith(replaced) for word in words) for words in _SYNONYMS if replaced):
        return True
    return not bare or (any(map(GLUE.fullmatch, (bare, claim))) and is_target(bare) >= is_target(given))


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


def check_support(statement: Statement, asking: Asking, numbers: Numbers) -> Iterator[Problem]:
    """Whether sentence and evidence share enough words, and whether each of its marks leads to some of them."""
    if statement.leads and len(re.findall(r"\w", statement.text)) <= _LEAD_IN_CHARS:
        return
    evidence = _evidence(statement)
    text = _comparable(statement, evidence)
    if statement.is_english and any(_HAN.search(ground.text) for ground in statement.grounds):
        # Across languages only what the glossary knows can be compared; without a word of it, a number or date must do.
        text = to_chinese(text)
        if not _HAN.search(text):
            if not numbers.supported and not statement.periods:
                yield Problem("not_supported", statement.text)
            return
    text = GLUE.sub(" ", text)
    claim = terms(_CONCLUDES.sub(" ", text) if statement.formulas else text)
    novel = Terms({term: count for term, count in claim.items() if term not in asking.terms})
    held = coverage(novel, evidence) if weight(novel) else 0.0
    least = _MIN_COVERAGE_BESIDE_NOVEL if held > 0.8 else _MIN_COVERAGE
    is_bare = not numbers.supported and not statement.is_english and not statement.leads
    of_bare = _MIN_NOVEL_COVERAGE_SHORT if weight(novel) <= _SHORT_WEIGHT else _MIN_NOVEL_COVERAGE_BARE
    least_novel = of_bare if is_bare else _MIN_NOVEL_COVERAGE
    if (
        (weight(novel) and held < least_novel)
        or coverage(claim, evidence) < least
        or (is_bare and coverage(claim, _quoted(statement)) < _MIN_QUOTED_COVERAGE_BARE)
    ):
        yield Problem("not_supported", statement.text)
    if len(re.findall(r"\w", statement.text)) <= SHORT_CHARS:
        return
    known = terms(f"{statement.text}\n{text}") + asking.terms
    for ground in statement.grounds:
        quote = terms(ground.citation.quote)
        shared = weight(Terms({term: count for term, count in quote.items() if term in known}))
        if claim and quote and shared < _MIN_MARK_SHARE * min(weight(claim), weight(quote)):
            yield Problem("not_supported", f"[{ground.citation.number}]")


def check_clauses(statement: Statement, asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """A clause that says something of its own in a sentence that is supported as a whole: 增长5.8%，为全国最快."""
    if statement.is_english and any(_HAN.search(ground.text) for ground in statement.grounds):
        return
    evidence = _evidence(statement) + asking.terms
    text = _comparable(statement, evidence)
    for clause in statement.clauses:
        if _DIGIT.search(clause.text) or clause.text.rstrip().endswith(("：", ":")):
            continue
        words = terms(GLUE.sub(" ", text[clause.start : clause.end]))
        if weight(words) >= _MIN_CLAUSE_WEIGHT and coverage(words, evidence) < _MIN_CLAUSE_COVERAGE:
            yield Problem("not_supported", clause.text.strip("，。；,.; "))


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


def _quoted(statement: Statement) -> Terms:
    return sum(
        (terms(ground.text[slice(*ground.around)]) + terms(ground.about) for ground in statement.grounds), Terms()
    )


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
