"""A rule with an amount for each size: the tier that the question's number falls into is told, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from assistant.ask import Assistant, build
from assistant.config import Config
from assistant.extractive.tiers import _of_piece

NOTICE = """# 关于2025年度来料加工经纪人奖励申报的通知

一、奖励标准

（一）年发放加工费20万元（含）至50万元的，奖励3000元；
（二）年发放加工费50万元（含）至100万元的，奖励8000元；
（三）年发放加工费100万元以上的，奖励1.5万元。
带动低收入农户10户以上的，另加2000元。

二、其他

对年服务1万人次以上的老年食堂每年补助6万元，5000至1万人次的补助3万元。
"""


@pytest.fixture(scope="module")
def notice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("notice")
    (folder / "通知.md").write_text(NOTICE, "utf8")
    with build(Config(data_dir=folder / ".data"), sources=[folder]) as built:
        yield built


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("年发放加工费30万元奖励多少？", "3000元"),
        ("年发放加工费50万元的奖励多少？", "8000元"),
        ("一年发了60万加工费能拿多少奖励？", "8000元"),
        ("发放加工费120万元奖励多少？", "1.5万元"),
        ("老年食堂一年服务8000人次补多少钱？", "3万元"),
        ("老年食堂年服务12000人次补助多少？", "6万元"),
    ],
)
def test_the_tier_of_a_number_is_told(notice: Assistant, question: str, value: str) -> None:
    answer = notice.ask(question)
    assert answer.status == "answered"
    assert value in answer.answer
    assert sum(each in answer.answer for each in ("3000元", "8000元", "1.5万元", "3万元", "6万元")) == 1


@pytest.mark.parametrize(
    ("text", "tiers"),
    [
        ("60—69周岁每月50元，70至79周岁的每月80元，80周岁以上的每月120元", [(60, 69), (70, 79), (80, "Infinity")]),
        ("500万元以下的补助5%，500万元（含）以上1000万元以下的补助8%", [("-Infinity", 5000000), (5000000, 10000000)]),
        ("50万元以上的，奖励不超过2万元", [(500000, "Infinity")]),
        ("全市共有60周岁以上老年人5万人", [(60, "Infinity")]),
        ("会议于8月召开", []),
    ],
)
def test_bounds_of_every_kind_are_tiers(text: str, tiers: list[tuple[object, object]]) -> None:
    found = [(each.values.low, each.values.high) for each in _of_piece(text, 0, len(text))]
    assert found == [(Decimal(str(low)), Decimal(str(high))) for low, high in tiers]
