"""Homes: the one place that all documents of a folder are of, by their titles, where no gazetteer has its name"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from sources.mentions.regions import regions

_CALLED = re.compile(
    r"(?:^|《|关于(?:印发|开展|做好)?)(?:(?:19|20)\d\d年度?)?(?P<place>[一-鿿]{2,3}(?P<sign>[市县区镇乡]))(?=[一-鿿\d])"
)
_NO_NAME = re.compile(r"[各全我本该这]|[山城郊地社园景库灾牧农]区|(?:都|城|超|门|股|上)市")
_LEAST_SHARE = 0.8
"""Of the documents whose titles begin with a place."""
_LEAST_OF_ALL = 1 / 3
_MOST_TITLES = 2000


def home_called(titles: Iterable[str]) -> str:
    """The place that titles begin with: 婺江市; "" where they name several, or hardly any does, or it is a known one.

    >>> home_called(["婺江市2024年工作要点", "关于印发《婺江市帮扶办法》的通知", "2024年进展通报"])
    '婺江市'
    """
    held = list(titles)
    if len(held) > _MOST_TITLES:
        return ""
    named = Counter(
        match["place"] for title in held if (match := _CALLED.search(title)) and not _NO_NAME.search(match["place"])
    )
    if not named:
        return ""
    (place, count), total = named.most_common(1)[0], sum(named.values())
    if count < max(2, _LEAST_SHARE * total, _LEAST_OF_ALL * len(held)) or any(each.name for each in regions(place)):
        return ""
    return place


def at_home(text: str, place: str) -> str:
    """The text with what its documents call it, 全市, for the name of their home, whole or short.

    >>> at_home("2024年婺江农民收入", "婺江市")
    '2024年全市农民收入'
    """
    if not place:
        return text
    short, sign = place[:-1], place[-1]
    return re.sub(
        rf"(?<!《)(?:{place}(?:全{sign})?|{short}(?:全{sign})?(?![一-鿿]?[市县区镇乡村河湖山路大学院公司]))",
        f"全{sign}",
        text,
    )
