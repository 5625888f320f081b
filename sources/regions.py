"""Places named in a text: where a figure holds, with its level and what it is part of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

Level = Literal["country", "province", "city", "county", "town", "village", ""]


@dataclass(frozen=True, slots=True)
class Region:
    """One mention of a place. `text[start:end]` is how it is printed; `name` is its full name."""

    start: int
    end: int
    name: str
    """嘉兴市, 浙江省, 全国 …; empty for 全市, 本省 and the like when the home region isn't known."""
    level: Level
    parent: str
    """Full name of the place one level up; empty when unknown or when several places bear this name."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the gazetteer. Several places may bear one name (江北区 of 宁波市 and of 重庆市)."""

    name: str
    level: Level
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    places: dict[str, Place]
    spellings: dict[str, dict[str, str]]
    """First two characters → every spelling that starts so, longest first → full name, "" for what is no place."""
    starts: re.Pattern[str]
    """Finds the two characters that a spelling may start with; zero width, so that no start is missed."""
    latin: re.Pattern[str]
    latin_names: dict[str, str]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    lines = (resources.files("sources") / "gazetteer" / "places.tsv").read_text("utf-8").splitlines()
    places: dict[str, Place] = {}
    names: dict[str, str] = {}
    latin: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") or not line:
            continue
        level, name, parent, others = line.split("\t")
        if level == "word":
            names[name] = ""
            continue
        known = places.get(name)
        parents = (*known.parents, parent) if known else (parent,)
        places[name] = Place(name, level, parents)  # type: ignore[arg-type]
        names[name] = name
        for other in filter(None, others.split("|")):
            if other.isascii():
                latin.setdefault(other.lower(), name)
            else:
                names.setdefault(other, name)
    spellings: dict[str, dict[str, str]] = {}
    for spelling in sorted(names, key=lambda word: -len(word)):
        spellings.setdefault(spelling[:2], {})[spelling] = names[spelling]
    first = "".join(sorted({key[0] for key in spellings}))
    second = "".join(sorted({key[1] for key in spellings}))
    words = "|".join(re.escape(word) for word in sorted(latin, key=lambda word: -len(word)))
    return _Gazetteer(
        places,
        spellings,
        re.compile(f"(?=[{first}][{second}])"),
        re.compile(rf"\b(?:{words})\b(?: (?:Province|City|County|District))?", re.IGNORECASE),
        latin,
    )


# 我省, 全市, 该县: the document's own place of that level.
_HOME = re.compile(
    r"[我全本该]([国省市县区镇乡村])(?![域场长民里委级直属别分面内]|重点)|(?:省|市|县|区)(?:域|内)(?!外)"
)
_HOME_LEVEL: dict[str, Level] = {
    "国": "country",
    "省": "province",
    "市": "city",
    "县": "county",
    "区": "county",
    "镇": "town",
    "乡": "town",
    "村": "village",
}
# Directly after a county or city: 南湖区凤桥镇下辖的联丰村.
_TOWN = re.compile(r"([一-龥]{2,4}?)(镇|乡|街道)(?![一-龥]{0,2}(?:级|企业|振兴))")
_VILLAGE = re.compile(r"(?:下辖)?的?([一-龥]{2,4}?)村(?![民委庄级落社企])")
_NOT_TOWN = re.compile(
    r"中心|重点|重|特色|小城|工业|农业|商贸|文旅|城$|乡$|各|全|示范|和|的|个|[一二三四五六七八九十两]"
)
# A company or a school is no place: 上海积可建材有限责任公司, 浙江工业大学.
_ORGANISATION = re.compile(r"[一-龥（()）]{0,14}?(?:有限(?:责任)?公司|股份公司)|[一-龥]{0,4}?(?:大学|学院)(?!生)")


def regions(text: str, *, home: Sequence[str] = ()) -> list[Region]:
    """Every place named in `text`, in order, without overlaps; the longest name wins.

    `home` holds the full names of the places the text is about, most important first: 全省 and 我市 mean the first of
    them (or the place it is part of) at that level. Names inside those of companies and schools are left out.
    """
    book = _gazetteer()
    found: list[Region] = []
    taken = 0
    local: dict[str, tuple[Level, str]] = {}
    for match in book.starts.finditer(text):
        start = match.start()
        if start < taken:
            continue
        spellings = book.spellings.get(text[start : start + 2], {})
        spelling = next((spelling for spelling in spellings if text.startswith(spelling, start)), "")
        if not spelling:
            continue
        name = spellings[spelling]
        end = start + len(spelling)
        taken = end
        if not name:
            continue
        organisation = _ORGANISATION.match(text, end)
        if organisation:
            taken = organisation.end()
            continue
        place = book.places[name]
        found.append(Region(start, end, name, place.level, _parent(place, home, found)))
        taken = _append_towns(text, end, found, local)
    found.extend(_local_mentions(text, local, found))
    found.extend(
        Region(match.start(), match.end(), place.name, place.level, _parent(place, home, ()))
        for match in book.latin.finditer(text)
        for place in (
            book.places[book.latin_names[re.split(r" (?=Province|City|County|District)", match[0])[0].lower()]],
        )
    )
    for match in _HOME.finditer(text):
        level = _HOME_LEVEL[match[1] or match[0][0]]
        name = "全国" if level == "country" else home_of(level, home)
        if not match[1] and not name:
            continue  # 省内, 市域 without a known home say nothing
        end = match.end() if match[1] else match.start() + 2
        found.append(Region(match.start(), end, name, level, parent_of(name)))
    found.sort(key=lambda region: (region.start, -region.end))
    kept: list[Region] = []
    for region in found:
        if not kept or region.start >= kept[-1].end:
            kept.append(region)
    return kept


def _append_towns(text: str, end: int, found: list[Region], local: dict[str, tuple[Level, str]]) -> int:
    """Reads the town, and the village, that stand directly after a county; returns where reading goes on."""
    if found[-1].level not in ("county", "city"):
        return end
    for pattern, level in ((_TOWN, "town"), (_VILLAGE, "village")):
        match = pattern.match(text, end)
        if not match or _NOT_TOWN.search(match[1]):
            continue
        start = match.start(1)
        name = text[start : match.end()]
        parent = found[-1].name
        found.append(Region(start, match.end(), name, level, parent))  # type: ignore[arg-type]
        local.setdefault(name, (level, parent))  # type: ignore[arg-type]
        end = match.end()
    return end


def _local_mentions(text: str, local: dict[str, tuple[Level, str]], found: Sequence[Region]) -> list[Region]:
    """Later mentions of the towns and villages that `text` introduces with their county."""
    seen = {region.start for region in found}
    return [
        Region(match.start(), match.end(), name, level, parent)
        for name, (level, parent) in local.items()
        for match in re.finditer(re.escape(name), text)
        if match.start() not in seen
    ]


def _parent(place: Place, home: Sequence[str], before: Sequence[Region]) -> str:
    """What `place` is part of; where several places share the name, the one near the text's other places."""
    if len(place.parents) == 1:
        return place.parents[0]
    near = {*home, *(region.name for region in before[-3:])}
    near |= {parent_of(name) for name in near}
    fitting = [parent for parent in place.parents if parent in near]
    return fitting[0] if len(fitting) == 1 else ""


def parent_of(name: str) -> str:
    """The full name of what the place `name` is part of; empty when it is unknown or not the only one of that name."""
    place = _gazetteer().places.get(name)
    return place.parents[0] if place and len(place.parents) == 1 else ""


def level_of(name: str) -> Level:
    """The level of the place with this full name; empty when the gazetteer doesn't have it."""
    place = _gazetteer().places.get(name)
    if place:
        return place.level
    if name.endswith(("镇", "乡", "街道")):
        return "town"
    return "village" if name.endswith("村") else ""


def part_of(inner: str, outer: str) -> bool:
    """Whether the place `inner` lies in `outer` (both full names); a place is part of itself."""
    if inner == outer:
        return bool(inner)
    place = _gazetteer().places.get(inner)
    return bool(place) and any(parent and part_of(parent, outer) for parent in place.parents)  # type: ignore[union-attr]


def home_of(level: Level, home: Sequence[str]) -> str:
    """The place of that level among `home` or above its places; empty when there is none."""
    for name in home:
        here = name
        while here:
            if level_of(here) == level or (level in ("city", "county") and here == name and _is_municipality(here)):
                return here
            here = parent_of(here)
    return ""


def _is_municipality(name: str) -> bool:
    """北京市 and its like are provinces that call themselves 我市."""
    return name.endswith("市") and level_of(name) == "province"


def main_regions(text: str, *, title: str = "", most: int = 5) -> tuple[str, ...]:
    """Full names of the places `text` is about, the main one first.

    A place in the title counts like eight in the text; the whole country only counts when nothing else is named.
    """
    counts: Counter[str] = Counter()
    for region in regions(title):
        counts[region.name] += 8
    for region in regions(text):
        counts[region.name] += 1
    for name in [name for name in counts if not name]:
        del counts[name]
    country = counts.pop("全国", 0)
    names = [name for name, _ in counts.most_common(most)]
    return tuple(names) if names or not country else ("全国",)
