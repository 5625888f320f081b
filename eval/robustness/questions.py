"""The question changed: reworded, misspelt, in Traditional characters, or asking of another year, place or level.

>>> rng, known = Random(1), lambda word: False
>>> case = Case(id="1", question="2025年嘉兴市新增公交线路有哪些？", answer="28条。", figures=("28条",))
>>> paraphrase(case, rng, known).question
'请问2025年嘉兴市新增公交线路都有什么？'
>>> swapped = year_swapped(case, rng, known)
>>> swapped.answerable, swapped.must_not
(False, ('28条',))
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from eval.cases import Case

Known = Callable[[str], bool]
"""Whether a word stands anywhere in the documents."""

_WORDINGS = (
    ("有哪些", "都有什么"), ("包括哪些", "都包括什么"), ("是多少", "具体是多少"), ("达到多少", "到了多少"),
    ("为什么", "是什么原因"), ("什么时候", "何时"), ("哪一年", "何年"), ("怎么", "怎样"), ("如何", "怎样"),
    ("一共", "总共"), ("累计", "总共"), ("力争", "争取"), ("分别是", "各是"), ("哪几", "哪些"), ("多大", "有多大"),
)  # fmt: skip
_SOUNDALIKES = dict(
    zip("镇市县乡收达到划建项标完政策服务农民城设", "真是现香首答道画件相表玩正册福物浓明成社", strict=True)
)
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{3,}")
_NOT_TOUCHED = "零一二三四五六七八九十百千万亿年月日"
_CHARS_PER_TYPO = 12

_PROVINCES = re.findall(
    "..", "浙江江苏安徽福建江西山东河南湖北湖南广东海南四川贵州云南陕西甘肃青海河北山西辽宁吉林新疆西藏宁夏广西"
)
_CITIES = re.findall(
    "..",
    "杭州宁波温州嘉兴湖州绍兴金华衢州舟山台州丽水南京苏州无锡合肥福州厦门南昌济南青岛郑州武汉长沙"
    "广州深圳海口成都贵阳昆明西安兰州西宁太原沈阳大连长春南宁银川拉萨",
)
_WIDER = {"全省": "全国", "全市": "全省", "全县": "全市", "全区": "全市", "全镇": "全县"}
_YEAR = re.compile(r"(?<!\d)20[0-2]\d(?=年)")


def paraphrase(case: Case, rng: Random, known: Known) -> Case | None:  # noqa: ARG001
    """In other words that ask the same; None where no wording of ours fits."""
    if case.lang != "zh":
        return None
    question = case.question
    for wording, other in _WORDINGS:
        question = question.replace(wording, other)
    if question == case.question:
        return None
    opening = rng.choice(("请问", "想了解一下，", "麻烦查一下，"))
    return case.model_copy(update={"question": opening + question})


def typos(case: Case, rng: Random, known: Known) -> Case | None:  # noqa: ARG001
    """One slip in twelve characters: two swapped, one lost, or one that sounds alike. Numbers and years stay."""
    chars = list(case.question)
    places = [
        place
        for run in _HAN_RUN.finditer(case.question)
        for place in range(run.start(), run.end() - 1)
        if not set(chars[place : place + 2]) & set(_NOT_TOUCHED)
    ]
    if not places:
        return None
    for place in sorted(rng.sample(places, min(len(places), 1 + len(chars) // _CHARS_PER_TYPO)), reverse=True):
        slip = rng.choice(("swap", "lose", "sound"))
        if slip == "sound" and chars[place] in _SOUNDALIKES:
            chars[place] = _SOUNDALIKES[chars[place]]
        elif slip == "lose":
            del chars[place]
        else:
            chars[place : place + 2] = reversed(chars[place : place + 2])
    question = "".join(chars)
    return case.model_copy(update={"question": question}) if question != case.question else None


def traditional(case: Case, rng: Random, known: Known) -> Case | None:  # noqa: ARG001
    """In Traditional characters."""
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    question: str = convert(case.question)
    history = tuple(convert(turn) for turn in case.history)
    if question == case.question:
        return None
    return case.model_copy(update={"question": question, "history": history})


def year_swapped(case: Case, rng: Random, known: Known) -> Case | None:
    """Asking of a year that the documents nowhere name: to be declined.

    Only where the question names one year and asks one thing, or half of it could still be answered.
    """
    years = [str(year) for year in (*range(1991, 2010), *range(2031, 2045)) if not known(str(year))]
    if not (years and case.answerable and case.type != "multi_doc" and len(_YEAR.findall(case.question)) == 1):
        return None
    return _declined(case, _YEAR.sub(rng.choice(years), case.question))


def place_swapped(case: Case, rng: Random, known: Known) -> Case | None:
    """Asking of a place of the same level that the documents nowhere name: to be declined."""
    if not case.answerable or case.type == "multi_doc":
        return None
    for places in (_CITIES, _PROVINCES):
        asked = [place for place in places if place in case.question]
        others = [place for place in places if not known(place)]
        if len(asked) == 1 and others:
            return _declined(case, case.question.replace(asked[0], rng.choice(others)))
    return None


def level_swapped(case: Case, rng: Random, known: Known) -> Case | None:  # noqa: ARG001
    """Asking of the level above. The documents may know that too, so only the old figure is wrong for certain."""
    found = next((word for word in _WIDER if word in case.question), None)
    if not (found and case.answerable and case.figures):
        return None
    question = case.question.replace(found, _WIDER[found])
    return _declined(case, question).model_copy(update={"answerable": True, "refusal_ok": True})


def _declined(case: Case, question: str) -> Case:
    """The case as one that has no answer; the old answer's figures would be a near miss."""
    return case.model_copy(
        update={
            "question": question,
            "answerable": False,
            "answer": "",
            "answers": (),
            "figures": (),
            "must_include": (),
            "must_not": case.figures,
            "docs": (),
            "evidence": (),
        }
    )
