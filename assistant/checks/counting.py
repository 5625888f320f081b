"""Counting: numbers of an answer that stand in no evidence because they count what it lists."""

from __future__ import annotations

import re

from assistant.checks.statement import Statement
from assistant.checks.support import flat
from sources.mentions.numerals import Quantity

THINGS = frozenset(
    "项条家座所处种类件宗例起笔份张台辆套块片支届批次场轮篇部本栋幢间大门只头村镇县市"  # one character each
)
_IN_ALL = re.compile(r"共(?P<count>\d+[一-鿿]{1,2})：(?P<names>[^。]+)")


def counts_items(quantity: Quantity, statement: Statement) -> bool:
    """Whether a small number in Chinese counts what is listed: 杭州、宁波和温州三个都市圈."""
    if quantity.unit not in THINGS | {"个", "方面"} or not 2 <= quantity.value <= 20 or re.search(r"\d", quantity.text):
        return False
    before = re.split("[，。；：]|包括|即|是", statement.text[: quantity.start])[-1]
    after = statement.text[quantity.end :].partition("：")[2]
    quoted = [ground.citation.quote for ground in statement.grounds]
    return any(_items(text) == quantity.value for text in (before, after, *quoted))


def counts_names(quantity: Quantity, statement: Statement) -> bool:
    """Whether it counts what it then names, all of it cited: 共3项：统一标准、统一调度、统一评价."""
    counted = _IN_ALL.match(statement.text)
    if counted is None or not counted.start("count") <= quantity.start < counted.end("count"):
        return False
    names = counted["names"].split("；" if "；" in counted["names"] else "、")
    cited = [flat(ground.citation.quote) for ground in statement.grounds]
    every = all(any(flat(name) in quote for quote in cited) for name in names)
    return every and len(set(names)) == len(names) == quantity.value


def _items(text: str) -> int:
    """How many things the longest enumeration in `text` lists."""
    lists = [re.sub("[和与及]|以及", "、", clause) for clause in re.split("[，。；：,;:]", text)]
    return max(len([item for item in re.split("、|(?<=”)(?=“)", clause) if item]) for clause in lists)
