"""Our answer rules against the data set's neutral ones, on texts made to be awkward."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases import Case
from eval.metrics.figures import stated
from eval.metrics.normal import flat, normal
from eval.metrics.phrases import any_forbidden
from eval.metrics.right import follows_rules

QA = Path(__file__).parents[2] / ".." / "shared" / "qa"
neutral_scorer = pytest.mark.skipif(
    not (QA / "rules.py").exists(), reason="the shared questions are not beside the repository"
)
AWKWARD = """
0 1 2 5 12 17 54939 3.5 5.49 1,234 1,234,567 ２０２５ 第 余 多 来 万 亿 千万 百万 万亿 % 百分之 个 条 家 元 块 年 月 日
倍 头 平方公里 公里 吨 μg ug 微克 :1 ： ∶ 1.73:1 十二 二 两 七 十七 六 种 项 位 名 以上 左右 million billion percent per
cent 省委 “七优享” 增长 达到 。 ， . , [1] [1,2] 【3】 ① * | ( )
"""
PIECES = st.sampled_from([*AWKWARD.split(), " ", "\n", "\u3000"])
TEXTS = st.lists(PIECES, min_size=1, max_size=9).map("".join)
FIGURES = st.one_of(
    TEXTS,
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["12", "2", "17", "5.49", "第6", "54939", "20余", "1.73", "1,234"]),
        st.sampled_from(["", "万", "亿", "千万"]),
        st.sampled_from(["", "元", "条", "个", "%", ":1", "年", "平方公里", "微克", "位", "家以上", "倍", "月5日"]),
    ),
)


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("neutral_rules", QA / "rules.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@neutral_scorer
@settings(max_examples=500, deadline=None)
@given(figure=FIGURES, text=TEXTS, whole_unit=st.booleans())
def test_a_figure_is_stated_exactly_where_the_neutral_rules_say_so(
    rules: ModuleType, figure: str, text: str, whole_unit: bool
) -> None:
    assert normal(text) == rules.norm(text)
    assert stated(figure, text, whole_unit=whole_unit) == rules.figure_in(figure, text, strict=whole_unit)
    assert any_forbidden([figure], text) == rules.banned_in(figure, text)


@neutral_scorer
@settings(max_examples=150, deadline=None)
@given(
    figures=st.lists(FIGURES, max_size=2),
    groups=st.lists(st.lists(TEXTS, min_size=1, max_size=2), max_size=2),
    text=TEXTS,
)
def test_an_answer_follows_the_rules_exactly_where_the_neutral_ones_say_so(
    rules: ModuleType, figures: list[str], groups: list[list[str]], text: str
) -> None:
    item = {"answerable": True, "figures": figures, "must_include": groups, "must_not": ["350亿元"]}
    case = Case.model_validate({"id": "1", "question": "?", **item})
    assert follows_rules(case, text) == rules.answer_right(item, text)


@neutral_scorer
def test_every_shared_item_is_read_and_its_own_answer_is_right(rules: ModuleType) -> None:
    for line in (QA / "seeds-dev.jsonl").read_text(encoding="utf-8").splitlines():
        case = Case.model_validate(json.loads(line))
        if case.answerable:
            assert follows_rules(case, case.answer), case.id
            assert all(flat(e) == e for e in case.evidence)


@pytest.mark.parametrize(
    ("figure", "text", "expected"),
    [
        ("5.49万元", "人均可支配收入54900元", True),
        ("1200余件", "办理1200多件", True),
        ("第17", "列全国第17位", True),
        ("7项", "包括七项", True),
        ("7项", "包括十七项", False),
        ("88.6%", "88.6亿元", False),
        ("12条", "第12家", False),
        ("12条", "12家", True),
        ("2条", "两条", True),
        ("54939元", "154939元", False),
        ("1.73:1", "收入比为1.73", True),
        ("1.73:1", "1.73%", False),
    ],
)
def test_figures_by_example(figure: str, text: str, expected: bool) -> None:
    assert stated(figure, text) is expected
