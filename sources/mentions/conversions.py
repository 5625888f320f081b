"""Units of one kind: how many of one make another. 亩 and 公顷, 斤 and 吨, 米 and 公里."""

from __future__ import annotations

_SIZES: dict[str, dict[str, int]] = {
    "area": {"平方米": 3, "亩": 2000, "公顷": 30_000, "平方公里": 3_000_000},
    "mass": {"斤": 1, "公斤": 2, "千克": 2, "吨": 2000},
    "length": {"米": 1, "公里": 1000},
    "time": {"分钟": 1, "小时": 60},
}
"""Of each kind, what a unit is worth in the smallest whole numbers."""


def factor(unit: str, other: str) -> int | None:
    """How many of `unit` make one of `other`, where the number is whole; negative where it is the other way round.

    >>> factor("亩", "公顷"), factor("公顷", "亩"), factor("亩", "吨")
    (15, -15, None)
    """
    for sizes in _SIZES.values():
        if unit in sizes and other in sizes and unit != other:
            small, large = sorted((sizes[unit], sizes[other]))
            if large % small == 0:
                return large // small if sizes[other] == large else -(large // small)
    return None
