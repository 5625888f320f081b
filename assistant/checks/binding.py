"""Binding: what is said together must stand together: numbers and their words, causes and effects, doers and deeds.

第二产业增加值为3506.9亿元        evidence  第二产业增加值2984.6亿元；第三产业增加值3506.9亿元
受需求减弱影响，汽车产量增长18.3%    evidence  受需求减弱影响，水泥产量下降；订单增加，汽车产量增长18.3%
由财政局负责解释              evidence  由住建局负责解释，财政局配合
企业应当采用                 evidence  鼓励企业采用；政府投资项目应当采用
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from assistant.checks.ground import Clause, Ground
from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import Terms, coverage, terms, weight
from sources.mentions.numerals import Quantity
from sources.sentences import Span

_SAME_SHARE = 0.85
"""Of a clause's words in another: from here on both say the same."""
_LIKE_SHARE = 0.6
_BARE_WEIGHT = 4.0
"""同比增长3.1%: words that weigh less don't say what a number is of; those of the number before do."""


def check_binding(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """What in a sentence, no verbatim part of a passage, is put together from what doesn't belong together."""
    yield from _numbers_of_others(statement)
    yield from _conditions_of_others(statement)
    yield from _demands_of_others(statement)


# --- a number and its words ---------------------------------------------------------------------------------------

_RESPECTIVELY = re.compile(r"(?P<names>[^，。；：\n]*?)(?:分别|依次)")
_JOINT = re.compile("、|[和与及]|以及")
_SAYS_NOTHING = re.compile(
    r"其中|分别|以[上下内]|达到?|实现|完成|占比?|[全我本]?[省市县区](?=[\s，,])|全[国省市县区]|[我本][省市县区]|[为是约超近余多]"
)


@dataclass(frozen=True, slots=True)
class _Label:
    """The words that say what a number is of."""

    own: Terms
    """Next to it in its clause; where these say nothing, those of the number before, too."""
    lead: Terms
    """Of the clauses without numbers before it."""

    @property
    def all(self) -> Terms:
        return self.own + self.lead


_NO_LABEL = _Label(Terms(), Terms())


def _labels(
    text: str, quantities: Sequence[Quantity], parts: Sequence[Clause], skip: Sequence[Span]
) -> dict[int, _Label]:
    """The labels of `quantities` by where they start. `skip` holds the spans of names and dates, judged elsewhere."""
    labels: dict[int, _Label] = {}
    for _, group in groupby(parts, key=lambda clause: clause.part):
        lead, inherited = Terms(), Terms()
        before: list[int] = []
        for clause in group:
            here = [each for each in quantities if clause.start <= each.start < clause.end]
            if not here:
                lead = lead + _words(text, clause.start, clause.end, skip)
            for quantity, own in zip(here, _next_to(text, here, clause, skip), strict=True):
                inherited = own + inherited if weight(own) < _BARE_WEIGHT else own
                labels[quantity.start] = _Label(inherited, lead)
            if listed := _RESPECTIVELY.search(text, clause.start, clause.end):
                labels |= _listed(listed, text, here, [labels[start] for start in before])
            before += [each.start for each in here]
    return labels


def _next_to(text: str, here: Sequence[Quantity], clause: Clause, skip: Sequence[Span]) -> list[Terms]:
    """The words next to each number of a clause: before it, and after it up to what joins the next one."""
    beside: list[Terms] = []
    at = clause.start
    for quantity, following in zip(here, [*here[1:], None], strict=False):
        # 撤并38所学校和24所养老院: what stands before the 和 is of the number before it.
        joint = _JOINT.search(text, quantity.end, following.start) if following else None
        until = clause.end if following is None else joint.end() if joint else quantity.end
        beside.append(_words(text, at, quantity.start, skip) + _words(text, quantity.end, until, skip))
        if len(beside) > 1 and not _words(text, here[len(beside) - 2].end, quantity.start, skip):
            beside[-2:] = [beside[-2] + beside[-1]] * 2  # 1万元以上10万元以下罚款 is one range
        at = until if following else quantity.end
    return beside


def _listed(listed: re.Match[str], text: str, here: Sequence[Quantity], before: Sequence[_Label]) -> dict[int, _Label]:
    """甲、乙分别为1个、2个: each number has the name in its place.

    After 甲为3个，乙为4个，分别增长 it has that of the number in its place; none where these don't match one by one.
    """
    numbers = [each for each in here if each.start >= listed.end()]
    if not numbers:
        return {}
    names = [name for name in _JOINT.split(text[listed.start("names") : listed.end("names")]) if name.strip()]
    if len(names) == len(numbers) > 1:
        return {number.start: _Label(terms(name), Terms()) for number, name in zip(numbers, names, strict=True)}
    labels = before[-len(numbers) :] if len(names) <= 1 and len(before) >= len(numbers) else [_NO_LABEL] * len(numbers)
    return {number.start: label for number, label in zip(numbers, labels, strict=True)}


def _words(text: str, start: int, end: int, skip: Sequence[Span]) -> Terms:
    kept, at = [], start
    for first, last in sorted(skip):
        if at <= first < end:
            kept.append(text[at:first])
            at = last
    kept.append(text[at:end] if at < end else "")
    return terms(_SAYS_NOTHING.sub(" ", " ".join(kept)))


def _numbers_of_others(statement: Statement) -> Iterator[Problem]:
    """Where the words at a number are, in the evidence, those of another number rather than its own."""
    names = [(region.start, region.end) for region in statement.regions]
    dates = [(period.start, period.end) for period in statement.periods]
    claim = _labels(statement.text, statement.quantities, statement.clauses, [*names, *dates])
    for quantity in statement.quantities:
        words = claim.get(quantity.start, _NO_LABEL).all
        printing = [ground for ground in statement.grounds if any(_same(quantity, each) for each in ground.quantities)]
        if words and printing and all(_is_of_another(quantity, words, ground) for ground in printing):
            yield Problem("number_mismatch", quantity.text)


def _same(claim: Quantity, printed: Quantity) -> bool:
    return (claim.kind, claim.unit) == (printed.kind, printed.unit) and claim.value in (printed.value, printed.upper)


def _is_of_another(quantity: Quantity, words: Terms, ground: Ground) -> bool:
    labels = _labels_of(ground)
    alike = [each for each in ground.quantities if (each.kind, each.unit) == (quantity.kind, quantity.unit)]
    own = [each for each in alike if _same(quantity, each)]
    if any(not labels.get(each.start, _NO_LABEL).all for each in own):
        return False
    about = terms(ground.about)
    others = [labels[each.start] for each in alike if each not in own and each.start in labels]
    return all(_fits_better(words, labels[each.start].all + about, others) for each in own)


def _fits_better(words: Terms, own: Terms, others: Sequence[_Label]) -> bool:
    """Whether some other label has all that `own` has of the words, and more."""
    shared = {term for term in words if term in own}
    return any(
        shared <= other.all.keys() and any(term in other.own and term not in own for term in words) for other in others
    )


def _labels_of(ground: Ground) -> Mapping[int, _Label]:
    """Those of the passage's numbers, without the rows of its tables."""
    dates = [(period.start, period.end) for period in ground.periods]
    parts = [clause for clause in ground.clauses if "|" not in clause.text]
    return _labels(ground.text, ground.quantities, parts, dates)


# --- conditions and causes ----------------------------------------------------------------------------------------

_OPENS = re.compile(
    r"^\s*(?:由于|因为|因(?![此而])|受|鉴于|对于?|为了|如果?|若|凡|经|未经|逾期|在(?=[^，]*(?:下|后|时|前)[，,])"
    r"|because|due to|owing to)",
    re.IGNORECASE,
)
_CLOSES = re.compile(r"(?:的|影响|作用|带动|时|后|下|情况)[，,]?\s*$")
_EXPLAINS = re.compile(
    r"^\s*(?:这)?(?:主要|原因)*(?:是|在于)?(?:因为|由于|得益于|受)|^\s*(?:主要)?原因(?:是|在于)"
    r"|^\s*(?:because|due to|owing to)\b",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"由于|因为|因(?![此而])|受|影响|主要|原因|在于|得益于|鉴于|的?带动|\b(?:because|due to|owing to)\b", re.IGNORECASE
)
_MIN_CAUSE_COVERAGE = 0.5


def _conditions_of_others(statement: Statement) -> Iterator[Problem]:
    """对A的，B and 受A影响，B where the evidence has A with something else, and B with something else."""
    for one, other in pairwise(statement.clauses):
        if _EXPLAINS.search(other.text):
            bound, main = other, one
        elif one.part == other.part and (_OPENS.search(one.text) or _CLOSES.search(one.text)):
            bound, main = one, other
        else:
            continue
        condition = terms(_CAUSE.sub(" ", bound.text))
        if not condition:
            continue
        evidence = [ground.clauses for ground in statement.grounds]
        at_condition, at_main = _homes(condition, evidence), _homes(main.terms, evidence)
        governing = {home for home in at_condition if _governs(home, evidence)}
        if governing == at_condition and at_condition and at_main and not at_condition & at_main:
            yield Problem("not_supported", statement.text[min(one.start, other.start) : max(one.end, other.end)])
        elif at_main and _is_borrowed(condition, at_main, evidence):
            yield Problem("not_supported", bound.text.strip("，。；,.; "))
        elif _CAUSE.search(bound.text) and not any(
            coverage(condition, terms(ground.text)) >= _MIN_CAUSE_COVERAGE for ground in statement.grounds
        ):
            yield Problem("not_supported", bound.text)


_Home = tuple[int, int]
"""A passage and a part of it."""


def _homes(words: Terms, evidence: Sequence[Sequence[Clause]]) -> set[_Home]:
    """Where a clause stands that says the same."""
    return {
        (at, clause.part)
        for at, parts in enumerate(evidence)
        for clause in parts
        if coverage(words, clause.terms) >= _SAME_SHARE
    }


def _is_borrowed(condition: Terms, at_main: Collection[_Home], evidence: Sequence[Sequence[Clause]]) -> bool:
    """Whether the condition's words are those of another part rather than those of the parts that it is told with."""
    shares: dict[_Home, Terms] = {}
    for at, parts in enumerate(evidence):
        for clause in parts:
            shares[at, clause.part] = shares.get((at, clause.part), Terms()) + clause.terms
    own = max(coverage(condition, words) for home, words in shares.items() if home in at_main)
    other = max((coverage(condition, words) for home, words in shares.items() if home not in at_main), default=0.0)
    governed = all(_governs(home, evidence) for home in at_main)
    return governed and own < _MIN_CAUSE_COVERAGE < other


def _governs(home: _Home, evidence: Sequence[Sequence[Clause]]) -> bool:
    """Whether there is more in its part for it to be the condition of."""
    at, part = home
    return sum(clause.part == part for clause in evidence[at]) > 1


# --- how strongly it is asked for ---------------------------------------------------------------------------------


def _demands_of_others(statement: Statement) -> Iterator[Problem]:
    """应当 where the evidence has 鼓励 for the same."""
    for clause in statement.clauses:
        claimed = modals(clause.text)
        if len(claimed) != 1:
            continue
        words = terms(without_modals(clause.text))
        best, like = max(
            ((ground, other) for ground in statement.grounds for other in ground.clauses if modals(other.text)),
            key=lambda each: _likeness(words, terms(without_modals(each[1].text))),
            default=(None, None),
        )
        if not words or best is None or like is None:
            continue
        share, _ = _likeness(words, terms(without_modals(like.text)))
        # A clause that is not quite the same may be drawn from its neighbours: 授权银行查询，未经授权不得查询.
        demands = modals(like.text) if share >= _SAME_SHARE else _modals_of_part(best, like.part)
        if share >= _LIKE_SHARE and not claimed & demands:
            yield Problem("modality_mismatch", clause.text.strip("，。；,.; "))


def _likeness(one: Terms, other: Terms) -> tuple[float, float]:
    return coverage(one, other), coverage(other, one)


def _modals_of_part(ground: Ground, part: int) -> set[str]:
    return modals(" ".join(clause.text for clause in ground.clauses if clause.part == part))


_MODALS: Mapping[str, re.Pattern[str]] = {
    "must": re.compile(
        r"应当|应该|必须|务必|一律|强制|\b(?:must|shall|has to|have to|required to)\b(?! not)", re.IGNORECASE
    ),
    "may": re.compile(
        r"(?<!不)可以|(?<!不)允许|自愿|自主选择|\b(?:may|allowed to|permitted to)\b(?! not)", re.IGNORECASE
    ),
    "urged": re.compile(r"鼓励|倡导|提倡|\bencouraged? to\b", re.IGNORECASE),
    "must not": re.compile(
        r"不得|禁止|严禁|不准|不许|不允许|不可以|\b(?:must not|may not|shall not|prohibited)\b", re.IGNORECASE
    ),
}
_ANY = re.compile("|".join(f"(?:{each.pattern})" for each in _MODALS.values()), re.IGNORECASE)


def modals(clause: str) -> set[str]:
    """Which kinds of demand `clause` makes: must, may, urged, must not."""
    return {name for name, pattern in _MODALS.items() if pattern.search(clause)}


def without_modals(clause: str) -> str:
    """What is demanded, whether as a duty or a wish."""
    return _ANY.sub(" ", clause)
