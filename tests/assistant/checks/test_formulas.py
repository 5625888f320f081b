from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.checks.formulas import formulas


@pytest.mark.parametrize(
    ("text", "printed", "result", "unit", "right"),
    [
        ("差5061元（60000元－54939元＝5061元）。", "60000元－54939元＝5061元", "5061", "元", True),
        ("60000 - 54939 = 5061", "60000 - 54939 = 5061", "5061", "", True),
        ("(54939-39801)÷39801×100%≈38.0%", "(54939-39801)÷39801×100%≈38.0%", "38.0", "%", True),
        ("5061÷60000＝8.4%", "5061÷60000＝8.4%", "8.4", "%", True),
        ("5061÷60000＝9.4%", "5061÷60000＝9.4%", "9.4", "%", False),
        ("1.5万元－5000元=1万元", "1.5万元－5000元=1万元", "10000", "元", True),
        ("92.5%－92%＝0.5个百分点", "92.5%－92%＝0.5个百分点", "0.5", "个百分点", True),
        ("54939-60000=-5061", "54939-60000=-5061", "-5061", "", True),
        ("60000元减54939元等于5061元", "60000元减54939元等于5061元", "5061", "元", True),
        ("12,345+1＝12,346", "12,345+1＝12,346", "12346", "", True),
        ("1+2×3=9", "1+2×3=9", "9", "", False),
        ("1/0=3", "1/0=3", "3", "", False),
        ("1.5+2.25≈3.8", "1.5+2.25≈3.8", "3.8", "", True),
    ],
)
def test_a_calculation_is_worked_out_again(text: str, printed: str, result: str, unit: str, right: bool) -> None:
    (formula,) = formulas(text)

    assert text[formula.start : formula.end] == printed
    assert (formula.result.value, formula.result.unit, formula.right) == (Decimal(result), unit, right)


@pytest.mark.parametrize(
    "text",
    [
        "2025-12-05",
        "2021—2025年",
        "增长3-5个百分点，共20个",
        "1.48:1",
        "“1+3”机制",
        "a=5",
        "5061元（见附件）＝",
        "((",
        "",
    ],
)
def test_what_is_no_calculation_is_left_alone(text: str) -> None:
    assert formulas(text) == []


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 9999)), min_size=1, max_size=4), st.integers(0, 9999))
def test_results_agree_with_python(steps: list[tuple[str, int]], first: int) -> None:
    expression = str(first) + "".join(f"{sign}{number}" for sign, number in steps)
    result = eval(expression)

    (right,) = formulas(f"{expression}={result}")
    (wrong,) = formulas(f"{expression}={result + 1}")

    assert right.right
    assert not wrong.right
    assert len(right.operands) == len(steps) + 1


@given(st.text("0123456789+-*/=()（）.元%万 x约≈", max_size=40))
def test_any_text_is_read_without_error(text: str) -> None:
    for formula in formulas(text):
        assert 0 <= formula.start < formula.end <= len(text)
