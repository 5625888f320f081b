"""Mismatches: a sentence that is of another place, a longer time or another kind of thing than was asked about.

A city's figure doesn't answer for its province, nor the province's for the country; the allowance for children isn't
that for the aged.
"""

from __future__ import annotations

import re

from assistant.question.question import Question, called_places
from assistant.question.terms import flat, terms, total
from assistant.reading.candidates import Sentence
from assistant.reading.counted import counts_another, measures_another
from assistant.reading.near_misses import LEAST_SURE, answers, said_by_reader
from assistant.reading.scoring import FIGURE_KINDS
from assistant.reading.unmet import surroundings, unmet
from sources.mentions.numerals import quantities
from sources.mentions.regions import level_of, part_of, regions
from sources.sentences import clauses

_LEVELS = frozenset({"country", "province", "city", "county"})
"""Whose names the gazetteer has; towns and villages are guessed from the text."""
_SOME_YEARS = re.compile(r"\d{4}\.\.\d{4}")
_NUMERAL = "[一二三四五六七八九十]"
_NUMBERED = re.compile(rf"(?:\d+|{_NUMERAL}+)(?P<of>(?![年月日])[一-鿿]{{2}})")
_YEAR = re.compile(r"\d{4}")
_UP_TO_NOW = re.compile(r"到(?:20|19)\d\d|累计|以来|期间|截至")
_ALL_OF = re.compile(r"[全本我][国省市县区]")
_UNTOLD = re.compile(
    r"(?:原文|报道|文件|文中|方案|发言|综述|材料|报告|通知|公告)[^，。；]{0,12}(?:没有|未|并未|并没有)"
    r"(?:逐项|具体|详细)?(?:解释|说明|写明|列出|给出|披露|公布|交代|提及|提到)"
)

_TURNS = re.compile(r"(?<=[，,；;。])(?:但是?|然而|不过|而|另外?|此外|同时)")
_MOST_LATE = 0.4
"""The share of a question's words, by weight, that may stand after a turn only."""
_SURE_INSTEAD = 0.5
"""How sure the reader itself must be of a sentence that answers in the place of a better one, which is a near miss."""


def mismatches(question: Question, best: Sentence) -> bool:
    """Whether the sentence answers something else than was asked for, near as it reads."""
    return any(
        check(question, best)
        for check in (
            _of_another_place,
            _of_no_such_place,
            _of_a_longer_time,
            _of_another_number,
            _of_something_else_counted,
            _of_another_value,
            _of_what_comes_before_a_turn,
            _of_another_column,
            _says_nothing,
        )
    )


def answers_instead(question: Question, other: Sentence) -> bool:
    """Whether a sentence surely answers, where one that seemed better is a near miss."""
    sure = said_by_reader(question, other) >= _SURE_INSTEAD and answers(question, other) >= LEAST_SURE
    return sure and not mismatches(question, other)


def _of_another_place(question: Question, best: Sentence) -> bool:
    figure = best.figure
    asked = [name for name in question.regions if level_of(name) in _LEVELS]
    if figure is None or not asked or figure.level not in _LEVELS:
        return False
    if figure.region in asked or figure.status == "rank" or figure.scope in asked:
        return False
    if any(part_of(name, figure.region) for name in asked) and figure.sure.region < 0.9:
        return False  # of the document's own place only because nothing nearer is named
    if any(part_of(figure.region, name) for name in asked) and _last_named(best, figure.start) == figure.region:
        return True  # 舟山市下辖的岱山县接待游客812万人次: not those of 舟山市
    home = best.document.regions
    named = {region.name for region in regions(best.text, home=home) if _stands_for(best.text, region.start)}
    titled = {region.name for region in regions(best.document.title, home=home)}
    return not any(name in named or name in titled for name in asked)


def _of_no_such_place(question: Question, best: Sentence) -> bool:
    """Whether the question begins with the name of a village or a town that neither the part of the document that the
    sentence stands in names, nor its title: the county's figure isn't that of 云河镇."""
    document, section = best.document, best.document.section_at(best.start)
    part = document.text[document.part_start(best.start) : best.end]
    above = (document.title, document.publisher or "", best.passage.heading, *(section.path if section else ()))
    around = flat("\n".join((*above, part)))
    named = (question.standalone[start:end] for start, end in called_places(question.standalone))
    return any(level_of(name) not in _LEVELS and _is_a_name(name) and flat(name[:-1]) not in around for name in named)


def _is_a_name(place: str) -> bool:
    """Whether what stands before 镇 or 村 is no word by itself: not of 山区县 and 示范村."""
    return len(terms(place[:-1])) > 1


def _of_a_longer_time(question: Question, best: Sentence) -> bool:
    """Whether the figure is of some years together and the question asks for one of them: 2025—2027年1600公里."""
    figure = best.figure
    if figure is None or not _SOME_YEARS.fullmatch(figure.period) or _UP_TO_NOW.search(question.standalone):
        return False
    years = bool(question.periods) and all(_YEAR.fullmatch(period) for period in question.periods)
    sentence = best.document.text[best.start : best.end]
    ends = figure.period.split("..")
    return years and not any(period in sentence for period in question.periods if period not in ends)


def _of_another_number(question: Question, best: Sentence) -> bool:
    """Whether what is asked about bears another number there: 5号线 beside 1号线. Amounts are no names."""
    asked = flat(question.standalone)
    around = surroundings(best.document, best.start, best.end, heading=best.passage.heading)
    here = flat(around.with_above)
    amounts = [(each.start, each.end) for each in quantities(asked)]
    return any(
        re.search(rf"(?:\d|{_NUMERAL})+{re.escape(found['of'])}", here) and not _bears(found[0], here)
        for found in _NUMBERED.finditer(asked)
        if not any(start <= found.start() < end for start, end in amounts)
    )


def _of_something_else_counted(question: Question, best: Sentence) -> bool:
    return best.figure is not None and counts_another(question, best.figure, best.text)


def _of_another_value(question: Question, best: Sentence) -> bool:
    if best.figure is None or question.kind != "number" or question.language != "zh":
        return False
    around = surroundings(best.document, best.start, best.end, heading=best.passage.heading)
    return measures_another(question, best.figure, around.with_all)


def _of_what_comes_before_a_turn(question: Question, best: Sentence) -> bool:
    """Whether most of what is asked about is named only after the number and a 但: 全镇12个项目完成投资1860万元，但上坑
    村茶叶加工厂尚未动工 has no investment of this one."""
    if best.figure is None or question.kind not in FIGURE_KINDS:
        return False
    document = best.document
    spans = clauses(document.text, best.start, best.end)
    since = next((end for _, end in spans if best.figure.start < end), best.end)
    turn = _TURNS.search(document.text, since, best.end)
    if turn is None:
        return False
    around = surroundings(document, best.start, best.end, heading=best.passage.heading)
    before = flat(f"{around.above}\n{document.text[document.part_start(best.start) : turn.start()]}")
    after = flat(document.text[turn.start() : best.end])
    late = [term.weight for term in question.terms if term.text in after and term.text not in before]
    return sum(late) >= _MOST_LATE * total(question.terms)


def _bears(named: str, text: str) -> bool:
    return bool(re.search(rf"(?<!\d)(?<!{_NUMERAL}){re.escape(named)}", text))


def _of_another_column(question: Question, best: Sentence) -> bool:
    """Whether a row of a table is asked for a figure by words that neither it nor what stands over it has."""
    if question.kind not in FIGURE_KINDS or not best.text.lstrip().startswith("|"):
        return False
    return bool(unmet(question, best, surroundings(best.document, best.start, best.end)).words)


def _last_named(best: Sentence, before: int) -> str:
    """The place that the sentence names last before the offset; "" where it names none."""
    before_it = best.document.text[best.start : before]
    return next((each.name for each in reversed(regions(before_it, home=best.document.regions)) if each.name), "")


def _says_nothing(question: Question, best: Sentence) -> bool:
    """Whether the sentence itself says that the text doesn't tell: 报道没有解释“五刚五柔”的含义."""
    return question.kind != "yes_no" and bool(_UNTOLD.search(best.text))


def _stands_for(text: str, start: int) -> bool:
    """Whether a place is named as such: 居全省首位 only compares."""
    return not _ALL_OF.match(text, start)
