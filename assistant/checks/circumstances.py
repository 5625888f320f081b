"""Circumstances: whether a number is of the time, the place and the status that a sentence gives it."""

from __future__ import annotations

import re

from assistant.checks.ground import Ground, is_plan_period, tells_when
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from sources.mentions.numerals import Quantity
from sources.mentions.periods import LAST_YEAR, Fit, fit, tells
from sources.mentions.regions import Region, home_of, part_of
from sources.words import any_of

_RESPECTIVELY = re.compile("分别|依次|respectively")
_WHOLE_YEAR = re.compile("全年度?|[年岁]末|年底|本年度|年内|年终")
_TARGET = any_of("aims", "aim")
_SOFT_TARGET = any_of("aims", "hint")
_DONE = any_of("done", "done", "hint")
_SURELY_DONE = any_of("done", "done")
_PLAN_TITLE = any_of("aims", "title")
_MONTHS = re.compile(r"-\d\d\.\.\d")
_EVERY_PROVINCE = re.compile("各省|每个省")
_CONTEXT_CHARS = 120


def is_done(text: str) -> bool:
    """Whether `text` states something done or reached."""
    return bool(_SURELY_DONE.search(text))


def is_target(text: str) -> bool:
    """Whether `text` speaks of something wanted rather than reached."""
    return bool(_TARGET.search(text))


def fits(claim: str, given: str, *, has_number: bool) -> bool:
    """Whether evidence about the period `given` carries a statement about `claim`, both in normal form."""
    if tells(claim, given):
        return True
    how = Fit.DIFFERENT if has_number or _MONTHS.search(claim) else fit(claim, given)
    return how is Fit.WITHIN or (how is Fit.CONTAINS and ".." in claim)


def is_listed(statement: Statement, ground: Ground, printed: Quantity) -> bool:
    """2020年、2025年分别为39801元、54939元: what stands next to what says nothing here."""
    both = statement.text, ground.text[slice(*ground.sentence_at(printed.start))]
    return any(_RESPECTIVELY.search(text) for text in both)


def other_time(quantity: Quantity, statement: Statement, ground: Ground, printed: Quantity) -> Problem | None:
    """What is wrong with the time that the sentence gives a number, printed here."""
    claim = statement.period_of(quantity)
    if claim is None or is_listed(statement, ground, printed):
        return None
    start, end = ground.sentence_at(printed.start)
    here = [
        period
        for period in ground.periods
        if start <= period.start < end and tells_when(period, ground.text, printed.start)
    ]
    if ".." not in claim.value:
        here = [period for period in here if not is_plan_period(period)]
    before = [period for period in here if period.end <= printed.start]
    # 收入4.8万元，上年为4.5万元: what comes after and goes back is not the time of what stands before.
    given = before[-1:] or [period for period in here if not period.text.startswith(LAST_YEAR)]
    if not given or any(fits(claim.value, period.value, has_number=True) for period in given):
        return None
    # 全年 and 年末 in a report on 2025 are that year's, whenever it was published.
    if _WHOLE_YEAR.fullmatch(given[-1].text) and any(
        fits(claim.value, each, has_number=True) for each in ground.periods_above
    ):
        return None
    # 截至2025年12月 is what a text published then may say of its 2025.
    overlaps = any(fit(claim.value, period.value) is not Fit.DIFFERENT for period in given)
    if overlaps and any(fits(claim.value, above, has_number=True) for above in ground.periods_above):
        return None
    return Problem("period_mismatch", f"{claim.text}…{quantity.text}")


def other_place(quantity: Quantity, statement: Statement, ground: Ground, printed: Quantity) -> Problem | None:
    """What is wrong with the place that the sentence gives a number, printed here."""
    claim = statement.region_of(quantity)
    if claim is None or is_listed(statement, ground, printed):
        return None
    start, _ = ground.sentence_at(printed.start)
    before = [region for region in ground.whereabouts if start <= region.start and region.end <= printed.start]
    named = [region for region in before if not ground.is_relative(region)]
    if not named or claim.name in {region.name for region in before if ground.is_relative(region)}:
        return None
    level = [region for region in named if region.level == claim.level]
    if (level or named)[-1].name == claim.name or (not level and claim.name in {region.name for region in named}):
        return None
    # 嘉兴…海宁: a place inside the one that the sentence names, which the document is about.
    if not level and claim.name in ground.regions_above and not part_of(named[-1].name, claim.name):
        return None
    return Problem("region_mismatch", f"{claim.name}…{quantity.text}")


def other_status(
    quantity: Quantity, statement: Statement, ground: Ground, printed: Quantity, asking: Asking
) -> Problem | None:
    """What is wrong where a number that is printed as a result is called a target, or the reverse."""
    start, end = ground.sentence_at(printed.start)
    before, claim = re.split("[；;]", ground.text[start : printed.start])[-1], statement.text
    is_planned = is_target(before)
    # 目标是多少？ is answered by the bare number too.
    is_bare = is_target(asking.text) and not is_done(claim)
    if is_planned and not is_bare and not is_target(claim) and not _SOFT_TARGET.search(claim):
        return Problem("status_mismatch", quantity.text)
    since = max((other.end for other in statement.quantities if other.end <= quantity.start), default=0)
    is_last = all(other.start <= quantity.start for other in statement.quantities)
    of_this = claim[since:] if is_last else claim[since : quantity.end + 2]
    may_be_planned = is_planned or bool(_SOFT_TARGET.search(before)) or bool(_PLAN_TITLE.search(ground.about))
    was_done = bool(_DONE.search(ground.text, start, end))
    if is_planned and not was_done and re.search("已经?(?:达到|实现|完成|建成|超过)", of_this):
        return Problem("status_mismatch", quantity.text)
    if may_be_planned and not was_done and _SURELY_DONE.search(of_this) and not is_target(of_this):
        return Problem("status_mismatch", quantity.text)
    # 新建农业标准地50万亩 may be either; only what is told as done contradicts 计划.
    context = ground.text[max(0, start - _CONTEXT_CHARS) : end] + ground.about
    may_be_planned = may_be_planned or any(mark.search(context) for mark in (_TARGET, _SOFT_TARGET))
    if is_target(of_this) and not may_be_planned and was_done:
        return Problem("status_mismatch", quantity.text)
    return None


def carries_place(ground: Ground, claim: Region, *, has_number: bool) -> bool:
    """Whether what a ground's quote says is said of this place."""
    start, end = ground.around
    quoted = [region for region in ground.regions if start <= region.start < end]
    names = {region.name for region in quoted} | ground.initials
    if claim.name in names or (not has_number and any(part_of(name, claim.name) for name in names)):
        return True
    explicit = {region.name for region in quoted if region in ground.whereabouts and not ground.is_relative(region)}
    if explicit and not any(part_of(name, claim.name) or part_of(claim.name, name) for name in explicit):
        return False  # the quoted sentence names another place: what it says is said of that one
    if not explicit and claim.level == "country" and len({home_of("province", [name]) for name in ground.home}) > 1:
        return True  # a text on several provinces is one on the country
    if not explicit and claim.level == "province" and _EVERY_PROVINCE.search(ground.text, 0, end):
        return True
    before = [region for region in ground.regions if region.start < start and region.level == claim.level]
    return claim.name in {region.name for region in before[-1:]} | ground.regions_above
