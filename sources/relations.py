"""Relations: what a document says about the standing of others: 《……办法》（云政办发〔2021〕33号）同时废止

Three ways are read: a sentence that repeals or amends what it names, a list under a heading that says so (the results
of a clean-up), and a title (关于修改《……》的决定). Wishes and plans (适时修订, 建议废止) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sources.cleaning.validity import DATE, date_of
from sources.documents import Document
from sources.mentions.titles import NUMBER, TYPES, Name, as_issued, each_line, name_of, names
from sources.sentences import sentences

RelationKind = Literal["repeals", "expires", "amends", "extends"]


@dataclass(frozen=True, slots=True)
class Relation:
    """What a document says of the standing of another one, which a library may have or not."""

    kind: RelationKind
    """repeals: it no longer holds; expires: it is listed as having run out; amends: a part of it is changed;
    extends: it holds longer than it says itself."""
    title: str
    """Of the other one, as it stands there; "" where only its number does."""
    number: str
    """Of the other one, in the form of `titles.as_issued`; "" where only its title stands there."""
    start: int
    """Half-open offsets of the words that say so, in the document's text."""
    end: int
    since: str = ""
    """YYYY-MM-DD or less; "" for the day from which the document itself holds."""
    until: str = ""
    """How long the other one holds then, where it is extended."""


_ENDED = r"废止|失效|停止(?:执行|施行|使用|实施)|不再(?:执行|施行|适用|有效)|撤销"
_ENDS = re.compile(rf"(?:同时|同步|一并|相应|自行|即行|自动|随之|均|予以|宣布|已经?|现|全文|也)*(?:{_ENDED})")
_ENDS_NEXT = re.compile(r"(?:废止|宣布失效|代替|取代|替代)(?:了)?(?:原|下列|以下|的|文件|[：:，、\s])*$")
_NOT_YET = re.compile(
    r"建议|研究|拟|适时|抓紧|尽快|应当|应予|可以|如果|凡|是否|逐步|推动|加快|除外|未|提出|"
    r"(?:废止|失效|停止执行)(?:的[^，。；]{0,6}(?:情形|条件|程序|时间|日期)|前|之前|期间)"
)
_PART = re.compile(
    r"^[^《》，。；]{0,30}?(?:第[一二三四五六七八九十百零〇\d]+[条款项章节]|附件\s*[一二三四五六七八九十\d]+|有关(?:条款|内容|规定)|部分(?:条款|内容))"
)
_CHANGED = re.compile(
    r"(?:作(?:出)?|做(?:出)?|进行)?(?:如下|以下|下列|相应|部分|局部)(?:的)?(?:修改|修订|调整|补充|修正|变更|完善)"
    r"|(?:作|做|进行)(?:如下|以下|出)?[^，。；]{0,6}(?:修改|修订|调整|补充|变更)"
    r"|(?:修改|修订|调整|变更|改)(?:为|至|成)|(?:修改|调整|修订)如下|增加(?:一|以下)[条款项]"
)
_TITLE_CHANGES = re.compile(r"(?:修改|修订|修正|调整|补充|变更)(?:和补充|完善)?[^，。]{0,4}?[《〈](?P<name>.+?)[》〉]")
_TITLE_ENDS = re.compile(r"(?:废止|停止执行|宣布失效)[^，。]{0,6}?[《〈](?P<name>.+?)[》〉]")
_OWN = re.compile(r"(?:印发|发布|公布|制定|修订后的|现将|根据|按照|依据|依照|按|贯彻|落实|执行)[^《》，。；]{0,12}$")
_BY_WHICH = re.compile(r"(?:根据|按照|依据|依照|按)[^《》，。；]{0,6}$")
_HEADS = re.compile(
    r"(?P<keeps>继续有效|保留|现行有效|修改|修订|[未不]废止)|(?P<expires>失效)|(?P<repeals>废止|停止执行)"
)
_HEADING = re.compile(
    r"^\s*(?:#+\s*)?(?:附件\s*[一二三四五六七八九十\d]*\s*[:：.．、]?\s*)?(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[）)])?"
)
_ABOUT_PAPERS = re.compile(r"文件|规章|法规|规定|政策|目录|清单|制度|决定|办法|条例|下列|以下|如下")
_ITEM = re.compile(
    rf"^\s*(?:[-*•]|[（(]?\d{{1,3}}[）).．、]|[一二三四五六七八九十]+、|\|?\s*\d{{1,3}}\s*\|)?\s*[|｜]?\s*"
    rf"(?P<title>[^《》|（(\n]{{4,100}}?(?:{TYPES})(?:[（(](?:试行|暂行)[）)])?)\s*(?:[|｜]\s*)?[（(|]?\s*(?P<number>{NUMBER})?"
)
_ISSUED = re.compile(r"(?:19|20)\d\d年|[令第]\s*\d+\s*号")
_ARTICLE = re.compile(r"\s*第[一二三四五六七八九十百零\d]+[条章节]")
_SINCE = re.compile(rf"自\s*{DATE}\s*起")
_EXTENDED = re.compile(
    rf"[^《》。；]{{0,20}}?(?:有效期|执行期限?|实施期限?|施行期限?|试行期限?|期限)[^《》。；]{{0,12}}?(?:延长|延续|顺延|延期)[^《》。；]{{0,6}}?至\s*{DATE}"
)
_UNTIL = re.compile(rf"(?:有效期?|执行|施行|试行)[^，。；）)]{{0,8}}?至\s*{DATE}")
_OF_CHANGES = re.compile(r"(?:废止|失效|修改|修订|修正).*(?:决定|目录|清单)$")
_MOST_HEADING_CHARS = 60
_LEAST_TITLE = 5
"""Characters: 《办法》 is a short form, of something named before."""


def relations(document: Document) -> list[Relation]:
    """What the document says about others, in order; each of the others once in one place."""
    text, own = document.text, name_of(document.title)
    found: dict[tuple[str, str, str], Relation] = {}
    for each in (*_listed(text), *_said(text), *_titled(document)):
        # 《……办法》（……〔2019〕27号）同时废止 in another of the same title is said of the one before it.
        is_earlier = bool(each.number and document.number) and each.number != document.number
        is_own = bool(each.number) and each.number == document.number
        if is_own or (not is_earlier and each.title and name_of(each.title) == own):
            continue
        if _OF_CHANGES.search(
            each.title
        ):  # 根据《……关于修改……的决定》修正: the decision is what changes, not what is changed
            continue
        found.setdefault(("" if each.kind == "amends" else "ends", each.title, each.number), each)
    return sorted(found.values(), key=lambda each: each.start)


def _said(text: str) -> Iterator[Relation]:
    """What sentences say of the documents that they name."""
    for start, end in sentences(text):
        sentence = text[start:end]
        if "《" not in sentence and "号" not in sentence:
            continue
        named = [each for each in names(sentence) if each.number or len(each.title) >= _LEAST_TITLE]
        for at, name in enumerate(named):
            until = next((other.start for other in named[at + 1 :] if _apart(sentence, name, other)), len(sentence))
            if extended := _EXTENDED.match(sentence, name.end):
                yield Relation("extends", name.title, name.number, start, end, until=date_of(extended))
                continue
            kind = _kind_of(sentence, named, name, until)
            if kind:
                since = _SINCE.search(sentence)
                yield Relation(kind, name.title, name.number, start, end, date_of(since) if since else "")


def _apart(sentence: str, name: Name, other: Name) -> bool:
    """Whether something ends between two names, so that what follows is said of the second alone."""
    return bool(re.search("[，,；;。：:]", sentence[name.end : other.start]))


def _kind_of(sentence: str, named: list[Name], name: Name, until: int) -> RelationKind | None:
    before = sentence[: name.start]
    clause = re.split("[；;。]", before)[-1]
    after = re.split("[；;。]", sentence[name.end :])[0]
    if _NOT_YET.search(re.split("[，,]", clause)[-1] + re.split("[，,]", after)[0]):
        return None
    # 《甲》、《乙》和《丙》同时废止: the verb is said of all that stand in a row before it.
    row = after
    for other in named:
        if other.start >= name.end:
            row = row.replace(sentence[other.start : other.end], "")
    ends = _ENDS.search(row)
    # A comma ends what is said of this one, unless nothing but names stood before it.
    if ends and not _BY_WHICH.search(before) and not re.search("[，,：:]", row[: ends.start()].lstrip("，,、和及以与")):
        return "amends" if _PART.match(after) else "repeals"
    listed_before = clause
    for other in named:
        if other.end <= name.start:
            listed_before = listed_before.replace(sentence[other.start : other.end], "")
    if _ENDS_NEXT.search(listed_before.rstrip("、和及与以")) and not re.match("第.{1,4}条", after):
        return "repeals"
    if _BY_WHICH.search(before) or re.search(r"(?:印发|现将|公布)[^《》，。；]{0,12}$", before):
        return None
    changed = _CHANGED.search(sentence[name.end : until])
    return "amends" if changed and not re.search("根据|按照", sentence[name.end : name.end + changed.start()]) else None


def _titled(document: Document) -> Iterator[Relation]:
    """What the title says: 关于修改《……》的决定."""
    flat = re.sub(r"\s", "", document.title)
    for pattern, kind in ((_TITLE_CHANGES, "amends"), (_TITLE_ENDS, "repeals")):
        if found := pattern.search(flat):
            start = max(document.text.find(found["name"]), 0)
            end = start + len(found["name"]) if start or document.text.startswith(found["name"]) else 1
            yield Relation("amends" if kind == "amends" else "repeals", found["name"], "", start, end)


def _listed(text: str) -> Iterator[Relation]:
    """What stands in a list under a heading that says what is true of all of it."""
    kind: RelationKind | None = None
    of_all = ""  # since when, by the heading
    for at, line in each_line(text):
        if not line.strip():
            continue
        held = _head_of(line)
        if held is not None:
            kind = held or None
            begins = _SINCE.search(line)
            of_all = date_of(begins) if begins else ""
            if kind is None or "《" not in line:
                continue
        if kind is None:
            continue
        if _ARTICLE.match(line):
            kind = None
            continue
        named = names(line)
        item = None if any(name.title for name in named) else _issued_item(line)
        if not named and item is None:
            if len(line.strip()) > _MOST_HEADING_CHARS:
                kind = None
            continue
        until = _UNTIL.search(line)
        since = date_of(until) if until and kind == "expires" else of_all
        body = line.rstrip()
        lead = len(body) - len(body.lstrip())
        if item is not None:
            number = as_issued(item["number"]) if item["number"] else ""
            yield Relation(kind, item["title"].strip(" |"), number, at + lead, at + len(body), since)
        else:
            first = next((name for name in named if name.title), named[0])
            if not _OWN.search(line[: first.start]):
                yield Relation(kind, first.title, first.number, at + lead, at + len(body), since)


def heading_of(text: str, at: int) -> tuple[int, int] | None:
    """Where the heading of the list stands that an item at `at` is in, half-open; None where it is in none."""
    lines = [(start, line) for start, line in each_line(text[:at]) if line.strip()]
    found = next(((start, line) for start, line in reversed(lines) if _head_of(line) is not None), None)
    return None if found is None else (found[0], found[0] + len(found[1].rstrip()))


def _issued_item(line: str) -> re.Match[str] | None:
    """A line that is a title without 《》, with the number, the order or the year that it was issued under."""
    item = _ITEM.match(line)
    return item if item and (item["number"] or _ISSUED.search(line, item.end("title"))) else None


def _head_of(line: str) -> RelationKind | Literal[""] | None:
    """What the heading of a list says of all that stands in it; "" that it says something else; None for no heading."""
    bare = line.strip().rstrip("|").strip()
    numbered = _HEADING.match(bare)
    is_heading = (
        numbered is not None and numbered.end() > 0 and "《" not in bare[:_MOST_HEADING_CHARS]
    ) or bare.endswith(("：", ":", "目录", "清单", "件", "件；", "件。"))
    if not is_heading or len(bare) > 3 * _MOST_HEADING_CHARS or re.match(r"[|\d（(]*\d+[）).．、|]", bare):
        return None
    told = _HEADS.search(bare)
    if told is None and (names(bare) or _issued_item(bare)):
        return None
    if told is None or not _ABOUT_PAPERS.search(bare):
        return ""
    return "" if told["keeps"] else "expires" if told["expires"] and "废止" not in bare else "repeals"
