"""Sentences against words of our own, every figure invented."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from assistant.answers import Citation, Evidence
from assistant.checks.verdict import Verdict
from assistant.checks.verify import verify
from assistant.citations import cite
from sources.passages import split
from sources.readers.files import document_of

CLINICS = (
    "2025年末，全省共有医院1260个，村级诊所1510个。次均门诊费用为246.8元，同比下降1.4%；住院费用为9870元，增长0.6%。"
)
WORKS = "县住建局牵头实施管网改造，县财政局安排资金2600万元。教师需要参加转岗培训。"
RULES = "禁止在河道两侧新建养殖场。逾期未办结的，视为同意。报名人数超过计划时，按落户时间录取。链长由副市长担任。"


def verdict(sentence: str, text: str, supports: Callable[[str, str], float] | None = None) -> Verdict:
    document = document_of(f"# 某地情况\n\n{text}\n".encode(), uri="d.md")
    (passage,) = split(document)
    start = document.text.index(text)
    citation: Citation = cite(Evidence(1, passage, start, start + len(text), 1.0), document)
    return verify(f"{sentence}[1]", [citation], document=lambda _: document, supports=supports)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("全省的村级诊所数量为1510家。", CLINICS),
        ("村级诊所在2025年末一共有1510个。", CLINICS),
        ("次均门诊费用较上年降低1.4%。", CLINICS),
        ("管网改造由县住建局牵头。", WORKS),
        ("县财政局为管网改造安排了2600万元资金。", WORKS),
        ("河道两侧不得新建养殖场。", RULES),
        ("链长由副市长担任，按落户时间录取。", RULES),
    ],
)
def test_what_is_said_in_other_words_passes(sentence: str, text: str) -> None:
    assert verdict(sentence, text).ok, verdict(sentence, text).problems


@pytest.mark.parametrize(
    ("sentence", "text", "kind"),
    [
        ("2025年末，全省共有1510个医院。", CLINICS, "number_mismatch"),
        ("全省关闭村级诊所1510个。", CLINICS, "not_supported"),
        ("每个县有村级诊所1510个。", CLINICS, "not_supported"),
        ("门诊费用的中位数为246.8元。", CLINICS, "not_supported"),
        ("次均门诊费用同比上涨1.4%。", CLINICS, "negation_mismatch"),
        ("次均住院费用为246.8元。", CLINICS, "number_mismatch"),
        ("县财政局牵头实施管网改造。", WORKS, "not_supported"),
        ("教师已完成转岗培训。", WORKS, "status_mismatch"),
        ("河道两侧可以新建养殖场。", RULES, "negation_mismatch"),
        ("逾期未办结的，视为不同意。", RULES, "negation_mismatch"),
        ("报名人数超过计划时，按报名时间录取。", RULES, "not_supported"),
        ("链长由市长担任。", RULES, "not_supported"),
    ],
)
def test_one_word_that_is_another_is_found(sentence: str, text: str, kind: str) -> None:
    assert kind in {problem.kind for problem in verdict(sentence, text).problems}


@pytest.mark.parametrize(
    ("sentence", "probability", "passes"),
    [
        ("民间的村级诊所1510个。", 0.9, True),
        ("民间的村级诊所1510个。", 0.1, False),
        ("每月村级诊所1510个。", 0.9, False),  # how often it is can't be excused
        ("民间、连锁、外资的村级诊所1510个。", 0.9, False),  # so many strange words neither
    ],
)
def test_the_reader_has_a_say_about_strange_words_only(sentence: str, probability: float, *, passes: bool) -> None:
    def supports(_statement: str, _text: str, *, told: float) -> float:
        return told

    assert verdict(sentence, CLINICS, partial(supports, told=probability)).ok == passes
