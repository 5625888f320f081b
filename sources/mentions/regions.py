"""Places named in a text: where a figure holds, with its level and what it is part of."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sources.mentions.gazetteer import Level, Place, gazetteer, remembered


@dataclass(frozen=True, slots=True)
class Region:
    """One mention of a place. `text[start:end]` is how it is printed; `name` is its full name."""

    start: int
    end: int
    name: str
    """嘉兴市, 浙江省, 全国 …; empty for 全市, 本省 and the like when the home region isn't known."""
    level: Level
    parent: str
    """Full name of the place one level up; empty when unknown or when several places have this name."""


# 我省, 全市, 该县: the document's own place of that level.
_HOME = re.compile(r"[我全本该]([国省市县区镇乡村])(?![域场长民里委级直属别分面内]|重点)|(?:省|市)(?:域|内)(?!外)")
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
# Directly after a county or city: 南湖区凤桥镇下辖的联丰村, 平湖市广陈镇、新仓镇.
_TOWN = re.compile(r"、?([一-龥]{2,4}?)(镇|乡|街道)(?![一-龥]{0,2}(?:级|企业|振兴))")
_VILLAGE = re.compile(r"(?:下辖)?的?([一-龥]{2,4}?)(?<![农乡政点然心居落薄色弱个])村(?![民委庄级落社企])")
_NOT_TOWN = re.compile(
    r"中心|重点|重|特色|小城|工业|农业|商贸|文旅|城$|乡$|各|全|小$|示范|和|的|个|实|等|[一二三四五六七八九十两]"
)
# A company, a school or a street is no place: 上海积可建材有限责任公司, 浙江工业大学, 临汾路.
_ORGANISATION = re.compile(
    r"[一-龥（()）]{0,14}?(?:有限(?:责任)?公司|股份公司)|[一-龥]{0,4}?(?:大学|学院)(?!生)|[东西南北中]?(?:路|大道|街道|大街|站(?!点))"
)
_NAMED_CHINA = re.compile(r"[一-龥](?<![在于对是的和与及从为向到我全])中国")
_LATIN_WORD = re.compile(
    r"[A-Za-zÀ-ǜ]{2,}(?:['’][A-Za-zÀ-ǜ]+)?"
    r"(?: (?:Mongolia|Kong|(?i:province|city|county|district|sheng|shi|xian|qu)(?![A-Za-z])))*"
)
_LATIN_LEVEL = re.compile(r" (?:province|city|county|district|sheng|shi|xian|qu)$")
_AMONG = re.compile(r"[其当之集]中|次全国|(?<=[岁元人个户亩吨家%％倍级分点0-9])以[上下]")
"""Words that end in the first character of a name: 其中山区乡镇 speaks of mountains, not of 中山区; 65岁以上海岛老人
not of 上海, and 第五次全国经济普查 hardly of the country."""
_UMLAUT = str.maketrans("üǖǘǚǜ", "vvvvv")


def regions(text: str, *, home: Sequence[str] = ()) -> list[Region]:
    """Every place named in `text`, in order, without overlaps; the longest name wins.

    `home` holds the full names of the places the text is about, most important first: 全省 and 我市 mean the first of
    them (or the place it is part of) at that level. Names inside those of companies, schools and streets are left out.
    """
    book = gazetteer()
    found: list[Region] = []
    for mention in _named(text):
        if mention.parent or mention.level == "country":
            found.append(mention)
        else:
            parent = _parent(book.places[mention.name], home, found)
            found.append(Region(mention.start, mention.end, mention.name, mention.level, parent))
    latest = _Latest(found)
    for match in _HOME.finditer(text):
        level = _HOME_LEVEL[match[1] or match[0][0]]
        name = "全国" if level == "country" else home_of(level, home[:1])
        if not name and match[1]:  # the one named last, rather than any of the text's
            name = latest.name(match[1], match.start()) or home_of(level, home)
        if not match[1] and not name:
            continue  # 省内, 市域 without a known home say nothing
        end = match.end() if match[1] else match.start() + 2
        found.append(Region(match.start(), end, name, level, parent_of(name)))
        latest.add(name)
    found.sort(key=lambda region: (region.start, -region.end))
    kept: list[Region] = []
    for region in found:
        if not kept or region.start >= kept[-1].end:
            kept.append(region)
    return kept


class _Latest:
    """Which place of each level was named last, as a text is gone through."""

    def __init__(self, named: Sequence[Region]):
        self._named = sorted(enumerate(named), key=lambda pair: pair[1].end)
        self._read = 0
        self._places: dict[str, tuple[int, str]] = {}
        self._homes: dict[str, str] = {}
        """Those that 全市 and its like stand for."""

    def name(self, sign: str, at: int) -> str:
        """The last place before `at` that 全`sign` may mean, "" where there is none; `at` never goes back."""
        while self._read < len(self._named) and self._named[self._read][1].end <= at:
            place, region = self._named[self._read]
            for fitting in _signs(region.name):
                if place >= self._places.get(fitting, (-1, ""))[0]:
                    self._places[fitting] = (place, region.name)
            self._read += 1
        return self._homes.get(sign, "") or self._places.get(sign, (-1, ""))[1]

    def add(self, name: str) -> None:
        """A place that 全市 and its like stood for."""
        for fitting in _signs(name):
            self._homes[fitting] = name


def _signs(name: str) -> list[str]:
    level = level_of(name)
    return [sign for sign, its_level in _HOME_LEVEL.items() if name and (its_level == level or name.endswith(sign))]


@remembered(maxsize=8)
def _named(text: str) -> tuple[Region, ...]:
    """The places that `text` calls by name; the parent is empty where several places have that name."""
    book = gazetteer()
    found: list[Region] = []
    local: dict[str, tuple[Level, str]] = {}
    streets: set[str] = set()
    taken = 0
    for match in book.starts.finditer(text):
        start = match.start()
        if start < taken or _AMONG.match(text, max(start - 1, 0)):
            continue
        spellings = book.spellings.get(text[start : start + 2])
        if spellings is None:
            continue
        spelling = next((spelling for spelling in spellings if text.startswith(spelling, start)), "")
        if not spelling:
            continue
        name = spellings[spelling]
        end = taken = start + len(spelling)
        if not name:
            continue
        place = book.places[name]
        organisation = _ORGANISATION.match(text, end)
        if organisation and (spelling != name or not organisation[0].endswith(("街道", "站"))):
            taken = organisation.end()  # 上海路 is a street, but 静安区街道 the district's
            if spelling != name and organisation[0].startswith("路"):
                streets.add(spelling)
            continue
        if spelling in streets or (spelling == "中国" and _NAMED_CHINA.match(text, start - 1)):
            continue  # 临汾路街道 goes on as 临汾; 时代中国 is a company
        found.append(Region(start, end, name, place.level, place.parents[0] if len(place.parents) == 1 else ""))
        taken = _append_towns(text, end, found, local)
    found.extend(_local_mentions(text, local, found))
    found.extend(latin_places(text))
    found.sort(key=lambda region: region.start)
    return tuple(found)


def latin_places(text: str) -> list[Region]:
    """The places that `text` names in English or pinyin (Jiaxing, Jiāxīng shi, Qingtian County), in order."""
    book = gazetteer()
    found = []
    for match in _LATIN_WORD.finditer(text):
        word = match[0].lower().replace("’", "'").translate(_UMLAUT)
        if not word.isascii():
            word = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
        word = _LATIN_LEVEL.sub("", word.removesuffix("'s"))
        for spelt in (word, word.partition(" ")[0]):
            if name := book.latin_names.get(spelt, ""):
                end = match.end() if spelt == word else match.start() + len(spelt)
                found.append(Region(match.start(), end, name, book.places[name].level, parent_of(name)))
                break
    return found


def _append_towns(text: str, end: int, found: list[Region], local: dict[str, tuple[Level, str]]) -> int:
    """Reads the town, and the village, that stand directly after a county; returns where reading goes on."""
    if found[-1].level not in ("county", "city"):
        return end
    county = town = found[-1].name
    while (match := _TOWN.match(text, end)) and not _NOT_TOWN.search(match[1]):
        town = match[1] + match[2]
        found.append(Region(match.start(1), match.end(), town, "town", county))
        local.setdefault(town, ("town", county))
        end = match.end()
    if town != county and (match := _VILLAGE.match(text, end)) and not _NOT_TOWN.search(match[1]):
        village = match[1] + "村"
        found.append(Region(match.start(1), match.end(), village, "village", town))
        local.setdefault(village, ("village", town))
        end = match.end()
    return end


def _local_mentions(text: str, local: dict[str, tuple[Level, str]], found: Sequence[Region]) -> list[Region]:
    """Later mentions of the towns and villages that `text` introduces with their county."""
    if not local:
        return []
    seen = {region.start for region in found}
    starting: dict[str, list[str]] = {}
    for name in local:
        starting.setdefault(name[:2], []).append(name)
    mentions = []
    ends: dict[str, int] = {}
    # Once through the text for all the names, not once for each.
    for match in re.finditer("(?=" + "|".join(map(re.escape, starting)) + ")", text):
        start = match.start()
        for name in starting[text[start : start + 2]]:
            if text.startswith(name, start) and start >= ends.get(name, 0):
                ends[name] = start + len(name)
                if start not in seen:
                    mentions.append(Region(start, ends[name], name, *local[name]))
    return mentions


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
    place = gazetteer().places.get(name)
    return place.parents[0] if place and len(place.parents) == 1 else ""


def level_of(name: str) -> Level:
    """The level of the place with this full name; empty when the gazetteer doesn't have it."""
    place = gazetteer().places.get(name)
    if place:
        return place.level
    if name.endswith(("镇", "乡", "街道")):
        return "town"
    return "village" if name.endswith("村") else ""


def part_of(inner: str, outer: str) -> bool:
    """Whether the place `inner` lies in `outer` (both full names); a place is part of itself."""
    if inner == outer:
        return bool(inner)
    place = gazetteer().places.get(inner)
    return place is not None and any(parent and part_of(parent, outer) for parent in place.parents)


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


_PROVINCIAL = re.compile(r"[全我]省|省(?:委|政府|级|直|域)|本省|自治区")
_MUNICIPAL = re.compile(r"[全我]市|市(?:委|政府|级|直|域)|本市")


def main_regions(text: str, *, title: str = "", most: int = 5) -> tuple[str, ...]:
    """Full names of the places `text` is about, the main one first.

    A place in the title counts as eight mentions in the text; the whole country only counts when nothing else is named.
    A text with 全省 and 省委 more often than 全市 and 市委 is about the province that its places lie in.
    """
    counts: Counter[str] = Counter()
    for weight, part in ((8, title), (1, text)):
        for region in _named(part):
            counts[region.name] += weight
    country = counts.pop("全国", 0)
    if not counts:
        return ("全国",) if country else ()
    provinces: Counter[str] = Counter()
    for name, count in counts.items():
        if province := home_of("province", (name,)):
            provinces[province] += count
    provincial, municipal = len(_PROVINCIAL.findall(title + text)), len(_MUNICIPAL.findall(title + text))
    names = [name for name, _ in counts.most_common()]
    if provinces and provincial > max(2, municipal) and counts[names[0]] < 0.4 * sum(counts.values()):
        main = provinces.most_common(1)[0][0]
        names = [main, *(name for name in names if name != main)]
    return tuple(names[:most])


_OPENS_TITLE = re.compile(r"^(?:附[件表录]\s*\d*\s*[:：]?\s*)?[《“]?(?:(?:19|20)\d\d年度?)?")


def titled_place(title: str) -> str:
    """The place that a title begins with, full or short; "" where it begins with none."""
    opening = _OPENS_TITLE.match(title)
    at = opening.end() if opening else 0
    return next((each.name for each in _named(title) if each.start == at), "")
