"""Documents named in a text: 《租房补贴办法（试行）》（云政办发〔2021〕33号）; and what of a title names the rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_OPEN, _CLOSE = r"[〔\[［【〈﹝(（{]", r"[〕\]］】〉﹞)）}]"
_ISSUER = r"[一-鿿]{1,12}"
NUMBER = rf"{_ISSUER}\s*{_OPEN}\s*(?:19|20)\d\d\s*年?\s*{_CLOSE}\s*第?\s*\d{{1,5}}(?!\d)\s*号?"
"""The number that a document is issued under, in whatever brackets."""
_NUMBER = re.compile(NUMBER)
_NUMBER_PARTS = re.compile(
    rf"(?P<issuer>{_ISSUER})\s*{_OPEN}\s*(?P<year>\d{{4}})\s*年?\s*{_CLOSE}\s*第?\s*(?P<serial>\d{{1,5}})\s*号?"
)
_NOT_ISSUER = re.compile(
    r"^.*?(?:根据|按照?|依据|依照|参照|执行|文号[为是]?|以及|按|原|和|与|及|在|对|由|见|查|即|请问|麻烦|帮我|废止|修改|代替|取代)"
    r"(?=[一-鿿]{2})"
)
_TITLE = re.compile(r"《(?P<title>(?:[^《》]|《[^《》]*》){2,120})》")
_NUMBER_BESIDE = re.compile(rf"\s*[（(]\s*(?P<number>{NUMBER})[^（）()]{{0,40}}[）)]?")
TYPES = (
    "通知|通告|公告|公报|意见|方案|办法|条例|规定|细则|规则|章程|决定|决议|批复|复函|规划|计划|纲要|要点|报告|解释|准则|规程|"
    "措施|指南|指引|目录|清单|标准|法"
)
"""What official papers are called at the end of their titles."""
_RULES = re.compile(
    r"(?:办法|条例|规定|细则|规则|章程|解释|准则|规程|(?<![办方做用看想说算语])法)(?:[（(][一二三四五六][）)])?$"
)
_PASSED_ON = re.compile(
    r"^(?P<by>.*?)(?:关于)?(?:印发|转发|发布|公布|颁布)(?:新?修订(?:后)?的)?(?P<name>.+?)的(?:通知|公告|决定|函|令)$"
)
_PASSING_ON = ("的通知", "的公告", "的决定", "的函", "的令")
"""How all that `_PASSED_ON` matches ends: most titles don't, and a library may have a hundred thousand."""
_QUOTED = re.compile(r"[《〈](?P<name>.+?)[》〉]$")
_EDITION = re.compile(
    r"[（(](?:(?:19|20)\d\d年?)?(?:第[一二三四五六七八九十]次)?(?:试行|暂行|修订|修正|修改|修订版|修订稿|版|本|年)?[）)]$"
)
_ON_TRIAL = re.compile(rf"(?:试行|暂行)(?=(?:{TYPES})$)")
_DRAFT = re.compile(r"征求意见|草案|送审稿|讨论稿|公开意见稿")
_DRAFT_MARK = re.compile(
    r"[（(\s]*(?:公开)?(?:征求意见|送审|讨论|审议|意见征集)稿[）)]?|[（(](?:修订)?草案[^（）()]{0,8}[）)]"
)
_SPACES = re.compile(r"[\s\u3000]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A document as a text names it."""

    title: str
    """Between 《 and 》; "" where only the number stands there."""
    number: str
    """As `as_issued` writes it; "" where only the title stands there."""
    start: int
    end: int


def names(text: str) -> list[Name]:
    """Every document that `text` names by its title or its number, in order."""
    found: list[Name] = []
    for match in _TITLE.finditer(text):
        beside = _NUMBER_BESIDE.match(text, match.end())
        end = beside.end() if beside else match.end()
        found.append(Name(match["title"], as_issued(beside["number"]) if beside else "", match.start(), end))
    for match in _NUMBER.finditer(text):
        if not any(each.start <= match.start() and match.end() <= each.end for each in found):
            start = match.start() + _before_issuer(match[0])
            found.append(Name("", as_issued(text[start : match.end()]), start, match.end()))
    return sorted(found, key=lambda each: each.start)


def as_issued(printed: str) -> str:
    """A number in one form, whatever its brackets and spaces: 云政办发〔2024〕9号.

    >>> as_issued("云政办发 (2024) 第 9 号")
    '云政办发〔2024〕9号'
    """
    plain = unicodedata.normalize("NFKC", _SPACES.sub("", printed))
    parts = _NUMBER_PARTS.search(plain)
    return f"{parts['issuer']}〔{parts['year']}〕{int(parts['serial'])}号" if parts else plain


def name_of(title: str) -> str:
    """What a title names: of a notice that passes a rule on, the rule; without spaces and quotation marks.

    >>> name_of("云岭市人民政府办公室关于印发云岭市租房补贴办法（试行）的通知")
    '云岭市租房补贴办法（试行）'
    """
    # A library has hundreds of thousands of titles: nothing slow is tried on one that it can't fit.
    plain = "".join(title.split()).replace("(", "（").replace(")", "）").strip("《》")
    passed_on = _PASSED_ON.match(plain) if plain.endswith(_PASSING_ON) else None
    if passed_on is None or passed_on["name"].startswith("实施") or len(passed_on["name"]) < 5:
        return plain
    name = passed_on["name"]
    quoted = _QUOTED.fullmatch(name)
    return quoted["name"] if quoted else name.replace("《", "").replace("》", "")


def key_of(title: str) -> str:
    """The name without what tells one version from another: （试行）, 暂行, （2018年修正）."""
    name = name_of(title)
    bare = _EDITION.sub("", name) if name.endswith("）") else name
    bare = bare.replace("〈", "《").replace("〉", "》")
    return _ON_TRIAL.sub("", bare) if "行" in bare else bare


def is_on_trial(title: str) -> bool:
    """Whether the title says that it holds on trial only."""
    name = name_of(title)
    return bool(_ON_TRIAL.search(_EDITION.sub("", name)) or re.search(r"[（(](?:试行|暂行)[）)]$", name))


def is_draft(title: str) -> bool:
    """Whether the title says that it is a draft, which never holds."""
    return ("稿" in title or "草案" in title or "征求意见" in title) and bool(_DRAFT.search(title))


def drafted(title: str) -> str:
    """The name of what a draft is one of; "" for what is none, or only speaks of one.

    >>> drafted("关于公开征求《云岭市租房补贴办法（征求意见稿）》意见的公告")
    '云岭市租房补贴办法'
    """
    quoted = re.search(r"《(.+)》", title)
    name = quoted[1] if quoted else name_of(title)
    bare = _DRAFT_MARK.sub("", name)
    return bare if bare != name else ""


def is_rule(title: str) -> bool:
    """Whether it names a rule, of which one version holds at a time; of reports and plans each stands by itself."""
    return bool(_RULES.search(key_of(title))) and not is_draft(title)


def within(short: str, whole: str) -> bool:
    """Whether the characters of `short` stand in `whole` in their order: 住建局 in 住房和城乡建设局."""
    at = iter(whole)
    return all(character in at for character in short)


def _before_issuer(printed: str) -> int:
    """How many characters of a match stand before the issuer's own: 根据云政发〔2024〕9号 begins with two others."""
    before = _NOT_ISSUER.match(printed)
    return before.end() if before else 0


def each_line(text: str) -> Iterator[tuple[int, str]]:
    """Every line with its offset."""
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1
