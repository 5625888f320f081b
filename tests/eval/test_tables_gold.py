"""The measure of tables: which subject and metric count as right, and what the figures of real tables reach."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from eval.parts import tables_gold
from eval.parts.tables_gold import Label
from sources.figures.figure import Figure

LABEL = Label(
    file="a.csv",
    table=0,
    line=1,
    cell=1,
    text="20",
    subject=("早稻",),
    metric=("产量",),
    unit=("吨",),
    value=Decimal(20),
    period=(),
)
FIGURE = Figure("a", 0, 2, "总产量", Decimal(20), "吨", subject="粮食 › 早稻")


def test_each_field_is_judged_by_its_own_rule() -> None:
    judged = {name: tables_gold.judge(name, LABEL, FIGURE) for name in tables_gold.FIELDS}
    assert judged == {"subject": True, "metric": True, "unit": True, "value": True, "period": None}
    wrong = replace(FIGURE, subject="晚稻", metric="单产", unit="公斤", value=Decimal(21))
    assert not any(tables_gold.judge(name, LABEL, wrong) for name in ("subject", "metric", "unit", "value"))
    assert tables_gold.judge("value", LABEL, None) is False


def test_what_is_the_subject_is_not_the_metric_as_well() -> None:
    either = replace(LABEL, subject=("存货", "年末余额"), metric=("存货", "年末余额"))
    assert tables_gold.judge("metric", either, replace(FIGURE, subject="存货", metric="年末余额"))
    assert tables_gold.judge("metric", either, replace(FIGURE, subject="年末余额", metric="存货"))
    assert not tables_gold.judge("metric", either, replace(FIGURE, subject="存货", metric="存货"))


def test_the_gold_set_is_large_and_holds_no_text_but_numbers_and_names() -> None:
    gold = tables_gold.labels()
    assert len(gold) >= 600
    assert len({(label.file, label.table) for label in gold}) >= 30
    assert max(len(said) for label in gold for said in (*label.subject, *label.metric)) < 60


def test_real_tables_are_read_right() -> None:
    gold = tables_gold.labels()
    if not tables_gold.SHARED.is_dir():
        pytest.skip("the labelled files aren't here: ../shared/data is not part of the project")
    scores, missing = tables_gold.score(gold)
    assert not missing
    found = scores["all"]
    assert found.recall >= 0.99
    assert min(found.accuracy(name) for name in ("unit", "value")) >= 0.99
    assert min(found.accuracy(name) for name in ("subject", "metric")) >= 0.97
