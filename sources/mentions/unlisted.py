"""Places that no gazetteer has, where a document shows that they are some: by its title, its publisher, its tables"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from sources.mentions.gazetteer import is_listed
from sources.tables import Table

_NAME = r"[一-鿿]{2,3}[市县区]"
_TITLED = re.compile(rf"(?:^|[《“在]|关于(?:印发|开展|做好)?)(?:(?:19|20)\d\d年度?)?(?P<name>{_NAME})(?=[一-鿿\d])")
_BODY = (
    r"(?:人民政府|人民代表大会|第[一二三四五六七八九十]{1,3}届|政府|人大|政协|纪委|委(?![员托派外会])"
    r"|[一-鿿]{2,8}(?:局|厅|办公室|委员会|调查队|管委会))"
)
_OF_ITS_OWN = re.compile(
    rf"^(?:(?:19|20)\d\d年度?)?(?P<name>{_NAME})"
    rf"(?=(?:19|20)\d\d年|“?十[二三四五六]五|国民经济|政府工作|统计|{_BODY}|[一-鿿]{{2,6}}(?:办|局)关于)"
)
"""Titles that begin so begin with a place: 婺江市2024年, 婺江市共富办关于."""
_NO_NAME = re.compile(
    r"[各全我本该这某两和与及在对为从向由到加的]|[镇乡街道]区$|(?:都|城|超|门|股|上|辖|集|夜|楼|大|强)市$"
    r"|[山城郊地社园景库灾牧农辖老特战片校林矿厂新]区$|(?:开发|高新|经开|示范|试验|功能|保护|重点|集聚|工业)区$"
    r"|(?:强|大|郊|贫困|先进|试点|示范|重点|所在|山区|海岛|沿海|平原|老区)县$"
)
_LEAST_SHARE = 0.7
"""Of the different labels of a column that are names of places."""
_LEAST_ROWS = 2
_LEAST_SAID = 2


def titled(title: str, publisher: str | None, text: str) -> str:
    """The place that a document is of by its title or its publisher; "" where it is a listed one, or none.

    A title alone may begin with much that ends like a place: its bodies, or the text again, have to speak of it.

    >>> titled("婺江市2024年工作要点", "婺江市人民政府办公室", "")
    '婺江市'
    >>> titled("关于加快县域发展的意见", None, "加快县域发展。")
    ''
    """
    names = [match["name"] for match in _TITLED.finditer(title)]
    names += [match["name"] for body in (publisher or "").split() if (match := re.match(rf"(?P<name>{_NAME})", body))]
    for name in names:
        if is_listed(name) or any(is_listed(name[at:]) for at in range(1, len(name) - 1)) or _NO_NAME.search(name):
            continue
        own = _OF_ITS_OWN.match(title)
        of_a_body = rf"(?:(?<![一-鿿])|(?<=在)){name}{_BODY}"
        if (
            (own and own["name"] == name)
            or re.search(of_a_body, f"{title}\n{publisher or ''}\n{text}")
            or text.count(name) >= _LEAST_SAID
        ):
            return name
    return ""


def tabled(tables: Iterable[Table]) -> frozenset[str]:
    """The places that label rows, where a column holds hardly anything but names of cities, counties and districts."""
    found: set[str] = set()
    for table in tables:
        labels = [
            [row[at] for row in table.rows if at < len(row)] for at in range(max(map(len, table.rows), default=0))
        ]
        columns: dict[int, list[str]] = {}
        for cell in table.cells:
            columns.setdefault(cell.column, []).append(cell.text)
        for column in (*labels, *columns.values()):
            found |= _names(column)
    return frozenset(found)


def _names(column: Sequence[str]) -> set[str]:
    counts = Counter("".join(text.split()) for text in column)
    names = {text for text in counts if re.fullmatch(_NAME, text) and not _NO_NAME.search(text)}
    if len(names) < _LEAST_ROWS or len(names) < _LEAST_SHARE * len(counts):
        return set()
    return {name for name in names if not is_listed(name)}
