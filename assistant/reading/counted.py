"""Counted: whether what a number counts or measures is what was asked for

会议讨论了几个议题 and 一共有多少个村 have no answer in 全镇12个强村富民项目: a project is no topic, and no village
either, though the characters of one stand there.
"""

from __future__ import annotations

import re

from assistant.question.question import Question
from assistant.question.terms import asked_for, flat, is_said, terms
from assistant.reading.agreement import is_count
from index.embedders.contextual import shipped_contextual
from sources.figures.figure import Figure

_LEAST_ALIKE = 0.2
"""The cosine of two things, read whole, below which the one isn't what is called the other: 老师 and 教师 have 0.75,
企业 and 上市公司 0.56, 议题 and 强村富民项目 0.10."""
_LEAST_LIKE_VALUES = 0.35
"""The same of values, which are all somewhat alike: 年产值 and 项目资金 have 0.28, 纳税额 and 营业收入 0.32, 工钱 and
工资 0.38, 学费 and 费用 0.46."""
_MONEY = re.compile(r"(?:[十百千万亿]*(?:元|美元|块))?")
_AFTER = re.compile(r"多少(?P<what>(?!钱)[一-鿿]{1,3})[？?。]?$")
_OF_ANYTHING = re.compile(r"钱|[一-鿿]?数|金额|标准|水平|情况|总额|总量|数量|规模|比例|目标|任务|[一-鿿]?次|[了到过的]")


def counts_another(question: Question, figure: Figure, said: str) -> bool:
    """Whether the figure counts something unlike what is asked for, which `said`, the words around it, don't name."""
    if not question.subject or not figure.metric or not is_count(figure):
        return False
    asked, counted = terms(question.subject), flat(figure.metric)
    if not asked or any(len(term.text) > 1 and term.text in counted + flat(said) for term in asked):
        return False
    if len(asked[0].text) == 1:  # 多少个村
        return asked[0].text != counted[-1]
    encoder = shipped_contextual()
    return float(encoder.encode_query(question.subject) @ encoder.encode_query(counted)) < _LEAST_ALIKE


def measures_another(question: Question, figure: Figure, said: str) -> bool:
    """Whether the figure is of another value than the one asked for, which `said`, the words around it, don't name:
    营业收入 in the place of 交了多少税."""
    if question.subject or is_count(figure) or not _MONEY.fullmatch(question.unit):
        return False  # 多少人, 多少公里 say what is asked for
    after = None if question.unit else _AFTER.search(question.standalone)
    term = asked_for(question.standalone)
    asked = flat(after["what"]) if after else term.text if term else ""
    if not asked or not figure.metric or _OF_ANYTHING.fullmatch(asked) or is_said(asked, flat(said)):
        return False
    encoder = shipped_contextual()
    alike = float(encoder.encode_query(asked) @ encoder.encode_query(flat(figure.metric)))
    return alike < _LEAST_LIKE_VALUES
