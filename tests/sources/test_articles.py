"""Places in a rule, found by the names that others call them."""

from __future__ import annotations

import pytest

from sources.articles import place_in

RULE = """办法
第一章 总则
第一条 按照第二条执行的，由县级
负责。
第二条 下列情形：
（一）甲；
（二）乙。
其他从其规定。
第二条之一 新设。
第二章 附则
第三条 施行。
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("第一条", "第一条 按照第二条执行的，由县级\n负责。"),
        ("第二条", "第二条 下列情形：\n（一）甲；\n（二）乙。\n其他从其规定。"),
        ("第二条第一款", "第二条 下列情形：\n（一）甲；\n（二）乙。"),
        ("第二条第二款", "其他从其规定。"),
        ("第二条第（二）项", "（二）乙。"),
        ("第二条第一款第一项", "（一）甲；"),
        ("第二条之一", "第二条之一 新设。"),
        ("第三条", "第三条 施行。"),
        ("第四条", None),
        ("第二条第三款", None),
        ("第二条第三项", None),
    ],
)
def test_a_place_is_found_by_its_name(name: str, found: str | None) -> None:
    span = place_in(RULE, name)

    assert (RULE[slice(*span)] if span else None) == found
