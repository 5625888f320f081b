"""Counted: whether what a number counts is what was asked for

会议讨论了几个议题 and 一共有多少个村 have no answer in 全镇12个强村富民项目: a project is no topic, and no village
either, though the characters of one stand there.
"""

from __future__ import annotations

from assistant.question.question import Question
from assistant.question.terms import flat, terms
from assistant.reading.agreement import is_count
from index.embedders.contextual import shipped_contextual
from sources.figures.figure import Figure

_LEAST_ALIKE = 0.2
"""The cosine of two things, read whole, below which the one isn't what is called the other: 老师 and 教师 have 0.75,
企业 and 上市公司 0.56, 议题 and 强村富民项目 0.10."""


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
