"""Owners: whose document each is, the place or the body that its title or its publisher begins with; and which of the
owners of like documents a question names.

云台县公租房实施细则 is of 云台县, 青禾市第一中学作息时间安排 of 第一中学: two documents of one kind of owner may each
have a value of their own for what a question asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.catalog.rows import DocumentInfo
from sources.mentions.titles import name_of

_PLACES = re.split(
    " ", "自治区 自治州 自治县 特别行政区 地区 街道 社区 新区 开发区 高新区 省 市 县 区 州 盟 旗 镇 乡 村"
)
_BODIES = re.split(
    " ",
    "集团股份有限公司 股份有限公司 集团有限公司 有限责任公司 有限公司 集团公司 公司 集团 "
    "幼儿园 小学 中学 高中 学校 大学 学院 医院 卫生院 银行 合作社 图书馆 博物馆 体育馆 文化馆 养老院 "
    "敬老院 福利院 园区 校区 院区 景区 食堂",
)
"""What the names of places and of bodies end in whose documents stand side by side."""
_NOT_A_NAME = "(?![级直属域内委长])"
_LETTER = "[^\\W\\da-zA-Z_对在向由从与和及的将被为到于赴往]"
"""Of a name: 云南省对赴湖北省 is two, with words between them."""
_ENDS = rf"(?:{'|'.join(_PLACES)}){_NOT_A_NAME}"
_LEADS = rf"[向从]{_LETTER}|于{_LETTER}{{1,2}}?"
_JOINS = rf"(?![省市县区州镇乡村]){_LETTER}和{_LETTER}{{0,2}}?"
_PLACE = rf"(?:{_LETTER}{{2,4}}?|{_JOINS}|{_LEADS}|和{_LETTER}){_ENDS}"
_FIRST = rf"(?:{_PLACE}|和{_LETTER}{{2}}{_ENDS})"
"""永和镇, 和平村 and 向阳村 have in them what otherwise joins names or leads to one."""
_BODY = rf"[一-鿿A-Za-z0-9]{{1,12}}?(?:{'|'.join(_BODIES)})"
_OWNER = re.compile(rf"(?:(?:19|20)\d\d年?(?:度)?)?(?P<places>(?:{_FIRST}(?:{_PLACE})*)?)(?P<body>{_BODY})?")
_EACH_PLACE = re.compile(_FIRST)
_LEVELS = (
    frozenset(("省", "自治区", "特别行政区")),
    frozenset(("市", "州", "自治州", "盟", "地区")),
    frozenset(("市", "县", "区", "旗", "自治县", "新区", "开发区", "高新区")),
    frozenset(("镇", "乡", "街道")),
    frozenset(("村", "社区")),
    (_COMPANIES := frozenset(each for each in _BODIES if each.endswith(("公司", "集团")))),
)
_INDEFINITE = re.compile(
    "[哪几两各每某全本该这那其与及、年]|[一二三四五六七八九十百]+(?:个|[家所座](?![村庄店镇乡]))|所有"
)
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose documents these are."""

    name: str
    """As they print it: 云台县, 第一中学."""
    sort: str
    """What its name ends in: 县, 中学."""

    def is_like(self, other: Owner) -> bool:
        """Whether both are of one kind: two counties, a county and a district, two schools."""
        if self.name == other.name:
            return False
        return self.sort == other.sort or any({self.sort, other.sort} <= level for level in _LEVELS)

    def called_in(self, text: str) -> str:
        """What the text calls it: by its name, without what that ends in, or for short: 一中, 恒通公司; "" where it
        doesn't."""
        short = self.name.removesuffix(self.sort)
        if self.sort in _COMPANIES:
            brief = [f"{short[:_SHORTEST]}{each}" for each in ("公司", "集团")]
        else:
            # Of a school only: 云县 may be another county.
            brief = [f"{each}{self.sort[0]}" for each in short] if len(self.sort) > 1 else []
        shortened = [short] if len(short) >= _SHORTEST else []
        return next((each for each in (self.name, *shortened, *brief) if each in text), "")

    def is_named_in(self, text: str) -> bool:
        """Whether the text calls it anything."""
        return bool(self.called_in(text))


@lru_cache(maxsize=4096)
def owner_of(title: str, publisher: str | None) -> Owner | None:
    """Whose document it is by its title, or else by its publisher; None where neither tells."""
    for printed in (name_of(title), title, *(publisher or "").split()[:1]):
        found = _OWNER.match(printed)
        if found is None or _INDEFINITE.search(found["places"] + (found["body"] or "")):
            continue
        if "和" in (found["body"] or ""):
            continue
        if found["body"]:
            return Owner(found["body"], _sort_of(found["body"], _BODIES))
        if places := _EACH_PLACE.findall(found["places"]):
            return Owner(places[-1], _sort_of(places[-1], _PLACES))
    return None


def are_alike(one: DocumentInfo, other: DocumentInfo) -> bool:
    """Whether two documents are of two owners of one kind: what one says of its own holds for nobody else."""
    first, second = owner_of(one.title, one.publisher), owner_of(other.title, other.publisher)
    return first is not None and second is not None and first.is_like(second)


def stranger(text: str, owners: Iterable[Owner]) -> Owner | None:
    """Whom `text` begins with, where that is none of the owners but like one: 北塘区 beside documents of 东屏县."""
    named, known = owner_of(text, None), list(owners)
    if named is None or any(each.name == named.name for each in known):
        return None
    alike = [each for each in known if named.is_like(each)]
    return named if alike and not any(each.is_named_in(text) for each in alike) else None


def _sort_of(name: str, ends: Sequence[str]) -> str:
    """The longest of the ends that the name has."""
    return max((each for each in ends if name.endswith(each)), key=len)
