"""Vectors in a byte a dimension find what those in full precision find."""

from __future__ import annotations

import numpy as np
import pytest

from index.catalog.vectors import matrix, packed, unpacked
from index.embedders.static import shipped


def test_the_nearest_are_as_good_as_the_same() -> None:
    texts = [
        f"{place}{year}年{what}为{year % 97}万元"
        for place in ("清溪镇", "龙潭乡", "石桥村", "柳林县")
        for year in range(1990, 2030)
        for what in ("补贴支出", "粮食产量", "财政收入", "道路里程", "就医人数")
    ]
    whole = shipped().encode(texts)
    kept = matrix([packed(vector) for vector in whole], dimension=whole.shape[1])
    asked = shipped().encode(["清溪镇补贴了多少", "哪里的粮食多", "2012年的财政", "看病的人", "修了多长的路"])
    found = 0
    for question in asked:
        exact = np.sort(whole @ question)[-10]
        found += int(np.sum((whole @ question)[np.argsort(-(kept @ question))[:10]] >= exact - 1e-3))
    assert found >= 0.98 * 10 * len(asked)
    assert np.linalg.norm(kept, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)


def test_zeros_stay_zeros() -> None:
    assert not unpacked([packed(np.zeros(8, np.float32))]).any()
    assert unpacked([]).shape == (0, 0)
    assert matrix([], dimension=8).shape == (0, 8)
